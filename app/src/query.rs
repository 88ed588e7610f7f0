//! The questions that window and command line ask of documents, and the one function that answers them.
//!
//! A query is a value that can be compared and hashed, so an answer can be kept and found again. An answer is
//! shared and immutable. What an answer is made from can be a query itself ([`Query::needs`]): whoever keeps
//! answers hands it in, so nothing is computed twice; [`answer`] does it for those who keep nothing.

mod call_graph;
mod function;
mod search;
mod source;
mod table;
mod trace;
mod tree;

use std::sync::Arc;

use goscope_analysis::profile::diff::DiffScale;
use goscope_analysis::profile::frame::Frame;
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::profile::stacks::{Stacks, select};
use goscope_analysis::trace::latency::BreakdownKey;

use self::call_graph::graph_facts;
pub use self::call_graph::{GraphBox, GraphFacts};
use self::function::function;
pub use self::function::{FunctionFacts, LabelFacts, LineFacts};
pub use self::search::Found;
use self::search::search;
use self::source::source;
pub use self::source::{SourceFacts, SourceFile, SourceRow};
pub use self::table::{Diff, RowKey, RowOrder, Rows, Top};
use self::table::{diff_order, diff_table, top_of, top_rows};
pub use self::trace::{
    About, Counters, FILTER_HELP, FilterMode, FlameKind, InstanceNames, Lane, LaneFilter, LaneGroup,
    LaneKind, LaneName, LaneOrder, LaneQuery, Lanes, Latency, LengthBar, LongSpans, Mmu, MmuOptions, Only,
    Overview, SlowInstance, SpanFacts, SpanQuery, SpanRef, SpanTest, StackLine, StateChoice, Target,
    TaskFacts, TaskMoment, TaskRef, TimeRange, TraceColumn, TraceRows, TraceSelection, TraceTable,
    TraceTableQuery, ValueKind, class_word, waker_of,
};
use self::trace::{
    counters, instance_names, lanes, latency, long_spans, mmu, overview, span_facts, task_facts,
    trace_profile, trace_table,
};
use self::tree::tree;
pub use self::tree::{ThemeColors, Tree, TreeKind};
use crate::document::{Document, TraceDocument};

/// A question to one document, or to base and head.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Query {
    /// The call tree: [`Answer::Tree`].
    Tree(TreeQuery),
    /// One row a frame: [`Answer::Top`].
    Top(StackQuery),
    /// Which of these rows, in which order: [`Answer::TopRows`].
    TopRows(StackQuery, RowOrder),
    /// One frame with its surroundings: [`Answer::Function`].
    Function(StackQuery, Frame),
    /// One function line by line, with its source: [`Answer::Source`].
    Source(StackQuery, Frame),
    /// The call graph, laid out: [`Answer::CallGraph`].
    CallGraph(StackQuery),
    /// What of a tree a text matches: [`Answer::Found`].
    Search(TreeQuery, String),
    /// One row a frame of either side: [`Answer::DiffTable`].
    DiffTable(StackQuery, DiffScale),
    /// Which of these rows, in which order: [`Answer::DiffRows`].
    DiffRows(StackQuery, DiffScale, RowOrder),
    /// A profile made from a part of a trace: [`Answer::Document`].
    TraceProfile(TraceSelection, FlameKind),
    /// What the time of selected goroutines, tasks or regions went to: [`Answer::Latency`].
    Latency(TraceSelection),
    /// The longest spans of a row of it: [`Answer::LongSpans`].
    LongSpans(TraceSelection, BreakdownKey),
    /// Which tasks and regions there are: [`Answer::InstanceNames`].
    InstanceNames,
    /// A trace at a glance, in so many columns: [`Answer::Overview`].
    Overview(usize),
    /// Goroutines by state, Ps and heap over a range of time, in so many columns: [`Answer::Counters`].
    Counters(Option<TimeRange>, usize),
    /// The lanes of a trace, in groups: [`Answer::Lanes`].
    Lanes(LaneQuery),
    /// A span or a goroutine of a trace with its surroundings: [`Answer::SpanFacts`].
    SpanFacts(SpanQuery),
    /// A task of a trace, by its number, with what happened in it: [`Answer::TaskFacts`].
    TaskFacts(u64),
    /// Goroutines, tasks, regions, pauses or GC cycles, one row each: [`Answer::TraceRows`].
    TraceTable(TraceTableQuery),
    /// How much of the Ps the garbage collector left to the program: [`Answer::Mmu`].
    Mmu(MmuOptions),
}

