//! The `goscope` program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    goscope::cli::run(std::env::args_os())
}
