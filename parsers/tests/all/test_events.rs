//! Events of `go test`: whatever the bytes are, they are read to the end, and the same however they are cut.

use std::panic::catch_unwind;

use goscope_parsers::TextOptions;
use goscope_parsers::test_events::{TestEvent, TestEventReader, read_test_events};
use goscope_test_support::{Random, corpus, files_below};

fn show(event: &TestEvent<'_>) -> String {
    format!("{:?} {} {} {:?} {:?}", event.action, event.package, event.test, event.time_nanos, event.output)
}

/// The events of bytes that come in pieces.
fn events(bytes: &[u8], piece: usize) -> Vec<String> {
    let mut events = Vec::new();
    let mut reader = TestEventReader::default();
    for piece in bytes.chunks(piece.max(1)) {
        reader.push(piece, &mut |event| events.push(show(&event)));
    }
    reader.finish(&mut |event| events.push(show(&event)));
    events
}

#[test]
fn json_and_text_give_events() {
    let json = br#"{"Time":"2026-01-01T00:00:00Z","Action":"run","Package":"p","Test":"T"}
{"Action":"output","Package":"p","Test":"T","Output":"a\u003cb\n"}
not JSON
"#;
    insta::assert_snapshot!(events(json, 7).join("\n"), @r#"
    Run p T Some(1767225600000000000) ""
    Output p T None "a<b\n"
    Output   None "not JSON\n"
    "#);
    insta::assert_snapshot!(events(b"=== RUN   T\nhello\n--- PASS: T (0.00s)\nok  \tp\t0.1s\n", 5).join("\n"), @r#"
    Run  T None ""
    Output  T None "=== RUN   T\n"
    Output  T None "hello\n"
    Output  T None "--- PASS: T (0.00s)\n"
    Pass  T None ""
    Output p  None "ok  \tp\t0.1s\n"
    Pass p  None ""
    "#);
}

#[test]
fn what_holds_no_event_is_no_test_run() {
    let read = |bytes: &[u8]| {
        read_test_events(bytes, &TextOptions::default(), &mut |_| {}).map_err(|error| error.to_string())
    };
    assert!(read(b"ok  \tp\t0.1s\n").is_ok());
    insta::assert_snapshot!(read(b"hello\n").expect_err("no event"), @"this is no output of go test: it has no events of go test -json and no lines of go test -v");
}

#[test]
fn damaged_streams_are_read_to_the_end() {
    let mut victims =
        vec![b"=== RUN   T\n    --- FAIL: T/a (0.1s)\n\x16--- FAIL: T (1s)\nFAIL\tp\t0.1s\n".to_vec()];
    let files = corpus("testing/json").map(|folder| files_below(&folder, &[".json"])).unwrap_or_default();
    victims.extend(files.iter().map(|file| std::fs::read(file).expect("a readable file")));
    for (number, bytes) in victims.iter().enumerate() {
        let whole = events(bytes, usize::MAX);
        assert_eq!(events(bytes, 13), whole, "file {number} in pieces");
        for seed in 0..300 {
            let mut random = Random(seed);
            let mut damaged = bytes.clone();
            for _ in 0..=random.below(20) {
                let at = random.below(damaged.len());
                damaged[at] ^= 1 + random.below(255) as u8;
            }
            damaged.truncate(random.below(damaged.len() + 1));
            assert!(catch_unwind(|| events(&damaged, 4096)).is_ok(), "file {number}, seed {seed}: see above");
        }
    }
}
