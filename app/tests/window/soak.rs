//! The real program under random hands for a long time: its memory stays flat, and no handle and no thread is left behind.
//!
//! `GOSCOPE_SOAK_SECONDS=7200` is the long form (`scripts/soak`); a usual run takes some seconds. The first part of the time is
//! not judged: views are opened for the first time, and answers are kept.

use std::thread::sleep;
use std::time::{Duration, Instant};

use goscope_test_support::{LongRun, Random, files_below, sample};

use crate::{Display, Running, start_display, wait_until};

/// Seconds of a usual run.
const USUAL_SECONDS: u64 = 20;

/// What the resident memory may grow by beside its share: not all answers that are kept are equally large.
const MOST_GROWTH_BYTES: u64 = 48 << 20;

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
    let (mut run, mut n_works) = (LongRun::default(), 0_u64);
    while start.elapsed() < length {
        let line = work(&mut random);
        let words: Vec<&str> = line.iter().map(String::as_str).collect();
        assert!(display.xdotool(&words), "{line:?}");
        assert!(window.0.try_wait().expect("a child").is_none(), "the program ended after {n_works} works");
        n_works += 1;
        run.note(window.0.id(), start.elapsed().as_secs_f64() / length.as_secs_f64());
    }
    let line = format!("soak: {seconds} s, {} interactions, {run}\n", n_works * 8);
    // Seen also where the test passes: docs/robustness.md has the figures.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    assert!(run.is_flat(MOST_GROWTH_BYTES), "{line}");
}
