//! The sentences around the verdict line: what it explains, what else changed, what was compared, how it was decided.

use std::sync::Arc;

use goscope_analysis::verdict::{
    By, Decided, Normalization, NoteKind, Outcome, Regression, Row, RunInfo, SideInfo, Verdict, change_text,
    p_text,
};

use super::rows::noun;
use crate::text::{column, count};

/// Functions that got better of which a sentence tells.
const MOST_IMPROVEMENTS: usize = 3;
/// Functions of the chain below a culprit that are named.
const MOST_IN_CHAIN: usize = 5;

/// A sentence, and the name in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What it says.
    pub text: String,
    /// The function in it that the reader may want to go to.
    pub name: Option<Arc<str>>,
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self { text, name: None }
    }
}

/// The verdict line, and the name in it.
pub fn line(verdict: &Verdict) -> Sentence {
    let name = match &verdict.outcome {
        Outcome::Regression => verdict.failures().next().map(|regression| regression.row.name.clone()),
        Outcome::Undecided(undecided) => Some(undecided.row.name.clone()),
        Outcome::NoRegression | Outcome::NothingComparable(_) => None,
    };
    Sentence { text: verdict.line(), name }
}

/// What the verdict rests on: what the first culprit explains, further ones, what got better.
pub fn evidence(verdict: &Verdict) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for (at, regression) in verdict.failures().enumerate() {
        if at > 0 {
            let mut also = change(verdict, "also", &regression.row);
            if let Some(explanation) = explanation(regression) {
                also.text = format!("{}; {}", also.text, explanation.text);
            }
            sentences.push(also);
        } else {
            sentences.extend(explanation(regression));
        }
        sentences.extend(chain(regression));
    }
    for improvement in verdict.improvements.iter().take(MOST_IMPROVEMENTS) {
        sentences.push(change(verdict, "better", &improvement.row));
    }
    if matches!(verdict.outcome, Outcome::Regression | Outcome::Undecided(_))
        && !verdict.detectable.is_empty()
    {
        sentences.push(verdict.detectable_text().into());
    }
    sentences
}

fn change(verdict: &Verdict, word: &str, row: &Row) -> Sentence {
    let (base, head) =
        (verdict.value_of(row, row.base.normalized), verdict.value_of(row, row.head.normalized));
    let p = row.test.map_or_else(String::new, |test| format!(", q {}", p_text(test.q)));
    let text = format!("{word}: {} {} ({base} → {head}{p})", row.title(), change_text(row));
    Sentence { text, name: Some(row.name.clone()) }
}

fn explanation(regression: &Regression) -> Option<Sentence> {
    let kind = regression.kind.text();
    let explains =
        (regression.largest != regression.row.name && regression.explains.is_finite()).then(|| {
            let percent = regression.explains * 100.0;
            format!("explains {percent:.0}% of the growth of {}", regression.largest)
        });
    let text = match (explains, kind.is_empty()) {
        (Some(explains), true) => explains,
        (Some(explains), false) => format!("{explains}; {kind}"),
        (None, false) => kind,
        (None, true) => return None,
    };
    Some(Sentence { text, name: Some(regression.largest.clone()) })
}

fn chain(regression: &Regression) -> Option<Sentence> {
    let names: Vec<&str> =
        regression.chain.iter().map(|name| &**name).filter(|name| **name != *regression.row.name).collect();
    let last = *names.last()?;
    let mut shown: Vec<&str> = names.iter().copied().take(MOST_IN_CHAIN).collect();
    if names.len() > MOST_IN_CHAIN {
        shown.truncate(MOST_IN_CHAIN - 1);
        shown.extend(["…", last]);
    }
    Some(format!("spent in {}", shown.join(" → ")).into())
}

/// The notes, warnings first: each with its kind in a word.
pub fn notes(verdict: &Verdict) -> Vec<(&'static str, String)> {
    verdict.notes.iter().map(|note| (kind_word(note.kind()), note.text())).collect()
}

/// The kind of a note in a word.
pub(super) const fn kind_word(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Warning => "warning",
        NoteKind::Blind | NoteKind::Info => "note",
    }
}

/// What each side is: `base: 8 runs, 3,537 samples`.
pub fn sides(verdict: &Verdict) -> [String; 2] {
    [("base", &verdict.base), ("head", &verdict.head)]
        .map(|(word, side)| format!("{word}: {}", side_text(side)))
}

fn side_text(side: &SideInfo) -> String {
    let n_runs = side.n_runs();
    let mut facts = vec![column::counted(n_runs, "run")];
    let samples = side.samples();
    if samples > 0.0 {
        facts.push(format!("{} samples", count(samples.round() as usize)));
    }
    let seconds: f64 = side.runs.iter().map(|run| run.duration_nanos as f64 / 1e9).sum();
    if seconds > 0.0 {
        facts.push(format!("{seconds:.0} s"));
    }
    if let [run] = &*side.runs {
        facts.push(run.context.name.clone());
    }
    facts.join(", ")
}

