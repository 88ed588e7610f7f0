//! What is compared of traces: groups of instances, and what their time goes to.

use std::sync::Arc;

use crate::verdict::row::Measure;

/// The quantiles that are compared, in percent.
pub(super) const PERCENTS: [u8; 3] = [50, 90, 99];

/// What the instances of a group are. What users wait for comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum GroupKind {
    /// User tasks of a type.
    Task,
    /// User regions of a name.
    Region,
    /// Goroutines that run a function.
    Goroutine,
}

/// Instances that are compared as one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Group {
    pub(super) kind: GroupKind,
    /// The type, the name, the function as two builds have it in common.
    pub(super) name: Arc<str>,
}

impl Group {
    /// The group in words: `task checkout`.
    pub(super) fn text(&self) -> String {
        let kind = match self.kind {
            GroupKind::Task => "task",
            GroupKind::Region => "region",
            GroupKind::Goroutine => "goroutine",
        };
        let name = if self.name.is_empty() { "(unnamed)" } else { &self.name };
        format!("{kind} {name}")
    }
}

/// What the time of an instance goes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Measured {
    /// From begin to end.
    Latency,
    /// Running, also for the garbage collector.
    Running,
    /// Waiting for a P.
    SchedulerWait,
    /// Blocked for a reason, in the runtime's words.
    Blocked(Arc<str>),
    /// In system calls, with or without a P.
    Syscall,
    /// Assisting the garbage collector: a part of running.
    GcAssist,
}

impl Measured {
    /// In words, after "p90 of".
    pub(super) fn text(&self) -> String {
        match self {
            Self::Latency => "latency".to_owned(),
            Self::Running => "running".to_owned(),
            Self::SchedulerWait => "scheduler wait".to_owned(),
            Self::Blocked(reason) if reason.is_empty() => "blocked".to_owned(),
            Self::Blocked(reason) => format!("blocked ({reason})"),
            Self::Syscall => "system calls".to_owned(),
            Self::GcAssist => "GC assist".to_owned(),
        }
    }

    /// One of its quantiles.
    pub(super) fn quantile(&self, percent: u8) -> Measure {
        Measure::Quantile { of: self.text(), percent }
    }
}
