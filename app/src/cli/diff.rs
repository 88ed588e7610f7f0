//! `goscope diff`: did the head get worse than the base, where, and can that be trusted? And what changed in total.
//!
//! ```text
//! sides ─► opened files ─► runs ─► VerdictQuery ─► report::text, markdown, …  ─► exit code of the gate
//!                       ├► documents ─► DiffTableQuery, CallTreeQuery ─► table of totals, flame graph
//!                       └► traces, benchmarks ─► verdict::traces, verdict::benchmarks ─► the same writers
//! ```

mod args;
mod benchmarks;
mod gate;
mod judge;
mod run_files;
mod sides;
mod summed;
mod totals;
mod traces;
mod written;

use std::path::PathBuf;

use anyhow::anyhow;

use super::failure::Failure;
use super::open::open_window;
use crate::allocator;
use crate::input_bytes::shown_name;
use crate::session::content_kind::ContentKind;
use crate::session::look::Opening;
use crate::text::shell_word;
pub(super) use args::DiffArgs;
pub(super) use gate::fraction;
use sides::{Sides, SidesKind};
use summed::{documents, draw, print_totals};

/// Compares and prints.
pub(super) fn run(args: &DiffArgs) -> Result<(), Failure> {
    args.formats.check()?;
    if !args.formats.window && args.place.look(ContentKind::Diff)?.is_some() {
        return Err(Failure::Usage(anyhow!(
            "--view, --select and --state say how the window shows it: give --window, too"
        )));
    }
    let is_about_totals = args.is_about_totals();
    if is_about_totals && (args.gate.is_set() || args.formats.writes_verdict()) {
        return Err(Failure::Usage(anyhow!(
            "a verdict was asked for, and the table of totals: leave out --totals, --cum, --svg, --granularity, --noinlines \
             and filters other than --focus and --ignore"
        )));
    }
    let (base, head) = (paths(&args.base, &args.base_files), paths(&args.head, &args.head_files));
    let sides = Sides::open(&base, &head, args.parts.labels(), &args.input)?;
    let kind = sides.kind()?;
    if kind != SidesKind::Profiles && sides.labels.iter().any(|labels| !labels.is_empty()) {
        return Err(Failure::Usage(anyhow!(
            "only samples of profiles have labels: leave out --base-tag… and --head-tag…"
        )));
    }
    if kind == SidesKind::Benchmarks {
        return benchmarks::judge(args, &sides);
    }
    if kind == SidesKind::Dumps && !args.formats.window {
        let files = sides.paths.iter().map(|path| shell_word(&shown_name(path)).into_owned());
        let files = files.collect::<Vec<_>>().join(" ");
        return Err(Failure::Usage(anyhow!(
            "these are goroutine dumps: `goscope goroutines {files}` compares them, and --window does so in the window"
        )));
    }
    if args.scale.unit.is_some() && args.scale.per.is_none() {
        return Err(Failure::Usage(anyhow!("--unit says what is counted by --per, which is missing")));
    }
    if kind == SidesKind::Traces {
        if args.formats.window {
            return Err(Failure::Usage(anyhow!(
                "the window compares profiles, not traces: leave out --window for the comparison in text"
            )));
        }
        return traces::judge(args, &sides);
    }
    if args.formats.window {
        return open_window(args.opening(&sides)?);
    }
    if args.formats.svg && (args.is_unjudged() || args.has_filters()) {
        return draw(args, &sides, &documents(args, &sides)?);
    }
    if !is_about_totals && sides.paths.len() > 2 {
        // Several runs are read at once, each into many small pieces of memory.
        allocator::use_pool_per_core();
    }
    if args.formats.svg {
        return judge::draw(args, &sides);
    }
    if is_about_totals {
        return print_totals(args, &sides, documents(args, &sides)?);
    }
    judge::judge(args, &sides)
}

/// What the window opens with.
pub(super) fn opening(args: &DiffArgs) -> Result<Opening, Failure> {
    let (base, head) = (paths(&args.base, &args.base_files), paths(&args.head, &args.head_files));
    args.opening(&Sides::open(&base, &head, args.parts.labels(), &args.input)?)
}

fn paths(one: &Option<PathBuf>, several: &[PathBuf]) -> Vec<PathBuf> {
    one.iter().chain(several).cloned().collect()
}
