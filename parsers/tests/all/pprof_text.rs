//! Text profiles and the old binary form: text in, text out.
//!
//! Values, addresses and mappings are what `go tool pprof -raw` (Go 1.27) prints for the same input; names and labels
//! are read beyond that.

use goscope_parsers::pprof::{LocationId, Profile};
use goscope_test_support::{corpus, files_below};

use crate::support::parse;

/// A profile as text: a line with types and header, then one a sample, leaf first, then mappings.
pub(crate) fn dump(profile: &Profile) -> String {
    let types: Vec<String> = profile
        .sample_types
        .iter()
        .map(|value_type| format!("{}/{}", profile.text(value_type.kind), profile.text(value_type.unit)))
        .collect();
    let period_type = profile.period_type.map_or(String::new(), |of| profile.text(of.kind).into_owned());
    let mut text = format!("{} period {} {period_type}\n", types.join(" "), profile.period);
    for sample in 0..profile.samples.len() {
        let values: Vec<String> = profile.samples.values(sample).iter().map(i64::to_string).collect();
        let stack: Vec<String> =
            profile.samples.stack(sample).iter().map(|&location| frames(profile, location)).collect();
        let labels: Vec<String> =
            profile.samples.labels(sample).iter().map(|of| label(profile, of)).collect();
        text += format!("{}: {} {}", values.join(" "), stack.join(" "), labels.join(" ")).trim_end();
        text += "\n";
    }
    for mapping in &profile.mappings {
        let file = profile.text(mapping.filename);
        let range = format!("mapping {:x}-{:x} {file}", mapping.memory_start, mapping.memory_limit);
        text += range.trim_end();
        text += "\n";
    }
    text
}

/// `address` or `address=innermost:line<caller:line`.
fn frames(profile: &Profile, location: LocationId) -> String {
    let address = format!("{:x}", profile.locations.address(location));
    let lines: Vec<String> = profile
        .locations
        .lines(location)
        .iter()
        .map(|line| {
            let function = &profile.functions[line.function.index()];
            format!("{}@{}:{}", profile.text(function.name), profile.text(function.filename), line.line)
        })
        .collect();
    if lines.is_empty() { address } else { format!("{address}={}", lines.join("<")) }
}

fn label(profile: &Profile, label: &goscope_parsers::pprof::Label) -> String {
    let key = profile.text(label.key);
    if label.is_numeric() {
        format!("{key}={} {}", label.num, profile.text(label.num_unit))
    } else {
        format!("{key}={}", profile.text(label.str))
    }
}

/// What comes of a text: the profile or the error.
fn read(text: &str) -> String {
    match parse(text.as_bytes()) {
        Ok(profile) => dump(&profile),
        Err(error) => error.to_string(),
    }
}

