//! A thread as the Firefox Profiler has it: tables in columns, rows by number.

use serde::Serialize;
use serde_json::Value;

/// A thread as the profiler has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thread {
    pub(super) name: String,
    pub(super) is_main_thread: bool,
    pub(super) process_type: &'static str,
    pub(super) process_name: String,
    pub(super) process_startup_time: f64,
    pub(super) process_shutdown_time: Option<f64>,
    pub(super) register_time: f64,
    pub(super) unregister_time: f64,
    pub(super) paused_ranges: [u8; 0],
    pub(super) pid: &'static str,
    pub(super) tid: i64,
    pub(super) show_markers_in_timeline: bool,
    pub(super) string_array: Vec<String>,
    pub(super) samples: Samples,
    pub(super) markers: Markers,
    pub(super) stack_table: StackTable,
    pub(super) frame_table: FrameTable,
    pub(super) func_table: FuncTable,
    pub(super) resource_table: Value,
    pub(super) native_symbols: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Samples {
    pub(super) length: usize,
    pub(super) weight_type: &'static str,
    pub(super) weight: Option<u8>,
    pub(super) stack: Vec<Option<usize>>,
    pub(super) time: Vec<f64>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Markers {
    pub(super) length: usize,
    pub(super) category: Vec<usize>,
    pub(super) data: Vec<Marker>,
    pub(super) end_time: Vec<f64>,
    pub(super) name: Vec<usize>,
    /// 1: an interval.
    pub(super) phase: Vec<u8>,
    pub(super) start_time: Vec<f64>,
}

#[derive(Serialize)]
#[serde(tag = "type")]
pub(super) enum Marker {
    State { reason: String, stack: String },
    Region { task: String },
}

#[derive(Default, Serialize)]
pub(super) struct StackTable {
    pub(super) length: usize,
    pub(super) prefix: Vec<Option<usize>>,
    pub(super) frame: Vec<usize>,
    pub(super) category: Vec<usize>,
    pub(super) subcategory: Vec<u8>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FrameTable {
    pub(super) length: usize,
    pub(super) address: Vec<i8>,
    pub(super) inline_depth: Vec<u8>,
    pub(super) category: Vec<usize>,
    pub(super) subcategory: Vec<u8>,
    pub(super) func: Vec<usize>,
    pub(super) native_symbol: Vec<Option<u8>>,
    #[serde(rename = "innerWindowID")]
    pub(super) inner_window_id: Vec<Option<u8>>,
    pub(super) line: Vec<Option<u64>>,
    pub(super) column: Vec<Option<u8>>,
    pub(super) implementation: Vec<Option<u8>>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FuncTable {
    pub(super) length: usize,
    pub(super) name: Vec<usize>,
    #[serde(rename = "isJS")]
    pub(super) is_js: Vec<bool>,
    #[serde(rename = "relevantForJS")]
    pub(super) relevant_for_js: Vec<bool>,
    pub(super) resource: Vec<i8>,
    pub(super) file_name: Vec<Option<usize>>,
    pub(super) line_number: Vec<Option<u64>>,
    pub(super) column_number: Vec<Option<u8>>,
}
