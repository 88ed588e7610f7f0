//! What is known about goroutines, Ps and threads between two events.

use super::super::event::{GoId, ProcId, StringId, TaskId};
use super::super::id_map::NumberMap;
use super::super::tables::Tables;

/// No goroutine in [`Goroutines`].
pub(super) const NO_SLOT: u32 = u32::MAX;

/// The status of a goroutine, as on the wire; `Absent` is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GoStatus {
    Bad,
    Runnable,
    Running,
    Syscall,
    Waiting,
    /// The goroutine is known by number only: it does not exist yet, or nothing is known any more.
    Absent,
}

impl GoStatus {
    pub(super) fn from_wire(status: u64) -> Option<Self> {
        Some(match status {
            0 => Self::Bad,
            1 => Self::Runnable,
            2 => Self::Running,
            3 => Self::Syscall,
            4 => Self::Waiting,
            _ => return None,
        })
    }
}

/// The status of a P, as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProcStatus {
    Bad,
    Running,
    Idle,
    Syscall,
    /// In a system call whose thread is not known any more.
    Abandoned,
}

impl ProcStatus {
    pub(super) fn from_wire(status: u64) -> Option<Self> {
        Some(match status {
            0 => Self::Bad,
            1 => Self::Running,
            2 => Self::Idle,
            3 => Self::Syscall,
            4 => Self::Abandoned,
            _ => return None,
        })
    }
}

/// A sequence number; it counts within a generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seq {
    pub(super) generation: u64,
    pub(super) number: u64,
}

impl Seq {
    /// Whether `self` is the next after `before`.
    #[inline(always)]
    pub(super) fn follows(self, before: Self) -> bool {
        self.generation == before.generation && self.number == before.number.wrapping_add(1)
    }
}

/// Which kind of range is open on a goroutine or P.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RangeType {
    StopTheWorld,
    MarkAssist,
    Sweep,
}

/// Ranges that are open on a goroutine or P; a stop-the-world also by its kind (a string id of the *file*, as
/// Go compares it).
#[derive(Clone, Debug, Default)]
pub(super) struct OpenRanges {
    open: Vec<(RangeType, u64)>,
    /// Types of ranges of which a piece does not know whether one is open since before it, as bits.
    unknown: u8,
}

impl OpenRanges {
    /// Of an owner that is older than its piece: anything may be open.
    pub(super) fn of_carried() -> Self {
        Self { open: Vec::new(), unknown: u8::MAX }
    }

    pub(super) fn contains(&self, range: RangeType, kind: u64) -> bool {
        self.open.contains(&(range, kind))
    }

    pub(super) fn open(&mut self, range: RangeType, kind: u64) {
        self.open.push((range, kind));
    }

    /// Closes the first range of this type and gives its kind.
    pub(super) fn close(&mut self, range: RangeType) -> Option<u64> {
        let at = self.open.iter().position(|&(open, _)| open == range)?;
        Some(self.open.swap_remove(at).1)
    }

    /// Whether any of this type is open.
    pub(super) fn is_open(&self, range: RangeType) -> bool {
        self.open.iter().any(|&(open, _)| open == range)
    }

    /// Whether nothing is known of this type so far; from now on it is.
    pub(super) fn learn(&mut self, range: RangeType) -> bool {
        let bit = 1 << range as u8;
        let was_unknown = self.unknown & bit != 0;
        self.unknown &= !bit;
        was_unknown
    }

    /// Puts what a piece knows in the place of what was before it.
    pub(super) fn replace_known(&mut self, piece: &Self) {
        self.open.retain(|&(range, _)| piece.unknown & 1 << range as u8 != 0);
        self.open.extend_from_slice(&piece.open);
    }
}

/// A goroutine that lives (or was named before it was born): what almost every event asks for, two to a cache line.
#[derive(Debug)]
pub(super) struct Goroutine {
    pub(super) id: GoId,
    pub(super) goid: u64,
    pub(super) status: GoStatus,
    pub(super) seq: Seq,
}

const _: () = assert!(size_of::<Goroutine>() == 32);

