//! What a profile is: its kind, its types with their totals, how much it holds, when and how it was taken.

use goscope_parsers::pprof::{Profile, ValueType};

use super::labels::samples_with_key;
use super::sample_type::sample_type_index;
use super::stacks::exact_total;

/// What kind of profile it is, told by its sample types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProfileKind {
    /// Where CPU time goes.
    Cpu,
    /// What is in use on the heap; also holds what was allocated.
    Heap,
    /// What was allocated: the same content as a heap profile, but allocations are shown first.
    Allocs,
    /// Where goroutines are.
    Goroutine,
    /// Where goroutines are that can never go on (Go 1.26 and later).
    GoroutineLeak,
    /// Where threads were created.
    ThreadCreate,
    /// Time spent waiting: for locks (mutex profile) or blocked in any way (block profile). Their content does not
    /// tell them apart.
    Contention,
    /// Anything else.
    #[default]
    Other,
}

impl ProfileKind {
    /// What a reader calls such a profile.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Cpu => "CPU profile",
            Self::Heap => "Heap profile",
            Self::Allocs => "Allocation profile",
            Self::Goroutine => "Goroutine profile",
            Self::GoroutineLeak => "Goroutine leak profile",
            Self::ThreadCreate => "Thread creation profile",
            Self::Contention => "Contention profile",
            Self::Other => "Profile",
        }
    }
}

/// Facts about a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileInfo {
    /// What kind it is.
    pub kind: ProfileKind,
    /// Its sample types, in file order.
    pub sample_types: Vec<SampleTypeInfo>,
    /// Index of the sample type that is shown first; 0 if there is none.
    pub default_sample_type: usize,
    /// Number of samples.
    pub n_samples: usize,
    /// Number of locations.
    pub n_locations: usize,
    /// Number of functions.
    pub n_functions: usize,
    /// Number of mapped binaries.
    pub n_mappings: usize,
    /// Mean number of locations of a stack, in hundredths.
    pub mean_depth_hundredths: u64,
    /// The longest stack, in locations.
    pub max_depth: usize,
    /// When it was taken, in ns since 1970 (UTC); 0 if not known.
    pub time_nanos: i64,
    /// How long it was taken, in ns; 0 if not known.
    pub duration_nanos: i64,
    /// Events between two samples; 0 if not known.
    pub period: i64,
    /// What the period counts; empty if not known.
    pub period_type: String,
    /// Unit of the period.
    pub period_unit: String,
    /// Path of the binary, if known.
    pub binary: String,
    /// Build id of the binary, if known.
    pub build_id: String,
    /// The label keys with the number of samples that carry them, sorted.
    pub label_keys: Vec<(String, usize)>,
    /// The comments, in file order.
    pub comments: Vec<String>,
    /// Where this kind of profile is explained.
    pub doc_url: String,
    /// What the profile asks to be cut from stacks, as a regular expression.
    pub drop_frames: String,
    /// What it asks to be kept nevertheless.
    pub keep_frames: String,
}

/// A sample type with its total.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleTypeInfo {
    /// Its name.
    pub kind: String,
    /// Unit of its values.
    pub unit: String,
    /// Sum of the magnitudes of all samples. It may need more than the 64 bits that reports add up in.
    pub total: i128,
}

/// Looks a profile over.
pub fn profile_info(profile: &Profile) -> ProfileInfo {
    let text = |string| profile.text(string).into_owned();
    let mapping = profile.mappings.first();
    let period_type = profile.period_type.unwrap_or_default();
    let type_info = |(index, value_type): (usize, &ValueType)| SampleTypeInfo {
        kind: text(value_type.kind),
        unit: text(value_type.unit),
        total: exact_total(profile, index),
    };
    ProfileInfo {
        kind: profile_kind(profile),
        sample_types: profile.sample_types.iter().enumerate().map(type_info).collect(),
        default_sample_type: sample_type_index(profile, None).unwrap_or(0),
        n_samples: profile.samples.len(),
        n_locations: profile.locations.len(),
        n_functions: profile.functions.len(),
        n_mappings: profile.mappings.len(),
        mean_depth_hundredths: mean_depth_hundredths(profile),
        max_depth: (0..profile.samples.len())
            .map(|sample| profile.samples.stack(sample).len())
            .max()
            .unwrap_or(0),
        time_nanos: profile.time_nanos,
        duration_nanos: profile.duration_nanos,
        period: profile.period,
        period_type: text(period_type.kind),
        period_unit: text(period_type.unit),
        binary: mapping.map(|mapping| text(mapping.filename)).unwrap_or_default(),
        build_id: mapping.map(|mapping| text(mapping.build_id)).unwrap_or_default(),
        label_keys: samples_with_key(profile),
        comments: profile.comments.iter().map(|&comment| text(comment)).collect(),
        doc_url: text(profile.doc_url),
        drop_frames: text(profile.drop_frames),
        keep_frames: text(profile.keep_frames),
    }
}

