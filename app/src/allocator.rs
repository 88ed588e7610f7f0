//! How the system's allocator shares memory between threads.
//!
//! The allocator of glibc gives each thread that allocates a pool of its own, up to eight per core, and what one pool
//! has back no other one uses. A trace is read by short-lived memory of several threads: with two cores a fifth of all
//! memory lay free in pools that nobody allocated from any more. Half as many pools as cores have that back and cost no
//! time on two cores.

/// Has the allocator use few pools, where it is glibc's. Called once, before threads are started.
pub fn use_few_pools() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    limit_pools(std::thread::available_parallelism().map_or(1, |cores| cores.get() / 2).clamp(1, 64));
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the allocator is told by a C function")]
fn limit_pools(pools: usize) {
    // SAFETY: `mallopt` takes two numbers and changes a number of the allocator. Nobody else calls it, and there is only
    // this thread. Where it fails, all stays as it was.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, pools as libc::c_int) };
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
