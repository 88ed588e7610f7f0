//! The verdict: runs are read, the question is asked, what is asked for is written, and the gate decides the exit code.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::anyhow;
use goscope_analysis::profile::query::{Filters, QueryError, StackQuery};
use goscope_analysis::profile::sample_type::common_sample_type;
use goscope_analysis::verdict::profiles::{RunCounts, compared_name};
use goscope_analysis::verdict::{Incomparable, Outcome, RunContext, Unjudged, Verdict};
use goscope_flamegraph::palette::Theme;
use goscope_flamegraph::svg::{SvgOptions, write_diff_svg_of};
use goscope_parsers::pprof::Profile;

use super::args::DiffArgs;
use super::sides::Sides;
use super::summed::{self, nothing, table};
use super::totals;
use super::written::{finish, print};
use crate::cli::failure::{Failure, warn};
use crate::document::{Document, Source};
use crate::input_bytes::shown_name;
use crate::query::call_tree::{CallTreeQuery, TreeKind};
use crate::query::diff_table::Diff;
use crate::query::judged::changed_functions;
use crate::query::side_format::SideScale;
use crate::query::verdict::VerdictQuery;
use crate::query::{Documents, QuestionError, answer};
use crate::report::html::verdict_html;
use crate::run_notes::{Known, known};

