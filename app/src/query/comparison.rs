//! What is compared: the runs of two sides, how they are put on one scale, what fails; and the command line that asks the
//! same.

use std::path::Path;

use goscope_analysis::profile::query::LabelFilter;
use goscope_analysis::verdict::{By, Gate, Normalization};
use serde::{Deserialize, Serialize};

use crate::document::Source;
use crate::run_notes::{Per, RunNotes};
use crate::store_document::{common_store_title, store_names};
use crate::text::shell_word;

/// One side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// What is compared with.
    Base,
    /// What is compared.
    Head,
}

impl Side {
    /// Both sides, the base first.
    pub const BOTH: [Self; 2] = [Self::Base, Self::Head];

    /// `base` or `head`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Head => "head",
        }
    }
}

/// The runs of two sides, and what is asked of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Comparison {
    /// The runs of the base.
    pub base: Vec<Source>,
    /// The runs of the head.
    pub head: Vec<Source>,
    /// What is known of the runs beside their profiles.
    pub notes: RunNotes,
    /// What fails.
    pub gate: Gate,
}

impl Comparison {
    /// One run a side.
    pub fn of_two(base: Source, head: Source) -> Self {
        Self { base: vec![base], head: vec![head], ..Self::default() }
    }

    /// The runs of a side.
    pub fn side(&self, side: Side) -> &[Source] {
        match side {
            Side::Base => &self.base,
            Side::Head => &self.head,
        }
    }

    /// The runs of a side.
    pub const fn side_mut(&mut self, side: Side) -> &mut Vec<Source> {
        match side {
            Side::Base => &mut self.base,
            Side::Head => &mut self.head,
        }
    }

    /// All runs, those of the base first.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.base.iter().chain(&self.head)
    }

    /// The names of a side's runs, without the folders that all runs of both sides have in common.
    pub fn short_names(&self, side: Side) -> Vec<String> {
        let sources: Vec<&Source> = self.sources().collect();
        if let Some(mut names) = paths_of(&sources).and_then(|paths| store_names(&paths)) {
            let head = names.split_off(self.base.len());
            return if side == Side::Base { names } else { head };
        }
        // What a part is of may hold a slash, too.
        let places: Vec<String> = self.sources().map(|source| source.whole().place()).collect();
        let folder_end = |place: &String| place.rfind(['/', '\\']).map_or(0, |at| at + 1);
        let first = places.first().cloned().unwrap_or_default();
        let is_shared = |end: usize| {
            places.iter().all(|place| folder_end(place) >= end && place.get(..end) == first.get(..end))
        };
        let mut ends = first.rmatch_indices(['/', '\\']).map(|(at, _)| at + 1);
        let end = ends.find(|&end| is_shared(end)).unwrap_or(0);
        self.side(side)
            .iter()
            .map(|source| source.place().get(end..).unwrap_or_default().to_owned())
            .collect()
    }

    /// Makes the base the head, and the head the base.
    pub const fn swap(&mut self) {
        std::mem::swap(&mut self.base, &mut self.head);
    }

    /// Adds runs to a side; those that are compared already count once.
    pub fn add(&mut self, side: Side, runs: Vec<Source>) {
        for run in runs {
            if !self.sources().any(|source| *source == run) {
                self.side_mut(side).push(run);
            }
        }
    }

    /// What a side is called: its one run, or the folder or the beginning of a name that all have in common.
    pub fn title_of(&self, side: Side) -> String {
        match self.side(side) {
            [] => "nothing".to_owned(),
            [one] => one.name(),
            many => {
                let common = store_name(many).unwrap_or_else(|| common_name(many));
                let n_runs = many.len();
                if common.is_empty() { format!("{n_runs} runs") } else { format!("{common} ×{n_runs}") }
            }
        }
    }
}

/// What selections of one store have in common; `None` for files.
fn store_name(runs: &[Source]) -> Option<String> {
    common_store_title(&paths_of(&runs.iter().collect::<Vec<_>>())?)
}

/// The names of files; `None` if one is none.
fn paths_of<'a>(runs: &[&'a Source]) -> Option<Vec<&'a Path>> {
    let path = |run: &&'a Source| match run {
        Source::File(path) => Some(path.as_path()),
        Source::Sample(_) | Source::Part(..) => None,
    };
    runs.iter().map(path).collect()
}

