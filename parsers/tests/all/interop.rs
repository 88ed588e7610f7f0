//! Formats of other tools: text in, text out, and one sentence for what breaks their rules.

use std::fmt::Write as _;

use goscope_parsers::detect;
use goscope_parsers::pprof::{ParseOptions, parse_profile};
use prost::encoding::{WireType, encode_key, encode_varint};

use crate::pprof_text::dump;
use crate::support::{gzip, parse};

/// What is read of a text: kind, type that is shown first, samples; or the error.
fn read(bytes: &[u8]) -> String {
    match parse(bytes) {
        Ok(profile) => {
            let kind = detect(bytes).expect("what is read is recognized").kind.name();
            format!("{kind}, first {:?}\n{}", profile.text(profile.default_sample_type), dump(&profile))
        }
        Err(error) => error.to_string(),
    }
}

fn errors(cases: &[(&str, String)]) -> String {
    cases.iter().fold(String::new(), |mut text, (name, content)| {
        let _ = writeln!(text, "{name}: {}", parse(content.as_bytes()).expect_err(name));
        text
    })
}

const SPEEDSCOPE: &str = r#"{
  "$schema": "https://www.speedscope.app/file-format-schema.json",
  "shared": {"frames": [{"name": "main.main", "file": "main.go", "line": 3}, {"name": "main.work"}, {"name": "f \"g\"; h"}]},
  "profiles": [
    {"type": "sampled", "name": "cpu", "unit": "milliseconds", "startValue": 0, "endValue": 3,
     "samples": [[0, 1], [0, 1, 2], []], "weights": [1.5, 2, 1]},
    {"type": "sampled", "name": "count", "unit": "none", "startValue": 0, "endValue": 3,
     "samples": [[0, 1], [0, 1, 2], []], "weights": [3, 4, 0]},
    {"type": "evented", "name": "cpu", "unit": "microseconds", "startValue": 0, "endValue": 9,
     "events": [{"type": "O", "frame": 0, "at": 1}, {"type": "O", "frame": 1, "at": 2}, {"type": "C", "frame": 1, "at": 4},
                {"type": "C", "frame": 0, "at": 7}, {"type": "O", "frame": 0, "at": 8}, {"type": "C", "frame": 0, "at": 9}]}
  ],
  "activeProfileIndex": 1, "more": {"nobody": ["knows"]}
}"#;

