//! What a merged profile says of itself: times, period, comments, taken together from all inputs.

use goscope_parsers::pprof::{Profile, StringId, ValueType};
use rustc_hash::FxHashSet;

use super::tables::Strings;

/// The header of the merge of `profiles`, which have the same types: a profile without samples and tables.
pub(super) fn merged_header<'p>(
    profiles: impl Iterator<Item = &'p Profile> + Clone,
    strings: &mut Strings,
) -> Profile {
    let mut merged = Profile::default();
    let mut seen_comments: FxHashSet<StringId> = FxHashSet::default();
    for profile in profiles.clone() {
        // The earliest time; but a profile without time after one with takes it away (an oddity of pprof).
        if merged.time_nanos == 0 || profile.time_nanos < merged.time_nanos {
            merged.time_nanos = profile.time_nanos;
        }
        merged.duration_nanos = merged.duration_nanos.wrapping_add(profile.duration_nanos);
        if merged.period == 0 || merged.period < profile.period {
            merged.period = profile.period;
        }
        for &comment in &profile.comments {
            let comment = strings.intern(profile.strings.bytes(comment), &mut merged);
            if seen_comments.insert(comment) {
                merged.comments.push(comment);
            }
        }
        let mut first_text = |text: StringId, merged: &mut Profile, have: StringId| {
            if have.0 == 0 { strings.intern(profile.strings.bytes(text), merged) } else { have }
        };
        let default = merged.default_sample_type;
        merged.default_sample_type = first_text(profile.default_sample_type, &mut merged, default);
        let doc_url = merged.doc_url;
        merged.doc_url = first_text(profile.doc_url, &mut merged, doc_url);
    }
    if let Some(first) = profiles.into_iter().next() {
        take_from_first(first, strings, &mut merged);
    }
    merged
}

fn take_from_first(first: &Profile, strings: &mut Strings, merged: &mut Profile) {
    merged.drop_frames = strings.intern(first.strings.bytes(first.drop_frames), merged);
    merged.keep_frames = strings.intern(first.strings.bytes(first.keep_frames), merged);
    let mut value_type = |value_type: ValueType, merged: &mut Profile| ValueType {
        kind: strings.intern(first.strings.bytes(value_type.kind), merged),
        unit: strings.intern(first.strings.bytes(value_type.unit), merged),
    };
    for &sample_type in &first.sample_types {
        let sample_type = value_type(sample_type, merged);
        merged.sample_types.push(sample_type);
    }
    merged.period_type = first.period_type.map(|period_type| value_type(period_type, merged));
}
