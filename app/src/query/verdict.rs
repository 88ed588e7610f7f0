//! The regression verdict: did the head get worse than the base, where, and can that be trusted?
//!
//! A document is a run: a profile, which is counted here, or one that was counted as it was read.

use std::borrow::Cow;
use std::sync::Arc;
use std::thread;

use goscope_analysis::profile::sample_type::common_sample_type;
use goscope_analysis::verdict::profiles::{RunCounts, compare};
use goscope_analysis::verdict::{Options, RunContext, Verdict};

use super::documents::Documents;
use super::question::{Question, QuestionError};
use crate::document::{Document, DocumentKind};

/// Asks whether the head got worse than the base; each side is one or several runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VerdictQuery {
    /// Name or number of the sample type; `None` for the one that all profiles have in common.
    pub sample_type: Option<String>,
    /// How runs are put on one scale, and what fails.
    pub options: Options,
}

impl Question for VerdictQuery {
    type Answer = Verdict;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Verdict, QuestionError> {
        let [base, head] = documents.both_sides();
        // In the order of pprof, whose base comes second.
        let profiles = head.iter().chain(base).filter_map(|document| document.profile());
        let wanted = self.sample_type.as_deref();
        let sample_type = common_sample_type(profiles.map(|document| &*document.profile), wanted)?;
        let (base, head) = (runs(base, sample_type.as_deref())?, runs(head, sample_type.as_deref())?);
        Ok(compare(&base, &head, &self.options)?)
    }
}

/// The documents as runs.
fn runs<'d>(
    documents: &'d [Arc<Document>],
    sample_type: Option<&str>,
) -> Result<Vec<Cow<'d, RunCounts>>, QuestionError> {
    let run = |_, document: &'d Document| match &document.kind {
        DocumentKind::Run(run) => Ok(Cow::Borrowed(&**run)),
        _ => {
            let context = RunContext { name: document.source.place(), ..RunContext::default() };
            Ok(Cow::Owned(count(document, sample_type, context)?))
        }
    };
    at_once(documents, run)
}

/// Counts a profile as a run, of which `context` knows more than the profile says.
///
/// # Errors
/// The document is no profile, has no such sample type, or holds negative values.
pub fn count(
    document: &Document,
    sample_type: Option<&str>,
    context: RunContext,
) -> Result<RunCounts, QuestionError> {
    let profile = document.profile().ok_or(QuestionError::NoProfile)?;
    Ok(RunCounts::of(Arc::clone(&profile.profile), sample_type, context)?)
}

/// Does the same to all documents, as many at a time as there are cores.
fn at_once<'d, T: Send>(
    documents: &'d [Arc<Document>],
    make: impl Fn(usize, &'d Document) -> Result<T, QuestionError> + Sync,
) -> Result<Vec<T>, QuestionError> {
    let n_at_once = thread::available_parallelism().map_or(1, usize::from);
    let mut all = Vec::with_capacity(documents.len());
    for group in documents.chunks(n_at_once) {
        let (first, make) = (all.len(), &make);
        let results: Vec<_> = thread::scope(|scope| {
            let workers: Vec<_> =
                (first..).zip(group).map(|(at, document)| scope.spawn(move || make(at, document))).collect();
            let result = |worker: thread::ScopedJoinHandle<'_, _>| {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            workers.into_iter().map(result).collect()
        });
        for result in results {
            all.push(result?);
        }
    }
    Ok(all)
}
