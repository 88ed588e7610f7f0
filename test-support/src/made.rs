//! Whole traces that are made up, of goroutines that take turns on one P: enough to ask anything of the file.
//!
//! ```text
//! Made::new()  create(2, "main.work")  block("sync", …)  start(2)  unblock(1, …)  …  file()
//! ```
//!
//! Goroutine 1 runs when the trace begins. Whoever calls keeps to the order of a scheduler: one goroutine runs at a time.

use std::collections::BTreeMap;

use crate::wire::{RUNNING, Wire, kind, uvarint};

/// The thread that all events are of.
const THREAD: u64 = 7;
/// Bytes of a batch: Go's are at most 64 KiB.
const MOST_BATCH_BYTES: usize = 60_000;

/// A trace that is being made up.
#[derive(Debug)]
pub struct Made {
    batches: Vec<(u64, Vec<u8>)>,
    now: u64,
    /// When the last event was.
    last: u64,
    strings: BTreeMap<String, u64>,
    /// Functions of each stack, innermost first, by its id.
    stacks: BTreeMap<Vec<u64>, u64>,
    /// Of each goroutine, how often it was made ready or ran.
    turns: BTreeMap<u64, u64>,
}

impl Default for Made {
    fn default() -> Self {
        Self::new()
    }
}

impl Made {
    /// Goroutine 1 runs on P 0.
    pub fn new() -> Self {
        let mut made = Self {
            batches: Vec::new(),
            now: 1_000,
            last: 1_000,
            strings: BTreeMap::new(),
            stacks: BTreeMap::new(),
            turns: BTreeMap::new(),
        };
        made.event(kind::PROC_STATUS, &[0, 1]);
        made.event(kind::GO_STATUS, &[1, THREAD, RUNNING]);
        made
    }

    /// So many nanoseconds go by.
    pub fn pass(&mut self, nanos: u64) -> &mut Self {
        self.now += nanos;
        self
    }

    fn event(&mut self, kind: u8, args: &[u64]) -> &mut Self {
        if self.batches.last().is_none_or(|(_, payload)| payload.len() > MOST_BATCH_BYTES) {
            self.batches.push((self.now, Vec::new()));
            self.last = self.now;
        }
        let since = self.now - self.last;
        self.last = self.now;
        if let Some((_, payload)) = self.batches.last_mut() {
            payload.push(kind);
            std::iter::once(&since).chain(args).for_each(|&arg| uvarint(payload, arg));
        }
        self
    }

    fn string(&mut self, text: &str) -> u64 {
        let next = self.strings.len() as u64 + 1;
        *self.strings.entry(text.to_owned()).or_insert(next)
    }

    /// `sync.(*Mutex).Lock<main.work`: innermost first; empty for no stack.
    fn stack(&mut self, text: &str) -> u64 {
        if text.is_empty() {
            return 0;
        }
        let functions: Vec<u64> = text.split('<').map(|name| self.string(name)).collect();
        let next = self.stacks.len() as u64 + 1;
        *self.stacks.entry(functions).or_insert(next)
    }

    fn turn(&mut self, goroutine: u64) -> u64 {
        let turns = self.turns.entry(goroutine).or_default();
        *turns += 1;
        *turns
    }

    /// The running goroutine starts another one, which runs a function (or nobody knows which).
    pub fn create(&mut self, goroutine: u64, function: &str) -> &mut Self {
        let start = self.stack(function);
        self.event(kind::GO_CREATE, &[goroutine, start, 0])
    }

    /// A goroutine that is ready gets the P.
    pub fn start(&mut self, goroutine: u64) -> &mut Self {
        let turn = self.turn(goroutine);
        self.event(kind::GO_START, &[goroutine, turn])
    }

    /// The running goroutine waits.
    pub fn block(&mut self, reason: &str, stack: &str) -> &mut Self {
        let (reason, stack) = (self.string(reason), self.stack(stack));
        self.event(kind::GO_BLOCK, &[reason, stack])
    }

    /// The running goroutine, or a timer where none runs, makes one ready that waits.
    pub fn unblock(&mut self, goroutine: u64, stack: &str) -> &mut Self {
        let (turn, stack) = (self.turn(goroutine), self.stack(stack));
        self.event(kind::GO_UNBLOCK, &[goroutine, turn, stack])
    }

    /// The running goroutine is done.
    pub fn end(&mut self) -> &mut Self {
        self.event(kind::GO_DESTROY, &[])
    }

