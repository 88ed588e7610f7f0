//! Which function of own code a stack is put down to: the innermost one on it.
//!
//! ```text
//! main;serve;report;strings.Contains;memeqbody     report, ends in memeqbody
//! main;serve;report;runtime.asyncPreempt           report, ends in itself: what only interrupts a loop is the loop's
//! runtime.gcBgMarkWorker;runtime.gcDrain           nobody
//! ```

use super::frame::{Frame, FrameId, FrameTable};
use crate::symbol::is_preemption;

/// What is known of the frames of a table.
pub(super) struct OwnCode {
    is_own: Vec<bool>,
    is_interrupt: Vec<bool>,
}

impl OwnCode {
    /// `is_own` says what own code is.
    pub(super) fn new(frames: &FrameTable, is_own: impl Fn(&Frame) -> bool) -> Self {
        let of_all = |test: &dyn Fn(&Frame) -> bool| frames.iter().map(|(_, frame)| test(frame)).collect();
        Self { is_own: of_all(&is_own), is_interrupt: of_all(&|frame| is_preemption(&frame.name)) }
    }

    /// Of a stack, outermost first: the innermost frame of own code, and the frame in which it ends.
    pub(super) fn ends(&self, stack: &[FrameId]) -> (Option<FrameId>, Option<FrameId>) {
        let n_interrupts = stack.iter().rev().take_while(|frame| self.is_interrupt[frame.index()]).count();
        let stack = &stack[..(stack.len() - n_interrupts).max(stack.len().min(1))];
        let own = stack.iter().rev().copied().find(|frame| self.is_own[frame.index()]);
        (own, stack.last().copied())
    }
}
