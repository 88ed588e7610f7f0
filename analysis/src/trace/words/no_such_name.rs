//! What to say of a function or region that was asked for by a name that nothing has.

/// A filter names something that is not in the trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchName {
    /// The name is not that of any goroutine's function.
    #[error("no goroutine in this trace starts in {0:?}")]
    Function(String),
    /// The name is not that of any region.
    #[error("no region in this trace is called {0:?}")]
    Region(String),
}
