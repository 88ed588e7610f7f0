//! What a view is, and what it gets to see: everything read-only; it asks questions and sends commands.

use std::cell::RefCell;
use std::sync::Arc;

use eframe::egui::{Color32, Margin, Ui};

use super::command::{Command, CommandSender, Motion};
use super::selection::FrameKey;
use super::theme::Tokens;
use super::view_id::ViewId;
use super::view_states::ViewStates;
use super::workspace::{Content, ContentKind, Lens, Tab};
use crate::derived::{Derived, Shown, Slot, Status};
use crate::document::{Document, ProfileDocument, TraceDocument};
use crate::query::comparison::Scale;
use crate::query::goroutines::answer::DumpsAnswerQuery;
use crate::query::goroutines::flame::DumpFlameQuery;
use crate::query::head_sum::HeadSumQuery;
use crate::query::judged::{Judged, JudgedQuery};
use crate::query::rows::RowOrder;
use crate::query::runs::UnitQuery;
use crate::query::side_format::SideScale;
use crate::query::testing::bench_rows::{BenchOrder, ComparedRowsQuery};
use crate::query::testing::bench_verdict::{BenchJudgedQuery, BenchVerdictQuery};
use crate::query::testing::explained::{ExplainQuery, Operation, OperationQuery};
use crate::query::trace::flame_profile::FlameProfileQuery;
use crate::query::tree::TreeQuery;
use crate::query::verdict::VerdictQuery;
use crate::query::{Documents, Question};
use crate::source::editor::Editor;
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::{Frame, Granularity};
use goscope_analysis::profile::query::Filters;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::verdict::{Options, Outcome};

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
    /// What the tab shows: one document, or those of base and head.
    pub documents: Documents<'a>,
    /// The same, also where a part of a view is about profiles made from them.
    pub of_tab: Documents<'a>,
    /// Profiles that are open in other tabs, those of CPU time first.
    pub beside: &'a [Arc<Document>],
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

    /// Asks the same about what the tab shows, also in a part of a view that is about profiles made from it.
    fn ask_of_tab<Q: Question>(&self, place: &'static str, question: &Q) -> Shown<Q::Answer> {
        self.about(self.of_tab).ask(place, question)
    }

    /// The profiles that flame graph, table and details are about: those of the tab, or for a trace the one made
    /// from what is selected of it.
    pub fn profile_documents(&self) -> Result<ProfileDocuments<'_>, Status> {
        if let Some(shown) = self.operation() {
            return shown.answer.map(ProfileDocuments::OfOperation).ok_or(shown.status);
        }
        if self.profile().is_some() {
            return Ok(ProfileDocuments::OfTab(self.documents));
        }
        match self.tab.content.kind() {
            ContentKind::Trace => {}
            ContentKind::Dumps => {
                let question = DumpFlameQuery { of: self.dumps_query(), outer: self.lens().dump.outer };
                let shown = self.ask("dump profile", &question);
                return shown.answer.map(ProfileDocuments::OfDumps).ok_or(shown.status);
            }
            _ => return Ok(ProfileDocuments::OfTab(self.documents)),
        }
        let trace = &self.lens().trace;
        let question = FlameProfileQuery { selection: trace.selection(), flame: trace.flame };
        let shown = self.ask("trace profile", &question);
        shown.answer.map(ProfileDocuments::Made).ok_or(shown.status)
    }

    /// What is done while these are made.
    pub const fn making(&self) -> &'static str {
        match self.tab.content {
            Content::Benchmarks(_) => "Looking for the samples of the benchmark",
            Content::Dumps(_) => "Adding up goroutines",
            _ => "Summing up the selected part of the trace",
        }
    }

    /// What is asked of goroutine dumps.
    pub fn dumps_query(&self) -> DumpsAnswerQuery {
        let lens = self.lens();
        // Those that take frames out of stacks are about the flame graph alone.
        let Filters { focus, ignore, labels, .. } = lens.filters();
        DumpsAnswerQuery {
            grouping: lens.dump.grouping.clone(),
            dump: lens.dump.dump,
            filters: Filters { focus, ignore, labels, ..Filters::default() },
            states: lens.dump.states.clone(),
            min_minutes: lens.dump.min_minutes,
        }
    }

    /// The profile that views of one profile are about: as above, and of several runs of a head their sum.
    pub fn code_documents(&self) -> Result<ProfileDocuments<'_>, Status> {
        if let Some(shown) = self.operation() {
            let head = |operation: Arc<Operation>| operation.head.first().map(Arc::clone);
            return shown.answer.and_then(head).map(ProfileDocuments::Made).ok_or(shown.status);
        }
        let is_sum = self.tab.content.comparison().is_some_and(|comparison| comparison.head.len() > 1);
        if !is_sum {
            return self.profile_documents();
        }
        let shown = self.ask("sum of the head", &HeadSumQuery);
        shown.answer.map(ProfileDocuments::Made).ok_or(shown.status)
    }

    /// The same tab with other documents.
    pub fn about<'b>(&'b self, documents: Documents<'b>) -> ViewContext<'b> {
        ViewContext { documents, ..*self }
    }

    /// The trace in front with what was read beside its model.
    pub fn trace_document(&self) -> Option<&TraceDocument> {
        self.documents.first().ok().and_then(Document::trace)
    }

    /// The trace in front.
    pub fn trace(&self) -> Option<&TraceModel> {
        self.documents.first().ok().and_then(Document::trace).map(|trace| &trace.model)
    }

    /// The profile that numbers are about: the only one, or the head.
    pub fn profile(&self) -> Option<&ProfileDocument> {
        self.documents.in_front().ok().and_then(Document::profile)
    }

    /// What `goscope diff` would be asked of the two sides: `None` if there are not two, and not yet while it is looked up
    /// what a unit of work is called.
    pub fn judged_query(&self) -> Option<Result<JudgedQuery, Status>> {
        let comparison = self.tab.content.comparison()?;
        let scale = &self.lens().scale;
        let (notes, unit) = match scale {
            Scale::PerUnit(notes) => {
                let shown = self.ask("unit", &UnitQuery { notes: notes.clone() });
                match shown.answer.as_deref() {
                    Some(unit) => (notes, unit.as_ref().map_or("unit", |unit| &unit.name).to_owned()),
                    None => return Some(Err(shown.status)),
                }
            }
            _ => (&comparison.notes, "unit".to_owned()),
        };
        let options = Options { normalization: scale.normalization(unit), gate: comparison.gate.clone() };
        let (sample_type, notes) = (self.lens().sample_type.clone(), notes.clone());
        Some(Ok(JudgedQuery { verdict: VerdictQuery { sample_type, options, notes } }))
    }

    /// The verdict on the two sides, if there are two.
    pub fn judged(&self) -> Option<Shown<Judged>> {
        if let Some(question) = self.benchmarks_query() {
            return Some(self.ask("verdict", &question));
        }
        match self.judged_query()? {
            Ok(question) => Some(self.ask("verdict", &question)),
            Err(status) => Some(Shown { answer: None, status }),
        }
    }

    /// What is judged of benchmarks, if the tab has those of two sides.
    pub fn benchmarks_query(&self) -> Option<BenchJudgedQuery> {
        let Content::Benchmarks(comparison) = &self.tab.content else { return None };
        let verdict =
            BenchVerdictQuery { gate: comparison.gate.clone(), unit: comparison.notes.unit.clone() };
        (!comparison.head.is_empty()).then_some(BenchJudgedQuery { verdict })
    }

    /// What explains the chosen benchmark, if the tab is about benchmarks and has profiles of them; while none is chosen, what
    /// explains the one that changed most.
    pub fn explain_query(&self) -> Option<ExplainQuery> {
        let is_of_benchmarks = matches!(self.tab.content, Content::Benchmarks(_));
        if !is_of_benchmarks || !self.of_tab.iter().any(|document| document.profile().is_some()) {
            return None;
        }
        let benchmark = self.lens().testing.benchmark.as_ref().map(|(name, _)| name.clone());
        let compared =
            self.benchmarks_query().map(|judged| ComparedRowsQuery { judged, order: BenchOrder::default() });
        Some(ExplainQuery { benchmark, compared })
    }

    /// The operation of that benchmark as profiles.
    fn operation(&self) -> Option<Shown<Operation>> {
        let explain = self.explain_query()?;
        Some(self.ask_of_tab("operation", &OperationQuery { explain }))
    }

    /// How the two sides are put on one scale, if there are two. Where they cannot be judged, values are shown as they are.
    pub fn side_scale(&self) -> Option<Result<SideScale, Status>> {
        if let Some(shown) = self.operation() {
            return Some(shown.answer.map(|operation| operation.scale.clone()).ok_or(shown.status));
        }
        if self.tab.content.kind() == ContentKind::Dumps {
            // Goroutines are compared by their number.
            let [_, head] = self.documents.both_sides();
            let are_made = head.last().is_some_and(|document| document.profile().is_some());
            return are_made.then(|| Ok(SideScale::totals()));
        }
        self.tab.content.comparison()?;
        if self.lens().scale == Scale::Totals {
            return Some(Ok(SideScale::totals()));
        }
        let shown = self.judged()?;
        Some(match (shown.answer, shown.status) {
            (Some(judged), _) => Ok(SideScale::of_verdict(&judged.verdict)),
            (None, Status::Failed(_)) => Ok(SideScale::totals()),
            (None, status) => Err(status),
        })
    }

    /// Whether filters leave out a part of what the documents hold.
    pub fn is_filtered(&self) -> bool {
        self.lens().filters() != Filters::default() || self.lens().dump.is_filtered()
    }

    /// The tree of whole stacks, and how its values are put on one scale; not yet while the two sides are judged.
    pub fn tree_query(&self) -> Result<(TreeQuery, SideScale), Status> {
        self.tree_query_read(self.lens().direction, None)
    }

    /// One half of the sandwich that the flame graph shows: its callees, or inverted its callers.
    pub fn half_query(
        &self,
        around: &FrameKey,
        direction: Direction,
    ) -> Result<(TreeQuery, SideScale), Status> {
        self.tree_query_read(direction, Some(around.frame()))
    }

    /// The tree on the flame graph that has a path in it. Of a sandwich, paths among the callees begin with the function,
    /// and those among its callers never hold it.
    pub fn tree_query_of(&self, path: &[FrameKey]) -> Result<(TreeQuery, SideScale), Status> {
        match &self.lens().around {
            None => self.tree_query(),
            Some(around) if path.first() == Some(around) => self.half_query(around, Direction::TopDown),
            Some(around) => self.half_query(around, Direction::Inverted),
        }
    }

    fn tree_query_read(
        &self,
        direction: Direction,
        around: Option<Frame>,
    ) -> Result<(TreeQuery, SideScale), Status> {
        let lens = self.lens();
        let scale = self.side_scale().transpose()?;
        let [_, head] = self.documents.both_sides();
        let diff = scale.as_ref().filter(|_| !head.is_empty()).map(|scale| scale.diff);
        let judged = self.coloring();
        let mut stacks = lens.stack_query();
        if self.tab.content.kind() == ContentKind::Dumps {
            // The profile is made of what these leave.
            let filters = &mut stacks.filters;
            (filters.focus, filters.ignore, filters.labels) = (None, None, Vec::new());
        }
        let query = TreeQuery { stacks, direction, around, diff, judged };
        Ok((query, scale.unwrap_or_default()))
    }

    /// The verdict whose significant changes are colored, where its functions are the frames that are shown.
    fn coloring(&self) -> Option<JudgedQuery> {
        if self.lens().granularity != Granularity::Functions || self.is_filtered() {
            return None;
        }
        let question = self.judged_query()?.ok()?;
        let is_judged =
            |judged: &Arc<Judged>| !matches!(judged.verdict.outcome, Outcome::NothingComparable(_));
        self.judged()?.answer.filter(is_judged).map(|_| question)
    }

    /// The order of the table.
    pub fn row_order(&self) -> RowOrder {
        let sort = self.lens().sort;
        let containing = self.lens().table_filter.clone();
        RowOrder { by: sort.column, is_descending: sort.is_descending, containing }
    }
}

/// The profiles that a view is about.
#[derive(Clone, Debug)]
pub enum ProfileDocuments<'a> {
    /// Those of the tab.
    OfTab(Documents<'a>),
    /// One that was made from them.
    Made(Arc<Document>),
    /// Those of a benchmark's operation, of one side or two.
    OfOperation(Arc<Operation>),
    /// Those that were made from goroutine dumps: one, or that of the first and that of the last.
    OfDumps(Arc<Vec<Arc<Document>>>),
}

impl ProfileDocuments<'_> {
    /// The profiles.
    pub fn get(&self) -> Documents<'_> {
        match self {
            Self::OfTab(documents) => *documents,
            Self::Made(document) => Documents::of_tab(std::slice::from_ref(document)),
            Self::OfOperation(operation) => operation.documents(),
            Self::OfDumps(documents) => Documents::of_tab(documents),
        }
    }
}
