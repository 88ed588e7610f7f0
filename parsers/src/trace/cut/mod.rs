//! Cuts a range out of a trace: a smaller trace, which any reader opens.
//!
//! ```text
//! generation   1 ──────────│ 2 ──────────│ 3 ──────────│ 4 ──────────│
//! range                            ├─────────────────────────┤
//! written                          rewrite  as it is      rewrite
//! ```
//!
//! Whole generations are copied byte by byte. The first is told from its middle on: it begins with a status of all that
//! lives ([`past`]), and its events count from there. The last one ends in its middle. Both have the strings and stacks
//! that are left ([`tables`]). Which events are on which side of the cut is decided in the order of the merge, in which
//! what is kept has happened on its own: no event waits for one that is gone.
//!
//! What the format has no word for is lost at the begin: why a goroutine waits, and what a task or region that had begun
//! is called. Their ends are kept.

mod batches;
mod past;
mod rewrite;
mod span;
mod steps;
mod tables;

use std::io::{self, Write};

use self::past::{Passed, Past};
use self::rewrite::Rewrite;
use self::span::{Place, Span, find_span};
use self::steps::{Step, Steps};
use super::event::Time;
use super::options::TraceOptions;
use super::order::Standing;
use super::problem::{Problem, Strictness};
use super::version::{Family, HEADER_LEN, TraceVersion};
use crate::{ParseError, Progress};

/// What was cut out. Times count from the first event of the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The begin: a little earlier than was asked for if the world was stopped then.
    pub begin_nanos: i64,
    /// Whether the begin is that of a generation, which tells by itself what was before.
    pub is_at_generation: bool,
    /// When the last event that was kept happened.
    pub end_nanos: i64,
    /// User tasks that had begun: their names and begins are lost.
    pub open_tasks: usize,
    /// User regions that had begun: their names and begins are lost.
    pub open_regions: usize,
    /// Why the trace was not read to the end of the range.
    pub problems: Vec<Problem>,
}

/// Why nothing was cut out.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// It is no trace, or somebody asked to stop.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// It is a trace of Go 1.21 or older.
    #[error(
        "no range can be cut out of a trace of {0}, which is one piece; those of Go 1.22 and later are made of pieces"
    )]
    TooOld(TraceVersion),
    /// There is nothing at that time.
    #[error("there is no event in that range: what can be read of the trace ends after {:.6} s", *.0 as f64 / 1e9)]
    Nothing(i64),
    /// Two events follow each other, and the range is between them.
    #[error("nothing happens in that range: take a longer one")]
    Empty,
    /// It could not be written.
    #[error(transparent)]
    Write(io::Error),
}

/// Writes a range of a trace, in nanoseconds from its first event, as a trace. What Go's own reader would not read is
/// left out, and what breaks the rules ends the cut.
///
/// # Errors
/// As [`CutError`] says; then what was written is of no use.
pub fn cut_trace(
    data: &[u8],
    (begin_nanos, end_nanos): (i64, i64),
    progress: Option<&Progress>,
    out: &mut dyn Write,
) -> Result<Cut, CutError> {
    let version = TraceVersion::from_header(data)?;
    if version.family() == Family::V1 {
        return Err(CutError::TooOld(version));
    }
    let span = find_span(data, (begin_nanos, end_nanos), progress)?.ok_or(CutError::Nothing(0))?;
    let since_start = |time: Time| time.saturating_sub(span.trace_start);
    let is_over = span.to.is_none() || !span.problems.is_empty();
    if is_over && since_start(span.last) < begin_nanos {
        return Err(CutError::Nothing(since_start(span.last)));
    }
    if span.to == Some(span.from) {
        return Err(CutError::Empty);
    }
    let standing = Cutter::new(data, version, &span, progress).run(out)?;
    Ok(Cut {
        begin_nanos: since_start(span.from_time),
        is_at_generation: span.from.events == 0,
        end_nanos: since_start(span.to_time),
        open_tasks: standing.open_tasks,
        open_regions: standing.open_regions,
        problems: span.problems,
    })
}

/// Steps between two questions whether to stop.
const STEPS_BETWEEN_ASKS: u64 = 1 << 16;

struct Cutter<'a> {
    data: &'a [u8],
    version: TraceVersion,
    span: &'a Span,
    progress: Option<&'a Progress>,
    steps: Steps<'a>,
    passed: Passed,
    /// What stood at the begin, if that is no begin of a generation.
    standing: Standing,
}

