//! A model and what is known of it: what answers ask.

use std::ops::Deref;

pub(super) use crate::trace::facts::WaitKind;
use crate::trace::facts::{Facts as DataFacts, LockSites};
use crate::trace::model::TraceModel;

/// The facts of a model. All that only the data says is read off it as off [`crate::trace::facts::Facts`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'m> {
    pub(super) model: &'m TraceModel,
    known: DataFacts<'m>,
}

impl<'m> Facts<'m> {
    /// Finds them out, if nobody did before, on all cores.
    pub(super) fn new(model: &'m TraceModel) -> Self {
        Self { model, known: model.facts() }
    }

    /// Who may have held which lock, found out if nobody did before. What else paths need is made too: who asks for it from
    /// within work on many cores would wait for that work.
    pub(super) fn lock_sites(&self) -> &'m LockSites {
        self.model.proc_time();
        self.model.lock_sites()
    }
}

impl<'m> Deref for Facts<'m> {
    type Target = DataFacts<'m>;

    fn deref(&self) -> &DataFacts<'m> {
        &self.known
    }
}
