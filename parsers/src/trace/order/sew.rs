//! Sews the order of a piece to what was before it: claims are checked, ids and states carried over.
//!
//! Nothing is changed before all claims hold: a piece that does not fit is read again as if it had never been.

use super::super::annotation_log::PieceAnnotations;
use super::super::event::{GoId, ProcId, StringId, TaskId, ThreadId};
use super::super::piece_ids::PieceIds;
use super::super::tables::Tables;
use super::Order;
use super::claims::{RangeClaim, RangeOwner, ThreadClaim};
use super::put_off::{Annotations, PutOff, RegionsAfter, TaskAfter, TaskBefore};
use super::state::{GcState, Known, NO_SLOT, OpenTask, Proc, Thread};

/// A piece that fits to what was before it.
#[derive(Debug)]
pub(crate) struct Sewn {
    pub(crate) ids: PieceIds,
    pub(crate) annotations: PieceAnnotations,
}

/// Slots of the goroutines that a piece knows from its past, by their ids in the piece; [`NO_SLOT`] for all others.
type Carried = Vec<u32>;

impl Order {
    /// Puts a piece behind all before it; `None`, and nothing is changed, if it does not fit.
    pub(crate) fn sew(&mut self, piece: &mut Self, local: &Tables, tables: &mut Tables) -> Option<Sewn> {
        let (ids, after) = self.sew_states(piece, local, tables)?;
        let log = piece.claims.as_mut().map(|claims| std::mem::take(&mut claims.annotations));
        let begins = self.carry_annotations(after, local, &ids);
        let annotations = PieceAnnotations { log: log.unwrap_or_default(), begins, n_delivered: 0 };
        Some(Sewn { ids, annotations })
    }

    /// Checks all claims, then carries over ids and states of everything but annotations.
    fn sew_states(
        &mut self,
        piece: &Self,
        local: &Tables,
        tables: &mut Tables,
    ) -> Option<(PieceIds, PutOff)> {
        let claims = piece.claims.as_deref()?;
        if piece.goroutines.knows_dead() {
            self.goroutines.remember_dead(tables);
        }
        let carried = self.carried_goroutines(piece, local)?;
        let held = self.held_procs();
        let fits =
            claims.procs.iter().all(|&(proc, status)| {
                self.past_proc(local, tables, proc).is_some_and(|known| known.status == Some(status))
            }) && claims.threads.iter().all(|&claim| self.holds(claim, (&carried, &held), local, tables))
                && claims.gc.is_none_or(|claimed| claimed == self.gc || self.is_first_word(claimed.state))
                && claims.ranges.iter().all(|claim| self.range_holds(claim, &carried, local, tables));
        if !fits {
            return None;
        }
        let slot_of = |id: GoId| carried.get(id.index()).copied().filter(|&slot| slot != NO_SLOT);
        let annotations = Annotations { log: &claims.annotations, local, past: self, tables };
        let after = annotations.apply(slot_of)?;
        let mut ids = PieceIds::of_tables(local, tables);
        self.carry_goroutines(piece, &carried, &mut ids, (local, tables));
        self.carry_procs_and_threads(piece, local, &ids);
        if claims.gc.is_some() {
            self.gc = piece.gc;
        }
        if let Some(first) = piece.first_generation {
            self.first_generation.get_or_insert(first);
        }
        Some((ids, after))
    }

    /// A GC that begins is the first word about it, whatever its number.
    fn is_first_word(&self, claimed: GcState) -> bool {
        self.gc.state == GcState::Undetermined && claimed == GcState::NotRunning
    }

    /// Checks that the goroutines of a piece lived, with the status that was claimed, or did not live yet.
    fn carried_goroutines(&self, piece: &Self, local: &Tables) -> Option<Carried> {
        let (claims, of_piece) = (piece.claims.as_deref()?, piece.goroutines.piece()?);
        let mut carried = vec![NO_SLOT; local.goroutine_count()];
        let mut is_born = vec![true; local.goroutine_count()];
        for id in &of_piece.named {
            is_born[id.index()] = false;
        }
        for id in &of_piece.named_and_born {
            is_born[id.index()] = true;
        }
        for &(id, status) in &claims.goroutines {
            let slot = self.goroutines.slot_of_living(local.goid(id) as u64)?;
            if self.goroutines.peek(slot)?.status != status || carried[id.index()] != NO_SLOT {
                return None;
            }
            carried[id.index()] = slot;
            is_born[id.index()] = false;
        }
        let fits = (1..local.goroutine_count()).all(|at| {
            let goid = local.goid(GoId(at as u32)) as u64;
            // One whose number was used before would be the same one again.
            !is_born[at]
                || self.goroutines.slot_of_living(goid).is_none()
                    && (self.goroutines.slot_of(goid).is_some() || self.goroutines.dead_id(goid).is_none())
        });
        (fits && !of_piece.is_odd).then_some(carried)
    }

