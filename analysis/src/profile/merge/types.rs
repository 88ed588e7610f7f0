//! Makes the values of several profiles comparable: the same types in the same order, each in one unit.
//!
//! Types are told apart by name; those that are not in every profile go. Of several units of one family the finest
//! wins.

use goscope_parsers::pprof::{Profile, ValueType};

use super::error::MergeError;
use crate::profile::sample_type::{common_names, names_of};
use crate::value::{are_compatible, conversion_ratio, scale};

/// Gives all profiles the same sample types, in the order of the first.
pub(super) fn unify_types(profiles: &mut [Profile]) -> Result<(), MergeError> {
    if profiles.is_empty() {
        return Err(MergeError::NoProfile);
    }
    let all: Vec<&Profile> = profiles.iter().collect();
    let names: Vec<Vec<u8>> = common_names(&all).into_iter().map(<[u8]>::to_vec).collect();
    if names.is_empty() {
        return Err(MergeError::NoCommonType { types: profiles.iter().map(type_list).collect() });
    }
    for profile in profiles.iter_mut() {
        keep_columns(profile, &names);
    }
    unify_units(profiles)?;
    for pair in profiles.windows(2) {
        same_types(&pair[0], &pair[1])?;
    }
    Ok(())
}

/// Checks that two profiles have the very same types, units and period type.
pub(super) fn same_types(first: &Profile, second: &Profile) -> Result<(), MergeError> {
    let text = |profile: &Profile, value_type: ValueType| type_text(profile, value_type);
    let period = |profile: &Profile| text(profile, profile.period_type.unwrap_or_default());
    if period(first) != period(second) {
        return Err(incompatible("period type", period(first), period(second)));
    }
    if type_list(first) != type_list(second) {
        return Err(incompatible("sample types", type_list(first), type_list(second)));
    }
    Ok(())
}

/// Multiplies the values of every type by its ratio, rounded half away from zero.
///
/// An oddity of pprof: a sample is left only if some value whose ratio is not 1 is left, so a sample that has only
/// values of unscaled types goes. It is left with zeros here, which merging takes away.
pub(super) fn scale_values(profile: &mut Profile, ratios: &[f64]) {
    if ratios.iter().all(|&ratio| ratio == 1.0) || ratios.is_empty() {
        return;
    }
    for row in profile.samples.all_values_mut().chunks_exact_mut(ratios.len()) {
        let mut is_kept = false;
        for (value, &ratio) in row.iter_mut().zip(ratios).filter(|(_, ratio)| **ratio != 1.0) {
            *value = (*value as f64 * ratio).round() as i64;
            is_kept |= *value != 0;
        }
        if !is_kept {
            row.fill(0);
        }
    }
}

fn keep_columns(profile: &mut Profile, names: &[Vec<u8>]) {
    let columns: Vec<usize> =
        names.iter().filter_map(|name| names_of(profile).position(|other| other == name)).collect();
    let n_old = profile.sample_types.len();
    if columns.len() == n_old && columns.iter().enumerate().all(|(index, &column)| index == column) {
        return;
    }
    let default = profile.strings.bytes(profile.default_sample_type);
    if !names.iter().any(|name| name == default) {
        profile.default_sample_type = profile.sample_types[columns[0]].kind;
    }
    let values = profile.samples.all_values().chunks_exact(n_old);
    let kept: Vec<i64> = values.flat_map(|row| columns.iter().map(|&column| row[column])).collect();
    profile.samples.replace_values(columns.len(), kept);
    profile.sample_types = columns.iter().map(|&column| profile.sample_types[column]).collect();
}

/// Converts every type and the period of all profiles to the finest unit of each.
fn unify_units(profiles: &mut [Profile]) -> Result<(), MergeError> {
    if profiles.len() < 2 {
        return Ok(());
    }
    let periods: Vec<(String, String)> =
        profiles.iter().map(|profile| texts(profile, profile.period_type.unwrap_or_default())).collect();
    let period_unit = finest_unit(&periods, "period type")?;
    let n_types = profiles[0].sample_types.len();
    let mut units = Vec::with_capacity(n_types);
    for index in 0..n_types {
        let types: Vec<(String, String)> =
            profiles.iter().map(|profile| texts(profile, profile.sample_types[index])).collect();
        units.push(finest_unit(&types, "sample type")?);
    }
    for profile in profiles {
        convert_period(profile, &period_unit);
        let mut ratios = Vec::with_capacity(n_types);
        for (index, unit) in units.iter().enumerate() {
            let own = profile.text(profile.sample_types[index].unit).into_owned();
            ratios.push(conversion_ratio(&own, unit).unwrap_or(1.0));
            if own != *unit {
                profile.sample_types[index].unit = profile.strings.push(unit.as_bytes());
            }
        }
        scale_values(profile, &ratios);
    }
    Ok(())
}

fn convert_period(profile: &mut Profile, unit: &str) {
    let Some(mut period_type) = profile.period_type else { return };
    let own = profile.text(period_type.unit).into_owned();
    profile.period = scale(profile.period, &own, unit).0 as i64;
    if own != unit {
        period_type.unit = profile.strings.push(unit.as_bytes());
        profile.period_type = Some(period_type);
    }
}

/// The finest unit among types that must be the same but for a plural s.
fn finest_unit(types: &[(String, String)], what: &'static str) -> Result<String, MergeError> {
    let singular = |name: &str| name.strip_suffix('s').unwrap_or(name).to_owned();
    let mut finest = &types[0];
    for other in &types[1..] {
        let is_same_type = singular(&finest.0) == singular(&other.0);
        if !is_same_type || !(finest.1 == other.1 || are_compatible(&finest.1, &other.1)) {
            let text = |(kind, unit): &(String, String)| text_of(kind, unit);
            return Err(incompatible(what, text(finest), text(other)));
        }
        if scale(1, &other.1, &finest.1).0 < 1.0 {
            finest = other;
        }
    }
    Ok(finest.1.clone())
}

fn incompatible(what: &'static str, first: String, second: String) -> MergeError {
    MergeError::Incompatible { what, first, second }
}

fn texts(profile: &Profile, value_type: ValueType) -> (String, String) {
    (profile.text(value_type.kind).into_owned(), profile.text(value_type.unit).into_owned())
}

fn type_text(profile: &Profile, value_type: ValueType) -> String {
    let (kind, unit) = texts(profile, value_type);
    text_of(&kind, &unit)
}

fn text_of(kind: &str, unit: &str) -> String {
    if kind.is_empty() && unit.is_empty() { "none".to_owned() } else { format!("{kind}/{unit}") }
}

fn type_list(profile: &Profile) -> String {
    let types: Vec<String> =
        profile.sample_types.iter().map(|&sample_type| type_text(profile, sample_type)).collect();
    if types.is_empty() { "none".to_owned() } else { types.join(", ") }
}
