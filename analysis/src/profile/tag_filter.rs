//! Filters by label: `tagfocus` and `tagignore` in pprof's little language.
//!
//! `[key=]` and then either a numeric range (`32kb`, `:64kb`, `4mb:`, `1kb:4mb`) or regular expressions separated by
//! commas. Without a key all expressions must match some `key:value`; with a key any of them may match any value.
//! Source: google/pprof `internal/driver/driver_focus.go`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use goscope_parsers::pprof::{Label, Profile, StringId};
use regex::bytes::Regex;
use rustc_hash::FxHashMap;

use super::query::QueryError;
use crate::regex_dialect;
use crate::value::scale;

/// A compiled label filter.
#[derive(Debug)]
pub(super) struct TagFilter {
    /// The key it is limited to; `None` for any.
    key: Option<String>,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Range(Range),
    Patterns(Vec<Regex>),
}

/// Numbers from `low` to `high`, both included, in `unit`.
#[derive(Debug, PartialEq)]
struct Range {
    low: Option<f64>,
    high: Option<f64>,
    unit: String,
}

impl TagFilter {
    /// Compiles a filter; `None` if it is not set.
    pub(super) fn compile(option: &'static str, text: Option<&str>) -> Result<Option<Self>, QueryError> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (Some(key), value),
            None => (None, text),
        };
        // pprof takes an empty key for no key.
        let key = key.filter(|key| !key.is_empty()).map(str::to_owned);
        if let Some(range) = parse_range(value) {
            return Ok(Some(Self { key, test: Test::Range(range) }));
        }
        let patterns: Result<Vec<Regex>, QueryError> = value
            .split(',')
            .map(|pattern| {
                let compiled = regex_dialect::compile(pattern);
                compiled.map_err(|reason| QueryError::Pattern { option, pattern: pattern.to_owned(), reason })
            })
            .collect();
        Ok(Some(Self { key, test: Test::Patterns(patterns?) }))
    }
}

impl TagFilter {
    /// What to say about a filter that could have been meant as a regular expression.
    pub(super) fn note(option: &str, text: &str) -> Option<String> {
        let value = text.split_once('=').map_or(text, |(_, value)| value);
        parse_range(value).map(|_| format!("{option}:Interpreted '{value}' as range, not regexp"))
    }
}

/// A filter bound to a profile: remembers which values it has seen, so that each distinct one is tested once.
pub(super) struct TagMatcher<'p, 'f> {
    profile: &'p Profile,
    filter: &'f TagFilter,
    units: &'f LabelUnits,
    /// Bit `i`: pattern `i` matches.
    strings: FxHashMap<(StringId, StringId), u64>,
    numbers: FxHashMap<(StringId, i64), bool>,
}

impl<'p, 'f> TagMatcher<'p, 'f> {
    pub(super) fn new(profile: &'p Profile, filter: &'f TagFilter, units: &'f LabelUnits) -> Self {
        Self { profile, filter, units, strings: FxHashMap::default(), numbers: FxHashMap::default() }
    }

    /// Whether a sample with these labels matches.
    pub(super) fn matches(&mut self, labels: &[Label]) -> bool {
        match &self.filter.test {
            Test::Range(range) => {
                labels.iter().filter(|label| is_number(label)).any(|label| self.number(range, label))
            }
            Test::Patterns(patterns) => {
                let strings = labels.iter().filter(|label| !label.is_numeric());
                let seen = strings.fold(0, |seen, label| seen | self.string(patterns, label));
                if self.filter.key.is_some() { seen != 0 } else { seen == all_bits(patterns.len()) }
            }
        }
    }

    fn number(&mut self, range: &Range, label: &Label) -> bool {
        *self.numbers.entry((label.key, label.num)).or_insert_with(|| {
            let key = self.profile.text(label.key);
            let is_wanted = self.filter.key.as_ref().is_none_or(|wanted| *wanted == key);
            is_wanted && range.contains(label.num, self.units.unit(label.key))
        })
    }

    fn string(&mut self, patterns: &[Regex], label: &Label) -> u64 {
        *self.strings.entry((label.key, label.str)).or_insert_with(|| {
            let (key, value) = (self.profile.text(label.key), self.profile.text(label.str));
            let text = match &self.filter.key {
                Some(wanted) if *wanted == key => value.into_owned(),
                Some(_) => return 0,
                None => format!("{key}:{value}"),
            };
            let hits = patterns.iter().map(|pattern| pattern.is_match(text.as_bytes()));
            // More than 64 patterns in one filter share the last bit's fate; nobody types that many.
            hits.enumerate().fold(0, |bits, (index, hit)| bits | u64::from(hit) << index.min(63))
        })
    }
}

fn all_bits(n: usize) -> u64 {
    if n >= 64 { u64::MAX } else { (1 << n) - 1 }
}

