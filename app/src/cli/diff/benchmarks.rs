//! The verdict on benchmark outputs: every benchmark by every unit, with the values of all its runs.

use std::path::PathBuf;

use anyhow::anyhow;
use goscope_analysis::verdict::benchmarks::compare;
use goscope_analysis::verdict::{Normalization, Outcome, Unjudged, Verdict};
use goscope_parsers::bench::{BenchOutput, read_output, tidy};
use goscope_parsers::{FileBytes, inflate_all};
use serde::Serialize;

use super::args::DiffArgs;
use super::sides::Sides;
use super::written::{finish, print};
use crate::cli::failure::Failure;
use crate::input_bytes::shown_name;
use crate::report::html::verdict_html;
use crate::report::json::VerdictJson;

/// What `--json` prints of benchmarks.
#[derive(Serialize)]
struct BenchmarksJson<'v> {
    schema: &'static str,
    verdict: VerdictJson<'v>,
}

/// The verdict on benchmarks, in all formats that are asked for, and the exit code of the gate.
pub(super) fn judge(args: &DiffArgs, sides: &Sides) -> Result<(), Failure> {
    if args.is_about_totals() || args.formats.window {
        return Err(Failure::Usage(anyhow!(
            "benchmarks have no flame graph, no table of totals and no window yet: leave out --totals, --cum, --svg, --window \
             and filters other than --focus and --ignore; goscope benchstat prints benchstat's tables"
        )));
    }
    if let Some(path) = sides.repeated() {
        let name = shown_name(path);
        return Err(Failure::Usage(anyhow!("{name} is given twice: each run counts once, on one side")));
    }
    let options = args.question("op".to_owned()).options;
    if options.normalization != Normalization::Share {
        let normalization = options.normalization.text();
        return Err(Failure::Usage(anyhow!(
            "benchmarks are compared per operation, as they report: not {normalization}"
        )));
    }
    let outputs = read(args, sides)?;
    let outputs: Vec<&BenchOutput> = outputs.iter().collect();
    let (base, head) = outputs.split_at(sides.n_base);
    let unit = args.scale.unit.as_ref().map(|unit| tidy(unit.as_bytes()).unit);
    let unit = unit.map(|unit| String::from_utf8_lossy(&unit).into_owned());
    let verdict =
        compare(base, head, &options.gate, unit.as_deref()).map_err(|error| Failure::Usage(error.into()))?;
    write(args, &verdict)
}

fn write(args: &DiffArgs, verdict: &Verdict) -> Result<(), Failure> {
    let page = || Ok(verdict_html(verdict, None));
    if args.formats.json {
        let verdict = VerdictJson::from(verdict);
        args.output.write_json(&BenchmarksJson { schema: "goscope.diff.benchmarks/1", verdict })?;
    } else {
        print(args, verdict, &page)?;
    }
    finish(args, verdict, &page)?;
    match &verdict.outcome {
        Outcome::NothingComparable(Unjudged::NoBenchmark) => Err(Failure::Gate(4)),
        _ => Ok(()),
    }
}

fn read(args: &DiffArgs, sides: &Sides) -> Result<Vec<BenchOutput>, Failure> {
    let read = |(path, file): (&PathBuf, &FileBytes)| {
        let bytes = inflate_all(file, args.input.max_inflated_bytes)
            .map_err(|error| Failure::from_parse(error, path))?;
        Ok(read_output(&bytes))
    };
    sides.paths.iter().zip(&sides.opened).map(read).collect()
}
