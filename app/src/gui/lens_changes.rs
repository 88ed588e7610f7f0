//! Single changes of a lens: how the commands of the window change what a tab looks at.

use super::command::{Facts, Flight};
use super::lens_reading::show_around;
use super::preferences::ThemeChoice;
use super::selection::Item;
use super::workspace::{Compared, FilterChip, FilterKind, Lens, Zoom};
use crate::query::goroutines::state_class::{is_state, without_flags};
use crate::query::rows::RowKey;
use crate::query::trace::answers::path::PathChoice;
use crate::query::trace::selection::LaneKind;
use crate::query::trace::table_columns::{TableSort, TraceTable};
use goscope_analysis::dump::OuterFrame;
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::trace::instances::InstanceKind;
use goscope_analysis::trace::questions::lane_filter::FilterMode;
use goscope_analysis::trace::questions::lane_groups::LaneName;

pub(super) fn select_and_zoom(lens: &mut Lens, item: Item, zoom: Zoom) {
    lens.selection = Some(item);
    lens.zoom = zoom;
}

/// The table stays sorted by the same column, of the other value.
pub(super) fn choose_compared(lens: &mut Lens, compared: Compared) {
    use RowKey::{BaseCum, BaseFlat, Cum, DeltaCum, DeltaFlat, Flat, Name};
    let is_cum = compared == Compared::Cum;
    lens.compared = compared;
    lens.sort.column = match lens.sort.column {
        Name => Name,
        BaseFlat | BaseCum => {
            if is_cum {
                BaseCum
            } else {
                BaseFlat
            }
        }
        Flat | Cum => {
            if is_cum {
                Cum
            } else {
                Flat
            }
        }
        DeltaFlat | DeltaCum => {
            if is_cum {
                DeltaCum
            } else {
                DeltaFlat
            }
        }
    };
}

/// Leaves one thing after the other: the search, the selection, the sandwich, the critical path.
pub(super) fn escape(lens: &mut Lens) {
    if !lens.search.is_empty() {
        lens.search.clear();
    } else if lens.selection.is_some() {
        lens.selection = None;
    } else if lens.around.is_some() {
        show_around(lens, None);
    } else {
        lens.trace.path = None;
    }
}

/// All of the flame graph, and all of the time of a trace.
pub(super) fn show_all(lens: &mut Lens) {
    lens.zoom = Zoom::default();
    lens.trace.range = None;
}

pub(super) fn fly_to(lens: &mut Lens, flight: Flight, facts: &Facts) {
    lens.selection = Some(flight.item);
    lens.trace.range = facts.narrowed_to(flight.range);
    if let Some(group) = flight.group {
        open_group(lens, group);
    }
}

/// Goroutines are what a path leads through.
pub(super) fn follow_path(lens: &mut Lens, path: PathChoice, flight: Flight, facts: &Facts) {
    fly_to(lens, flight, facts);
    lens.trace.path = Some(path);
    lens.trace.lanes = LaneKind::Goroutines;
}

pub(super) fn sort_trace_table(lens: &mut Lens, table: TraceTable, sort: TableSort) {
    lens.trace.table_sorts.insert(table, sort);
}

pub(super) fn open_group(lens: &mut Lens, name: String) {
    lens.trace.closed_groups.remove(&name);
    lens.trace.open_groups.insert(name);
}

pub(super) fn close_group(lens: &mut Lens, name: String) {
    lens.trace.open_groups.remove(&name);
    lens.trace.closed_groups.insert(name);
}

pub(super) const fn toggle_lane_highlight(lens: &mut Lens) {
    let mode = &mut lens.trace.lane_filter_mode;
    *mode = match mode {
        FilterMode::Only => FilterMode::Highlight,
        FilterMode::Highlight => FilterMode::Only,
    };
}

pub(super) const fn toggle_gc_overlay(lens: &mut Lens) {
    lens.trace.is_gc_overlay_hidden = !lens.trace.is_gc_overlay_hidden;
}

pub(super) fn toggle_lane(lens: &mut Lens, name: LaneName) {
    if !lens.trace.unfolded.remove(&name) {
        lens.trace.unfolded.insert(name);
    }
}

/// Adds a filter, or switches it on if it is there already.
pub(super) fn add_chip(lens: &mut Lens, chip: FilterChip) {
    let same = lens.chips.iter_mut().find(|other| other.kind == chip.kind && other.pattern == chip.pattern);
    match same {
        Some(same) => same.is_on = true,
        None => lens.chips.push(chip),
    }
}

pub(super) fn clear_filters(lens: &mut Lens) {
    lens.chips.clear();
    (lens.dump.states, lens.dump.min_minutes) = (Vec::new(), 0);
}

pub(super) fn filter_selection(lens: &mut Lens, kind: FilterKind) {
    if let Some(state) = chosen_state(lens).filter(|_| kind == FilterKind::Focus) {
        return lens.dump.keep_state(&state);
    }
    if let Some(frame) = lens.selection.as_ref().and_then(Item::frame) {
        let chip = FilterChip::of_function(kind, frame);
        add_chip(lens, chip);
    }
}

/// The state whose box is chosen in a flame graph of goroutines by state: no function has its name.
fn chosen_state(lens: &Lens) -> Option<String> {
    let Some(Item::CallPath(path)) = lens.selection.as_ref() else { return None };
    let is_by_state = lens.dump.outer == OuterFrame::State;
    let is_outermost = match lens.direction {
        Direction::TopDown => path.len() == 1,
        // Where the leaves are at the root, what is last may be any frame.
        Direction::Inverted => path.last().is_some_and(|frame| is_state(&frame.name)),
    };
    let frame = path.last().filter(|frame| is_by_state && is_outermost && !frame.name.is_empty())?;
    Some(without_flags(&frame.name).to_owned())
}

pub(super) fn toggle_chip(lens: &mut Lens, index: usize) {
    if let Some(chip) = lens.chips.get_mut(index) {
        chip.is_on ^= true;
    }
}

pub(super) fn remove_chip(lens: &mut Lens, index: usize) {
    if index < lens.chips.len() {
        lens.chips.remove(index);
    }
}

pub(super) fn next_sample_type(lens: &mut Lens, facts: &Facts) {
    let shown = facts.shown_sample_type.as_ref();
    let here = facts.sample_types.iter().position(|name| Some(name) == shown).unwrap_or(0);
    if !facts.sample_types.is_empty() {
        lens.sample_type = Some(facts.sample_types[(here + 1) % facts.sample_types.len()].clone());
    }
}

pub(super) const fn opposite_theme(is_dark: bool) -> ThemeChoice {
    if is_dark { ThemeChoice::Light } else { ThemeChoice::Dark }
}

/// Lengths and states of goroutines mean nothing for tasks.
pub(super) fn choose_about(lens: &mut Lens, about: InstanceKind) {
    lens.trace.about = about;
    lens.trace.length = None;
    lens.trace.breakdown_row = None;
    lens.trace.cause = None;
}
