//! What a trace spends its bytes on: `cargo run --release --example trace_footprint -- trace.out`

use std::process::ExitCode;

use goscope_parsers::FileBytes;
use goscope_parsers::trace::footprint;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what this program is for")]
fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: trace_footprint FILE");
        return ExitCode::FAILURE;
    };
    match FileBytes::open(&path).and_then(|file| footprint(&file)) {
        Ok(footprint) => {
            print!("{}", footprint.text());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
