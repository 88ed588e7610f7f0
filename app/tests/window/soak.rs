//! The real program under random hands for a long time: its memory stays flat, and no handle and no thread is left behind.
//!
//! `GOSCOPE_SOAK_SECONDS=7200` is the long form (`scripts/soak`); a usual run takes some seconds. The first part of the time is
//! not judged: views are opened for the first time, and answers are kept.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use goscope_test_support::{Random, files_below, sample};

use crate::{Display, Running, start_display, wait_until};

/// Seconds of a usual run.
const USUAL_SECONDS: u64 = 20;

/// Memory may grow by this share after the first part, and by this much: answers that are kept are dropped by their number,
/// and not all are equally large.
const MOST_GROWTH: f64 = 0.25;
const MOST_GROWTH_BYTES: u64 = 48 << 20;

/// Files that are open and threads that run may be this many more than ever in the first part.
const MOST_MORE: u64 = 6;

/// Keys that move, choose, open and close parts of the window. None ends the program or closes a file.
const KEYS: [&str; 24] = [
    "a",
    "d",
    "w",
    "s",
    "f",
    "g",
    "i",
    "u",
    "Home",
    "Escape",
    "Return",
    "Tab",
    "Up",
    "Down",
    "Left",
    "Right",
    "question",
    "slash",
    "ctrl+z",
    "ctrl+shift+z",
    "ctrl+Tab",
    "ctrl+shift+Tab",
    "ctrl+plus",
    "ctrl+minus",
];

/// What the system says of the program.
#[derive(Clone, Copy, Debug, Default)]
struct Usage {
    resident_bytes: u64,
    handles: u64,
    threads: u64,
}

impl Usage {
    fn of(program: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{program}/status")).expect("the program is alive");
        let number = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("a known line");
            line.split_whitespace().next().and_then(|word| word.parse::<u64>().ok()).expect("a number")
        };
        let handles = fs::read_dir(format!("/proc/{program}/fd")).map_or(0, |files| files.count() as u64);
        Self { resident_bytes: number("VmRSS:") * 1024, handles, threads: number("Threads:") }
    }

    /// The larger of each.
    fn max(self, other: Self) -> Self {
        Self {
            resident_bytes: self.resident_bytes.max(other.resident_bytes),
            handles: self.handles.max(other.handles),
            threads: self.threads.max(other.threads),
        }
    }
}

/// Opens all samples in one window.
fn open_all(display: &Display) -> Running {
    let files = [("pprof", ".pb.gz"), ("trace", ".trace")]
        .into_iter()
        .flat_map(|(folder, ending)| files_below(&sample(folder), &[ending]));
    let window = display.command(env!("CARGO_BIN_EXE_goscope")).args(files).spawn().expect("goscope starts");
    let window = Running(window);
    let search = ["search", "--onlyvisible", "--name", "goscope"];
    let size = ["windowsize", "1280", "800", "windowmove", "0", "0", "windowfocus"];
    let arguments: Vec<&str> = search.into_iter().chain(size).collect();
    wait_until("the window to take the focus", || display.xdotool(&arguments).then_some(()));
    sleep(Duration::from_secs(1));
    window
}

/// Some of what hands do, as one line for xdotool.
fn work(random: &mut Random) -> Vec<String> {
    let mut line = Vec::new();
    for _ in 0..8 {
        let (x, y) = (random.below(1280), random.below(800));
        let place = format!("mousemove {x} {y}");
        let more = match random.below(6) {
            0 => format!("{place} click 4"),
            1 => format!("{place} click 5"),
            2 => format!(
                "{place} mousedown 1 mousemove {} {} mouseup 1",
                random.below(1280),
                random.below(800)
            ),
            3 => format!("{place} click 1"),
            4 => place,
            _ => format!("key {}", KEYS[random.below(KEYS.len())]),
        };
        line.push(format!("{more} sleep 0.03"));
    }
    line.iter().flat_map(|part| part.split(' ')).map(str::to_owned).collect()
}

#[test]
fn memory_stays_flat_and_no_handle_is_left() {
    let Some(display) = start_display(1280, 800) else { return };
    let given = std::env::var("GOSCOPE_SOAK_SECONDS").ok();
    let seconds = given.map_or(USUAL_SECONDS, |text| text.parse().expect("GOSCOPE_SOAK_SECONDS is a number"));
    let mut window = open_all(&display);
    let mut random = Random(seconds);
    let (start, length) = (Instant::now(), Duration::from_secs(seconds));
    let (mut first, mut last, mut n_works) = (Usage::default(), Usage::default(), 0_u64);
    while start.elapsed() < length {
        let line = work(&mut random);
        let words: Vec<&str> = line.iter().map(String::as_str).collect();
        assert!(display.xdotool(&words), "{line:?}");
        assert!(window.0.try_wait().expect("a child").is_none(), "the program ended after {n_works} works");
        n_works += 1;
        let usage = Usage::of(window.0.id());
        let share = start.elapsed().as_secs_f64() / length.as_secs_f64();
        let part = if share < 0.6 { &mut first } else { &mut last };
        *part = part.max(usage);
    }
    let line = format!(
        "soak: {seconds} s, {} interactions, resident {} then {} MiB, {} then {} handles, {} then {} threads\n",
        n_works * 8,
        first.resident_bytes >> 20,
        last.resident_bytes >> 20,
        first.handles,
        last.handles,
        first.threads,
        last.threads
    );
    // Seen also where the test passes: docs/robustness.md has the figures.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    let most_bytes = (first.resident_bytes as f64 * (1.0 + MOST_GROWTH)) as u64 + MOST_GROWTH_BYTES;
    assert!(last.resident_bytes <= most_bytes, "{line}");
    assert!(last.handles <= first.handles + MOST_MORE && last.threads <= first.threads + MOST_MORE, "{line}");
}
