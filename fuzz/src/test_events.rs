//! Any bytes as what `go test` prints: read at once and in pieces, which must give the same events.

use goscope_parsers::TextOptions;
use goscope_parsers::test_events::{TestEventReader, read_test_events};

pub(crate) fn run(data: &[u8]) {
    let options = TextOptions { max_inflated_bytes: 1 << 20, ..TextOptions::default() };
    let mut whole = Vec::new();
    if read_test_events(data, &options, &mut |event| whole.push(format!("{event:?}"))).is_err() {
        return;
    }
    // Files may be compressed or begin with a mark of their encoding; what a program prints comes as it is.
    let of_files: [&[u8]; 5] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    if of_files.iter().any(|begin| data.starts_with(begin)) {
        return;
    }
    let mut pieces = Vec::new();
    let mut reader = TestEventReader::default();
    let size = usize::from(data.first().copied().unwrap_or(0) % 16) + 1;
    data.chunks(size).for_each(|piece| reader.push(piece, &mut |event| pieces.push(format!("{event:?}"))));
    reader.finish(&mut |event| pieces.push(format!("{event:?}")));
    assert_eq!(pieces, whole);
}