/// What the files of runs have in common, from the left: `base` of `base-1/cpu.pb.gz` and `base-2/cpu.pb.gz`.
fn common_name(runs: &[Source]) -> String {
    let places: Vec<String> = runs.iter().map(|run| run.whole().place()).collect();
    let first = &places[0];
    let is_shared = |end: usize| places.iter().all(|place| place.get(..end) == first.get(..end));
    let end = (0..=first.len()).rev().find(|&end| first.is_char_boundary(end) && is_shared(end));
    let common = &first[..end.unwrap_or(0)];
    let is_number = |letter: char| letter.is_ascii_digit() || "-_. ".contains(letter);
    // Of `runs/base-1…` and `runs/base-12…` the number is not what they have in common.
    let common = common.trim_end_matches(is_number).trim_end_matches(['/', '\\']);
    common.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

/// How the values of two sides are put on one scale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scale {
    /// As a part of the total of each side.
    #[default]
    Share,
    /// Per unit of work, whose number is noted there.
    PerUnit(RunNotes),
    /// Per second of run time.
    PerSecond,
    /// Per second of CPU time.
    PerCpuSecond,
    /// As they are, added up; judged as shares.
    Totals,
}

impl Scale {
    /// How the verdict puts runs on one scale; `unit` is what a unit of work is called.
    pub fn normalization(&self, unit: String) -> Normalization {
        match self {
            Self::Share | Self::Totals => Normalization::Share,
            Self::PerUnit(_) => Normalization::PerUnit { unit },
            Self::PerSecond => Normalization::PerSecond,
            Self::PerCpuSecond => Normalization::PerCpuSecond,
        }
    }
}

/// The line for a shell that asks the same; `None` if the name of a run is no text.
pub fn command_line(comparison: &Comparison, scale: &Scale, sample_type: Option<&str>) -> Option<String> {
    let mut words = vec!["goscope".to_owned(), "diff".to_owned()];
    let files = |side: Side| -> Option<Vec<String>> {
        comparison.side(side).iter().map(|source| source.whole().word()).collect()
    };
    let (base, head) = (files(Side::Base)?, files(Side::Head)?);
    if base.len() == 1 && head.len() == 1 {
        words.extend(base.into_iter().chain(head));
    } else {
        words.push("--base".to_owned());
        words.extend(base);
        words.push("--head".to_owned());
        words.extend(head);
    }
    for side in Side::BOTH {
        words.extend(part_words(side, comparison.side(side))?);
    }
    if let Some(sample_type) = sample_type {
        words.extend(["--sample-index".to_owned(), sample_type.to_owned()]);
    }
    words.extend(scale_words(scale, &comparison.notes));
    words.extend(gate_words(&comparison.gate));
    Some(words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" "))
}

/// The options that make the runs of a side parts by label; `None` if they are not all the same part.
fn part_words(side: Side, runs: &[Source]) -> Option<Vec<String>> {
    let labels = runs.first().map(Source::labels).unwrap_or_default();
    let option = |filter: &LabelFilter| format!("--{}-{}={}", side.text(), filter.option(), filter.text);
    runs.iter().all(|run| run.labels() == labels).then(|| labels.iter().map(option).collect())
}

fn scale_words(scale: &Scale, notes: &RunNotes) -> Vec<String> {
    let mut words = Vec::new();
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    let notes = if let Scale::PerUnit(notes) = scale { notes } else { notes };
    if let (Scale::PerUnit(_), Some(per)) = (scale, &notes.per) {
        let per = match per {
            Per::Number(number) => number.0.to_string(),
            Per::File(file) => file.to_string_lossy().into_owned(),
        };
        option("--per", per);
        if let Some(unit) = &notes.unit {
            option("--unit", unit.clone());
        }
    }
    if let Some(table) = &notes.table {
        option("--runs", table.to_string_lossy().into_owned());
    }
    match scale {
        Scale::Share | Scale::PerUnit(_) => {}
        Scale::PerSecond => words.push("--per-second".to_owned()),
        Scale::PerCpuSecond => words.push("--per-cpu-second".to_owned()),
        Scale::Totals => words.push("--totals".to_owned()),
    }
    words
}

/// The options of the gate that are not the usual ones.
fn gate_words(gate: &Gate) -> Vec<String> {
    let usual = Gate::default();
    let mut words = Vec::new();
    let percent = |part: f64| format!("{}%", (part * 1e8).round() / 1e6);
    let numbers = [
        ("--fail-on", gate.fail_on.0, usual.fail_on.0),
        ("--min-share", gate.min_share.0, usual.min_share.0),
        ("--alpha", gate.alpha.0, usual.alpha.0),
    ];
    for (name, number, usual) in numbers {
        if number != usual {
            words.extend([name.to_owned(), percent(number)]);
        }
    }
    if let Some(least) = gate.fail_on_at_least {
        words.extend(["--fail-on-at-least".to_owned(), percent(least.0)]);
    }
    if gate.by == By::Flat {
        words.extend(["--by", "flat"].map(str::to_owned));
    }
    let patterns = [
        ("--focus", &gate.focus),
        ("--ignore", &gate.ignore),
        ("--allow", &gate.allow),
        ("--own", &gate.own),
    ];
    for (name, pattern) in patterns {
        if let Some(pattern) = pattern {
            words.extend([name.to_owned(), pattern.clone()]);
        }
    }
    if gate.strict {
        words.push("--strict".to_owned());
    }
    words
}