    fn past_proc(&self, local: &Tables, tables: &Tables, proc: ProcId) -> Option<&Proc> {
        let id = tables.find_proc(local.proc_number(proc))?;
        self.procs.get(id.index()).filter(|proc| proc.status.is_some())
    }

    /// By P, whether a thread holds it.
    fn held_procs(&self) -> Vec<bool> {
        let mut held = vec![false; self.procs.len()];
        for thread in self.threads.iter().filter(|thread| thread.known.is_seen()) {
            if let Some(held) = held.get_mut(thread.proc.index()) {
                *held = true;
            }
        }
        held
    }

    fn holds(
        &self,
        claim: ThreadClaim,
        (carried, held): (&Carried, &[bool]),
        local: &Tables,
        tables: &Tables,
    ) -> bool {
        let past_thread = |id: ThreadId| {
            let past =
                tables.find_thread(local.thread_number(id)).and_then(|id| self.threads.get(id.index()));
            past.copied().unwrap_or(Thread::new(Known::UNSEEN))
        };
        let past_goroutine = |id: GoId| {
            let slot = carried.get(id.index()).copied().unwrap_or(NO_SLOT);
            self.goroutines.peek(slot).map_or(GoId::NONE, |goroutine| goroutine.id)
        };
        match claim {
            ThreadClaim::Proc(thread, proc) => {
                let proc = tables.find_proc(local.proc_number(proc));
                proc == Some(past_thread(thread).proc)
            }
            ThreadClaim::Goroutine(thread, id) => {
                past_goroutine(id) == past_thread(thread).goroutine
                    && (id.is_none() || past_goroutine(id).is_some())
            }
            ThreadClaim::GoroutineIfSeen(thread, id) => {
                let past = past_thread(thread);
                !past.known.is_seen() || past.goroutine == past_goroutine(id) && past.goroutine.is_some()
            }
            ThreadClaim::Held(proc) => {
                let id = tables.find_proc(local.proc_number(proc));
                id.is_some_and(|id| held.get(id.index()).copied().unwrap_or(false))
            }
        }
    }

    fn range_holds(&self, claim: &RangeClaim, carried: &Carried, local: &Tables, tables: &Tables) -> bool {
        let ranges = match claim.owner {
            RangeOwner::Proc(proc) => self.past_proc(local, tables, proc).map(|proc| &proc.ranges),
            RangeOwner::Goroutine(id) => {
                let slot = carried.get(id.index()).copied().unwrap_or(NO_SLOT);
                self.goroutines.peek_open(slot).map(|open| &open.ranges)
            }
        };
        ranges.is_some_and(|ranges| ranges.is_open(claim.range) == claim.is_open)
    }

