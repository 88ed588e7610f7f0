//! The labels of some samples: keys, values and what each value accounts for (pprof's `-tags`).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use goscope_parsers::pprof::{Label, Profile, StringId};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::stacks::Stacks;
use super::tag_filter::{LabelUnits, is_number};

/// A label key with all its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelKey {
    /// The key.
    pub key: String,
    /// Unit of the numbers: the first one that the profile names for the key, else one guessed from the key. Empty
    /// for text.
    pub unit: String,
    /// Sum over all values of the key (a sample with two values counts twice).
    pub total: i64,
    /// The values, largest magnitude first, ties by text.
    pub values: Vec<LabelValue>,
}

/// One value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelValue {
    /// The text, or the number as digits.
    pub text: String,
    /// The number, for numeric labels.
    pub number: Option<i64>,
    /// Value of the samples that carry it.
    pub weight: i64,
}

/// What makes two labels the same: key, and text or number.
type LabelId = (StringId, Result<StringId, i64>);

/// Weight by text and number, for one key.
type Values = BTreeMap<(String, Option<i64>), i64>;

/// Weight by label.
type Weights = FxHashMap<LabelId, i64>;

/// All labels of the stacks, keys sorted by name. A key that has text and numbers comes twice, text first.
pub fn labels(stacks: &Stacks<'_>) -> Vec<LabelKey> {
    let profile = stacks.profile();
    if !profile.samples.has_labels() {
        return Vec::new();
    }
    let weights = stacks.chunks().into_par_iter().map(|chunk| {
        let mut weights = Weights::default();
        for index in chunk {
            let weight = stacks.weight(index);
            for label in stacks.shown_labels(index).filter_map(label_id) {
                let sum = weights.entry(label).or_default();
                *sum = sum.wrapping_add(weight);
            }
        }
        weights
    });
    let weights = weights.reduce(Weights::default, merged);
    let mut keys: BTreeMap<(String, bool), Values> = BTreeMap::new();
    let mut units: FxHashMap<String, String> = FxHashMap::default();
    let label_units = LabelUnits::of(profile);
    #[expect(
        clippy::iter_over_hash_type,
        reason = "goes into sorted maps; the unit of a key is always the same"
    )]
    for ((key, value), weight) in weights {
        let (text, number) = match value {
            Ok(text) => (profile.text(text).into_owned(), None),
            Err(number) => (number.to_string(), Some(number)),
        };
        let key_text = profile.text(key).into_owned();
        if number.is_some() {
            units.insert(key_text.clone(), label_units.unit(key).to_owned());
        }
        let sum = keys.entry((key_text, number.is_some())).or_default().entry((text, number)).or_default();
        *sum = sum.wrapping_add(weight);
    }
    keys.into_iter()
        .map(|((key, is_numeric), values)| {
            let unit = if is_numeric { units.remove(&key).unwrap_or_default() } else { String::new() };
            label_key(key, unit, values)
        })
        .collect()
}

/// How many samples carry each key, sorted by key.
pub(super) fn samples_with_key(profile: &Profile) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    if profile.samples.has_labels() {
        let mut by_id: FxHashMap<StringId, usize> = FxHashMap::default();
        let mut keys: Vec<StringId> = Vec::new();
        for sample in 0..profile.samples.len() {
            keys.clear();
            keys.extend(profile.samples.labels(sample).iter().filter_map(label_id).map(|(key, _)| key));
            keys.sort_unstable();
            keys.dedup();
            keys.iter().for_each(|&key| *by_id.entry(key).or_default() += 1);
        }
        #[expect(clippy::iter_over_hash_type, reason = "goes into a sorted map")]
        for (key, count) in by_id {
            *counts.entry(profile.text(key).into_owned()).or_default() += count;
        }
    }
    counts.into_iter().collect()
}

/// `None` for a label that is none: it has neither text nor number nor unit.
fn label_id(label: &Label) -> Option<LabelId> {
    if !label.is_numeric() {
        return Some((label.key, Ok(label.str)));
    }
    is_number(label).then_some((label.key, Err(label.num)))
}

fn merged(a: Weights, b: Weights) -> Weights {
    let (mut large, small) = if a.len() < b.len() { (b, a) } else { (a, b) };
    #[expect(clippy::iter_over_hash_type, reason = "sums integers: the order does not matter")]
    for (label, weight) in small {
        let sum = large.entry(label).or_default();
        *sum = sum.wrapping_add(weight);
    }
    large
}

fn label_key(key: String, unit: String, values: Values) -> LabelKey {
    let mut values: Vec<LabelValue> =
        values.into_iter().map(|((text, number), weight)| LabelValue { text, number, weight }).collect();
    values.sort_by_key(|value| Reverse(value.weight.unsigned_abs()));
    let total = values.iter().fold(0_i64, |sum, value| sum.wrapping_add(value.weight));
    LabelKey { key, unit, total, values }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::profile::query::{Filters, StackQuery};
    use crate::profile::stacks::select;
    use crate::testing::profile;

    fn check(filters: Filters, text: &str) -> String {
        let profile = profile(text);
        let query = StackQuery { filters, ..StackQuery::default() };
        let stacks = select(&profile, &query).expect("good filters");
        let value = |value: &LabelValue| format!("\n  {} {}", value.weight, value.text);
        let key = |key: &LabelKey| {
            let values: String = key.values.iter().map(value).collect();
            format!("{} [{}] {}{values}", key.key, key.unit, key.total)
        };
        labels(&stacks).iter().map(key).collect::<Vec<_>>().join("\n")
    }

    const LABELED: &str = "
        main;a 5 | endpoint=/cart tenant=x bytes=64
        main;b 2 | endpoint=/pay bytes=64
        main;b 7 | endpoint=/cart size=3kB
        main 1 | tenant=x tenant=y
        main 9";

    #[test]
    fn each_value_has_the_weight_of_its_samples() {
        assert_snapshot!(check(Filters::default(), LABELED), @r"
        bytes [bytes] 7
          7 64
        endpoint [] 14
          12 /cart
          2 /pay
        size [kB] 7
          7 3
        tenant [] 7
          6 x
          1 y
        ");
    }

    #[test]
    fn filters_apply() {
        assert_snapshot!(check(Filters { focus: Some("b".to_owned()), ..Filters::default() }, LABELED), @r"
        bytes [bytes] 2
          2 64
        endpoint [] 9
          7 /cart
          2 /pay
        size [kB] 7
          7 3
        ");
    }

    #[test]
    fn a_key_with_text_and_numbers_comes_twice() {
        assert_snapshot!(check(Filters::default(), "main 1 | k=x\nmain 2 | k=5"), @r"
        k [] 1
          1 x
        k [k] 2
          2 5
        ");
    }

    #[test]
    fn the_unit_of_a_key_is_the_first_that_is_named_or_guessed() {
        assert_snapshot!(check(Filters::default(), "main 1 | k=5 alignment=8 other=1\nmain 2 | k=6ms"), @r"
        alignment [bytes] 1
          1 8
        k [ms] 3
          2 6
          1 5
        other [other] 1
          1 1
        ");
    }

    #[test]
    fn a_label_without_anything_is_none() {
        assert_snapshot!(check(Filters::default(), "main 1 | k=0\nmain 2 | z=0ms"), @r"
        z [ms] 2
          2 0
        ");
    }
}
