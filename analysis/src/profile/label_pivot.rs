//! The labels of some samples as a pivot: for each key its values, what each accounts for, what has no label of the key,
//! and the filter that keeps just these samples.
//!
//! ```text
//! endpoint             /cart  60    /pay  25    no label 15      of 100
//! bytes                64B  40      no label 60
//! ```
//!
//! Texts and numbers of one key stand in one list, and what prints the same is the same, as in pprof's `-tags`, which is
//! made from the same lists. A sample with two values of a key counts for both, and once for the key.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::labels::{LabelKey, labels};
use super::stacks::Stacks;
use super::tag_filter::is_number;
use crate::value::format_value;

/// The labels of some samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelPivot {
    /// Value of all these samples.
    pub total: i64,
    /// Every key that they have, by name.
    pub keys: Vec<PivotKey>,
}

/// A key with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PivotKey {
    /// The key.
    pub key: String,
    /// Its values, largest magnitude first, ties by text.
    pub values: Vec<PivotValue>,
    /// Value of the samples that have the key at all.
    pub with_key: i64,
    /// Value of the samples that do not.
    pub without: i64,
    /// The label filter that matches all samples with the key; `None` if pprof's language has none.
    pub filter: Option<String>,
}

/// A value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PivotValue {
    /// The text, or the number with its unit.
    pub text: String,
    /// Value of the samples that have it.
    pub weight: i64,
    /// The label filter that matches these samples alone; `None` if pprof's language has none.
    pub filter: Option<String>,
}

/// What one line of a list stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ValueSum {
    pub(crate) weight: i64,
    /// Whether a text prints like this.
    is_text: bool,
    /// The numbers that print like this, from and to.
    numbers: Option<(i64, i64)>,
}

/// The values of each key as they are printed, numbers in `unit`.
pub(crate) fn printed_values(
    keys: Vec<LabelKey>,
    unit: &str,
) -> BTreeMap<String, (String, BTreeMap<String, ValueSum>)> {
    let mut printed: BTreeMap<String, (String, BTreeMap<String, ValueSum>)> = BTreeMap::new();
    for key in keys {
        let (key_unit, values) = printed.entry(key.key).or_default();
        if !key.unit.is_empty() {
            key_unit.clone_from(&key.unit);
        }
        for value in key.values {
            let text = match value.number {
                Some(number) => format_value(number, &key.unit, unit),
                None => value.text,
            };
            let sum = values.entry(text).or_default();
            sum.weight = sum.weight.wrapping_add(value.weight);
            sum.is_text |= value.number.is_none();
            if let Some(number) = value.number {
                let (low, high) = sum.numbers.unwrap_or((number, number));
                sum.numbers = Some((low.min(number), high.max(number)));
            }
        }
    }
    printed
}

/// The pivot of the labels of some samples.
pub fn label_pivot(stacks: &Stacks<'_>) -> LabelPivot {
    let total = (0..stacks.len()).fold(0_i64, |sum, index| sum.wrapping_add(stacks.weight(index)));
    let with_key = weights_with_key(stacks);
    let keys = printed_values(labels(stacks), "auto").into_iter().map(|(key, (unit, values))| {
        let with_key = with_key.get(&key).copied().unwrap_or(0);
        let filter = key_filter(&key, &unit, &values);
        let mut values: Vec<PivotValue> = values
            .into_iter()
            .map(|(text, sum)| PivotValue {
                filter: value_filter(&key, &unit, &text, &sum),
                weight: sum.weight,
                text,
            })
            .collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.weight.unsigned_abs()));
        PivotKey { key, values, with_key, without: total.wrapping_sub(with_key), filter }
    });
    LabelPivot { total, keys: keys.collect() }
}

/// Value of the samples that have each key, each counted once a key.
fn weights_with_key(stacks: &Stacks<'_>) -> FxHashMap<String, i64> {
    let profile = stacks.profile();
    let mut by_id = FxHashMap::default();
    let mut keys = Vec::new();
    let n_stacks = if profile.samples.has_labels() { stacks.len() } else { 0 };
    for index in 0..n_stacks {
        keys.clear();
        let is_label = |label: &&goscope_parsers::pprof::Label| !label.is_numeric() || is_number(label);
        keys.extend(stacks.shown_labels(index).filter(is_label).map(|label| label.key));
        keys.sort_unstable();
        keys.dedup();
        for &key in &keys {
            let sum = by_id.entry(key).or_insert(0_i64);
            *sum = sum.wrapping_add(stacks.weight(index));
        }
    }
    let mut by_key: FxHashMap<String, i64> = FxHashMap::default();
    #[expect(clippy::iter_over_hash_type, reason = "sums integers: the order does not matter")]
    for (key, weight) in by_id {
        // A string table may hold a text twice.
        let sum = by_key.entry(profile.text(key).into_owned()).or_default();
        *sum = sum.wrapping_add(weight);
    }
    by_key
}

/// `key=^text$` for a text, `key=64bytes:64bytes` for numbers.
fn value_filter(key: &str, unit: &str, text: &str, sum: &ValueSum) -> Option<String> {
    match (sum.is_text, sum.numbers) {
        (true, None) if is_expressible(key) => {
            // A comma separates patterns.
            Some(format!("{key}=^{}$", regex::escape(text).replace(',', r"\x2c")))
        }
        (false, Some((low, high))) => range_filter(key, unit, low, high),
        _ => None,
    }
}

