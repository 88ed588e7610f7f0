//! What of a store could not be read: files that are damaged or gone.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::chosen::{Chosen, ChosenQuery};
use super::facets::{Facets, FacetsQuery};
use super::top::{StoreTop, StoreTopQuery};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::text;

/// Asks what is missing in the answers about the chosen profiles, and in the list of what there is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LossesQuery {
    /// The answer that reads all of the chosen profiles.
    pub top: StoreTopQuery,
}

/// What is missing.
#[derive(Debug, Default)]
pub struct Losses {
    /// All of it in a line; empty if nothing is.
    pub summary: String,
    /// A sentence each.
    pub sentences: Vec<String>,
}

impl Question for LossesQuery {
    type Answer = Losses;
    type Input = ((ChosenQuery, FacetsQuery), StoreTopQuery);

    fn input(&self) -> Self::Input {
        let all = FacetsQuery { selector: String::new() };
        ((self.top.chosen.clone(), all), self.top.clone())
    }

    fn answer(
        &self,
        _: Documents<'_>,
        ((chosen, facets), top): ((Arc<Chosen>, Arc<Facets>), Arc<StoreTop>),
    ) -> Result<Losses, QuestionError> {
        let all = [&chosen.warnings, &facets.warnings, &top.warnings];
        let sentences: BTreeSet<&String> = all.into_iter().flatten().collect();
        let sentences: Vec<String> = sentences.into_iter().cloned().collect();
        let summary = match sentences.as_slice() {
            [] => String::new(),
            [only] => only.clone(),
            [first, rest @ ..] => format!("{first}; and {} more", text::count(rest.len())),
        };
        Ok(Losses { summary, sentences })
    }
}
