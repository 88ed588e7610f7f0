//! Which benchmark a sample belongs to, and which part of its run, by the functions of its stack.
//!
//! | frames, outermost first | what |
//! |---|---|
//! | `(*B).run1.func1 → (*B).runN → BenchmarkX` | first run, N = 1; all of a `b.Loop` benchmark |
//! | `(*B).launch → (*B).runN → BenchmarkX` | ramp and last run |
//! | `(*B).runN → runtime.GC` | the collection before each run |
//! | `(*B).RunParallel.func1 → BenchmarkX.func1` | a worker of `RunParallel` |
//! | `… → BenchmarkX.func2` | another goroutine of the benchmark |
//! | the runtime alone | garbage collection and scheduling in the background |

use goscope_parsers::pprof::{FunctionId, Profile};

use super::key::BenchmarkKey;
use crate::symbol::{FrameKind, is_preemption, kind_of, package_of};

/// What a sample is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The operation that is measured, on any goroutine.
    Operation,
    /// Lines of the benchmark that run once, not once an operation.
    Setup,
    /// The garbage collection before each run.
    CollectionBeforeRuns,
    /// The runtime without a benchmark in its stack: garbage collection, scheduling.
    Background,
    /// Goroutines that no benchmark function is in.
    OtherGoroutines,
    /// The testing package itself.
    Harness,
}

impl Part {
    /// All but the operation, in the order in which they are shown.
    pub const BESIDE: [Self; 5] =
        [Self::Background, Self::OtherGoroutines, Self::Setup, Self::CollectionBeforeRuns, Self::Harness];

    /// What it is, in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Operation => "the operation",
            Self::Setup => "set-up, once a run",
            Self::CollectionBeforeRuns => "garbage collection before each run",
            Self::Background => "runtime in the background",
            Self::OtherGoroutines => "goroutines without a benchmark in their stacks",
            Self::Harness => "package testing",
        }
    }
}

/// Which run a sample is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunOf {
    /// The first, with N = 1; or all of a `b.Loop` benchmark.
    First,
    /// One of the others.
    Later,
    /// Not told by the stack: a goroutine of its own.
    Unknown,
    /// A worker of `RunParallel`, in whatever run.
    Parallel,
}

/// A sample that a benchmark owns, or nobody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owned {
    /// The benchmark as it is in the profile, by its place in [`Owners::keys`].
    pub(super) key: Option<usize>,
    pub(super) part: Part,
    pub(super) run: RunOf,
    /// How many frames stand outside of the benchmark function.
    pub(super) outside: usize,
    /// Whether the benchmark function itself is at the end of what is outside, and no function literal in it.
    pub(super) is_whole_function: bool,
}

/// A frame: a function and the line in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) function: FunctionId,
    pub(super) line: i64,
}

/// What a function is to the testing package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Preemption,
    FirstRun,
    LaterRuns,
    RunN,
    Worker,
    Collection,
    Testing,
    Runtime,
    /// A function `Benchmark…`, or a literal in one (`false`).
    Benchmark(usize, bool),
    Other,
}

/// Reads whose samples are whose.
#[derive(Debug, Default)]
pub(super) struct Owners {
    roles: Vec<Role>,
    /// The benchmarks of the profile, in order of functions.
    pub(super) keys: Vec<BenchmarkKey>,
}

impl Owners {
    pub(super) fn of(profile: &Profile) -> Self {
        let mut owners = Self::default();
        for function in &profile.functions {
            let name = profile.text(function.name);
            let role = owners.role(&name);
            owners.roles.push(role);
        }
        owners
    }

    fn role(&mut self, name: &str) -> Role {
        match name {
            "testing.(*B).run1.func1" => return Role::FirstRun,
            "testing.(*B).launch" => return Role::LaterRuns,
            "testing.(*B).runN" => return Role::RunN,
            "testing.(*B).RunParallel.func1" => return Role::Worker,
            "runtime.GC" => return Role::Collection,
            _ if is_preemption(name) => return Role::Preemption,
            _ => {}
        }
        if let Some((key, is_whole)) = BenchmarkKey::of_function(name) {
            let place = self.keys.iter().position(|known| *known == key).unwrap_or(self.keys.len());
            if place == self.keys.len() {
                self.keys.push(key);
            }
            return Role::Benchmark(place, is_whole);
        }
        match (package_of(name), kind_of(name)) {
            ("testing", _) => Role::Testing,
            (_, FrameKind::Runtime) => Role::Runtime,
            _ => Role::Other,
        }
    }

    /// The frames of a sample, outermost first: what only interrupts a function, and all below that, is left out.
    pub(super) fn read(&self, profile: &Profile, sample: usize, frames: &mut Vec<Place>) {
        frames.clear();
        for &location in profile.samples.stack(sample).iter().rev() {
            for line in profile.locations.lines(location).iter().rev() {
                if self.role_of(line.function) == Role::Preemption && !frames.is_empty() {
                    return;
                }
                frames.push(Place { function: line.function, line: line.line });
            }
        }
    }

    fn role_of(&self, function: FunctionId) -> Role {
        self.roles.get(function.index()).copied().unwrap_or(Role::Other)
    }

    /// Whose a sample is. Where a benchmark runs a function with another name, `key` is `None` though the part is the
    /// operation.
    pub(super) fn owned(&self, frames: &[Place]) -> Owned {
        let roles = || frames.iter().map(|frame| self.role_of(frame.function));
        let nobodys =
            |part| Owned { key: None, part, run: RunOf::Unknown, outside: 0, is_whole_function: false };
        let run = roles().find_map(|role| match role {
            Role::FirstRun => Some(RunOf::First),
            Role::LaterRuns => Some(RunOf::Later),
            _ => None,
        });
        let (begin, run) = if let Some(at) = roles().position(|role| role == Role::RunN) {
            (at + 1, run.unwrap_or(RunOf::Unknown))
        } else if let Some(at) = roles().position(|role| role == Role::Worker) {
            (at + 1, RunOf::Parallel)
        } else if let Some(at) = roles().position(|role| matches!(role, Role::Benchmark(..))) {
            (at, RunOf::Unknown)
        } else if roles().all(|role| matches!(role, Role::Runtime | Role::Collection | Role::Preemption)) {
            return nobodys(Part::Background);
        } else if roles().any(|role| role == Role::Testing) {
            return nobodys(Part::Harness);
        } else {
            return nobodys(Part::OtherGoroutines);
        };
        let operation = |key, is_whole_function| Owned {
            key,
            part: Part::Operation,
            run,
            outside: begin,
            is_whole_function,
        };
        match frames.get(begin).map(|frame| self.role_of(frame.function)) {
            Some(Role::Collection) => nobodys(Part::CollectionBeforeRuns),
            Some(Role::Benchmark(key, is_whole)) => operation(Some(key), is_whole),
            // A worker that asks for the next iteration; else what surrounds a run.
            Some(Role::Testing | Role::Runtime) | None if run == RunOf::Parallel => operation(None, false),
            Some(Role::Testing | Role::Runtime) | None => nobodys(Part::Harness),
            Some(_) => operation(None, false),
        }
    }
}
