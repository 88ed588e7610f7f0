//! `goscope capture`: profiles, traces and dumps of running programs, each alone or as a bundle that overlaps in time.

mod args;
mod keep;
mod progress;

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::anyhow;
use goscope_remote::Target;
use serde::Serialize;

pub(super) use args::CaptureArgs;

use self::keep::{Captured, Place, keep};
use self::progress::watched;
use super::failure::{Failure, say, warn};
use super::output::OutputArgs;
use crate::capture::board::Board;
use crate::capture::index::Listed;
use crate::capture::plan::{Plan, Wanted, least_seconds, plan};
use crate::capture::take::{Failed, Rules, Taken, read_index, rfc3339, take};

/// How a command ends that Ctrl-C ended: 128 and the number of the signal, as shells have it.
const STOPPED: u8 = 130;

/// Signals so close to each other are one: a shell sends it to all of a group, a program that runs goscope once more.
const SAME_SIGNAL: Duration = Duration::from_millis(300);

/// A program with its plan; or why nothing can be had of it.
type Planned = Result<(Target, Vec<Listed>, Plan), Taken>;

/// What `--json` prints.
#[derive(Serialize)]
struct CaptureJson {
    schema: &'static str,
    stopped: bool,
    captures: Vec<Captured>,
}

/// Captures.
pub(super) fn run(args: &CaptureArgs) -> Result<(), Failure> {
    let (targets, rules) = (args.targets()?, args.rules()?);
    for target in &targets {
        args.wanted(target)?;
    }
    let board = Arc::new(Board::default());
    stop_at_signal(&board)?;
    let n_captures = args.count.unwrap_or(1);
    let mut captures = Vec::new();
    for number in 1..=n_captures {
        let began = Instant::now();
        board.begin_anew();
        let captured = capture(args, &targets, &rules, &board)?;
        if !args.json {
            captured.files.iter().try_for_each(|file| print_line(file))?;
        }
        captures.push(captured);
        let rest = args.every.unwrap_or_default().saturating_sub(began.elapsed());
        if number < n_captures && !board.wait(rest) || board.is_stopped() {
            break;
        }
    }
    let has_files = captures.iter().any(|captured| !captured.files.is_empty());
    let hosts = || captures.iter().flat_map(|captured| &captured.hosts);
    let has_failed = hosts()
        .any(|taken| !taken.failed.is_empty() || taken.members.iter().any(|member| member.cut.is_some()));
    if args.json {
        let json = CaptureJson { schema: "goscope.capture/1", stopped: board.is_stopped(), captures };
        OutputArgs { output: None }.write_json(&json)?;
    }
    if board.is_stopped() {
        return Err(Failure::Gate(STOPPED));
    }
    if !has_files {
        // What failed has been said.
        return Err(Failure::Gate(3));
    }
    if has_failed && args.strict { Err(Failure::Gate(1)) } else { Ok(()) }
}

/// The first Ctrl-C ends the requests, a second one the program.
fn stop_at_signal(board: &Arc<Board>) -> Result<(), Failure> {
    let board = Arc::clone(board);
    let mut first: Option<Instant> = None;
    let stop = move || match first {
        Some(first) if first.elapsed() > SAME_SIGNAL => std::process::exit(i32::from(STOPPED)),
        Some(_) => {}
        None => {
            first = Some(Instant::now());
            board.stop();
        }
    };
    ctrlc::set_handler(stop).map_err(|error| Failure::Usage(anyhow!("Ctrl-C cannot be watched for: {error}")))
}