/// One sentence for every sample type whose values add up to more than 64 bits hold: in all reports their totals and
/// shares are wrong, as they are in pprof.
pub fn overflow_warnings(profile: &Profile) -> Vec<String> {
    let warning = |(index, value_type): (usize, &ValueType)| {
        let total = exact_total(profile, index);
        let (kind, unit) = (profile.text(value_type.kind), profile.text(value_type.unit));
        (total > i128::from(i64::MAX)).then(|| {
            format!(
                "the values of {kind} add up to {total} {unit}, more than 64 bits hold: totals and shares have \
                 wrapped around and are wrong"
            )
        })
    };
    profile.sample_types.iter().enumerate().filter_map(warning).collect()
}

fn mean_depth_hundredths(profile: &Profile) -> u64 {
    let hundredths = profile.samples.n_stack_entries().saturating_mul(100);
    hundredths.checked_div(profile.samples.len()).map_or(0, |mean| mean as u64)
}

/// Tells the kind by the sample types that Go's runtime writes (Go 1.27; older ones wrote the same).
pub fn profile_kind(profile: &Profile) -> ProfileKind {
    let kinds: Vec<_> = profile.sample_types.iter().map(|value_type| profile.text(value_type.kind)).collect();
    let kinds: Vec<&str> = kinds.iter().map(AsRef::as_ref).collect();
    match kinds.as_slice() {
        [.., "cpu"] => ProfileKind::Cpu,
        ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"] => {
            let default = profile.text(profile.default_sample_type);
            if default.starts_with("alloc_") { ProfileKind::Allocs } else { ProfileKind::Heap }
        }
        // What `debug=1` and C++ heap profiles call it.
        ["objects" | "inuse_objects", "space" | "inuse_space"] => ProfileKind::Heap,
        ["alloc_objects", "alloc_space"] => ProfileKind::Allocs,
        ["goroutine"] => ProfileKind::Goroutine,
        ["goroutineleak"] => ProfileKind::GoroutineLeak,
        ["threadcreate"] => ProfileKind::ThreadCreate,
        ["contentions", "delay"] => ProfileKind::Contention,
        _ => ProfileKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::profile;

    #[track_caller]
    fn check_kind(header: &str, kind: ProfileKind) {
        let types = header.split_whitespace().filter(|word| word.contains('/')).count();
        let values = vec!["1"; types].join(" ");
        assert_eq!(profile_info(&profile(&format!("{header}\nmain {values}"))).kind, kind, "{header}");
    }

    #[test]
    fn the_kind_is_told_by_the_sample_types() {
        const HEAP: &str =
            "types: alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes";
        check_kind("types: samples/count cpu/nanoseconds", ProfileKind::Cpu);
        check_kind(HEAP, ProfileKind::Heap);
        check_kind(&format!("{HEAP}\ndefault: alloc_space"), ProfileKind::Allocs);
        check_kind("types: goroutine/count", ProfileKind::Goroutine);
        check_kind("types: goroutineleak/count", ProfileKind::GoroutineLeak);
        check_kind("types: threadcreate/count", ProfileKind::ThreadCreate);
        check_kind("types: contentions/count delay/nanoseconds", ProfileKind::Contention);
        check_kind("types: events/count", ProfileKind::Other);
    }

    #[test]
    fn a_total_of_more_than_64_bits_is_exact_and_warned_of() {
        let profile = profile(
            "types: samples/count cpu/nanoseconds
             main;a 1 9223372036854775807
             main;b 1 9223372036854775807",
        );
        let totals: Vec<i128> =
            profile_info(&profile).sample_types.iter().map(|sample_type| sample_type.total).collect();
        assert_eq!(totals, [2, 18_446_744_073_709_551_614]);
        insta::assert_snapshot!(
            overflow_warnings(&profile).join("\n"),
            @"the values of cpu add up to 18446744073709551614 nanoseconds, more than 64 bits hold: totals and shares have wrapped around and are wrong"
        );
    }

    #[test]
    fn facts_are_counted() {
        let profile = profile(
            "types: samples/count cpu/nanoseconds
             period: cpu/nanoseconds 10000000
             duration: 2000000000
             comment: hello
             mapping: /bin/app 5eed
             main;a;b[0x400010 /bin/app] 1 10 | tenant=x tenant=y bytes=5
             main;a 2 -20 | tenant=x
             - 1 1",
        );
        let info = profile_info(&profile);
        let totals: Vec<i128> = info.sample_types.iter().map(|sample_type| sample_type.total).collect();
        assert_eq!(totals, [4, 31]);
        assert_eq!((info.n_samples, info.mean_depth_hundredths, info.max_depth), (3, 166, 3));
        assert_eq!(
            (info.default_sample_type, info.period, info.period_unit.as_str()),
            (1, 10_000_000, "nanoseconds")
        );
        assert_eq!((info.binary.as_str(), info.build_id.as_str()), ("/bin/app", "5eed"));
        assert_eq!(info.label_keys, [("bytes".to_owned(), 1), ("tenant".to_owned(), 2)]);
        assert_eq!(info.comments, ["hello"]);
    }

    #[test]
    fn a_profile_without_types_has_facts_too() {
        assert_eq!(profile_info(&Profile::default()).sample_types, []);
    }
}
