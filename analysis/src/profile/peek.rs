//! Callers and callees of one frame, with the values of the calls: pprof's `-peek`.
//!
//! Samples that do not hold the frame are told by a bit of their locations and skipped; the others are walked from
//! the root, as pprof walks them: a call counts once a sample, and the first one says whether it is inlined.

use std::cmp::Reverse;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::frame::{FrameId, FrameTable};
use super::stacks::Stacks;

/// A call between the frame and another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The other frame.
    pub frame: FrameId,
    /// Value of the samples that hold the call; a repeated call counts once a sample.
    pub weight: i64,
    /// Whether every one of these calls was inlined.
    pub is_inlined: bool,
}

/// A frame between its callers and callees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peek {
    /// Which frame.
    pub frame: FrameId,
    /// Value of the samples that end in it.
    pub flat: i64,
    /// Value of the samples that hold it.
    pub cum: i64,
    /// Who calls it, largest magnitude first, ties by name. A recursive frame is not its own caller.
    pub callers: Vec<Call>,
    /// Whom it calls, largest magnitude first, ties by name.
    pub callees: Vec<Call>,
}

/// Looks at one frame of the stacks.
pub fn peek(stacks: &Stacks<'_>, frame: FrameId) -> Peek {
    let holds: Vec<bool> = stacks
        .profile()
        .locations
        .iter()
        .map(|location| stacks.location_frames.of(location).contains(&frame))
        .collect();
    let sums = stacks.chunks().into_par_iter().map(|chunk| {
        let mut sums = Sums::default();
        for index in chunk {
            if stacks.locations(index).iter().any(|location| holds[location.index()]) {
                sums.add_sample(stacks, index, frame);
            }
        }
        sums
    });
    let sums = sums.reduce(Sums::default, Sums::merged);
    Peek {
        frame,
        flat: sums.flat,
        cum: sums.cum,
        callers: sorted(sums.callers, stacks.frames()),
        callees: sorted(sums.callees, stacks.frames()),
    }
}

#[derive(Clone, Copy)]
struct CallSum {
    weight: i64,
    is_inlined: bool,
    /// The last sample that was counted, plus one.
    stamp: usize,
}

type CallSums = FxHashMap<FrameId, CallSum>;

#[derive(Default)]
struct Sums {
    flat: i64,
    cum: i64,
    callers: CallSums,
    callees: CallSums,
}

impl Sums {
    fn add_sample(&mut self, stacks: &Stacks<'_>, index: usize, frame: FrameId) {
        let weight = stacks.weight(index);
        if weight == 0 {
            return;
        }
        self.cum = self.cum.wrapping_add(weight);
        let mut caller: Option<FrameId> = None;
        for &location in stacks.locations(index).iter().rev() {
            for (depth, &callee) in stacks.location_frames.of(location).iter().enumerate() {
                let call = CallSum { weight, is_inlined: depth > 0, stamp: index + 1 };
                match caller {
                    Some(caller) if callee == frame && caller != frame => {
                        add(&mut self.callers, caller, call);
                    }
                    Some(caller) if caller == frame && callee != frame => {
                        add(&mut self.callees, callee, call);
                    }
                    _ => {}
                }
                caller = Some(callee);
            }
        }
        if caller == Some(frame) {
            self.flat = self.flat.wrapping_add(weight);
        }
    }

    fn merged(mut self, other: Self) -> Self {
        self.flat = self.flat.wrapping_add(other.flat);
        self.cum = self.cum.wrapping_add(other.cum);
        for (sums, others) in [(&mut self.callers, other.callers), (&mut self.callees, other.callees)] {
            #[expect(clippy::iter_over_hash_type, reason = "sums integers: the order does not matter")]
            for (frame, call) in others {
                add(sums, frame, call);
            }
        }
        self
    }
}

/// Counts a call unless this sample has counted it already.
fn add(sums: &mut CallSums, frame: FrameId, call: CallSum) {
    let known = sums.entry(frame).or_insert(CallSum { weight: 0, is_inlined: true, stamp: 0 });
    if known.stamp != call.stamp {
        known.weight = known.weight.wrapping_add(call.weight);
        known.is_inlined &= call.is_inlined;
        known.stamp = call.stamp;
    }
}

fn sorted(sums: CallSums, frames: &FrameTable) -> Vec<Call> {
    let call =
        |(frame, sum): (FrameId, CallSum)| Call { frame, weight: sum.weight, is_inlined: sum.is_inlined };
    let mut calls: Vec<Call> = sums.into_iter().map(call).collect();
    let ranks = frames.unique_ranks();
    calls.sort_unstable_by_key(|call| (Reverse(call.weight.unsigned_abs()), ranks[call.frame.index()]));
    calls
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::frame::Frame;
    use crate::profile::query::StackQuery;
    use crate::profile::stacks::select;
    use crate::testing::profile;

    /// Callers, the frame `f` with flat and cum, callees.
    fn check(text: &str) -> String {
        let profile = profile(text);
        let stacks = select(&profile, &StackQuery::default()).expect("a query without filters");
        let frame = Frame { name: "f".to_owned(), ..Frame::default() };
        let peek = peek(&stacks, stacks.frames().find(&frame).expect("f is in the fixture"));
        let line = |call: &Call| {
            let mark = if call.is_inlined { " (inline)" } else { "" };
            format!("  {} {}{mark}", call.weight, stacks.frames().frame(call.frame).printable_name())
        };
        let callers = peek.callers.iter().map(line);
        let itself = std::iter::once(format!("{} {} f", peek.flat, peek.cum));
        callers.chain(itself).chain(peek.callees.iter().map(line)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn callers_stand_above_and_callees_below() {
        assert_snapshot!(check(
            "main;f;a 5
             main;f;b 2
             init;f 1
             main;g 9"
        ), @r"
          7 main
          1 init
        1 8 f
          5 a
          2 b
        ");
    }

    #[test]
    fn a_recursive_frame_is_not_its_own_caller() {
        assert_snapshot!(check("main;f;f;g;f 5"), @r"
          5 g
          5 main
        5 5 f
          5 g
        ");
    }

    #[test]
    fn a_call_counts_once_a_sample() {
        assert_snapshot!(check("g;f;g;f 3\ng;f 1"), @r"
          4 g
        4 4 f
          3 g
        ");
    }

    #[test]
    fn inlined_calls_are_marked_if_they_always_are() {
        assert_snapshot!(check(
            "main+f;a 5
             f+b 2
             main;f 1
             init+f 1"
        ), @r"
          6 main
          1 init (inline)
        2 9 f
          5 a
          2 b (inline)
        ");
    }

    #[test]
    fn samples_without_a_value_do_not_count() {
        assert_snapshot!(check("main;f;a 5\nother;f 0"), @r"
          5 main
        0 5 f
          5 a
        ");
    }
}
