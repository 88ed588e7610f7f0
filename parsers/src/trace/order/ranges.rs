//! The rules for ranges of time: GC cycles, sweeps, mark assists, stopped worlds.
//!
//! A GC cycle belongs to nobody and has a sequence number, because begin and end may come from different
//! threads. A sweep is open on a P, mark assist and stop-the-world are open on a goroutine, each at most once.
//! "Active" events say at the start of a generation what is open: news in the first, a reminder later.

use super::super::cursor::WireEvent;
use super::super::event::{EventKind, GoId, ProcId, Range, StackId, WideArgsId};
use super::super::problem::{Fault, Faulty};
use super::super::spec::SPECS;
use super::Order;
use super::claims::{RangeClaim, RangeOwner};
use super::context::{Context, Delivery, May, Must, Step};
use super::state::{Gc, GcState, NO_SLOT, OpenRanges, RangeType};

impl Order {
    /// **GCActive**(seq): the GC is marking while a generation begins.
    ///
    /// * First generation: never waits; error if a GC event came before. Any context.
    /// * Later: waits until its number is the next; error if the GC is not running, or no thread, P or goroutine.
    pub(super) fn gc_active(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [seq] = event.take()?;
        if self.is_first(out) {
            if self.gc.state != GcState::Undetermined {
                return Err(Fault::order(
                    "GCActive is not the first word about the GC in the first generation",
                ));
            }
        } else {
            self.claim_gc(GcState::Running, seq);
            if seq != self.gc.seq.wrapping_add(1) {
                return Ok(Step::Wait);
            }
            if self.gc.state != GcState::Running {
                return Err(Fault::order("GCActive while the GC is not running"));
            }
            context.need_all()?;
        }
        self.gc = Gc { state: GcState::Running, seq };
        out.push(event.time, *context, StackId::NONE, EventKind::RangeActive(Range::GcMark));
        Ok(Step::Advanced)
    }

    /// **GCBegin**(seq): a mark phase begins.
    ///
    /// * Nothing known about the GC: never waits, any context.
    /// * Else: waits until its number is the next; error if the GC is running, or no thread, P or goroutine.
    pub(super) fn gc_begin(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [seq, stack] = event.take()?;
        self.claim_gc(GcState::NotRunning, seq);
        if self.gc.state != GcState::Undetermined {
            if seq != self.gc.seq.wrapping_add(1) {
                return Ok(Step::Wait);
            }
            if self.gc.state == GcState::Running {
                return Err(Fault::order("GCBegin while the GC is running"));
            }
            context.need_all()?;
        }
        self.gc = Gc { state: GcState::Running, seq };
        let stack = out.stack(stack)?;
        out.push(event.time, *context, stack, EventKind::RangeBegin(Range::GcMark));
        Ok(Step::Advanced)
    }

    /// **GCEnd**(seq): a mark phase ends.
    ///
    /// * Waits until its number is the next. Error: the GC is not running, or nothing is known about it; no
    ///   thread, P or goroutine.
    pub(super) fn gc_end(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [seq] = event.take()?;
        self.claim_gc(GcState::Running, seq);
        if seq != self.gc.seq.wrapping_add(1) {
            return Ok(Step::Wait);
        }
        if self.gc.state != GcState::Running {
            return Err(Fault::order("GCEnd while the GC is not running"));
        }
        context.need_all()?;
        self.gc = Gc { state: GcState::NotRunning, seq };
        out.push(event.time, *context, StackId::NONE, EventKind::RangeEnd(Range::GcMark));
        Ok(Step::Advanced)
    }

    /// **GCSweepActive**(p): a P is sweeping while a generation begins.
    ///
    /// * Never waits; any context. Error: the P is unknown; in the first generation: it is known to sweep; in
    ///   later ones: it is not.
    pub(super) fn gc_sweep_active(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [number] = event.take()?;
        let proc = out.tables.proc_id(number);
        let is_first = self.is_first(out);
        self.claim_range(RangeOwner::Proc(proc), NO_SLOT, RangeType::Sweep, true);
        let Some(state) = self.proc_mut(proc) else {
            return Err(Fault::order(format!("GCSweepActive of the unknown proc {}", number as i64)));
        };
        confirm(&mut state.ranges, RangeType::Sweep, is_first, event.kind)?;
        let kind = EventKind::RangeActive(sweep(proc, WideArgsId::NONE));
        out.push(event.time, *context, StackId::NONE, kind);
        Ok(Step::Advanced)
    }

