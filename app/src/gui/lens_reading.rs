//! How the stacks of a tab are read: from the callers down, from the leaves up, or around one function; those of which
//! label, and with its values as frames.

use super::command::Command;
use super::selection::{FrameKey, Item};
use super::workspace::{FilterChip, FilterKind, Lens, Orientation, Zoom};
use goscope_analysis::profile::direction::Direction;

/// Carries out the commands about how stacks are read; all others change nothing.
pub(super) fn read_otherwise(lens: &mut Lens, command: Command) {
    match command {
        Command::ChooseDirection(direction) => turn(lens, direction),
        Command::ToggleDirection => turn(lens, lens.direction.opposite()),
        Command::ShowAround(frame) => show_around(lens, frame),
        Command::ToggleAround => toggle_around(lens),
        Command::ChooseOrientation(orientation) => lens.orientation = orientation,
        Command::ToggleOrientation => lens.orientation = opposite_orientation(lens.orientation),
        Command::ToggleFolding => lens.is_unfolded = !lens.is_unfolded,
        Command::KeepLabel(chip) => keep_label(lens, chip),
        Command::GroupBy(key) => group_by(lens, key),
        Command::ChooseHeat(of) => lens.trace.heat = Some(of),
        _ => {}
    }
}

/// No sample has two values of a key, as a rule: another value takes the place of the first.
fn keep_label(lens: &mut Lens, chip: FilterChip) {
    let key = |chip: &FilterChip| chip.pattern.split_once('=').map(|(key, _)| key.to_owned());
    let wanted = key(&chip);
    lens.chips.retain(|other| other.kind != FilterKind::TagFocus || wanted.is_none() || key(other) != wanted);
    lens.chips.push(chip);
}

/// A path means nothing where stacks begin with other frames.
fn group_by(lens: &mut Lens, key: Option<String>) {
    lens.group_by = key;
    lens.zoom = Zoom::default();
    lens.selection = lens.selection.take().and_then(|item| item.frame().cloned()).map(Item::Function);
}

/// Chooses something. A sandwich is around the function that was chosen last; a box of it is only looked at.
pub(super) fn choose(lens: &mut Lens, item: Item) {
    match item {
        Item::Function(frame) if lens.around.is_some() => show_around(lens, Some(frame)),
        item => {
            if let Item::Benchmark(name, unit) = &item {
                let chosen = Some((name.clone(), unit.clone()));
                // Another benchmark has another flame graph.
                if lens.testing.benchmark != chosen {
                    lens.zoom = Zoom::default();
                    lens.testing.benchmark = chosen;
                }
            }
            // What is chosen by its number alone is looked at in the last of several dumps.
            lens.dump.looked_at = None;
            lens.selection = Some(item);
        }
    }
}

/// Shows a function between its callers and its callees, or whole stacks again. A path through one of these trees means
/// nothing in another, so the zoom goes, and of a selected place its function remains.
pub(super) fn show_around(lens: &mut Lens, frame: Option<FrameKey>) {
    lens.zoom = Zoom::default();
    let chosen = frame.clone().or_else(|| lens.selection.as_ref()?.frame().cloned());
    if let Some(chosen) = chosen {
        lens.selection = Some(Item::Function(chosen));
    }
    lens.around = frame;
}

/// The sandwich of the chosen function; whole stacks again, if it is shown.
fn toggle_around(lens: &mut Lens) {
    let chosen = lens.selection.as_ref().and_then(Item::frame).cloned();
    if chosen.is_none() || chosen == lens.around {
        if lens.around.is_some() {
            show_around(lens, None);
        }
    } else {
        show_around(lens, chosen);
    }
}

/// The chosen stack, innermost first, as Go prints stacks; empty if none is chosen.
pub(super) fn stack_titles(lens: &Lens) -> Vec<String> {
    let path = match &lens.selection {
        Some(Item::CallPath(path)) => path.as_slice(),
        Some(Item::Function(frame)) => std::slice::from_ref(frame),
        Some(Item::Goroutine(_) | Item::Span(..) | Item::Task(_) | Item::Test(..) | Item::Benchmark(..))
        | None => {
            return Vec::new();
        }
    };
    let mut titles: Vec<String> = path.iter().map(FrameKey::title).collect();
    match &lens.around {
        // Callers, from the function up.
        Some(around) if path.first() != Some(around) => titles.insert(0, around.title()),
        Some(_) => titles.reverse(),
        // An inverted path begins with the leaf already.
        None if lens.direction == Direction::TopDown => titles.reverse(),
        None => {}
    }
    titles
}

/// Turns the tree around. A path down from the callers means nothing from the leaves up, so the zoom goes, and
/// of a selected place its function remains.
fn turn(lens: &mut Lens, direction: Direction) {
    if lens.direction == direction && lens.around.is_none() {
        return;
    }
    lens.direction = direction;
    lens.around = None;
    lens.zoom = Zoom::default();
    lens.selection = lens.selection.take().and_then(|item| item.frame().cloned()).map(Item::Function);
}

const fn opposite_orientation(orientation: Orientation) -> Orientation {
    match orientation {
        Orientation::Icicle => Orientation::Flame,
        Orientation::Flame => Orientation::Icicle,
    }
}
