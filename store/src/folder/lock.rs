//! One writer at a time.
//!
//! The lock is the system's, on a file in the store: it ends with the process that holds it, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::StoreError;

/// The file that is locked.
pub(super) const NAME: &str = ".goscope-lock";

/// How long a writer waits for another one.
const WAIT: Duration = Duration::from_secs(30);

/// How often it asks.
const POLL: Duration = Duration::from_millis(50);

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: Option<File>,
}

/// Waits for the right to write.
///
/// # Errors
/// If another program has it for longer than half a minute, or the lock cannot be made.
pub(crate) fn lock(root: &Path) -> Result<Lock, StoreError> {
    let path = root.join(NAME);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(StoreError::io(&path))?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { _file: Some(file) }),
            // Some network file systems have no locks. Files still appear whole there, under names that their content makes.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok(Lock { _file: None });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io(&path)(error)),
            Err(TryLockError::WouldBlock) if begun.elapsed() >= WAIT => {
                let place = root.display();
                return Err(StoreError::Busy(format!(
                    "{place}: another goscope has been writing to this store for {} s; try again when it has ended",
                    WAIT.as_secs()
                )));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(POLL),
        }
    }
}
