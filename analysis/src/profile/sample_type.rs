//! Which column of values a query means: pprof's `-sample_index` and its default.

use goscope_parsers::pprof::Profile;

use super::query::QueryError;

/// The index of the wanted sample type. By default the one the profile wishes, else the last one; a number is a
/// 0-based index; otherwise a name, where a leading `inuse_` may be left out in the profile.
///
/// # Errors
/// The profile has no such type, or none at all.
pub fn sample_type_index(profile: &Profile, wanted: Option<&str>) -> Result<usize, QueryError> {
    let available: Vec<String> =
        profile.sample_types.iter().map(|sample_type| profile.text(sample_type.kind).into_owned()).collect();
    let Some(last) = available.len().checked_sub(1) else { return Err(QueryError::NoSampleTypes) };
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else {
        let default = profile.text(profile.default_sample_type);
        let found = available.iter().position(|kind| !default.is_empty() && *kind == default);
        return Ok(found.unwrap_or(last));
    };
    if let Ok(index) = wanted.parse::<i64>() {
        let index = usize::try_from(index).ok().filter(|&index| index <= last);
        return index.ok_or_else(|| QueryError::SampleTypeOutOfRange {
            wanted: wanted.to_owned(),
            last,
            available,
        });
    }
    // Old heap profiles call their types `objects` and `space`, users say `inuse_space`.
    let without_inuse = wanted.strip_prefix("inuse_").unwrap_or(wanted);
    let found = available.iter().position(|kind| kind == wanted || kind == without_inuse);
    found.ok_or_else(|| QueryError::UnknownSampleType { wanted: wanted.to_owned(), available })
}
