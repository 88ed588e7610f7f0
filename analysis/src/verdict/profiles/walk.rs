//! Reads the stacks of a profile as functions.

use goscope_parsers::pprof::{LocationId, Profile};

use crate::profile::frame::FrameId;
use crate::profile::location_frames::LocationFrames;
use crate::symbol::is_preemption;

/// A profile, and the functions of each of its locations.
pub(super) struct Walk<'p> {
    pub(super) profile: &'p Profile,
    functions_at: &'p LocationFrames,
    /// The functions that only interrupt others: one or two.
    preemptions: Vec<FrameId>,
}

impl<'p> Walk<'p> {
    /// `names` are those of the functions by their numbers.
    pub(super) fn new<'n>(
        profile: &'p Profile,
        functions_at: &'p LocationFrames,
        names: impl Iterator<Item = &'n str>,
    ) -> Self {
        let preemptions = (0..).zip(names).filter(|(_, name)| is_preemption(name));
        Self { profile, functions_at, preemptions: preemptions.map(|(id, _)| FrameId(id)).collect() }
    }

    /// Visits the functions of a sample with their depths, outermost first, without a preemption at the leaf. Returns the
    /// leaf.
    #[inline]
    pub(super) fn each(&self, sample: usize, mut visit: impl FnMut(usize, usize)) -> Option<usize> {
        let stack = self.profile.samples.stack(sample);
        let leaf = *stack.iter().find_map(|&location| self.functions_at.of(location).last())?;
        if self.preemptions.contains(&leaf) {
            return self.each_preempted(stack, visit);
        }
        let mut depth = 0;
        for &location in stack.iter().rev() {
            self.functions_at.each(location, |function| {
                visit(depth, function.index());
                depth += 1;
            });
        }
        Some(leaf.index())
    }

    /// The same where the leaf only interrupts others.
    #[cold]
    fn each_preempted(&self, stack: &[LocationId], mut visit: impl FnMut(usize, usize)) -> Option<usize> {
        let mut functions: Vec<FrameId> =
            stack.iter().rev().flat_map(|&location| self.functions_at.of(location)).copied().collect();
        while functions.len() > 1 && functions.last().is_some_and(|leaf| self.preemptions.contains(leaf)) {
            functions.pop();
        }
        functions.iter().enumerate().for_each(|(depth, function)| visit(depth, function.index()));
        functions.last().map(|leaf| leaf.index())
    }
}
