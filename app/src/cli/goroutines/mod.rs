//! `goscope goroutines`: groups of goroutine dumps, and what they say about leaks, deadlocks and races.

mod args;
mod live;
mod live_args;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use goscope_analysis::dump::{Certainty, Finding, FindingKind};
use goscope_parsers::trace::TraceReader;

use super::failure::{Failure, warn};
use super::input::below_bar;
use crate::document::{Document, Source};
use crate::dump_input::{DumpText, read_dump_text};
use crate::live::LiveInput;
use crate::query::dumps::{Dumps, DumpsQuery};
use crate::query::goroutines::in_trace::in_trace;
use crate::report::goroutines::Amount;
use crate::report::goroutines::json::dumps_json;
use crate::report::goroutines::markdown::dumps_markdown;
use crate::report::goroutines::text::dumps_text;

use args::FailOn;
pub(super) use args::GoroutinesArgs;
use live::Interrupt;

/// Reads, reports, and fails if a finding is one that the gate names.
pub(super) fn run(args: &GoroutinesArgs) -> Result<(), Failure> {
    let query = DumpsQuery { grouping: args.grouping()?, filter: args.filter()?, dump: args.dump };
    let texts = read_texts(args, &query)?;
    let mut dumps = query.answer(&texts).map_err(|sentence| Failure::Usage(anyhow!(sentence)))?;
    check_selection(&dumps)?;
    if let Some(trace) = &args.trace {
        add_trace(args, trace, &mut dumps)?;
    }
    warn(&dumps.warnings);
    let amount = Amount { groups: Some(args.limit).filter(|&limit| limit > 0), is_full: args.full };
    if args.json {
        args.output.write_json(&dumps_json(&dumps))?;
    } else if args.markdown {
        args.output.write_text(&dumps_markdown(&dumps, amount))?;
    } else {
        args.output.write_text(&dumps_text(&dumps, amount))?;
    }
    gate(args, &dumps)
}

/// Adds what a trace of the same run says of the groups.
fn add_trace(args: &GoroutinesArgs, path: &Path, dumps: &mut Dumps) -> Result<(), Failure> {
    let bytes = args.input.open(path)?;
    let load = |reader: TraceReader<'_>| Document::load_model(Source::File(path.to_owned()), reader);
    let document = args.input.read_trace(path, &bytes, load)?;
    let Some(model) = document.model() else { return Ok(()) };
    let (found, warning) = in_trace(model, dumps);
    dumps.in_trace = found;
    dumps.warnings.extend(warning);
    Ok(())
}

fn read_texts(args: &GoroutinesArgs, query: &DumpsQuery) -> Result<Vec<Arc<DumpText>>, Failure> {
    let inputs = live::inputs(args)?;
    let interrupt = if inputs.iter().any(Option::is_some) { Some(Interrupt::watch()?) } else { None };
    let read = |(path, input): (&PathBuf, &Option<LiveInput>)| {
        if let (Some(input), Some(interrupt)) = (input, &interrupt) {
            return live::read(path, input, args, query, interrupt).map(Arc::new);
        }
        let bytes = args.input.open(path)?;
        below_bar(path, |progress| {
            read_dump_text(path, &bytes, args.input.max_inflated_bytes, Some(progress))
                .map(Arc::new)
                .map_err(Failure::Input)
        })
    };
    args.files.iter().zip(&inputs).map(read).collect()
}

/// Filters that leave nothing are a mistake in most cases.
fn check_selection(dumps: &Dumps) -> Result<(), Failure> {
    let Some(last) = dumps.texts.last() else { return Ok(()) };
    let Some(shown) = last.shown else { return Ok(()) };
    if last.n_selected[shown] > 0 {
        return Ok(());
    }
    let all = last.file().dumps[shown].goroutines.len();
    Err(Failure::NoData(anyhow!("{}: none of {all} goroutines matches the filters", last.text.name)))
}

/// The exit code by what the gate names.
fn gate(args: &GoroutinesArgs, dumps: &Dumps) -> Result<(), Failure> {
    if dumps.findings.iter().any(|finding| args.fail_on.iter().any(|what| what.is_met_by(finding))) {
        return Err(Failure::Gate(1));
    }
    if args.fail_on.contains(&FailOn::Leak) && !dumps.can_tell_leaks {
        let sentence = if dumps.n_snapshots < 2 {
            "one dump does not tell a leak: give two or more of the same program, some time apart".to_owned()
        } else {
            "these dumps do not tell a leak: they are not of one program, or not of all goroutines".to_owned()
        };
        return Err(Failure::NoData(anyhow!(sentence)));
    }
    Ok(())
}

impl FailOn {
    fn is_met_by(self, finding: &Finding) -> bool {
        match self {
            Self::Leak => match finding.kind {
                FindingKind::Leaked => true,
                FindingKind::Leak => finding.certainty != Certainty::Hint,
                _ => false,
            },
            Self::Deadlock => finding.kind == FindingKind::Deadlock,
            Self::Race => finding.kind == FindingKind::Race,
        }
    }
}