impl<'a> Cutter<'a> {
    fn new(data: &'a [u8], version: TraceVersion, span: &'a Span, progress: Option<&'a Progress>) -> Self {
        let options = TraceOptions { strictness: Strictness::LikeGo, ..TraceOptions::default() };
        let steps = Steps::new(data, version, &options);
        let (passed, standing) = (Passed::default(), Standing::default());
        Self { data, version, span, progress, steps, passed, standing }
    }

    /// Writes the trace; what stood at its begin.
    fn run(mut self, out: &mut dyn Write) -> Result<Standing, CutError> {
        let Span { from, to, .. } = *self.span;
        self.write(&self.data[..HEADER_LEN], out)?;
        self.skip_to(from.generation)?;
        let mut copied_from = self.bytes().start;
        let ends_here = to.is_some_and(|to| to.generation == from.generation);
        if from.events > 0 || ends_here {
            copied_from = self.bytes().end;
            self.rewrite(from.events, to.filter(|_| ends_here), out)?;
        }
        match to.filter(|_| !ends_here) {
            None if ends_here => {}
            None => self.write(self.data.get(copied_from..).unwrap_or_default(), out)?,
            Some(to) => {
                self.skip_to(to.generation)?;
                self.write(self.data.get(copied_from..self.bytes().start).unwrap_or_default(), out)?;
                if to.events > 0 {
                    self.rewrite(0, Some(to), out)?;
                }
            }
        }
        Ok(self.standing)
    }

    fn write(&self, bytes: &[u8], out: &mut dyn Write) -> Result<(), CutError> {
        self.check_cancelled()?;
        out.write_all(bytes).map_err(CutError::Write)
    }

    fn check_cancelled(&self) -> Result<(), CutError> {
        let is_cancelled = self.progress.is_some_and(Progress::is_cancelled);
        if is_cancelled { Err(ParseError::Cancelled.into()) } else { Ok(()) }
    }

    fn skip_to(&mut self, generation: usize) -> Result<(), CutError> {
        let (passed, progress) = (&mut self.passed, self.progress);
        let is_there = self.steps.skip_to(generation, |events| {
            passed.see(events);
            !progress.is_some_and(Progress::is_cancelled)
        });
        self.check_cancelled()?;
        // It was there when the trace was read before.
        if is_there { Ok(()) } else { Err(CutError::Nothing(0)) }
    }

    /// The bytes of the current generation.
    fn bytes(&self) -> std::ops::Range<usize> {
        self.steps.current().map_or(0..0, |current| current.raw.offset..current.raw.end_offset)
    }

    /// Writes the current generation from its event `first` on, to its end or to a place in it.
    fn rewrite(&mut self, first: u64, to: Option<Place>, out: &mut dyn Write) -> Result<(), CutError> {
        let Some(current) = self.steps.current() else { return Ok(()) };
        let tables = &self.steps.tables;
        let threads = current.cursors.iter().map(|cursor| tables.thread_number(cursor.thread) as u64);
        let raw = current.raw.clean_copy();
        let Some(mut rewrite) = Rewrite::new(self.data, self.version, raw, threads) else { return Ok(()) };
        let (mut done, mut n_steps) = (0, 0);
        while to.is_none_or(|to| done < to.events) {
            n_steps += 1;
            if n_steps % STEPS_BETWEEN_ASKS == 0 {
                self.check_cancelled()?;
            }
            if first > 0 && done == first {
                self.begin_anew(&mut rewrite);
            }
            let step = self.steps.next();
            let is_kept = done >= first;
            done += self.steps.events.len() as u64;
            match step {
                Step::Generation | Step::End => break,
                _ if !is_kept => self.passed.see(&self.steps.events),
                Step::Event(record) => {
                    let proc = self.steps.events.first().map(|event| event.proc).unwrap_or_default();
                    rewrite.keep(record, self.steps.tables.proc_number(proc) as u64);
                }
                Step::Sample(sample) => rewrite.keep_sample(sample),
            }
        }
        rewrite.finish(out).map_err(CutError::Write)
    }

    /// Tells the past of a generation that begins in its middle.
    fn begin_anew(&mut self, rewrite: &mut Rewrite<'_>) {
        let Some(current) = self.steps.current() else { return };
        let standing = self.steps.merge.order.standing(rewrite.number());
        let tables = &self.steps.tables;
        let wanted = standing.goroutines.iter().map(|goroutine| self.passed.stack(goroutine));
        let (raw, kept) = rewrite.tables_mut();
        let stacks = kept.stack_ids(wanted, raw, (&current.resolver, tables));
        let past = Past::new(&standing, &stacks, &self.passed, (self.version, tables));
        rewrite.begin_anew(past, self.span.from_time);
        self.standing = standing;
    }
}
