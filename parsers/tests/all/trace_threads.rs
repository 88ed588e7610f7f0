//! The order of events must not depend on the number of threads that help to read.

use goscope_parsers::trace::{Event, TraceReader};
use goscope_test_support::{corpus, files_below, sample};

/// Traces above this are left out: reading each several times should not take long.
const MAX_BYTES: usize = 3 << 20;

/// All events, and everything that their ids stand for, as text.
fn read(bytes: &[u8]) -> (Vec<Event>, String) {
    let Ok(mut reader) = TraceReader::new(bytes) else { return (Vec::new(), "unreadable".to_owned()) };
    let events = reader.by_ref().collect();
    let tables = reader.tables();
    let mut text = format!("{:?}\n{:?}\n", reader.problems(), tables.generations());
    for id in 0..tables.string_count() as u32 {
        text.push_str(&tables.string_lossy(goscope_parsers::trace::StringId(id)));
    }
    for id in 0..tables.stack_count() as u32 {
        text.push_str(&format!("{:?}", tables.stack(goscope_parsers::trace::StackId(id))));
    }
    for id in 0..tables.goroutine_count() as u32 {
        text.push_str(&tables.goid(goscope_parsers::trace::GoId(id)).to_string());
    }
    (events, text)
}

#[test]
fn one_two_and_five_threads_give_the_same_events_and_tables() {
    let mut paths = files_below(&sample("trace"), &[".trace"]);
    assert!(paths.len() >= 5, "the samples are there");
    paths.extend(corpus("trace-conformance").iter().flat_map(|folder| files_below(folder, &[".trace"])));
    let pools = [1, 2, 5].map(|threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started")
    });
    for path in paths {
        let bytes = std::fs::read(&path).expect("the trace is readable");
        if bytes.len() > MAX_BYTES {
            continue;
        }
        let [alone, with_two, with_five] = pools.each_ref().map(|pool| pool.install(|| read(&bytes)));
        assert!(alone == with_two, "{} with two threads", path.display());
        assert!(alone == with_five, "{} with five threads", path.display());
    }
}
