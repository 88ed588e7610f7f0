//! The locks that goroutines of a dump wait for, as a list or drawn as a graph: who waits, and who probably holds them, each a link. A dump does not say who
//! holds a lock; how that is concluded is in the analysis.

mod graph;

use eframe::egui::{Label, RichText, ScrollArea, Ui, UiBuilder, vec2};

use self::graph::{LockGraphState, graph_ui};
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui as nothing_ui};
use crate::gui::parts::sentence::{listed_sentence_ui, sentence_ui};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::graph_camera::{CameraChange, camera_buttons_ui};
use crate::gui::widgets::segmented::segmented_ui;
use crate::gui::widgets::{inside, view_bar_ui};
use crate::query::goroutines::lock_graph::MOST_DRAWN;
use crate::query::goroutines::locks::{LockLine, Locks, LocksQuery};
use crate::text;

/// The view.
pub struct LocksView;

/// Locks that are listed; those behind them have fewer waiters.
const MOST_LOCKS: usize = 100;

impl View for LocksView {
    type State = LockGraphState;

    fn id(&self) -> ViewId {
        ViewId::Locks
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut LockGraphState) {
        let shown = ctx.ask("locks", &LocksQuery { of: ctx.dumps_query() });
        let Some(locks) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Looking for locks");
            return;
        };
        if locks.locks.is_empty() {
            nothing_ui(ui, "No goroutine waits for a lock.");
            return;
        }
        let change = header_ui(ui, ctx, locks);
        if ctx.lens().dump.draws_locks {
            return graph_ui(ui, ctx, state, change);
        }
        let room = ui.available_rect_before_wrap().shrink2(vec2(theme::MARGIN, 0.0));
        inside(ui, UiBuilder::new().max_rect(room), |ui| list_ui(ui, ctx, locks));
    }
}

/// List or graph; of the graph how many locks it leaves out, and the buttons that move it.
fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, locks: &Locks) -> Option<CameraChange> {
    let tokens = theme::tokens(ui);
    let is_drawn = ctx.lens().dump.draws_locks;
    let left = |ui: &mut Ui| {
        let names = ["list", "graph"].map(str::to_owned);
        if let Some(index) = segmented_ui(ui, "Locks as", &names, usize::from(is_drawn)) {
            ctx.send(Command::DrawLocks(index == 1));
        }
        let n_drawn = locks.n_all.min(MOST_DRAWN);
        let count = match n_drawn == locks.n_all || !is_drawn {
            true => text::count(locks.n_all),
            false => format!("{} of {}", text::count(n_drawn), text::count(locks.n_all)),
        };
        let count = RichText::new(count).font(theme::mono_small()).color(tokens.text_faint);
        let tooltip = "Locks that somebody waits for; those that are stuck come first, then those with the most that wait";
        ui.add(Label::new(count).truncate()).on_hover_text(tooltip);
    };
    let mut change = None;
    let right = |ui: &mut Ui| {
        if is_drawn {
            change = camera_buttons_ui(ui);
        }
    };
    view_bar_ui(ui, left, right);
    change
}

fn list_ui(ui: &mut Ui, ctx: &ViewContext<'_>, locks: &Locks) {
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
}

fn lock_ui(ui: &mut Ui, ctx: &ViewContext<'_>, (number, lock): (usize, &LockLine)) {
    let tokens = theme::tokens(ui);
    let ink = if lock.is_stuck { tokens.increase } else { tokens.text };
    listed_sentence_ui(ui, ctx, (number, &lock.what), (&theme::body(), ink));
    sentence_ui(ui, ctx, &lock.holder, (&theme::body(), tokens.text_quiet));
    sentence_ui(ui, ctx, &lock.waiters, (&theme::body(), tokens.text_quiet));
    ui.add_space(theme::GAP);
}
