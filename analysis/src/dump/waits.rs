//! What a goroutine waits for, as its state and its innermost frames say.

use goscope_parsers::dump::{Goroutine, Tables};

use super::frames::is_parking;

/// What kind of thing it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitKind {
    /// `sync.Mutex`.
    Mutex,
    /// `sync.RWMutex.Lock`, behind readers or behind another writer.
    RwWrite,
    /// `sync.RWMutex.RLock`.
    RwRead,
    /// `sync.WaitGroup`.
    WaitGroup,
    /// `sync.Cond`.
    Cond,
    /// Sends to a channel.
    Send,
    /// Receives from a channel.
    Receive,
    /// A `select` with cases.
    Select,
    /// A nil channel, or a `select` without cases: nothing ever wakes it.
    Never,
}

impl WaitKind {
    /// Whether somebody holds what it waits for.
    pub(super) const fn is_lock(self) -> bool {
        matches!(self, Self::Mutex | Self::RwWrite | Self::RwRead)
    }

    /// In words: `waits for …`.
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Mutex => "a mutex",
            Self::RwWrite => "an RWMutex (to write)",
            Self::RwRead => "an RWMutex (to read)",
            Self::WaitGroup => "a WaitGroup",
            Self::Cond => "a Cond",
            Self::Send => "a receiver",
            Self::Receive => "a sender",
            Self::Select => "one of several channels",
            Self::Never => "nothing that ever comes",
        }
    }
}

/// What a goroutine waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) kind: WaitKind,
    /// The address of the lock or channel, if it is written.
    pub(super) address: Option<u64>,
    /// The receiver of the method that waits, which probably holds the lock in a field.
    pub(super) container: Option<u64>,
    /// The frame that called the lock, counted from the innermost.
    pub(super) site: usize,
}

/// What a goroutine waits for; `None` if it waits for none of these, or not at all.
pub(super) fn wait_of(row: &Goroutine, tables: &Tables) -> Option<Wait> {
    let state = &*tables.state(row.state).name;
    let is_sync = state.starts_with("sync.") || state == "semacquire";
    if !is_sync && !state.starts_with("chan ") && !state.starts_with("select") {
        return None;
    }
    let frames = tables.stack(row.stack).frames;
    let names: Vec<&str> = frames.iter().take(16).map(|&frame| tables.function(frame)).collect();
    let site = names.iter().position(|name| !is_inside(name)).unwrap_or(names.len());
    let inner = &names[..site];
    let find = |ending: &str| inner.iter().position(|name| name.ends_with(ending));
    let word = |frame: Option<usize>| {
        let words = tables.words(row.words);
        let first = words.iter().find(|word| Some(usize::from(word.frame)) == frame && word.position == 0);
        first.map(|word| word.value)
    };
    let semaphore =
        |offset: u64| word(find("runtime.semacquire1")).and_then(|value| value.checked_sub(offset));
    let slow = find("sync.(*Mutex).lockSlow");
    // Offsets of the semaphores in the structs: those of 64 and 32 bits alike.
    let (kind, address) = if let Some(lock) = find("sync.(*RWMutex).Lock") {
        match slow {
            // Behind another writer: an RWMutex begins with a Mutex.
            Some(_) => (WaitKind::RwWrite, word(slow).or_else(|| semaphore(4))),
            None => (WaitKind::RwWrite, word(Some(lock)).or_else(|| semaphore(8))),
        }
    } else if let Some(lock) = find("sync.(*RWMutex).RLock") {
        (WaitKind::RwRead, word(Some(lock)).or_else(|| semaphore(12)))
    } else if slow.is_some() || find("sync.(*Mutex).Lock").is_some() {
        (WaitKind::Mutex, word(slow).or_else(|| semaphore(4)))
    } else if let Some(wait) = find("sync.(*WaitGroup).Wait") {
        (WaitKind::WaitGroup, word(Some(wait)).or_else(|| semaphore(8)))
    } else if find("sync.(*Cond).Wait").is_some() {
        (WaitKind::Cond, word(find("sync.runtime_notifyListWait")))
    } else {
        match state {
            "sync.Mutex.Lock" => (WaitKind::Mutex, None),
            "sync.RWMutex.Lock" => (WaitKind::RwWrite, None),
            "sync.RWMutex.RLock" => (WaitKind::RwRead, None),
            "sync.WaitGroup.Wait" => (WaitKind::WaitGroup, None),
            "sync.Cond.Wait" => (WaitKind::Cond, None),
            "select" => (WaitKind::Select, None),
            "chan send" => (WaitKind::Send, word(find("runtime.chansend"))),
            "chan receive" => (WaitKind::Receive, word(find("runtime.chanrecv"))),
            "select (no cases)" | "chan send (nil chan)" | "chan receive (nil chan)" => {
                (WaitKind::Never, None)
            }
            _ => return None,
        }
    };
    let is_method = names.get(site).is_some_and(|name| name.contains("(*"));
    let container = if is_method { word(Some(site)) } else { None };
    Some(Wait { kind, address, container, site })
}

/// Whether a frame belongs to how a lock waits.
fn is_inside(function: &str) -> bool {
    is_parking(function) || function.starts_with("sync.") || function.starts_with("internal/sync.")
}

/// Whether a goroutine is at work, or will be by itself: it runs, sleeps, or waits for the system.
pub(super) fn is_active(state: &str) -> bool {
    matches!(state, "running" | "runnable" | "syscall" | "sleep" | "IO wait" | "preempted" | "copystack")
        || state.contains("cgo")
}
