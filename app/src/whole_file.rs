//! Files that appear only when they are complete: readers see the whole old file or the whole new one.

use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes a temporary file beside `path` and renames it. A device or a pipe is written to as it is.
///
/// # Errors
/// What the system or `write` said; then what was there before is still there.
pub fn write_whole_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
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
