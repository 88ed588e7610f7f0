//! Sews the columns of a piece to those before it: ids of the trace, spans and sums across the seam.
//!
//! Work that grows with the spans of a piece is left to the end, where all cores do it: blocks keep the ids of their
//! piece until then. What is done here grows with goroutines, causes and rows of sums.

use std::iter::Peekable;
use std::slice::Iter;
use std::sync::Arc;

use goscope_parsers::trace::{GoId, PieceAnnotations, PieceIds, ProcId, Time};
use rustc_hash::FxHashMap;

use super::builder::{Builder, Live};
use super::carried::{Carried, LostProc, UNKNOWN_HOLDER, UNKNOWN_THREAD};
use super::piece::PieceBuilder;
use crate::trace::store::block::{Block, ExtraSpan, Kind, Place};
use crate::trace::store::block_ids::BlockIds;
use crate::trace::store::data::{CREATED, ENDED, LIVES};
use crate::trace::words::cause::{Cause, CauseId, SpanState};

impl Builder {
    /// Adds the next piece; the events of its overlap must have been added.
    pub(crate) fn sew(&mut self, piece: PieceBuilder, ids: PieceIds, annotations: &PieceAnnotations) {
        let mut piece = piece.builder;
        let Some(carried) = piece.carried.take() else { return };
        if self.open_block.is_open() {
            self.close_block();
        }
        let ids = Arc::new(ids);
        let touched: Touched =
            carried.touched.iter().map(|&(time, goroutine)| (ids.goroutine(goroutine), time)).collect();
        let changes = self.changes(&carried, &touched, &ids);
        let causes = self.causes_of(&piece, &ids);
        // Annotations take as long as all else together, and neither asks the other for anything. Not as a job for the pool:
        // all its threads may wait for traces that they read.
        let mut of_trace = std::mem::take(&mut self.annotations);
        std::thread::scope(|scope| {
            scope.spawn(|| of_trace.sew(&carried.lives, annotations, &ids));
            self.add_sums(&piece, &carried, &causes, &changes);
            self.add_goroutines(&piece, &ids);
            self.add_live(&piece, &ids, &causes);
        });
        self.annotations = of_trace;
        self.add_procs(&mut piece, &ids, &touched);
        self.add_blocks(piece.blocks, &ids, &Arc::new(causes), &changes);
        self.row_parts.push(std::mem::take(&mut self.rows), None);
        self.row_parts.push(piece.rows, Some(ids));
        self.event_count += piece.event_count;
        if piece.has_synced {
            self.sync_time = piece.sync_time;
        }
        if piece.first_time.is_some() {
            self.last_time = piece.last_time;
        }
    }

    /// Causes of the trace by those of a piece, in order of first appearance.
    fn causes_of(&mut self, piece: &Self, ids: &PieceIds) -> Vec<CauseId> {
        let of_trace = |&Cause { state, reason, stack }: &Cause| {
            self.causes.id(Cause { state, reason: ids.string(reason), stack: ids.stack(stack) })
        };
        piece.causes.rows().iter().map(of_trace).collect()
    }

    /// What the events of the piece do to spans from before, in order of time.
    fn changes(&mut self, carried: &Carried, touched: &Touched, ids: &PieceIds) -> Vec<Change> {
        let mut changes: Vec<Change> = carried
            .touched
            .iter()
            .map(|&(time, goroutine)| Change { time, goroutine: ids.goroutine(goroutine), lost: None })
            .collect();
        for &LostProc { time, proc, block, start } in &carried.lost {
            let proc = ids.proc(proc);
            let goroutine = self.proc_syscalls.get(proc.index()).copied().unwrap_or_default();
            let Some(live) = self.live.get(goroutine.index()).copied() else { continue };
            let is_over = touched.get(&goroutine).is_some_and(|&touched| touched < time);
            if live.is_open && live.state == SpanState::Syscall && !is_over {
                let cause = Cause { state: SpanState::SyscallBlocked, ..self.causes.row(live.cause) };
                let kind = Kind { cause: self.causes.id(cause), proc, state: cause.state };
                let span = ExtraSpan { goroutine, start, kind };
                changes.push(Change { time, goroutine, lost: Some((block, span)) });
            }
        }
        changes.sort_by_key(|change| change.time);
        changes
    }

    /// Adds time by cause and state, block by block.
    fn add_sums(&mut self, piece: &Self, carried: &Carried, causes: &[CauseId], changes: &[Change]) {
        let begin = piece.sums.begins_at();
        let mut changes = changes.iter().peekable();
        let mut rows = piece.sums.rows().iter().peekable();
        for (end, deltas) in &carried.block_sums {
            while let Some(row) = rows.next_if(|row| row.time <= *end) {
                self.change_until(row.time, &mut changes);
                self.sums.add_row(row);
            }
            self.change_until(*end, &mut changes);
            for &(cause, sum, open) in deltas {
                self.sums.add_delta(causes[cause.index()], (sum, open), begin);
            }
            self.cause_sums.push(self.sums.take_causes(*end));
        }
        for row in rows {
            self.change_until(row.time, &mut changes);
            self.sums.add_row(row);
        }
        self.change_until(Time::MAX, &mut changes);
        self.sums.go_on_behind(&piece.sums);
    }

