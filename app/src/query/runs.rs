//! The runs of two sides, counted once: every way to put them on one scale judges the same counts.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use goscope_analysis::profile::sample_type::common_sample_type;
use goscope_analysis::verdict::RunContext;
use goscope_analysis::verdict::profiles::RunCounts;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use crate::document::{Document, DocumentKind, Source};
use crate::run_notes::{Known, RunNotes, known};

/// Asks for the counts of all runs. A document is a run: a profile, which is counted here, or one that was counted as it
/// was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RunsQuery {
    /// Name or number of the sample type; `None` for the one that all profiles have in common.
    pub sample_type: Option<String>,
    /// What is known of the runs beside their profiles; nothing is asked of runs that were counted as they were read.
    pub notes: RunNotes,
}

/// The runs of both sides.
#[derive(Debug)]
pub struct Runs {
    /// Those of the base.
    pub base: Vec<Arc<RunCounts>>,
    /// Those of the head.
    pub head: Vec<Arc<RunCounts>>,
}

impl Question for RunsQuery {
    type Answer = Runs;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Runs, QuestionError> {
        let [base, head] = documents.both_sides();
        // In the order of pprof, whose base comes second.
        let profiles = head.iter().chain(base).filter_map(|document| document.profile());
        let wanted = self.sample_type.as_deref();
        let sample_type = common_sample_type(profiles.map(|document| &*document.profile), wanted)?;
        let all: Vec<&Document> = base.iter().chain(head).map(Arc::as_ref).collect();
        let is_noted = self.notes != RunNotes::default();
        let contexts = if is_noted {
            known(&paths(&all), &self.notes)?.contexts
        } else {
            all.iter().map(|document| named(document.source.place())).collect()
        };
        let mut base_runs = at_once(&all, |at, document| match &document.kind {
            DocumentKind::Run(run) => Ok(Arc::clone(run)),
            _ => count(document, sample_type.as_deref(), contexts[at].clone()).map(Arc::new),
        })?;
        let head_runs = base_runs.split_off(base.len());
        Ok(Runs { base: base_runs, head: head_runs })
    }
}

/// Asks what a unit of work of the runs is called, where it is noted how many each did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UnitQuery {
    /// Where it was said to be noted; if nowhere, it is looked for beside the files.
    pub notes: RunNotes,
}

/// What a unit of work is called, and where it is noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its name, in the singular.
    pub name: String,
    /// Where the units of each run are.
    pub notes: RunNotes,
}

impl Question for UnitQuery {
    type Answer = Option<Unit>;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Option<Unit>, QuestionError> {
        let paths = paths(&documents.iter().map(Arc::as_ref).collect::<Vec<_>>());
        let unit =
            |notes: RunNotes| known(&paths, &notes).map(|Known { unit, .. }| Unit { name: unit, notes });
        if self.notes.per.is_some() {
            return Ok(Some(unit(self.notes.clone())?));
        }
        // What nobody named is used only if it fits.
        let found = RunNotes::beside(&paths).map(|found| RunNotes { per: found.per, ..self.notes.clone() });
        Ok(found.and_then(|notes| unit(notes).ok()))
    }
}

/// The files of documents. A sample inside the program has none, so nothing is noted of it.
fn paths(documents: &[&Document]) -> Vec<PathBuf> {
    let path = |document: &&Document| match document.source.whole() {
        Source::File(path) => path.clone(),
        Source::Sample(name) => PathBuf::from(name),
        part @ Source::Part(..) => PathBuf::from(part.name()),
    };
    documents.iter().map(path).collect()
}

fn named(name: String) -> RunContext {
    RunContext { name, ..RunContext::default() }
}

/// Counts a profile as a run, of which `context` knows more than the profile says.
///
/// # Errors
/// The document is no profile, has no such sample type, or holds negative values.
fn count(
    document: &Document,
    sample_type: Option<&str>,
    context: RunContext,
) -> Result<RunCounts, QuestionError> {
    let profile = document.profile().ok_or(QuestionError::NoProfile)?;
    Ok(RunCounts::of(Arc::clone(&profile.profile), sample_type, context)?)
}

/// Does the same to all documents, as many at a time as there are cores.
fn at_once<T: Send>(
    documents: &[&Document],
    make: impl Fn(usize, &Document) -> Result<T, QuestionError> + Sync,
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
