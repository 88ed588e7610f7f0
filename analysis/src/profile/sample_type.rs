//! Which column of values a query means: pprof's `-sample_index` and its default, for one profile or several.

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

/// The name of the type in which several profiles are compared or added up, as pprof chooses it: types are matched by
/// name, whatever their order in each profile. A number counts the types that all have, in the order of the first. By
/// default it is the one that the first profile with a wish asks for, else the last that all have. `None` if none is
/// in all of them: then each has its own default, and whether the two go together is for the comparison to say.
///
/// # Errors
/// A number is past the types that all have.
pub fn common_sample_type<'p>(
    profiles: impl IntoIterator<Item = &'p Profile>,
    wanted: Option<&str>,
) -> Result<Option<String>, QueryError> {
    let profiles: Vec<&Profile> = profiles.into_iter().collect();
    let common = common_names(&profiles);
    let wanted = wanted.filter(|wanted| !wanted.is_empty());
    let Some(last) = common.len().checked_sub(1) else { return Ok(wanted.map(str::to_owned)) };
    let text = |index: usize| String::from_utf8_lossy(common[index]).into_owned();
    if let Some(wanted) = wanted {
        let Ok(index) = wanted.parse::<i64>() else { return Ok(Some(wanted.to_owned())) };
        let index = usize::try_from(index).ok().filter(|&index| index <= last);
        let out_of_range = || QueryError::SampleTypeOutOfRange {
            wanted: wanted.to_owned(),
            last,
            available: (0..=last).map(text).collect(),
        };
        return index.map(|index| Some(text(index))).ok_or_else(out_of_range);
    }
    // A profile whose columns are dropped or moved wishes the first one from then on (an oddity of pprof).
    let wish = profiles.iter().find_map(|profile| {
        let own = profile.strings.bytes(profile.default_sample_type);
        let is_unchanged = names_of(profile).eq(common.iter().copied());
        let wish = if is_unchanged || common.contains(&own) { own } else { common[0] };
        (!wish.is_empty()).then_some(wish)
    });
    let index = wish.and_then(|wish| common.iter().position(|name| *name == wish)).unwrap_or(last);
    Ok(Some(text(index)))
}

/// The names of the types that are in all profiles exactly once, in the order of the first.
pub(super) fn common_names<'p>(profiles: &[&'p Profile]) -> Vec<&'p [u8]> {
    let Some(&first) = profiles.first() else { return Vec::new() };
    names_of(first).filter(|name| is_in_all(profiles, name)).collect()
}

/// The names of all types of a profile.
pub(super) fn names_of(profile: &Profile) -> impl Iterator<Item = &[u8]> {
    profile.sample_types.iter().map(|sample_type| profile.strings.bytes(sample_type.kind))
}

/// Whether a name occurs as often as there are profiles: counted as pprof counts, so a name twice in one profile and
/// missing in another one passes here and is then not found.
fn is_in_all(profiles: &[&Profile], name: &[u8]) -> bool {
    let count: usize =
        profiles.iter().map(|profile| names_of(profile).filter(|other| *other == name).count()).sum();
    count == profiles.len() && profiles.iter().all(|profile| names_of(profile).any(|other| other == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::profile;

    fn chosen(headers: &[&str], wanted: Option<&str>) -> String {
        let profiles: Vec<Profile> = headers
            .iter()
            .map(|header| {
                let types = header.split_whitespace().filter(|word| word.contains('/')).count();
                profile(&format!("types: {header}\nmain {}", vec!["1"; types].join(" ")))
            })
            .collect();
        match common_sample_type(&profiles, wanted) {
            Ok(name) => name.unwrap_or_else(|| "each its own".to_owned()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn types_of_several_profiles_are_matched_by_name() {
        // What `go tool pprof -top -diff_base SECOND FIRST` prints behind "Type:".
        let (cpu_last, cpu_first) = ("samples/count cpu/nanoseconds", "cpu/nanoseconds samples/count");
        assert_eq!(chosen(&[cpu_last, cpu_last], None), "cpu");
        assert_eq!(chosen(&[cpu_last, cpu_first], None), "samples");
        assert_eq!(chosen(&[cpu_first, cpu_last], None), "cpu");
        assert_eq!(chosen(&[cpu_last, "cpu/nanoseconds"], None), "cpu");
        assert_eq!(chosen(&[cpu_last, cpu_first], Some("cpu")), "cpu");
        assert_eq!(chosen(&[cpu_last, cpu_first], Some("1")), "cpu", "counted in the order of the first");
    }

    #[test]
    fn the_first_profile_with_a_wish_decides() {
        let types = "alloc_space/bytes inuse_space/bytes";
        let allocs = format!("{types}\ndefault: alloc_space");
        assert_eq!(chosen(&[types, types], None), "inuse_space");
        assert_eq!(chosen(&[types, &allocs], None), "alloc_space");
        assert_eq!(chosen(&[&allocs, types], None), "alloc_space");
    }

    #[test]
    fn profiles_without_a_common_type_are_left_to_the_comparison() {
        assert_eq!(chosen(&["objects/count", "inuse_objects/count"], None), "each its own");
        assert!(chosen(&["a/count", "a/count"], Some("3")).contains('3'));
    }
}
