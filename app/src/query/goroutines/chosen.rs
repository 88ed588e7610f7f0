//! Which goroutines of which dump are meant by a number.

use goscope_analysis::dump::Group;
use goscope_parsers::dump::Dump;

use crate::query::dumps::{DumpGroups, Dumps};

/// A dump with one of its texts.
#[derive(Clone, Copy, Debug)]
pub(super) struct LookedAt<'a> {
    /// The text.
    pub(super) text: &'a DumpGroups,
    /// The dump.
    pub(super) dump: &'a Dump,
    /// Its groups.
    pub(super) groups: &'a [Group],
}

/// The dump that is looked at: one of those that are compared, else the one that is shown.
pub(super) fn looked_at(dumps: &Dumps, at: Option<usize>) -> Option<LookedAt<'_>> {
    if let Some(at) = at.filter(|_| dumps.n_snapshots > 1) {
        let &(text, dump) = dumps.snapshots.get(at)?;
        let text = dumps.texts.get(text)?;
        return Some(LookedAt { text, dump: text.file().dumps.get(dump)?, groups: text.groups.get(dump)? });
    }
    let text = dumps.texts.last()?;
    let (dump, groups) = text.shown()?;
    Some(LookedAt { text, dump, groups })
}

/// The group that a goroutine is in.
pub(super) fn group_of<'a>(looked_at: &LookedAt<'a>, number: i64) -> Option<&'a Group> {
    let id = u64::try_from(number).ok()?;
    let row = looked_at.dump.goroutines.iter().position(|row| row.id == id)?;
    let row = u32::try_from(row).ok()?;
    looked_at.groups.iter().find(|group| group.rows.binary_search(&row).is_ok())
}

/// The goroutine that is told of while none is chosen: the first that a finding is about and that is shown, else one of the
/// first group; of several dumps that are compared, of the group that grew most.
pub(super) fn first_number(dumps: &Dumps) -> Option<i64> {
    let shown = looked_at(dumps, None)?;
    let named = dumps.findings.iter().flat_map(|finding| &finding.ids).map(|&id| number_of(id));
    // A finding may be about thousands; those of the first ones are enough.
    if let Some(number) = named.take(MOST_NAMED).find(|&number| group_of(&shown, number).is_some()) {
        return Some(number);
    }
    let first = shown.groups.first()?.goroutines(shown.dump).next()?;
    Some(number_of(first.id))
}

/// Goroutines of findings that are looked for.
const MOST_NAMED: usize = 20;

/// The number of a goroutine as a selection has it.
pub(super) fn number_of(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(0)
}
