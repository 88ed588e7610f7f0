//! The documents that a question reads: one, or those of base and head.

use std::sync::Arc;

use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::profile::sample_type::common_sample_type;
use goscope_analysis::profile::stacks::{Stacks, select, select_each};
use goscope_analysis::test_results::TestRun;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::bench::BenchOutput;
use goscope_parsers::coverage::CoverageProfile;
use goscope_parsers::pprof::Profile;

use super::bench_files::BenchFiles;
use super::error::QuestionError;
use crate::document::{Document, ProfileDocument, TraceDocument};
use crate::dump_input::DumpText;
use crate::store_document::StoreDocument;

/// One document, or those of base and head.
#[derive(Clone, Copy, Debug, Default)]
pub struct Documents<'d> {
    base: &'d [Arc<Document>],
    head: &'d [Arc<Document>],
}

impl<'d> Documents<'d> {
    /// One document; of two, base and head.
    pub fn of_tab(documents: &'d [Arc<Document>]) -> Self {
        let (base, head) = documents.split_at(documents.len().min(1));
        Self { base, head }
    }

    /// All of them, those of the base first.
    pub fn iter(self) -> impl Iterator<Item = &'d Arc<Document>> {
        self.base.iter().chain(self.head)
    }

    /// Two sides, each of one or several profiles, which are added up.
    pub const fn sides(base: &'d [Arc<Document>], head: &'d [Arc<Document>]) -> Self {
        Self { base, head }
    }

    /// The first document; in a comparison the base.
    ///
    /// # Errors
    /// If there is none.
    pub fn first(self) -> Result<&'d Document, QuestionError> {
        self.base.first().map(Arc::as_ref).ok_or(QuestionError::NoProfile)
    }

    /// The current document: the only one, or the head.
    ///
    /// # Errors
    /// If there is none.
    pub fn in_front(self) -> Result<&'d Document, QuestionError> {
        self.head.last().or_else(|| self.base.last()).map(Arc::as_ref).ok_or(QuestionError::NoProfile)
    }

    /// The current profile: the only one, or the head.
    ///
    /// # Errors
    /// If the document is not a profile.
    pub fn profile_in_front(self) -> Result<&'d ProfileDocument, QuestionError> {
        self.in_front()?.profile().ok_or(QuestionError::NoProfile)
    }

    /// The stacks of the first profile.
    ///
    /// # Errors
    /// If there is no profile, or the query does not fit it.
    pub fn stacks(self, query: &StackQuery) -> Result<Stacks<'d>, QuestionError> {
        stacks(self.first()?, query)
    }

    /// The stacks of the current profile: the only one, or the head.
    ///
    /// # Errors
    /// If there is no profile, or the query does not fit it.
    pub fn stacks_in_front(self, query: &StackQuery) -> Result<Stacks<'d>, QuestionError> {
        stacks(self.in_front()?, query)
    }

    /// The stacks of the profiles of base and head, all in one sample type, matched by name.
    ///
    /// # Errors
    /// If a document is not a profile, or the query does not fit it.
    pub fn stacks_of_sides(
        self,
        query: &StackQuery,
    ) -> Result<(Vec<Stacks<'d>>, Vec<Stacks<'d>>), QuestionError> {
        let profiles = |side: &'d [Arc<Document>]| -> Result<Vec<&'d Profile>, QuestionError> {
            let profile = |document: &'d Arc<Document>| document.profile().ok_or(QuestionError::NoProfile);
            side.iter().map(|document| Ok(&*profile(document)?.profile)).collect()
        };
        let (mut both, head) = (profiles(self.base)?, profiles(self.head)?);
        // In the order of pprof, whose base comes second.
        let all = head.iter().chain(&both).copied();
        let sample_type = common_sample_type(all, query.sample_type.as_deref())?;
        both.extend(head);
        let mut base = select_each(&both, &StackQuery { sample_type, ..query.clone() })?;
        let head = base.split_off(self.base.len());
        Ok((base, head))
    }

    /// The documents of base and head.
    pub const fn both_sides(self) -> [&'d [Arc<Document>]; 2] {
        [self.base, self.head]
    }

    /// The trace, with what was read beside its model.
    ///
    /// # Errors
    /// The document is no trace, or only its model was read.
    pub fn trace(self) -> Result<&'d TraceDocument, QuestionError> {
        self.base.first().and_then(|document| document.trace()).ok_or(QuestionError::NoTrace)
    }

    /// The results of tests.
    ///
    /// # Errors
    /// If the document holds none.
    pub fn tests(self) -> Result<&'d TestRun, QuestionError> {
        self.base.first().and_then(|document| document.tests()).ok_or(QuestionError::NoTests)
    }

    /// The results of benchmarks of both sides that are compared.
    ///
    /// # Errors
    /// If a document holds none, and is no CPU profile of a benchmark.
    pub fn benchmarks(self) -> Result<[Vec<&'d BenchOutput>; 2], QuestionError> {
        Ok(self.bench_files()?.map(|files| files.compared))
    }

    /// Results of benchmarks and their CPU profiles, of both sides.
    ///
    /// # Errors
    /// As above.
    pub fn bench_files(self) -> Result<[BenchFiles<'d>; 2], QuestionError> {
        Ok([BenchFiles::of(self.base)?, BenchFiles::of(self.head)?])
    }

    /// The coverage profile.
    ///
    /// # Errors
    /// If the document holds none.
    pub fn coverage(self) -> Result<&'d Arc<CoverageProfile>, QuestionError> {
        let coverage = self.iter().find_map(|document| document.coverage());
        coverage.map(|coverage| &coverage.profile).ok_or(QuestionError::NoCoverage)
    }

    /// The texts with goroutine dumps, those of the base first.
    ///
    /// # Errors
    /// If a document is none.
    pub fn dumps(self) -> Result<Vec<Arc<DumpText>>, QuestionError> {
        self.iter().map(|document| document.dump().cloned().ok_or(QuestionError::NoDump)).collect()
    }

    /// The store of profiles.
    ///
    /// # Errors
    /// If the document is none.
    pub fn store(self) -> Result<&'d StoreDocument, QuestionError> {
        self.base.first().and_then(|document| document.store()).ok_or(QuestionError::NoStore)
    }

    /// The model of the trace.
    ///
    /// # Errors
    /// If the document is not a trace.
    pub fn model(self) -> Result<&'d TraceModel, QuestionError> {
        self.base.first().and_then(|document| document.model()).ok_or(QuestionError::NoTrace)
    }
}

fn stacks<'d>(document: &'d Document, query: &StackQuery) -> Result<Stacks<'d>, QuestionError> {
    let profile = document.profile().ok_or(QuestionError::NoProfile)?;
    Ok(select(&profile.profile, query)?)
}
