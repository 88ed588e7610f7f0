//! `goscope trace events`: every event in order, as text or JSON; or those at a time, or of a goroutine.

use std::io::{self, Write};

use goscope_parsers::trace::{
    Event, EventKind, GoId, Tables, TraceOptions, TraceReader, write_event, write_event_json,
};

use super::about::moment_arg;
use super::problems::warn_of;
use super::read::ReadArgs;
use crate::cli::failure::{Failure, warn};
use crate::cli::output::OutputArgs;
use crate::query::trace::times::Times;
use crate::text::column;

/// How many events are printed from a moment on, unless it is said.
const AT_A_MOMENT: usize = 20;

const MORE_HELP: &str = "\
With a handle (g:412, task:51, region:17, g:412@1.2s..1.3s) only what happens on
that goroutine, or to it, meanwhile. How many events were left out by --limit is
printed on standard error.

Examples:
  goscope trace events trace.out
  goscope trace events trace.out --at 1.204310s    what happened then?
  goscope trace events trace.out g:52 --limit 100
  goscope trace events trace.out --range 1s..1.01s --json";

/// Arguments of `goscope trace events`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct EventsArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Begin at this moment, e.g. 1.2s (from the first event), with 20 events unless --limit says it
    #[arg(long, value_name = "MOMENT", value_parser = moment_arg, conflicts_with = "range")]
    at: Option<Times>,
    /// Print no more than N events; 0 prints all
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Which events are printed.
struct Wanted {
    times: Option<Times>,
    goid: Option<i64>,
    limit: usize,
}

/// Prints the events.
pub(super) fn run(args: &EventsArgs) -> Result<(), Failure> {
    let opened = args.read.opened()?;
    let from = args.at.map(|at| Times { end_nanos: None, ..at });
    let limit = args.limit.unwrap_or(if from.is_some() { AT_A_MOMENT } else { 0 });
    let wanted = Wanted {
        times: from.or(opened.times),
        goid: opened.goid,
        limit: if limit == 0 { usize::MAX } else { limit },
    };
    let content = args.read.input.trace(&args.read.file, &opened.file)?;
    let mut reader = content
        .reader(&TraceOptions::default())
        .map_err(|error| Failure::from_parse(error, &args.read.file))?;
    let write = if args.json { write_json_line } else { write_event };
    let mut printed = Printed::default();
    args.output.write(|out| write_events(&mut reader, &wanted, write, (out, &mut printed)))?;
    warn(opened.note.as_slice());
    if printed.left_out > 0 {
        warn(&[format!("… {} (--limit)", column::counted(printed.left_out, "more event"))]);
    }
    warn_of(reader.problems());
    if printed.events == 0 && printed.seen > 0 {
        return Err(args.read.no_data("no event fits"));
    }
    Ok(())
}

/// What became of the events.
#[derive(Default)]
struct Printed {
    seen: usize,
    events: usize,
    left_out: usize,
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
    wanted: &Wanted,
    write: fn(&mut String, &Event, &Tables),
    (out, printed): (&mut dyn Write, &mut Printed),
) -> io::Result<()> {
    let mut text = String::new();
    let mut range = None;
    while let Some(chunk) = reader.next_chunk() {
        text.clear();
        for event in chunk.events {
            printed.seen += 1;
            let range = range.get_or_insert_with(|| wanted.times.map(|times| times.after(event.time)));
            let is_then = range.as_ref().is_none_or(|range| range.contains(&event.time));
            if !(is_then && wanted.goid.is_none_or(|goid| concerns(event, chunk.tables, goid))) {
                continue;
            }
            if printed.events == wanted.limit {
                printed.left_out += 1;
                continue;
            }
            printed.events += 1;
            write(&mut text, event, chunk.tables);
        }
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// Whether an event is of a goroutine: it runs there, or something becomes of it.
fn concerns(event: &Event, tables: &Tables, goid: i64) -> bool {
    let is_it = |id: GoId| id.is_some() && tables.goid(id) == goid;
    let changes = matches!(event.kind, EventKind::GoTransition { goroutine, .. } if is_it(goroutine));
    changes || is_it(event.goroutine)
}
