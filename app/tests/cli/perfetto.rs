//! A small trace as tracks, as a reader of the packets sees it.

use std::collections::BTreeMap;

use goscope::export::perfetto::write_perfetto;
use goscope_analysis::testing::trace;

/// The fields of a message: their numbers with integers or bytes.
fn fields(mut bytes: &[u8]) -> Vec<(u64, u64, &[u8])> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let (value, inside) = match key & 7 {
            0 => (varint(&mut bytes), &[][..]),
            1 => {
                let (value, rest) = bytes.split_first_chunk::<8>().expect("eight bytes");
                bytes = rest;
                (u64::from_le_bytes(*value), &[][..])
            }
            _ => {
                let len = varint(&mut bytes) as usize;
                let (inside, rest) = bytes.split_at(len);
                bytes = rest;
                (0, inside)
            }
        };
        fields.push((key >> 3, value, inside));
    }
    fields
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let (byte, rest) = bytes.split_first().expect("a byte");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

fn integer(fields: &[(u64, u64, &[u8])], number: u64) -> u64 {
    fields.iter().find(|field| field.0 == number).map_or(0, |field| field.1)
}

fn inside<'b>(fields: &[(u64, u64, &'b [u8])], number: u64) -> &'b [u8] {
    fields.iter().find(|field| field.0 == number).map_or(&[], |field| field.2)
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// Each track with what is above it, and below it what happens on it, in order of time.
fn tracks(bytes: &[u8]) -> String {
    let mut names: BTreeMap<u64, (String, u64)> = BTreeMap::new();
    let mut events: BTreeMap<u64, Vec<(u64, String)>> = BTreeMap::new();
    let mut texts: BTreeMap<u64, String> = BTreeMap::new();
    let mut n_samples = 0;
    for (_, _, packet) in fields(bytes) {
        let packet = fields(packet);
        for (_, _, row) in fields(inside(&packet, 12)).iter().filter(|field| field.0 == 2) {
            let row = fields(row);
            texts.insert(integer(&row, 1), string(inside(&row, 2)));
        }
        let track = fields(inside(&packet, 60));
        if !track.is_empty() {
            let [process, thread] =
                [(3, 6), (4, 5)].map(|(number, name)| inside(&fields(inside(&track, number)), name));
            let name = [inside(&track, 2), process, thread].concat();
            names.insert(integer(&track, 1), (string(&name), integer(&track, 5)));
        }
        n_samples += packet.iter().filter(|field| field.0 == 66).count();
        let event = fields(inside(&packet, 11));
        if !event.is_empty() {
            let text = texts.get(&integer(&event, 10)).map_or("", String::as_str);
            let what = match integer(&event, 9) {
                1 => format!("[ {text}"),
                2 => "]".to_owned(),
                3 => format!("! {text}"),
                _ => format!("= {}", integer(&event, 30)),
            };
            let arrow = |number, sign: &str| match integer(&event, number) {
                0 => String::new(),
                flow => format!(" {sign}{flow}"),
            };
            let line = format!("{what}{}{}", arrow(47, "to arrow "), arrow(48, "from arrow "));
            events.entry(integer(&event, 11)).or_default().push((integer(&packet, 8), line));
        }
    }
    let mut text = String::new();
    for (track, (name, parent)) in &names {
        let above = names.get(parent).map_or("", |above| above.0.as_str());
        text += &format!("{name} < {above}\n");
        let mut events = events.remove(track).unwrap_or_default();
        events.sort_by_key(|event| event.0);
        for (nanos, line) in events {
            text += &format!("  {nanos} {line}\n");
        }
    }
    assert!(events.is_empty(), "events on tracks that nobody described: {events:?}");
    text + &format!("{n_samples} samples\n")
}

#[test]
fn goroutines_ps_tasks_regions_and_counters_are_tracks() {
    let model = trace(
        r#"
G1 main.serve: 0 runnable, 5 running P0, 12 waiting "sync" @ mu.Lock<main.f, 40 runnable by G2, 41 running P1, 60 end
G2 main.main: 0 was waiting, 20 runnable, 25 running P0, 70 waiting "sleep"
task 7 "checkout" G1: 6..50
task 8 "pay" G1: 7..45 parent 7
region "search" G1 task 7: 6..11
region "deeper" G1 task 7: 8..10
log G1 task 7: 9 "category" "message"
sample G1 P0: 6 @ main.g<main.serve
stw "GC mark termination" G2: 30..32
gc: 28..33
procs: 0 4
heap G1: 10 4096
end: 100
"#,
    );
    let mut out = Vec::new();
    write_perfetto(&model, "shop", &mut out).expect("memory takes everything");
    insta::assert_snapshot!(tracks(&out), @r"
        shop < 
        heap < shop
          10 = 4096
        GOMAXPROCS < shop
          0 = 4
        running < shop
          5 = 1
          12 = 0
          25 = 1
          41 = 2
          60 = 1
          70 = 0
        runnable < shop
          0 = 1
          5 = 0
          20 = 1
          25 = 0
          40 = 1
          41 = 0
        GC mark < shop
          28 [ GC mark
          33 ]
        STW < shop
          30 [ GC mark termination
          32 ]
        Ps < shop
        P0 < Ps
          5 [ G1 main.serve
          12 ]
          25 [ G2 main.main
          70 ]
        P1 < Ps
          41 [ G1 main.serve
          60 ]
        Tasks < shop
        checkout (task 7) < Tasks
          6 [ checkout
          9 ! message
          50 ]
        pay (task 8) < checkout (task 7)
          7 [ pay
          45 ]
        main.serve (1) < shop
        main.main (1) < shop
        G1 main.serve < main.serve (1)
          0 [ Runnable
          5 ]
          5 [ Running
          12 ]
          12 [ Waiting (sync)
          40 ]
          40 [ Runnable
          41 ]
          41 [ Running from arrow 4
          60 ]
        G2 main.main < main.main (1)
          0 [ Waiting
          20 ]
          20 [ Runnable
          25 ]
          25 [ Running
          40 ! unblocks to arrow 4
          70 ]
          70 [ Waiting (sleep)
          100 ]
        regions < G1 main.serve
          6 [ search
          8 [ deeper
          10 ]
          11 ]
        M1 < 
        1 samples
        ");
}
