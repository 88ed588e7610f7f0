//! Why profiles cannot be combined.

use thiserror::Error;

/// Why profiles cannot be combined.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MergeError {
    /// There is nothing to combine.
    #[error("no profile to merge")]
    NoProfile,
    /// No sample type is in all profiles, exactly once.
    #[error("the profiles have no sample type in common: {}", types.join(" and "))]
    NoCommonType {
        /// What each profile has.
        types: Vec<String>,
    },
    /// To compare rates, both sides must say how long they ran.
    #[error("a profile does not say how long it ran, so there is no rate to compare")]
    NoDuration,
    /// A type is counted in units that cannot be converted into each other, or the periods are of different things.
    #[error("the profiles do not go together: {what} {first} and {second}")]
    Incompatible {
        /// `sample type` or `period type`.
        what: &'static str,
        /// `type/unit` of one profile.
        first: String,
        /// `type/unit` of another one.
        second: String,
    },
}
