//! What the tests of the window share.

pub(crate) mod copied;
pub(crate) mod elsewhere;
pub(crate) mod fleet;
pub(crate) mod software_renderer;
pub(crate) mod views;
pub(crate) mod window;
