//! Which goroutines are the runtime's own: GC workers, sweepers, finalizers, whatever has no name.
//!
//! This is the one definition, the one of Go's own trace viewer. A goroutine is named by the function that it starts
//! in, and stays what it is while it runs or waits anywhere else.

/// Whether a goroutine that starts in a function of this name is the runtime's own: all of `runtime.` but the main
/// one, and those whose function no stack shows (mostly threads that came out of C code).
pub fn is_runtime_goroutine(start_function: &[u8]) -> bool {
    start_function.is_empty() || start_function.starts_with(b"runtime.") && start_function != b"runtime.main"
}

/// Whether a goroutine that starts in a function of this name is a worker of the garbage collector.
pub fn is_gc_worker(start_function: &[u8]) -> bool {
    start_function.starts_with(b"runtime.gcBgMarkWorker")
}

/// Whether it is any part of the collector: a worker, or one that sweeps or gives memory back.
pub fn is_of_collector(start_function: &[u8]) -> bool {
    is_gc_worker(start_function)
        || [b"runtime.bgsweep".as_slice(), b"runtime.bgscavenge"].contains(&start_function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_starts_in_the_runtime_is_its_own_but_the_main_goroutine() {
        assert!(is_runtime_goroutine(b"runtime.gcBgMarkWorker"));
        assert!(is_runtime_goroutine(b""), "no stack was seen");
        assert!(!is_runtime_goroutine(b"runtime.main"));
        assert!(!is_runtime_goroutine(b"runtime/trace.Start.func1"));
        assert!(!is_runtime_goroutine(b"main.runtime.x"));
    }
}
