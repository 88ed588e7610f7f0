//! What every kind of store is asked, and how a folder and a server answer.
//!
//! All reports stand on one answer: which profiles are meant, and the sum of each stack's values in them. What is made of it
//! is the same code for every engine, so that they cannot differ.

pub(crate) mod clickhouse;
pub(crate) mod folder;
pub(crate) mod selection;
pub(crate) mod sums;

use std::collections::HashSet;

use self::selection::Selection;
use self::sums::Sums;
use crate::batch::{Batch, File};
use crate::error::StoreError;
use crate::id::Id;
use crate::rows::{Dictionary, ProfileRow, SummaryRow};
use crate::selector::Selector;

/// What went wrong without making the answer useless, a sentence each.
pub(crate) type Warnings = Vec<String>;

/// Where profiles are kept.
pub(crate) trait Engine: Sync {
    /// The profiles that are meant, each once, by time and id. `warnings` gets what could not be read.
    fn profiles(&self, selector: &Selector, warnings: &mut Warnings) -> Result<Vec<ProfileRow>, StoreError>;

    /// The sums of all stacks and sets of labels of some profiles; for each profile by itself if `by_profile`. `None` if
    /// samples have gone since the profiles were listed.
    fn sums(
        &self,
        selector: &Selector,
        selection: &Selection,
        by_profile: bool,
        warnings: &mut Warnings,
    ) -> Result<Option<Sums>, StoreError>;

    /// The frames of these stacks.
    fn dictionary(&self, stacks: &[Id], warnings: &mut Warnings) -> Result<Dictionary, StoreError>;

    /// The sums of the traces that are meant, each row once.
    fn summaries(&self, selector: &Selector, warnings: &mut Warnings) -> Result<Vec<SummaryRow>, StoreError>;

    /// The ids of all profiles and traces that are kept.
    fn known(&self) -> Result<HashSet<Id>, StoreError>;

    /// Bytes that it keeps; `None` where that is the server's business.
    fn n_bytes(&self) -> Option<u64>;

    /// Writes files in their order. What was written before under the same name is replaced by the same.
    fn put(&self, files: &[File]) -> Result<(), StoreError>;

    /// Forgets profiles, as [`Self::profiles`] gave them. To be called by who has the right to write.
    fn remove(&self, profiles: &[ProfileRow]) -> Result<(), StoreError>;

    /// Forgets the sums of traces. To be called by who has the right to write.
    fn remove_traces(&self, traces: &[ProfileRow]) -> Result<(), StoreError>;

    /// Brings what is scattered together, so that it takes less space and is read faster. To be called by who has the right to
    /// write.
    fn compact(&self) -> Result<Compacted, StoreError>;
}

/// What compacting did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Files before and after.
    pub n_files: [usize; 2],
    /// Bytes before and after.
    pub n_bytes: [u64; 2],
}

/// All rows of some profiles, to be written elsewhere.
pub(crate) fn whole_rows(
    engine: &dyn Engine,
    profiles: &[ProfileRow],
    warnings: &mut Warnings,
) -> Result<Option<Batch>, StoreError> {
    let selection = Selection::whole(profiles.to_vec());
    let Some(sums) = engine.sums(&Selector::default(), &selection, true, warnings)? else { return Ok(None) };
    let dictionary = engine.dictionary(sums.stacks.values(), warnings)?;
    Ok(Some(Batch::of_sums(selection, sums, dictionary)))
}
