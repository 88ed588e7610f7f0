//! What a finding is.

use goscope_parsers::trace::{GoId, StringId, Time};

use crate::trace::answers::population::Population;
use crate::trace::answers::why::Answer;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Costs time, and may be meant so.
    Medium,
    /// A fault.
    High,
}

impl Severity {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingId {
    /// A lock is held in a system call, in a wait for the network or in a sleep, while others wait for it.
    LockHeldWhileBlocked,
    /// Goroutines queue for a lock all the time and hand it on to each other.
    LockConvoy,
    /// A writer waits for a slow reader, and all other readers wait behind the writer.
    WriterBlocksReaders,
    /// Goroutines are ready and all Ps are busy.
    CpuStarved,
    /// Time goes by behind other instances: a queue, a pool, a semaphore.
    Queueing,
    /// Goroutines do the collector's work because they allocate.
    GcAssist,
    /// Waits end because their deadline is over.
    DeadlineExceeded,
    /// The whole process is stopped again and again.
    Throttled,
    /// Goroutines "run" and get no CPU.
    RunningWithoutCpu,
    /// Goroutines wait for a P after system calls.
    LostP,
    /// Ps wake slowly.
    WakeupDelay,
    /// Many are woken for one thing to do.
    ThunderingHerd,
    /// System calls take long.
    SlowSyscall,
    /// The network takes long.
    SlowNetwork,
    /// Somebody waits for a goroutine that sleeps.
    WaitsForSleeper,
    /// One of several branches is late.
    FanOutStraggler,
    /// The collector takes much of the CPU.
    GcPressure,
    /// Finalizers wait.
    SlowFinalizer,
    /// Slow ones are much slower than typical ones, and no other finding says why.
    SlowTail,
    /// The slow ones of the first half have another cause than those of the second.
    CauseChanges,
}

impl FindingId {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::LockHeldWhileBlocked,
        Self::LockConvoy,
        Self::WriterBlocksReaders,
        Self::CpuStarved,
        Self::Queueing,
        Self::GcAssist,
        Self::DeadlineExceeded,
        Self::Throttled,
        Self::RunningWithoutCpu,
        Self::LostP,
        Self::WakeupDelay,
        Self::ThunderingHerd,
        Self::SlowSyscall,
        Self::SlowNetwork,
        Self::WaitsForSleeper,
        Self::FanOutStraggler,
        Self::GcPressure,
        Self::SlowFinalizer,
        Self::SlowTail,
        Self::CauseChanges,
    ];

