//! Who probably holds a lock. A dump does not say; what it says is who stands where, with which addresses as arguments.
//!
//! In this order, and of several the ones that are at work:
//!
//! 1. A goroutine stands in a function *behind* the line on which others wait for that argument of that function.
//! 2. It has the address of the lock as an argument, and does not wait for the lock.
//! 3. It stands in the same function behind the line on which others wait, and the arguments are not known.

use goscope_parsers::dump::{Dump, FrameId, StringId, Tables};
use rustc_hash::{FxHashMap, FxHashSet};

use super::waits::{Wait, WaitKind, is_active, wait_of};

/// A lock that goroutines wait for.
#[derive(Debug)]
pub(super) struct Lock {
    pub(super) id: LockId,
    /// Rows of those that wait, in the order of the dump.
    pub(super) waiters: Vec<u32>,
    /// Rows of those that probably hold it; several where it is not clear, or for readers.
    pub(super) holders: Vec<u32>,
    /// By which rule they were found: 1 to 3, or 0 if none was found.
    pub(super) rule: u8,
}

/// What identifies a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum LockId {
    /// Its address.
    Exact(u64),
    /// The struct that it is in.
    Container(u64),
    /// The call that waits, where no address is known.
    Site(FrameId),
}

impl LockId {
    pub(super) const fn address(self) -> Option<u64> {
        match self {
            Self::Exact(address) => Some(address),
            Self::Container(_) | Self::Site(_) => None,
        }
    }
}

/// A struct is not larger than this, most of the time.
const MAX_STRUCT_BYTES: u64 = 4096;
/// Holders that are kept of a lock; of more, nothing can be said.
const MAX_HOLDERS: usize = 8;

/// Who waits for what, and the locks among that.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Of each row.
    pub(super) waits: Vec<Option<Wait>>,
    pub(super) locks: Vec<Lock>,
    /// The lock that a row waits for.
    pub(super) lock_of: FxHashMap<u32, usize>,
}

/// The place of a lock among the arguments of a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ArgumentPlace {
    function: StringId,
    position: u16,
    /// From the argument to the lock.
    offset: u64,
}

/// An argument that is a lock, or the struct around it.
#[derive(Clone, Copy)]
struct Mention {
    lock: usize,
    row: u32,
    frame: usize,
    place: ArgumentPlace,
    line: u32,
}

/// Finds the locks that goroutines wait for, and who may hold them.
pub(super) fn waiting(dump: &Dump, tables: &Tables) -> Waiting {
    let waits: Vec<Option<Wait>> = dump.goroutines.iter().map(|row| wait_of(row, tables)).collect();
    let mut waiting = Waiting { waits, locks: Vec::new(), lock_of: FxHashMap::default() };
    waiting.find_locks(dump, tables);
    if !waiting.locks.is_empty() {
        let mentions = waiting.mentions(dump, tables);
        waiting.find_holders(dump, tables, &mentions);
    }
    waiting
}

impl Waiting {
    fn find_locks(&mut self, dump: &Dump, tables: &Tables) {
        let is_rw = |wait: &&Wait| matches!(wait.kind, WaitKind::RwRead | WaitKind::RwWrite);
        let rw = self.waits.iter().flatten().filter(is_rw);
        let mut rw_addresses: Vec<u64> = rw.filter_map(|wait| wait.address).collect();
        rw_addresses.sort_unstable();
        let mut known: FxHashMap<LockId, usize> = FxHashMap::default();
        for (row, wait) in (0_u32..).zip(&self.waits) {
            let Some(wait) = wait.filter(|wait| wait.kind.is_lock()) else { continue };
            let id = match (wait.address, wait.container) {
                (Some(address), _) => LockId::Exact(address),
                (None, Some(container)) => {
                    // Another goroutine may have told where in the struct it is.
                    let next = rw_addresses.partition_point(|&address| address < container);
                    let inside =
                        rw_addresses.get(next).filter(|&&address| address - container < MAX_STRUCT_BYTES);
                    inside.map_or(LockId::Container(container), |&address| LockId::Exact(address))
                }
                (None, None) => {
                    let frames = tables.stack(dump.goroutines[row as usize].stack).frames;
                    let Some(&frame) = frames.get(wait.site) else { continue };
                    LockId::Site(frame)
                }
            };
            let lock = *known.entry(id).or_insert_with(|| {
                self.locks.push(Lock { id, waiters: Vec::new(), holders: Vec::new(), rule: 0 });
                self.locks.len() - 1
            });
            self.locks[lock].waiters.push(row);
            self.lock_of.insert(row, lock);
        }
    }

    /// All arguments that are a lock or the struct around it.
    fn mentions(&self, dump: &Dump, tables: &Tables) -> Vec<Mention> {
        const MAX_LOCKS_OF_WORD: usize = 16;
        let address = |(index, lock): (usize, &Lock)| match lock.id {
            LockId::Exact(address) | LockId::Container(address) => Some((address, index)),
            LockId::Site(_) => None,
        };
        let mut addresses: Vec<(u64, usize)> = self.locks.iter().enumerate().filter_map(address).collect();
        addresses.sort_unstable();
        let mut mentions = Vec::new();
        for (row, goroutine) in (0_u32..).zip(&dump.goroutines) {
            let frames = tables.stack(goroutine.stack).frames;
            let first = self.waits[row as usize].map_or(0, |wait| wait.site);
            for word in tables.words(goroutine.words) {
                let frame = usize::from(word.frame);
                let Some(&frame_id) = frames.get(frame).filter(|_| frame >= first) else { continue };
                let next = addresses.partition_point(|&(address, _)| address < word.value);
                let near = addresses[next..].iter().take(MAX_LOCKS_OF_WORD);
                for &(address, lock) in
                    near.take_while(|(address, _)| address - word.value < MAX_STRUCT_BYTES)
                {
                    let offset = address - word.value;
                    if offset > 0 && matches!(self.locks[lock].id, LockId::Container(_)) {
                        continue;
                    }
                    let (function, line) = (tables.frame(frame_id).function, tables.frame(frame_id).line);
                    let place = ArgumentPlace { function, position: word.position, offset };
                    mentions.push(Mention { lock, row, frame, place, line });
                }
            }
        }
        mentions
    }

