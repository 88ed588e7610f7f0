//! The chosen profiles by time: how many there are, and what part of their values a function takes.

use std::collections::BTreeMap;
use std::sync::Arc;

use goscope_store::{By, Shares, Spent, StoreError, group_nanos};

use super::chosen::{Chosen, ChosenQuery, Version, is_dated};
use super::selector;
use super::top::{StoreTop, StoreTopQuery};
use super::words::within;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;

/// Pieces of time that a time line has, at most: there are some hundred points on a screen for them.
const MOST_STEPS: i64 = 400;

/// Versions that are drawn at the same time, and in all: more cannot be told apart.
const MOST_ROWS: usize = 4;
const MOST_VERSIONS: usize = 200;

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Asks for the time line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TimeLineQuery {
    /// Of which profiles.
    pub chosen: ChosenQuery,
    /// The function whose share is drawn; `None` for the one that takes most.
    pub function: Option<String>,
}

/// The time line.
#[derive(Debug, Default)]
pub struct TimeLine {
    /// The selector of the profiles.
    pub selector: String,
    /// What a piece of time is called in commands: `minute`, `hour` or `day`.
    pub by: String,
    /// The length of a piece, in ns.
    pub step_nanos: i64,
    /// From the begin of the first piece to the end of the last, in ns since 1970.
    pub range: TimeRange,
    /// The begin of each piece that has profiles, and how many it has.
    pub bars: Vec<(i64, usize)>,
    /// Profiles that do not say when they were taken.
    pub n_undated: usize,
    /// The function.
    pub function: Option<String>,
    /// What part it takes, by time.
    pub shares: Vec<SharePoint>,
    /// Why no part is known.
    pub problem: Option<String>,
    /// The versions, by when they came; each with the row that it is drawn in. Of very many some are left out.
    pub versions: Vec<(Version, usize)>,
}

/// What part a function takes of a piece of time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SharePoint {
    /// The begin of the piece, in ns since 1970.
    pub start_nanos: i64,
    /// On the function with what it calls, and on all.
    pub spent: Spent,
    /// Profiles with values.
    pub n_profiles: usize,
}

impl Question for TimeLineQuery {
    type Answer = TimeLine;
    type Input = (ChosenQuery, Option<StoreTopQuery>);

    fn input(&self) -> Self::Input {
        let top = self.function.is_none().then(|| StoreTopQuery { chosen: self.chosen.clone() });
        (self.chosen.clone(), top)
    }

    fn answer(
        &self,
        documents: Documents<'_>,
        (chosen, top): (Arc<Chosen>, Option<Arc<StoreTop>>),
    ) -> Result<TimeLine, QuestionError> {
        let mut line = begin(&chosen);
        let first = || top.and_then(|top| top.first().map(str::to_owned));
        line.function = self.function.clone().or_else(first);
        let Some(function) = line.function.clone().filter(|_| !line.bars.is_empty()) else { return Ok(line) };
        let document = documents.store()?;
        let dated = selector(document, &within(&chosen.selector, line.range))?;
        let by = By::named(&line.by);
        match document.store()?.share(&dated, &function, &by) {
            Ok(taken) => line.shares = points(&taken.value, line.step_nanos),
            // The time line is there without the function, too.
            Err(error @ (StoreError::Usage(_) | StoreError::Empty(_))) => {
                line.problem = Some(error.to_string());
            }
            Err(error) => return Err(error.into()),
        }
        Ok(line)
    }
}

/// All but the shares.
fn begin(chosen: &Chosen) -> TimeLine {
    let times = || chosen.profiles.iter().map(|profile| profile.time_nanos).filter(|nanos| is_dated(*nanos));
    let n_undated = chosen.profiles.len() - times().count();
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        let selector = chosen.selector.clone();
        return TimeLine { selector, n_undated, step_nanos: MINUTE, ..TimeLine::default() };
    };
    let mut minutes: Vec<i64> = times().map(|nanos| begin_of(nanos, MINUTE)).collect();
    minutes.sort_unstable();
    minutes.dedup();
    let (by, step_nanos) = step_of(&minutes);
    let mut bars: BTreeMap<i64, usize> = BTreeMap::new();
    for nanos in times() {
        *bars.entry(begin_of(nanos, step_nanos)).or_default() += 1;
    }
    let end = begin_of(last, step_nanos).saturating_add(step_nanos);
    TimeLine {
        selector: chosen.selector.clone(),
        by: by.name().to_owned(),
        step_nanos,
        range: TimeRange { start_nanos: begin_of(first, step_nanos), end_nanos: end },
        bars: bars.into_iter().collect(),
        n_undated,
        versions: rows_of(&chosen.versions),
        ..TimeLine::default()
    }
}