#[cfg(test)]
mod tests {
    use goscope_analysis::verdict::Fraction;

    use super::*;

    fn comparison(base: &[&str], head: &[&str]) -> Comparison {
        let runs = |paths: &[&str]| paths.iter().map(|path| Source::File(path.into())).collect();
        Comparison { base: runs(base), head: runs(head), ..Comparison::default() }
    }

    #[test]
    fn a_comparison_is_a_command_line() {
        let line = |comparison: &Comparison, scale: &Scale| command_line(comparison, scale, None);
        let pair = comparison(&["old.pb.gz"], &["my new.pb.gz"]);
        assert_eq!(line(&pair, &Scale::Share).as_deref(), Some("goscope diff old.pb.gz 'my new.pb.gz'"));
        assert_eq!(
            line(&pair, &Scale::PerCpuSecond).as_deref(),
            Some("goscope diff old.pb.gz 'my new.pb.gz' --per-cpu-second")
        );

        let mut runs = comparison(&["b/1", "b/2"], &["h/1"]);
        runs.gate = Gate {
            fail_on: Fraction(0.025),
            by: By::Flat,
            own: Some("^it's".to_owned()),
            strict: true,
            ..Gate::default()
        };
        let per = RunNotes { per: Some(Per::File("runs.tsv".into())), ..RunNotes::default() };
        assert_eq!(
            command_line(&runs, &Scale::PerUnit(per), Some("alloc_space")).as_deref(),
            Some(
                r"goscope diff --base b/1 b/2 --head h/1 --sample-index alloc_space --per runs.tsv --fail-on 2.5% --by flat --own '^it'\''s' --strict"
            )
        );
        let sample = Comparison::of_two(Source::Sample("a".to_owned()), Source::Sample("b".to_owned()));
        assert_eq!(line(&sample, &Scale::Share).as_deref(), Some("goscope diff sample:a sample:b"));
    }

    #[test]
    fn parts_of_one_file_are_a_command_line_too() {
        let part = |keeps, text: &str| {
            let label = LabelFilter { keeps, text: text.to_owned() };
            Source::Part(Box::new(Source::File("cpu.pb.gz".into())), vec![label])
        };
        let parts = Comparison::of_two(part(true, "endpoint=^/pay$"), part(false, "endpoint=^/pay$"));
        assert_eq!(
            command_line(&parts, &Scale::Share, None).as_deref(),
            Some(
                "goscope diff cpu.pb.gz cpu.pb.gz '--base-tagfocus=endpoint=^/pay$' '--head-tagignore=endpoint=^/pay$'"
            )
        );
        assert_eq!(parts.title_of(Side::Head), "cpu.pb.gz [not endpoint=^/pay$]");
        assert_eq!(parts.short_names(Side::Base), ["cpu.pb.gz [endpoint=^/pay$]"]);
    }

    #[test]
    fn sides_are_called_by_what_their_runs_have_in_common() {
        let comparison = comparison(
            &["/x/base-1/cpu.pb.gz", "/x/base-12/cpu.pb.gz"],
            &["/x/head/1.pb.gz", "/x/head/2.pb.gz", "/x/head/3.pb.gz"],
        );
        assert_eq!(comparison.title_of(Side::Base), "base ×2");
        assert_eq!(comparison.title_of(Side::Head), "head ×3");
        assert_eq!(comparison.short_names(Side::Base), ["base-1/cpu.pb.gz", "base-12/cpu.pb.gz"]);
        assert_eq!(comparison.short_names(Side::Head)[0], "head/1.pb.gz");
    }

    #[test]
    fn a_run_is_compared_once_and_sides_are_swapped() {
        let mut runs = comparison(&["a"], &["b"]);
        let files = |paths: &[&str]| paths.iter().map(|path| Source::File(path.into())).collect::<Vec<_>>();
        runs.add(Side::Base, files(&["c", "a", "b"]));
        assert_eq!(runs.base, files(&["a", "c"]));
        runs.swap();
        assert_eq!((runs.base, runs.head), (files(&["b"]), files(&["a", "c"])));
    }
}