/// `key=` for a key of texts, the range from the least to the greatest for one of numbers.
fn key_filter(key: &str, unit: &str, values: &BTreeMap<String, ValueSum>) -> Option<String> {
    let has_texts = values.values().any(|sum| sum.is_text);
    let numbers: Vec<(i64, i64)> = values.values().filter_map(|sum| sum.numbers).collect();
    match (has_texts, numbers.is_empty()) {
        (true, true) if is_expressible(key) => Some(format!("{key}=")),
        (false, false) => {
            let low = numbers.iter().map(|&(low, _)| low).min()?;
            let high = numbers.iter().map(|&(_, high)| high).max()?;
            range_filter(key, unit, low, high)
        }
        _ => None,
    }
}

fn range_filter(key: &str, unit: &str, low: i64, high: i64) -> Option<String> {
    let is_unit = unit.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_expressible(key) && is_unit).then(|| format!("{key}={low}{unit}:{high}{unit}"))
}

/// The first `=` of a filter ends its key, and an empty one stands for any.
fn is_expressible(key: &str) -> bool {
    !key.is_empty() && !key.contains('=')
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::profile::query::{Filters, StackQuery};
    use crate::profile::stacks::select;
    use crate::testing::profile;

    fn pivot_text(text: &str) -> String {
        let profile = profile(text);
        let stacks = select(&profile, &StackQuery::default()).expect("no filters");
        let pivot = label_pivot(&stacks);
        let none = || "-".to_owned();
        let mut lines = vec![format!("total {}", pivot.total)];
        for key in pivot.keys {
            let filter = key.filter.unwrap_or_else(none);
            lines.push(format!("{}: {} without {} [{filter}]", key.key, key.with_key, key.without));
            let value = |value: PivotValue| {
                format!("  {} {} [{}]", value.weight, value.text, value.filter.unwrap_or_else(none))
            };
            lines.extend(key.values.into_iter().map(value));
        }
        lines.join("\n")
    }

    #[test]
    fn a_key_has_its_values_and_what_has_no_label() {
        assert_snapshot!(pivot_text(
            "main;a 5 | endpoint=/cart tenant=x bytes=64
             main;b 2 | endpoint=/pay bytes=64
             main;b 7 | endpoint=/cart size=3kB
             main 1 | tenant=x tenant=y
             main 9"
        ), @r"
        total 24
        bytes: 7 without 17 [bytes=64bytes:64bytes]
          7 64B [bytes=64bytes:64bytes]
        endpoint: 14 without 10 [endpoint=]
          12 /cart [endpoint=^/cart$]
          2 /pay [endpoint=^/pay$]
        size: 7 without 17 [size=3kB:3kB]
          7 3kB [size=3kB:3kB]
        tenant: 6 without 18 [tenant=]
          6 x [tenant=^x$]
          1 y [tenant=^y$]
        ");
    }

    #[test]
    fn what_the_language_of_filters_cannot_say_has_none() {
        assert_snapshot!(pivot_text("main 1 | k=x\nmain 2 | k=5"), @r"
        total 3
        k: 3 without 0 [-]
          2 5 [k=5k:5k]
          1 x [k=^x$]
        ");
    }

    /// Value of the samples that a filter keeps.
    fn kept(profile: &goscope_parsers::pprof::Profile, filters: Filters) -> i64 {
        let query = StackQuery { filters, ..StackQuery::default() };
        let stacks = select(profile, &query).expect("a filter of the pivot");
        (0..stacks.len()).map(|index| stacks.weight(index)).sum()
    }

    proptest! {
        #[test]
        fn a_filter_keeps_just_what_its_value_accounts_for(
            samples in prop::collection::vec(
                (1_i64..50, prop::option::of(0_usize..5), prop::option::of(0_u32..9), prop::bool::ANY), 1..40),
        ) {
            let texts = ["/cart", "/pay?a,b", "a.b", "x=y", "^$"];
            let line = |(weight, text, number, has_both): &(i64, Option<usize>, Option<u32>, bool)| {
                let mut labels: Vec<String> = text.iter().map(|&text| format!("endpoint={}", texts[text])).collect();
                if *has_both {
                    labels.extend(number.iter().map(|number| format!("bytes={}", number * 700)));
                }
                let labels = if labels.is_empty() { String::new() } else { format!(" | {}", labels.join(" ")) };
                format!("main;f {weight}{labels}")
            };
            let profile = profile(&samples.iter().map(line).collect::<Vec<_>>().join("\n"));
            let stacks = select(&profile, &StackQuery::default()).expect("no filters");
            let pivot = label_pivot(&stacks);
            for key in &pivot.keys {
                prop_assert_eq!(key.with_key + key.without, pivot.total);
                prop_assert_eq!(key.values.iter().map(|value| value.weight).sum::<i64>(), key.with_key);
                let of_key = Filters { tag_ignore: key.filter.clone(), ..Filters::default() };
                prop_assert_eq!(kept(&profile, of_key), key.without, "{:?}", key.filter);
                for value in &key.values {
                    let only = Filters { tag_focus: value.filter.clone(), ..Filters::default() };
                    prop_assert!(only.tag_focus.is_some(), "{:?}", value);
                    prop_assert_eq!(kept(&profile, only), value.weight, "{:?}", value.filter);
                }
            }
        }
    }
}
