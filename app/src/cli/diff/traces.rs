//! The verdict on traces: quantiles of latency, and of what it went to, by task, region and goroutine.

use std::path::PathBuf;

use anyhow::anyhow;
use goscope_analysis::trace::load::model_of;
use goscope_analysis::verdict::RunContext;
use goscope_analysis::verdict::traces::{TraceRun, compare};
use goscope_parsers::FileBytes;
use serde::Serialize;

use super::args::DiffArgs;
use super::sides::Sides;
use super::written::{finish, print};
use crate::cli::failure::Failure;
use crate::input_bytes::shown_name;
use crate::report::html::verdict_html;
use crate::report::json::VerdictJson;

/// What `--json` prints of traces.
#[derive(Serialize)]
struct TracesJson<'v> {
    schema: &'static str,
    verdict: VerdictJson<'v>,
}

/// The verdict on traces, in all formats that are asked for, and the exit code of the gate.
pub(super) fn judge(args: &DiffArgs, sides: &Sides) -> Result<(), Failure> {
    if args.is_about_totals() {
        return Err(Failure::Usage(anyhow!(
            "traces have no table of totals and no differential flame graph: leave out --totals, --cum, --svg and filters other \
             than --focus and --ignore; goscope trace profile makes profiles of them, which have"
        )));
    }
    if let Some(path) = sides.repeated() {
        let name = shown_name(path);
        return Err(Failure::Usage(anyhow!("{name} is given twice: each run counts once, on one side")));
    }
    let runs = read_runs(args, sides)?;
    let (base, head) = runs.split_at(sides.n_base);
    let options = args.question("unit".to_owned()).options;
    let verdict = compare(base, head, &options).map_err(|error| Failure::Usage(error.into()))?;
    let page = || Ok(verdict_html(&verdict, None));
    if args.formats.json {
        let verdict = VerdictJson::from(&verdict);
        args.output.write_json(&TracesJson { schema: "goscope.diff.traces/1", verdict })?;
    } else {
        print(args, &verdict, &page)?;
    }
    finish(args, &verdict, &page)
}

/// Reads traces, one after the other: each is read on all cores, and dropped when its quantiles are known.
fn read_runs(args: &DiffArgs, sides: &Sides) -> Result<Vec<TraceRun>, Failure> {
    let run = |(path, file): (&PathBuf, &FileBytes)| {
        let model = args.input.read_trace(path, file, model_of)?;
        let context = RunContext { name: shown_name(path), ..RunContext::default() };
        Ok(TraceRun::of(&model, context))
    };
    sides.paths.iter().zip(&sides.opened).map(run).collect()
}
