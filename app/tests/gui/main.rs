//! The window without a display: driven by label, click and key, drawn on the CPU.

mod profile;
mod support;
mod texts;
mod trace;
