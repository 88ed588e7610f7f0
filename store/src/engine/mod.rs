//! What every kind of store is asked, and how a folder and a server answer.
//!
//! All reports stand on one answer: which profiles are meant, and the sum of each stack's values in them. What is made of it
//! is the same code for every engine, so that they cannot differ.

pub(crate) mod folder;
pub(crate) mod selection;
pub(crate) mod sums;

use std::collections::HashSet;

use self::selection::Selection;
use self::sums::Sums;
use crate::batch::File;
use crate::error::StoreError;
use crate::id::Id;
use crate::rows::{Dictionary, ProfileRow};
use crate::selector::Selector;

/// What went wrong without making the answer useless, a sentence each.
pub(crate) type Warnings = Vec<String>;

/// Where profiles are kept.
pub(crate) trait Engine: Sync {
    /// The profiles that are meant, by time and id. `warnings` gets what could not be read.
    fn profiles(&self, selector: &Selector, warnings: &mut Warnings) -> Result<Vec<ProfileRow>, StoreError>;

    /// The sums of all stacks and sets of labels of the profiles that are meant; for each profile by itself if `by_profile`.
    fn sums(&self, selector: &Selector, by_profile: bool, warnings: &mut Warnings) -> Result<(Selection, Sums), StoreError>;

    /// The frames of these stacks.
    fn dictionary(&self, stacks: &[Id], warnings: &mut Warnings) -> Result<Dictionary, StoreError>;

    /// The ids of all profiles that are kept.
    fn known(&self) -> Result<HashSet<Id>, StoreError>;

    /// Writes files in their order. What was written before under the same name is replaced by the same.
    fn put(&self, files: &[File]) -> Result<(), StoreError>;
}
