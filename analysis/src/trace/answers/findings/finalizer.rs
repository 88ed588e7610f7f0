//! Finalizers and cleanups that block: one goroutine runs them all, and what is freed waits in line.

use std::collections::BTreeMap;
use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, Time};

use super::examples::{Examples, example};
use super::finding::{About, Finding, FindingId};
use crate::trace::answers::facts::Facts;
use crate::trace::words::cause::SpanState;

const LEAST_NANOS: u64 = 20_000_000;

pub(super) fn findings(facts: &Facts<'_>, range: Option<&Range<Time>>) -> Vec<Finding> {
    let model = facts.model;
    let range = range.cloned().unwrap_or_else(|| model.range());
    let mut by_function: BTreeMap<StringId, Examples> = BTreeMap::new();
    for id in model.goroutine_ids().filter(|id| is_finalizer(facts, *id)) {
        for span in model.spans_in(id, range.clone()) {
            let blocks =
                matches!(span.state, SpanState::Waiting | SpanState::Syscall | SpanState::SyscallBlocked);
            let stack = model.cause(span.cause).stack;
            if blocks && facts.is_of_program(stack) {
                let (begin, end) = (span.start.max(range.start), span.end.min(range.end));
                by_function
                    .entry(facts.outermost_of_program(stack))
                    .or_default()
                    .add(example(id, begin, end));
            }
        }
    }
    let finding = |(function, examples): (StringId, Examples)| {
        let nanos = examples.nanos;
        (nanos >= LEAST_NANOS).then(|| Finding {
            count: examples.count as u64,
            function: Some(function),
            examples: examples.longest(),
            ..Finding::new(FindingId::SlowFinalizer, About::Function(function), nanos)
        })
    };
    by_function.into_iter().filter_map(finding).collect()
}

/// `runfinq` until Go 1.24, `runFinalizers` and `runCleanups` since.
fn is_finalizer(facts: &Facts<'_>, id: GoId) -> bool {
    let name = facts.tables().string(facts.model.start_function(id));
    [b"runtime.runfinq".as_slice(), b"runtime.runFinalizers", b"runtime.runCleanups"].contains(&name)
}
