//! Questions about many profiles at once: when, where and in which version a function takes how much.
//!
//! Each is answered from the sums of a selection, by the same code for every engine, and each has a statement of SQL beside it
//! that gives the same rows (`sql/`).

pub(crate) mod buckets;
pub(crate) mod find;
pub(crate) mod instances;
pub(crate) mod share;
pub(crate) mod shares;
pub(crate) mod top;
pub(crate) mod traces;
