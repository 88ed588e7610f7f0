//! Where a goroutine was while it ran: the trace does not say, but what it says before, after and meanwhile narrows it
//! down.
//!
//! ```text
//! lock      computes            send      what main.f does between two calls
//! main.f ►  ………………………………    ► main.f    the functions that both stacks have in common, from the outermost on
//! ```
//!
//! CPU samples say it best. Where the scheduler interrupted the goroutine, its stack then does. Else what the stacks of
//! its last stop and of its next event have in common: it computed there or in something called from there.

use std::ops::Range;

use goscope_parsers::trace::{GoId, StackId, Time};

use super::segment::{PathClass, StackPart};
use super::walk::Walker;
use crate::trace::store::backward::Backward;
use crate::trace::words::cause::SpanState;

impl<'m> Walker<'m> {
    /// Cuts a part of a running span into pieces by mark assists, moments at which the process was stopped, and CPU
    /// samples. `end_stack` is where the goroutine is at the end of the part, if an event says so.
    pub(super) fn running(&mut self, place: &Backward<'m>, end_stack: StackId, range: &Range<Time>) {
        let goroutine = place.goroutine();
        let stack = self.running_stack(place, end_stack, range);
        self.pieces.clear();
        let mut now = range.start;
        for (part, class) in self.interruptions(place, range) {
            if now < part.start {
                self.computing(goroutine, now..part.start, stack);
            }
            self.pieces.push((part.clone(), class, stack));
            now = part.end;
        }
        if now < range.end {
            self.computing(goroutine, now..range.end, stack);
        }
    }

    /// Adds a piece in which a goroutine computes, cut in equal parts by its samples.
    fn computing(&mut self, goroutine: GoId, range: Range<Time>, stack: StackPart) {
        let samples = self.facts.samples_in(goroutine, &range);
        let samples: &[_] =
            if samples.iter().all(|(.., stack)| *stack == StackId::NONE) { &[] } else { samples };
        let count = samples.len().min(usize::try_from(range.end - range.start).unwrap_or(0));
        if count == 0 {
            self.pieces.push((range, PathClass::Running, stack));
            return;
        }
        let length = i128::from(range.end) - i128::from(range.start);
        let cut = |part: usize| range.start + (length * part as i128 / count as i128) as Time;
        for (part, &(.., sample)) in samples.iter().take(count).enumerate() {
            let stack = if sample == StackId::NONE { stack } else { StackPart::whole(sample) };
            self.pieces.push((cut(part)..cut(part + 1), PathClass::Running, stack));
        }
    }

    /// The parts of a range in which a running goroutine did not compute for itself, in order, without overlap.
    fn interruptions(&mut self, place: &Backward<'m>, range: &Range<Time>) -> Vec<(Range<Time>, PathClass)> {
        let assists = self.facts.assists_near(place.goroutine(), range, &mut self.recent_assists);
        let gaps = self.model().proc_time().gaps_in(range.clone());
        if assists.is_empty() && gaps.is_empty() {
            return Vec::new();
        }
        let clipped = |begin: Time, end: Time| begin.max(range.start)..end.min(range.end);
        let stops = gaps.iter().map(|gap| (clipped(gap.begin, gap.end), PathClass::Throttled));
        let assists = assists.iter().map(|&(_, begin, end)| (clipped(begin, end), PathClass::GcAssist));
        let mut parts: Vec<(Range<Time>, PathClass)> = stops.chain(assists).collect();
        parts.sort_by_key(|(part, class)| (part.start, *class != PathClass::Throttled));
        let mut apart: Vec<(Range<Time>, PathClass)> = Vec::new();
        for (part, class) in parts {
            let from = apart.last().map_or(part.start, |(last, _)| last.end.max(part.start));
            if from < part.end {
                apart.push((from..part.end, class));
            }
        }
        apart
    }

    fn running_stack(&mut self, place: &Backward<'m>, end_stack: StackId, range: &Range<Time>) -> StackPart {
        // Its own event; one of another goroutine, if somebody woke it after a gap of the trace.
        let next = place.later().filter(|next| next.waker().is_none());
        let next = next.map(|next| next.kind().cause);
        // Where a goroutine was when the scheduler interrupted it to let others run, which made it ready: that comes as
        // unforeseen as a CPU sample, and stands for all of the span that it ended.
        if let Some(cause) = next.filter(|cause| self.facts.is_preempted(*cause)) {
            return StackPart::whole(self.model().cause(cause).stack);
        }
        let is_cut = range.end < place.end() && end_stack != StackId::NONE;
        let after = match next {
            Some(cause) if !is_cut => self.model().cause(cause).stack,
            _ => end_stack,
        };
        let before = self.last_stop(place);
        if after == StackId::NONE {
            return before;
        }
        let common = self.common_outer(before.stack, after).min(before.frames);
        if common == 0 || before.is_none() {
            return StackPart::whole(after);
        }
        StackPart { stack: after, frames: common }
    }

    /// How many outermost functions two stacks have in common: of pairs that come again and again, from memory.
    fn common_outer(&mut self, a: StackId, b: StackId) -> u16 {
        let place = (a.0.wrapping_mul(0x9e37_79b1) ^ b.0.wrapping_mul(0x85eb_ca6b)) as usize >> 7;
        let place = place % self.common.len();
        let (known_a, known_b, common) = self.common[place];
        if (known_a, known_b) == (a, b) {
            return common;
        }
        let common = self.facts.common_outer(a, b);
        self.common[place] = (a, b, common);
        common
    }

    /// Where a goroutine last stopped before a span; of a new one the function that it starts in.
    pub(super) fn last_stop(&self, place: &Backward<'m>) -> StackPart {
        let mut before = place.earlier();
        while let Some(place) = before {
            let kind = place.kind();
            let stack = || self.model().cause(kind.cause).stack;
            let stack = match kind.state {
                SpanState::Waiting | SpanState::Syscall | SpanState::SyscallBlocked => stack(),
                SpanState::Runnable if place.waker().is_none() => stack(),
                SpanState::Running | SpanState::Unknown => break,
                SpanState::Runnable => StackId::NONE,
            };
            if stack != StackId::NONE {
                return StackPart::whole(stack);
            }
            before = place.earlier();
        }
        let start = self.model().goroutine(place.goroutine()).map_or(StackId::NONE, |it| it.start_stack);
        StackPart { stack: start, frames: 1 }
    }
}
