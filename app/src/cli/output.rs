//! Where the result of a command goes: standard output, or a file that appears only when it is complete.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use goscope_parsers::write_json_indented;

use super::failure::Failure;
use crate::whole_file::write_whole_file;

/// The target of `-o`; `-`, or no target, is standard output.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = None)]
pub(super) struct OutputArgs {
    /// Write to FILE instead of standard output (`-` is standard output)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

impl OutputArgs {
    /// Calls `write` to produce the result. A file is replaced only after all of it has been written.
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        match self.output.as_deref().filter(|path| *path != Path::new("-")) {
            None => write_stdout(write).map_err(|error| Failure::from_write(error, "to standard output")),
            Some(path) => write_whole_file(path, write)
                .map_err(|error| Failure::from_write(error, &path.display().to_string())),
        }
    }

    /// Whether it goes to standard output.
    pub(super) fn is_standard_output(&self) -> bool {
        self.output.as_deref().is_none_or(|path| path == Path::new("-"))
    }

    /// Writes a text.
    pub(super) fn write_text(&self, text: &str) -> Result<(), Failure> {
        self.write(|out| out.write_all(text.as_bytes()))
    }

    /// Writes a value as indented JSON with a final newline.
    pub(super) fn write_json(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        self.write(|out| {
            write_json_indented(out, value)?;
            out.write_all(b"\n")
        })
    }
}

fn write_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    write(&mut out)?;
    out.flush()
}