/// Which call tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TreeQuery {
    /// Of which stacks.
    pub stacks: StackQuery,
    /// Which end of the stacks is at the root.
    pub root: Root,
    /// `None` for one profile; how to compare for two.
    pub diff: Option<DiffScale>,
}

/// Which end of the stacks is at the root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Root {
    /// The outermost callers.
    #[default]
    Callers,
    /// The leaves.
    Leaves,
}

/// What a query gives; cheap to clone.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A call tree.
    Tree(Arc<Tree>),
    /// One row a frame.
    Top(Arc<Top>),
    /// Rows of it, filtered and sorted.
    TopRows(Arc<Rows<Top>>),
    /// One frame with its surroundings.
    Function(Arc<FunctionFacts>),
    /// One function line by line.
    Source(Arc<SourceFacts>),
    /// The call graph, laid out.
    CallGraph(Arc<GraphFacts>),
    /// What a search found.
    Found(Arc<Found>),
    /// One row a frame of either side.
    DiffTable(Arc<Diff>),
    /// Rows of it, filtered and sorted.
    DiffRows(Arc<Rows<Diff>>),
    /// A document made from another.
    Document(Arc<Document>),
    /// Where the time of instances went.
    Latency(Arc<Latency>),
    /// The longest spans of a state.
    LongSpans(Arc<LongSpans>),
    /// Which tasks and regions there are.
    InstanceNames(Arc<InstanceNames>),
    /// A trace at a glance.
    Overview(Arc<Overview>),
    /// Numbers over time.
    Counters(Arc<Counters>),
    /// Lanes in groups.
    Lanes(Arc<Lanes>),
    /// A span or a goroutine with its surroundings.
    SpanFacts(Arc<SpanFacts>),
    /// A task with what happened in it.
    TaskFacts(Arc<TaskFacts>),
    /// Rows of numbers.
    TraceRows(Arc<TraceRows>),
    /// The curve of minimum mutator utilization.
    Mmu(Arc<Mmu>),
}

impl Query {
    /// The query whose answer [`compute`] wants as its input.
    pub fn needs(&self) -> Option<Self> {
        match self {
            Self::TopRows(stacks, _) => Some(Self::Top(stacks.clone())),
            Self::Search(tree, _) => Some(Self::Tree(tree.clone())),
            Self::DiffRows(stacks, scale, _) => Some(Self::DiffTable(stacks.clone(), *scale)),
            Self::Tree(_) | Self::Top(_) | Self::Function(..) | Self::DiffTable(..) => None,
            Self::LongSpans(selection, _) => Some(Self::Latency(selection.clone())),
            Self::Latency(_) | Self::InstanceNames => None,
            Self::TraceProfile(..)
            | Self::Overview(_)
            | Self::Lanes(_)
            | Self::SpanFacts(_)
            | Self::TaskFacts(_) => None,
            Self::Counters(..)
            | Self::TraceTable(_)
            | Self::Mmu(_)
            | Self::Source(..)
            | Self::CallGraph(_) => None,
        }
    }
}

/// Answers a query with all it needs.
///
/// # Errors
/// One sentence: a filter that is no regular expression, or documents that the query does not fit.
pub fn answer(query: &Query, documents: &[Arc<Document>]) -> Result<Answer, String> {
    let input = query.needs().map(|needed| answer(&needed, documents)).transpose()?;
    compute(query, documents, input.as_ref())
}