    /// **GCSweepBegin**: this thread's P begins to sweep. Never waits. Error: no thread or P; it sweeps already.
    pub(super) fn gc_sweep_begin(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [stack] = event.take()?;
        context.need(Must, Must, May)?;
        self.claim_range(RangeOwner::Proc(context.proc), NO_SLOT, RangeType::Sweep, false);
        let ranges = self.proc_ranges(context.proc, event.kind)?;
        begin(ranges, RangeType::Sweep, 0, event.kind)?;
        let stack = out.stack(stack)?;
        let kind = EventKind::RangeBegin(sweep(context.proc, WideArgsId::NONE));
        out.push(event.time, *context, stack, kind);
        Ok(Step::Advanced)
    }

    /// **GCSweepEnd**(swept, reclaimed bytes): it ends. Never waits. Error: no thread or P; it does not sweep.
    pub(super) fn gc_sweep_end(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [swept, reclaimed] = event.take()?;
        context.need(Must, Must, May)?;
        self.claim_range(RangeOwner::Proc(context.proc), NO_SLOT, RangeType::Sweep, true);
        let ranges = self.proc_ranges(context.proc, event.kind)?;
        ranges.close(RangeType::Sweep).ok_or_else(|| not_open(event.kind))?;
        let bytes = out.tables.add_wide_args([swept, reclaimed, 0]);
        let kind = EventKind::RangeEnd(sweep(context.proc, bytes));
        out.push(event.time, *context, StackId::NONE, kind);
        Ok(Step::Advanced)
    }

    /// **GCMarkAssistActive**(g): a goroutine is in a mark assist while a generation begins.
    ///
    /// * Never waits; any context (the goroutine need not run). Error: it is unknown; in the first generation:
    ///   it is known to assist; in later ones: it is not.
    pub(super) fn gc_mark_assist_active(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [goid] = event.take()?;
        let is_first = self.is_first(out);
        let slot = self.goroutines.find(goid).unwrap_or(NO_SLOT);
        let id = self.goroutines.at(slot).map_or(GoId::NONE, |goroutine| goroutine.id);
        self.claim_range(RangeOwner::Goroutine(id), slot, RangeType::MarkAssist, true);
        let Some(open) = self.goroutines.open_at(slot) else {
            return Err(Fault::order(format!("GCMarkAssistActive of the unknown goroutine {goid}")));
        };
        confirm(&mut open.ranges, RangeType::MarkAssist, is_first, event.kind)?;
        let goroutine = self.goroutines.at(slot).map_or(GoId::NONE, |goroutine| goroutine.id);
        let kind = EventKind::RangeActive(Range::MarkAssist { goroutine });
        out.push(event.time, *context, StackId::NONE, kind);
        Ok(Step::Advanced)
    }

    /// **GCMarkAssistBegin**: the running goroutine begins to help the GC. Never waits.
    /// Error: no thread, P or goroutine; it helps already.
    pub(super) fn gc_mark_assist_begin(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [stack] = event.take()?;
        context.need_all()?;
        self.claim_own_range(context, RangeType::MarkAssist, false);
        begin(self.own_ranges(context, event.kind)?, RangeType::MarkAssist, 0, event.kind)?;
        let stack = out.stack(stack)?;
        let kind = EventKind::RangeBegin(Range::MarkAssist { goroutine: context.goroutine });
        out.push(event.time, *context, stack, kind);
        Ok(Step::Advanced)
    }

    /// **GCMarkAssistEnd**: it ends. Never waits. Error: no thread, P or goroutine; it does not help.
    pub(super) fn gc_mark_assist_end(
        &mut self,
        event: &WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        context.need_all()?;
        self.claim_own_range(context, RangeType::MarkAssist, true);
        let ranges = self.own_ranges(context, event.kind)?;
        ranges.close(RangeType::MarkAssist).ok_or_else(|| not_open(event.kind))?;
        let kind = EventKind::RangeEnd(Range::MarkAssist { goroutine: context.goroutine });
        out.push(event.time, *context, StackId::NONE, kind);
        Ok(Step::Advanced)
    }

