//! Benchmark outputs below four lines of benchstat's queries: table, row, column and filter. Its tables as text and CSV.

use goscope_analysis::bench::{Benchstat, BenchstatOptions, csv, text};
use goscope_parsers::bench::read_output;

pub(crate) fn run(data: &[u8]) {
    let _ = read_output(data);
    let mut lines = data.splitn(5, |&byte| byte == b'\n');
    let mut query = |usual: &str| match lines.next().map(String::from_utf8_lossy) {
        Some(line) if !line.is_empty() => line.into_owned(),
        _ => usual.to_owned(),
    };
    let options = BenchstatOptions {
        table: query(".config"),
        row: query(".fullname"),
        column: query(".file"),
        filter: query("*"),
        ..BenchstatOptions::default()
    };
    let rest = lines.next().unwrap_or_default();
    for options in [options, BenchstatOptions::default()] {
        let Ok(mut benchstat) = Benchstat::new(&options) else { continue };
        for label in ["old", "new"] {
            if benchstat.add(label.as_bytes(), rest, |_, _| {}).is_err() {
                return;
            }
        }
        let tables = benchstat.finish();
        text(&tables);
        csv(&tables);
    }
}
