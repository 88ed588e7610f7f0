//! The verdict: runs are read, the question is asked, what is asked for is written, and the gate decides the exit code.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::anyhow;
use goscope_analysis::profile::diff::DiffScale;
use goscope_analysis::profile::query::{Filters, StackQuery};
use goscope_analysis::profile::sample_type::common_sample_type;
use goscope_analysis::verdict::profiles::{RunCounts, compared_name};
use goscope_analysis::verdict::{Outcome, RunContext, Unjudged, Verdict};
use goscope_flamegraph::svg::{SvgOptions, write_diff_svg_of};

use super::args::{DiffArgs, ScaleArgs};
use super::sides::Sides;
use super::summed::{nothing, table};
use super::totals;
use super::units::{Known, known};
use super::written::{finish, print};
use crate::cli::failure::{Failure, warn};
use crate::document::{Document, Source};
use crate::input_bytes::shown_name;
use crate::query::call_tree::{CallTreeQuery, TreeKind};
use crate::query::diff_table::Diff;
use crate::query::verdict::{VerdictQuery, count};
use crate::query::{Documents, QuestionError, answer};
use crate::report::html::verdict_html;

/// The verdict, in all formats that are asked for, and the exit code of the gate.
pub(super) fn judge(args: &DiffArgs, sides: &Sides) -> Result<(), Failure> {
    let ScaleArgs { per, unit, runs, .. } = &args.scale;
    let Known { contexts, unit } = known(&sides.paths, per.as_ref(), unit.as_deref(), runs.as_deref())?;
    let question = args.question(unit);
    let (documents, runs) = read(args, sides, question.sample_type.as_deref(), &contexts)?;
    let verdict = verdict(sides, &question, &runs);
    if args.formats.json {
        // Totals are told also of sides that cannot be judged, unless something depends on the verdict.
        let verdict = match verdict {
            Err(Failure::Usage(reason)) if !args.gate.is_set() && sides.repeated().is_some() => {
                warn(&[format!("no verdict: {reason}")]);
                None
            }
            verdict => Some(verdict?),
        };
        let Diff { table, sample_type, .. } = table(args, sides, &documents)?;
        args.output.write_json(&totals::json(
            &sample_type,
            &table,
            args.scale.per_second,
            verdict.as_ref(),
        ))?;
        let page = |verdict: &Verdict| page(args, sides, verdict, &documents);
        return verdict.map_or(Ok(()), |verdict| finish(args, &verdict, &|| page(&verdict)));
    }
    let verdict = verdict?;
    print(args, &verdict, &|| page(args, sides, &verdict, &documents))?;
    finish(args, &verdict, &|| page(args, sides, &verdict, &documents))
}

/// Answers the question.
fn verdict(sides: &Sides, question: &VerdictQuery, runs: &[Arc<Document>]) -> Result<Verdict, Failure> {
    let (base, head) = runs.split_at(sides.n_base);
    let verdict = answer(question, Documents::sides(base, head))?;
    if verdict.outcome == Outcome::NothingComparable(Unjudged::Empty) {
        return Err(nothing(&verdict.subject.kind));
    }
    match sides.repeated() {
        None => Ok(verdict),
        Some(path) => {
            let name = shown_name(path);
            Err(Failure::Usage(anyhow!("{name} is given twice: each run counts once, on one side")))
        }
    }
}

/// The profiles, and what was counted in them as they were read.
type Read = (Vec<Arc<Document>>, Vec<Arc<Document>>);

/// Reads profiles and counts them.
fn read(
    args: &DiffArgs,
    sides: &Sides,
    wanted: Option<&str>,
    contexts: &[RunContext],
) -> Result<Read, Failure> {
    let count =
        |at: usize, profile: &Document, wanted: Option<&str>| count(profile, wanted, contexts[at].clone());
    let (documents, mut runs): (Vec<Arc<Document>>, Vec<Result<RunCounts, QuestionError>>) = args
        .input
        .each_profile(&sides.paths, &sides.opened, |at, profile| {
            let document = Document::from_profile(Source::File(sides.paths[at].clone()), profile);
            let run = count(at, &document, wanted);
            (Arc::new(document), run)
        })?
        .into_iter()
        .unzip();
    // Whether all were counted in one type is known now. Few profiles have others, or have them in another order.
    let (base, head) = documents.split_at(sides.n_base);
    let profiles = head.iter().chain(base).filter_map(|document| document.profile());
    if let Some(common) = common_sample_type(profiles.map(|document| &*document.profile), wanted)? {
        for (at, run) in runs.iter_mut().enumerate() {
            if !run.as_ref().is_ok_and(|run| run.kind() == common) {
                *run = count(at, &documents[at], Some(&common));
            }
        }
    }
    let as_document = |(run, path): (Result<RunCounts, QuestionError>, &PathBuf)| {
        run.map(|run| Arc::new(Document::from_run(Source::File(path.clone()), run)))
    };
    let runs: Result<Vec<Arc<Document>>, QuestionError> =
        runs.into_iter().zip(&sides.paths).map(as_document).collect();
    Ok((documents, runs?))
}

/// The page, with a flame graph in which only what changed significantly is colored.
fn page(
    args: &DiffArgs,
    sides: &Sides,
    verdict: &Verdict,
    documents: &[Arc<Document>],
) -> Result<String, Failure> {
    let (base, head) = documents.split_at(sides.n_base);
    let stacks = StackQuery { filters: Filters::default(), ..args.stacks() };
    let diff = Some(exposure_scale(verdict));
    let question = CallTreeQuery { stacks, direction: args.looks.direction(), diff };
    let tree = answer(&question, Documents::sides(base, head))?;
    let TreeKind::Diff(boxes) = &tree.kind else { unreachable!("two sides make a differential tree") };
    let changed: BTreeSet<&str> = verdict
        .rows
        .iter()
        .filter(|row| row.is_significant() && !row.is_shift)
        .map(|row| &*row.name)
        .collect();
    let is_changed = |frame| {
        let name = boxes.frames.frame(frame).printable_name();
        changed.contains(&*compared_name(&name))
    };
    let options = SvgOptions {
        width_px: Some(1200),
        is_interactive: false,
        subtitle: Some("colored where significant; head scaled to the base".to_owned()),
        ..args.looks.options(&tree.sample_type, &tree.unit, None)
    };
    let mut svg = Vec::new();
    write_diff_svg_of(boxes, args.formats.width_of.into(), is_changed, &options, &mut svg)
        .map_err(|error| Failure::from_write(error, "the flame graph"))?;
    Ok(verdict_html(verdict, Some(&String::from_utf8_lossy(&svg))))
}

/// The scale on which both sides have the same exposure.
fn exposure_scale(verdict: &Verdict) -> DiffScale {
    // Six digits are more than a color shows; small exposures have decimals.
    let [base, head] = [&verdict.base, &verdict.head].map(|side| (side.exposure() * 1e6).round() as u64);
    if base == 0 || head == 0 { DiffScale::Totals } else { DiffScale::PerExposure { base, head } }
}
