//! What the reader does when a v2 trace breaks a rule.
//!
//! Like Go: nothing, it is over. Otherwise as much as can be had honestly:
//!
//! * An event that cannot be decoded ends its *thread's* stream in this generation (an unknown event number says
//!   nothing about its length), the others go on.
//! * A region that ends out of order costs nothing: nothing else depends on it, see [`misuse`](super::misuse).
//! * Events that contradict each other, or all wait, end their *generation*.
//! * An unfinished last generation is read with the tables it has, until its events stall. Each thread misses up
//!   to 64 KiB that were not flushed, so they do stall. What is not in the tables shows as `?`.
//! * After a damaged generation the next starts anew: every generation says what it finds when it begins, so
//!   nothing but the ties to the past are lost.
//! * After a gap in the numbers of generations (since Go 1.26 no error by itself) the next is tried as if nothing
//!   were missing, which is what Go does; if its events contradict what was before, it starts anew.

use super::cursor::Cursor;
use super::event::Event;
use super::generation::{GenerationEnd, RawGeneration};
use super::generation_tables::RawTables;
use super::merge::{Current, Merge, Tentative};
use super::problem::{Fault, Faulty, Problem, ProblemKind, Strictness, add_problem};
use super::tables::{Continuity, Tables};

impl<'a> Merge<'a> {
    /// Takes what can be used of a generation with faults; an error if that is nothing.
    pub(super) fn accept_what_is_there(
        &mut self,
        mut raw: RawGeneration,
        raw_tables: &mut RawTables<'a>,
        problems: &mut Vec<Problem>,
    ) -> Result<(RawGeneration, Option<Problem>), Box<Fault>> {
        let mut problem = None;
        let is_last = matches!(raw.end, GenerationEnd::EndOfFile);
        match std::mem::replace(&mut raw.end, GenerationEnd::Complete) {
            GenerationEnd::Broken(fault) if raw.batches.is_empty() => return Err(fault),
            GenerationEnd::Broken(fault) => {
                let lost_bytes = self.unread_bytes(&raw, &fault);
                add_problem(&mut problem, *fault, raw.number, lost_bytes);
            }
            GenerationEnd::ThenFault(fault) => {
                let lost_bytes = self.unread_bytes(&raw, &fault);
                problems.push(fault.into_problem(raw.number, lost_bytes));
            }
            GenerationEnd::EndOfFile | GenerationEnd::Complete => {}
        }
        for fault in std::mem::take(&mut raw_tables.faults) {
            // Before Go 1.26 only this tells that the file ends too early.
            let fault = Box::new(fault);
            let fault = if is_last { fault.of_kind(ProblemKind::IncompleteGeneration) } else { fault };
            let lost_bytes =
                if raw_tables.clock.is_some() { 0 } else { (raw.end_offset - raw.offset) as u64 };
            add_problem(&mut problem, *fault, raw.number, lost_bytes);
        }
        raw.end = if is_last { GenerationEnd::EndOfFile } else { GenerationEnd::Complete };
        Ok((raw, problem))
    }

    /// Bytes from a fault to the end of the file, if reading stopped there.
    fn unread_bytes(&self, raw: &RawGeneration, fault: &Fault) -> u64 {
        let from = fault.offset.unwrap_or(0);
        if raw.is_last { (self.data.len() as u64).saturating_sub(from) } else { 0 }
    }

    /// Forgets the past if something of it was lost.
    pub(super) fn begin_after_loss(&mut self) -> bool {
        if self.previous.is_damaged {
            self.order.start_anew();
        }
        self.previous.is_damaged
    }

    /// Holds back the events of a generation whose number does not follow.
    pub(super) fn begin_tentatively(&self, current: &mut Current<'a>, events: usize) {
        let is_gap = self.previous.number != 0 && current.raw.number != self.previous.number.wrapping_add(1);
        if self.strictness == Strictness::Salvage && is_gap && !self.previous.is_damaged {
            current.tentative = Some(Tentative { events, last_time: self.last_time });
        }
    }

