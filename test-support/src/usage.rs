//! What the system says that a program takes, for tests that let one run for long.

use std::fmt;
use std::fs;

/// Memory may grow by this share: answers that are kept are dropped by their number, and not all are equally large.
const MOST_GROWTH: f64 = 0.25;

/// Files that are open and threads that run may become this many more.
const MOST_MORE: u64 = 6;

/// What a program takes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Its memory that is resident.
    pub resident_bytes: u64,
    /// Files and sockets that it has open.
    pub handles: u64,
    /// Its threads.
    pub threads: u64,
}

impl Usage {
    /// Of a program that runs.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[must_use]
    pub fn of(program: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{program}/status")).expect("the program is alive");
        let number = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("a known line");
            line.split_whitespace().next().and_then(|word| word.parse::<u64>().ok()).expect("a number")
        };
        let handles = fs::read_dir(format!("/proc/{program}/fd")).map_or(0, |files| files.count() as u64);
        Self { resident_bytes: number("VmRSS:") * 1024, handles, threads: number("Threads:") }
    }

    /// The larger of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            resident_bytes: self.resident_bytes.max(other.resident_bytes),
            handles: self.handles.max(other.handles),
            threads: self.threads.max(other.threads),
        }
    }
}

/// The most that a program took in the first part of a long run, in which things are done for the first time, and in the
/// rest, in which it may not take more.
#[derive(Clone, Copy, Debug, Default)]
pub struct LongRun {
    first: Usage,
    rest: Usage,
}

impl LongRun {
    /// Notes what a program takes; `share` of the time is over.
    pub fn note(&mut self, program: u32, share: f64) {
        let part = if share < 0.6 { &mut self.first } else { &mut self.rest };
        *part = part.max(Usage::of(program));
    }

    /// Whether it stayed as it was, give or take some memory.
    #[must_use]
    pub fn is_flat(&self, most_growth_bytes: u64) -> bool {
        let (first, rest) = (self.first, self.rest);
        let most_bytes = (first.resident_bytes as f64 * (1.0 + MOST_GROWTH)) as u64 + most_growth_bytes;
        rest.resident_bytes <= most_bytes
            && rest.handles <= first.handles + MOST_MORE
            && rest.threads <= first.threads + MOST_MORE
    }
}

impl fmt::Display for LongRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, rest) = (self.first, self.rest);
        write!(
            f,
            "resident {} then {} MiB, {} then {} handles, {} then {} threads",
            first.resident_bytes >> 20,
            rest.resident_bytes >> 20,
            first.handles,
            rest.handles,
            first.threads,
            rest.threads
        )
    }
}