    /// The running goroutine begins a task.
    pub fn begin_task(&mut self, task: u64, name: &str) -> &mut Self {
        let name = self.string(name);
        self.event(kind::USER_TASK_BEGIN, &[task, 0, name, 0])
    }

    /// The running goroutine ends a task.
    pub fn end_task(&mut self, task: u64) -> &mut Self {
        self.event(kind::USER_TASK_END, &[task, 0])
    }

    /// The running goroutine begins a region of a task.
    pub fn begin_region(&mut self, task: u64, name: &str) -> &mut Self {
        let name = self.string(name);
        self.event(kind::USER_REGION_BEGIN, &[task, name, 0])
    }

    /// The running goroutine ends a region of a task.
    pub fn end_region(&mut self, task: u64, name: &str) -> &mut Self {
        let name = self.string(name);
        self.event(kind::USER_REGION_END, &[task, name, 0])
    }

    /// The running goroutine logs something for a task.
    pub fn log(&mut self, task: u64, category: &str, message: &str) -> &mut Self {
        let (category, message) = (self.string(category), self.string(message));
        self.event(kind::USER_LOG, &[task, category, message, 0])
    }

    /// The bytes of the file, as Go 1.23 writes it.
    pub fn file(&self) -> Vec<u8> {
        let mut wire = Wire::new(23);
        for (time, payload) in &self.batches {
            wire.batch(1, THREAD, *time, payload);
        }
        let strings: Vec<(u64, &[u8])> =
            self.strings.iter().map(|(text, id)| (*id, text.as_bytes())).collect();
        let frames = |functions: &Vec<u64>| -> Vec<[u64; 4]> {
            functions.iter().map(|&name| [0x1000 + name, name, name, 1]).collect()
        };
        let stacks: Vec<(u64, Vec<[u64; 4]>)> =
            self.stacks.iter().map(|(functions, id)| (*id, frames(functions))).collect();
        let stacks: Vec<(u64, &[[u64; 4]])> =
            stacks.iter().map(|(id, frames)| (*id, frames.as_slice())).collect();
        for part in strings.chunks(500) {
            wire.strings(1, 1_000, part);
        }
        if !stacks.is_empty() {
            wire.stacks(1, 1_000, &stacks);
        }
        wire.clock(1, 1_000);
        wire.bytes
    }
}

/// A goroutine dump as `?debug=2` of Go 1.26 writes it: many goroutines of some dozens of stacks, with arguments of their
/// own; about 650 bytes each.
#[must_use]
pub fn goroutine_dump(n_goroutines: usize) -> Vec<u8> {
    use std::io::Write as _;
    const STACKS: usize = 40;
    let mut text = Vec::with_capacity(n_goroutines * 700);
    for number in 0..n_goroutines {
        let id = number + 1;
        let stack = number * 7 % STACKS;
        let state = ["chan receive", "select", "IO wait", "sync.Mutex.Lock", "chan send"][stack % 5];
        let minutes = if number % 3 == 0 { format!(", {} minutes", 1 + number % 90) } else { String::new() };
        let heap = 0xc0_0000_0000_u64 + number as u64 * 0x120;
        let line = 40 + stack;
        let written = write!(
            text,
            "goroutine {id} [{state}{minutes}]:\n\
             example.com/shop/internal/queue.(*Consumer).receive(0x{heap:x}, {{0x{:x}, 0x40, 0x80}})\n\
             \texample.com/shop/internal/queue/consumer.go:{line} +0x1f4\n\
             example.com/shop/internal/queue.(*Consumer).run(...)\n\
             \texample.com/shop/internal/queue/consumer.go:{}\n\
             example.com/shop/web.(*Server).handle{stack}(0x{heap:x}, 0x{:x}?, 0x0)\n\
             \texample.com/shop/web/server.go:{line} +0x8c\n\
             net/http.HandlerFunc.ServeHTTP(0xab9cc0?, {{0xa67420?, 0x{heap:x}?}}, 0x6558da?)\n\
             \tnet/http/server.go:2358 +0x29\n\
             net/http.(*conn).serve(0x{heap:x}, {{0xa676b8, 0xc0000a4000}})\n\
             \tnet/http/server.go:2109 +0x5e5\n\
             created by net/http.(*Server).Serve in goroutine {}\n\
             \tnet/http/server.go:3493 +0x485\n\n",
            heap + 0x40,
            line + 30,
            heap + 0x80,
            1 + number % 50,
        );
        written.expect("a vector takes everything");
    }
    text
}
