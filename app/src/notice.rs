//! What opening an input tells whoever asked for it.

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice<'a> {
    /// What is waited for.
    Waiting(&'a str),
    /// What of the input could not be read, while the rest was.
    Lost(&'a str),
}
