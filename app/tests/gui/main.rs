//! The window without a display: driven by label, click and key, drawn on the CPU.

mod habits;
mod profile;
mod random;
mod support;
mod tasks;
mod texts;
mod trace;
