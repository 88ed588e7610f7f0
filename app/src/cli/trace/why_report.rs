//! What text and JSON of `goscope trace why` are made from.

use goscope_analysis::trace::answers::critical_path::StackPart;
use goscope_analysis::trace::answers::population::Population;

use super::read::ModelFacts;
use crate::query::trace::answers::why::WhyAnswer;

/// What the report is made from.
pub(super) struct WhyReport {
    pub(super) facts: ModelFacts,
    pub(super) population: Population,
    pub(super) answer: WhyAnswer,
}

/// The functions of a part of a stack, innermost first.
pub(super) fn stack_part(facts: &ModelFacts, part: StackPart) -> Vec<String> {
    let mut functions = facts.functions(part.stack);
    let inner = functions.len().saturating_sub(usize::from(part.frames));
    functions.drain(..inner);
    functions
}
