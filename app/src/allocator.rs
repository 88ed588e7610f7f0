//! The allocator of the program: the system's, with few pools, and with a count of the bytes that are in use, which ends a
//! command before it takes the memory that somebody else needs.
//!
//! The allocator of glibc gives each thread that allocates a pool of its own, up to eight per core, and what one pool
//! has back no other one uses. A trace is read by short-lived memory of several threads: with two cores a fifth of all
//! memory lay free in pools that nobody allocated from any more. Half as many pools as cores have that back and cost no
//! time on two cores.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU64, Ordering};

/// The exit code for input that cannot be read.
const EXIT_CODE: i32 = 3;

/// Bytes that a thread may have taken or given back without telling: asking all others each time would cost more than
/// allocating.
const UNTOLD_BYTES: isize = 64 << 10;

/// Bytes in use, by what threads have told. Below zero while one has told of what it gave back before another one of what it
/// took.
static IN_USE_BYTES: AtomicIsize = AtomicIsize::new(0);

/// How many bytes may be in use.
static LIMIT_BYTES: AtomicU64 = AtomicU64::new(u64::MAX);

thread_local! {
    /// What this thread has not told yet. It has no destructor, so it is there as long as the thread is.
    static UNTOLD: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counting.
#[derive(Debug)]
pub struct CountingAllocator;

// SAFETY: every call goes to the system's allocator as it came, and its result comes back as it is. Counting takes atomics and
// a cell of the thread, and neither allocates nor panics.
#[expect(unsafe_code, reason = "an allocator has no safe form")]
unsafe impl GlobalAlloc for CountingAllocator {
    // Counting in every place that frees something made the program four megabytes larger.
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: what the caller promised.
        unsafe { System.alloc(layout) }
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: what the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: what the caller promised.
        unsafe { System.dealloc(memory, layout) }
    }

    #[inline(never)]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, n_bytes: usize) -> *mut u8 {
        // Sizes are at most isize::MAX, so that neither overflows.
        count(n_bytes as isize - layout.size() as isize);
        // SAFETY: what the caller promised.
        unsafe { System.realloc(memory, layout, n_bytes) }
    }
}

/// Counts bytes that are taken, or, below zero, given back.
fn count(n_bytes: isize) {
    let untold = UNTOLD.get().wrapping_add(n_bytes);
    if untold.wrapping_abs() < UNTOLD_BYTES {
        UNTOLD.set(untold);
        return;
    }
    UNTOLD.set(0);
    let in_use = IN_USE_BYTES.fetch_add(untold, Ordering::Relaxed).wrapping_add(untold);
    let limit = LIMIT_BYTES.load(Ordering::Relaxed);
    if untold > 0 && u64::try_from(in_use).is_ok_and(|in_use| in_use > limit) {
        end_program(limit);
    }
}

/// Has the program end, with a sentence and exit code 3, when it allocates more than this; `u64::MAX` for no limit.
pub fn set_limit(n_bytes: u64) {
    LIMIT_BYTES.store(n_bytes, Ordering::Relaxed);
}

/// Says why, and ends at once: there is no memory to tidy up with. No file is left half written, as none has a name before it
/// is whole.
#[cold]
fn end_program(limit_bytes: u64) -> ! {
    static IS_SAID: AtomicBool = AtomicBool::new(false);
    if !IS_SAID.swap(true, Ordering::Relaxed) {
        let mut text = FixedText { bytes: [0; 256], len: 0 };
        // Longer than it could be: 256 bytes hold it.
        let _ = writeln!(
            text,
            "goscope: this takes more than {} MiB of memory, the limit for its input; if the input can be trusted, \
             --max-memory SIZE (as 8G) allows more",
            limit_bytes >> 20
        );
        // Not locked and not buffered: who holds the lock of standard error may be who asked for memory.
        let _ = raw_stderr().write_all(text.bytes.get(..text.len).unwrap_or(&[]));
    }
    exit_now()
}

#[cfg(unix)]
fn raw_stderr() -> impl std::io::Write {
    struct RawStderr;
    impl std::io::Write for RawStderr {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            rustix::io::write(std::io::stderr(), bytes).map_err(Into::into)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    RawStderr
}

#[cfg(not(unix))]
fn raw_stderr() -> impl std::io::Write {
    std::io::stderr()
}

/// Ends the process without what is registered for its end, which may want memory or locks.
#[cfg(unix)]
#[expect(unsafe_code, reason = "ending without destructors is a C function")]
fn exit_now() -> ! {
    // SAFETY: it may be called by any thread at any time.
    unsafe { libc::_exit(EXIT_CODE) }
}

#[cfg(not(unix))]
fn exit_now() -> ! {
    std::process::exit(EXIT_CODE)
}

/// A text that needs no allocator.
struct FixedText {
    bytes: [u8; 256],
    len: usize,
}

impl std::fmt::Write for FixedText {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

/// Has the allocator use few pools, where it is glibc's. Called before threads are started.
pub fn use_few_pools() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    limit_pools(std::thread::available_parallelism().map_or(1, |cores| cores.get() / 2).clamp(1, 64));
}

/// Has the allocator use a pool for each core and one more: for work that takes many small pieces of memory on all cores,
/// which would wait for each other. Called before threads are started.
pub fn use_pool_per_core() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    limit_pools(std::thread::available_parallelism().map_or(1, std::num::NonZero::get).clamp(1, 64) + 1);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the allocator is told by a C function")]
fn limit_pools(pools: usize) {
    // SAFETY: `mallopt` takes two numbers and changes a number of the allocator. Nobody else calls it, and no thread of ours
    // is there yet. Where it fails, all stays as it was.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, pools as libc::c_int) };
}

/// Has the allocator give memory back to the system as soon as it is freed, in pieces of 256 KiB and more, where it is
/// glibc's. That one keeps what it has given out once for the next who asks, up to 32 MB a piece: much of a trace that is
/// read on many cores would lie free while its model grows. The window does without: it draws each frame in pieces of that
/// size, and new ones would double the time of a frame.
pub fn give_back_large_at_once() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    map_large();
}

/// Memory of this size is asked of the system by itself. With half of it, answers to a trace take 2 % longer.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: libc::c_int = 256 << 10;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the allocator is told by a C function")]
fn map_large() {
    // SAFETY: `mallopt` takes two numbers and changes a number of the allocator, which it locks. Where it fails, all stays as
    // it was.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES) };
}

/// Gives the system back what lies free between pieces that are in use, where the allocator is glibc's, which keeps it
/// otherwise. It takes a while, so it is for a worker.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    trim();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the allocator is told by a C function")]
fn trim() {
    // SAFETY: `malloc_trim` takes a number of bytes to keep and may be called by any thread at any time. What it gives back
    // is in no use.
    unsafe { libc::malloc_trim(0) };
}