/// Whether a label counts as a number: one with neither text nor number nor unit is no label at all in pprof.
pub(crate) fn is_number(label: &Label) -> bool {
    label.is_numeric() && (label.num != 0 || label.num_unit.0 != 0)
}

/// The first unit that the profile names for each key of numeric labels; row 0 if it names none.
fn first_units(profile: &Profile) -> FxHashMap<StringId, StringId> {
    let mut first: FxHashMap<StringId, StringId> = FxHashMap::default();
    for label in numbers_of(profile) {
        let unit = first.entry(label.key).or_insert(label.num_unit);
        if unit.0 == 0 {
            *unit = label.num_unit;
        }
    }
    first
}

fn numbers_of(profile: &Profile) -> impl Iterator<Item = &Label> {
    let n_samples = if profile.samples.has_labels() { profile.samples.len() } else { 0 };
    let labels = (0..n_samples).flat_map(|sample| profile.samples.labels(sample));
    labels.filter(|label| is_number(label))
}

/// One sentence for every key whose numbers come in several units: all are taken for numbers of the first one.
pub(crate) fn ignored_units(profile: &Profile) -> Vec<String> {
    let first = first_units(profile);
    let mut ignored: BTreeMap<Cow<'_, str>, (StringId, BTreeSet<Cow<'_, str>>)> = BTreeMap::new();
    for label in numbers_of(profile).filter(|label| label.num_unit.0 != 0) {
        let used = first.get(&label.key).copied().unwrap_or_default();
        if used == label.num_unit {
            continue;
        }
        let unit = profile.text(label.num_unit);
        if unit != profile.text(used) {
            ignored.entry(profile.text(label.key)).or_insert_with(|| (used, BTreeSet::new())).1.insert(unit);
        }
    }
    let sentence = |(key, (used, units)): (Cow<'_, str>, (StringId, BTreeSet<Cow<'_, str>>))| {
        let units: Vec<Cow<'_, str>> = units.into_iter().collect();
        let (used, others) = (profile.text(used), units.join(", "));
        format!("For tag {key} used unit {used}, also encountered unit(s) {others}")
    };
    ignored.into_iter().map(sentence).collect()
}

/// The unit of every numeric label key: the first one seen in the profile, else one guessed from the key.
#[derive(Clone, Debug, Default)]
pub(crate) struct LabelUnits {
    units: FxHashMap<StringId, String>,
}

impl LabelUnits {
    /// Looks through all samples.
    pub(crate) fn of(profile: &Profile) -> Self {
        let units = first_units(profile).into_iter().map(|(key, unit)| {
            let (key_text, unit) = (profile.text(key), profile.text(unit));
            let guess = if matches!(&*key_text, "request" | "alignment") { "bytes" } else { &key_text };
            (key, if unit.is_empty() { guess.to_owned() } else { unit.into_owned() })
        });
        Self { units: units.collect() }
    }

    /// The unit of a key; empty for a key without numbers.
    pub(crate) fn unit(&self, key: StringId) -> &str {
        self.units.get(&key).map_or("", String::as_str)
    }
}

impl Range {
    fn contains(&self, value: i64, unit: &str) -> bool {
        let (number, unit) = scale(value, unit, &self.unit);
        unit == self.unit
            && self.low.is_none_or(|low| number >= low)
            && self.high.is_none_or(|high| number <= high)
    }
}

/// `N[unit]`, `N[unit]:`, `:N[unit]` or `N[unit]:M[unit]`; anything else is no range.
fn parse_range(text: &str) -> Option<Range> {
    let (first, second) = match text.split_once(':') {
        Some((first, second)) => (first, Some(second)),
        None => (text, None),
    };
    let Some(second) = second else {
        let (value, unit) = parse_quantity(first)?;
        let (number, unit) = scale(value, unit, unit);
        return Some(Range { low: Some(number), high: Some(number), unit });
    };
    if first.is_empty() {
        let (value, unit) = parse_quantity(second)?;
        let (number, unit) = scale(value, unit, unit);
        return Some(Range { low: None, high: Some(number), unit });
    }
    let (value, unit) = parse_quantity(first)?;
    let (low, unit) = scale(value, unit, unit);
    if second.is_empty() {
        return Some(Range { low: Some(low), high: None, unit });
    }
    let (value, second_unit) = parse_quantity(second)?;
    let (high, high_unit) = scale(value, second_unit, &unit);
    (high_unit == unit).then_some(Range { low: Some(low), high: Some(high), unit })
}

/// An integer with an optional sign, directly followed by a unit of ASCII letters (or none).
fn parse_quantity(text: &str) -> Option<(i64, &str)> {
    let digits_start = usize::from(text.starts_with(['+', '-']));
    let unit_start =
        text[digits_start..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |at| digits_start + at);
    let unit = &text[unit_start..];
    if !unit.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    Some((text[..unit_start].parse().ok()?, unit))
}
