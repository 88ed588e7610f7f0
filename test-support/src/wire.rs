//! Writes small traces of Go 1.22 and later by hand, so that a test can say what is in them, and what is wrong with them.

/// Event numbers that tests write.
#[expect(missing_docs, reason = "Go's names")]
pub mod kind {
    pub const PROC_START: u8 = 10;
    pub const PROC_STATUS: u8 = 13;
    pub const GO_CREATE: u8 = 14;
    pub const GO_CREATE_SYSCALL: u8 = 15;
    pub const GO_START: u8 = 16;
    pub const GO_DESTROY: u8 = 17;
    pub const GO_BLOCK: u8 = 20;
    pub const GO_UNBLOCK: u8 = 21;
    pub const GO_STATUS: u8 = 25;
    pub const GC_SWEEP_ACTIVE: u8 = 31;
    pub const GC_SWEEP_END: u8 = 33;
    pub const GC_MARK_ASSIST_ACTIVE: u8 = 34;
    pub const GC_MARK_ASSIST_END: u8 = 36;
    pub const HEAP_ALLOC: u8 = 37;
    pub const USER_TASK_BEGIN: u8 = 40;
    pub const USER_TASK_END: u8 = 41;
    pub const USER_REGION_BEGIN: u8 = 42;
    pub const USER_REGION_END: u8 = 43;
    pub const USER_LOG: u8 = 44;
}

/// Statuses of goroutines.
pub const RUNNABLE: u64 = 1;
/// It runs.
pub const RUNNING: u64 = 2;
/// It is blocked.
pub const WAITING: u64 = 4;

/// The bytes of a trace that grows.
#[derive(Clone, Debug)]
pub struct Wire {
    /// What has been written.
    pub bytes: Vec<u8>,
    minor: u32,
}

/// Writes a number, seven bits a byte, the lowest first.
pub fn uvarint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

impl Wire {
    /// The header of a Go version: 1.minor.
    pub fn new(minor: u32) -> Self {
        let mut bytes = format!("go 1.{minor} trace").into_bytes();
        bytes.resize(16, 0);
        Self { bytes, minor }
    }

    /// A batch of a thread; its payload as it is.
    pub fn batch(&mut self, generation: u64, thread: u64, time: u64, payload: &[u8]) -> &mut Self {
        self.bytes.push(1);
        for value in [generation, thread, time, payload.len() as u64] {
            uvarint(&mut self.bytes, value);
        }
        self.bytes.extend_from_slice(payload);
        self
    }

    /// The batch of timed events: (type, arguments with the time delta first).
    pub fn events(&mut self, generation: u64, thread: u64, time: u64, events: &[(u8, &[u64])]) -> &mut Self {
        let mut payload = Vec::new();
        for &(kind, args) in events {
            payload.push(kind);
            args.iter().for_each(|&arg| uvarint(&mut payload, arg));
        }
        self.batch(generation, thread, time, &payload)
    }

    /// A clock of one unit a nanosecond.
    pub fn clock(&mut self, generation: u64, time: u64) -> &mut Self {
        let mut payload = Vec::new();
        if self.minor >= 25 {
            payload.push(50);
        }
        payload.push(8);
        uvarint(&mut payload, 1_000_000_000);
        if self.minor >= 25 {
            payload.push(51);
            [0, 7, 1_700_000_000, 5].into_iter().for_each(|value| uvarint(&mut payload, value));
        }
        self.batch(generation, u64::MAX, time, &payload)
    }

    /// Strings by their ids.
    pub fn strings(&mut self, generation: u64, time: u64, strings: &[(u64, &[u8])]) -> &mut Self {
        let mut payload = vec![4];
        for &(id, string) in strings {
            payload.push(5);
            uvarint(&mut payload, id);
            uvarint(&mut payload, string.len() as u64);
            payload.extend_from_slice(string);
        }
        self.batch(generation, u64::MAX, time, &payload)
    }

    /// Stacks: (id, frames of (pc, function, file, line)).
    pub fn stacks(&mut self, generation: u64, time: u64, stacks: &[(u64, &[[u64; 4]])]) -> &mut Self {
        let mut payload = vec![2];
        for &(id, frames) in stacks {
            payload.push(3);
            uvarint(&mut payload, id);
            uvarint(&mut payload, frames.len() as u64);
            frames.iter().flatten().for_each(|&value| uvarint(&mut payload, value));
        }
        self.batch(generation, u64::MAX, time, &payload)
    }

    /// The end of a generation, where the version has one.
    pub fn end(&mut self) -> &mut Self {
        if self.minor >= 26 {
            self.bytes.push(0x34);
        }
        self
    }

    /// A whole generation in which goroutine 1 runs on P 0 of thread 7 and allocates.
    pub fn generation(&mut self, number: u64, time: u64) -> &mut Self {
        let events: &[(u8, &[u64])] = &[
            (kind::PROC_STATUS, &[1, 0, 1]),
            (kind::GO_STATUS, &[1, 1, 7, RUNNING]),
            (kind::HEAP_ALLOC, &[1, 4096]),
        ];
        self.clock(number, time).events(number, 7, time, events).end()
    }
}
