//! The parts of a store: listing, writing, taking away.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use parquet::errors::ParquetError;

use super::layout::{Partition, SUFFIX};
use super::lock;
use crate::error::StoreError;
use crate::schema::Table;

/// How the name of a file begins that is being written.
const UNFINISHED: &str = ".goscope-";

/// A part of a table that is kept by day and service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PartId {
    pub(crate) partition: Partition,
    /// Its name without the end.
    pub(crate) name: String,
}

impl PartId {
    /// Its file in a table.
    pub(crate) fn path(&self, root: &Path, table: Table) -> PathBuf {
        self.partition.folder(root, table).join(format!("{}{SUFFIX}", self.name))
    }
}

/// All parts of a table by day and service, in order. `is_wanted` is asked about days (with an empty service) and services.
pub(crate) fn parts(
    root: &Path,
    table: Table,
    is_wanted: impl Fn(&str, Option<&str>) -> bool,
) -> Result<Vec<PartId>, StoreError> {
    let mut parts = Vec::new();
    let top = root.join(table.name());
    for (date, days) in folders(&top, "date=")? {
        if !is_wanted(&date, None) {
            continue;
        }
        for (service, folder) in folders(&days, "service=")? {
            if !is_wanted(&date, Some(&service)) {
                continue;
            }
            let partition = Partition { date: date.clone(), service };
            for name in files(&folder)? {
                parts.push(PartId { partition: partition.clone(), name });
            }
        }
    }
    parts.sort();
    Ok(parts)
}

/// The files of a dictionary, in order.
pub(crate) fn dictionary_files(root: &Path, table: Table) -> Result<Vec<PathBuf>, StoreError> {
    let folder = root.join(table.name());
    let mut files: Vec<PathBuf> =
        files(&folder)?.into_iter().map(|name| folder.join(format!("{name}{SUFFIX}"))).collect();
    files.sort();
    Ok(files)
}

/// Folders whose names begin so, with the rest of their names. Links are not followed: they may lead out of the store.
fn folders(folder: &Path, prefix: &str) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let mut found = Vec::new();
    for entry in entries(folder)? {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(prefix)) else { continue };
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.push((rest.to_owned(), entry.path()));
        }
    }
    Ok(found)
}

/// Names of the parts in a folder, without their ends.
fn files(folder: &Path) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for entry in entries(folder)? {
        let name = entry.file_name();
        let Some(name) = name.to_str().and_then(|name| name.strip_suffix(SUFFIX)) else { continue };
        if !name.starts_with('.') && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            found.push(name.to_owned());
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<fs::DirEntry>, StoreError> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect::<io::Result<_>>().map_err(StoreError::io(folder)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(StoreError::io(folder)(error)),
    }
}

/// The bytes of a file; `None` if it has gone meanwhile, as when parts are compacted.
fn read(path: &Path) -> Result<Option<Bytes>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Bytes::from(bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io(path)(error)),
    }
}

/// Reads a file; `None` if it has gone.
pub(crate) fn read_file<T>(
    path: &Path,
    read_bytes: impl FnOnce(Bytes) -> Result<T, ParquetError>,
) -> Result<Option<T>, StoreError> {
    let Some(bytes) = read(path)? else { return Ok(None) };
    // The library panics over some damage that is not at the end of the file.
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read_bytes(bytes)));
    let result = result.unwrap_or_else(|_| Err(ParquetError::General("it makes no sense".to_owned())));
    result.map(Some).map_err(|error| StoreError::damaged(&path.display().to_string())(error))
}

/// Writes a file so that it appears whole, and is there after a power cut.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(path);
    let write = || {
        fs::create_dir_all(folder)?;
        let mut file = unfinished(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        sync_folder(folder)
    };
    write().map_err(StoreError::io(path))
}

/// A new file that is taken away unless it is given its name. Who may read it is for the user's umask to say, as of all
/// files: a store is there for a team.
fn unfinished(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(mode);
    builder.tempfile_in(folder)
}

/// The name of a file is in its folder, which has to reach the disk as well.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Takes a file away; one that has gone already is fine.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io(path)(error)),
        _ => Ok(()),
    }
}

/// Takes away what a writer left that was stopped: samples whose profiles were never written, and files that were not
/// complete. To be called by who holds the lock.
pub(crate) fn sweep(root: &Path) -> Result<(), StoreError> {
    let profiles: BTreeSet<PartId> = parts(root, Table::Profiles, |_, _| true)?.into_iter().collect();
    for part in parts(root, Table::Samples, |_, _| true)? {
        if !profiles.contains(&part) {
            remove(&part.path(root, Table::Samples))?;
        }
    }
    sweep_unfinished(root)?;
    for table in Table::ALL {
        let top = root.join(table.name());
        sweep_unfinished(&top)?;
        for (_, days) in folders(&top, "date=")? {
            for (_, folder) in folders(&days, "service=")? {
                sweep_unfinished(&folder)?;
            }
        }
    }
    Ok(())
}

fn sweep_unfinished(folder: &Path) -> Result<(), StoreError> {
    for entry in entries(folder)? {
        let is_unfinished =
            entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED) && name != lock::NAME);
        if is_unfinished && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}
