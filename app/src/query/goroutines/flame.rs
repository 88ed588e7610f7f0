//! The profile that the flame graph of a dump is about: its stacks, each as wide as the number of goroutines that have it.

use std::sync::Arc;

use goscope_analysis::dump::{OuterFrame, stacks_profile};
use goscope_parsers::pprof::{Profile, ProfileBuilder};

use super::answer::DumpsAnswerQuery;
use super::chosen::looked_at;
use crate::document::Document;
use crate::query::documents::Documents;
use crate::query::dumps::Dumps;
use crate::query::question::{Question, QuestionError};

/// Asks for the profile.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DumpFlameQuery {
    /// Of which dump, and of which goroutines.
    pub of: DumpsAnswerQuery,
    /// What stands outside of the outermost frames.
    pub outer: OuterFrame,
}

impl Question for DumpFlameQuery {
    type Answer = Document;
    type Input = DumpsAnswerQuery;

    fn input(&self) -> DumpsAnswerQuery {
        self.of.clone()
    }

    fn answer(&self, documents: Documents<'_>, dumps: Arc<Dumps>) -> Result<Document, QuestionError> {
        let profile = looked_at(&dumps, None).map_or_else(nothing, |shown| {
            let mut rows: Vec<u32> = shown.groups.iter().flat_map(|group| &group.rows).copied().collect();
            rows.sort_unstable();
            stacks_profile(shown.dump, shown.text.tables(), &rows, self.outer)
        });
        Ok(Document::derived(documents.first()?, profile))
    }
}

/// Of a text without goroutines.
fn nothing() -> Profile {
    ProfileBuilder::new(&[("goroutines", "count")]).finish()
}
