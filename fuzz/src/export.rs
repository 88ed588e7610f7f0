//! Any bytes as a trace or a profile that goes out for other tools: Perfetto, Firefox, CSV and JSON, which stay what their
//! readers read.

use goscope::export::firefox_trace::write_firefox_trace;
use goscope::export::perfetto::write_perfetto;
use goscope::export::sample_rows::{write_csv, write_json};
use goscope_analysis::trace::load::trace_model;
use goscope_parsers::Progress;
use goscope_parsers::pprof::{ParseOptions, parse_profile};
use serde_json::Value;

pub(crate) fn run(data: &[u8]) {
    let (mut file, mut text) = (Vec::new(), Vec::new());
    if let Ok(model) = trace_model(data, &Progress::new()) {
        write_perfetto(&model, "a trace", &mut file).expect("memory takes everything");
        write_firefox_trace(&model, "a trace", &mut text).expect("memory takes everything");
        serde_json::from_slice::<Value>(&text).expect("JSON");
        return;
    }
    let options = ParseOptions { max_inflated_bytes: 1 << 20, ..ParseOptions::default() };
    let Ok(profile) = parse_profile(data, &options) else { return };
    write_csv(&profile, &mut file).expect("memory takes everything");
    write_json(&profile, &mut text).expect("memory takes everything");
    serde_json::from_slice::<Value>(&text).expect("JSON");
}
