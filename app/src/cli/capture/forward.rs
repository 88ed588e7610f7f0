//! Forwarded ports of pods for as long as they are needed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::anyhow;
use goscope_remote::port_forward::{Pod, PortForward};

use super::super::failure::{Failure, STOPPED};
use crate::capture::board::Board;

/// Ports of pods, by the names of those. Whoever ends the program in a hurry ends them, too.
#[derive(Clone, Debug, Default)]
pub(super) struct Forwards {
    all: Arc<Mutex<Vec<(String, PortForward)>>>,
}

impl Forwards {
    /// Forwards a port of each pod, in turn: kubectl may open a browser for a login.
    pub(super) fn start(&self, pods: &[String], board: &Board) -> Result<(), Failure> {
        // What is written wrong is said before anybody is asked.
        let parse =
            |text: &String| Pod::parse(text).map_err(|error| Failure::Usage(anyhow!("--k8s {error}")));
        let parsed: Vec<Pod> = pods.iter().map(parse).collect::<Result<_, _>>()?;
        for (name, pod) in pods.iter().zip(parsed) {
            let forward = PortForward::start(&pod, &|| board.is_stopped());
            let forward = forward.map_err(|error| match board.is_stopped() {
                true => Failure::Gate(STOPPED),
                false => Failure::Input(anyhow!("--k8s {name}: {error}")),
            })?;
            self.all().push((name.clone(), forward));
        }
        Ok(())
    }

    /// Names of pods, and where they are reached.
    pub(super) fn places(&self) -> Vec<(String, String)> {
        self.all().iter().map(|(name, forward)| (name.clone(), forward.place().to_owned())).collect()
    }

    /// Ends them.
    pub(super) fn end(&self) {
        self.all().clear();
    }

    fn all(&self) -> MutexGuard<'_, Vec<(String, PortForward)>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
