//! The line for who waits, on a terminal.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Shows what runs and how long it will take; nothing where nobody sees it.
#[derive(Debug)]
pub(super) struct Line {
    bar: Option<ProgressBar>,
    begin: Instant,
    done: u32,
    steps: u32,
}

impl Line {
    pub(super) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg}");
            let bar = ProgressBar::new_spinner();
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar
        });
        Self { bar, begin: Instant::now(), done: 0, steps: 0 }
    }

    /// What is done before the rounds.
    pub(super) fn say(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
            bar.tick();
        }
    }

    /// So many runs begin, of about the same length.
    pub(super) fn begin(&mut self, steps: usize) {
        (self.begin, self.done, self.steps) = (Instant::now(), 0, u32::try_from(steps).unwrap_or(u32::MAX));
    }

    /// The next of them begins: `3/10 rounds · BenchmarkEncode/json head · 0:42 left`.
    pub(super) fn step(&mut self, round: &str, what: &str) {
        let left = (self.done > 0).then(|| {
            let each = self.begin.elapsed() / self.done;
            format!(" · {} left", clock(each * self.steps.saturating_sub(self.done)))
        });
        self.done += 1;
        self.say(&format!("{round} · {what}{}", left.unwrap_or_default()));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Minutes and seconds.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64().ceil() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_minutes_and_seconds() {
        assert_eq!(clock(Duration::from_millis(41_200)), "0:42");
        assert_eq!(clock(Duration::from_secs(600)), "10:00");
    }
}
