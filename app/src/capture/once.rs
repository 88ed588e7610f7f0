//! One capture of some programs: asks each what it has, plans, and carries all plans out at once, a program each thread.

use std::path::PathBuf;
use std::sync::Barrier;
use std::thread;
use std::time::SystemTime;

use goscope_remote::Target;

use super::board::Board;
use super::index::Listed;
use super::keep::{Captured, KeepError, Place, keep};
use super::plan::{Plan, Wanted, least_seconds, plan};
use super::take::{Failed, Rules, Taken, read_index, rfc3339, take};

/// What is captured of which programs, and where it goes.
#[derive(Clone, Debug)]
pub struct Request {
    /// Programs, and what is wanted of each.
    pub programs: Vec<(Target, Wanted)>,
    /// How long an exact address measures, in s; `None` for what it says.
    pub seconds: Option<u32>,
    /// A file, or a folder if it is one or ends in a slash; `None` for the working directory.
    pub output: Option<PathBuf>,
    /// Whether nothing is added up.
    pub is_side_by_side: bool,
}

/// A program with its plan; or why nothing can be had of it.
type Planned = Result<(Target, Vec<Listed>, Plan), Box<Taken>>;

/// What will be done.
#[derive(Debug)]
pub struct Planning {
    started: String,
    planned: Vec<Planned>,
}

impl Planning {
    /// How long it takes at least, in s.
    pub fn least_seconds(&self) -> f64 {
        let plans = self.planned.iter().flatten();
        plans.map(|(_, _, plan)| least_seconds(&plan.steps)).fold(0.0, f64::max)
    }
}

/// Asks each program what it has, all at once, and plans.
pub fn plan_all(request: &Request, rules: &Rules, board: &Board) -> Planning {
    let started = rfc3339(SystemTime::now());
    let planned = |target: &Target, wanted: &Wanted| -> Planned {
        let nothing = |reason: String| {
            let failed = Failed { kind: "index".to_owned(), file: String::new(), reason, status: None };
            Box::new(Taken { host: target.place(), failed: vec![failed], ..Taken::default() })
        };
        if target.is_exact() {
            let target = with_seconds(target, request.seconds);
            let plan = plan(&of_address(wanted.clone(), &target), None);
            return Ok((target, Vec::new(), plan));
        }
        let listed = read_index(target, rules, board).map_err(nothing)?;
        let plan = plan(wanted, listed.as_deref());
        Ok((target.clone(), listed.unwrap_or_default(), plan))
    };
    let planned = &planned;
    let planned = thread::scope(|scope| {
        let programs = request.programs.iter();
        let threads: Vec<_> =
            programs.map(|(target, wanted)| scope.spawn(move || planned(target, wanted))).collect();
        threads.into_iter().map(joined).collect()
    });
    Planning { started, planned }
}

/// Carries out all plans at once, and keeps what comes of them.
///
/// # Errors
/// A place cannot be written to. What a program refuses is part of the answer.
pub fn take_all(
    request: &Request,
    planning: Planning,
    rules: &Rules,
    board: &Board,
) -> Result<Captured, KeepError> {
    let Planning { started, planned } = planning;
    let targets: Vec<Target> = request.programs.iter().map(|(target, _)| target.clone()).collect();
    let n_steps = planned.iter().flatten().map(|(_, _, plan)| plan.steps.len()).max().unwrap_or(0);
    let place = Place::new(request.output.as_deref(), &started, &targets, n_steps > 1)?;
    let gate = Barrier::new(planned.iter().flatten().count().max(1));
    let take_one = |planned: Planned| {
        let (target, listed, plan) = match planned {
            Ok(planned) => planned,
            Err(nothing) => return *nothing,
        };
        let host = place.of_host(target, listed);
        let mut taken = take(&host, &plan.steps, rules, board, &gate);
        taken.notes.splice(0..0, plan.notes);
        taken
    };
    let take_one = &take_one;
    let taken = thread::scope(|scope| {
        let threads: Vec<_> =
            planned.into_iter().map(|planned| scope.spawn(move || take_one(planned))).collect();
        threads.into_iter().map(joined).collect()
    });
    keep(place, started, taken, request.is_side_by_side)
}

/// What an exact address says of how long it measures.
fn of_address(wanted: Wanted, target: &Target) -> Wanted {
    let address = target.address();
    let trace_seconds = address.parameter("seconds").and_then(|seconds| seconds.parse().ok());
    Wanted {
        seconds: address.seconds().unwrap_or(0),
        // Go's default; what is a trace by its content alone comes when it comes.
        trace_seconds: trace_seconds
            .filter(|seconds| (0.0..=1e6).contains(seconds))
            .unwrap_or(if address.last_element() == "trace" { 1.0 } else { 0.0 }),
        is_delta: address.seconds().is_some(),
        ..wanted
    }
}

/// What was said of seconds counts for an exact address that measures.
fn with_seconds(target: &Target, seconds: Option<u32>) -> Target {
    match seconds
        .filter(|_| target.address().seconds().is_some() || target.address().last_element() == "trace")
    {
        Some(seconds) => target.with_seconds(seconds),
        None => target.clone(),
    }
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
