//! The window: what the user sees and does. Views read, commands change, workers compute.

pub mod app;
pub mod captures;
pub mod command;
pub mod command_list;
mod exports;
mod fonts;
mod held_keys;
pub mod hue;
mod lane_picture;
mod lens_changes;
mod lens_reading;
pub mod library;
pub mod panels;
pub mod parts;
pub mod preferences;
mod session_state;
pub mod session_store;
mod shortcuts;
pub mod store;
pub mod theme;
pub mod tiles;
pub mod update;
pub mod view;
pub mod view_states;
pub mod views;
pub mod widgets;
mod window;

pub use crate::session::{layout, selection, testing_lens, trace_lens, view_id, workspace};
pub use window::{has_display, run};