    fn find_holders(&mut self, dump: &Dump, tables: &Tables, mentions: &[Mention]) {
        // On which line an argument of a function is locked, as those who wait there tell.
        let mut lock_lines: FxHashMap<ArgumentPlace, u32> = FxHashMap::default();
        // Which argument of the frame that waits is the lock that it waits for.
        let mut awaited: FxHashMap<u32, u16> = FxHashMap::default();
        for mention in mentions {
            let is_site = self.waits[mention.row as usize].is_some_and(|wait| wait.site == mention.frame);
            if is_site && self.lock_of.get(&mention.row) == Some(&mention.lock) {
                let line = lock_lines.entry(mention.place).or_insert(mention.line);
                *line = mention.line.min(*line);
                let position = awaited.entry(mention.row).or_insert(mention.place.position);
                // An argument that is the lock itself, before one that is the struct around it; the last of several.
                *position = mention.place.position.max(*position);
            }
        }
        let mut rules: Vec<[Vec<u32>; 2]> = self.locks.iter().map(|_| Default::default()).collect();
        for mention in mentions {
            let wait = self.waits[mention.row as usize].filter(|wait| wait.kind.is_lock());
            let is_site = wait.is_some_and(|wait| wait.site == mention.frame);
            let waits_for_it = self.lock_of.get(&mention.row) == Some(&mention.lock);
            let rule = match lock_lines.get(&mention.place) {
                Some(&line) => (mention.line > line && !(is_site && waits_for_it)).then_some(0),
                // Locks are taken from the first argument to the last.
                None if is_site
                    && awaited.get(&mention.row).is_some_and(|&at| mention.place.position >= at) =>
                {
                    None
                }
                None => (mention.place.offset == 0
                    && !waits_for_it
                    && self.locks[mention.lock].id.address().is_some())
                .then_some(1),
            };
            if let Some(rule) = rule {
                let list = &mut rules[mention.lock][rule];
                if list.last() != Some(&mention.row) {
                    list.push(mention.row);
                }
            }
        }
        let by_function = self.behind_in_same_function(dump, tables, mentions);
        for ((lock, [strong, mentioned]), same) in self.locks.iter_mut().zip(rules).zip(by_function) {
            let found = [strong, mentioned, same].into_iter().zip(1..).find(|(rows, _)| !rows.is_empty());
            let Some((rows, rule)) = found else { continue };
            let is_at_work = |&row: &u32| is_active(&tables.state(dump.goroutines[row as usize].state).name);
            let active: Vec<u32> = rows.iter().copied().filter(is_at_work).collect();
            lock.holders = if active.is_empty() { rows } else { active };
            lock.holders.truncate(MAX_HOLDERS);
            lock.rule = rule;
        }
    }

    /// Rule 3: of each lock, rows that stand in a function behind the line on which others wait in it.
    fn behind_in_same_function(&self, dump: &Dump, tables: &Tables, mentions: &[Mention]) -> Vec<Vec<u32>> {
        let mut sites: FxHashMap<StringId, Vec<(usize, u32)>> = FxHashMap::default();
        for (index, lock) in self.locks.iter().enumerate() {
            let mut lines: FxHashMap<StringId, u32> = FxHashMap::default();
            for &row in &lock.waiters {
                let frames = tables.stack(dump.goroutines[row as usize].stack).frames;
                let site = self.waits[row as usize].and_then(|wait| frames.get(wait.site).copied());
                if let Some(frame) = site.map(|frame| tables.frame(frame)) {
                    let line = lines.entry(frame.function).or_insert(frame.line);
                    *line = frame.line.min(*line);
                }
            }
            let mut lines: Vec<(StringId, u32)> = lines.into_iter().collect();
            lines.sort_unstable();
            lines
                .into_iter()
                .for_each(|(function, line)| sites.entry(function).or_default().push((index, line)));
        }
        // Where as many locks are of one function, it is a method, and each value has its own.
        const MAX_LOCKS_OF_FUNCTION: usize = 16;
        sites.retain(|_, locks| locks.len() <= MAX_LOCKS_OF_FUNCTION);
        // Where the lock is an argument, one who has another value there has another lock.
        let positions: FxHashSet<(usize, StringId, u16)> = mentions
            .iter()
            .filter(|mention| self.lock_of.get(&mention.row) == Some(&mention.lock))
            .map(|mention| (mention.lock, mention.place.function, mention.place.position))
            .collect();
        let mut found: Vec<Vec<u32>> = vec![Vec::new(); self.locks.len()];
        for (row, goroutine) in (0_u32..).zip(&dump.goroutines) {
            let frames = tables.stack(goroutine.stack).frames;
            for (at, &frame) in frames.iter().enumerate() {
                let frame = tables.frame(frame);
                for &(lock, line) in sites.get(&frame.function).into_iter().flatten() {
                    let words = tables.words(goroutine.words).iter();
                    let mut words = words.filter(|word| usize::from(word.frame) == at);
                    let has_other =
                        words.any(|word| positions.contains(&(lock, frame.function, word.position)));
                    let is_waiter = self.lock_of.get(&row) == Some(&lock);
                    if frame.line > line && !has_other && !is_waiter && found[lock].last() != Some(&row) {
                        found[lock].push(row);
                    }
                }
            }
        }
        found
    }
}
