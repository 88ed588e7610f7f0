//! Which frames were inlined into their callers: pprof's `(inline)` and `(partial-inline)`.
//!
//! The mark of a frame comes from the calls that lead to it: a call is inlined if every sample's first such call is,
//! that is, if the callee is not the outermost function of its location. Frames without a row are passed over: the
//! nearest caller that has one counts.
//!
//! Building the graph for it would look up every frame of every sample. Instead only calls of frames that can get a
//! mark are looked at (those inlined often enough), and of these, calls within a location, the bulk of them, have
//! their place in a table from the start.

use goscope_parsers::pprof::LocationId;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::frame::FrameId;
use super::stacks::Stacks;

/// Whether a frame was inlined into its callers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InlineMark {
    /// Into none of them.
    #[default]
    None,
    /// Into some of them.
    Partial,
    /// Into all of them.
    All,
}

/// What the marks depend on.
pub(super) struct InlineMarks<'f> {
    /// The frames to mark: those that have a row.
    pub(super) frames: &'f [FrameId],
    /// Whether frames without a row are passed over. If nothing was cut off, all frames count as callers, also those
    /// whose values cancel.
    pub(super) is_trimmed: bool,
    /// Calls of a smaller magnitude do not count.
    pub(super) edge_cutoff: i64,
}

/// The mark of each frame asked for. `inlined` bounds, for every frame, the weight of the calls that inline it.
pub(super) fn inline_marks(stacks: &Stacks<'_>, marks: &InlineMarks<'_>, inlined: &[u64]) -> Vec<InlineMark> {
    let plan = Plan::new(stacks, marks, inlined);
    let mut verdicts = vec![(false, false); stacks.frames().len()];
    if plan.is_marked.contains(&true) {
        let calls = stacks.chunks().into_par_iter().map(|chunk| {
            let mut counter = Counter::new(stacks, &plan);
            chunk.for_each(|index| counter.add_sample(index));
            counter.calls()
        });
        let calls = calls.reduce(Vec::new, merged);
        for call in calls.into_iter().filter(|call| call.weight.wrapping_abs() >= marks.edge_cutoff) {
            let (has_inlined, has_other) = &mut verdicts[call.callee.index()];
            *if call.is_inlined { has_inlined } else { has_other } = true;
        }
    }
    let mark = |frame: &FrameId| match verdicts[frame.index()] {
        (false, _) => InlineMark::None,
        (true, true) => InlineMark::Partial,
        (true, false) => InlineMark::All,
    };
    marks.frames.iter().map(mark).collect()
}

/// What is known before the samples are looked at.
struct Plan {
    /// Whether a frame counts as a caller.
    is_caller: Vec<bool>,
    /// Whether a frame may get a mark.
    is_marked: Vec<bool>,
    /// Which locations hold a frame that may get a mark, as bits: few enough to stay in the innermost cache.
    is_looked_at: Vec<u64>,
    /// For locations that hold one such call and nothing else to look at, its index; else [`SEVERAL`].
    call_of_location: Vec<u32>,
    /// Calls within locations, each once.
    calls: Vec<(FrameId, FrameId)>,
    /// Their indices by caller and callee.
    index_of_call: FxHashMap<(FrameId, FrameId), u32>,
}

const SEVERAL: u32 = u32::MAX;

impl Plan {
    fn new(stacks: &Stacks<'_>, marks: &InlineMarks<'_>, inlined: &[u64]) -> Self {
        let mut is_caller = vec![!marks.is_trimmed; inlined.len()];
        marks.frames.iter().for_each(|frame| is_caller[frame.index()] = true);
        let least = u64::try_from(marks.edge_cutoff).unwrap_or(0).max(1);
        let can_be_marked = |(inlined, is_caller): (&u64, &bool)| *is_caller && *inlined >= least;
        let is_marked = inlined.iter().zip(&is_caller).map(can_be_marked).collect();
        let n_locations = stacks.profile().locations.len();
        let mut plan = Self {
            is_caller,
            is_marked,
            is_looked_at: vec![0; n_locations.div_ceil(64)],
            call_of_location: vec![SEVERAL; n_locations],
            calls: Vec::new(),
            index_of_call: FxHashMap::default(),
        };
        for location in stacks.profile().locations.iter() {
            plan.add_location(location, stacks.location_frames.of(location));
        }
        plan
    }

    /// Gives the calls within a location their indices.
    fn add_location(&mut self, location: LocationId, frames: &[FrameId]) {
        let mut caller: Option<FrameId> = None;
        let (mut n_marked, mut last_call) = (0, SEVERAL);
        for &callee in frames {
            if self.is_marked[callee.index()] {
                n_marked += 1;
                if let Some(caller) = caller.filter(|&caller| caller != callee) {
                    last_call = self.index(caller, callee);
                }
            }
            if self.is_caller[callee.index()] {
                caller = Some(callee);
            }
        }
        if n_marked > 0 {
            self.is_looked_at[location.index() / 64] |= 1 << (location.index() % 64);
        }
        if n_marked == 1 {
            self.call_of_location[location.index()] = last_call;
        }
    }

    fn index(&mut self, caller: FrameId, callee: FrameId) -> u32 {
        let next = u32::try_from(self.calls.len()).expect("fewer calls than frames of locations");
        let index = *self.index_of_call.entry((caller, callee)).or_insert(next);
        if index == next {
            self.calls.push((caller, callee));
        }
        index
    }

