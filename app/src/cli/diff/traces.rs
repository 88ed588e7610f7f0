//! The verdict on traces: quantiles of latency, and of what it went to, by task, region and goroutine.

use std::path::PathBuf;

use anyhow::anyhow;
use goscope_analysis::trace::load::model_of;
use goscope_analysis::verdict::traces::{TraceRun, compare};
use goscope_analysis::verdict::{Options, RunContext, Verdict};
use goscope_parsers::FileBytes;
use serde::Serialize;

use super::args::{DiffArgs, is_printed};
use super::sides::Sides;
use crate::cli::failure::Failure;
use crate::cli::output::OutputArgs;
use crate::input_bytes::shown_name;
use crate::report::html::verdict_html;
use crate::report::json::VerdictJson;
use crate::report::junit::verdict_junit;
use crate::report::markdown::verdict_markdown;
use crate::report::text::verdict_text;

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
    let Options { normalization, gate } = args.question("unit".to_owned()).options;
    let verdict = compare(base, head, &Options { normalization, gate })
        .map_err(|error| Failure::Usage(error.into()))?;
    write(args, &verdict)?;
    match verdict.exit_status() {
        code if code != 0 && args.gate.is_set() => Err(Failure::Gate(code)),
        _ => Ok(()),
    }
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

/// Prints one format, and writes the others to their files.
fn write(args: &DiffArgs, verdict: &Verdict) -> Result<(), Failure> {
    let formats: [(&Option<PathBuf>, &dyn Fn() -> String); 3] = [
        (&args.formats.markdown, &|| verdict_markdown(verdict)),
        (&args.formats.junit, &|| verdict_junit(verdict)),
        (&args.formats.html, &|| verdict_html(verdict, None)),
    ];
    let printed = formats.iter().find(|(format, _)| is_printed(format.as_deref()));
    if args.formats.json {
        let json = TracesJson { schema: "goscope.diff.traces/1", verdict: VerdictJson::from(verdict) };
        args.output.write_json(&json)?;
    } else {
        let text = printed.map_or_else(|| verdict_text(verdict, args.formats.nodecount), |(_, text)| text());
        args.output.write_text(&text)?;
    }
    let files = formats.iter().filter(|(format, _)| !is_printed(format.as_deref()));
    for (format, text) in files {
        if let Some(file) = format {
            OutputArgs { output: Some(file.clone()) }.write_text(&text())?;
        }
    }
    Ok(())
}
