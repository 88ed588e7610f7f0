//! What a view is, and what it gets to see: everything read-only; it asks questions and sends commands.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use eframe::egui::{Color32, Margin, Ui};

use super::command::{Command, CommandSender, Motion};
use super::theme::Tokens;
use super::view_id::ViewId;
use super::view_states::ViewStates;
use super::workspace::{Content, Lens, Tab};
use crate::derived::{Derived, Shown, Slot, Status};
use crate::document::{Document, ProfileDocument, TraceDocument};
use crate::query::Question;
use crate::query::judged::JudgedQuery;
use crate::query::rows::RowOrder;
use crate::query::trace::flame_profile::FlameProfileQuery;
use crate::query::tree::TreeQuery;
use crate::query::verdict::VerdictQuery;
use crate::source::editor::Editor;
use goscope_analysis::profile::diff::DiffScale;
use goscope_analysis::profile::query::Filters;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::verdict::{Normalization, Options};

/// One way to look at documents. Adding one takes its file, its name and a line of the registry.
pub trait View: Sync {
    /// What passes in it; `()` if nothing does.
    type State: Default + 'static;

    /// Its name.
    fn id(&self) -> ViewId;

    /// The color behind it, and the room around it.
    fn frame(&self, tokens: &Tokens) -> (Color32, Margin) {
        (tokens.raised, Margin::ZERO)
    }

    /// Whether the picture of the last frame is rougher than the next one will be.
    fn is_rough(&self, _state: &Self::State) -> bool {
        false
    }

    /// Draws it.
    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut Self::State);
}

/// A view whose type of state is not known outside of it.
pub trait AnyView: Sync {
    /// Its name.
    fn id(&self) -> ViewId;

    /// The color behind it, and the room around it.
    fn frame(&self, tokens: &Tokens) -> (Color32, Margin);

    /// Whether the picture of the last frame is rougher than the next one will be.
    fn is_rough(&self, states: &ViewStates) -> bool;

    /// Draws it with its own state out of those of the tab.
    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, states: &mut ViewStates);
}

impl<V: View> AnyView for V {
    fn id(&self) -> ViewId {
        View::id(self)
    }

    fn frame(&self, tokens: &Tokens) -> (Color32, Margin) {
        View::frame(self, tokens)
    }

    fn is_rough(&self, states: &ViewStates) -> bool {
        states.get(View::id(self)).is_some_and(|state| View::is_rough(self, state))
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, states: &mut ViewStates) {
        View::ui(self, ui, ctx, states.of(View::id(self)));
    }
}

/// What a view gets to see.
#[derive(Clone, Copy)]
pub struct ViewContext<'a> {
    /// The tab it is in.
    pub tab: &'a Tab,
    /// What the tab shows: one document, or base and head.
    pub documents: &'a [Arc<Document>],
    /// Where answers come from.
    pub derived: &'a RefCell<Derived>,
    /// Steps that were asked for since the last frame; a view takes those that are for it.
    pub motions: &'a RefCell<Vec<Motion>>,
    /// What source opens in.
    pub editor: Editor,
    /// Where commands go.
    pub commands: &'a CommandSender,
}

impl ViewContext<'_> {
    /// How the tab looks at its documents.
    pub fn lens(&self) -> &Lens {
        &self.tab.lens
    }

    /// Sends a command.
    pub fn send(&self, command: Command) {
        self.commands.send(command);
    }

    /// Asks for what a place on the window shows.
    pub fn ask<Q: Question>(&self, place: &'static str, question: &Q) -> Shown<Q::Answer> {
        let slot = Slot { tab: self.tab.id.0, place };
        self.derived.borrow_mut().ask(slot, self.documents, question)
    }

    /// The profiles that flame graph, table and details are about: those of the tab, or for a trace the one made
    /// from what is selected of it.
    pub fn profile_documents(&self) -> Result<Cow<'_, [Arc<Document>]>, Status> {
        if !matches!(self.tab.content, Content::Trace(_)) || self.profile().is_some() {
            return Ok(Cow::Borrowed(self.documents));
        }
        let trace = &self.lens().trace;
        let question = FlameProfileQuery { selection: trace.selection(), flame: trace.flame };
        let shown = self.ask("trace profile", &question);
        shown.answer.map(|document| Cow::Owned(vec![document])).ok_or(shown.status)
    }

    /// The same tab with other documents.
    pub fn about<'b>(&'b self, documents: &'b [Arc<Document>]) -> ViewContext<'b> {
        ViewContext { documents, ..*self }
    }

    /// The trace in front with what was read beside its model.
    pub fn trace_document(&self) -> Option<&TraceDocument> {
        self.documents.first().and_then(|document| document.trace())
    }

    /// The trace in front.
    pub fn trace(&self) -> Option<&TraceModel> {
        self.documents.first().and_then(|document| document.trace()).map(|trace| &trace.model)
    }

    /// The profile that numbers are about: the only one, or the head.
    pub fn profile(&self) -> Option<&ProfileDocument> {
        self.documents.last().and_then(|document| document.profile())
    }

    /// How the two sides are compared, if there are two.
    pub fn diff_scale(&self) -> Option<DiffScale> {
        matches!(self.tab.content, Content::Diff { .. }).then_some(self.lens().scale)
    }

    /// What `goscope diff` would be asked of the two sides, if there are two.
    pub fn judged_query(&self) -> Option<JudgedQuery> {
        let normalization = match self.diff_scale()? {
            DiffScale::PerSecond => Normalization::PerSecond,
            DiffScale::Totals | DiffScale::PerExposure { .. } => Normalization::Share,
        };
        let options = Options { normalization, ..Options::default() };
        let sample_type = self.lens().sample_type.clone();
        Some(JudgedQuery { verdict: VerdictQuery { sample_type, options } })
    }

    /// Whether filters leave out a part of what the documents hold.
    pub fn is_filtered(&self) -> bool {
        self.lens().filters() != Filters::default()
    }

    /// The tree that the flame graph shows.
    pub fn tree_query(&self) -> TreeQuery {
        let lens = self.lens();
        TreeQuery { stacks: lens.stack_query(), direction: lens.direction, diff: self.diff_scale() }
    }

    /// The order of the table.
    pub fn row_order(&self) -> RowOrder {
        let sort = self.lens().sort;
        let containing = self.lens().table_filter.clone();
        RowOrder { by: sort.column, is_descending: sort.is_descending, containing }
    }
}