/// A run in a line.
pub(super) fn run_text(run: &RunInfo) -> String {
    let mut facts = vec![run.context.name.clone()];
    if run.samples > 0.0 {
        facts.push(format!("{} samples", count(run.samples.round() as usize)));
    }
    if run.duration_nanos > 0 {
        facts.push(format!("{:.1} s", run.duration_nanos as f64 / 1e9));
    }
    if let Some(units) = run.context.units {
        facts.push(format!("{units} units of work"));
    }
    facts.join(", ")
}

/// What the numbers of the table are: `cpu of functions with their callees, as share`.
pub(super) fn basis(verdict: &Verdict) -> String {
    let what = match verdict.gate.by {
        By::Cum => "with what they call",
        By::Flat => "alone",
    };
    let scale = match &verdict.normalization {
        Normalization::Share => format!("share of {}", verdict.subject.words),
        other => format!("{} {}", verdict.subject.words, other.text()),
    };
    match noun(verdict) {
        "function" => format!("{scale}, functions {what}"),
        "benchmark" => "medians of all runs, changes of their ratios".to_owned(),
        noun => format!("{scale}, {noun}s of tasks, regions and functions of goroutines"),
    }
}

/// How it was decided, a sentence each: enough to do it again by hand.
pub(super) fn method(verdict: &Verdict) -> Vec<String> {
    let (method, gate) = (&verdict.method, &verdict.gate);
    if method.decided == Decided::NotJudged {
        return vec!["Nothing was tested.".to_owned()];
    }
    let test = match method.decided {
        Decided::NotJudged => "",
        Decided::Counts => "score test of two proportions on counts of samples",
        Decided::Allocations => "test of logarithms, with the variance of sampled allocations",
        Decided::Logarithms => "test of logarithms by their spread between runs",
        Decided::Ranks => "exact test of ranks (Mann and Whitney)",
        Decided::WithinRecordings => "test of quantiles by their spread within the recordings",
    };
    let dispersion = if method.decided == Decided::Ranks {
        "nothing is assumed of how runs are spread".to_owned()
    } else if method.df_runs > 0.0 {
        format!(
            "the spread between runs has {:.0} degrees of freedom of its own and {:.0} shared by all {}s (s₀² {:.2})",
            method.df_runs,
            method.df_prior,
            noun(verdict),
            method.prior_dispersion
        )
    } else {
        format!("the spread between runs was assumed to be {:.0}%", method.assumed_spread * 100.0)
    };
    let percent = |part: f64| format!("{}%", round(part * 100.0));
    let tested = match noun(verdict) {
        "function" => "sets of samples",
        "quantile" => "quantiles",
        _ => "values of benchmarks",
    };
    let large = match noun(verdict) {
        "benchmark" => String::new(),
        _ => format!(" of {} or more", percent(gate.min_share.0)),
    };
    let mut sentences = vec![
        format!("{} distinct {tested} were tested: {test}; {dispersion}.", method.n_hypotheses),
        format!(
            "Fails: an estimated growth of {} or more in a {}{large}, with a chance of {} for any false alarm \
             (one-sided p, adjusted by Holm).",
            percent(gate.fail_on.0),
            noun(verdict),
            percent(gate.alpha.0)
        ),
        format!(
            "In the table: a change where q (two-sided p, adjusted by Benjamini and Hochberg) is {} or less, else ~; \
             intervals are those of each {} alone.",
            percent(gate.max_false_discoveries.0),
            noun(verdict)
        ),
    ];
    if let Some(least) = gate.fail_on_at_least {
        sentences.push(format!("Tested was whether the growth is more than {}.", percent(least.0)));
    }
    for (option, pattern) in
        [("focus", &gate.focus), ("ignore", &gate.ignore), ("allow", &gate.allow), ("own", &gate.own)]
    {
        if let Some(pattern) = pattern {
            sentences.push(format!("--{option} {pattern}"));
        }
    }
    sentences
}

/// A number without digits that say nothing.
fn round(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

/// What would have shown, by the size of the function: `20%: +16%`.
pub(super) fn detectable(verdict: &Verdict) -> Vec<[String; 2]> {
    let slowdown = |slowdown: f64| {
        if slowdown.is_finite() { format!("+{:.0}%", slowdown * 100.0) } else { "none".to_owned() }
    };
    let row = |row: &goscope_analysis::verdict::Detectable| {
        [format!("{:.0}%", row.share * 100.0), slowdown(row.slowdown)]
    };
    verdict.detectable.iter().map(row).collect()
}