/// One capture of all programs.
fn capture(
    args: &CaptureArgs,
    targets: &[Target],
    rules: &Rules,
    board: &Board,
) -> Result<Captured, Failure> {
    let started = rfc3339(SystemTime::now());
    let planned = watched(board, || all_planned(args, targets, rules, board));
    let steps = planned.iter().flatten().map(|(_, _, plan)| plan.steps.len()).max().unwrap_or(0);
    let place = Place::new(args.output.as_deref(), &started, targets, steps > 1)?;
    announce(&planned, targets);
    let taken = watched(board, || all_taken(planned, rules, board, &place));
    for taken in &taken {
        let host = |sentence: &str| match targets {
            [_] => sentence.to_owned(),
            _ if sentence.contains(&taken.host) => sentence.to_owned(),
            _ => format!("{}: {sentence}", taken.host),
        };
        let failed = taken.failed.iter().map(|failed| host(&failed.reason));
        warn(&once(failed.chain(taken.notes.iter().map(|note| host(note)))));
    }
    keep(place, started, taken, args.side_by_side)
}

/// Each sentence once, in the order of the first.
fn once(sentences: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for sentence in sentences {
        if !kept.contains(&sentence) {
            kept.push(sentence);
        }
    }
    kept
}

/// Asks each program what it has, all at once, and plans.
fn all_planned(args: &CaptureArgs, targets: &[Target], rules: &Rules, board: &Board) -> Vec<Planned> {
    let planned = |target: &Target| -> Planned {
        let nothing = |reason: String| Taken {
            host: target.place(),
            failed: vec![Failed { kind: "index".to_owned(), file: String::new(), reason, status: None }],
            ..Taken::default()
        };
        let wanted = args.wanted(target).map_err(|failure| nothing(failure.sentence()))?;
        if target.is_exact() {
            let target = with_seconds(target, args.seconds);
            let plan = plan(&of_address(wanted, &target), None);
            return Ok((target, Vec::new(), plan));
        }
        let listed = read_index(target, rules, board).map_err(nothing)?;
        let plan = plan(&wanted, listed.as_deref());
        Ok((target.clone(), listed.unwrap_or_default(), plan))
    };
    thread::scope(|scope| {
        let threads: Vec<_> = targets.iter().map(|target| scope.spawn(|| planned(target))).collect();
        threads.into_iter().map(joined).collect()
    })
}

/// What an exact address says of how long it measures.
fn of_address(wanted: Wanted, target: &Target) -> Wanted {
    let address = target.address();
    let trace_seconds = address.parameter("seconds").and_then(|seconds| seconds.parse().ok());
    Wanted {
        seconds: address.seconds().unwrap_or(0),
        // Go's default.
        trace_seconds: trace_seconds.filter(|seconds| (0.0..=1e6).contains(seconds)).unwrap_or(1.0),
        is_delta: address.seconds().is_some(),
        ..wanted
    }
}

/// `--seconds` counts for an exact address that measures.
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

/// Carries out all plans at once.
fn all_taken(planned: Vec<Planned>, rules: &Rules, board: &Board, place: &Place) -> Vec<Taken> {
    let gate = Barrier::new(planned.iter().flatten().count().max(1));
    let take_one = |planned: Planned| {
        let (target, listed, plan) = planned?;
        let host = place.of_host(target, listed);
        let mut taken = take(&host, &plan.steps, rules, board, &gate);
        taken.notes.splice(0..0, plan.notes);
        Ok(taken)
    };
    let take_one = &take_one;
    thread::scope(|scope| {
        let threads: Vec<_> =
            planned.into_iter().map(|planned| scope.spawn(move || take_one(planned))).collect();
        threads.into_iter().map(|thread| joined(thread).unwrap_or_else(|nothing: Taken| nothing)).collect()
    })
}

/// Says what is about to happen, to whoever waits for longer than a moment.
fn announce(planned: &[Planned], targets: &[Target]) {
    let seconds = planned.iter().flatten().map(|(_, _, plan)| least_seconds(&plan.steps)).fold(0.0, f64::max);
    if seconds > 0.0 {
        let places: Vec<String> = targets.iter().map(Target::place).collect();
        say(&format!(
            "Capturing from {} for about {seconds:.0} s; Ctrl-C ends it and keeps what is there",
            places.join(", ")
        ));
    }
}

fn print_line(line: &str) -> Result<(), Failure> {
    OutputArgs { output: None }.write_text(&format!("{line}\n"))
}
