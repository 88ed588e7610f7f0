//! A store, wherever it is kept: what goes in, and what comes out as profiles.

use goscope_parsers::pprof::Profile;

use crate::address::Place;
use crate::engine::clickhouse::ClickHouseEngine;
use crate::engine::folder::FolderEngine;
use crate::engine::selection::{Selection, list};
use crate::engine::sums::{SumKey, Sums};
use crate::engine::{Engine, Warnings};
use crate::error::StoreError;
use crate::folder::marker;
use crate::rebuild::rebuild;
use crate::rows::{ProfileRow, SummaryRow};
use crate::selector::Selector;

/// How often an answer is begun anew because parts were compacted meanwhile.
const ATTEMPTS: usize = 3;

/// A store of profiles.
pub struct Store {
    pub(crate) place: Place,
    pub(crate) engine: Box<dyn Engine>,
}

/// An answer of a store, and what could not be read for it.
#[derive(Debug, Default)]
pub struct WithWarnings<T> {
    /// What was asked for.
    pub value: T,
    /// A sentence for each thing that is lost or missing.
    pub warnings: Vec<String>,
}

/// A profile as it is in the store.
#[derive(Clone, Debug)]
pub struct Run {
    /// What is known about it.
    pub row: ProfileRow,
    /// Its stacks and values.
    pub profile: Profile,
}

impl Store {
    /// Opens a store to read it.
    ///
    /// # Errors
    /// If there is none, or a newer goscope has written it.
    pub fn open(place: Place) -> Result<Self, StoreError> {
        let engine: Box<dyn Engine> = match &place {
            Place::Folder(root) => {
                marker::check(root)?;
                Box::new(FolderEngine { root: root.clone() })
            }
            Place::ClickHouse(address) => Box::new(ClickHouseEngine::new(address)?),
        };
        Ok(Self { place, engine })
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Bytes that are kept in it; `None` of a server.
    pub fn n_bytes(&self) -> Option<u64> {
        self.engine.n_bytes()
    }

    /// The profiles that are meant, by time, without their samples.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn profiles(&self, selector: &Selector) -> Result<WithWarnings<Vec<ProfileRow>>, StoreError> {
        let mut warnings = Vec::new();
        let value = self.engine.profiles(selector, &mut warnings)?;
        Ok(WithWarnings { value, warnings })
    }

    /// The profiles that are meant whole: a label that only samples have chooses none.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn whole_profiles(&self, selector: &Selector) -> Result<Vec<ProfileRow>, StoreError> {
        let mut profiles = self.engine.profiles(selector, &mut Vec::new())?;
        profiles.retain(|row| selector.is_whole_profile(row));
        Ok(profiles)
    }

    /// The traces that are meant, by time: their service, version, labels and time.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn trace_rows(&self, selector: &Selector) -> Result<WithWarnings<Vec<ProfileRow>>, StoreError> {
        let mut warnings = Vec::new();
        let value = traces_of(&self.engine.summaries(selector, &mut warnings)?);
        Ok(WithWarnings { value, warnings })
    }

    /// All profiles that are meant as one, added up as pprof adds up files.
    ///
    /// # Errors
    /// If none is meant, if they are of several services or kinds, or if the store cannot be read.
    pub fn merged(&self, selector: &Selector) -> Result<WithWarnings<Profile>, StoreError> {
        let mut warnings = Vec::new();
        let (selection, sums) = self.sums(selector, false, &mut warnings)?;
        let dictionary = self.engine.dictionary(sums.stacks.values(), &mut warnings)?;
        let profiles: Vec<&ProfileRow> = selection.profiles.iter().collect();
        let value = rebuild(&profiles, &selection.types, &sums, &in_order(&sums), &dictionary);
        Ok(WithWarnings { value, warnings })
    }

    /// Each profile that is meant by itself, by time.
    ///
    /// # Errors
    /// As [`Self::merged`].
    pub fn runs(&self, selector: &Selector) -> Result<WithWarnings<Vec<Run>>, StoreError> {
        let mut warnings = Vec::new();
        let (selection, sums) = self.sums(selector, true, &mut warnings)?;
        let dictionary = self.engine.dictionary(sums.stacks.values(), &mut warnings)?;
        let rows = in_order(&sums);
        let mut rows = rows.chunk_by(|&a, &b| sums.keys[a].profile == sums.keys[b].profile).peekable();
        let run = |(at, row): (u32, &ProfileRow)| {
            let is_own = |rows: &&[usize]| rows.first().is_some_and(|&row| sums.keys[row].profile == at);
            let rows = rows.next_if(is_own).unwrap_or(&[]);
            Run { row: row.clone(), profile: rebuild(&[row], &selection.types, &sums, rows, &dictionary) }
        };
        let value = (0..).zip(&selection.profiles).map(run).collect();
        Ok(WithWarnings { value, warnings })
    }

    /// What is meant, and its sums. Begun anew where parts were compacted meanwhile.
    pub(crate) fn sums(
        &self,
        selector: &Selector,
        by_profile: bool,
        warnings: &mut Warnings,
    ) -> Result<(Selection, Sums), StoreError> {
        for _ in 0..ATTEMPTS {
            let mut said = Vec::new();
            let profiles = self.engine.profiles(selector, &mut said)?;
            let selection = Selection::new(selector, profiles)?;
            if selection.profiles.is_empty() {
                return Err(StoreError::Empty(self.nothing_matches(selector)?));
            }
            if let Some(sums) = self.engine.sums(selector, &selection, by_profile, &mut said)? {
                warnings.append(&mut said);
                return Ok((selection, sums));
            }
        }
        Err(self.samples_are_gone())
    }

    /// The store lists profiles whose samples are not there.
    pub(crate) fn samples_are_gone(&self) -> StoreError {
        StoreError::Damaged {
            place: self.place.shown(),
            reason: "a file of samples was taken away, and its profiles are listed still; `goscope store compact` forgets them"
                .to_owned(),
        }
    }

    /// Why a selector that fits nothing fits nothing: what the store has nearest.
    pub(crate) fn nothing_matches(&self, selector: &Selector) -> Result<String, StoreError> {
        let all = self.engine.profiles(&Selector::default(), &mut Vec::new())?;
        let place = self.place.shown();
        if all.is_empty() {
            return Ok(format!("{place} has no profiles; `goscope store add` adds some"));
        }
        let services: std::collections::BTreeSet<&str> = all.iter().map(|row| row.service.as_str()).collect();
        let (first, last) =
            (all.iter().map(|row| row.time_nanos).min(), all.iter().map(|row| row.time_nanos).max());
        let moment = |nanos: Option<i64>| crate::selector::rfc3339(nanos.unwrap_or(0));
        Ok(format!(
            "no profile in {place} matches {selector}; it has {} from {} to {}, of the services {}",
            all.len(),
            moment(first),
            moment(last),
            list(services)
        ))
    }
}

/// Each trace once, of rows that are sorted by trace.
pub(crate) fn traces_of(rows: &[SummaryRow]) -> Vec<ProfileRow> {
    let mut traces: Vec<ProfileRow> = rows.iter().map(|row| row.trace.clone()).collect();
    traces.dedup_by_key(|row| row.id);
    traces
}

/// The rows of sums in an order that does not depend on where they came from: by profile, stack and labels.
fn in_order(sums: &Sums) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..sums.keys.len()).collect();
    let (stacks, labels) = (sums.stacks.values(), sums.labels.values());
    rows.sort_unstable_by_key(|&row| {
        let SumKey { profile, stack, labels: set } = sums.keys[row];
        (profile, stacks[stack as usize], &labels[set as usize])
    });
    rows
}
