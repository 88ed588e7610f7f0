//! What a trace says about itself, an answer at a time: first the sentence, then the table behind it.
//!
//! ```text
//! [Why slow|In common|Signals|Scheduler|GC bill]  all tasks                    [Copy as command]
//! the sentence, its nouns as links
//! what it rests on, and what cannot be told
//! the table                                       a click on a row leads to what it is about
//! ```

mod cohort;
mod gc_bill;
mod header;
mod page;
mod scheduler;
mod signals;
mod why;

use eframe::egui::Ui;

use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::query::trace::answers::kind::AnswerKind;

/// The view.
pub struct AnswersView;

impl View for AnswersView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Answers
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, _: &mut ()) {
        let Some(model) = ctx.trace() else { return };
        match ctx.lens().trace.answer {
            AnswerKind::Why => why::why_ui(ui, ctx, model),
            AnswerKind::Cohort => cohort::cohort_ui(ui, ctx, model),
            AnswerKind::Signals => signals::signals_ui(ui, ctx, model),
            AnswerKind::Scheduler => scheduler::scheduler_ui(ui, ctx, model),
            AnswerKind::GcBill => gc_bill::gc_bill_ui(ui, ctx, model),
        }
    }
}
