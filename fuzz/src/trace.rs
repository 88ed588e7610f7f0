//! Any bytes as an execution trace: read in both modes, printed, counted: `fuzz/run.sh trace 60`.

use goscope_parsers::trace::{Strictness, TraceReader, footprint, write_event, write_event_json};

pub(crate) fn run(data: &[u8]) {
    for strictness in [Strictness::Salvage, Strictness::LikeGo] {
        let Ok(mut reader) = TraceReader::with_strictness(data, strictness) else { return };
        let (mut text, mut last_time, mut count) = (String::new(), i64::MIN, 0_usize);
        while let Some(chunk) = reader.next_chunk() {
            for event in chunk.events {
                assert!(event.time > last_time || last_time == i64::MAX);
                last_time = event.time;
                count += 1;
                text.clear();
                write_event(&mut text, event, chunk.tables);
                write_event_json(&mut text, event, chunk.tables);
            }
        }
        assert!(count <= data.len() * 3 + 16);
        assert!((0.0..=1.0).contains(&reader.lost_share()));
        assert!(reader.problems().iter().all(|problem| problem.offset <= data.len() as u64));
    }
    let _ = footprint(data);
}