#[test]
fn profiles_of_speedscope_are_sample_types() {
    insta::assert_snapshot!(read(SPEEDSCOPE.as_bytes()), @r#"
        speedscope profile, first "count"
        cpu/nanoseconds count/count cpu 2/nanoseconds period 0 
        1500000 3 0: 0=main.work@:0 0=main.main@main.go:3
        2000000 4 0: 0=f "g"; h@:0 0=main.work@:0 0=main.main@main.go:3
        1000000 0 0:
        0 0 5000: 0=main.main@main.go:3
        0 0 2000: 0=main.work@:0 0=main.main@main.go:3
        "#);
}

#[test]
fn profiles_of_many_threads_are_labels() {
    let threads: Vec<String> = (0..40)
        .map(|n| {
            format!(r#"{{"type":"sampled","name":"G{n}","unit":"seconds","samples":[[0]],"weights":[{n}]}}"#)
        })
        .collect();
    let text =
        format!(r#"{{"shared":{{"frames":[{{"name":"main.main"}}]}},"profiles":[{}]}}"#, threads.join(","));
    let read = read(text.as_bytes());
    let lines: Vec<&str> = read.lines().take(5).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
        speedscope profile, first "time"
        time/nanoseconds period 0 
        0: 0=main.main@:0 profile=G0
        1000000000: 0=main.main@:0 profile=G1
        2000000000: 0=main.main@:0 profile=G2
        "#);
}

#[test]
fn what_is_wrong_with_a_speedscope_profile_is_said() {
    let with = |from: &str, to: &str| {
        assert!(SPEEDSCOPE.contains(from), "{from}");
        SPEEDSCOPE.replacen(from, to, 1)
    };
    insta::assert_snapshot!(errors(&[
        ("cut off", SPEEDSCOPE[..700].to_owned()),
        ("no profiles", r#"{"shared":{"frames":[]},"profiles":[]}"#.to_owned()),
        ("frame", with("[0, 1, 2]", "[0, 7]")),
        ("weights", with("[1.5, 2, 1]", "[1]")),
        ("order", with(r#""frame": 1, "at": 4"#, r#""frame": 0, "at": 4"#)),
        ("time", with(r#""at": 7"#, r#""at": 3"#)),
        ("open", with(r#", {"type": "C", "frame": 0, "at": 9}"#, "")),
        ("large", with("[3, 4, 0]", "[3, 1e300, 0]")),
        ("type", with(r#""type": "evented""#, r#""type": "sorted""#)),
    ]), @r"
        cut off: malformed speedscope profile: EOF while parsing a string at line 10 column 80
        no profiles: malformed speedscope profile: it has no profiles
        frame: malformed speedscope profile: profile 0: sample 1 has frame 7, and there are 3
        weights: malformed speedscope profile: profile 0: 3 samples have 1 weights
        order: malformed speedscope profile: profile 2: event 2 closes frame 0, which is not the innermost open one
        time: malformed speedscope profile: profile 2: event 3 is before the one ahead of it
        open: malformed speedscope profile: profile 2: it ends with frames that are still open
        large: malformed speedscope profile: profile 0: weight 1 of profile 1 is too large for 64 bits
        type: malformed speedscope profile: unknown variant `sorted`, expected `sampled` or `evented` at line 9 column 21
        ");
}

#[test]
fn nodes_of_a_cpuprofile_are_samples() {
    let text = r#"{"nodes":[
      {"id":1,"callFrame":{"functionName":"(root)","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1},"hitCount":0,"children":[2,4]},
      {"id":2,"callFrame":{"functionName":"fib","scriptId":"7","url":"file:///fib.js","lineNumber":0,"columnNumber":12},"hitCount":2,"children":[3]},
      {"id":3,"callFrame":{"functionName":"","scriptId":"7","url":"file:///fib.js","lineNumber":9,"columnNumber":1},"hitCount":1},
      {"id":4,"callFrame":{"functionName":"(idle)","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1},"hitCount":1}],
      "startTime":1000,"endTime":1100,"samples":[2,3,2,4],"timeDeltas":[10,20,-5,30]}"#;
    insta::assert_snapshot!(read(text.as_bytes()), @r#"
        V8 .cpuprofile, first "samples"
        samples/count wall/microseconds period 0 
        2 50: 0=fib@file:///fib.js:1
        1 0: 0=(anonymous)@file:///fib.js:10 0=fib@file:///fib.js:1
        1 45: 0=(idle)@:0
        "#);
}

#[test]
fn what_is_wrong_with_a_cpuprofile_is_said() {
    let node = |id: u32, children: &str| {
        format!(r#"{{"id":{id},"callFrame":{{"functionName":"f"}},"children":[{children}]}}"#)
    };
    let file = |nodes: &[String], samples: &str| {
        format!(r#"{{"nodes":[{}],"samples":[{samples}],"timeDeltas":[]}}"#, nodes.join(","))
    };
    insta::assert_snapshot!(errors(&[
        ("circle", file(&[node(1, "2"), node(2, "1")], "2")),
        ("child", file(&[node(1, "3")], "1")),
        ("sample", file(&[node(1, "")], "1,9")),
        ("twice", file(&[node(1, ""), node(1, "")], "1")),
    ]), @r"
        circle: malformed V8 .cpuprofile: nodes are children of one another
        child: malformed V8 .cpuprofile: a node names a relative that is not there
        sample: malformed V8 .cpuprofile: sample 1 is of a node that is not there
        twice: malformed V8 .cpuprofile: two nodes have the id 1
        ");
}

#[test]
fn perf_script_keeps_threads_binaries_and_inlined_functions() {
    let text = "\
# ========
# hostname : example
#
server worker: 1 4011/4001 [003]  1000.010000:   10101010 cpu-clock:u: 
\t          4013db main.f[go.shape.struct { a int; b (int) }]+0x1b (/bin/a b (deleted))
\t          401917 main.inlined+0x10 (inlined)
\t          401917 main.main+0x10 (/bin/a b (deleted))
\t           98a74 [unknown] ([kernel.kallsyms])

server 4011  1000.020000:        250 cycles: 
not a frame
\t  ffffffff812 [unknown] (/usr/lib/libc.so.6)
swapper     0 [000]  1000.030000: sched:sched_switch: prev_comm=x
";
    insta::assert_snapshot!(read(text.as_bytes()), @r#"
        perf script output, first "samples"
        samples/count cpu-clock:u/nanoseconds cycles/count period 0 
        1 10101010 0: 4013db=main.f[go.shape.struct { a int; b (int) }]@:0 401917=main.inlined@:0<main.main@:0 98a74=[unknown]@:0 comm=server worker: 1 thread=4001 cpu=3 event=cpu-clock:u
        1 0 250: ffffffff812=[unknown]@:0 comm=server thread=4011 event=cycles
        1 0 0:  comm=swapper thread=0 cpu=0 event=sched:sched_switch
        mapping 0-0 /bin/a b (deleted)
        mapping 0-0 [kernel.kallsyms]
        mapping 0-0 /usr/lib/libc.so.6
        "#);
}

/// A Firefox profile whose tables stand in the thread, or, as in later versions, in `shared`.
fn firefox(is_shared: bool) -> String {
    let tables = r#""stringArray":["main.main","main.go","main.work"],
      "stackTable":{"length":2,"prefix":[null,0],"frame":[0,1]},
      "frameTable":{"length":2,"func":[0,1],"line":[3,null],"column":[null,null]},
      "funcTable":{"length":2,"name":[0,2],"fileName":[1,null],"lineNumber":[2,null]}"#;
    let samples =
        r#""samples":{"length":4,"stack":[0,1,null,1],"weight":[1.5,2,9,0.25],"weightType":"tracing-ms"}"#;
    let (shared, thread) = if is_shared {
        let later = tables
            .replace(r#""prefix":[null,0]"#, r#""prefixOffset":[0,1]"#)
            .replace(r#""fileName":[1,null]"#, r#""source":[0,null]"#);
        (format!(r#""shared":{{{later},"sources":{{"length":1,"filename":[1]}}}},"#), samples.to_owned())
    } else {
        (String::new(), format!("{tables},{samples}"))
    };
    let one = format!(r#"{{"name":"GeckoMain","processName":"web","pid":"1","tid":1,{thread}}}"#);
    let other = one
        .replace("GeckoMain", "Worker")
        .replace("tracing-ms", "bytes")
        .replace("1.5", "1")
        .replace("0.25", "3");
    format!(
        r#"{{"meta":{{"version":24,"preprocessedProfileVersion":55,"startTime":1.5}},{shared}"threads":[{one},{other}]}}"#
    )
}

#[test]
fn threads_of_a_firefox_profile_are_labels_wherever_the_tables_are() {
    let own = read(firefox(false).as_bytes());
    insta::assert_snapshot!(own, @r#"
        Firefox profile, first "time"
        time/nanoseconds space/bytes period 0 
        1500000 0: 0=main.main@main.go:3 thread=GeckoMain process=web
        2250000 0: 0=main.work@:0 0=main.main@main.go:3 thread=GeckoMain process=web
        0 1: 0=main.main@main.go:3 thread=Worker process=web
        0 5: 0=main.work@:0 0=main.main@main.go:3 thread=Worker process=web
        "#);
    assert_eq!(read(firefox(true).as_bytes()), own);
}

#[test]
fn what_is_wrong_with_a_firefox_profile_is_said() {
    let with = |from: &str, to: &str| firefox(false).replacen(from, to, 1);
    insta::assert_snapshot!(errors(&[
        ("raw", with(r#","preprocessedProfileVersion":55"#, "")),
        ("circle", with(r#""prefix":[null,0]"#, r#""prefix":[1,0]"#)),
        ("stack", with(r#""stack":[0,1,null,1]"#, r#""stack":[0,1,null,2]"#)),
        ("frame", with(r#""frame":[0,1]"#, r#""frame":[0,2]"#)),
        ("weights", with("[1.5,2,9,0.25]", "[1]")),
        ("tables", with("stackTable", "tackTable")),
    ]), @r#"
        raw: malformed Firefox profile: this is what the browser writes itself; open it in profiler.firefox.com, and save it there
        circle: malformed Firefox profile: thread "GeckoMain" has stack 0 below one that comes later
        stack: malformed Firefox profile: thread "GeckoMain" has no stack for sample 3
        frame: malformed Firefox profile: thread "GeckoMain" has no frame for stack 1
        weights: malformed Firefox profile: thread "GeckoMain" has another number of weights than of samples
        tables: malformed Firefox profile: thread "GeckoMain" has no tables
        "#);
}

#[test]
fn a_chrome_trace_is_recognized_and_not_read() {
    let errors = errors(&[
        ("object", r#"{"traceEvents":[{"ph":"X","ts":1}]}"#.to_owned()),
        ("list", r#"[{"name":"f","ph":"X","ts":1,"pid":1}"#.to_owned()),
        ("nobody's", r#"{"a":1}"#.to_owned()),
    ]);
    insta::assert_snapshot!(errors, @r#"
        object: expected a profile, found: Chrome trace
        list: expected a profile, found: Chrome trace
        nobody's: unknown kind of file: it begins with the text "{\"a\":1}" (JSON); goscope reads pprof profiles, Go execution traces, Go's text profiles and goroutine dumps, profiles of OTLP, speedscope, Firefox, V8 and perf script, folded stacks, go test -bench and -coverprofile output (plain, gzip or zstd)
        "#);
}

/// A message of fields that are messages, texts or packed numbers.
fn message(fields: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, payload) in fields {
        encode_key(*number, WireType::LengthDelimited, &mut out);
        encode_varint(payload.len() as u64, &mut out);
        out.extend_from_slice(payload);
    }
    out
}

fn number(number: u32, value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    encode_key(number, WireType::Varint, &mut out);
    encode_varint(value, &mut out);
    out
}

/// OTLP with one location, two attributes and the given samples.
fn otlp(samples: &[Vec<u8>]) -> Vec<u8> {
    let strings = ["", "cpu", "nanoseconds", "main.main", "main.go", "endpoint"];
    let mut tables: Vec<(u32, Vec<u8>)> =
        vec![(1, Vec::new()), (2, Vec::new()), (3, Vec::new()), (4, Vec::new())];
    tables.push((2, message(&[(3, [number(1, 1), number(2, 7)].concat())])));
    tables.push((3, [number(1, 3), number(3, 4)].concat()));
    tables.extend(strings.map(|text| (5, text.as_bytes().to_vec())));
    tables.push((6, Vec::new()));
    for endpoint in ["/cart", "/pay"] {
        let value = message(&[(1, endpoint.as_bytes().to_vec())]);
        tables.push((6, [number(1, 5), message(&[(2, value)])].concat()));
    }
    tables.extend([(7, Vec::new()), (7, message(&[(1, vec![1])]))]);
    let mut profile = message(&[(1, [number(1, 1), number(2, 2)].concat())]);
    profile.extend(message(&samples.iter().map(|sample| (2, sample.clone())).collect::<Vec<_>>()));
    let resource = message(&[(2, message(&[(2, profile)]))]);
    message(&[(2, message(&tables)), (1, resource)])
}

#[test]
fn samples_of_otlp_are_read_in_the_order_of_their_version() {
    // 1.10: attributes, link, values. 1.8: values, attributes, link.
    let new = otlp(&[
        [number(1, 1), message(&[(2, vec![2]), (4, vec![40, 2])])].concat(),
        [number(1, 1), message(&[(2, vec![2]), (4, vec![8])])].concat(),
        [number(1, 1), message(&[(4, vec![5])])].concat(),
    ]);
    let old = otlp(&[
        [number(1, 1), message(&[(2, vec![40, 10]), (3, vec![2])])].concat(),
        [number(1, 1), message(&[(2, vec![5])])].concat(),
    ]);
    insta::assert_snapshot!(read(&new), @r#"
        OTLP profile, first "cpu"
        cpu/nanoseconds period 0 
        50: 0=main.main@main.go:7 endpoint=/pay
        5: 0=main.main@main.go:7
        "#);
    assert_eq!(read(&old), read(&new));
    assert_eq!(read(&gzip(&old)), read(&new));
}

#[test]
fn messages_with_their_lengths_before_them_are_added_up() {
    let one = otlp(&[[number(1, 1), message(&[(4, vec![5])])].concat()]);
    let framed = [&(one.len() as u32).to_be_bytes()[..], &one].concat();
    insta::assert_snapshot!(read(&framed.repeat(2)), @r#"
        OTLP profile, first "cpu"
        cpu/nanoseconds period 0 
        5: 0=main.main@main.go:7
        5: 0=main.main@main.go:7
        "#);
}

#[test]
fn of_a_file_of_otlp_that_is_cut_off_the_beginning_is_read() {
    let sample = |value| [number(1, 1), message(&[(4, vec![value])])].concat();
    let whole = otlp(&[sample(1), sample(2), sample(4)]);
    // Samples of one identity add up.
    let total =
        |bytes: &[u8]| parse(bytes).ok().map(|profile| profile.samples.all_values().iter().sum::<i64>());
    assert_eq!(total(&whole), Some(7));
    assert_eq!(total(&whole[..whole.len() - 1]), Some(3));
    let parsed = goscope_parsers::pprof::parse_with_warnings(&whole[..whole.len() - 1], &Default::default());
    assert_eq!(parsed.expect("a part").warnings.len(), 1);
}

#[test]
fn otlp_in_json_has_numbers_in_quotes_or_not() {
    let text = r#"{"resourceProfiles":[
      {"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"feed"}},{"key":"pod","value":{"stringValue":"a"}}]},
       "scopeProfiles":[{"profiles":[
        {"sampleType":{"typeStrindex":1,"unitStrindex":2},"timeUnixNano":"1700000000000000000",
         "samples":[{"stackIndex":1,"values":["9007199254740993",1],"attributeIndices":[1],"linkIndex":1}]},
        {"sampleType":{"typeStrindex":3,"unitStrindex":4},"timeUnixNano":1700000000000000000,
         "samples":[{"stackIndex":"1","attributeIndices":[1],"linkIndex":1,"timestampsUnixNano":["5","6"]}]}]}]},
      {"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"feed"}},{"key":"pod","value":{"intValue":"7"}}]},
       "scopeProfiles":[{"profiles":[{"sampleType":{"typeStrindex":1,"unitStrindex":2},"samples":[{"stackIndex":1,"values":[2]}]}]}]}],
     "dictionary":{"stringTable":["","cpu","nanoseconds","samples","count","main.main","size","By"],
      "locationTable":[{},{"lines":[{"functionIndex":1,"line":"3"}]}],"functionTable":[{},{"nameStrindex":5}],
      "stackTable":[{},{"locationIndices":[1]}],"attributeTable":[{},{"keyStrindex":6,"value":{"intValue":"64"},"unitStrindex":7}],
      "linkTable":[{},{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"}]}}"#;
    insta::assert_snapshot!(read(text.as_bytes()), @r#"
        OTLP profile as JSON, first "cpu"
        samples/count cpu/nanoseconds period 0 
        2 9007199254740994: 0=main.main@:3 size=64 By trace_id=0102030405060708090a0b0c0d0e0f10 span_id=0102030405060708 pod=a
        0 2: 0=main.main@:3 pod=7
        "#);
}

#[test]
fn what_is_wrong_with_otlp_is_said() {
    let sample = |stack: u64| vec![[number(1, stack), message(&[(4, vec![5])])].concat()];
    let old_profile = message(&[(1, number(1, 1)), (3, vec![1])]);
    let cases = [
        ("stack", otlp(&sample(9))),
        ("old", message(&[(1, message(&[(2, message(&[(2, old_profile)]))]))])),
        ("nothing", message(&[(2, message(&[(1, Vec::new()), (5, b"text".to_vec())]))])),
        ("length", message(&[(2, message(&[(1, Vec::new()), (2, vec![0x1a, 9])])), (1, vec![0x12, 0])])),
    ];
    let said = cases.iter().fold(String::new(), |mut text, (name, bytes)| {
        let _ = writeln!(text, "{name}: {}", parse(bytes).expect_err(name));
        text
    });
    insta::assert_snapshot!(said, @r"
        stack: malformed OTLP profile: stack 9 is not there: the table has 2 rows; the file may be cut off
        old: malformed OTLP profile: it is of proto 1.7 or earlier; goscope reads 1.8 and later
        nothing: malformed OTLP profile: there is no profile in it
        length: malformed OTLP profile: a message announces 9 bytes where 0 are left
        ");
}

#[test]
fn a_small_file_of_deep_stacks_does_not_fill_the_memory() {
    // Each of 60,000 nested frames has a sample: 1.8 billion entries of stacks.
    let nested: Vec<String> =
        (0..60_000).map(|at| format!(r#"{{"type":"O","frame":0,"at":{at}}}"#)).collect();
    let close: Vec<String> =
        (0..60_000).map(|at| format!(r#"{{"type":"C","frame":0,"at":{}}}"#, 60_000 + at)).collect();
    let text = format!(
        r#"{{"shared":{{"frames":[{{"name":"f"}}]}},"profiles":[{{"type":"evented","name":"t","unit":"none","events":[{},{}]}}]}}"#,
        nested.join(","),
        close.join(",")
    );
    let error = parse(text.as_bytes()).expect_err("too large").to_string();
    assert!(error.contains("bytes of memory"), "{error}");
}

#[test]
fn a_bomb_of_empty_rows_is_refused() {
    let options = ParseOptions { max_inflated_bytes: 512 << 20, ..ParseOptions::default() };
    let rows = message(&[(2, [0x0a, 0].repeat(5_000_000))]);
    let objects = format!(r#"{{"resourceProfiles":[{}{{}}]}}"#, "{},".repeat(3_000_000));
    for bomb in [gzip(&rows), gzip(objects.as_bytes())] {
        let error = parse_profile(&bomb, &options).expect_err("too large").to_string();
        assert!(error.contains("bytes of memory"), "{error}");
    }
}
