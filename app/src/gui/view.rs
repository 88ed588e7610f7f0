//! What a view is, and what it gets to see: everything read-only, answers by asking, wishes as commands.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use eframe::egui::{Color32, Margin, Ui};

use super::command::{Command, CommandSender, Motion};
use super::theme::Tokens;
use super::tiles::Tiles;
use super::views::call_graph::GraphState;
use super::views::flame_graph::FlameState;
use super::views::lanes::LanesState;
use super::workspace::{Content, Direction, Lens, Rate, Tab};
use crate::derived::{Derived, Shown, Slot, Status};
use crate::document::{Document, ProfileDocument, TraceDocument};
use crate::query::{FlameProfileQuery, Question, Root, RowKey, RowOrder, TreeQuery};
use crate::source::editor::Editor;
use goscope_analysis::profile::diff::DiffScale;
use goscope_analysis::trace::model::TraceModel;

/// One way to look at documents. Adding one touches its file and the registry.
pub trait View: Sync {
    /// Its name on the window, by which layouts know it.
    fn title(&self) -> &'static str;

    /// The color behind it, and the room around it.
    fn frame(&self, tokens: &Tokens) -> (Color32, Margin) {
        (tokens.raised, Margin::ZERO)
    }

    /// Whether it can show what is in a tab.
    fn applies_to(&self, content: &Content) -> bool;

    /// Draws it.
    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>);
}

/// What passes in a tab: not saved, not undone.
#[derive(Debug, Default)]
pub struct Passing {
    /// Scroll and the boxes of the last frame.
    pub flame: FlameState,
    /// Scroll and the spans of the last frame.
    pub lanes: LanesState,
    /// Where one looks at the call graph.
    pub graph: GraphState,
    /// Steps in the flame graph that were asked for since the last frame.
    pub motions: Vec<Motion>,
    /// The selection that the table has brought into view.
    pub table_scrolled_to: Option<super::selection::Item>,
    /// The selection that the source has brought into view.
    pub source_scrolled_to: Option<super::selection::Item>,
    /// Its views as they stand; `None` before the first frame, and while they are drawn.
    pub tiles: Option<Tiles>,
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
    /// What passes.
    pub passing: &'a RefCell<Passing>,
    /// What source opens in.
    pub editor: Editor,
    /// Where wishes go.
    pub commands: &'a CommandSender,
}

impl ViewContext<'_> {
    /// How the tab looks at its documents.
    pub fn lens(&self) -> &Lens {
        &self.tab.lens
    }

    /// Sends a wish.
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
        let question = FlameProfileQuery { selection: trace.selection(), kind: trace.flame };
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
        matches!(self.tab.content, Content::Diff { .. }).then(|| match self.lens().rate {
            Rate::Totals => DiffScale::Totals,
            Rate::PerSecond => DiffScale::PerSecond,
        })
    }

    /// The tree that the flame graph shows.
    pub fn tree_query(&self) -> TreeQuery {
        TreeQuery {
            stacks: self.lens().stack_query(),
            root: match self.lens().direction {
                Direction::TopDown => Root::Callers,
                Direction::Inverted => Root::Leaves,
            },
            diff: self.diff_scale(),
        }
    }

    /// The order of the table.
    pub fn row_order(&self) -> RowOrder {
        use super::workspace::SortColumn;
        let sort = self.lens().sort;
        let by = match sort.column {
            SortColumn::Name => RowKey::Name,
            SortColumn::Flat => RowKey::Flat,
            SortColumn::Cum => RowKey::Cum,
            SortColumn::BaseFlat => RowKey::BaseFlat,
            SortColumn::BaseCum => RowKey::BaseCum,
            SortColumn::DeltaFlat => RowKey::DeltaFlat,
            SortColumn::DeltaCum => RowKey::DeltaCum,
        };
        RowOrder { by, is_descending: sort.is_descending, containing: self.lens().table_filter.clone() }
    }
}
