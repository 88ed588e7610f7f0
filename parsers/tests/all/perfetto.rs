//! Packets of Perfetto: what is written, field by field, as any reader of protobuf sees it.

use goscope_parsers::interop::{CounterUnit, PerfettoWriter, SampleFrame, TrackEvent, TrackId};
use prost::encoding::{WireType, decode_key, decode_varint};

/// Fields that are messages: those below which these numbers lead.
fn is_message(path: &[u32]) -> bool {
    matches!(path, [1] | [1, 11 | 12 | 59 | 60 | 66] | [1, 11, 4] | [1, 12, _] | [1, 60, 3 | 4 | 8])
}

/// Fields as text: numbers of fields with what they hold, messages in braces.
fn text(mut bytes: &[u8], path: &[u32]) -> String {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (number, wire_type) = decode_key(&mut bytes).expect("a key");
        let path = [path, &[number]].concat();
        fields.push(match wire_type {
            WireType::Varint => format!("{number}={}", decode_varint(&mut bytes).expect("a number")),
            WireType::SixtyFourBit => {
                let (value, rest) = bytes.split_first_chunk::<8>().expect("eight bytes");
                bytes = rest;
                format!("{number}={}", u64::from_le_bytes(*value))
            }
            WireType::LengthDelimited => {
                let len = decode_varint(&mut bytes).expect("a length") as usize;
                let (inside, rest) = bytes.split_at(len);
                bytes = rest;
                match is_message(&path) {
                    true => format!("{number}{{{}}}", text(inside, &path)),
                    false => format!("{number}={:?}", String::from_utf8_lossy(inside)),
                }
            }
            other => panic!("{other:?}"),
        });
    }
    fields.join(if path.is_empty() { "\n" } else { " " })
}

#[test]
fn packets_describe_tracks_and_intern_texts_where_they_are_first_needed() {
    let mut out = Vec::new();
    let mut writer = PerfettoWriter::new(&mut out);
    let [process, counter, track, thread] = [1, 2, 3, 4].map(TrackId);
    let write = |writer: &mut PerfettoWriter<'_>| -> std::io::Result<()> {
        writer.process(process, 1, "shop")?;
        writer.counter(counter, process, ("heap", CounterUnit::Bytes), 1)?;
        writer.track(track, process, "G7 main.work", 2)?;
        writer.thread(thread, (1, 9), "M9")?;
        writer.count(counter, 0, -1)?;
        let event =
            TrackEvent { name: "unblocks", category: "unblock", flow_from: 5, ..TrackEvent::default() };
        writer.instant(track, 3, &event)?;
        let facts = [("stack", "main.work main.go:3")];
        let event = TrackEvent {
            name: "Running",
            category: "goroutine",
            flow_to: 5,
            facts: &facts,
            ..TrackEvent::default()
        };
        writer.begin(track, 4, &event)?;
        writer.end(track, 8)?;
        writer.begin(track, 8, &event)?;
        writer.end(track, 9)?;
        let frame = |function, line| SampleFrame { function, file: "main.go", line };
        writer.sample((1, 9), 5, [frame("main.main", 3), frame("main.work", 4)].into_iter())?;
        writer.sample((1, 9), 6, [frame("main.main", 3)].into_iter())
    };
    write(&mut writer).expect("memory takes everything");
    let error = crate::support::parse(&out).expect_err("a trace").to_string();
    assert_eq!(error, "expected a profile, found: Perfetto trace");
    insta::assert_snapshot!(text(&out, &[]), @r#"
        1{60{1=1 3{1=1 6="shop"} 11=3} 10=1 13=1 59{58=6}}
        1{60{1=2 2="heap" 5=1 8{3=3} 12=1} 10=1 13=2}
        1{60{1=3 2="G7 main.work" 5=1 11=3 12=2} 10=1 13=2}
        1{60{1=4 4{1=1 2=9 5="M9"}} 10=1 13=2}
        1{8=0 11{9=4 11=2 30=18446744073709551615} 10=1 13=2}
        1{8=3 11{3=1 9=3 10=1 11=3 47=5} 10=1 12{1{1=1 2="unblock"} 2{1=1 2="unblocks"}} 13=2}
        1{8=4 11{3=2 4{1=1 17=1} 9=1 10=2 11=3 48=5} 10=1 12{1{1=2 2="goroutine"} 3{1=1 2="stack"} 29{1=1 2="main.work main.go:3"} 2{1=2 2="Running"}} 13=2}
        1{8=8 11{9=2 11=3} 10=1 13=2}
        1{8=8 11{3=2 4{1=1 17=1} 9=1 10=2 11=3 48=5} 10=1 13=2}
        1{8=9 11{9=2 11=3} 10=1 13=2}
        1{8=5 66{1=0 2=1 3=9 4=1 6=1} 10=1 12{5{1=1 2="main.main"} 18{1=1 2="main.go"} 19{1=1} 6{1=1 2=1 3=1 5=1 6=3} 5{1=2 2="main.work"} 6{1=2 2=2 3=1 5=1 6=4} 7{1=1 2=1 2=2}} 13=2}
        1{8=6 66{1=0 2=1 3=9 4=2 6=1} 10=1 12{7{1=2 2=1}} 13=2}
        "#);
}
