//! The labels of one sample by key, as reports print them.

use goscope_parsers::pprof::{Label, Profile};

use crate::profile::tag_filter::is_number;

/// Labels by key; each key once, with its values in the order of the profile.
pub(super) struct LabelGroups {
    pub(super) texts: Vec<(String, Vec<Label>)>,
    pub(super) numbers: Vec<(String, Vec<Label>)>,
}

/// Groups the labels of a sample.
pub(super) fn label_groups<'l>(profile: &Profile, labels: impl Iterator<Item = &'l Label>) -> LabelGroups {
    let mut groups = LabelGroups { texts: Vec::new(), numbers: Vec::new() };
    for label in labels.filter(|label| !label.is_numeric() || is_number(label)) {
        let list = if label.is_numeric() { &mut groups.numbers } else { &mut groups.texts };
        let key = profile.text(label.key);
        match list.iter_mut().find(|(known, _)| *known == key) {
            Some((_, labels)) => labels.push(*label),
            None => list.push((key.into_owned(), vec![*label])),
        }
    }
    groups
}

/// The values of a key, separated by blanks.
pub(super) fn joined(labels: &[Label], value: impl Fn(&Label) -> String) -> String {
    labels.iter().map(value).collect::<Vec<_>>().join(" ")
}
