//! The profiles that an answer is about, and the types of their values.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::StoreError;
use crate::rows::ProfileRow;
use crate::selector::Selector;

/// What is added up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// The profiles, by time and id.
    pub(crate) profiles: Vec<ProfileRow>,
    /// The types of their values, as `cpu/nanoseconds`.
    pub(crate) types: Vec<String>,
}

/// Names that a message lists.
const MOST_NAMES: usize = 12;

impl Selection {
    /// Of all profiles that are meant, those that can be added up.
    ///
    /// # Errors
    /// If there is none, or they are of several services or kinds.
    pub(crate) fn new(selector: &Selector, mut profiles: Vec<ProfileRow>) -> Result<Self, StoreError> {
        profiles.sort_unstable_by_key(|row| (row.time_nanos, row.id));
        profiles.dedup_by_key(|profile| profile.id);
        if selector.sample_type().is_some() {
            profiles.retain(|profile| profile.types.iter().any(|name| selector.is_type(name)));
        }
        let services: BTreeSet<&str> = profiles.iter().map(|profile| profile.service.as_str()).collect();
        if services.len() > 1 && !selector.names_service() {
            return Err(StoreError::Usage(format!(
                "the store has several services; add service=NAME, or service=* for all of them: {}",
                list(services)
            )));
        }
        let types = types(selector, &profiles)?;
        Ok(Self { profiles, types })
    }

    /// All of these profiles with all their types, whatever they are: to be copied, not to be added up.
    pub(crate) fn whole(profiles: Vec<ProfileRow>) -> Self {
        let mut types: Vec<String> = Vec::new();
        for name in profiles.iter().flat_map(|profile| &profile.types) {
            if !types.contains(name) {
                types.push(name.clone());
            }
        }
        Self { profiles, types }
    }
}

/// The types that all profiles have.
fn types(selector: &Selector, profiles: &[ProfileRow]) -> Result<Vec<String>, StoreError> {
    let of = |profile: &ProfileRow| -> Vec<String> {
        profile.types.iter().filter(|name| selector.is_type(name)).cloned().collect()
    };
    let Some(first) = profiles.first() else { return Ok(Vec::new()) };
    let types = of(first);
    if profiles.iter().all(|profile| of(profile) == types) {
        return Ok(types);
    }
    if selector.sample_type().is_some() {
        let common: Vec<String> = types
            .iter()
            .filter(|name| profiles.iter().all(|profile| profile.types.contains(name)))
            .cloned()
            .collect();
        if !common.is_empty() {
            return Ok(common);
        }
    }
    let mut kinds: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for profile in profiles {
        *kinds.entry((&profile.kind, profile.types.join(", "))).or_default() += 1;
    }
    let several = kinds.keys().map(|(kind, _)| kind).collect::<BTreeSet<_>>().len() > 1;
    let text = |((kind, types), n): (&(&str, String), &usize)| {
        if several { format!("{kind} ({n})") } else { format!("{types} ({n})") }
    };
    let key = if several { "kind" } else { "type" };
    Err(StoreError::Usage(format!(
        "profiles of several kinds match, which cannot be added up; add {key}=NAME: {}",
        list(kinds.iter().map(text))
    )))
}

/// Some of the names, and how many there are more.
pub(crate) fn list<T: std::fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    let name = |name: T| goscope_parsers::printable(&name.to_string()).into_owned();
    let names: Vec<String> = names.into_iter().map(name).collect();
    let shown = names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
