//! Bytes as what a program does: generations, threads and events with small numbers, so that goroutines start, block and
//! are woken, which flips in a file seldom make. What is written of it goes through all targets of traces.

use goscope_parsers::trace::SPECS;
use goscope_test_support::wire::Wire;

/// The first and the last event of a thread in Go 1.22 to 1.27.
const FIRST: u8 = 10;
const LAST: u8 = 48;

pub(crate) fn run(data: &[u8]) {
    let bytes = made(data);
    crate::trace::run(&bytes);
    crate::pieces::run(&bytes);
    crate::cut::run(&bytes);
    crate::model::run(&bytes);
    #[cfg(feature = "app")]
    crate::export::run(&bytes);
}

/// A trace that does what the bytes say. The first chooses the version; 0xff begins a generation, 0xfe a batch of a thread,
/// and any other is an event, whose arguments follow, a byte each.
fn made(data: &[u8]) -> Vec<u8> {
    let mut given = data.iter().copied();
    let mut next = || given.next();
    let minor = [22, 23, 25, 26][usize::from(next().unwrap_or(0) % 4)];
    let mut wire = Wire::new(minor);
    let (mut generation, mut thread, mut payload) = (1, 7, Vec::new());
    begin(&mut wire, generation);
    while let Some(byte) = next() {
        match byte {
            0xff | 0xfe => {
                wire.batch(generation, thread, generation * 1000, &payload);
                payload.clear();
                thread = u64::from(next().unwrap_or(0) % 4) + 5;
                if byte == 0xff {
                    wire.end();
                    generation += 1;
                    begin(&mut wire, generation);
                }
            }
            _ => {
                let kind = FIRST + byte % (LAST - FIRST + 1);
                // The time is one more.
                let n_arguments = SPECS[usize::from(kind)].args.len() + 1;
                payload.push(kind);
                // Less than 128: as varints they are what they are.
                payload.extend((0..n_arguments).map(|_| next().unwrap_or(1) & 0x7f));
            }
        }
    }
    wire.batch(generation, thread, generation * 1000, &payload).end();
    wire.bytes
}

/// What each generation has: a clock, names, and stacks.
fn begin(wire: &mut Wire, generation: u64) {
    let time = generation * 1000;
    let frame = |function| [16 + function, function, 6, 10 + function];
    wire.clock(generation, time)
        .strings(
            generation,
            time,
            &[(1, b"main.main"), (2, b"main.work"), (3, b"sync"), (4, b"GC"), (5, b"task")],
        )
        .strings(generation, time, &[(6, b"main.go"), (7, b"running"), (8, b"chan receive")])
        .stacks(
            generation,
            time,
            &[(1, &[frame(1)]), (2, &[frame(2), frame(1)]), (3, &[frame(3), frame(2), frame(1)])],
        );
}