    /// **STWBegin**(kind): the running goroutine stops the world. Never waits.
    /// Error: no thread, P or goroutine; it has stopped it for the same kind of reason already.
    pub(super) fn stw_begin(
        &mut self,
        event: &mut WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        let [kind, stack] = event.take()?;
        context.need_all()?;
        self.claim_own_range(context, RangeType::StopTheWorld, false);
        begin(self.own_ranges(context, event.kind)?, RangeType::StopTheWorld, kind, event.kind)?;
        let (stack, kind) = (out.stack(stack)?, out.string(kind)?);
        let range = Range::StopTheWorld { goroutine: context.goroutine, kind };
        out.push(event.time, *context, stack, EventKind::RangeBegin(range));
        Ok(Step::Advanced)
    }

    /// **STWEnd**: the world goes on. It has no kind: that of the oldest one that is open is taken. Never waits.
    /// Error: no thread, P or goroutine; the world is not stopped.
    pub(super) fn stw_end(
        &mut self,
        event: &WireEvent<'_>,
        context: &Context,
        out: &mut Delivery<'_>,
    ) -> Faulty<Step> {
        context.need_all()?;
        let ranges = self.own_ranges(context, event.kind)?;
        let kind = ranges.close(RangeType::StopTheWorld).ok_or_else(|| not_open(event.kind))?;
        let kind = out.string(kind)?;
        let range = Range::StopTheWorld { goroutine: context.goroutine, kind };
        out.push(event.time, *context, StackId::NONE, EventKind::RangeEnd(range));
        Ok(Step::Advanced)
    }

    /// What a piece takes for granted about the GC at the first word about it, which has this number.
    #[inline(always)]
    fn claim_gc(&mut self, state: GcState, seq: u64) {
        if let Some(claims) = &mut self.claims
            && claims.gc.is_none()
        {
            let before = Gc { state, seq: seq.wrapping_sub(1) };
            claims.gc = Some(before);
            self.gc = before;
        }
    }

    /// What a piece takes for granted about a range of its running goroutine.
    fn claim_own_range(&mut self, context: &Context, range: RangeType, is_open: bool) {
        self.claim_range(RangeOwner::Goroutine(context.goroutine), context.slot, range, is_open);
    }

    /// What a piece takes for granted about a range at the first word about it.
    fn claim_range(&mut self, owner: RangeOwner, slot: u32, range: RangeType, is_open: bool) {
        let Some(claims) = &mut self.claims else { return };
        let ranges = match owner {
            RangeOwner::Proc(proc) => self.procs.get_mut(proc.index()).map(|proc| &mut proc.ranges),
            RangeOwner::Goroutine(_) => self.goroutines.open_at(slot).map(|open| &mut open.ranges),
        };
        let Some(ranges) = ranges else { return };
        if ranges.learn(range) {
            claims.ranges.push(RangeClaim { owner, range, is_open });
            if is_open {
                ranges.open(range, 0);
            }
        }
    }

    fn own_ranges(&mut self, context: &Context, event: u8) -> Faulty<&mut OpenRanges> {
        let event = SPECS[usize::from(event)].name;
        let own = self.goroutines.open_at(context.slot);
        own.map(|own| &mut own.ranges)
            .ok_or_else(|| Fault::order(format!("{event} of a goroutine that does not exist")))
    }

    fn proc_ranges(&mut self, proc: ProcId, event: u8) -> Faulty<&mut OpenRanges> {
        let event = SPECS[usize::from(event)].name;
        let proc = self.proc_mut(proc);
        proc.map(|proc| &mut proc.ranges)
            .ok_or_else(|| Fault::order(format!("{event} on a proc that does not exist")))
    }
}

fn sweep(proc: ProcId, bytes: WideArgsId) -> Range {
    Range::Sweep { proc, bytes }
}

fn begin(ranges: &mut OpenRanges, range: RangeType, kind: u64, event: u8) -> Faulty<()> {
    if ranges.contains(range, kind) {
        let event = SPECS[usize::from(event)].name;
        return Err(Fault::order(format!("{event} while such a range is open")));
    }
    ranges.open(range, kind);
    Ok(())
}

/// Opens a range in the first generation, and sees that it is open in later ones.
fn confirm(ranges: &mut OpenRanges, range: RangeType, is_first: bool, event: u8) -> Faulty<()> {
    if is_first {
        return begin(ranges, range, 0, event);
    }
    if ranges.contains(range, 0) { Ok(()) } else { Err(not_open(event)) }
}

#[cold]
fn not_open(event: u8) -> Box<Fault> {
    let event = SPECS[usize::from(event)].name;
    Fault::order(format!("{event} of a range that is not open"))
}
