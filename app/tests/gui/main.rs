//! The window without a display: driven by label, click and key, drawn on the CPU.

mod access;
mod archives;
mod capture;
mod dumps;
mod explained;
mod exports;
mod habits;
mod live;
mod memory;
mod names;
mod notes;
mod profile;
mod random;
mod sessions;
mod stores;
mod support;
mod tasks;
mod testing;
mod texts;
mod tiles;
mod trace;
