//! Whether somebody wants to stop: Ctrl-C, or a signal that ends programs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;

use crate::cli::failure::Failure;

/// The exit code of a program that was stopped by Ctrl-C.
pub(super) const STOPPED: u8 = 130;

/// Set once.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens from now on.
    pub(super) fn listen() -> Result<Self, Failure> {
        let stop = Self::default();
        let heard = stop.clone();
        ctrlc::set_handler(move || heard.0.store(true, Ordering::Relaxed))
            .context("cannot listen for Ctrl-C")
            .map_err(Failure::Usage)?;
        Ok(stop)
    }

    /// The same, when the signal may be on its way.
    pub(super) fn is_set_soon(&self) -> bool {
        thread::sleep(Duration::from_millis(50));
        self.is_set()
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