    /// Goes on after a fault, if it can; `cursor` is the place in the frontier where it happened.
    pub(super) fn recover(
        &mut self,
        current: &mut Current<'a>,
        cursor: Option<usize>,
        fault: Box<Fault>,
        (events, tables): (&mut Vec<Event>, &mut Tables),
        problems: &mut Vec<Problem>,
    ) -> bool {
        if self.is_piece {
            (self.is_done, self.is_unfit) = (true, true);
            return false;
        }
        let place = cursor.and_then(|at| current.frontier.get(at));
        let fault = match place.and_then(|at| current.cursors.get(at as usize)) {
            Some(cursor) => {
                let (offset, batch) = cursor.place(&current.batches);
                fault.at(offset, batch)
            }
            None => fault.at(current.raw.offset, None),
        };
        let number = current.raw.number;
        if self.strictness == Strictness::LikeGo {
            self.is_done = true;
            problems.push(fault.into_problem(number, 0));
            return false;
        }
        if let Some(tentative) = current.tentative.take() {
            events.truncate(tentative.events);
            self.last_time = tentative.last_time;
            self.start_anew(current, tables);
            let what = format!("generations between {} and {number} are missing", self.before_gap);
            let fault = Fault::malformed(current.raw.offset, what).of_kind(ProblemKind::LostGenerations);
            problems.push(fault.into_problem(number, 0));
            return true;
        }
        if let (ProblemKind::Annotation, Some(at), Some(index)) = (fault.kind, cursor, place) {
            self.misuses.add(*fault, number, problems);
            return match self.step_over(current, at, index) {
                Ok(()) => true,
                Err(fault) => self.recover(current, cursor, fault, (events, tables), problems),
            };
        }
        if let (ProblemKind::Malformed, Some(at), Some(index)) = (fault.kind, cursor, place) {
            let lost_bytes = current.cursors[index as usize].rest_bytes(&current.batches);
            add_problem(&mut current.problem, *fault, number, lost_bytes);
            current.frontier.remove(at);
            return true;
        }
        let mut lost_bytes = 0;
        for at in 0..current.frontier.len() {
            let cursor = current.frontier.get(at).and_then(|at| current.cursors.get(at as usize));
            lost_bytes += cursor.map_or(0, |cursor| cursor.rest_bytes(&current.batches));
        }
        let is_last = matches!(current.raw.end, GenerationEnd::EndOfFile);
        let fault = if is_last { fault.of_kind(ProblemKind::IncompleteGeneration) } else { fault };
        add_problem(&mut current.problem, *fault, number, lost_bytes);
        false
    }

    /// Goes on behind an event that was delivered although it breaks a rule.
    fn step_over(&self, current: &mut Current<'a>, at: usize, index: u32) -> Faulty<()> {
        let cursor = &mut current.cursors[index as usize];
        if cursor.advance(&current.batches, self.data, &current.clock)? {
            current.frontier.update(at, cursor.event.time);
        } else {
            current.frontier.remove(at);
        }
        Ok(())
    }

    /// Begins the current generation again, with nothing known from before.
    fn start_anew(&mut self, current: &mut Current<'a>, tables: &mut Tables) {
        self.order.start_anew();
        tables.restart_generation(Continuity::StartsAnew);
        current.cursors.iter_mut().for_each(Cursor::rewind);
        current.restart_samples();
        // In Salvage, broken first events are noted and not returned.
        let _ = self.fill_frontier(current);
    }

    /// Reports what was wrong with the generation that has been delivered.
    pub(super) fn end_generation(&mut self, current: &mut Current<'a>, problems: &mut Vec<Problem>) {
        if self.is_piece {
            self.is_unfit |= current.problem.is_some() || current.missing.is_some();
            return;
        }
        if let Some(problem) = current.problem.take() {
            self.previous.is_damaged = true;
            problems.push(problem);
        } else if let Some(what) = current.missing.take() {
            let is_last = matches!(current.raw.end, GenerationEnd::EndOfFile);
            let kind =
                if is_last { ProblemKind::IncompleteGeneration } else { ProblemKind::MissingReference };
            let fault = Fault::malformed(current.raw.offset, what).of_kind(kind);
            problems.push(fault.into_problem(current.raw.number, 0));
        }
    }
}
