//! The text of `-comments`: what was written into the profile by hand.

use std::fmt;

use goscope_parsers::pprof::Profile;

use super::options::{Kind, ReportOptions, Warnings};
use super::put;
use super::selection::Subject;
use crate::profile::query::QueryError;

/// All comments, one a line.
///
/// # Errors
/// A filter or sample type that does not fit (though it changes nothing), or the sink's failure.
pub fn comments_text(
    profile: &Profile,
    options: &ReportOptions,
    out: &mut dyn fmt::Write,
) -> Result<Warnings, QueryError> {
    let subject = Subject::new(profile, options)?;
    let stacks = subject.stacks(options, Kind::Tags)?;
    for &comment in &profile.comments {
        put(out, format_args!("{}\n", profile.text(comment)))?;
    }
    Ok(subject.warnings(&stacks))
}
