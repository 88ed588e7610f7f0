//! Rules about annotations (tasks and regions) that a program broke: what each problem says, and how many are told.
//!
//! Whoever ends a region while one begun later is open, or on another goroutine, breaks a rule of `runtime/trace`,
//! and Go's own reader refuses the trace. But nothing about goroutines, Ps or threads depends on it: the event is
//! delivered as all others, and only the region's own bounds are in doubt.

use super::event::{GoId, StackId, StringId, TaskId};
use super::problem::{Fault, Problem, ProblemKind};
use super::tables::Tables;
use crate::printable::printable_cut;

/// Problems of this kind that are told one by one; the others are counted.
const MOST_TOLD: u64 = 20;

/// Characters of a name in a sentence.
const NAME_CHARS: usize = 100;

/// Open regions among which the one that ends is looked for; without a limit a file could make each end slow.
const MOST_LOOKED_AT: usize = 1024;

/// The place of the innermost open region that `is_it` accepts, innermost last. No program nests regions so deeply
/// that the limit (1,024) matters: one further out counts as not open.
pub fn innermost_open<T>(open: &[T], is_it: impl Fn(&T) -> bool) -> Option<usize> {
    let start = open.len().saturating_sub(MOST_LOOKED_AT);
    open[start..].iter().rposition(is_it).map(|at| start + at)
}

/// Closes the innermost region that is this one. If that is not the innermost of all: that one, and whether any was
/// closed.
pub(super) fn close_region<R: Copy + PartialEq>(regions: &mut Vec<R>, region: R) -> Option<(R, bool)> {
    let innermost = *regions.last()?;
    let Some(at) = innermost_open(regions, |&open| open == region) else {
        return Some((innermost, false));
    };
    regions.remove(at);
    (at < regions.len()).then_some((innermost, true))
}

/// A source line.
#[derive(Clone, Debug)]
pub(super) struct SourceLine {
    pub(super) function: String,
    pub(super) file: String,
    pub(super) line: u64,
}

impl SourceLine {
    /// The line in the program's own code, of (function, file, line) of a stack, innermost first: `runtime/trace` is
    /// where the program called, not what it did.
    pub(super) fn of_program(stack: impl IntoIterator<Item = Self>) -> Option<Self> {
        stack.into_iter().find(|frame| !frame.function.starts_with("runtime/trace."))
    }
}

/// The annotation that breaks a rule, and where.
pub(super) struct Annotation {
    pub(super) name: String,
    pub(super) task: u64,
    pub(super) goroutine: i64,
    pub(super) at: Option<SourceLine>,
}

impl Annotation {
    /// An annotation of which everything is in the tables.
    #[cold]
    pub(super) fn new(
        tables: &Tables,
        (task, name): (TaskId, StringId),
        goroutine: GoId,
        stack: StackId,
    ) -> Self {
        let text = |id| tables.string_lossy(id).into_owned();
        let frames = tables.stack(stack).iter().map(|&frame| tables.frame(frame));
        let mut lines = frames.map(|frame| SourceLine {
            function: text(frame.function),
            file: text(frame.file),
            line: frame.line,
        });
        Self {
            name: text(name),
            task: tables.task_number(task),
            goroutine: tables.goid(goroutine),
            at: SourceLine::of_program(&mut lines),
        }
    }

    /// A region ends, and the innermost open region of its goroutine is another one. `is_open`: it is open too.
    #[cold]
    pub(super) fn region_ends(&self, innermost: &str, is_open: bool) -> Box<Fault> {
        let (name, innermost) = (quoted(&self.name), quoted(innermost));
        let task = match self.task {
            0 => "of no task".to_owned(),
            task => format!("of task {task}"),
        };
        let why = if is_open {
            format!("before {innermost}, which began inside it")
        } else {
            format!("without having begun there ({innermost} is the innermost open one)")
        };
        let (goroutine, place) = (self.goroutine, self.place());
        misuse(format!("region {name} {task} ends on goroutine {goroutine} {why}, {place}"))
    }

    /// A task begins while it is open.
    #[cold]
    pub(super) fn task_begins_again(&self) -> Box<Fault> {
        let (task, name, goroutine) = (self.task, quoted(&self.name), self.goroutine);
        misuse(format!("task {task} {name} begins a second time on goroutine {goroutine}, {}", self.place()))
    }

    /// Neither begin nor end of a region.
    #[cold]
    pub(super) fn unknown_mode(&self, mode: u64) -> Box<Fault> {
        let (name, task, goroutine) = (quoted(&self.name), self.task, self.goroutine);
        let what = format!("region {name} of task {task} neither begins nor ends (mode {mode})");
        misuse(format!("{what} on goroutine {goroutine}, {}", self.place()))
    }

    fn place(&self) -> String {
        match &self.at {
            Some(SourceLine { function, file, line }) => {
                format!(
                    "in {} at {}:{line}",
                    printable_cut(function, NAME_CHARS),
                    printable_cut(file, 2 * NAME_CHARS)
                )
            }
            None => "at an unknown line".to_owned(),
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", printable_cut(name, NAME_CHARS))
}

fn misuse(what: String) -> Box<Fault> {
    Fault::order(what).of_kind(ProblemKind::Annotation)
}

/// How many annotations of a trace broke a rule so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Misuses(u64);

impl Misuses {
    /// Tells one, if there are not too many.
    #[cold]
    pub(super) fn add(&mut self, fault: Fault, generation: u64, problems: &mut Vec<Problem>) {
        self.0 += 1;
        if self.0 <= MOST_TOLD {
            problems.push(fault.into_problem(generation, 0));
        }
    }

    /// Says how many were not told.
    pub(super) fn finish(&self, problems: &mut Vec<Problem>) {
        if let Some(more @ 1..) = self.0.checked_sub(MOST_TOLD) {
            let what = format!("{more} more regions or tasks begin or end out of order");
            problems.push(misuse(what).into_problem(0, 0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::close_region;

    #[test]
    fn a_region_is_closed_where_it_is_open_and_not_too_deep() {
        let mut regions = vec!["outer", "inner"];
        assert_eq!(close_region(&mut regions, "other"), Some(("inner", false)));
        assert_eq!(close_region(&mut regions, "outer"), Some(("inner", true)));
        assert_eq!(close_region(&mut regions, "inner"), None);
        assert_eq!(close_region(&mut regions, "inner"), None, "older than the trace");
        let mut deep = vec![0; 1025];
        deep[0] = 1;
        assert_eq!(close_region(&mut deep, 1), Some((0, false)), "an end costs the same in any file");
    }
}