    /// Gives the goroutines of a piece ids of the trace, and takes over what became of them.
    fn carry_goroutines(
        &mut self,
        piece: &Self,
        carried: &Carried,
        ids: &mut PieceIds,
        (local, tables): (&Tables, &mut Tables),
    ) {
        let mut is_named = vec![false; local.goroutine_count()];
        let named = piece.goroutines.piece().map_or(&[][..], |piece| &piece.named);
        named.iter().for_each(|id| is_named[id.index()] = true);
        ids.goroutines = Vec::with_capacity(local.goroutine_count());
        ids.goroutines.push(GoId::NONE);
        for at in 1..local.goroutine_count() {
            let goid = local.goid(GoId(at as u32)) as u64;
            let known = match carried[at] {
                NO_SLOT => self.goroutines.slot_of(goid).and_then(|slot| self.goroutines.peek(slot)),
                slot => self.goroutines.peek(slot),
            };
            let id = match known {
                Some(known) => known.id,
                None if is_named[at] => self.goroutines.id_of(goid, tables),
                None => tables.add_goroutine(goid),
            };
            ids.goroutines.push(id);
        }
        let mut lives = vec![false; local.goroutine_count()];
        for (slot, goroutine) in piece.goroutines.living() {
            lives[goroutine.id.index()] = true;
            let id = ids.goroutine(goroutine.id);
            let own = self.goroutines.adopt(goroutine.goid, id, goroutine.status, goroutine.seq);
            let ranges = piece.goroutines.peek_open(slot).map(|open| &open.ranges);
            if let (Some(open), Some(ranges)) = (self.goroutines.open_at(own), ranges) {
                open.ranges.replace_known(ranges);
            }
        }
        for at in 1..local.goroutine_count() {
            if lives[at] {
                continue;
            }
            match carried[at] {
                NO_SLOT => self.goroutines.add_dead(local.goid(GoId(at as u32)) as u64, ids.goroutines[at]),
                slot => self.goroutines.destroy(slot),
            }
        }
    }

    fn carry_procs_and_threads(&mut self, piece: &Self, local: &Tables, ids: &PieceIds) {
        for (at, proc) in piece.procs.iter().enumerate() {
            let own = ids.proc(ProcId(at as u32)).index();
            if proc.status.is_none() {
                continue;
            }
            if own >= self.procs.len() {
                self.procs.resize_with(own + 1, Proc::default);
            }
            (self.procs[own].status, self.procs[own].seq) = (proc.status, proc.seq);
            self.procs[own].ranges.replace_known(&proc.ranges);
        }
        for (at, thread) in piece.threads.iter().enumerate().filter(|(_, thread)| thread.known.is_seen()) {
            let own = ids.thread(ThreadId(at as u32)).index();
            if own >= self.threads.len() {
                self.threads.resize(own + 1, Thread::new(Known::UNSEEN));
            }
            let bound = &mut self.threads[own];
            bound.known = Known::ALL;
            if thread.known.has_proc() {
                bound.proc = ids.proc(thread.proc);
            }
            if thread.known.has_goroutine() {
                bound.goroutine = ids.goroutine(thread.goroutine);
                let goid = local.goid(thread.goroutine) as u64;
                let slot = if bound.goroutine.is_some() { self.goroutines.find(goid) } else { None };
                bound.slot = slot.unwrap_or(NO_SLOT);
            }
        }
    }

    /// Takes over open tasks and regions; of each end of a task what its begin said, with ids of the trace.
    fn carry_annotations(
        &mut self,
        after: PutOff,
        local: &Tables,
        ids: &PieceIds,
    ) -> Vec<Option<(TaskId, StringId)>> {
        let own = |task: OpenTask| OpenTask { parent: ids.task(task.parent), name: ids.string(task.name) };
        for (at, state) in after.tasks.iter().enumerate() {
            let at = ids.tasks.get(at).map_or(0, |id| id.index());
            if at >= self.tasks.len() {
                self.tasks.resize(at + 1, None);
            }
            match *state {
                TaskAfter::Unheard => {}
                TaskAfter::Open(task) => self.tasks[at] = Some(own(task)),
                TaskAfter::Closed => self.tasks[at] = None,
            }
        }
        for (at, regions) in after.regions.iter().enumerate() {
            if let Some(regions) = regions {
                self.carry_regions(local.goid(GoId(at as u32)) as u64, regions, ids);
            }
        }
        let begins = after.ends.into_iter().map(|before| match before {
            TaskBefore::None => None,
            TaskBefore::Own(task) => Some(own(task)),
            TaskBefore::Past(task) => Some(task),
        });
        begins.map(|begin| begin.map(|OpenTask { parent, name }| (parent, name))).collect()
    }

    fn carry_regions(&mut self, goid: u64, regions: &RegionsAfter, ids: &PieceIds) {
        let slot = self.goroutines.find(goid).unwrap_or(NO_SLOT);
        let Some(open) = self.goroutines.open_at(slot) else { return };
        open.regions.truncate(open.regions.len().saturating_sub(regions.closed));
        let own = regions.open.iter().map(|&(task, name)| (ids.task(task), ids.string(name)));
        open.regions.extend(own);
    }
}
