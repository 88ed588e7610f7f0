//! The profiles of a store that are looked at: which, from when, of which versions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use goscope_parsers::printable_cut;
use goscope_store::{Id, ProfileRow};

use super::facets::{Facets, FacetsQuery};
use super::selector;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::text;

/// Versions that the sentence names.
const MOST_NAMED: usize = 3;

/// Letters of a name in a sentence.
const MOST_LETTERS: usize = 40;

/// Asks for the profiles.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChosenQuery {
    /// Which; `None` for the service and kind that the store has most of.
    pub selector: Option<String>,
}

/// The profiles.
#[derive(Debug, Default)]
pub struct Chosen {
    /// What they were chosen by.
    pub selector: String,
    /// They in one sentence.
    pub sentence: String,
    /// Each, by time.
    pub profiles: Vec<ChosenProfile>,
    /// Their versions, by when the first profile of each was taken.
    pub versions: Vec<Version>,
    /// What could not be read, a sentence each.
    pub warnings: Vec<String>,
}

/// A profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenProfile {
    /// Its id.
    pub id: Id,
    /// When it began, in ns since 1970; 0 if nobody knows.
    pub time_nanos: i64,
    /// Its version, as an index.
    pub version: u32,
}

/// Whether a profile says when it was taken. What is before 1970 or after 2116 is no time that anybody measured at.
pub const fn is_dated(time_nanos: i64) -> bool {
    0 < time_nanos && time_nanos < 1 << 62
}

/// A version of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// Its name; with that of the service, where there are several.
    pub name: String,
    /// Its name alone.
    pub version: String,
    /// When its first profile was taken, in ns since 1970; `None` if nobody knows of any.
    pub first_nanos: Option<i64>,
    /// When its last profile was taken.
    pub last_nanos: i64,
    /// Its profiles.
    pub n_profiles: usize,
}

impl Question for ChosenQuery {
    type Answer = Chosen;
    type Input = Option<FacetsQuery>;

    fn input(&self) -> Self::Input {
        self.selector.is_none().then(|| FacetsQuery { selector: String::new() })
    }

    fn answer(&self, documents: Documents<'_>, facets: Option<Arc<Facets>>) -> Result<Chosen, QuestionError> {
        let document = documents.store()?;
        let first = || facets.map(|facets| facets.first_selector()).unwrap_or_default();
        let text = self.selector.clone().unwrap_or_else(first);
        let taken = document.store()?.profiles(&selector(document, &text)?)?;
        if taken.value.is_empty() {
            let place = document.place.shown();
            return Err(QuestionError::Store(if text.is_empty() {
                format!("{place} has no profiles; `goscope store add` adds some")
            } else {
                format!("no profile in {place} matches {text}: choose another service, version or time")
            }));
        }
        let (versions, profiles) = versions_of(&taken.value);
        let sentence = sentence(&taken.value, &versions);
        Ok(Chosen { selector: text, sentence, profiles, versions, warnings: taken.warnings })
    }
}

fn versions_of(rows: &[ProfileRow]) -> (Vec<Version>, Vec<ChosenProfile>) {
    let has_services = rows.windows(2).any(|pair| pair[0].service != pair[1].service);
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut versions: Vec<Version> = Vec::new();
    let mut profiles = Vec::with_capacity(rows.len());
    // They are in the order of time, and so are the versions then.
    for row in rows {
        let at = *places.entry((&row.service, &row.version)).or_insert_with(|| {
            let version = if row.version.is_empty() { "no version" } else { &row.version };
            let name = if has_services { format!("{} {version}", row.service) } else { version.to_owned() };
            versions.push(Version { name, version: row.version.clone(), ..Version::default() });
            versions.len() - 1
        });
        let version = &mut versions[at];
        version.n_profiles += 1;
        if is_dated(row.time_nanos) {
            version.first_nanos.get_or_insert(row.time_nanos);
            version.last_nanos = row.time_nanos;
        }
        let version = u32::try_from(at).unwrap_or(u32::MAX);
        profiles.push(ChosenProfile { id: row.id, time_nanos: row.time_nanos, version });
    }
    (versions, profiles)
}

/// `240 cpu profiles of shop from 2026-11-25 06:00 UTC to 2026-11-25 10:00 UTC, versions 1.4 and 1.5`.
fn sentence(rows: &[ProfileRow], versions: &[Version]) -> String {
    let kinds: BTreeSet<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
    let services: BTreeSet<&str> = rows.iter().map(|row| row.service.as_str()).collect();
    let name = |name: &str| printable_cut(name, MOST_LETTERS).into_owned();
    let only = |names: &BTreeSet<&str>| names.first().filter(|_| names.len() == 1).map(|only| name(only));
    let kind = only(&kinds).map_or_else(|| "profile".to_owned(), |kind| format!("{kind} profile"));
    let of = only(&services).unwrap_or_else(|| text::counted(services.len(), "service"));
    let mut words = format!("{} of {of}", text::counted(rows.len(), &kind));
    let times = rows.iter().map(|row| row.time_nanos).filter(|nanos| is_dated(*nanos));
    if let (Some(first), Some(last)) = (times.clone().min(), times.max()) {
        words += &format!(" from {} to {}", text::utc(first), text::utc(last));
    }
    let names: Vec<String> = versions.iter().map(|version| name(&version.name)).collect();
    match names.as_slice() {
        [] => {}
        [one] => words += &format!(", version {one}"),
        [named @ .., last] if names.len() <= MOST_NAMED => {
            words += &format!(", versions {} and {last}", named.join(", "));
        }
        many => words += &format!(", {}", text::counted(many.len(), "version")),
    }
    words
}
