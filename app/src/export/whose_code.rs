//! Whose code a function is, in the words of formats that color by it.

use goscope_analysis::symbol::{FrameKind, is_dependency, kind_of};
use goscope_parsers::interop::FrameCategory;

/// The category of a function, by name and file.
pub fn frame_category(name: &str, file: &str) -> FrameCategory {
    match kind_of(name) {
        FrameKind::Runtime => FrameCategory::Runtime,
        FrameKind::StdLib => FrameCategory::StandardLibrary,
        FrameKind::User if is_dependency(file) => FrameCategory::Dependencies,
        FrameKind::User => FrameCategory::Application,
        FrameKind::Unknown => FrameCategory::Other,
    }
}