#[test]
fn folded_stacks_become_samples_with_the_leaf_first() {
    insta::assert_snapshot!(read("# comment\nmain;work;read file 3\n\nmain 1\nmain;work -2\r\n"), @r#"
    samples/count period 0 
    3: 0=read file@:0 0=work@:0 0=main@:0
    1: 0=main@:0
    -2: 0=work@:0 0=main@:0
    "#);
    let bad_line = format!("{}main;work\n", "main;work 3\n".repeat(20));
    insta::assert_snapshot!(read(&bad_line), @r#"malformed text profile: "main;work" is not a number after a stack and a space (line 21)"#);
}

#[test]
fn a_goroutine_profile_has_names_inlined_frames_and_labels() {
    let text = "goroutine profile: total 3\n\
        2 @ 0x11 0x21 0x31 0x41\n\
        # labels: {\"path\":\"/orders\", \"user\":\"a \\\"b\\\"\"}\n\
        #\t0x20\ttime.Sleep+0xbe\t\t/go/src/time/time.go:188\n\
        #\t0x20\tmain.nap+0x10\t\t/src/main.go:12\n\
        #\t0x30\tmain.main+0x29\t\t/src/main.go:30\n\
        \n\
        1 @ 0x21 0x21 0x31 0x41\n\
        \n";
    insta::assert_snapshot!(read(text), @r#"
    goroutine/count period 1 goroutine
    2: 10 20=time.Sleep@/go/src/time/time.go:188<main.nap@/src/main.go:12 30=main.main@/src/main.go:30 40=runtime.goexit@:0 path=/orders user=a "b"
    1: 20=time.Sleep@/go/src/time/time.go:188<main.nap@/src/main.go:12 20=time.Sleep@/go/src/time/time.go:188<main.nap@/src/main.go:12 30=main.main@/src/main.go:30 40=runtime.goexit@:0
    mapping 0-ffffffffffffffff
    "#);
}

#[test]
fn a_threadcreate_profile_without_stacks_is_read() {
    insta::assert_snapshot!(read("threadcreate profile: total 2\n1 @ 0x0\n#\t0x0\n\n1 @\n"), @r#"
    threadcreate/count period 1 threadcreate
    1: ffffffffffffffff
    1:
    mapping 0-ffffffffffffffff
    "#);
}

#[test]
fn rows_that_are_none_are_told_with_their_line() {
    let rows = ["x @ 0x1", "1@ 0x1", "1 @ 0x1 zz", "1 @ 0x10000000000000000", "9999999999999999999 @ 0x1"];
    let verdicts: Vec<String> =
        rows.iter().map(|row| read(&format!("goroutine profile: total 1\n{row}\n"))).collect();
    insta::assert_snapshot!(verdicts.join("\n"), @r#"
    malformed text profile: "x @ 0x1" is not a row of this kind of profile (line 2)
    malformed text profile: "1@ 0x1" is not a row of this kind of profile (line 2)
    malformed text profile: "1 @ 0x1 zz" is not a row of this kind of profile (line 2)
    malformed text profile: "1 @ 0x10000000000000000" is not a row of this kind of profile (line 2)
    malformed text profile: "9999999999999999999 @ 0x1" is not a row of this kind of profile (line 2)
    "#);
}

#[test]
fn a_heap_profile_is_scaled_up_from_its_samples() {
    // 327680 bytes in one object at a rate of 524288: pprof 1.27 says 2 objects of 705084 bytes.
    let text = "heap profile: 1: 327680 [3: 400000] @ heap/1048576\n\
        1: 327680 [1: 327680] @ 0x11 0x21\n\
        #\t0x20\tmain.fill+0x8\tmain.go:3\n\
        \n\
        0: 0 [2: 72320] @ 0x11 0x31\n\
        \n\
        # runtime.MemStats\n\
        # Alloc = 5063936\n";
    insta::assert_snapshot!(read(text), @r#"
    alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes period 524288 space
    2 705084 2 705084: 20=main.fill@main.go:3 bytes=327680
    30 1085151 0 0: 10 30 bytes=36160
    mapping 0-ffffffffffffffff
    "#);
}

#[test]
fn the_kind_of_a_heap_profile_decides_types_and_period() {
    let header = |header: &str| read(&format!("heap profile: {header}\n4: 8 [4: 8] @ 0x11\n"));
    let headers = [
        "4: 8 [4: 8] @ heap/2",
        "4: 8 [5: 8] @ heap/2",
        "4: 8 [0: 0] @ heap_v2/1",
        "4: 8 [4: 8] @ heapprofile",
        "4: 8 [4: 8] @ growthz",
        "4: 8 [4: 8] @ something",
    ];
    let verdicts: Vec<String> = headers.iter().map(|text| header(text)).collect();
    insta::assert_snapshot!(verdicts.join("\n"), @r#"
    objects/count space/bytes period 1 space
    4 8: 10 bytes=2
    mapping 0-ffffffffffffffff
    
    alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes period 1 space
    4 8 4 8: 10 bytes=2
    mapping 0-ffffffffffffffff
    
    objects/count space/bytes period 1 space
    4 8: 10 bytes=2
    mapping 0-ffffffffffffffff
    
    objects/count space/bytes period 1 space
    4 8: 10 bytes=2
    mapping 0-ffffffffffffffff
    
    objects/count space/bytes period 1 space
    4 8: 10 bytes=2
    mapping 0-ffffffffffffffff
    
    malformed text profile: not a header of a heap profile (line 1)
    "#);
    insta::assert_snapshot!(read("heap profile: 1: 2 [3: 4] @ heap/2\n0: 8 [0: 0] @ 0x1\n"), @"malformed text profile: 8 bytes in use in no object (line 2)");
}

#[test]
fn contentions_are_counted_in_nanoseconds() {
    let text = "--- mutex:\ncycles/second=2000000000\nsampling period=5\n1000 3 @ 0x11 0x21\n\
        #\t0x20\tsync.(*Mutex).Unlock+0x1\tsync/mutex.go:1\n";
    insta::assert_snapshot!(read(text), @r#"
    contentions/count delay/nanoseconds period 5 contentions
    15 2500: 10 20=sync.(*Mutex).Unlock@sync/mutex.go:1
    mapping 0-ffffffffffffffff
    "#);
    insta::assert_snapshot!(read("--- contention:\ncycles/second=0\n1000 3 @ 0x11\n"), @r#"
    contentions/count delay/nanoseconds period 1 contentions
    3 1000: 10
    mapping 0-ffffffffffffffff
    "#);
    insta::assert_snapshot!(read("--- contention:\ncolor=red\n1000 3 @ 0x11\n"), @r#"malformed text profile: unknown attribute or value "color" (line 2)"#);
}

#[test]
fn a_memory_map_gives_addresses_their_binaries() {
    let text = "goroutine profile: total 1\n1 @ 0x400100 0x7f0011 0x9\n--- Memory map: ---\n\
        7f0000-7f1000 r-xp 00000000 08:01 1 /lib/libc.so.6\n\
        400000-500000 r-xp 00000000 08:01 2 /bin/server\n";
    insta::assert_snapshot!(read(text), @r#"
    goroutine/count period 1 goroutine
    1: 4000ff 7f0010 8
    mapping 400000-500000 /bin/server
    mapping 7f0000-7f1000 /lib/libc.so.6
    mapping 0-ffffffffffffffff
    "#);
}

/// Words of 8 bytes, the smallest first.
fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[test]
fn the_binary_form_is_read_with_words_of_any_size_and_order() {
    let content = [0, 3, 0, 10_000, 0, 2, 2, 0x11, 0x21, 1, 1, 0x31, 0, 1, 0];
    let little: Vec<u8> = content.iter().flat_map(|&word: &u32| word.to_le_bytes()).collect();
    let big: Vec<u8> = content.iter().flat_map(|&word| u64::from(word).to_be_bytes()).collect();
    let read = parse(&little).unwrap();
    insta::assert_snapshot!(dump(&read), @r#"
    samples/count cpu/nanoseconds period 10000000 cpu
    2 20000000: 11 20
    1 10000000: 31
    mapping 0-ffffffffffffffff
    "#);
    assert_eq!(parse(&big).unwrap(), read);
    assert!(parse(&big[..big.len() - 50]).unwrap_err().to_string().contains("stack #0 is cut off"));
}

#[test]
fn frames_of_the_signal_handler_are_taken_out() {
    let mut content = vec![0, 3, 0, 10_000, 0];
    for leaf in 0..40 {
        content.extend([1, 3, 0x1000 + leaf, 0x51, 0x61 + leaf]);
    }
    content.extend([0, 1, 0]);
    let profile = parse(&words(&content)).unwrap();
    assert_eq!(dump(&profile).lines().nth(2), Some("1 10000000: 1001 61"));
}

#[test]
fn java_names_its_frames() {
    let mut content = words(&[0, 3, 1, 10_000, 0, 1, 4, 5, 6, 7, 8, 0, 1, 0]);
    content.extend_from_slice(
        b" 0x00000005 VM\n 0x00000006 com.example.f (Source.java:12)\n 0x7 native (/usr/lib/libx.so)\n",
    );
    insta::assert_snapshot!(dump(&parse(&content).unwrap()), @r#"
    samples/count cpu/nanoseconds period 10000000 cpu
    1 10000000: 0=VM@:0 0=com.example.f@Source.java:12 0=native@libx.so:0 0
    mapping 0-ffffffffffffffff
    "#);
}

#[test]
fn what_is_no_profile_is_called_what_it_is() {
    insta::assert_snapshot!(read("goroutine 1 [running]:\nmain.main()\n"), @"expected a profile, found: goroutine dump");
    insta::assert_snapshot!(read("mode: set\n"), @"expected a profile, found: go test -coverprofile output");
}

#[test]
fn real_text_profiles_are_read_with_names() {
    let Some(real) = corpus("real") else { return };
    for file in files_below(&real, &[".debug1.txt"]) {
        let profile = parse(&std::fs::read(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let is_named = |&location: &LocationId| !profile.locations.lines(location).is_empty();
        let n_named = (0..profile.samples.len())
            .filter(|&sample| profile.samples.stack(sample).iter().any(is_named))
            .count();
        let is_threadcreate = file.to_string_lossy().contains("threadcreate");
        assert!(is_threadcreate || n_named * 10 >= profile.samples.len() * 9, "{}", file.display());
    }
}
