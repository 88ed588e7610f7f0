//! The command line: the list of subcommands, and the file that runs each.

mod archive_info;
mod args;
mod bench;
mod benchstat;
mod bundle_info;
mod capture;
mod completions;
mod convert;
mod cover;
mod diff;
mod dump_info;
mod failure;
mod goroutines;
mod handle_args;
mod info;
mod input;
mod json;
mod look_args;
mod man;
mod open;
mod output;
mod pprof;
mod query;
mod record;
mod report;
mod report_args;
mod session_info;
mod source_page;
mod store;
mod svg;
mod tags;
mod test;
mod testing_info;
mod top;
mod trace;
mod trace_info;
mod unknown;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::{CommandFactory as _, Parser, Subcommand};
use goscope_parsers::FileBytes;

use crate::document::Source;
use crate::memory_limit::{self, parse_size};
use crate::session::format::is_session_name;
use crate::session::look::{Opened, Opening};
use failure::Failure;
use look_args::LookArgs;
use open::{open_window, read_session, why_no_window};

const AFTER_HELP: &str = "\
Examples:
  goscope cpu.pb.gz                         open a profile in the window
  goscope shop.goscope                      go on with a session that was saved there
  goscope top --cum cpu.pb.gz               the table of `go tool pprof -top -cum`
  goscope svg cpu.pb.gz -o cpu.svg          a flame graph that any browser shows
  goscope diff old.pb.gz new.pb.gz          what became slower

Exit codes: 0 success, 1 a regression or finding, 2 wrong usage, 3 unreadable input, 4 not enough data to decide.";

/// Go profiles and execution traces: what is slow, why, and did my change make it worse?
#[derive(Debug, Parser)]
#[command(name = "goscope", version, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    /// Files to open in the window: profiles, traces, goroutine dumps, coverage, output of go test, sessions (*.goscope)
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    look: LookArgs,

    /// The most memory that a command may take, as 512M or 8G; then it ends with a sentence and exit code 3 (default: 1 GiB
    /// and 64 bytes for each byte that it reads; the window has no limit)
    #[arg(long, value_name = "SIZE", value_parser = parse_size, global = true)]
    max_memory: Option<u64>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open files in the window
    Open {
        /// Files to open: profiles, traces, goroutine dumps, coverage, output of go test, sessions (*.goscope)
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        look: Box<LookArgs>,
    },
    /// Print what a file is: kind, types and units, duration, counts
    Info(info::InfoArgs),
    /// List functions by flat or cumulative value, as `go tool pprof -top`
    Top(top::TopArgs),
    /// Print every function between its callers and callees, as `go tool pprof -tree`
    Tree(report::WholeArgs),
    /// Print some functions between their callers and callees, as `go tool pprof -peek`
    Peek(report::NamedArgs),
    /// Print the source of some functions with the values of every line, as `go tool pprof -list`
    List(report::ListArgs),
    /// Print every sample with its stack, as `go tool pprof -traces`
    Traces(report::WholeArgs),
    /// Print what each label accounts for, as `go tool pprof -tags`
    Tags(tags::TagsArgs),
    /// Print the comments in a profile
    Comments(report::WholeArgs),
    /// Print the tables of a profile, as `go tool pprof -raw`
    Raw(report::WholeArgs),
    /// Draw a flame graph as a self-contained interactive SVG
    Svg(svg::SvgArgs),
    /// Compare two profiles of the same type, function by function
    Diff(Box<diff::DiffArgs>),
    /// Run benchmarks, compare them with a commit, and say which functions made them slower
    Bench(Box<bench::BenchArgs>),
    /// Compare benchmarks, as benchstat
    Benchstat(benchstat::BenchstatArgs),
    /// Take profiles and traces of running programs, each alone or all at the same time
    Capture(Box<capture::CaptureArgs>),
    /// Run two commands in turn, several times each, and keep their profiles for `goscope diff`
    Record(record::RecordArgs),
    /// Look into an execution trace
    Trace(trace::TraceArgs),
    /// Show what of a program its tests ran: functions, lines, changed lines
    Cover(cover::CoverArgs),
    /// Group the goroutines of a dump, and tell leaks, deadlocks and races
    Goroutines(Box<goroutines::GoroutinesArgs>),
    /// Run tests, or read what `go test -json` printed: what failed, what is flaky, what is slow
    Test(test::TestArgs),
    /// Keep profiles and sums of traces in a folder or in ClickHouse, and give any set of them back
    Store(store::StoreArgs),
    /// Ask a store: top functions over time, share of a function by version, which instances, which profiles
    Query(query::QueryArgs),
    /// Write a profile in another tool's format
    Convert(convert::ConvertArgs),
    /// The command line of `go tool pprof`: its reports, options and prompt
    Pprof(pprof::PprofArgs),
    /// Write a script that completes goscope's subcommands and options in a shell
    Completions(completions::CompletionsArgs),
    /// Write manual pages: one for goscope, one for each subcommand
    Man(man::ManArgs),
}

