//! Measures what a frame of the window costs: logic and layout of the real views, without a GPU.
//!
//! `cargo bench -p goscope --bench frames -- small.trace big.trace` makes a goroutine dump of 100,000 goroutines and looks at it
//! in its workspace, then opens each trace, and prints p50, p99 and the worst frame. Figures are CPU time of the window's
//! thread where the system tells it (Linux), so that neither workers nor other programs count; elsewhere time on the clock.
//!
//! With `--painted` each file is opened in a real window instead, and frames are timed with painting.

mod dump;
mod painted;
mod trace;
mod window;

use std::path::PathBuf;

fn main() -> anyhow::Result<()> {
    let words = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
    let paths: Vec<PathBuf> = words.map(Into::into).collect();
    if std::env::args().any(|word| word == "--painted") {
        painted::measure_empty()?;
        return paths.iter().try_for_each(|path| painted::measure(path));
    }
    dump::measure()?;
    if paths.is_empty() {
        window::say("\nno traces given: cargo bench -p goscope --bench frames -- FILE...");
    }
    paths.iter().try_for_each(|path| trace::measure(path))
}