/// What is open on a goroutine; few events ask for it.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) ranges: OpenRanges,
    /// User regions, the innermost last.
    pub(super) regions: Vec<(TaskId, StringId)>,
}

impl Open {
    /// Closes everything; the vectors keep their memory for the next goroutine in this slot.
    fn clear(&mut self) {
        self.ranges.open.clear();
        self.ranges.unknown = 0;
        self.regions.clear();
    }
}

/// A P.
#[derive(Debug, Default)]
pub(super) struct Proc {
    /// `None` until its first status.
    pub(super) status: Option<ProcStatus>,
    pub(super) seq: Seq,
    pub(super) ranges: OpenRanges,
}

/// What is known about a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known(u8);

impl Known {
    /// It had an event, or was named as the thread of a system call; its P and goroutine are known.
    pub(super) const ALL: Self = Self(1);
    /// Nothing was heard of it; it is bound to nothing.
    pub(super) const UNSEEN: Self = Self(0);
    /// Nothing was heard of it since a piece began: it may be bound to anything.
    pub(super) const NOTHING: Self = Self(2 | 4);
    const SEEN: u8 = 1;
    const NO_PROC: u8 = 2;
    const NO_GOROUTINE: u8 = 4;

    pub(super) const fn is_seen(self) -> bool {
        self.0 & Self::SEEN != 0
    }

    pub(super) const fn see(self) -> Self {
        Self(self.0 | Self::SEEN)
    }

    pub(super) const fn has_proc(self) -> bool {
        self.0 & Self::NO_PROC == 0
    }

    pub(super) const fn has_goroutine(self) -> bool {
        self.0 & Self::NO_GOROUTINE == 0
    }

    pub(super) const fn with_proc(self) -> Self {
        Self(self.0 & !Self::NO_PROC)
    }

    pub(super) const fn with_goroutine(self) -> Self {
        Self(self.0 & !Self::NO_GOROUTINE)
    }
}

/// A thread: what it is bound to. What is not known is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread {
    pub(super) known: Known,
    pub(super) proc: ProcId,
    pub(super) goroutine: GoId,
    pub(super) slot: u32,
}

impl Thread {
    pub(super) const fn new(known: Known) -> Self {
        Self { known, proc: ProcId::NONE, goroutine: GoId::NONE, slot: NO_SLOT }
    }
}

/// The living goroutines. Slots are used again after death: millions are born in a trace and few live at a time,
/// which keeps them all in the cache.
///
/// ```text
/// by_goid  17 → 0, 40 → 2        slots  | goid 17 | free | goid 40 |
/// ```
#[derive(Debug, Default)]
pub(super) struct Goroutines {
    slots: Vec<Goroutine>,
    /// By slot, like `slots`.
    open: Vec<Open>,
    free: Vec<u32>,
    by_goid: NumberMap,
    /// Slots found lately, by the last bits of goids: guesses, to be checked.
    recent: Recent,
    /// Ids of the dead by goid; built when a CPU sample first asks for one.
    dead: Option<NumberMap>,
    /// Whether a broken trace gave life to goroutine -1, which stands for "none".
    has_none: bool,
    /// What only a piece has to know.
    piece: Option<Box<OfPiece>>,
}

/// Goroutines looked for lately are looked for again soon, and numbers given out one after the other have different last
/// bits: nine of ten are found here, without a hash.
#[derive(Debug)]
struct Recent(Box<[u32; RECENT]>);

const RECENT: usize = 1 << 10;

impl Default for Recent {
    fn default() -> Self {
        Self(Box::new([NO_SLOT; RECENT]))
    }
}

impl Recent {
    #[inline(always)]
    fn slot(&self, goid: u64) -> u32 {
        self.0[goid as usize % RECENT]
    }

    #[inline(always)]
    fn note(&mut self, goid: u64, slot: u32) {
        self.0[goid as usize % RECENT] = slot;
    }
}

/// What has to be known of the goroutines of a piece to tell what they were before it.
#[derive(Debug, Default)]
pub(super) struct OfPiece {
    /// Those that a CPU sample named before they lived.
    pub(super) named: Vec<GoId>,
    /// Those of them that lived later.
    pub(super) named_and_born: Vec<GoId>,
    /// Whether a number was used again.
    pub(super) is_odd: bool,
}

