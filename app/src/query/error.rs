//! Why a question has no answer.

use goscope_analysis::profile::query::QueryError;
use goscope_analysis::verdict::Incomparable;
use goscope_store::StoreError;
use thiserror::Error;

use crate::run_notes::NotesError;

/// Why a question has no answer; each is one sentence.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuestionError {
    /// A pattern or filter is invalid, or two profiles cannot be compared.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Two sides cannot be judged against each other.
    #[error(transparent)]
    Incomparable(#[from] Incomparable),
    /// What is noted of runs cannot be used.
    #[error(transparent)]
    Notes(#[from] NotesError),
    /// Profiles cannot be added up.
    #[error("{0}")]
    Merge(String),
    /// A pattern is invalid.
    #[error("{pattern:?} is no regular expression: {why}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// No sample holds the function.
    #[error("no sample that is left passes through {0}")]
    NoSuchFunction(String),
    /// The question needs a profile.
    #[error("this question is about a profile, and there is none")]
    NoProfile,
    /// The question needs a trace.
    #[error("this question is about a trace, and there is none")]
    NoTrace,
    /// The question needs results of tests.
    #[error("this question is about results of tests, and there are none")]
    NoTests,
    /// The question needs results of benchmarks.
    #[error("this question is about benchmarks, and {0} holds none")]
    NoBenchmarks(String),
    /// Git does not say what changed.
    #[error("{0}")]
    Git(String),
    /// Functions of a benchmark are explained by CPU time.
    #[error(
        "{0} is no CPU profile: functions of a benchmark are explained by CPU time (go test -cpuprofile)"
    )]
    NoCpuProfile(String),
    /// The profiles are of other benchmarks.
    #[error("the CPU profiles are of {profiled}, and not of {asked}")]
    ProfilesOfOthers {
        /// What was recorded.
        profiled: String,
        /// What is asked for.
        asked: String,
    },
    /// The question needs coverage.
    #[error("this question is about coverage, and there is none")]
    NoCoverage,
    /// The question needs a goroutine dump.
    #[error("this question is about a goroutine dump, and there is none")]
    NoDump,
    /// What is asked of a dump cannot be, as a sentence.
    #[error("{0}")]
    Dump(String),
    /// The question needs a store.
    #[error("this question is about a store of profiles, and there is none")]
    NoStore,
    /// What a store says, as a sentence.
    #[error("{0}")]
    Store(String),
    /// The results do not have this package or test.
    #[error("{what} is not in these results")]
    NotInResults {
        /// The missing item: `TestX of example.com/shop`.
        what: String,
    },
    /// The trace does not have this goroutine, task or region.
    #[error("{what} is not in this trace")]
    NotInTrace {
        /// The missing item: `goroutine 7`.
        what: String,
    },
}

impl From<StoreError> for QuestionError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}
