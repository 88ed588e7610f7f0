//! The words that questions to a trace share; plain types, which know no model.

pub mod breakdown_key;
pub mod cause;
pub mod class;
pub mod instance;
pub mod no_such_name;
pub(crate) mod open_regions;
pub mod runtime_goroutine;
pub mod time;
