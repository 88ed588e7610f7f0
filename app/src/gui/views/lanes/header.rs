//! What stands above the lanes: what they are, their order, and what is looked for in them.

use eframe::egui::{Button, Response, RichText, Ui};
use goscope_analysis::trace::class::SpanClass;

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::command_list::with_key;
use crate::gui::hue::hue_of_class;
use crate::gui::parts::placeholder::computing_mark_ui;
use crate::gui::theme;
use crate::gui::trace_lens::TraceLens;
use crate::gui::view::ViewContext;
use crate::gui::widgets::search_box::{SearchLook, search_box_ui};
use crate::gui::widgets::segmented::choice_ui;
use crate::gui::widgets::view_bar_ui;
use crate::query::trace::selection::{LaneKind, LaneOrder};
use crate::text;
use goscope_analysis::trace::questions::lane_filter::{FILTER_HELP, FilterMode, class_word};
use goscope_analysis::trace::questions::lane_groups::Lanes;

/// How much room there must be for the title, for the terms of the filter, and for the switches, in points.
const LEAST_FOR_TITLE: f32 = 340.0;
const LEAST_FOR_TERMS: f32 = 420.0;
const LEAST_FOR_SWITCHES: f32 = 760.0;
/// Width of the list of orders, in points.
const ORDER_WIDTH: f32 = 112.0;

/// Draws it; `lanes` are those that are shown, with what of the filter makes no sense.
pub(super) fn header_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    status: &Status,
    (lanes, problem): (Option<&Lanes>, Option<String>),
) {
    let lens = &ctx.lens().trace;
    let left = |ui: &mut Ui| {
        if ui.available_width() > LEAST_FOR_TITLE {
            ui.label(RichText::new("Lanes").strong().color(theme::tokens(ui).text));
        }
        let names = LaneKind::ALL.map(|kind| kind.text().to_owned());
        let shown = LaneKind::ALL.iter().position(|&kind| kind == lens.lanes).unwrap_or(0);
        if let Some(index) = choice_ui(ui, "Kind of lanes", &names, shown) {
            ctx.send(Command::ChooseLanes(LaneKind::ALL[index]));
        }
        if ui.available_width() > ORDER_WIDTH + theme::SECTION {
            order_ui(ui, ctx);
        }
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let fact = fact_text(lens, lanes, problem);
    let right = |ui: &mut Ui| {
        let room = ui.available_width();
        let look = SearchLook {
            id: ui.make_persistent_id(("lane filter", ctx.tab.id.0)),
            name: "Filter lanes",
            hint: "Filter by function, state:sync …",
            fact: &fact,
            width: (room * 0.3).clamp(96.0, 260.0),
        };
        if let Some(text) = search_box_ui(ui, look, &lens.lane_filter).text {
            ctx.send(Command::FilterLanes(text));
        }
        // What else there is has a key, or stands in the list of commands.
        if room > LEAST_FOR_TERMS {
            terms_ui(ui, ctx, &lens.lane_filter);
        }
        if room < LEAST_FOR_SWITCHES {
            return;
        }
        let is_highlight = lens.lane_filter_mode == FilterMode::Highlight;
        let highlight = switch_ui(ui, "Dim others", is_highlight);
        if highlight.on_hover_text("Dims lanes and spans that do not match instead of hiding lanes").clicked()
        {
            ctx.send(Command::ToggleLaneHighlight);
        }
        let overlay = switch_ui(ui, "GC overlay", !lens.is_gc_overlay_hidden);
        let text = with_key(
            ui.ctx(),
            "GC cycles and stop-the-world pauses across all lanes",
            &Command::ToggleGcOverlay,
        );
        if overlay.on_hover_text(text).clicked() {
            ctx.send(Command::ToggleGcOverlay);
        }
    };
    view_bar_ui(ui, left, right);
}

fn order_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let shown = ctx.lens().trace.lane_order;
    let mut chosen = shown;
    let combo =
        eframe::egui::ComboBox::from_id_salt("lane order").selected_text(shown.text()).width(ORDER_WIDTH);
    let inner = combo.show_ui(ui, |ui| {
        for order in LaneOrder::ALL {
            ui.selectable_value(&mut chosen, order, order.text());
        }
    });
    inner.response.accessible_name("Order of lanes").on_hover_text("Order of groups and lanes");
    if chosen != shown {
        ctx.send(Command::OrderLanes(chosen));
    }
}

/// How many lanes fit, or what of the filter makes no sense.
fn fact_text(lens: &TraceLens, lanes: Option<&Lanes>, problem: Option<String>) -> String {
    match (problem, lanes) {
        (Some(problem), _) => problem,
        (None, Some(lanes)) if !lens.lane_filter.is_empty() => text::count(lanes.counts().0),
        _ => String::new(),
    }
}

/// A small switch with its name on it.
fn switch_ui(ui: &mut Ui, name: &str, is_on: bool) -> Response {
    let tokens = theme::tokens(ui);
    let ink = if is_on { tokens.text } else { tokens.text_faint };
    let ground = if is_on { tokens.accent_soft } else { tokens.control };
    let button =
        Button::new(RichText::new(name).font(theme::small()).color(ink)).fill(ground).selected(is_on);
    ui.add(button)
}

/// The words that a filter knows, to be chosen instead of typed.
fn terms_ui(ui: &mut Ui, ctx: &ViewContext<'_>, filter: &str) {
    let menu = ui.menu_button(RichText::new("Filter by").font(theme::small()), |ui| {
        for class in SpanClass::ALL.into_iter().filter(|&class| class != SpanClass::Unknown) {
            term_ui(ui, ctx, filter, (hue_of_class(class).text(), &format!("state:{}", class_word(class))));
        }
        ui.separator();
        for length in ["100us", "1ms", "10ms", "100ms"] {
            term_ui(ui, ctx, filter, (&format!("longer than {length}"), &format!("longer:{length}")));
        }
        ui.separator();
        for (word, meaning) in FILTER_HELP {
            let text = RichText::new(format!("{word}  {meaning}")).font(theme::small());
            ui.label(text.color(theme::tokens(ui).text_faint));
        }
    });
    menu.response.on_hover_text("States, durations and all terms that the filter knows");
}

fn term_ui(ui: &mut Ui, ctx: &ViewContext<'_>, filter: &str, (name, word): (&str, &str)) {
    let is_there = filter.split_whitespace().any(|there| there == word);
    if ui.selectable_label(is_there, name).clicked() {
        ctx.send(Command::FilterLanes(with_term(filter, word)));
        ui.close();
    }
}

/// A filter with a word instead of the one of its kind, or without it if it was there.
fn with_term(filter: &str, word: &str) -> String {
    let kind = word.split(':').next().unwrap_or_default();
    let is_of_kind = |there: &&str| there.split_once(':').is_some_and(|(key, _)| key == kind);
    let mut words: Vec<&str> = filter.split_whitespace().filter(|there| !is_of_kind(there)).collect();
    if !filter.split_whitespace().any(|there| there == word) {
        words.push(word);
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_replaces_the_one_of_its_kind_and_is_taken_back() {
        assert_eq!(with_term("worker", "state:sync"), "worker state:sync");
        assert_eq!(with_term("worker state:sync", "state:gc"), "worker state:gc");
        assert_eq!(with_term("worker state:gc longer:1ms", "state:gc"), "worker longer:1ms");
    }
}
