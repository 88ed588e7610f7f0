//! What is being fetched now, for whoever watches; and the one switch that ends all of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use goscope_remote::Watch;

use crate::bundle::MAX_BUNDLE_BYTES;

/// How often a wait looks whether it is still wanted.
const TICK: Duration = Duration::from_millis(40);

/// All requests of a capture.
#[derive(Debug, Default)]
pub struct Board {
    is_stopped: AtomicBool,
    n_written: AtomicU64,
    active: Mutex<Vec<Active>>,
}

/// A request that is being answered.
#[derive(Clone, Debug)]
struct Active {
    what: String,
    seconds: f64,
    started: Instant,
    watch: Arc<Watch>,
}

impl Board {
    /// Ends everything: what is being fetched, and what would be next.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::SeqCst);
        self.active().iter().for_each(|active| active.watch.cancel());
    }

    /// Whether it was ended.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::SeqCst)
    }

    /// The next capture begins: its files are counted anew.
    pub fn begin_anew(&self) {
        self.n_written.store(0, Ordering::Relaxed);
    }

    /// Whether so many bytes more may be written: all servers together do not fill the disk either.
    pub(super) fn may_write(&self, n_bytes: usize) -> bool {
        let n_bytes = n_bytes as u64;
        self.n_written.fetch_add(n_bytes, Ordering::Relaxed).saturating_add(n_bytes) <= MAX_BUNDLE_BYTES
    }

    /// A request begins that the server measures for so many seconds first.
    pub(super) fn begin(&self, what: String, seconds: f64) -> Arc<Watch> {
        let watch = Arc::new(Watch::default());
        let mut active = self.active();
        if self.is_stopped() {
            watch.cancel();
        }
        active.push(Active { what, seconds, started: Instant::now(), watch: Arc::clone(&watch) });
        watch
    }

    /// It has ended.
    pub(super) fn end(&self, watch: &Arc<Watch>) {
        self.active().retain(|active| !Arc::ptr_eq(&active.watch, watch));
    }

    /// Waits, unless it is ended; then `false`.
    pub fn wait(&self, time: Duration) -> bool {
        let started = Instant::now();
        while !self.is_stopped() {
            let left = time.saturating_sub(started.elapsed());
            if left.is_zero() {
                return true;
            }
            thread::sleep(left.min(TICK));
        }
        false
    }

    /// What is being fetched, in a line: `cpu 12/30 s, trace 3.2 of 5 s (4096 kB)`.
    pub fn line(&self) -> String {
        let part = |active: &Active| {
            let elapsed = active.started.elapsed().as_secs_f64();
            let measured = match active.seconds {
                seconds if seconds > 0.0 => format!(" {:.0}/{seconds} s", elapsed.min(seconds)),
                _ => String::new(),
            };
            let bytes = match (active.watch.n_bytes(), active.watch.n_expected()) {
                (0, _) => String::new(),
                (n_bytes, Some(expected)) => format!(" {}/{} kB", n_bytes / 1000, expected.div_ceil(1000)),
                (n_bytes, None) => format!(" {} kB", n_bytes / 1000),
            };
            format!("{}{measured}{bytes}", active.what)
        };
        self.active().iter().map(part).collect::<Vec<_>>().join(", ")
    }

    fn active(&self) -> MutexGuard<'_, Vec<Active>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_servers_together_do_not_fill_the_disk() {
        let board = Board::default();
        let half = usize::try_from(MAX_BUNDLE_BYTES / 2).expect("a size");
        assert!(board.may_write(half) && board.may_write(half) && !board.may_write(1));
        board.begin_anew();
        assert!(board.may_write(half));
    }

    #[test]
    fn what_is_stopped_stays_so() {
        let board = Board::default();
        let before = board.begin("h cpu".to_owned(), 30.0);
        assert_eq!(board.line(), "h cpu 0/30 s");
        board.stop();
        let after = board.begin("h heap".to_owned(), 0.0);
        assert!(before.is_canceled() && after.is_canceled());
        assert!(!board.wait(Duration::from_secs(60)), "nothing is waited for");
        board.end(&before);
        assert_eq!(board.line(), "h heap");
    }
}
