//! The verdict on benchmark outputs: every benchmark by every unit, with the values of all its runs.

use std::sync::Arc;

use anyhow::anyhow;
use goscope_analysis::verdict::{Normalization, Outcome, Unjudged, Verdict};
use goscope_parsers::bench::read_output;
use goscope_parsers::{FileBytes, inflate_all};
use serde::Serialize;

use super::args::DiffArgs;
use super::sides::Sides;
use super::written::{finish, print};
use crate::cli::failure::Failure;
use crate::cli::open::open_window;
use crate::document::Document;
use crate::input_bytes::shown_name;
use crate::query::testing::bench_verdict::BenchVerdictQuery;
use crate::query::{Documents, answer};
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
    if args.is_about_totals() {
        return Err(Failure::Usage(anyhow!(
            "benchmarks have no flame graph and no table of totals: leave out --totals, --cum, --svg and filters other than \
             --focus and --ignore; goscope benchstat prints benchstat's tables"
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
    if args.formats.window {
        return open_window(args.opening(sides)?);
    }
    let documents = read(args, sides)?;
    let (base, head) = documents.split_at(sides.n_base);
    let question = BenchVerdictQuery { gate: options.gate, unit: args.scale.unit.clone() };
    write(args, &answer(&question, Documents::sides(base, head))?)
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

fn read(args: &DiffArgs, sides: &Sides) -> Result<Vec<Arc<Document>>, Failure> {
    let read = |(at, file): (usize, &FileBytes)| {
        let bytes = inflate_all(file, args.input.max_inflated_bytes)
            .map_err(|error| Failure::from_parse(error, &sides.paths[at]))?;
        Ok(Arc::new(Document::from_benchmarks(sides.source(at), read_output(&bytes))))
    };
    sides.opened.iter().enumerate().map(read).collect()
}
