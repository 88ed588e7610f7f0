//! What happens when a mapped file becomes shorter while it is read.
//!
//! The system then ends a program that touches a page behind the new end of the file (SIGBUS). Here each map stands in a
//! table, and a handler of this signal looks the address up. The command line ends with one sentence and exit code 3: no
//! number that was made of half a file is ever printed. The window gets zeros instead of what is gone, and the map is
//! marked, so that its file is refused and everything else that is open stays. An address of nobody's map goes to who
//! handled the signal before.
//!
//! A handler may interrupt any line of the program, so it calls nothing but `mmap`, `write`, `_exit` and `sigaction`, and
//! reads atomics.

use std::ffi::{CStr, CString};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// Maps at a time. A file for which there is no slot is read instead of mapped.
const N_SLOTS: usize = 1024;

static SLOTS: [Slot; N_SLOTS] = [const { Slot::free() }; N_SLOTS];

/// Whether a cut file ends the program. Otherwise its bytes become zeros.
static ENDS_PROGRAM: AtomicBool = AtomicBool::new(false);

/// The handler before this one, and how large a page is.
static BEFORE: OnceLock<Before> = OnceLock::new();

/// The exit code for input that cannot be read.
const EXIT_CODE: i32 = 3;

const REASON: &[u8] = b": the file became shorter while it was read; try again when nobody writes to it\n";

struct Before {
    action: libc::sigaction,
    page_bytes: usize,
}

/// One map: addresses `begin..end`. Free where `end` is 0.
struct Slot {
    is_taken: AtomicBool,
    begin: AtomicUsize,
    end: AtomicUsize,
    is_cut: AtomicBool,
    /// What the file is called in the sentence; a [`CString`] of this slot.
    name: AtomicPtr<libc::c_char>,
}