/// Runs the program and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(limit_behind_command(arguments.into_iter().collect())) {
        Ok(arguments) => arguments,
        Err(error) => return exit_from_clap(&error),
    };
    memory_limit::limit_command(arguments.max_memory);
    // Who waits for files that others write goes on to the next one.
    FileBytes::end_program_when_cut(!matches!(arguments.command, Some(Command::Capture(_))));
    let result = match arguments.command {
        None => unknown::check_names(&arguments.files, &program())
            .and_then(|()| open_or_tell(arguments.files, &arguments.look)),
        Some(Command::Open { files, look }) => opening(files, &look).and_then(open_window),
        Some(Command::Info(args)) => info::run(&args),
        Some(Command::Top(args)) => top::run(&args),
        Some(Command::Tree(args)) => report::run_whole(report::Whole::Tree, &args),
        Some(Command::Peek(args)) => report::run_peek(&args),
        Some(Command::List(args)) => report::run_list(&args),
        Some(Command::Traces(args)) => report::run_whole(report::Whole::Traces, &args),
        Some(Command::Tags(args)) => tags::run(&args),
        Some(Command::Comments(args)) => report::run_whole(report::Whole::Comments, &args),
        Some(Command::Raw(args)) => report::run_whole(report::Whole::Raw, &args),
        Some(Command::Svg(args)) => svg::run(&args),
        Some(Command::Diff(args)) => diff::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Benchstat(args)) => benchstat::run(&args),
        Some(Command::Capture(args)) => capture::run(&args),
        Some(Command::Record(args)) => record::run(&args),
        Some(Command::Trace(args)) => trace::run(&args),
        Some(Command::Cover(args)) => cover::run(&args),
        Some(Command::Goroutines(args)) => goroutines::run(&args),
        Some(Command::Test(args)) => test::run(&args),
        Some(Command::Store(args)) => store::run(&args),
        Some(Command::Query(args)) => query::run(&args),
        Some(Command::Convert(args)) => convert::run(&args),
        Some(Command::Pprof(args)) => pprof::run(&args),
        Some(Command::Completions(args)) => completions::run(&args, program()),
        Some(Command::Man(args)) => man::run(&args, program()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Puts `--max-memory SIZE` behind the command that follows it: clap takes no subcommand behind an option here, since
/// options that say how a file is shown in the window go with no subcommand.
fn limit_behind_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let text = |at: usize| arguments.get(at).and_then(|argument| argument.to_str()).unwrap_or("");
    let is_command = |at: usize| !text(at).is_empty() && !text(at).starts_with('-');
    if text(1) == "--max-memory" && is_command(3) {
        arguments[1..=3].rotate_right(1);
    } else if text(1).starts_with("--max-memory=") && is_command(2) {
        arguments.swap(1, 2);
    }
    arguments
}

/// What the window opens with, for a command line that opens it.
///
/// # Errors
/// The sentence that is printed, also for a command line that does something else.
pub fn opening_of(arguments: impl IntoIterator<Item = OsString>) -> Result<Opening, String> {
    let arguments = Arguments::try_parse_from(arguments).map_err(|error| error.to_string())?;
    let opening = match arguments.command {
        None => opening(arguments.files, &arguments.look),
        Some(Command::Open { files, look }) => opening(files, &look),
        Some(Command::Diff(args)) => diff::opening(&args),
        Some(_) => return Err("this command opens no window".to_owned()),
    };
    opening.map_err(|failure| failure.sentence())
}

/// What the window opens with. Sessions are read here, so that a wrong one is told of before there is a window.
fn opening(files: Vec<PathBuf>, look: &LookArgs) -> Result<Opening, Failure> {
    let look = look.look()?;
    if look.is_some() && (files.len() != 1 || files.iter().any(|file| is_session_name(file))) {
        return Err(Failure::Usage(anyhow!(
            "options that say how a file is shown go with one profile or trace"
        )));
    }
    let opened = |file: PathBuf| match is_session_name(&file) {
        true => read_session(&file).map(|session| Opened::Session(file, Box::new(session))),
        false => Ok(Opened::Source(Source::named(file))),
    };
    Ok(Opening { what: files.into_iter().map(opened).collect::<Result<_, _>>()?, look })
}

/// Opens files in the window; where there is none, says what they are instead.
fn open_or_tell(files: Vec<PathBuf>, look: &LookArgs) -> Result<(), Failure> {
    let Some(why) = why_no_window().filter(|_| !files.is_empty()) else {
        return opening(files, look).and_then(open_window);
    };
    files.iter().try_for_each(|file| info::tell(file))?;
    failure::warn(&[format!(
        "{why}: this is what `goscope info` says; `goscope --help` lists the other commands"
    )]);
    Ok(())
}

/// The definition of the whole command line, with the flags of `goscope pprof`, which clap does not parse.
fn program() -> clap::Command {
    Arguments::command().mut_subcommand("pprof", pprof::with_flags)
}

/// Prints clap's message. Help and version succeed (0), everything else is wrong usage (2).
fn exit_from_clap(error: &clap::Error) -> ExitCode {
    // A closed pipe while printing help is not an error.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}
