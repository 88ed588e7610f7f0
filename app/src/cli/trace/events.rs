//! `goscope trace events`: every event in order, as text or JSON.

use std::io::{self, Write};
use std::path::PathBuf;

use goscope_parsers::trace::{Event, Tables, TraceOptions, TraceReader, write_event, write_event_json};

use super::problems::warn_of;
use crate::cli::failure::Failure;
use crate::cli::input::InputArgs;
use crate::cli::output::OutputArgs;

/// Arguments of `goscope trace events`.
#[derive(Debug, clap::Args)]
pub(super) struct EventsArgs {
    /// Trace to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints the events.
pub(super) fn run(args: &EventsArgs) -> Result<(), Failure> {
    let file = args.input.open(&args.file)?;
    let content = args.input.trace(&args.file, &file)?;
    let mut reader =
        content.reader(&TraceOptions::default()).map_err(|error| Failure::from_parse(error, &args.file))?;
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
