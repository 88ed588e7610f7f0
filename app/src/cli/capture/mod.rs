//! `goscope capture`: profiles, traces and dumps of running programs, each alone or as a bundle that overlaps in time.

mod args;
mod forward;
mod into_store;
mod progress;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use serde::Serialize;

pub(super) use args::CaptureArgs;

use self::forward::Forwards;
use self::into_store::IntoStore;
use self::progress::watched;
use super::failure::{Failure, STOPPED, say, warn};
use super::open::{open_window, why_no_window};
use super::output::OutputArgs;
use crate::capture::board::Board;
use crate::capture::keep::{Captured, KeepError};
use crate::capture::once::{Planning, Request, plan_all, take_all};
use crate::capture::take::Rules;
use crate::document::Source;
use crate::session::look::{Opened, Opening};

/// Signals so close to each other are one: a shell sends it to all of a group, a program that runs goscope once more.
const SAME_SIGNAL: Duration = Duration::from_millis(300);

/// What `--json` prints.
#[derive(Serialize)]
struct CaptureJson {
    schema: &'static str,
    stopped: bool,
    captures: Vec<Captured>,
}

/// Captures.
pub(super) fn run(args: &CaptureArgs) -> Result<(), Failure> {
    args.check()?;
    into_store::check(args)?;
    let rules = args.rules()?;
    // Better said before than after half a minute.
    if let Some(reason) = why_no_window().filter(|_| args.open) {
        return Err(Failure::Usage(anyhow!("--open: {reason}")));
    }
    let (board, forwards) = (Arc::new(Board::default()), Forwards::default());
    stop_at_signal(&board, &forwards)?;
    if let Some(folder) = &args.watch {
        let came = watch::watch(args, folder, &board)?;
        return match (board.is_stopped(), args.open) {
            (true, _) => Err(Failure::Gate(STOPPED)),
            (false, true) => open_window(opening_of(came)),
            (false, false) => Ok(()),
        };
    }
    forwards.start(&args.k8s, &board)?;
    let ended = capture_all(args, &rules, &board, &forwards);
    forwards.end();
    ended
}

/// Captures as often as it is wanted, and tells what came.
fn capture_all(args: &CaptureArgs, rules: &Rules, board: &Board, forwards: &Forwards) -> Result<(), Failure> {
    let targets = args.targets(forwards)?;
    let programs = targets.into_iter().map(|target| {
        let wanted = args.wanted(&target)?;
        Ok((target, wanted))
    });
    let mut into_store = IntoStore::of(args)?;
    let passing = into_store.as_ref().and_then(IntoStore::passing);
    let request = Request {
        programs: programs.collect::<Result<_, Failure>>()?,
        seconds: args.seconds,
        // What goes into a store goes there by itself: a selection adds it up.
        is_side_by_side: args.side_by_side || passing.is_some(),
        output: args.output.clone().or(passing),
    };
    // Into a store until somebody ends it.
    let n_captures = args.count.unwrap_or(if args.every.is_some() { u32::MAX } else { 1 });
    let (mut captures, mut has_files, mut has_failed) = (Vec::new(), false, false);
    for number in 1..=n_captures {
        let began = Instant::now();
        board.begin_anew();
        let captured = capture(&request, rules, board)?;
        if let Some(into_store) = &mut into_store {
            into_store.add(&captured)?;
        }
        let is_kept = into_store.as_ref().is_none_or(|it| it.passing().is_none());
        if !args.json && is_kept {
            captured.files.iter().try_for_each(|file| print_line(file))?;
        }
        has_files |= !captured.files.is_empty();
        has_failed |= captured
            .hosts
            .iter()
            .any(|taken| !taken.failed.is_empty() || taken.members.iter().any(|member| member.cut.is_some()));
        // A schedule may go on for months.
        if args.json || args.open {
            captures.push(captured);
        }
        let rest = args.every.unwrap_or_default().saturating_sub(began.elapsed());
        if number < n_captures && !board.wait(rest) || board.is_stopped() {
            break;
        }
    }
    let opening = args.open.then(|| opening(&captures));
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
    if let Some(opening) = opening {
        // The window may stay for hours.
        forwards.end();
        open_window(opening)?;
    }
    if has_failed && args.strict { Err(Failure::Gate(1)) } else { Ok(()) }
}

/// What was captured, the most telling in front.
fn opening(captures: &[Captured]) -> Opening {
    let places = captures
        .iter()
        .flat_map(|captured| captured.to_look_at().into_iter().map(|member| captured.place_of(member)));
    let mut places: Vec<PathBuf> = places.collect();
    // The last that is opened stands in front.
    places.reverse();
    opening_of(places)
}

/// Files, the last in front.
fn opening_of(files: Vec<PathBuf>) -> Opening {
    let what = files.into_iter().map(|file| Opened::Source(Source::File(file))).collect();
    Opening { what, look: None }
}

/// The first Ctrl-C ends the requests, a second one the program.
fn stop_at_signal(board: &Arc<Board>, forwards: &Forwards) -> Result<(), Failure> {
    let (board, forwards) = (Arc::clone(board), forwards.clone());
    let mut first: Option<Instant> = None;
    let stop = move || match first {
        Some(first) if first.elapsed() > SAME_SIGNAL => {
            forwards.end();
            std::process::exit(i32::from(STOPPED))
        }
        Some(_) => {}
        None => {
            first = Some(Instant::now());
            board.stop();
        }
    };
    ctrlc::set_handler(stop).map_err(|error| Failure::Usage(anyhow!("Ctrl-C cannot be watched for: {error}")))
}

/// One capture of all programs.
fn capture(request: &Request, rules: &Rules, board: &Board) -> Result<Captured, Failure> {
    let planning = watched(board, || plan_all(request, rules, board));
    announce(&planning, request);
    let captured = watched(board, || take_all(request, planning, rules, board));
    let captured = captured.map_err(|error| match error {
        KeepError::Write(error, place) => Failure::from_write(error, &place),
        KeepError::Other(sentence) => Failure::Input(anyhow!(sentence)),
    })?;
    warn(&captured.sentences());
    Ok(captured)
}

/// Says what is about to happen, to whoever waits for longer than a moment.
fn announce(planning: &Planning, request: &Request) {
    let seconds = planning.least_seconds();
    if seconds > 0.0 {
        let places: Vec<String> = request.programs.iter().map(|(target, _)| target.place()).collect();
        say(&format!(
            "Capturing from {} for about {seconds:.0} s; Ctrl-C ends it and keeps what is there",
            places.join(", ")
        ));
    }
}

fn print_line(line: &str) -> Result<(), Failure> {
    OutputArgs { output: None }.write_text(&format!("{line}\n"))
}
