//! Cases whose results were taken from `go tool pprof -raw`; the oracle suite of the command line compares many more.

use goscope_parsers::pprof::Profile;

use super::*;
use crate::testing::profile;

/// Samples as `stack values | labels`, leaf first, with the ids of merged locations.
fn raw(profile: &Profile) -> String {
    let mut text = String::new();
    for sample in 0..profile.samples.len() {
        let stack: Vec<u64> =
            profile.samples.stack(sample).iter().map(|&location| profile.locations.id(location)).collect();
        text += &format!("{stack:?} {:?}", profile.samples.values(sample));
        for label in profile.samples.labels(sample) {
            let value = if label.is_numeric() {
                format!("{}{}", label.num, profile.text(label.num_unit))
            } else {
                profile.text(label.str).into_owned()
            };
            text += &format!(" {}={value}", profile.text(label.key));
        }
        text.push('\n');
    }
    text
}

fn types(profile: &Profile) -> String {
    let text = |id| profile.text(id).into_owned();
    let types: Vec<String> = profile
        .sample_types
        .iter()
        .map(|value| format!("{}/{}", text(value.kind), text(value.unit)))
        .collect();
    types.join(" ")
}

#[test]
fn equal_stacks_with_equal_labels_add_up_and_ids_follow_first_use() {
    let a = profile("main;serve;read 1\nmain;idle 2\nmain;idle 4 | k=v");
    let b = profile("main;idle 10\nmain;serve;write 5\nmain;idle 7 | k=v");
    insta::assert_snapshot!(raw(&merge(vec![a, b]).expect("same types")), @r"
    [1, 2, 3] [1]
    [4, 3] [12]
    [4, 3] [11] k=v
    [5, 2, 3] [5]
    ");
}

#[test]
fn labels_are_compared_by_key_whatever_their_order() {
    let a = profile("main 1 | a=x b=y n=3kB");
    let b = profile("main 2 | n=3kB b=y a=x\nmain 4 | n=3MB b=y a=x");
    insta::assert_snapshot!(raw(&merge(vec![a, b]).expect("same types")), @r"
    [1] [3] a=x b=y n=3kB
    [1] [4] a=x b=y n=3MB
    ");
}

#[test]
fn one_profile_stays_as_it_is() {
    let one = profile("main 0\nmain 1\nmain 1");
    assert_eq!(merge(vec![one.clone()]).expect("one"), one);
}

#[test]
fn types_that_are_not_in_all_profiles_go() {
    let a = profile("types: samples/count cpu/nanoseconds\ndefault: samples\nmain 1 10");
    let b = profile("types: cpu/nanoseconds wall/nanoseconds\nmain 20 30");
    let merged = merge(vec![a, b]).expect("cpu is in both");
    assert_eq!(types(&merged), "cpu/nanoseconds");
    assert_eq!(merged.text(merged.default_sample_type), "cpu");
    insta::assert_snapshot!(raw(&merged), @"[1] [30]");
}

#[test]
fn profiles_without_a_common_type_are_refused_by_name() {
    let error =
        merge(vec![profile("types: cpu/nanoseconds\nmain 1"), profile("types: delay/nanoseconds\nmain 1")]);
    let message = error.expect_err("nothing in common").to_string();
    assert_eq!(message, "the profiles have no sample type in common: cpu/nanoseconds and delay/nanoseconds");
    let error = merge(vec![profile("types: x/bytes\nmain 1"), profile("types: x/seconds\nmain 1")]);
    let message = error.expect_err("units of different kinds").to_string();
    assert_eq!(message, "the profiles do not go together: sample type x/bytes and x/seconds");
}

#[test]
fn the_finest_unit_wins_and_samples_of_unscaled_types_alone_are_lost() {
    let a = profile("types: samples/count cpu/ms\nmain 3 0\nmain;f 1 2");
    let b = profile("types: samples/count cpu/ns\nmain 1 5");
    let merged = merge(vec![a, b]).expect("both are times");
    assert_eq!(types(&merged), "samples/count cpu/ns");
    insta::assert_snapshot!(raw(&merged), @r"
    [1, 2] [1, 2000000]
    [2] [1, 5]
    ");
}

#[test]
fn a_base_cancels_what_is_equal_and_its_locations_go() {
    let source = profile("main;a 5\nmain;b 7");
    let base = profile("main;a 5\nmain;b 4\nmain;c 1");
    let rest = subtract(source, base, BaseUse::Subtract, SourceScale::Unchanged).expect("same types");
    insta::assert_snapshot!(raw(&rest), @r"
    [1, 2] [3]
    [3, 2] [-1]
    ");
    let names: Vec<_> = rest.functions.iter().map(|function| rest.text(function.name).into_owned()).collect();
    assert_eq!(names, ["b", "main", "c"]);
}

#[test]
fn a_compared_base_stays_apart_under_its_label() {
    let source = profile("main 5 | z=1B");
    let base = profile("main 4 | pprof::base=old z=1B");
    let both = subtract(source, base, BaseUse::Compare, SourceScale::Unchanged).expect("same types");
    insta::assert_snapshot!(raw(&both), @r"
    [1] [5] z=1B
    [1] [-4] pprof::base=true z=1B
    ");
}

#[test]
fn a_source_can_be_scaled_to_its_base() {
    let source = profile("main;a 10\nmain;b 30");
    let base = profile("main;a 15\nmain;b 5");
    let rest = subtract(source, base, BaseUse::Subtract, SourceScale::ToBase).expect("same types");
    insta::assert_snapshot!(raw(&rest), @r"
    [1, 2] [-10]
    [3, 2] [10]
    ");
    let other = profile("types: cpu/ns\nmain 1");
    let error = subtract(profile("main 1"), other, BaseUse::Subtract, SourceScale::ToBase);
    assert!(error.expect_err("other types").to_string().contains("samples/count and cpu/ns"));
}

#[test]
fn headers_are_taken_together() {
    let a = profile("types: n/count\ntime: 20\nduration: 5\ncomment: one\nperiod: cpu/ms 2\nmain 1");
    let b = profile(
        "types: n/count\ntime: 10\nduration: 7\ncomment: two\ncomment: one\nperiod: cpu/us 3000\nmain 1",
    );
    let merged = merge(vec![a, b]).expect("same types");
    assert_eq!((merged.time_nanos, merged.duration_nanos, merged.period), (10, 12, 3000));
    let comments: Vec<_> = merged.comments.iter().map(|&comment| merged.text(comment).into_owned()).collect();
    assert_eq!(comments, ["one", "two"]);
}

proptest::proptest! {
    #[test]
    fn a_profile_minus_itself_is_nothing(values in proptest::collection::vec((0..6_usize, -9..9_i64), 0..20)) {
        let text: String = values
            .iter()
            .map(|(function, value)| format!("main;f{function} {value}\n"))
            .collect();
        let one = profile(&text);
        let rest = subtract(one.clone(), one, BaseUse::Subtract, SourceScale::Unchanged).expect("same types");
        proptest::prop_assert!(rest.samples.is_empty() && rest.locations.is_empty() && rest.functions.is_empty());
    }

    #[test]
    fn merging_keeps_the_sum(left in proptest::collection::vec((0..6_usize, -9..9_i64), 0..20), n in 1..4_usize) {
        let text: String = left.iter().map(|(function, value)| format!("main;f{function} {value}\n")).collect();
        let merged = merge(vec![profile(&text); n]).expect("same types");
        let sum: i64 = left.iter().map(|(_, value)| value).sum();
        proptest::prop_assert_eq!(merged.samples.all_values().iter().sum::<i64>(), if n == 1 { sum } else { sum * n as i64 });
    }
}

#[test]
fn a_source_that_ran_twice_as_long_counts_half_where_rates_are_compared() {
    let (mut source, mut base) = (profile("main 10"), profile("main 4"));
    let rate = |source: &Profile, base: &Profile| {
        subtract(source.clone(), base.clone(), BaseUse::Subtract, SourceScale::ToDuration)
    };
    assert_eq!(rate(&source, &base).map(|_| ()), Err(MergeError::NoDuration));
    (source.duration_nanos, base.duration_nanos) = (2_000, 1_000);
    assert_eq!(raw(&rate(&source, &base).expect("both have durations")), "[1] [1]\n");
}
