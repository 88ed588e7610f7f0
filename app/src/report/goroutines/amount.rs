//! How much of a dump is written.

/// How much is written.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    /// Groups at most; `None` for all.
    pub groups: Option<usize>,
    /// Whether all frames are shown, also those of the standard library.
    pub is_full: bool,
}
