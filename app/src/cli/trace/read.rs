//! Reads a trace once, from the first event to the last, and hands each to whoever counts.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use goscope_analysis::value::ValueFormat;
use goscope_parsers::ParseError;
use goscope_parsers::trace::{Event, GoId, Problem, StackId, Tables, Time, TraceReader};

use super::super::failure::Failure;
use super::super::input::InputArgs;
use super::range::TimeRange;
use super::warn_of;

/// Options of every report about a trace.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ReadArgs {
    /// Trace to read
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Look at a part of the trace only, e.g. 1.2s..1.4s or 500ms.. (from its first event)
    #[arg(long, value_name = "A..B")]
    range: Option<TimeRange>,
    #[command(flatten)]
    input: InputArgs,
}

/// What is known of a trace after reading it.
pub(super) struct TraceFacts {
    pub(super) tables: Tables,
    pub(super) problems: Vec<Problem>,
    pub(super) lost_share: f64,
    /// From the first event to the last.
    pub(super) trace: Range<Time>,
    /// The part that was asked for; all of it without `--range`.
    pub(super) range: Range<Time>,
}

impl ReadArgs {
    /// To read the whole of a file, or a range of it.
    pub(super) fn new(file: &Path, range: Option<TimeRange>, input: &InputArgs) -> Self {
        Self { file: file.to_owned(), range, input: input.clone() }
    }

    /// What was asked for with `--range`.
    pub(super) fn range(&self) -> Option<TimeRange> {
        self.range
    }

    /// Reads all events.
    pub(super) fn read(&self, visit: impl FnMut(&Event, &Tables)) -> Result<TraceFacts, Failure> {
        let file = self.input.open(&self.file)?;
        self.input
            .read_trace(&self.file, &file, |reader| TraceFacts::read(reader, self.range, visit))?
            .ok_or_else(|| Failure::NoData(anyhow!("{}: there is no event to look at", self.file.display())))
    }
}

impl TraceFacts {
    /// Reads all events; `None` if there is none in the range.
    pub(super) fn read(
        mut reader: TraceReader<'_>,
        range: Option<TimeRange>,
        mut visit: impl FnMut(&Event, &Tables),
    ) -> Result<Option<Self>, ParseError> {
        let mut trace: Option<Range<Time>> = None;
        while let Some(chunk) = reader.next_chunk() {
            for event in chunk.events {
                visit(event, chunk.tables);
            }
            if let (Some(first), Some(last)) = (chunk.events.first(), chunk.events.last()) {
                trace = Some(trace.map_or(first.time, |trace| trace.start)..last.time);
            }
        }
        if reader.is_cancelled() {
            return Err(ParseError::Cancelled);
        }
        let lost_share = reader.lost_share();
        let (tables, problems) = reader.into_tables();
        let trace = trace.unwrap_or_default();
        let wanted = range.map_or(trace.clone(), |range| range.after(trace.start));
        let range = wanted.start.max(trace.start)..wanted.end.min(trace.end);
        let facts = Self { tables, problems, lost_share, trace, range };
        if facts.range.is_empty() {
            facts.warn();
            return Ok(None);
        }
        Ok(Some(facts))
    }

    /// Says what is wrong with the trace.
    pub(super) fn warn(&self) {
        warn_of(&self.problems);
        if self.lost_share > 0.0 {
            let percent = self.lost_share * 100.0;
            super::super::warn(&[format!(
                "{percent:.1} % of the trace are lost; the numbers are of the rest"
            )]);
        }
    }

    /// Nanoseconds since the first event.
    pub(super) fn since_start(&self, time: Time) -> i64 {
        time.saturating_sub(self.trace.start)
    }

    /// The length of the part that was asked for.
    pub(super) fn range_nanos(&self) -> u64 {
        self.range.end.abs_diff(self.range.start)
    }

    /// `3.60s` or `200ms of 3.60s`.
    pub(super) fn range_text(&self) -> String {
        let text = |nanos: u64| duration_text(nanos);
        let whole = text(self.trace.end.abs_diff(self.trace.start));
        if self.range == self.trace { whole } else { format!("{} of {whole}", text(self.range_nanos())) }
    }

    /// The number of a goroutine; `None` for none.
    pub(super) fn goid(&self, id: GoId) -> Option<i64> {
        id.is_some().then(|| self.tables.goid(id))
    }

    /// The functions of a stack, innermost first.
    pub(super) fn functions(&self, stack: StackId) -> Vec<String> {
        let frames = self.tables.stack(stack).iter().map(|&frame| self.tables.frame(frame).function);
        frames.map(|function| self.tables.string_lossy(function).into_owned()).collect()
    }
}

/// A duration in the unit that suits it.
pub(super) fn duration_text(nanos: u64) -> String {
    ValueFormat::auto("nanoseconds").text(nanos.cast_signed())
}

/// A moment, in seconds since the first event.
pub(super) fn moment_text(nanos: i64) -> String {
    format!("{:.6}s", nanos as f64 / 1e9)
}