impl Slot {
    const fn free() -> Self {
        Self {
            is_taken: AtomicBool::new(false),
            begin: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            is_cut: AtomicBool::new(false),
            name: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    fn holds(&self, address: usize) -> bool {
        // `end` is written last and cleared first: where it is set, the rest belongs to it.
        let end = self.end.load(Ordering::Acquire);
        address < end && address >= self.begin.load(Ordering::Relaxed)
    }
}

/// From now on a mapped file that becomes shorter ends the program, with a sentence and exit code 3 (`true`), or gives
/// zeros, and is told by [`Guard::is_cut`] (`false`, as it is in the beginning).
pub(crate) fn end_program_when_cut(ends: bool) {
    ENDS_PROGRAM.store(ends, Ordering::Relaxed);
}

/// A map in the table. It leaves the table when this is dropped, which must be before the map is.
#[derive(Debug)]
pub(crate) struct Guard {
    slot: usize,
}

impl Guard {
    /// Watches the map at these addresses; `None` where the table is full or the system takes no handler.
    pub(crate) fn new(map: &[u8], name: &str) -> Option<Self> {
        if !is_installed() {
            return None;
        }
        let is_ours = |slot: &Slot| !slot.is_taken.swap(true, Ordering::AcqRel);
        let at = SLOTS.iter().position(is_ours)?;
        let slot = SLOTS.get(at)?;
        let name = CString::new(name.replace('\0', " ")).unwrap_or_default();
        slot.name.store(name.into_raw(), Ordering::Relaxed);
        slot.is_cut.store(false, Ordering::Relaxed);
        let range = map.as_ptr_range();
        slot.begin.store(range.start.addr(), Ordering::Relaxed);
        // The last page is mapped as a whole.
        slot.end.store(range.end.addr().next_multiple_of(page_bytes()), Ordering::Release);
        Some(Self { slot: at })
    }

    /// Whether zeros stand where the file has ended.
    pub(crate) fn is_cut(&self) -> bool {
        SLOTS.get(self.slot).is_some_and(|slot| slot.is_cut.load(Ordering::Acquire))
    }
}

impl Drop for Guard {
    #[expect(unsafe_code, reason = "a name that a signal handler reads is kept as a pointer")]
    fn drop(&mut self) {
        let Some(slot) = SLOTS.get(self.slot) else { return };
        slot.end.store(0, Ordering::Release);
        let name = slot.name.swap(std::ptr::null_mut(), Ordering::AcqRel);
        if !name.is_null() {
            // SAFETY: it comes from `into_raw` of `new`, and has just been taken out, so it is freed once. The handler
            // reads it only while somebody touches the map, and who could drops it here.
            drop(unsafe { CString::from_raw(name) });
        }
        slot.is_taken.store(false, Ordering::Release);
    }
}

fn page_bytes() -> usize {
    BEFORE.get().map_or(4096, |before| before.page_bytes)
}

/// Installs the handler, the first time.
fn is_installed() -> bool {
    static IS_INSTALLED: OnceLock<bool> = OnceLock::new();
    *IS_INSTALLED.get_or_init(install)
}

#[expect(unsafe_code, reason = "signals are handled by C functions")]
fn install() -> bool {
    // SAFETY: `sysconf` takes a number and gives one.
    let page_bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let Ok(page_bytes) = usize::try_from(page_bytes) else { return false };
    // SAFETY: all zeros are a `sigaction` (numbers and a set), and `sigaction` fills it in; with no new handler it changes
    // nothing.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: as above.
    if unsafe { libc::sigaction(libc::SIGBUS, std::ptr::null(), &raw mut action) } != 0 {
        return false;
    }
    let before = BEFORE.get_or_init(|| Before { action, page_bytes });
    let mut ours = before.action;
    ours.sa_sigaction = on_bus_error as *const () as usize;
    // On the stack that Rust keeps for signals, where a thread has one.
    ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    // SAFETY: `ours` is filled in: its handler has the signature that SA_SIGINFO asks for and does only what a handler
    // may; its set of blocked signals is that of the handler before.
    unsafe { libc::sigaction(libc::SIGBUS, &raw const ours, std::ptr::null_mut()) == 0 }
}

/// The handler.
#[expect(unsafe_code, reason = "a signal handler gets pointers")]
extern "C" fn on_bus_error(signal: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the system gives a handler that asked for it (SA_SIGINFO) a filled-in record.
    let address = unsafe { (*info).si_addr() }.addr();
    if let Some(slot) = SLOTS.iter().find(|slot| slot.holds(address)) {
        if ENDS_PROGRAM.load(Ordering::Relaxed) {
            end_program(slot);
        }
        if put_zeros(slot, address) {
            return;
        }
    }
    // Not ours, or not to be mended: who was there before gets it, when the same instruction runs again.
    if let Some(before) = BEFORE.get() {
        // SAFETY: it is what the system gave as the handler before.
        unsafe { libc::sigaction(signal, &raw const before.action, std::ptr::null_mut()) };
    }
}

/// Puts pages of zeros over the map, from the page of this address to the end; says whether that went well.
#[expect(unsafe_code, reason = "pages are mapped by a C function")]
fn put_zeros(slot: &Slot, address: usize) -> bool {
    let begin = address / page_bytes() * page_bytes();
    let n_bytes = slot.end.load(Ordering::Acquire).saturating_sub(begin);
    let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
    let at = std::ptr::with_exposed_provenance_mut(begin);
    // SAFETY: the pages lie in a map of this process that its owner holds, for it is being read, and nobody else's pages
    // are in between: a map is one piece. They stay readable; what was there cannot be read any more in any case.
    let mapped = unsafe { libc::mmap(at, n_bytes, libc::PROT_READ, flags, -1, 0) };
    let is_mended = mapped != libc::MAP_FAILED;
    if is_mended {
        slot.is_cut.store(true, Ordering::Release);
    }
    is_mended
}

/// Says which file it was, and ends the program at once: no destructor runs in a signal handler.
#[expect(unsafe_code, reason = "a signal handler may call little but C functions")]
fn end_program(slot: &Slot) -> ! {
    let name = slot.name.load(Ordering::Acquire);
    // SAFETY: the name is a C string that lives as long as the map, which is being read.
    let name = if name.is_null() { c"a file" } else { unsafe { CStr::from_ptr(name) } };
    for part in [b"goscope: ", name.to_bytes(), REASON] {
        // SAFETY: `write` reads these bytes and no others. Should it fail, the exit code says enough.
        let _ = unsafe { libc::write(libc::STDERR_FILENO, part.as_ptr().cast(), part.len()) };
    }
    // SAFETY: it ends the process, and may be called in a handler.
    unsafe { libc::_exit(EXIT_CODE) }
}