    #[inline]
    fn is_looked_at(&self, location: LocationId) -> bool {
        self.is_looked_at[location.index() / 64] >> (location.index() % 64) & 1 != 0
    }
}

/// A call, added up.
#[derive(Clone, Copy)]
struct CallSum {
    weight: i64,
    is_inlined: bool,
    /// The last sample, counted from 1, that was counted.
    stamp: u32,
}

impl CallSum {
    const NONE: Self = Self { weight: 0, is_inlined: true, stamp: 0 };

    /// Counts a call unless this sample has counted it already.
    #[inline]
    fn add(&mut self, other: Self) {
        if self.stamp != other.stamp {
            self.weight = self.weight.wrapping_add(other.weight);
            self.is_inlined &= other.is_inlined;
            self.stamp = other.stamp;
        }
    }
}

/// A call with the frames that it connects.
#[derive(Clone, Copy)]
struct Call {
    caller: FrameId,
    callee: FrameId,
    weight: i64,
    is_inlined: bool,
}

/// The calls of one thread.
struct Counter<'a, 'p> {
    stacks: &'a Stacks<'p>,
    plan: &'a Plan,
    /// Calls that occur within some location.
    within: Vec<CallSum>,
    /// All others.
    others: FxHashMap<(FrameId, FrameId), CallSum>,
    stamp: u32,
    /// Which locations of the sample at hand are looked at.
    looked_at: Vec<u32>,
}

impl<'a, 'p> Counter<'a, 'p> {
    fn new(stacks: &'a Stacks<'p>, plan: &'a Plan) -> Self {
        Self {
            stacks,
            plan,
            within: vec![CallSum::NONE; plan.calls.len()],
            others: FxHashMap::default(),
            stamp: 0,
            looked_at: Vec::new(),
        }
    }

    fn add_sample(&mut self, index: usize) {
        let weight = self.stacks.weight(index);
        if weight == 0 {
            return;
        }
        self.stamp += 1;
        let locations = self.stacks.locations(index);
        // In the order in which they lie in memory, and without a branch: few are looked at, no telling which.
        self.looked_at.resize(self.looked_at.len().max(locations.len()), 0);
        let mut n_looked_at = 0;
        for (at, &location) in (0_u32..).zip(locations) {
            self.looked_at[n_looked_at] = at;
            n_looked_at += usize::from(self.plan.is_looked_at(location));
        }
        for row in (0..n_looked_at).rev() {
            let at = self.looked_at[row] as usize;
            match self.plan.call_of_location[locations[at].index()] {
                SEVERAL => self.add_location(&locations[at..], weight),
                call => {
                    self.within[call as usize].add(CallSum { weight, is_inlined: true, stamp: self.stamp });
                }
            }
        }
    }

    /// Counts the calls that lead to the frames of the first location; its callers follow it.
    fn add_location(&mut self, locations: &[LocationId], weight: i64) {
        for (depth, &callee) in self.stacks.location_frames.of(locations[0]).iter().enumerate() {
            if !self.plan.is_marked[callee.index()] {
                continue;
            }
            let Some(caller) = self.caller(locations, depth).filter(|&caller| caller != callee) else {
                continue;
            };
            let call = CallSum { weight, is_inlined: depth > 0, stamp: self.stamp };
            match self.plan.index_of_call.get(&(caller, callee)) {
                Some(&index) => self.within[index as usize].add(call),
                None => self.others.entry((caller, callee)).or_insert(CallSum::NONE).add(call),
            }
        }
    }

    /// The nearest frame above that counts as a caller: of the first location above `depth`, or of the next ones.
    fn caller(&self, locations: &[LocationId], depth: usize) -> Option<FrameId> {
        let frames = &self.stacks.location_frames;
        let is_caller = |frame: &&FrameId| self.plan.is_caller[frame.index()];
        let within = frames.of(locations[0])[..depth].iter().rfind(is_caller);
        let above =
            || locations[1..].iter().find_map(|&location| frames.of(location).iter().rfind(is_caller));
        within.or_else(above).copied()
    }

    /// All calls, sorted by caller and callee.
    fn calls(self) -> Vec<Call> {
        let within = self.plan.calls.iter().copied().zip(self.within);
        let calls = within.chain(self.others).filter(|(_, sum)| sum.stamp > 0);
        let mut calls: Vec<Call> = calls
            .map(|((caller, callee), sum)| Call {
                caller,
                callee,
                weight: sum.weight,
                is_inlined: sum.is_inlined,
            })
            .collect();
        calls.sort_unstable_by_key(|call| (call.caller, call.callee));
        calls
    }
}

/// Adds up two sorted lists of calls.
fn merged(a: Vec<Call>, b: Vec<Call>) -> Vec<Call> {
    let mut calls: Vec<Call> = a.into_iter().chain(b).collect();
    // Two sorted runs: merging them is all that a stable sort does.
    calls.sort_by_key(|call| (call.caller, call.callee));
    calls.dedup_by(|next, call| {
        let is_same = (next.caller, next.callee) == (call.caller, call.callee);
        if is_same {
            call.weight = call.weight.wrapping_add(next.weight);
            call.is_inlined &= next.is_inlined;
        }
        is_same
    });
    calls
}
