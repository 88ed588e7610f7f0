//! Any bytes as what `go test` prints: read at once and in pieces, which must give the same events.

#![no_main]

use goscope_parsers::TextOptions;
use goscope_parsers::test_events::{TestEventReader, read_test_events};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let options = TextOptions { max_inflated_bytes: 1 << 20, ..TextOptions::default() };
    let mut whole = Vec::new();
    if read_test_events(data, &options, &mut |event| whole.push(format!("{event:?}"))).is_err() {
        return;
    }
    // Compressed files are read whole, a program's output comes as it is.
    if data.starts_with(&[0x1f, 0x8b]) || data.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return;
    }
    let mut pieces = Vec::new();
    let mut reader = TestEventReader::default();
    let size = usize::from(data.first().copied().unwrap_or(0) % 16) + 1;
    data.chunks(size).for_each(|piece| reader.push(piece, &mut |event| pieces.push(format!("{event:?}"))));
    reader.finish(&mut |event| pieces.push(format!("{event:?}")));
    assert_eq!(pieces, whole);
});
