//! The longest spans of one row of the latency breakdown.

use std::sync::Arc;

use goscope_analysis::trace::latency::{BreakdownKey, longest_spans};
use goscope_analysis::trace::model::Span;

use super::latency::{LISTED, Latency, LatencyQuery};
use super::selection::TraceSelection;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// The longest spans of a row of the breakdown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LongSpansQuery {
    /// The instances of the breakdown.
    pub selection: TraceSelection,
    /// The row.
    pub key: BreakdownKey,
}

/// The longest spans of a row of the breakdown, with their lengths within the instances.
#[derive(Clone, Debug, Default)]
pub struct LongSpans {
    /// Longest first.
    pub spans: Vec<(Span, u64)>,
}

impl Question for LongSpansQuery {
    type Answer = LongSpans;
    type Input = LatencyQuery;

    fn input(&self) -> LatencyQuery {
        LatencyQuery::of_selection(&self.selection)
    }

    fn answer(&self, documents: Documents<'_>, latency: Arc<Latency>) -> Result<LongSpans, QuestionError> {
        let spans = longest_spans(documents.model()?, &latency.instances, self.key, LISTED);
        Ok(LongSpans { spans })
    }
}
