//! Pieces that several `--json` reports share; the schema is written down in docs/json.md.

use goscope_analysis::profile::frame::Frame;
use serde::Serialize;

/// A frame. Fields that the granularity does not keep are left out.
#[derive(Serialize)]
pub(super) struct FrameJson {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    file: String,
    #[serde(skip_serializing_if = "is_zero")]
    line: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    address: String,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl From<&Frame> for FrameJson {
    fn from(frame: &Frame) -> Self {
        // A frame without a function name is named by its file, its binary or <unknown>.
        let name = if frame.name.is_empty() { frame.printable_name() } else { frame.name.clone() };
        let address = if frame.address == 0 { String::new() } else { format!("{:#x}", frame.address) };
        Self { name, file: frame.file.clone(), line: frame.line, address }
    }
}
