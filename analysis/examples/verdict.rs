//! Prints the verdict on profiles: `cargo run --example verdict -- BASE... --head HEAD...`.

use std::path::PathBuf;
use std::time::Instant;

use goscope_analysis::verdict::profiles::{RunCounts, compare};
use goscope_analysis::verdict::{Options, RunContext, change_text, interval_text};
use goscope_parsers::FileBytes;
use goscope_parsers::pprof::{ParseOptions, parse_profile};
use rayon::prelude::*;

#[expect(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut sides: [Vec<PathBuf>; 2] = Default::default();
    let mut side = 0;
    for argument in std::env::args().skip(1) {
        if argument == "--head" {
            side = 1;
        } else {
            sides[side].push(argument.into());
        }
    }
    let start = Instant::now();
    let read = |path: &PathBuf| -> Result<RunCounts, String> {
        let file = FileBytes::open(path).map_err(|error| error.to_string())?;
        let profile = parse_profile(&file, &ParseOptions::default()).map_err(|error| error.to_string())?;
        let context = RunContext { name: path.display().to_string(), ..RunContext::default() };
        RunCounts::of(profile, None, context).map_err(|error| error.to_string())
    };
    let [base, head] = sides.map(|paths| paths.par_iter().map(read).collect::<Result<Vec<_>, _>>());
    let (base, head) = (base?, head?);
    let read_in = start.elapsed();
    let verdict = compare(&base, &head, &Options::default())?;
    println!("{}", verdict.line());
    for note in &verdict.notes {
        println!("note: {}", note.text());
    }
    for regression in &verdict.regressions {
        println!(
            "culprit: {} {:?} {:?} below: {:?}",
            regression.row.name, regression.kind, regression.standing, regression.chain
        );
    }
    for improvement in &verdict.improvements {
        println!("better: {} {}", improvement.row.name, change_text(&improvement.row));
    }
    println!("{:?}\nread in {read_in:?}, compared in {:?}", verdict.method, start.elapsed() - read_in);
    for row in verdict.rows.iter().filter(|row| row.is_shown && row.is_significant()).take(40) {
        let interval = row.interval.map_or_else(String::new, |interval| interval_text(interval, " … "));
        println!(
            "{:>8} {:>8} {:>7} {interval:<16} {:?}{} {} {}",
            verdict.value(row.base.normalized),
            verdict.value(row.head.normalized),
            change_text(row),
            row.significance,
            if row.is_shift { " (shift)" } else { "" },
            row.name,
            row.measure.text(),
        );
    }
    Ok(())
}
