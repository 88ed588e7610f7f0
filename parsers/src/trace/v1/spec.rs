//! The event types of the v1 format: number, first version, number of arguments.

use super::super::version::TraceVersion;

macro_rules! numbers {
    ($($name:ident = $number:literal),* $(,)?) => { $(pub(super) const $name: u8 = $number;)* };
}
numbers! {
    BATCH = 1, FREQUENCY = 2, STACK = 3, GOMAXPROCS = 4, PROC_START = 5, PROC_STOP = 6, GC_START = 7, GC_DONE = 8,
    STW_START = 9, STW_DONE = 10, GC_SWEEP_START = 11, GC_SWEEP_DONE = 12, GO_CREATE = 13, GO_START = 14,
    GO_END = 15, GO_STOP = 16, GO_SCHED = 17, GO_PREEMPT = 18, GO_SLEEP = 19, GO_BLOCK = 20, GO_UNBLOCK = 21,
    GO_BLOCK_SEND = 22, GO_BLOCK_RECV = 23, GO_BLOCK_SELECT = 24, GO_BLOCK_SYNC = 25, GO_BLOCK_COND = 26,
    GO_BLOCK_NET = 27, GO_SYS_CALL = 28, GO_SYS_EXIT = 29, GO_SYS_BLOCK = 30, GO_WAITING = 31, GO_IN_SYSCALL = 32,
    HEAP_ALLOC = 33, HEAP_GOAL = 34, TIMER_GOROUTINE = 35, FUTILE_WAKEUP = 36, STRING = 37, GO_START_LOCAL = 38,
    GO_UNBLOCK_LOCAL = 39, GO_SYS_EXIT_LOCAL = 40, GO_START_LABEL = 41, GO_BLOCK_GC = 42, GC_MARK_ASSIST_START = 43,
    GC_MARK_ASSIST_DONE = 44, USER_TASK_CREATE = 45, USER_TASK_END = 46, USER_REGION = 47, USER_LOG = 48,
    CPU_SAMPLE = 49,
}

/// What an event of the v1 format looks like.
pub(super) struct OldSpec {
    pub(super) name: &'static str,
    /// First version that has it.
    pub(super) since: u32,
    /// Whether a stack id is the last argument.
    pub(super) has_stack: bool,
    /// Arguments without time and stack, in Go 1.11.
    args: u8,
}

const fn spec(name: &'static str, since: u32, args: u8) -> OldSpec {
    OldSpec { name, since, has_stack: false, args }
}

const fn with_stack(name: &'static str, since: u32, args: u8) -> OldSpec {
    OldSpec { name, since, has_stack: true, args }
}

/// By number; 0 does not exist.
pub(super) static SPECS: [OldSpec; 50] = [
    spec("None", u32::MAX, 0),
    spec("Batch", 5, 2),
    spec("Frequency", 5, 1),
    spec("Stack", 5, 2),
    with_stack("Gomaxprocs", 5, 1),
    spec("ProcStart", 5, 1),
    spec("ProcStop", 5, 0),
    with_stack("GCStart", 5, 1),
    spec("GCDone", 5, 0),
    spec("GCSTWStart", 5, 1),
    spec("GCSTWDone", 5, 0),
    with_stack("GCSweepStart", 5, 0),
    spec("GCSweepDone", 5, 2),
    with_stack("GoCreate", 5, 2),
    spec("GoStart", 5, 2),
    spec("GoEnd", 5, 0),
    with_stack("GoStop", 5, 0),
    with_stack("GoSched", 5, 0),
    with_stack("GoPreempt", 5, 0),
    with_stack("GoSleep", 5, 0),
    with_stack("GoBlock", 5, 0),
    with_stack("GoUnblock", 5, 2),
    with_stack("GoBlockSend", 5, 0),
    with_stack("GoBlockRecv", 5, 0),
    with_stack("GoBlockSelect", 5, 0),
    with_stack("GoBlockSync", 5, 0),
    with_stack("GoBlockCond", 5, 0),
    with_stack("GoBlockNet", 5, 0),
    with_stack("GoSysCall", 5, 0),
    spec("GoSysExit", 5, 3),
    spec("GoSysBlock", 5, 0),
    spec("GoWaiting", 5, 1),
    spec("GoInSyscall", 5, 1),
    spec("HeapAlloc", 5, 1),
    spec("HeapGoal", 5, 1),
    spec("TimerGoroutine", 5, 1),
    spec("FutileWakeup", 5, 0),
    spec("String", 7, 0),
    spec("GoStartLocal", 7, 1),
    with_stack("GoUnblockLocal", 7, 1),
    spec("GoSysExitLocal", 7, 2),
    spec("GoStartLabel", 8, 3),
    with_stack("GoBlockGC", 8, 0),
    with_stack("GCMarkAssistStart", 9, 0),
    spec("GCMarkAssistDone", 9, 0),
    with_stack("UserTaskCreate", 11, 3),
    with_stack("UserTaskEnd", 11, 1),
    with_stack("UserRegion", 11, 3),
    with_stack("UserLog", 11, 2),
    with_stack("CPUSample", 19, 3),
];

/// How many numbers an event has in the file, time and stack included.
pub(super) fn number_count(kind: u8, version: TraceVersion) -> usize {
    let spec = &SPECS[usize::from(kind)];
    let count = usize::from(spec.args) + usize::from(spec.has_stack);
    let is_1_5 = version.0 < 7;
    if matches!(kind, BATCH | FREQUENCY | TIMER_GOROUTINE) {
        // No time; Go 1.5 had a sequence number in the batch and an unused number in the others.
        return count + usize::from(is_1_5);
    }
    let without = match kind {
        GC_SWEEP_DONE if version.0 < 9 => 2,
        STW_START if version.0 < 10 => 1,
        // Go 1.7 gave these a sequence number of the goroutine (or GC) instead of a global one.
        GC_START | GO_START | GO_UNBLOCK if is_1_5 => 1,
        _ => 0,
    };
    count + 1 + usize::from(is_1_5) - without
}
