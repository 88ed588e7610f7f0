//! Options that select goroutines, tasks and regions: by name and by duration.

use std::ops::RangeInclusive;

use clap::ValueEnum;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::goroutines::{GoroutineFilter, SystemGoroutines};

use super::about::{function_arg, goroutine_arg};
use crate::query::trace::handle::Named;
use crate::query::trace::times::duration_nanos;

/// Which goroutines a report is about.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Which goroutines")]
pub(super) struct GoroutineFilterArgs {
    /// Only goroutines that run this function, or start in it (its full name, as `main.worker`)
    #[arg(long, visible_alias = "goroutine_func", value_name = "FUNCTION", value_parser = function_arg)]
    goroutine_func: Option<String>,
    /// Only goroutines whose start function's name contains this text
    #[arg(long, value_name = "TEXT")]
    containing: Option<String>,
    /// Only the goroutine with this number
    #[arg(short, long, value_name = "NUMBER", value_parser = goroutine_arg)]
    goroutine: Option<i64>,
    /// Include runtime goroutines (GC workers, finalizers, …)
    #[arg(long)]
    system: bool,
}

impl GoroutineFilterArgs {
    /// The filter that these options describe, together with what the plain argument names.
    pub(super) fn filter(&self, about: &Named) -> GoroutineFilter {
        let system = if self.system { SystemGoroutines::Included } else { SystemGoroutines::WhenNamed };
        GoroutineFilter {
            goid: self.goroutine(about),
            function: self.goroutine_func.clone().or_else(|| about.function.clone()),
            text: self.containing.clone(),
            system,
            ..GoroutineFilter::default()
        }
    }
}

impl GoroutineFilterArgs {
    /// The one goroutine that the report is about.
    pub(super) fn goroutine(&self, about: &Named) -> Option<i64> {
        self.goroutine.or(about.goroutine)
    }

    /// Whether any of these options restricts the report to some goroutines.
    pub(super) fn is_given(&self, about: &Named) -> bool {
        self.goroutine(about).is_some()
            || self.goroutine_func.is_some()
            || about.function.is_some()
            || self.containing.is_some()
    }
}

/// How long a goroutine, task or region must have taken.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct LengthArgs {
    /// Only what took at least this long, e.g. 20ms
    #[arg(long, value_name = "DURATION", value_parser = duration_nanos)]
    min: Option<i64>,
    /// Only what took at most this long
    #[arg(long, value_name = "DURATION", value_parser = duration_nanos)]
    max: Option<i64>,
}

impl LengthArgs {
    /// The bounds in nanoseconds; `None` if no bound is given.
    pub(super) fn nanos(&self) -> Option<RangeInclusive<u64>> {
        if self.min.is_none() && self.max.is_none() {
            return None;
        }
        let min = self.min.unwrap_or(0).cast_unsigned();
        Some(min..=self.max.map_or(u64::MAX, i64::cast_unsigned))
    }
}

/// Which tasks or regions a report lists, and how many of them.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Only those whose start and end are in the trace
    #[arg(long, conflicts_with = "incomplete")]
    complete: bool,
    /// Only those whose start or end is missing
    #[arg(long)]
    incomplete: bool,
    /// List them one by one even without a filter
    #[arg(long)]
    list: bool,
    /// List the first N; 0 lists all
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    length: LengthArgs,
}

impl ListArgs {
    /// Whether the options ask for a list.
    pub(super) fn is_given(&self) -> bool {
        self.list || self.is_complete().is_some() || self.nanos().is_some()
    }

    /// `Some(true)` for complete ones only, `Some(false)` for incomplete ones only.
    pub(super) fn is_complete(&self) -> Option<bool> {
        (self.complete || self.incomplete).then_some(self.complete)
    }

    /// The bounds of `--min` and `--max` in nanoseconds; `None` if no bound is given.
    pub(super) fn nanos(&self) -> Option<RangeInclusive<u64>> {
        self.length.nanos()
    }

    /// Cuts the rows to the limit; returns how many there were.
    pub(super) fn cut<T>(&self, rows: &mut Vec<T>) -> usize {
        let found = rows.len();
        if self.limit > 0 {
            rows.truncate(self.limit);
        }
        found
    }
}

/// A state of goroutines.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum StateArg {
    /// Waits for a P
    Runnable,
    /// Runs
    Running,
    /// Is blocked
    Waiting,
    /// In a system call or C code
    Syscall,
    /// In a system call or C code that has lost its P
    SyscallBlocked,
}

impl From<StateArg> for SpanState {
    fn from(state: StateArg) -> Self {
        match state {
            StateArg::Runnable => Self::Runnable,
            StateArg::Running => Self::Running,
            StateArg::Waiting => Self::Waiting,
            StateArg::Syscall => Self::Syscall,
            StateArg::SyscallBlocked => Self::SyscallBlocked,
        }
    }
}
