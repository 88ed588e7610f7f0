//! The model of a trace: its data, and the indexes that make questions quick.
//!
//! ```text
//! data       what the trace says, in columns                           spans, rows, tables
//! timeline   what is needed to draw lanes, whatever the number of spans  ─► lanes()
//! digest     spans summed up ahead of every question
//! proc_time  what was in the way of runnable goroutines, summed up; made when the first question about it comes
//! marks      tasks and regions summed up; made when the first question about them comes
//! idle       who did next to nothing; made when the first question leaves them out
//! facts      what frames and causes are; lock_sites: who may have held which lock; made when the first answer needs them
//! ```
//!
//! Indexes are made once, from finished data, when they are first asked for. Whoever only reads what the
//! trace says reads it off the model as if it were the data.

use std::ops::Deref;
use std::sync::OnceLock;

use goscope_parsers::trace::GoId;

pub use crate::trace::store::data::{CauseSum, Goroutine, Span, SpanId, StateSum, TraceData};
pub use crate::trace::words::time::nanos_between;

use crate::trace::digest::{Digest, MarkDigest, MarkKind};
use crate::trace::facts::{Facts, KnownFacts, LockSites};
use crate::trace::proc_time::ProcTime;
use crate::trace::store::idle::idle_goroutines;
use crate::trace::timeline::{Lanes, Timeline};

/// A whole trace, ready for questions.
#[derive(Debug)]
pub struct TraceModel {
    data: TraceData,
    timeline: OnceLock<Timeline>,
    digest: OnceLock<Digest>,
    tasks: OnceLock<MarkDigest>,
    regions: OnceLock<MarkDigest>,
    proc_time: OnceLock<ProcTime>,
    idle: OnceLock<Vec<GoId>>,
    facts: OnceLock<KnownFacts>,
    lock_sites: OnceLock<LockSites>,
}

impl TraceModel {
    /// A model without indexes: each is made when it is asked for.
    pub fn new(data: TraceData) -> Self {
        let (timeline, digest) = (OnceLock::new(), OnceLock::new());
        let (tasks, regions, proc_time) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let (idle, facts, lock_sites) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { data, timeline, digest, tasks, regions, proc_time, idle, facts, lock_sites }
    }

    /// What the trace says.
    pub fn data(&self) -> &TraceData {
        &self.data
    }

    /// What to draw of lanes. The first call makes their index, which takes time: whoever draws asks ahead. As for
    /// the sums of tasks and regions, a question asks before it hands work to other cores.
    pub fn lanes(&self) -> Lanes<'_> {
        Lanes::new(&self.data, self.timeline())
    }

    fn timeline(&self) -> &Timeline {
        self.timeline.get_or_init(|| Timeline::new(&self.data))
    }

    /// The sums of all spans, made when they are asked for: a summary of the whole trace needs none. As for the sums
    /// of marks, a question asks before it hands work to other cores.
    pub(crate) fn digest(&self) -> &Digest {
        self.digest.get_or_init(|| Digest::new(&self.data))
    }

    /// Makes what questions about a range of time need, so that the first is as quick as all others.
    pub fn prepare(&self) {
        self.timeline();
        self.digest();
        self.proc_time();
    }

    /// The sums of tasks or regions, made when they are asked for: many traces have none, and few readers need them.
    /// A question asks before it hands work to other cores, never from within: whoever makes the sums waits for cores.
    pub(crate) fn marks(&self, kind: MarkKind) -> &MarkDigest {
        let made = match kind {
            MarkKind::Tasks => &self.tasks,
            MarkKind::Regions => &self.regions,
        };
        made.get_or_init(|| MarkDigest::new(&self.data, self.digest(), kind))
    }

    /// What was in the way of runnable goroutines, made when it is asked for. As for the sums of marks, a question asks
    /// before it hands work to other cores.
    pub fn proc_time(&self) -> &ProcTime {
        self.proc_time.get_or_init(|| ProcTime::new(&self.data))
    }

    /// The goroutines that were there during the whole trace and waited for all but a thousandth of it, by id. As for
    /// the sums of marks, a question asks before it hands work to other cores.
    pub fn idle_goroutines(&self) -> &[GoId] {
        self.idle.get_or_init(|| idle_goroutines(&self.data))
    }

    /// What is known of frames, causes, mark assists and CPU samples, made when it is asked for. As for the sums of marks, a
    /// question asks before it hands work to other cores.
    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts::new(&self.data, self.facts.get_or_init(|| KnownFacts::new(&self.data)))
    }

    /// Who may have held which lock, made when it is asked for. As for the sums of marks, a question asks before it hands
    /// work to other cores.
    pub(crate) fn lock_sites(&self) -> &LockSites {
        self.lock_sites.get_or_init(|| LockSites::new(&self.facts()))
    }

    /// Makes what answers need, so that the first is as quick as all others.
    pub fn prepare_answers(&self) {
        self.proc_time();
        self.lock_sites();
    }

    /// Bytes on the heap that drawing lanes quickly takes, beside the spans.
    pub fn timeline_bytes(&self) -> usize {
        self.timeline().heap_bytes()
    }

    /// Bytes on the heap that make the sums of a selection quick, beside the spans.
    pub fn digest_bytes(&self) -> usize {
        let marks = [&self.tasks, &self.regions].into_iter().filter_map(OnceLock::get);
        self.digest().heap_bytes() + marks.map(MarkDigest::heap_bytes).sum::<usize>()
    }
}

impl Deref for TraceModel {
    type Target = TraceData;

    fn deref(&self) -> &TraceData {
        &self.data
    }
}
