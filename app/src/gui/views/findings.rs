//! All that stands out in goroutine dumps: the sentences of `goscope goroutines` with what they rest on and what to do next.
//! Nouns are links.

use eframe::egui::{Color32, Label, Rect, RichText, ScrollArea, Ui, UiBuilder, vec2};

use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui as nothing_ui};
use crate::gui::parts::sentence::{listed_sentence_ui, sentence_ui};
use crate::gui::theme::{self, Tokens};
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::inside;
use crate::query::goroutines::told::{Gravity, ToldFinding, ToldQuery};

/// The view.
pub struct FindingsView;

/// Width of the mark before a finding, in points.
const MARK_WIDTH: f32 = 3.0;

impl View for FindingsView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Findings
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, (): &mut ()) {
        let shown = ctx.ask("findings", &ToldQuery { of: ctx.dumps_query() });
        let Some(told) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Looking at the goroutines");
            return;
        };
        if told.findings.is_empty() && told.warnings.is_empty() {
            nothing_ui(ui, "Nothing stands out.");
            return;
        }
        let room = ui.available_rect_before_wrap().shrink2(vec2(theme::MARGIN, 0.0));
        inside(ui, UiBuilder::new().max_rect(room), |ui| {
            ScrollArea::vertical().id_salt("findings").auto_shrink(false).show(ui, |ui| {
                ui.add_space(theme::GAP);
                ui.spacing_mut().item_spacing.y = theme::GRID;
                for (finding, number) in told.findings.iter().zip(1..) {
                    ui.push_id(number, |ui| finding_ui(ui, ctx, (number, finding)));
                }
                let tokens = theme::tokens(ui);
                for warning in &told.warnings {
                    let text = RichText::new(format!("Note: {warning}.")).color(tokens.text_quiet);
                    ui.add(Label::new(text).wrap());
                }
            });
        });
    }
}

fn finding_ui(ui: &mut Ui, ctx: &ViewContext<'_>, (number, finding): (usize, &ToldFinding)) {
    let tokens = theme::tokens(ui);
    let inner = ui.available_rect_before_wrap();
    let inner = inner.with_min_x(inner.left() + theme::GAP);
    let response = ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        listed_sentence_ui(ui, ctx, (number, &finding.sentence), (&theme::body(), tokens.text));
        for line in &finding.evidence {
            sentence_ui(ui, ctx, line, (&theme::small(), tokens.text_quiet));
        }
        if !finding.advice.is_empty() {
            let next = RichText::new(format!("Next: {}", finding.advice)).font(theme::small());
            ui.add(Label::new(next.color(tokens.text)).wrap());
        }
    });
    let rect = response.response.rect;
    let bar = Rect::from_min_max(
        rect.left_top() - vec2(theme::GAP, 0.0),
        rect.left_bottom() - vec2(theme::GAP - MARK_WIDTH, 0.0),
    );
    ui.painter().rect_filled(bar, 1.0, mark_color(finding.gravity, tokens));
    ui.add_space(theme::GAP);
}

const fn mark_color(gravity: Gravity, tokens: &Tokens) -> Color32 {
    match gravity {
        Gravity::Bad => tokens.increase,
        Gravity::Look => tokens.found,
        Gravity::Quiet => tokens.outline,
    }
}
