//! Whole profiles added up and subtracted, as pprof does for several inputs, `-base` and `-diff_base`.
//!
//! ```text
//! profiles ─► types: common columns, one unit each ─► tables: equal pieces get equal ids ─► samples: equal
//!                                                     stacks and labels become one row, rows without value go
//! ```
//!
//! Ids are given in the order of first use and samples keep the order in which they are first seen, so that even
//! `-raw` of the result is pprof's. Source: google/pprof `profile/merge.go` as in Go 1.26 and 1.27.

mod error;
mod header;
mod samples;
mod tables;
mod types;

pub use error::MergeError;
use goscope_parsers::pprof::Profile;

use samples::{BaseLabel, SampleMerger};
use types::{same_types, scale_values, unify_types};

/// What becomes of the base of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseUse {
    /// Its values are taken off, equal samples cancel (pprof's `-base`).
    Subtract,
    /// As before, but its samples stay apart, labeled `pprof::base=true`: the total is that of the base
    /// (pprof's `-diff_base`).
    Compare,
}

/// Whether a source is scaled before its base is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceScale {
    /// As it is.
    Unchanged,
    /// So that its total equals that of the base (pprof's `-normalize`).
    ToBase,
    /// As if it had run as long as the base: what is compared is the rate, also where the runs differ in length.
    ToDuration,
}

/// Adds profiles up. A single one stays as it is, but for sample types that it names twice.
///
/// # Errors
/// The profiles have no sample type in common, or count it in units of different kinds.
pub fn merge(mut profiles: Vec<Profile>) -> Result<Profile, MergeError> {
    unify_types(&mut profiles)?;
    if profiles.len() == 1 {
        return profiles.pop().ok_or(MergeError::NoProfile);
    }
    Ok(merge_unified(profiles.into_iter().map(|profile| (profile, BaseLabel::Keep)).collect()))
}

/// Takes `base` off `source`.
///
/// # Errors
/// As [`merge`]; to scale a source, both sides need the very same types.
pub fn subtract(
    mut source: Profile,
    mut base: Profile,
    base_use: BaseUse,
    scale: SourceScale,
) -> Result<Profile, MergeError> {
    let ratios = match scale {
        SourceScale::Unchanged => None,
        SourceScale::ToBase => {
            same_types(&source, &base)?;
            Some(ratios_to_base(&source, &base))
        }
        SourceScale::ToDuration => Some(vec![ratio_of_durations(&source, &base)?; source.sample_types.len()]),
    };
    if let Some(ratios) = ratios {
        scale_values(&mut source, &ratios);
    }
    let minus_one = vec![-1.0; base.sample_types.len()];
    scale_values(&mut base, &minus_one);
    let mut profiles = vec![source, base];
    unify_types(&mut profiles)?;
    let label = match base_use {
        BaseUse::Subtract => BaseLabel::Keep,
        BaseUse::Compare => BaseLabel::Set,
    };
    let inputs = profiles.into_iter().zip([BaseLabel::Keep, label]).collect();
    Ok(merge_unified(inputs))
}

/// Merges profiles of the same types. Each is dropped as soon as it has been read.
fn merge_unified(inputs: Vec<(Profile, BaseLabel)>) -> Profile {
    let mut merger = SampleMerger::new(&inputs);
    for (profile, label) in inputs {
        merger.add(&profile, label);
    }
    let merged = merger.finish();
    if samples::has_empty_row(&merged) {
        // What cancelled goes, with the locations that nothing else uses.
        return merge_unified(vec![(merged, BaseLabel::Keep)]);
    }
    merged
}

/// The factor that makes a source of one that had run as long as the base.
fn ratio_of_durations(source: &Profile, base: &Profile) -> Result<f64, MergeError> {
    let durations = [source.duration_nanos, base.duration_nanos];
    if durations.iter().any(|&nanos| nanos <= 0) {
        return Err(MergeError::NoDuration);
    }
    Ok(base.duration_nanos as f64 / source.duration_nanos as f64)
}

/// For every type the factor that makes the sum of the source that of the base; 0 for a source without any.
fn ratios_to_base(source: &Profile, base: &Profile) -> Vec<f64> {
    let sums = |profile: &Profile| {
        let n_types = profile.sample_types.len();
        let mut sums = vec![0_i64; n_types];
        for row in profile.samples.all_values().chunks_exact(n_types.max(1)) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum = sum.wrapping_add(*value);
            }
        }
        sums
    };
    let ratio = |(source, base): (i64, i64)| if source == 0 { 0.0 } else { base as f64 / source as f64 };
    sums(source).into_iter().zip(sums(base)).map(ratio).collect()
}

#[cfg(test)]
mod tests;
