//! Files that appear only when they are complete: readers see the whole old file or the whole new one, and whatever ends
//! the program in between (Ctrl-C, a kill, no memory, a fault) leaves nothing behind.
//!
//! On Linux the file has no name while it is written, so the system removes it with the process. Where a file system has
//! no such files (NFS, other systems) it is called `.tmp…` until it is whole, which a kill leaves.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// Writes a file beside `path` and puts it in its place. A device or a pipe is written to as it is.
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
    let mut out = BufWriter::new(NewFile::beside(path)?);
    write(&mut out)?;
    let new = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    make_readable(new.file(), path)?;
    // Some disks say that they are full only now.
    new.file().sync_all()?;
    new.persist(path)
}

/// A file that is being written.
enum NewFile {
    #[cfg(target_os = "linux")]
    Unnamed(File),
    Named(NamedTempFile),
}

impl NewFile {
    fn beside(path: &Path) -> io::Result<Self> {
        let folder = folder_of(path);
        #[cfg(target_os = "linux")]
        if let Some(file) = unnamed::create_in(folder) {
            return Ok(Self::Unnamed(file));
        }
        named_in(folder).map(Self::Named)
    }

    fn file(&self) -> &File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => file,
            Self::Named(file) => file.as_file(),
        }
    }

    fn persist(self, path: &Path) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => unnamed::persist(&file, path),
            Self::Named(file) => file.persist(path).map(|_| ()).map_err(|error| error.error),
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file. Its name, which means nothing to the user, stays out of the error.
fn named_in(folder: &Path) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder).map_err(|error| {
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

/// Files without a name, which the system removes with the last process that has them open.
#[cfg(target_os = "linux")]
mod unnamed {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd as _;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};

    /// Names that are tried for the moment between a name and its place.
    const MOST_NAMES: u32 = 1000;

    /// `None` where the file system has none, or where they could not get a name later.
    pub(super) fn create_in(folder: &Path) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = open(folder, flags, Mode::RUSR | Mode::WUSR).ok().map(File::from)?;
        Path::new(&place_of(&file)).exists().then_some(file)
    }

    /// Gives it a name: this one, replacing what is there.
    pub(super) fn persist(file: &File, path: &Path) -> io::Result<()> {
        if link(file, path)? {
            return Ok(());
        }
        // A link replaces nothing, a new name does. Between the two calls the whole file has the other name.
        for number in 0..MOST_NAMES {
            let other = path.with_file_name(format!(".goscope-{}-{number}", std::process::id()));
            if link(file, &other)? {
                return std::fs::rename(&other, path).inspect_err(|_| drop(std::fs::remove_file(&other)));
            }
        }
        Err(io::Error::from(io::ErrorKind::AlreadyExists))
    }

    /// Links a name to it; `false` if the name is taken.
    fn link(file: &File, path: &Path) -> io::Result<bool> {
        match linkat(CWD, place_of(file), CWD, path, AtFlags::SYMLINK_FOLLOW) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::EXIST) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// How a file without a name can be named.
    fn place_of(file: &File) -> String {
        format!("/proc/self/fd/{}", file.as_raw_fd())
    }
}

/// Gives the new file the permissions of an ordinary file: temporary files are private.
#[cfg(unix)]
fn make_readable(file: &File, target: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(target).map_or(0o644, |old| old.permissions().mode());
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn make_readable(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("a folder").flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn while_it_is_written_there_is_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.svg");
        for content in ["first", "second"] {
            let before = names(folder.path());
            write_whole_file(&path, |out| {
                out.write_all(content.as_bytes())?;
                out.flush()?;
                #[cfg(target_os = "linux")]
                assert_eq!(names(folder.path()), before);
                Ok(())
            })
            .expect("written");
            assert_eq!(std::fs::read_to_string(&path).expect("there"), content);
            assert_eq!(names(folder.path()), ["out.svg"]);
            let _ = before;
        }
    }

    #[test]
    fn what_fails_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.svg");
        for old in [None, Some("old")] {
            if let Some(old) = old {
                std::fs::write(&path, old).expect("written");
            }
            let failed = write_whole_file(&path, |out| {
                out.write_all(b"half")?;
                Err(io::Error::from(io::ErrorKind::StorageFull))
            });
            assert_eq!(failed.expect_err("it fails").kind(), io::ErrorKind::StorageFull);
            assert_eq!(std::fs::read_to_string(&path).ok().as_deref(), old);
            assert_eq!(
                names(folder.path()),
                old.map(|_| "out.svg".to_owned()).into_iter().collect::<Vec<_>>()
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_readable_and_an_old_one_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.svg");
        let mode = || std::fs::metadata(&path).expect("there").permissions().mode() & 0o777;
        let write = || write_whole_file(&path, |out| out.write_all(b"new")).expect("written");
        write();
        assert_eq!(mode(), 0o644);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("changed");
        write();
        assert_eq!(mode(), 0o640);
    }
}