    /// Makes the changes up to a time.
    fn change_until(&mut self, time: Time, changes: &mut Peekable<Iter<'_, Change>>) {
        while let Some(change) = changes.next_if(|change| change.time <= time) {
            let live = &mut self.live[change.goroutine.index()];
            if live.is_open {
                self.sums.leave(live.cause, live.state, change.time);
                live.is_open = false;
            }
            if let Some((_, ExtraSpan { kind, .. })) = change.lost {
                self.sums.enter_between_rows(kind.cause, kind.state, change.time);
                let (cause, state, place) = (kind.cause, kind.state, Place::ELSEWHERE);
                *live = Live { cause, state, place, is_open: true, ..*live };
            }
        }
    }

    /// Adds what the piece says about begins and ends of goroutines.
    fn add_goroutines(&mut self, piece: &Self, ids: &PieceIds) {
        let of_piece = &piece.goroutines;
        let flags = piece.live.iter().map(|live| live.flags);
        for (at, flags) in flags.enumerate().filter(|(_, flags)| flags & LIVES != 0) {
            let own = ids.goroutine(GoId(at as u32)).index();
            if own >= self.live.len() {
                self.add_rows(own + 1);
            }
            let columns = &mut self.goroutines;
            self.live[own].flags |= flags;
            if flags & CREATED != 0 {
                columns.creation[own] = of_piece.creation[at];
                columns.parent[own] = ids.goroutine(of_piece.parent[at]);
            }
            if flags & ENDED != 0 {
                columns.end[own] = of_piece.end[at];
            }
            if !self.live[own].has_stack {
                columns.start_stack[own] = ids.stack(of_piece.start_stack[at]);
                self.live[own].has_stack = columns.start_stack[own].is_some();
            }
        }
    }

    /// Takes over which spans are open at the end of a piece.
    fn add_live(&mut self, piece: &Self, ids: &PieceIds, causes: &[CauseId]) {
        let place = Place::ELSEWHERE;
        for (at, live) in piece.live.iter().enumerate() {
            if live.flags & LIVES != 0 {
                let own = &mut self.live[ids.goroutine(GoId(at as u32)).index()];
                let (cause, state, is_open) = (causes[live.cause.index()], live.state, live.is_open);
                *own = Live { cause, place, state, is_open, ..*own };
            }
        }
    }

    /// Takes over who runs on Ps, and drops what the piece could not know to be no news.
    fn add_procs(&mut self, piece: &mut Self, ids: &PieceIds, touched: &Touched) {
        let mut is_known = vec![false; piece.proc_threads.len()];
        let threads = &self.proc_threads;
        piece.rows.bindings.retain(|row| {
            let is_first = !std::mem::replace(&mut is_known[row.proc.index()], true);
            let before = threads.get(ids.proc(row.proc).index()).copied().unwrap_or_default();
            !is_first || before != ids.thread(row.thread)
        });
        for (at, &thread) in piece.proc_threads.iter().enumerate() {
            if thread != UNKNOWN_THREAD {
                *row_at(&mut self.proc_threads, ids.proc(ProcId(at as u32)).index()) = ids.thread(thread);
            }
        }
        // Whoever is touched in a system call leaves it.
        for holder in self.proc_syscalls.iter_mut().filter(|holder| holder.is_some()) {
            if touched.contains_key(holder) {
                *holder = GoId::NONE;
            }
        }
        for (at, &holder) in piece.proc_syscalls.iter().enumerate() {
            if holder != UNKNOWN_HOLDER {
                *row_at(&mut self.proc_syscalls, ids.proc(ProcId(at as u32)).index()) = ids.goroutine(holder);
            }
        }
    }

    fn add_blocks(
        &mut self,
        blocks: Vec<Block>,
        ids: &Arc<PieceIds>,
        causes: &Arc<Vec<CauseId>>,
        changes: &[Change],
    ) {
        let mut extra = vec![Vec::new(); blocks.len()];
        for &(block, span) in changes.iter().filter_map(|change| change.lost.as_ref()) {
            extra[block].push(span);
        }
        for (mut block, extra) in blocks.into_iter().zip(extra) {
            block.first_span = self.open_block.skip(block.len() + extra.len());
            self.blocks.push(block);
            let (ids, causes) = (Arc::clone(ids), Arc::clone(causes));
            self.block_ids.push(Some(BlockIds { ids, causes, extra }));
        }
    }
}

/// Goroutines from before a piece with the time of their first event in it. Looked up, never walked.
type Touched = FxHashMap<GoId, Time>;

/// A span from before ends in a piece.
#[derive(Clone, Copy, Debug)]
struct Change {
    time: Time,
    goroutine: GoId,
    /// It goes on as a system call without its P, in a span that is added to this block; else the piece knows what
    /// follows.
    lost: Option<(usize, ExtraSpan)>,
}

fn row_at<T: Copy + Default>(rows: &mut Vec<T>, at: usize) -> &mut T {
    if at >= rows.len() {
        rows.resize(at + 1, T::default());
    }
    &mut rows[at]
}
