//! Any bytes as text with goroutine dumps: every id points into the tables, and the same text gives the same result.

use goscope_parsers::dump::{DumpOptions, read_dumps};

pub(crate) fn run(data: &[u8]) {
    // A bomb must stop here as it does at the usual limit, only sooner.
    let options = DumpOptions { max_inflated_bytes: 1 << 20, ..DumpOptions::default() };
    let Ok(file) = read_dumps(data, &options) else { return };
    for dump in &file.dumps {
        assert!(!dump.goroutines.is_empty());
        for row in &dump.goroutines {
            let stack = file.tables.stack(row.stack);
            for &frame in stack.frames.iter().chain(&stack.creator) {
                let _ = (file.tables.function(frame), file.tables.file(frame));
            }
            let _ = (file.tables.state(row.state), file.tables.words(row.words));
            let _ = file.tables.labels(row.labels).count();
        }
    }
    let again = read_dumps(data, &options).expect("what was read is read again");
    assert_eq!(format!("{:?}", again.dumps), format!("{:?}", file.dumps));
}