/// The verdict, in all formats that are asked for, and the exit code of the gate.
pub(super) fn judge(args: &DiffArgs, sides: &Sides) -> Result<(), Failure> {
    let Known { contexts, unit } = known(&sides.paths, &args.scale.notes())?;
    let question = args.question(unit);
    let keeps_profiles = args.formats.json || args.formats.html.is_some();
    let wanted = question.sample_type.as_deref();
    let Read { documents, runs } = read(args, sides, wanted, (&contexts, keeps_profiles))?;
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
    let result = finish(args, &verdict, &|| page(args, sides, &verdict, &documents));
    // The program ends now. To free a million names and rows one by one takes a tenth of a second of large comparisons.
    std::mem::forget((verdict, runs));
    result
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

/// What was read.
struct Read {
    /// The profiles; empty if they were not to be kept.
    documents: Vec<Arc<Document>>,
    /// What was counted in them as they were read.
    runs: Vec<Arc<Document>>,
}

/// Reads profiles and counts them. They are kept only where a table or a flame graph is made of them: they are most of what
/// a comparison takes of memory.
fn read(
    args: &DiffArgs,
    sides: &Sides,
    wanted: Option<&str>,
    (contexts, keeps_profiles): (&[RunContext], bool),
) -> Result<Read, Failure> {
    let count = |at: usize, profile: Arc<Profile>, wanted: Option<&str>| {
        RunCounts::of(profile, wanted, contexts[at].clone())
    };
    let read = |wanted: Option<&str>| {
        let counted = args.input.each_profile(&sides.paths, &sides.opened, |at, profile| {
            let profile = Arc::new(sides.part(at, profile)?);
            let document = keeps_profiles
                .then(|| Arc::new(Document::from_shared(sides.source(at), Arc::clone(&profile))));
            Ok((document, count(at, profile, wanted)))
        })?;
        let counted: Vec<_> = counted.into_iter().collect::<Result<_, QueryError>>()?;
        let (documents, runs): (Vec<Option<Arc<Document>>>, Vec<_>) = counted.into_iter().unzip();
        let runs: Result<Vec<RunCounts>, Incomparable> = runs.into_iter().collect();
        Ok::<_, Failure>((documents.into_iter().flatten().collect(), runs.map_err(QuestionError::from)?))
    };
    let (mut documents, mut runs) = read(wanted)?;
    // Whether all were counted in one type is known now. Few profiles have others, or have them in another order.
    let (base, head) = runs.split_at(sides.n_base);
    let profiles = head.iter().chain(base).map(RunCounts::profile);
    if let Some(common) = common_sample_type(profiles, wanted)?
        && runs.iter().any(|run| run.kind() != common)
    {
        (documents, runs) = read(Some(&common))?;
    }
    let as_document =
        |(run, path): (RunCounts, &PathBuf)| Arc::new(Document::from_run(Source::File(path.clone()), run));
    Ok(Read { documents, runs: runs.into_iter().zip(&sides.paths).map(as_document).collect() })
}

/// Draws the flame graph on the scale of the verdict; what may be chance stays grey. Sides that cannot be judged are drawn as
/// they are.
pub(super) fn draw(args: &DiffArgs, sides: &Sides) -> Result<(), Failure> {
    let Known { contexts, unit } = known(&sides.paths, &args.scale.notes())?;
    let question = args.question(unit);
    let wanted = question.sample_type.as_deref();
    let Read { documents, runs } = read(args, sides, wanted, (&contexts, true))?;
    let verdict = match verdict(sides, &question, &runs) {
        Ok(verdict) => verdict,
        Err(Failure::Usage(reason)) => {
            warn(&[format!("no verdict, so all changes are colored: {reason}")]);
            return summed::draw(args, sides, &documents);
        }
        Err(failure) => return Err(failure),
    };
    let [base, head] = sides.names();
    let title = |sample_type: &str| format!("{sample_type}: {base} → {head}");
    args.output.write_text(&flame_graph(args, sides, (&verdict, &documents), |options, sample_type| {
        SvgOptions { title: args.looks.title(&title(sample_type)), ..options }
    })?)
}

/// The page, with a flame graph in which only what changed significantly is colored.
fn page(
    args: &DiffArgs,
    sides: &Sides,
    verdict: &Verdict,
    documents: &[Arc<Document>],
) -> Result<String, Failure> {
    // The page turns its colors around where it is dark.
    let still = |options, _: &str| SvgOptions {
        width_px: Some(1200),
        is_interactive: false,
        theme: Theme::Light,
        ..options
    };
    let svg = flame_graph(args, sides, (verdict, documents), still)?;
    Ok(verdict_html(verdict, Some(&svg)))
}

/// The differential flame graph on the scale of a verdict; `adapt` changes how it looks.
fn flame_graph(
    args: &DiffArgs,
    sides: &Sides,
    (verdict, documents): (&Verdict, &[Arc<Document>]),
    adapt: impl FnOnce(SvgOptions, &str) -> SvgOptions,
) -> Result<String, Failure> {
    let (base, head) = documents.split_at(sides.n_base);
    let stacks = StackQuery { filters: Filters::default(), ..args.stacks() };
    let diff = Some(SideScale::of_verdict(verdict).diff);
    let question = CallTreeQuery { stacks, direction: args.looks.direction(), around: None, diff };
    let tree = answer(&question, Documents::sides(base, head))?;
    let TreeKind::Diff(boxes) = &tree.kind else { unreachable!("two sides make a differential tree") };
    let is_judged = !matches!(verdict.outcome, Outcome::NothingComparable(_));
    let changed = changed_functions(verdict);
    let is_changed = |frame| {
        let name = boxes.frames.frame(frame).printable_name();
        !is_judged || changed.contains(&*compared_name(&name))
    };
    // Neither names nor order of the files: the same runs give the same bytes.
    let title = format!("{}: {} v {} runs", tree.sample_type, base.len(), head.len());
    let colored = if is_judged { "colored where significant, " } else { "" };
    let subtitle = Some(format!("{colored}head scaled to the base"));
    let options = SvgOptions { subtitle, ..args.looks.options(&title, &tree.unit, None) };
    let options = adapt(options, &tree.sample_type);
    let mut svg = Vec::new();
    write_diff_svg_of(boxes, args.formats.width_of.into(), is_changed, &options, &mut svg)
        .map_err(|error| Failure::from_write(error, "the flame graph"))?;
    Ok(String::from_utf8_lossy(&svg).into_owned())
}
