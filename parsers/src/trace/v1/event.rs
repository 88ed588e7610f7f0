//! An event of the v1 format on its way from bytes to the event model.

/// Numbers of the Ps that stand for what no P did, as Go has them.
pub(super) mod fake_proc {
    pub(in super::super) const TIMER: i32 = 1_000_001;
    pub(in super::super) const NETPOLL: i32 = 1_000_002;
    pub(in super::super) const SYSCALL: i32 = 1_000_003;
    pub(in super::super) const GC: i32 = 1_000_004;
}

/// An event of the old format.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OldEvent {
    /// Ticks, later nanoseconds.
    pub(super) time: i64,
    /// The goroutine it happened on; 0 for none.
    pub(super) goroutine: u64,
    pub(super) args: [u64; 4],
    /// Global sequence number (Go 1.5 only).
    pub(super) seq: i64,
    pub(super) stack: u32,
    pub(super) proc: i32,
    pub(super) kind: u8,
}
