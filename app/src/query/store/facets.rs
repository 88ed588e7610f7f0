//! What a store has: services, versions and kinds, with how many profiles of each and from when to when.

use std::collections::{BTreeMap, HashMap};

use super::selector;
use super::words::{FACETS, facet_terms, term, with_value, without_keys};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Asks what there is beside what a selector chooses: all that it says but service, version and kind holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FacetsQuery {
    /// The selector.
    pub selector: String,
}

/// What there is.
#[derive(Debug, Default)]
pub struct Facets {
    /// By service, kind, and when the version came.
    pub rows: Vec<Facet>,
    /// The values of each of [`FACETS`], each with its term.
    pub values: [Vec<(String, String)>; 3],
    /// By the terms of a selector, the row that it chooses.
    row_of: HashMap<[String; 3], usize>,
    /// What could not be read, a sentence each.
    pub warnings: Vec<String>,
}

/// Profiles of one service, version and kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facet {
    /// Their service.
    pub service: String,
    /// Their version.
    pub version: String,
    /// Their kind.
    pub kind: String,
    /// How many there are.
    pub n_profiles: usize,
    /// The samples in them.
    pub n_samples: i64,
    /// When the first began, in ns since 1970.
    pub first_nanos: i64,
    /// When the last began.
    pub last_nanos: i64,
}

impl Facet {
    /// The selector that means these profiles alone of those that another means.
    pub fn chosen_of(&self, selector: &str) -> String {
        let values = [&self.service, &self.version, &self.kind];
        FACETS
            .iter()
            .zip(values)
            .fold(selector.to_owned(), |text, (key, value)| with_value(&text, key, Some(value)))
    }

    /// The terms that mean it.
    pub fn terms(&self) -> [String; 3] {
        let values = [&self.service, &self.version, &self.kind];
        std::array::from_fn(|at| term(FACETS[at], values[at]))
    }
}

impl Facets {
    /// The row whose profiles a selector chooses alone.
    pub fn chosen_row(&self, selector: &str) -> Option<usize> {
        self.row_of.get(&facet_terms(selector)?).copied()
    }

    /// The service and kind of which there is most: what is looked at first.
    pub fn first_selector(&self) -> String {
        let mut n_profiles: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for row in &self.rows {
            *n_profiles.entry((&row.service, &row.kind)).or_default() += row.n_profiles;
        }
        // Where CPU time was measured, that is what most ask for.
        let best = n_profiles.iter().max_by_key(|((_, kind), n)| (*kind == "cpu", **n));
        let Some(((service, kind), _)) = best else { return String::new() };
        with_value(&term("service", service), "kind", Some(kind))
    }
}

impl Question for FacetsQuery {
    type Answer = Facets;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Facets, QuestionError> {
        let document = documents.store()?;
        let selector = selector(document, &without_keys(&self.selector, &FACETS))?;
        let taken = document.store()?.profiles(&selector)?;
        let mut by_facet: BTreeMap<(&str, &str, &str), Facet> = BTreeMap::new();
        for row in &taken.value {
            let facet = by_facet.entry((&row.service, &row.version, &row.kind)).or_insert_with(|| Facet {
                service: row.service.clone(),
                version: row.version.clone(),
                kind: row.kind.clone(),
                first_nanos: row.time_nanos,
                last_nanos: row.time_nanos,
                ..Facet::default()
            });
            facet.n_profiles += 1;
            facet.n_samples = facet.n_samples.saturating_add(row.n_samples);
            facet.first_nanos = facet.first_nanos.min(row.time_nanos);
            facet.last_nanos = facet.last_nanos.max(row.time_nanos);
        }
        let mut rows: Vec<Facet> = by_facet.into_values().collect();
        rows.sort_by(|a, b| {
            (&a.service, &a.kind, a.first_nanos, &a.version).cmp(&(
                &b.service,
                &b.kind,
                b.first_nanos,
                &b.version,
            ))
        });
        let values = [values(&rows, 0), values(&rows, 1), values(&rows, 2)];
        let row_of = rows.iter().enumerate().map(|(at, row)| (row.terms(), at)).collect();
        Ok(Facets { rows, values, row_of, warnings: taken.warnings })
    }
}

/// The values of a key, each once, in the order of the rows.
fn values(rows: &[Facet], at: usize) -> Vec<(String, String)> {
    let mut seen = std::collections::BTreeSet::new();
    let value = |row: &Facet| match at {
        0 => row.service.clone(),
        1 => row.version.clone(),
        _ => row.kind.clone(),
    };
    let new = rows.iter().map(value).filter(|value| seen.insert(value.clone()));
    new.map(|value| (value.clone(), term(FACETS[at], &value))).collect()
}
