//! The part of a trace that a question covers, and how to measure it: plain data that can be compared, hashed and
//! saved.
//!
//! Times are in ns from the first event of the trace, so that they mean the same in every session.

use std::ops::Range;

use goscope_analysis::trace::answers::flame::AnswerFlame;
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::instances::InstanceKind;
use goscope_analysis::trace::model::TraceModel;
pub use goscope_analysis::trace::questions::lane_groups::{LaneKind, LaneOrder};
pub use goscope_analysis::trace::questions::only::Only;
pub use goscope_analysis::trace::questions::profile::FlameKind;
use goscope_parsers::trace::Time;
use serde::{Deserialize, Serialize};

/// A range of time, in ns since the start of the trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    /// Its start.
    pub start_nanos: i64,
    /// Its end.
    pub end_nanos: i64,
}

impl TimeRange {
    /// The shortest stretch that can be looked at: closer than this there is nothing to see.
    pub const MIN_NANOS: i64 = 20;

    /// All of a trace.
    pub fn of(model: &TraceModel) -> Self {
        let nanos = i64::try_from(model.duration_nanos()).unwrap_or(i64::MAX);
        Self { start_nanos: 0, end_nanos: nanos.max(Self::MIN_NANOS) }
    }

    /// A stretch of a trace's clock with some room on both sides.
    pub fn around(model: &TraceModel, time: &Range<Time>) -> Self {
        let start_nanos = time.start.saturating_sub(model.range().start);
        let length = time.end.saturating_sub(time.start);
        let room = (length / 4).max(Self::MIN_NANOS);
        let range = Self { start_nanos: start_nanos - room, end_nanos: start_nanos + length + room };
        range.inside(Self::of(model).end_nanos)
    }

    /// A stretch of a trace's clock.
    pub fn on_clock(model: &TraceModel, time: &Range<Time>) -> Self {
        let since_start = |time: Time| time.saturating_sub(model.range().start);
        Self { start_nanos: since_start(time.start), end_nanos: since_start(time.end) }
    }

    /// How long it is.
    pub const fn length(&self) -> i64 {
        self.end_nanos - self.start_nanos
    }

    /// The same stretch moved into the trace, and not longer than it.
    #[must_use]
    pub fn inside(&self, trace_nanos: i64) -> Self {
        let whole = trace_nanos.max(Self::MIN_NANOS);
        let length = self.length().clamp(Self::MIN_NANOS, whole);
        let start_nanos = self.start_nanos.clamp(0, whole - length);
        Self { start_nanos, end_nanos: start_nanos + length }
    }

    /// Moved by a part of its length.
    #[must_use]
    pub fn moved(&self, part: f64) -> Self {
        let step = (self.length() as f64 * part) as i64;
        Self { start_nanos: self.start_nanos + step, end_nanos: self.end_nanos + step }
    }

    /// Shorter (`factor` above 1) or longer around a point at this part of its length.
    #[must_use]
    pub fn zoomed(&self, factor: f64, anchor: f64) -> Self {
        let length = (self.length() as f64 / factor).max(Self::MIN_NANOS as f64);
        let point = self.start_nanos as f64 + self.length() as f64 * anchor;
        let start_nanos = (point - length * anchor) as i64;
        Self { start_nanos, end_nanos: start_nanos + length as i64 }
    }
}

/// A range of time and some goroutines: what flame graph, breakdown and tables are about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TraceSelection {
    /// The range of time; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// Only these goroutines.
    pub only: Option<Only>,
    /// Whose time flame graph and breakdown are about.
    pub about: InstanceKind,
    /// Only what took so long, from and to in ns, both included.
    pub length: Option<(u64, u64)>,
    /// Whether goroutines that did next to nothing are among them.
    pub with_idle: bool,
}

impl TraceSelection {
    /// The instances that answers are about; `None` for what the trace has.
    pub fn population(&self) -> Option<Population> {
        match (&self.about, &self.only) {
            (InstanceKind::Tasks(name), _) => Some(Population::Tasks(name.clone())),
            (InstanceKind::Regions(name), _) => Some(Population::Regions(name.clone())),
            (InstanceKind::Goroutines, Some(Only::Function(function))) => {
                Some(Population::Goroutines(function.clone()))
            }
            (InstanceKind::Goroutines, _) => None,
        }
    }
}

/// What a flame graph of a trace shows. Saved as the word for it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Flame {
    /// Time or samples by what goroutines did.
    Time(FlameKind),
    /// What they waited for, across goroutines.
    Answer(AnswerFlame),
}

impl Default for Flame {
    fn default() -> Self {
        Self::Time(FlameKind::default())
    }
}

impl Flame {
    /// All, in the order of the switch.
    pub fn all() -> impl Iterator<Item = Self> {
        FlameKind::ALL.map(Self::Time).into_iter().chain(AnswerFlame::ALL.map(Self::Answer))
    }

    /// Its name.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Time(kind) => kind.text(),
            Self::Answer(kind) => kind.text(),
        }
    }
}

/// A row of the latency breakdown, in words, so that it means the same in every trace.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StateChoice {
    /// The state.
    pub state: SpanState,
    /// Why, in the runtime's words; empty for states other than waiting.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn range(start_nanos: i64, end_nanos: i64) -> TimeRange {
        TimeRange { start_nanos, end_nanos }
    }

    #[test]
    fn a_zoom_keeps_the_moment_under_the_pointer() {
        assert_eq!(range(0, 1_000).zoomed(2.0, 0.5), range(250, 750));
        assert_eq!(range(0, 1_000).zoomed(2.0, 0.0), range(0, 500));
        assert_eq!(range(250, 750).zoomed(0.5, 0.5), range(0, 1_000));
        assert_eq!(range(0, 30).zoomed(10.0, 0.0).length(), TimeRange::MIN_NANOS);
    }

    #[test]
    fn what_older_versions_saved_of_the_flame_graph_is_read() {
        let read = |word: &str| serde_json::from_str::<Flame>(word).expect("a flame graph");
        assert_eq!(read("\"Sched\""), Flame::Time(FlameKind::Sched));
        for flame in Flame::all() {
            let word = serde_json::to_string(&flame).expect("a word");
            assert_eq!(read(&word), flame, "{word}");
        }
    }

    #[test]
    fn a_range_stays_inside_the_trace() {
        assert_eq!(range(-100, 400).inside(1_000), range(0, 500));
        assert_eq!(range(800, 1_300).inside(1_000), range(500, 1_000));
        assert_eq!(range(-500, 5_000).inside(1_000), range(0, 1_000));
    }
}
