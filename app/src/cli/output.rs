//! Where the result of a command goes: standard output, or a file that appears only when it is complete.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::failure::Failure;

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
            Some(path) => write_file(path, write)
                .map_err(|error| Failure::from_write(error, &path.display().to_string())),
        }
    }

    /// Writes a text.
    pub(super) fn write_text(&self, text: &str) -> Result<(), Failure> {
        self.write(|out| out.write_all(text.as_bytes()))
    }

    /// Writes a value as indented JSON with a final newline.
    pub(super) fn write_json(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        self.write(|out| {
            serde_json::to_writer_pretty(&mut *out, value)?;
            out.write_all(b"\n")
        })
    }
}

fn write_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    write(&mut out)?;
    out.flush()
}

/// Writes a temporary file and renames it, so that readers see the whole old file or the whole new one.
fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A device or a pipe (/dev/stdout, a process substitution) cannot be replaced, only written to.
    if path.exists() && !path.is_file() {
        let mut out = BufWriter::new(std::fs::OpenOptions::new().write(true).open(path)?);
        write(&mut out)?;
        return out.flush();
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut out = BufWriter::new(new_file_in(folder)?);
    write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    make_readable(file.as_file(), path)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A temporary file. Its name, which means nothing to the user, stays out of the error.
fn new_file_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(folder).map_err(|error| {
        let folder_name = folder.display();
        let reason = if folder.is_dir() {
            format!("no file can be made in {folder_name}: {}", io::Error::from(error.kind()))
        } else if folder.exists() {
            format!("{folder_name} is no folder")
        } else {
            format!("there is no folder {folder_name}")
        };
        io::Error::new(error.kind(), reason)
    })
}

/// Gives the new file the permissions of an ordinary file: temporary files are private.
#[cfg(unix)]
fn make_readable(file: &std::fs::File, target: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(target).map_or(0o644, |old| old.permissions().mode());
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn make_readable(_: &std::fs::File, _: &Path) -> io::Result<()> {
    Ok(())
}
