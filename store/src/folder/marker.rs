//! The file that says that a folder is a store.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::parts::put;
use crate::error::StoreError;
use crate::schema::VERSION;

/// Its name. Dialogs for files can choose it, where they cannot choose a folder.
pub const MARKER: &str = "goscope-store.json";

/// What is in it.
#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: String,
    version: u32,
}

/// Whether a folder is a store; an error if it is one that this program cannot read.
pub(crate) fn is_store(root: &Path) -> Result<bool, StoreError> {
    let path = root.join(MARKER);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(StoreError::io(&path)(error)),
    };
    let damaged = |reason: String| StoreError::Damaged { place: path.display().to_string(), reason };
    let marker: Marker = serde_json::from_slice(&text)
        .map_err(|error| damaged(format!("it does not say what this folder is: {error}")))?;
    if marker.format != "goscope-store" {
        return Err(damaged(format!(
            "it says that this folder is a {:?}, not a goscope-store",
            marker.format
        )));
    }
    if marker.version > VERSION {
        return Err(damaged(format!(
            "the store is of version {}, this goscope knows {VERSION}: update goscope, or use another folder",
            marker.version
        )));
    }
    Ok(true)
}

/// Refuses what is no store.
pub(crate) fn check(root: &Path) -> Result<(), StoreError> {
    let place = root.display();
    if !root.exists() {
        return Err(StoreError::Usage(format!(
            "{place}: there is no such folder; `goscope store add {place} FILES…` makes one"
        )));
    }
    if is_store(root)? {
        return Ok(());
    }
    Err(StoreError::Usage(format!(
        "{place} is no store: it has no file {MARKER}; `goscope store add` makes one in an empty folder"
    )))
}

/// Makes the folder of a store where there is none; an error if it is there and holds something else.
pub(crate) fn prepare(root: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(root).map_err(StoreError::io(root))?;
    if is_store(root)? {
        return Ok(());
    }
    let mut entries = fs::read_dir(root).map_err(StoreError::io(root))?;
    // A folder with its own lock is one that another program begins this moment, or ended in.
    let is_foreign = |entry: io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
    };
    if entries.any(is_foreign) {
        let place = root.display();
        return Err(StoreError::Usage(format!(
            "{place} holds other files and is no store: name an empty folder, or one that is not there yet"
        )));
    }
    Ok(())
}

/// Makes a store of a folder that was prepared, unless it is one. To be called by who holds the lock.
pub(crate) fn create(root: &Path) -> Result<(), StoreError> {
    if is_store(root)? {
        return Ok(());
    }
    let marker = Marker { format: "goscope-store".to_owned(), version: VERSION };
    put(&root.join(MARKER), &serde_json::to_vec(&marker).unwrap_or_default())
}
