//! The profiles that the flame graph of dumps is about: stacks, each as wide as the number of goroutines that have it.

use std::sync::Arc;

use goscope_analysis::dump::{OuterFrame, stacks_profile};
use goscope_parsers::pprof::{Profile, ProfileBuilder};

use super::answer::DumpsAnswerQuery;
use super::chosen::{LookedAt, looked_at};
use crate::document::Document;
use crate::query::documents::Documents;
use crate::query::dumps::Dumps;
use crate::query::question::{Question, QuestionError};

/// Asks for the profiles.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DumpFlameQuery {
    /// Of which dump, and of which goroutines.
    pub of: DumpsAnswerQuery,
    /// What stands outside of the outermost frames.
    pub outer: OuterFrame,
}

impl Question for DumpFlameQuery {
    /// One profile; of several dumps that are compared, that of the first one and that of the last one.
    type Answer = Vec<Arc<Document>>;
    type Input = DumpsAnswerQuery;

    fn input(&self) -> DumpsAnswerQuery {
        self.of.clone()
    }

    fn answer(&self, documents: Documents<'_>, dumps: Arc<Dumps>) -> Result<Self::Answer, QuestionError> {
        let from = documents.first()?;
        let profile = |shown: LookedAt<'_>| {
            let mut rows: Vec<u32> = shown.groups.iter().flat_map(|group| &group.rows).copied().collect();
            rows.sort_unstable();
            stacks_profile(shown.dump, shown.text.tables(), &rows, self.outer)
        };
        let before = if dumps.n_snapshots > 1 { looked_at(&dumps, Some(0)) } else { None };
        let last = looked_at(&dumps, None).map_or_else(nothing, profile);
        let profiles = before.map(profile).into_iter().chain([last]);
        Ok(profiles.map(|profile| Arc::new(Document::derived(from, profile))).collect())
    }
}

/// Of a text without goroutines.
fn nothing() -> Profile {
    ProfileBuilder::new(&[("goroutines", "count")]).finish()
}
