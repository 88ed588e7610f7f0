//! What may be asked of a profile: which values, at what granularity, of which stacks.
//!
//! A query is plain data that can be compared and hashed, so that answers can be kept and found again. What its
//! fields mean is pprof's (`-sample_index`, `-focus`, …); `stacks::select` applies it.

use thiserror::Error;

use super::frame::Granularity;

/// Which stacks of a profile, and what of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StackQuery {
    /// Name or 0-based index of the sample type; `None` for the profile's default (else its last).
    pub sample_type: Option<String>,
    /// What makes two stack entries the same frame.
    pub granularity: Granularity,
    /// Whether inlined functions are frames.
    pub inlines: Inlines,
    /// Which samples and which frames of them.
    pub filters: Filters,
}

/// Whether inlined functions are frames of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Inlines {
    /// They are (pprof's default).
    #[default]
    Show,
    /// A location is its outermost function only (pprof's `-noinlines`).
    Hide,
}

/// Filters by name and by label, each a regular expression as Go writes them. Empty text is no filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filters {
    /// Keeps samples with a matching frame.
    pub focus: Option<String>,
    /// Drops samples with a matching frame; wins over `focus`.
    pub ignore: Option<String>,
    /// Removes matching frames; their value goes to the caller.
    pub hide: Option<String>,
    /// Keeps matching frames only.
    pub show: Option<String>,
    /// Cuts what is above the outermost matching frame; drops samples without one.
    pub show_from: Option<String>,
    /// Cuts what is below the innermost matching frame.
    pub prune_from: Option<String>,
    /// Keeps samples with a matching label: `regex`, `key=regex,regex`, or ranges like `bytes=1kb:4mb`.
    pub tag_focus: Option<String>,
    /// Drops samples with a matching label; wins over `tag_focus`.
    pub tag_ignore: Option<String>,
    /// Further filters by label, each for itself: samples match all that keep, and none that drops.
    pub labels: Vec<LabelFilter>,
}

/// A filter by label, in the language of `tag_focus`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LabelFilter {
    /// Whether it keeps the samples that match, and not those that do not.
    pub keeps: bool,
    /// What matches.
    pub text: String,
}

impl LabelFilter {
    /// pprof's name of the option.
    pub const fn option(&self) -> &'static str {
        if self.keeps { "tagfocus" } else { "tagignore" }
    }
}

impl Filters {
    /// The filters that are set, by pprof's option names, in pprof's order.
    pub fn active(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("focus", &self.focus),
            ("ignore", &self.ignore),
            ("hide", &self.hide),
            ("show", &self.show),
            ("show_from", &self.show_from),
            ("tagfocus", &self.tag_focus),
            ("tagignore", &self.tag_ignore),
            ("prune_from", &self.prune_from),
        ];
        let labels = self.labels.iter().map(|filter| (filter.option(), filter.text.as_str()));
        all.into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)))
            .chain(labels)
            .filter(|(_, value)| !value.is_empty())
    }
}

/// Why a query cannot be answered: always something the user typed, or two profiles that do not go together.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryError {
    /// A filter is not a regular expression.
    #[error("{option}: \"{pattern}\" is not a regular expression: {reason}")]
    Pattern {
        /// pprof's name of the option.
        option: &'static str,
        /// What was typed.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The profile has no such sample type.
    #[error("sample_index \"{wanted}\" must be one of: {}", available.join(", "))]
    UnknownSampleType {
        /// What was asked for.
        wanted: String,
        /// What there is.
        available: Vec<String>,
    },
    /// The index of the sample type is too large or negative.
    #[error("sample_index {wanted} is outside the range [0..{last}]; the types are: {}", available.join(", "))]
    SampleTypeOutOfRange {
        /// What was asked for.
        wanted: String,
        /// The largest index.
        last: usize,
        /// What there is.
        available: Vec<String>,
    },
    /// A report about functions by name finds none.
    #[error("no matches found for regexp: {pattern}")]
    NoMatch {
        /// What was asked for.
        pattern: String,
    },
    /// A question about one function finds several.
    #[error("{wanted:?} matches {n_matches} functions: {}; give the whole name of one", shown.join(", "))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// Some of what there is.
        shown: Vec<String>,
        /// How many there are.
        n_matches: usize,
    },
    /// Values shall be divided by zero.
    #[error("divide_by: the divisor is 0; give another one")]
    ZeroDivisor,
    /// What a report is written to failed.
    #[error("the report cannot be written")]
    Write(#[source] std::fmt::Error),
    /// The profile names no sample types at all.
    #[error("the profile has no sample types")]
    NoSampleTypes,
    /// The values of two profiles mean different things.
    #[error(
        "cannot compare {base} of the base with {head} of the head: choose the same sample type on both sides"
    )]
    DifferentTypes {
        /// Type and unit of the base.
        base: String,
        /// Type and unit of the head.
        head: String,
    },
    /// A rate was asked for, but a profile does not say how long it ran.
    #[error("cannot compare per second: the {side} profile does not say how long it ran")]
    NoDuration {
        /// Which side lacks it.
        side: &'static str,
    },
    /// No profile was given on one side.
    #[error("the {side} side of the comparison holds no profile")]
    NoProfile {
        /// Which side lacks it.
        side: &'static str,
    },
}