impl Goroutines {
    /// The slot of a living goroutine.
    #[inline(always)]
    pub(super) fn find(&mut self, goid: u64) -> Option<u32> {
        let guess = self.recent.slot(goid);
        if self.slots.get(guess as usize).is_some_and(|g| g.goid == goid && g.status != GoStatus::Absent) {
            return Some(guess);
        }
        self.look_up(goid)
    }

    #[inline(never)]
    fn look_up(&mut self, goid: u64) -> Option<u32> {
        let slot = self.by_goid.get(goid)?;
        self.recent.note(goid, slot);
        (self.slots[slot as usize].status != GoStatus::Absent).then_some(slot)
    }

    /// The goroutine in a slot; `None` for [`NO_SLOT`].
    #[inline(always)]
    pub(super) fn at(&mut self, slot: u32) -> Option<&mut Goroutine> {
        self.slots.get_mut(slot as usize)
    }

    /// What is open on the goroutine in a slot; `None` for [`NO_SLOT`].
    pub(super) fn open_at(&mut self, slot: u32) -> Option<&mut Open> {
        self.open.get_mut(slot as usize)
    }

    /// Whether the slot still is that of this goroutine, and it lives.
    #[inline(always)]
    pub(super) fn holds(&self, slot: u32, id: GoId) -> bool {
        self.slots.get(slot as usize).is_some_and(|g| g.id == id && g.status != GoStatus::Absent)
    }

    /// Whether it is worth looking for a goroutine that has no slot.
    #[inline(always)]
    pub(super) fn may_find(&self, id: GoId) -> bool {
        id.is_some() || self.has_none
    }

    /// The slot of a goroutine that a thread is bound to although its slot is gone (only in broken traces).
    #[cold]
    pub(super) fn find_bound(&mut self, id: GoId, tables: &Tables) -> u32 {
        self.find(tables.goid(id) as u64).unwrap_or(NO_SLOT)
    }

    /// Brings a goroutine to life; it must not live yet.
    #[inline]
    pub(super) fn create(&mut self, goid: u64, status: GoStatus, seq: Seq, tables: &mut Tables) -> u32 {
        if let Some(slot) = self.by_goid.get(goid) {
            let goroutine = &mut self.slots[slot as usize];
            (goroutine.status, goroutine.seq) = (status, seq);
            if let Some(piece) = &mut self.piece {
                piece.named_and_born.push(goroutine.id);
            }
            return slot;
        }
        // The number of a thread that runs nothing: only broken traces give it to a goroutine.
        self.has_none |= goid == u64::MAX;
        let known = if goid == u64::MAX { Some(GoId::NONE) } else { self.dead_id(goid) };
        if let Some(piece) = &mut self.piece {
            piece.is_odd |= known.is_some();
        }
        let id = known.unwrap_or_else(|| tables.add_goroutine(goid));
        self.insert(goid, id, status, seq)
    }

    fn insert(&mut self, goid: u64, id: GoId, status: GoStatus, seq: Seq) -> u32 {
        let slot = match self.free.pop() {
            Some(slot) => {
                let goroutine = &mut self.slots[slot as usize];
                (goroutine.id, goroutine.goid, goroutine.status, goroutine.seq) = (id, goid, status, seq);
                slot
            }
            None => {
                self.slots.push(Goroutine { id, goid, status, seq });
                self.open.push(Open::default());
                (self.slots.len() - 1) as u32
            }
        };
        self.by_goid.insert(goid, slot);
        self.recent.note(goid, slot);
        slot
    }

    /// Ends a goroutine's life.
    #[inline]
    pub(super) fn destroy(&mut self, slot: u32) {
        let Some(goroutine) = self.slots.get_mut(slot as usize) else { return };
        goroutine.status = GoStatus::Absent;
        if let Some(open) = self.open.get_mut(slot as usize) {
            open.clear();
        }
        self.by_goid.remove(goroutine.goid);
        if let Some(dead) = &mut self.dead {
            dead.insert(goroutine.goid, goroutine.id.0);
        }
        goroutine.id = GoId(u32::MAX);
        self.free.push(slot);
    }

