//! Two times of a store as the two sides of a comparison.
//!
//! A verdict rests on how far runs of one side differ from each other: a profile is a run. Where there are more profiles than
//! a window can hold one by one, some that follow each other are added up to a run.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::chosen::{Chosen, ChosenProfile, ChosenQuery};
use super::words::{with_value, within, without_time};
use crate::document::Source;
use crate::query::comparison::Comparison;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::store_document::StoreDocument;

/// Runs of a side, at most.
pub const MOST_RUNS: usize = 24;

/// Asks for the profiles of each time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SidesQuery {
    /// The profiles that are chosen.
    pub chosen: ChosenQuery,
    /// The times, that of the base first.
    pub ranges: [Option<TimeRange>; 2],
}

/// The profiles of each time.
#[derive(Debug)]
pub struct Sides {
    /// The selector of the profiles that are chosen.
    pub selector: String,
    /// What is in each time.
    pub sides: [Option<StoreSide>; 2],
    /// Both as a comparison, if there are two and both have profiles.
    pub comparison: Option<Comparison>,
}

/// The profiles of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSide {
    /// The time.
    pub range: TimeRange,
    /// What selects them.
    pub selector: String,
    /// How many there are.
    pub n_profiles: usize,
    /// How many runs they make.
    pub n_runs: usize,
}

impl Question for SidesQuery {
    type Answer = Sides;
    type Input = ChosenQuery;

    fn input(&self) -> ChosenQuery {
        self.chosen.clone()
    }

    fn answer(&self, documents: Documents<'_>, chosen: Arc<Chosen>) -> Result<Sides, QuestionError> {
        let document = documents.store()?;
        let found = self.ranges.map(|range| range.map(|range| side(document, &chosen, range)));
        let comparison = match &found {
            [Some((_, base)), Some((_, head))] if !base.is_empty() && !head.is_empty() => {
                Some(Comparison { base: base.clone(), head: head.clone(), ..Comparison::default() })
            }
            _ => None,
        };
        let selector = chosen.selector.clone();
        Ok(Sides { selector, sides: found.map(|side| side.map(|(side, _)| side)), comparison })
    }
}

/// The profiles of a time, and the names of its runs.
fn side(document: &StoreDocument, chosen: &Chosen, range: TimeRange) -> (StoreSide, Vec<Source>) {
    let from = chosen.profiles.partition_point(|profile| profile.time_nanos < range.start_nanos);
    let to = chosen.profiles.partition_point(|profile| profile.time_nanos < range.end_nanos);
    let profiles = chosen.profiles.get(from..to).unwrap_or_default();
    let versions: BTreeSet<u32> = profiles.iter().map(|profile| profile.version).collect();
    let only = versions.first().filter(|_| versions.len() == 1);
    let version = only.and_then(|&version| chosen.versions.get(version as usize)).map(|it| &*it.version);
    // Of one version it is said which, so that the sides have names.
    let text = match version {
        Some(version) if !version.is_empty() => with_value(&chosen.selector, "version", Some(version)),
        _ => chosen.selector.clone(),
    };
    let runs = runs(profiles, &text, range);
    let sources: Vec<Source> = runs.iter().map(|run| Source::File(document.input(run))).collect();
    let side =
        StoreSide { range, selector: within(&text, range), n_profiles: profiles.len(), n_runs: runs.len() };
    (side, sources)
}

/// The selectors of the runs.
fn runs(profiles: &[ChosenProfile], text: &str, range: TimeRange) -> Vec<String> {
    if profiles.len() <= MOST_RUNS {
        let alone = |profile: &ChosenProfile| {
            with_value(&without_time(text), "profile", Some(&profile.id.to_string()))
        };
        return profiles.iter().map(alone).collect();
    }
    // What began at the same moment is in the same run.
    let begin = |run: usize| profiles.get(run * profiles.len() / MOST_RUNS).map(|profile| profile.time_nanos);
    let mut begins: Vec<i64> = (1..MOST_RUNS).filter_map(begin).collect();
    begins.insert(0, range.start_nanos);
    begins.push(range.end_nanos);
    begins.dedup();
    let pieces = begins.windows(2).map(|pair| TimeRange { start_nanos: pair[0], end_nanos: pair[1] });
    let has_profiles = |piece: &TimeRange| {
        let is_in = |nanos: i64| piece.start_nanos <= nanos && nanos < piece.end_nanos;
        profiles.iter().any(|profile| is_in(profile.time_nanos))
    };
    pieces.filter(has_profiles).map(|piece| within(text, piece)).collect()
}

#[cfg(test)]
mod tests {
    use goscope_store::Id;

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn profiles(times: impl IntoIterator<Item = i64>) -> Vec<ChosenProfile> {
        let profile = |nanos: i64| ChosenProfile { id: Id([1; 16]), time_nanos: nanos, version: 0 };
        times.into_iter().map(profile).collect()
    }

    #[test]
    fn few_profiles_are_runs_by_themselves() {
        let range = TimeRange { start_nanos: 0, end_nanos: 10 * SECOND };
        let runs = runs(&profiles([1, 2]), "service=shop&since=1h", range);
        assert_eq!(runs[0], format!("service=shop&profile={}", "01".repeat(16)));
        assert_eq!(runs.len(), 2);
    }

    #[test]
    fn many_profiles_are_a_limited_number_of_runs_that_follow_each_other() {
        let times = (0..1000).map(|at| at * SECOND);
        let range = TimeRange { start_nanos: 0, end_nanos: 1000 * SECOND };
        let found = runs(&profiles(times), "service=shop", range);
        assert_eq!(found.len(), MOST_RUNS);
        assert_eq!(found[0], "service=shop&from=1970-01-01T00:00:00Z&to=1970-01-01T00:00:41Z");
        assert!(found[23].ends_with("to=1970-01-01T00:16:40Z"), "{}", found[23]);
        // All at one moment are one run.
        let found = runs(&profiles([5 * SECOND; 100]), "service=shop", range);
        assert_eq!(found, ["service=shop&from=1970-01-01T00:00:05Z&to=1970-01-01T00:16:40Z"]);
    }
}
