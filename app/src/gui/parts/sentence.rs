//! Sentences whose nouns lead to what they name.

use eframe::egui::{Color32, FontId, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};
use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::symbol::short_name;
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::instances::InstanceKind;
use goscope_parsers::printable;

use crate::gui::command::{Command, Flight};
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::view_id::ViewId;
use crate::query::trace::answers::path::InstancePlace;
use crate::query::trace::answers::sentence::{Link, Phrase, Sentence};
use crate::query::trace::selection::{LaneKind, Only, TimeRange};

/// Writes a sentence over as many lines as it needs. Screen readers get it in one piece.
pub fn sentence_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    sentence: &Sentence,
    (font, ink): (&FontId, Color32),
) -> eframe::egui::Response {
    let whole = ui.scope_builder(UiBuilder::new().sense(Sense::hover()), |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(0.0, 2.0);
            ui.spacing_mut().interact_size.y = 0.0;
            for phrase in &sentence.phrases {
                phrase_ui(ui, ctx, phrase, (font, ink));
            }
        });
    });
    whole.response.widget_info(|| WidgetInfo::labeled(Role::Status, true, sentence.text()));
    whole.response
}

fn phrase_ui(ui: &mut Ui, ctx: &ViewContext<'_>, phrase: &Phrase, (font, ink): (&FontId, Color32)) {
    let shown = shown(phrase);
    let text = RichText::new(shown.as_str()).font(font.clone());
    match &phrase.link {
        Some(link) if is_there(link) => {
            let response = ui.link(text.color(theme::tokens(ui).accent));
            if response.on_hover_text(tooltip(link)).clicked() {
                follow(ctx, link);
            }
        }
        _ => {
            ui.label(text.color(ink));
        }
    }
}

/// Functions without the directories of their package: there is little room, and hovering says all of it.
fn shown(phrase: &Phrase) -> String {
    match &phrase.link {
        Some(Link::Function(name)) if !name.is_empty() => printable(&short_name(name)).into_owned(),
        _ => phrase.text.clone(),
    }
}

const fn is_there(link: &Link) -> bool {
    !matches!(link, Link::Function(name) if name.is_empty())
}

fn tooltip(link: &Link) -> String {
    match link {
        Link::Function(name) => format!("Select {}", printable(name)),
        Link::Goroutine(goid) => format!("Show the lane of goroutine {goid}"),
        Link::Population(population) => format!("Where the time of {} went", population.text()),
        Link::Moment { goroutine, .. } => format!("Show what goroutine {goroutine} did then"),
    }
}

/// Shows what a noun names.
pub fn follow(ctx: &ViewContext<'_>, link: &Link) {
    match link {
        Link::Function(name) => {
            if ctx.lens().granularity != Granularity::Functions {
                ctx.send(Command::ChooseGranularity(Granularity::Functions));
            }
            let key = FrameKey { name: name.clone(), ..FrameKey::default() };
            ctx.send(Command::Select(Item::Function(key)));
        }
        Link::Goroutine(goid) => {
            show_lanes(ctx, *goid);
            ctx.send(Command::Select(Item::Goroutine(*goid)));
        }
        Link::Population(population) => show_population(ctx, population),
        Link::Moment { goroutine, range } => {
            show_lanes(ctx, *goroutine);
            let item = Item::Span(*goroutine, range.start_nanos);
            ctx.send(Command::FlyTo(Flight { item, range: with_room(ctx, *range), group: None }));
        }
    }
}

/// Shows one of the instances, with its critical path above the lanes.
pub fn follow_instance(ctx: &ViewContext<'_>, place: &InstancePlace) {
    let item = Item::Span(place.goroutine, place.mark_nanos);
    let flight = Flight { item, range: with_room(ctx, place.range), group: None };
    ctx.send(Command::ShowView(ViewId::Lanes));
    ctx.send(Command::FollowPath(place.choice, flight));
}

fn with_room(ctx: &ViewContext<'_>, range: TimeRange) -> TimeRange {
    let Some(model) = ctx.trace() else { return range };
    let since_start = |nanos: i64| model.range().start.saturating_add(nanos);
    TimeRange::around(model, &(since_start(range.start_nanos)..since_start(range.end_nanos)))
}

/// Makes the lane of a goroutine one that can be seen.
fn show_lanes(ctx: &ViewContext<'_>, goid: i64) {
    ctx.send(Command::ShowView(ViewId::Lanes));
    if ctx.lens().trace.lanes != LaneKind::Goroutines {
        ctx.send(Command::ChooseLanes(LaneKind::Goroutines));
    }
    let Some(model) = ctx.trace() else { return };
    if let Some(id) = model.goroutine_by_number(goid) {
        let group = model.tables().string_lossy(model.start_function(id)).into_owned();
        ctx.send(Command::OpenGroup(group));
    }
}

fn show_population(ctx: &ViewContext<'_>, population: &Population) {
    match population {
        Population::Tasks(name) => ctx.send(Command::ChooseAbout(InstanceKind::Tasks(name.clone()))),
        Population::Regions(name) => ctx.send(Command::ChooseAbout(InstanceKind::Regions(name.clone()))),
        Population::Goroutines(function) => {
            ctx.send(Command::ShowOnly(Some(Only::Function(function.clone()))));
        }
        // Lanes and breakdown do not know requests; the answer does.
        Population::Requests(_) | Population::One(_) => {
            ctx.send(Command::ShowView(ViewId::Answers));
            return;
        }
    }
    ctx.send(Command::ShowView(ViewId::Breakdown));
}
