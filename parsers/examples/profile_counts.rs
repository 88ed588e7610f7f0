//! Reads a profile and prints what it holds: `cargo run --release -p goscope-parsers --example profile_counts FILE`.
//! The smallest program that reads a profile; also what reading is measured with.

use std::error::Error;
use std::io::Write as _;

use goscope_parsers::FileBytes;
use goscope_parsers::pprof::{ParseOptions, parse_profile};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: profile_counts FILE")?;
    let profile = parse_profile(&FileBytes::open(path)?, &ParseOptions::default())?;
    let mut out = std::io::stdout().lock();
    for value_type in &profile.sample_types {
        write!(out, "{}/{} ", profile.text(value_type.kind), profile.text(value_type.unit))?;
    }
    writeln!(
        out,
        "\n{} samples, {} stack entries, {} locations, {} functions, {} strings, {} MB of tables",
        profile.samples.len(),
        profile.samples.n_stack_entries(),
        profile.locations.len(),
        profile.functions.len(),
        profile.strings.len(),
        profile.table_bytes() / 1_000_000
    )?;
    Ok(())
}
