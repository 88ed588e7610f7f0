//! The parts of the window around the views.

pub mod answer_band;
pub mod break_form;
pub mod capture;
pub mod command_palette;
pub mod drop_veil;
pub mod filter_bar;
pub mod key_sheet;
pub mod loading;
mod new_filter;
pub mod note_editor;
pub mod problems;
pub mod results_band;
mod sides;
pub mod start;
pub mod status_bar;
pub mod store_band;
mod store_bar;
pub mod top_bar;
pub mod verdict_band;
