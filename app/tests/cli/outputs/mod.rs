//! Output that cannot be written, or not to the end: the old file stays whole, no other file is left, the exit code says it,
//! and nothing panics.

mod exporters;
mod files;
mod pipes;

use std::ffi::OsStr;
use std::process::Command;

/// The program without root's right to read and write whatever it likes; for who is not root, the program.
pub(crate) fn without_rights(arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new("setpriv");
    command.arg("--bounding-set=-dac_override,-dac_read_search").arg(env!("CARGO_BIN_EXE_goscope"));
    command.args(arguments);
    command
}
