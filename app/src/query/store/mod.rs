//! The questions about a store of profiles: what is in it, when it was measured, and what takes the time of a selection.
//!
//! ```text
//! facets ──► chosen ──┬─► top ──► top rows
//!                     ├─► time line        with the share of a function, of the first of `top` if none is chosen
//!                     └─► sides            two times, as the runs of a comparison
//! ```

pub mod chosen;
pub mod facets;
pub mod losses;
pub mod sides;
pub mod time_line;
pub mod top;
pub mod words;

use goscope_store::Selector;

use super::question::QuestionError;
use crate::store_document::StoreDocument;

/// The profiles that a text means; `since` counts from when the store was opened.
fn selector(document: &StoreDocument, text: &str) -> Result<Selector, QuestionError> {
    Ok(Selector::parse(text, document.opened_nanos)?)
}
