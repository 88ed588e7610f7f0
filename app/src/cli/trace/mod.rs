//! `goscope trace`: what is in an execution trace, event by event or by size.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Subcommand;
use goscope_parsers::trace::{Event, Problem, Tables, TraceReader, footprint, write_event, write_event_json};

use super::failure::Failure;
use super::input::InputArgs;
use super::output::OutputArgs;
use super::warn;

/// Arguments of `goscope trace`.
#[derive(Debug, clap::Args)]
pub(super) struct TraceArgs {
    #[command(subcommand)]
    command: TraceCommand,
}

#[derive(Debug, Subcommand)]
enum TraceCommand {
    /// Print all events in order, as `go tool trace -d=parsed`
    Events(EventsArgs),
    /// Print what each type of event takes, as `go tool trace -d=footprint`
    Footprint(FootprintArgs),
}

#[derive(Debug, clap::Args)]
struct EventsArgs {
    /// Trace to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, clap::Args)]
struct FootprintArgs {
    /// Trace to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints what was asked for.
pub(super) fn run(args: &TraceArgs) -> Result<(), Failure> {
    match &args.command {
        TraceCommand::Events(args) => events(args),
        TraceCommand::Footprint(args) => print_footprint(args),
    }
}

/// Says what was lost of a trace, after what could be read has been printed.
fn warn_of(problems: &[Problem]) {
    warn(&problems.iter().map(ToString::to_string).collect::<Vec<_>>());
}

fn events(args: &EventsArgs) -> Result<(), Failure> {
    let file = args.input.open(&args.file)?;
    let bytes = args.input.content(&args.file, &file)?;
    let mut reader = TraceReader::new(&bytes).map_err(|error| Failure::from_parse(error, &args.file))?;
    let write = if args.json { write_json_line } else { write_event };
    args.output.write(|out| write_events(&mut reader, write, out))?;
    warn_of(reader.problems());
    Ok(())
}

fn write_json_line(text: &mut String, event: &Event, tables: &Tables) {
    write_event_json(text, event, tables);
    if !text.ends_with('\n') {
        text.push('\n');
    }
}

/// Writes chunk by chunk, so that memory does not grow with the trace.
fn write_events(
    reader: &mut TraceReader<'_>,
    write: fn(&mut String, &Event, &Tables),
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut text = String::new();
    while let Some(chunk) = reader.next_chunk() {
        text.clear();
        for event in chunk.events {
            write(&mut text, event, chunk.tables);
        }
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

fn print_footprint(args: &FootprintArgs) -> Result<(), Failure> {
    let file = args.input.open(&args.file)?;
    let bytes = args.input.content(&args.file, &file)?;
    let footprint = footprint(&bytes).map_err(|error| Failure::from_parse(error, &args.file))?;
    args.output.write_text(&footprint.text())?;
    warn_of(&footprint.problems);
    Ok(())
}