    /// Its word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LockHeldWhileBlocked => "lock-held-while-blocked",
            Self::LockConvoy => "lock-convoy",
            Self::WriterBlocksReaders => "rwmutex-writer-blocks-readers",
            Self::CpuStarved => "cpu-starved",
            Self::Queueing => "queueing",
            Self::GcAssist => "gc-assist",
            Self::DeadlineExceeded => "deadline-exceeded",
            Self::Throttled => "throttled",
            Self::RunningWithoutCpu => "running-without-cpu",
            Self::LostP => "lost-p",
            Self::WakeupDelay => "wakeup-delay",
            Self::ThunderingHerd => "thundering-herd",
            Self::SlowSyscall => "slow-syscall",
            Self::SlowNetwork => "slow-network",
            Self::WaitsForSleeper => "waits-for-sleeper",
            Self::FanOutStraggler => "fan-out-straggler",
            Self::GcPressure => "gc-pressure",
            Self::SlowFinalizer => "slow-finalizer",
            Self::SlowTail => "slow-tail",
            Self::CauseChanges => "cause-changes",
        }
    }

    /// How bad it is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::LockHeldWhileBlocked
            | Self::LockConvoy
            | Self::WriterBlocksReaders
            | Self::CpuStarved
            | Self::Queueing
            | Self::GcAssist
            | Self::DeadlineExceeded
            | Self::Throttled
            | Self::RunningWithoutCpu => Severity::High,
            Self::LostP
            | Self::WakeupDelay
            | Self::ThunderingHerd
            | Self::SlowSyscall
            | Self::SlowNetwork
            | Self::WaitsForSleeper
            | Self::FanOutStraggler
            | Self::GcPressure
            | Self::SlowFinalizer
            | Self::SlowTail => Severity::Medium,
            Self::CauseChanges => Severity::Low,
        }
    }

    /// What helps as a rule; none where that depends.
    pub const fn remedy(self) -> Option<&'static str> {
        Some(match self {
            Self::LockHeldWhileBlocked => {
                "Do the slow part outside of the lock: copy under it, write after it."
            }
            Self::LockConvoy => "Hold the lock for less, or split what it guards.",
            Self::WriterBlocksReaders => {
                "Let readers hold the lock for less, or publish a copy with an atomic pointer."
            }
            Self::CpuStarved => "More CPUs, or less work at once.",
            Self::Queueing => "More workers or places, if what they work on can take it.",
            Self::GcAssist => "Allocate less there, or raise GOGC or GOMEMLIMIT.",
            Self::DeadlineExceeded => "Look at what is called there, and whether its deadline is right.",
            Self::Throttled => "Look at the CPU quota of the container, and at what stops the process.",
            Self::RunningWithoutCpu => {
                "Lower GOMAXPROCS or raise the quota; Go 1.25 and later read a container's limit themselves."
            }
            Self::LostP => "More Ps, or fewer goroutines that compute beside the system calls.",
            Self::WakeupDelay => "Look at the load of the machine, and at locked threads.",
            Self::ThunderingHerd => "Wake one: Signal instead of Broadcast, a send instead of close.",
            Self::SlowSyscall | Self::SlowNetwork => {
                "Cache it, do several at once, or do it beside other work."
            }
            Self::WaitsForSleeper => {
                "Wake it when there is something to do, instead of looking from time to time."
            }
            Self::FanOutStraggler => "Split that branch, or do not wait for it.",
            Self::GcPressure => "Allocate less, or raise GOGC or GOMEMLIMIT.",
            Self::SlowFinalizer => "Close what is closed there by hand; one goroutine runs all finalizers.",
            Self::SlowTail | Self::CauseChanges => return None,
        })
    }
}

/// Whom a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// Instances.
    Group(Population),
    /// A function.
    Function(StringId),
    /// The whole process.
    Process,
}

/// A place to look at: a goroutine in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// The goroutine.
    pub goroutine: GoId,
    /// From when.
    pub begin: Time,
    /// Until when.
    pub end: Time,
}

/// Something that stands out.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What.
    pub id: FindingId,
    /// About whom.
    pub about: About,
    /// The time behind it, of goroutines.
    pub nanos: u64,
    /// The part of the time of those it is about, in 0..=1; 0 where there is no whole.
    pub share: f64,
    /// How often it was seen.
    pub count: u64,
    /// Where: functions, outermost first.
    pub path: Vec<StringId>,
    /// The function where it happens.
    pub function: Option<StringId>,
    /// Who had what was waited for: start functions.
    pub by: Option<StringId>,
    /// The late branch: the name of a region, or a start function.
    pub branch: Option<StringId>,
    /// Of a slow tail: the part of critical paths that makes the difference.
    pub answer: Option<Box<Answer>>,
    /// Of a read-write lock: who held it for reading, and who waited to write.
    pub reader_writer: Option<(StringId, StringId)>,
    /// Where to look, at most five.
    pub examples: Vec<Example>,
}

impl Finding {
    /// A finding without details.
    pub(super) fn new(id: FindingId, about: About, nanos: u64) -> Self {
        Self {
            id,
            about,
            nanos,
            share: 0.0,
            count: 0,
            path: Vec::new(),
            function: None,
            by: None,
            branch: None,
            answer: None,
            reader_writer: None,
            examples: Vec::new(),
        }
    }
}
