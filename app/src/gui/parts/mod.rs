//! What several views and panels are made of and what knows more than egui and plain data: the commands, what a tab
//! looks at, and how far an answer is.

pub mod frame_menu;
pub mod function_in_trace;
pub mod function_table;
pub mod judged_row;
pub mod line_menu;
pub mod notes;
pub mod placeholder;
pub mod sentence;
pub mod store;
