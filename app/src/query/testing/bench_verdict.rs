//! The verdict on benchmarks of two sides, and the medians of one.

use std::sync::Arc;

use goscope_analysis::bench::{BenchSummary, summaries};
use goscope_analysis::verdict::benchmarks::compare;
use goscope_analysis::verdict::{Gate, Verdict};
use goscope_parsers::bench::tidy;

use crate::query::documents::Documents;
use crate::query::judged::Judged;
use crate::query::question::{Question, QuestionError};
use crate::text;

/// Asks whether the benchmarks of the head got worse than those of the base.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BenchVerdictQuery {
    /// What fails.
    pub gate: Gate,
    /// The one unit that is judged, as it is written: `ns/op`; `None` for all.
    pub unit: Option<String>,
}

impl Question for BenchVerdictQuery {
    type Answer = Verdict;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Verdict, QuestionError> {
        let [base, head] = documents.benchmarks()?;
        let unit = self.unit.as_ref().map(|unit| tidy(unit.as_bytes()).unit);
        let unit = unit.map(|unit| String::from_utf8_lossy(&unit).into_owned());
        Ok(compare(&base, &head, &self.gate, unit.as_deref())?)
    }
}

/// Asks for the verdict as the window shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BenchJudgedQuery {
    /// The question that is judged.
    pub verdict: BenchVerdictQuery,
}

impl Question for BenchJudgedQuery {
    type Answer = Judged;
    type Input = BenchVerdictQuery;

    fn input(&self) -> BenchVerdictQuery {
        self.verdict.clone()
    }

    fn answer(&self, _: Documents<'_>, verdict: Arc<Verdict>) -> Result<Judged, QuestionError> {
        Ok(Judged::of_benchmarks(verdict))
    }
}

/// Asks for the benchmarks of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BenchSummaryQuery;

/// The benchmarks of one side.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchSide {
    /// By package, name and unit, in order of first appearance.
    pub benchmarks: Vec<BenchSummary>,
    /// Whether they are of several packages.
    pub has_packages: bool,
    /// What they come to, in a sentence.
    pub sentence: String,
    /// What went wrong: the benchmark, and what happened to it.
    pub problems: Vec<(String, &'static str)>,
}

impl Question for BenchSummaryQuery {
    type Answer = BenchSide;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<BenchSide, QuestionError> {
        let [base, head] = documents.benchmarks()?;
        let outputs: Vec<_> = base.into_iter().chain(head).collect();
        let benchmarks = summaries(&outputs);
        let problems = outputs.iter().flat_map(|output| &output.problems);
        let problems: Vec<_> =
            problems.map(|problem| (problem.name.to_string(), problem.what.text())).collect();
        let has_packages = benchmarks.windows(2).any(|pair| pair[0].package != pair[1].package);
        let sentence = sentence(&benchmarks, &problems);
        Ok(BenchSide { benchmarks, has_packages, sentence, problems })
    }
}

/// `9 benchmarks, 10 runs each; the least certain is Export-2, sec/op ± 4%`.
fn sentence(benchmarks: &[BenchSummary], problems: &[(String, &'static str)]) -> String {
    let mut names: Vec<(&str, &str)> = benchmarks.iter().map(|it| (&*it.package, &*it.name)).collect();
    names.sort_unstable();
    names.dedup();
    let counts = benchmarks.iter().map(|it| it.values.len());
    let (least, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
    let runs = match (least, most) {
        (0, _) => String::new(),
        (least, most) if least == most => format!(", {} each", text::counted(most, "run")),
        (least, most) => format!(", {least} to {} each", text::counted(most, "run")),
    };
    let mut sentence = format!("{}{runs}", text::counted(names.len(), "benchmark"));
    let width = |it: &&BenchSummary| {
        it.interval
            .map_or(f64::INFINITY, |(low, high)| (high - low).abs() / it.center.abs().max(f64::MIN_POSITIVE))
    };
    // What needs more runs is said of all at once.
    if let Some(warning) =
        benchmarks.iter().find(|it| it.interval.is_none()).and_then(|it| it.warning.as_ref())
    {
        sentence = format!("{sentence}; {warning}");
    } else if let Some(noisy) = benchmarks.iter().max_by(|a, b| width(a).total_cmp(&width(b))) {
        sentence =
            format!("{sentence}; the least certain is {}, {} ± {}", noisy.name, noisy.unit, noisy.range);
    }
    match problems {
        [] => sentence,
        [(name, what)] => format!("{sentence}; {name} {what}"),
        [(name, what), rest @ ..] => {
            format!("{sentence}; {name} {what}, and {} more went wrong", text::count(rest.len()))
        }
    }
}
