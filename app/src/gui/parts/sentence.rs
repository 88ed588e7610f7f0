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
use crate::gui::workspace::ContentKind;
use crate::query::trace::answers::headlines::Headline;
use crate::query::trace::answers::kind::AnswerKind;
use crate::query::trace::answers::path::InstancePlace;
use crate::query::trace::answers::sentence::{Link, Phrase, Sentence};
use crate::query::trace::selection::{LaneKind, Only, TimeRange};

/// Writes a sentence over as many lines as it needs. Screen readers get it in one piece, as what there is to know.
pub fn sentence_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    sentence: &Sentence,
    look: (&FontId, Color32),
) -> eframe::egui::Response {
    let response = phrases_ui(ui, ctx, sentence, look);
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, sentence.text()));
    response
}

/// The same as one of several: with its number.
pub fn listed_sentence_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    (number, sentence): (usize, &Sentence),
    look: (&FontId, Color32),
) {
    let response = phrases_ui(ui, ctx, sentence, look);
    let label = || WidgetInfo::labeled(Role::ListItem, true, format!("{number}. {}", sentence.text()));
    response.widget_info(label);
}

fn phrases_ui(
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
    whole.response
}

fn phrase_ui(ui: &mut Ui, ctx: &ViewContext<'_>, phrase: &Phrase, (font, ink): (&FontId, Color32)) {
    let shown = shown(phrase);
    let text = RichText::new(shown.as_str()).font(font.clone());
    match &phrase.link {
        Some(link) if link.is_known() => {
            let response = ui.link(text.color(theme::tokens(ui).accent));
            let is_dump = ctx.tab.content.kind() == ContentKind::Dumps;
            if response.on_hover_text(tooltip(link, is_dump)).clicked() {
                follow(ctx, link);
            }
        }
        _ => {
            ui.label(text.color(ink));
        }
    }
}

/// A sentence as it is shown, where there is no room for links.
pub fn short_text(sentence: &Sentence) -> String {
    sentence.phrases.iter().map(shown).collect()
}

/// Functions without the directories of their package: there is little room, and hovering says all of it.
fn shown(phrase: &Phrase) -> String {
    match &phrase.link {
        Some(Link::Function(name)) if !name.is_empty() => printable(&short_name(name)).into_owned(),
        _ => phrase.text.clone(),
    }
}

fn tooltip(link: &Link, is_dump: bool) -> String {
    match link {
        Link::Function(name) => format!("Select {}", printable(name)),
        Link::Goroutine(goid) if is_dump => format!("Select goroutine {goid} and all that are equal"),
        Link::Goroutine(goid) => format!("Show the lane of goroutine {goid}"),
        Link::Place(place) => format!("Show {}:{}", printable(&place.file), place.line),
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
        Link::Goroutine(goid) if ctx.tab.content.kind() == ContentKind::Dumps => {
            ctx.send(Command::Select(Item::Goroutine(*goid)));
            ctx.send(Command::ShowView(ViewId::Group));
        }
        Link::Place(place) => ctx.send(Command::ShowPlace(place.clone())),
        Link::Goroutine(goid) => {
            show_lanes(ctx);
            if let Some(group) = group_of(ctx, *goid) {
                ctx.send(Command::OpenGroup(group));
            }
            ctx.send(Command::Select(Item::Goroutine(*goid)));
        }
        Link::Population(population) => show_population(ctx, population),
        Link::Moment { goroutine, range } => {
            show_lanes(ctx);
            let item = Item::Span(*goroutine, range.start_nanos);
            let group = group_of(ctx, *goroutine);
            ctx.send(Command::FlyTo(Flight { item, range: with_room(ctx, *range), group }));
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

/// Makes lanes of goroutines what is seen.
fn show_lanes(ctx: &ViewContext<'_>) {
    ctx.send(Command::ShowView(ViewId::Lanes));
    if ctx.lens().trace.lanes != LaneKind::Goroutines {
        ctx.send(Command::ChooseLanes(LaneKind::Goroutines));
    }
}

/// The group of lanes that must be open for a goroutine to be seen.
pub(super) fn group_of(ctx: &ViewContext<'_>, goid: i64) -> Option<String> {
    let model = ctx.trace()?;
    let id = model.goroutine_by_number(goid)?;
    Some(model.tables().string_lossy(model.start_function(id)).into_owned())
}

/// Shows what a headline rests on: what its first noun names, else the answer that says more, and the first example.
pub fn follow_headline(ctx: &ViewContext<'_>, headline: &Headline) {
    match (headline.first_link(), &headline.look) {
        (Some(link), _) => follow(ctx, link),
        (None, look) => {
            ctx.send(Command::ChooseAnswer(headline.more));
            if let Some(look) = look {
                follow_instance(ctx, &look.place);
            }
        }
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
            ctx.send(Command::ChooseAnswer(AnswerKind::Why));
            return;
        }
    }
    ctx.send(Command::ShowView(ViewId::Breakdown));
}