    /// Keeps numbers and ids, forgets the rest.
    pub(super) fn forget_states(&mut self) {
        for goroutine in &mut self.slots {
            goroutine.status = GoStatus::Absent;
        }
        self.open.iter_mut().for_each(Open::clear);
    }

    /// The id of a goroutine that lives, lived, or will.
    pub(super) fn id_of(&mut self, goid: u64, tables: &mut Tables) -> GoId {
        if goid == u64::MAX {
            return GoId::NONE;
        }
        if let Some(slot) = self.by_goid.get(goid) {
            return self.slots[slot as usize].id;
        }
        self.remember_dead(tables);
        if let Some(id) = self.dead_id(goid) {
            return id;
        }
        let id = tables.add_goroutine(goid);
        self.insert(goid, id, GoStatus::Absent, Seq::default());
        if let Some(piece) = &mut self.piece {
            piece.named.push(id);
        }
        id
    }

    /// From now on, ids of the dead are known by their goids.
    pub(super) fn remember_dead(&mut self, tables: &Tables) {
        if self.dead.is_some() {
            return;
        }
        let mut dead = NumberMap::default();
        for (id, &goid) in tables.goids().iter().enumerate().skip(1) {
            dead.insert(goid, id as u32);
        }
        self.dead = Some(dead);
    }

    /// Whether ids of the dead are known.
    pub(super) fn knows_dead(&self) -> bool {
        self.dead.is_some()
    }

    pub(super) fn dead_id(&self, goid: u64) -> Option<GoId> {
        self.dead.as_ref()?.get(goid).map(GoId)
    }

    /// Adds one that lived and died in a piece.
    pub(super) fn add_dead(&mut self, goid: u64, id: GoId) {
        if let Some(dead) = &mut self.dead {
            dead.insert(goid, id.0);
        }
    }

    /// Those of a piece, of which nothing is known from before.
    pub(super) fn of_piece() -> Self {
        Self { piece: Some(Box::default()), ..Self::default() }
    }

    /// What a piece has to know of its goroutines.
    pub(super) fn piece(&self) -> Option<&OfPiece> {
        self.piece.as_deref()
    }

    /// The slot of a living goroutine, for those who ask once.
    pub(super) fn slot_of_living(&self, goid: u64) -> Option<u32> {
        self.by_goid.get(goid).filter(|&slot| self.slots[slot as usize].status != GoStatus::Absent)
    }

    /// The slot of a goroutine that lives, or is known by number only.
    pub(super) fn slot_of(&self, goid: u64) -> Option<u32> {
        self.by_goid.get(goid)
    }

    /// The goroutine in a slot, to look at.
    pub(super) fn peek(&self, slot: u32) -> Option<&Goroutine> {
        self.slots.get(slot as usize)
    }

    /// What is open on the goroutine in a slot, to look at.
    pub(super) fn peek_open(&self, slot: u32) -> Option<&Open> {
        self.open.get(slot as usize)
    }

    /// All that live, with their slots.
    pub(super) fn living(&self) -> impl Iterator<Item = (u32, &Goroutine)> + '_ {
        let slots = self.slots.iter().enumerate();
        slots.filter(|(_, it)| it.status != GoStatus::Absent).map(|(slot, it)| (slot as u32, it))
    }

    /// Brings one to life that was born in a piece, under an id that is known.
    pub(super) fn adopt(&mut self, goid: u64, id: GoId, status: GoStatus, seq: Seq) -> u32 {
        match self.by_goid.get(goid) {
            Some(slot) => {
                let goroutine = &mut self.slots[slot as usize];
                (goroutine.status, goroutine.seq) = (status, seq);
                slot
            }
            None => self.insert(goid, id, status, seq),
        }
    }
}

/// What is known about the GC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gc {
    pub(super) state: GcState,
    pub(super) seq: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum GcState {
    #[default]
    Undetermined,
    NotRunning,
    Running,
}

/// What the begin of a task said; its end says it again.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenTask {
    pub(super) parent: TaskId,
    pub(super) name: StringId,
}
