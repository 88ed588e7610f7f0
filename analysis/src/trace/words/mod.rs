//! The words that questions to a trace share; plain types, which know no model.

pub mod no_such_name;
pub mod runtime_goroutine;