/// Answers a query; `input` is the answer to what it needs.
///
/// # Errors
/// One sentence: a filter that is no regular expression, or documents that the query does not fit.
pub fn compute(query: &Query, documents: &[Arc<Document>], input: Option<&Answer>) -> Result<Answer, String> {
    match (query, input) {
        (Query::Tree(query), _) => tree(query, documents).map(|tree| Answer::Tree(Arc::new(tree))),
        (Query::Top(stacks), _) => top_of(stacks, documents).map(|top| Answer::Top(Arc::new(top))),
        (Query::TopRows(_, order), Some(Answer::Top(top))) => {
            Ok(Answer::TopRows(Arc::new(top_rows(top, order))))
        }
        (Query::Function(stacks, frame), _) => {
            function(stacks, frame, documents).map(|facts| Answer::Function(Arc::new(facts)))
        }
        (Query::Source(stacks, frame), _) => {
            source(stacks, frame, documents).map(|facts| Answer::Source(Arc::new(facts)))
        }
        (Query::CallGraph(stacks), _) => {
            graph_facts(stacks, documents).map(|facts| Answer::CallGraph(Arc::new(facts)))
        }
        (Query::Search(_, text), Some(Answer::Tree(tree))) => {
            search(tree, text).map(|found| Answer::Found(Arc::new(found)))
        }
        (Query::DiffTable(stacks, scale), _) => {
            diff_table(stacks, *scale, documents).map(|table| Answer::DiffTable(Arc::new(table)))
        }
        (Query::DiffRows(_, _, order), Some(Answer::DiffTable(table))) => {
            Ok(Answer::DiffRows(Arc::new(diff_order(table, order))))
        }
        (Query::TraceProfile(selection, kind), _) => {
            let (from, trace) = trace_of(documents)?;
            Ok(Answer::Document(Arc::new(trace_profile((from, &trace.model), selection, *kind))))
        }
        (Query::Latency(selection), _) => {
            Ok(Answer::Latency(Arc::new(latency(&trace_of(documents)?.1.model, selection))))
        }
        (Query::LongSpans(_, key), Some(Answer::Latency(latency))) => {
            Ok(Answer::LongSpans(Arc::new(long_spans(&trace_of(documents)?.1.model, latency, *key))))
        }
        (Query::InstanceNames, _) => {
            Ok(Answer::InstanceNames(Arc::new(instance_names(&trace_of(documents)?.1.model))))
        }
        (Query::Overview(n_columns), _) => {
            Ok(Answer::Overview(Arc::new(overview(trace_of(documents)?.1, *n_columns))))
        }
        (Query::Counters(range, n_columns), _) => {
            Ok(Answer::Counters(Arc::new(counters(trace_of(documents)?.1, *range, *n_columns))))
        }
        (Query::Lanes(query), _) => Ok(Answer::Lanes(Arc::new(lanes(&trace_of(documents)?.1.model, query)))),
        (Query::SpanFacts(item), _) => {
            span_facts(&trace_of(documents)?.1.model, item).map(|facts| Answer::SpanFacts(Arc::new(facts)))
        }
        (Query::TaskFacts(number), _) => {
            task_facts(&trace_of(documents)?.1.model, *number).map(|facts| Answer::TaskFacts(Arc::new(facts)))
        }
        (Query::TraceTable(query), _) => {
            Ok(Answer::TraceRows(Arc::new(trace_table(trace_of(documents)?.1, query))))
        }
        (Query::Mmu(options), _) => Ok(Answer::Mmu(Arc::new(mmu(trace_of(documents)?.1, *options)))),
        (Query::TopRows(..) | Query::Search(..) | Query::DiffRows(..) | Query::LongSpans(..), _) => {
            Err("this question was asked without what it is made from".to_owned())
        }
    }
}

/// The trace that a question is about, and the document it is in.
fn trace_of(documents: &[Arc<Document>]) -> Result<(&Document, &TraceDocument), String> {
    let found = documents.first().and_then(|document| Some((document.as_ref(), document.trace()?)));
    found.ok_or_else(|| "this question is about a trace, and there is none".to_owned())
}

/// The stacks of the document at `index`.
fn stacks_of<'d>(
    query: &StackQuery,
    documents: &'d [Arc<Document>],
    index: usize,
) -> Result<Stacks<'d>, String> {
    let profile = documents.get(index).and_then(|document| document.profile());
    let profile = profile.ok_or_else(|| "this question is about a profile, and there is none".to_owned())?;
    select(&profile.profile, query).map_err(|error| error.to_string())
}

/// The least magnitude of a row that is not 0: of flat, else of cum.
fn smallest_value(rows: impl Iterator<Item = (i64, i64)>) -> i64 {
    let magnitudes = rows.map(|(flat, cum)| if flat == 0 { cum.unsigned_abs() } else { flat.unsigned_abs() });
    magnitudes
        .filter(|&magnitude| magnitude > 0)
        .min()
        .and_then(|least| i64::try_from(least).ok())
        .unwrap_or(0)
}