/// The piece of time that keeps a time line readable: not shorter than the time between two profiles is as a rule, and
/// some hundred of them. What it is called in commands comes first.
fn step_of(minutes: &[i64]) -> (By, i64) {
    let (Some(first), Some(last)) = (minutes.first(), minutes.last()) else { return (By::Minute, MINUTE) };
    let length = last.saturating_sub(*first);
    let mut gaps: Vec<i64> = minutes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    let usual = gaps.get(gaps.len() / 2).copied().unwrap_or(MINUTE);
    let fits = |step: &i64| *step >= usual && length / step < MOST_STEPS;
    let in_days = || (usual.max(length / (MOST_STEPS - 1)) / DAY + 1).saturating_mul(DAY);
    let step = STEPS.into_iter().find(fits).unwrap_or_else(in_days);
    let by = match step {
        ..HOUR => By::Minute,
        HOUR..DAY => By::Hour,
        _ => By::Day,
    };
    (by, step)
}

/// Lengths that people know from a clock.
const STEPS: [i64; 12] = [
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
];

const fn begin_of(nanos: i64, step_nanos: i64) -> i64 {
    nanos.div_euclid(step_nanos).saturating_mul(step_nanos)
}

/// Several groups may be in one piece.
fn points(shares: &Shares, step_nanos: i64) -> Vec<SharePoint> {
    let mut points: Vec<SharePoint> = Vec::new();
    for group in &shares.groups {
        let Some(nanos) = group_nanos(&group.group) else { continue };
        let start_nanos = begin_of(nanos, step_nanos);
        if points.last().is_none_or(|point| point.start_nanos != start_nanos) {
            points.push(SharePoint { start_nanos, ..SharePoint::default() });
        }
        if let Some(point) = points.last_mut() {
            point.spent.add(group.spent);
            point.n_profiles += group.n_profiles;
        }
    }
    points
}

/// Versions that were there at the same time are in rows of their own.
fn rows_of(versions: &[Version]) -> Vec<(Version, usize)> {
    let mut ends: Vec<i64> = Vec::new();
    let dated = versions.iter().filter_map(|version| Some((version, version.first_nanos?)));
    let mut row_of = |(version, first): (&Version, i64)| {
        let row = ends.iter().position(|end| *end < first).unwrap_or(ends.len());
        if row == ends.len() {
            ends.push(version.last_nanos);
        } else {
            ends[row] = version.last_nanos;
        }
        (version.clone(), row)
    };
    dated.map(&mut row_of).filter(|(_, row)| *row < MOST_ROWS).take(MOST_VERSIONS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_line_has_some_hundred_pieces_at_most() {
        let every = |gap: i64, length: i64| (0..=length / gap).map(|at| DAY + at * gap).collect::<Vec<_>>();
        for (times, by, step) in [
            (vec![DAY], By::Minute, MINUTE),
            (every(MINUTE, 3 * HOUR), By::Minute, MINUTE),
            (every(5 * MINUTE, 4 * HOUR), By::Minute, 5 * MINUTE),
            (every(MINUTE, 3 * DAY), By::Minute, 15 * MINUTE),
            (every(HOUR, 90 * DAY), By::Hour, 6 * HOUR),
            (every(DAY, 9000 * DAY), By::Day, 23 * DAY),
        ] {
            assert_eq!(step_of(&times), (by, step));
            assert!((times[times.len() - 1] - times[0]) / step < MOST_STEPS, "{step}");
        }
    }

    #[test]
    fn versions_that_overlap_are_in_rows_of_their_own() {
        let version = |first: i64, last_nanos: i64| Version {
            first_nanos: Some(first),
            last_nanos,
            ..Version::default()
        };
        let rows = rows_of(&[version(1, 5), version(4, 9), version(6, 7), Version::default()]);
        assert_eq!(rows.iter().map(|(_, row)| *row).collect::<Vec<_>>(), [0, 1, 0]);
    }
}
