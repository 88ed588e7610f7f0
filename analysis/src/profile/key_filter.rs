//! Which labels of samples show: pprof's `-tagshow` and `-taghide`, by key.
//!
//! They take labels away, never samples. Every key meets the expressions once.

use goscope_parsers::pprof::{Profile, StringId};
use regex::bytes::Regex;

use super::filter::{compile, no_match};
use super::query::QueryError;
use super::tag_filter::is_number;

/// The two expressions.
pub(super) struct KeyFilter {
    show: Option<Regex>,
    hide: Option<Regex>,
}

/// Which keys are hidden, by string; empty if none is.
#[derive(Clone, Debug, Default)]
pub(super) struct HiddenKeys(Vec<bool>);

impl HiddenKeys {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    pub(super) fn contains(&self, key: StringId) -> bool {
        self.0.get(key.index()).copied().unwrap_or(false)
    }
}

impl KeyFilter {
    pub(super) fn compile(show: Option<&str>, hide: Option<&str>) -> Result<Self, QueryError> {
        Ok(Self { show: compile("tagshow", show)?, hide: compile("taghide", hide)? })
    }

    /// The hidden ones among the keys of some samples; says which expression matches none.
    pub(super) fn hidden(
        &self,
        profile: &Profile,
        samples: impl Iterator<Item = usize>,
        warnings: &mut Vec<String>,
    ) -> HiddenKeys {
        if self.show.is_none() && self.hide.is_none() {
            return HiddenKeys::default();
        }
        let (mut is_known, mut is_hidden) =
            (vec![false; profile.strings.len()], vec![false; profile.strings.len()]);
        let (mut has_shown, mut has_hidden) = (false, false);
        for label in samples.flat_map(|sample| profile.samples.labels(sample)) {
            let key = label.key.index();
            if is_known[key] || label.is_numeric() && !is_number(label) {
                continue;
            }
            is_known[key] = true;
            let text = profile.text(label.key);
            let is_shown = self.show.as_ref().is_none_or(|show| show.is_match(text.as_bytes()));
            let hides = self.hide.as_ref().is_some_and(|hide| hide.is_match(text.as_bytes()));
            has_shown |= is_shown;
            has_hidden |= hides;
            is_hidden[key] = !is_shown || hides;
        }
        if self.show.is_some() && !has_shown {
            warnings.push(no_match("TagShow"));
        }
        if self.hide.is_some() && !has_hidden {
            warnings.push(no_match("TagHide"));
        }
        HiddenKeys(is_hidden)
    }
}
