//! The locks that goroutines of a dump wait for: who waits, and who probably holds them, each a link. A dump does not say who
//! holds a lock; how that is concluded is in the analysis.

use eframe::egui::{RichText, ScrollArea, Ui, UiBuilder, vec2};

use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui as nothing_ui};
use crate::gui::parts::sentence::{listed_sentence_ui, sentence_ui};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::inside;
use crate::query::goroutines::locks::{LockLine, LocksQuery};
use crate::text;

/// The view.
pub struct LocksView;

/// Locks that are drawn; those behind them have fewer waiters.
const MOST_LOCKS: usize = 100;

impl View for LocksView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Locks
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, (): &mut ()) {
        let shown = ctx.ask("locks", &LocksQuery { of: ctx.dumps_query() });
        let Some(locks) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Looking for locks");
            return;
        };
        if locks.locks.is_empty() {
            nothing_ui(ui, "No goroutine waits for a lock.");
            return;
        }
        let room = ui.available_rect_before_wrap().shrink2(vec2(theme::MARGIN, 0.0));
        inside(ui, UiBuilder::new().max_rect(room), |ui| {
            ScrollArea::vertical().id_salt("locks").auto_shrink(false).show(ui, |ui| {
                ui.add_space(theme::GAP);
                ui.spacing_mut().item_spacing.y = theme::GRID;
                for (lock, number) in locks.locks.iter().take(MOST_LOCKS).zip(1..) {
                    ui.push_id(number, |ui| lock_ui(ui, ctx, (number, lock)));
                }
                let more = locks.n_all.saturating_sub(MOST_LOCKS.min(locks.locks.len()));
                if more > 0 {
                    let text = format!("and {} with fewer that wait", text::counted(more, "more lock"));
                    ui.label(RichText::new(text).color(theme::tokens(ui).text_faint));
                }
            });
        });
    }
}

fn lock_ui(ui: &mut Ui, ctx: &ViewContext<'_>, (number, lock): (usize, &LockLine)) {
    let tokens = theme::tokens(ui);
    let ink = if lock.is_stuck { tokens.increase } else { tokens.text };
    listed_sentence_ui(ui, ctx, (number, &lock.what), (&theme::body(), ink));
    sentence_ui(ui, ctx, &lock.holder, (&theme::body(), tokens.text_quiet));
    sentence_ui(ui, ctx, &lock.waiters, (&theme::body(), tokens.text_quiet));
    ui.add_space(theme::GAP);
}
