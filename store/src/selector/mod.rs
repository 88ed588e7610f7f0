//! Which profiles and samples are meant: `service=shop&version=1.4&since=1h`.
//!
//! | key | what it means |
//! |---|---|
//! | `service` | the service; `*` means all of them. It may be left out where the store has one |
//! | `version` | the version |
//! | `type` | a sample type, as `cpu` or `cpu/nanoseconds`; only its values are read |
//! | `kind` | `cpu`, `heap`, `allocs`, `goroutine`, … |
//! | `from`, `to` | RFC 3339, a date, or seconds since 1970; `to` is not included |
//! | `since`, `until` | how long ago: `90s`, `15m`, `1h`, `7d` |
//! | `profile` | the first digits of a profile's id |
//! | any other | a label of the profile, or else of the samples |
//!
//! `key=a&key=b` means either, `key!=a` means neither that nor what has no such label, `key~=RE` what matches, `key!~=RE` what
//! does not.

mod moment;
pub mod terms;

use std::fmt;

use percent_encoding::percent_decode_str;
use regex::Regex;

pub(crate) use self::moment::length;
pub use self::moment::{moment, rfc3339};
use self::terms::{TIME_KEYS, with_value, without_keys};
use crate::error::StoreError;
use crate::folder::layout::{date_of, folder_name};
use crate::rows::{LabelSet, ProfileRow};

/// Which profiles and samples are meant.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    /// What each key has to be, in the order of the text.
    terms: Vec<Term>,
    /// Not before, in ns since 1970.
    pub(crate) from_nanos: Option<i64>,
    /// Before, in ns since 1970.
    pub(crate) to_nanos: Option<i64>,
    /// The text that it was read from.
    text: String,
}

/// What a key has to be.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) key: String,
    pub(crate) test: Test,
}

/// How a value is tested.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// It is one of these.
    Is(Vec<String>),
    /// It is none of these.
    IsNot(Vec<String>),
    /// It matches.
    Matches(Regex),
    /// It does not match.
    MatchesNot(Regex),
}

impl Test {
    fn is_met_by(&self, value: &str) -> bool {
        match self {
            Self::Is(values) => values.iter().any(|known| known == value),
            Self::IsNot(values) => !values.iter().any(|known| known == value),
            Self::Matches(regex) => regex.is_match(value),
            Self::MatchesNot(regex) => !regex.is_match(value),
        }
    }

    /// Whether something without the label meets it.
    pub(crate) const fn is_met_by_none(&self) -> bool {
        matches!(self, Self::IsNot(_) | Self::MatchesNot(_))
    }
}

/// Keys that are columns of a profile, and not labels.
const COLUMNS: [&str; 5] = ["service", "version", "type", "kind", "profile"];

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Selector {
    /// Reads the text after the `?` of an address. `now_nanos` is what `since` and `until` count from.
    ///
    /// # Errors
    /// [`StoreError::Usage`] with the part that makes no sense.
    pub fn parse(text: &str, now_nanos: i64) -> Result<Self, StoreError> {
        let mut selector = Self { text: text.to_owned(), ..Self::default() };
        for part in terms::terms(text) {
            selector.add(part, now_nanos)?;
        }
        if let (Some(from), Some(to)) = (selector.from_nanos, selector.to_nanos)
            && from >= to
        {
            let (from, to) = (rfc3339(from), rfc3339(to));
            return Err(StoreError::Usage(format!(
                "the time from {from} to {to} is empty; swap from and to"
            )));
        }
        Ok(selector)
    }

    fn add(&mut self, part: &str, now_nanos: i64) -> Result<(), StoreError> {
        let usage = |reason: String| StoreError::Usage(format!("in the selector {:?}: {reason}", self.text));
        let Some((key, value)) = part.split_once('=') else {
            return Err(usage(format!("{part:?} is no key=value")));
        };
        let (key, sign) = match key {
            key if key.ends_with("!~") => (&key[..key.len() - 2], "!~"),
            key if key.ends_with('!') => (&key[..key.len() - 1], "!"),
            key if key.ends_with('~') => (&key[..key.len() - 1], "~"),
            key => (key, ""),
        };
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (key, value) = (decode(key), decode(value));
        if key.is_empty() {
            return Err(usage(format!("{part:?} has no key before the =")));
        }
        if matches!(key.as_str(), "from" | "to" | "since" | "until") {
            if !sign.is_empty() {
                return Err(usage(format!("{key} takes = alone")));
            }
            let moment = match key.as_str() {
                "from" | "to" => moment(&value),
                _ => length(&value).and_then(|length| now_nanos.checked_sub(length)),
            };
            let moment = moment.ok_or_else(|| usage(moment::advice(&key, &value)))?;
            // Several begins or ends: the time that all agree on.
            if matches!(key.as_str(), "from" | "since") {
                self.from_nanos = Some(self.from_nanos.map_or(moment, |known| known.max(moment)));
            } else {
                self.to_nanos = Some(self.to_nanos.map_or(moment, |known| known.min(moment)));
            }
            return Ok(());
        }
        if sign.ends_with('~') {
            let regex = Regex::new(&value).map_err(|error| {
                // Its other lines draw where.
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
                usage(format!("{value:?} is no regular expression: {reason}"))
            })?;
            let test = if sign == "~" { Test::Matches(regex) } else { Test::MatchesNot(regex) };
            self.terms.push(Term { key, test });
            return Ok(());
        }
        let is_not = sign == "!";
        for term in &mut self.terms {
            match &mut term.test {
                Test::Is(values) if term.key == key && !is_not => {
                    values.push(value);
                    return Ok(());
                }
                Test::IsNot(values) if term.key == key && is_not => {
                    values.push(value);
                    return Ok(());
                }
                _ => {}
            }
        }
        let test = if is_not { Test::IsNot(vec![value]) } else { Test::Is(vec![value]) };
        self.terms.push(Term { key, test });
        Ok(())
    }

    /// The same with one value of a key in place of all that was said about it.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Self {
        let mut selector = self.clone();
        selector.terms.retain(|term| term.key != key);
        selector.terms.push(Term { key: key.to_owned(), test: Test::Is(vec![value.to_owned()]) });
        selector.text = with_value(&self.text, key, Some(value));
        selector
    }

    /// What names one profile of those that are meant, and of its samples those that are.
    #[must_use]
    pub fn of_profile(&self, row: &ProfileRow) -> Self {
        let mut selector = self.with("profile", &row.id.to_string());
        // `since` would be another time tomorrow.
        selector.text = without_keys(&selector.text, &TIME_KEYS);
        (selector.from_nanos, selector.to_nanos) = (None, None);
        selector
    }

    /// The terms about a key.
    pub(crate) fn terms_of(&self, key: &str) -> impl Iterator<Item = &Test> {
        self.terms.iter().filter(move |term| term.key == key).map(|term| &term.test)
    }

    /// The terms about labels.
    pub(crate) fn label_terms(&self) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(|term| !COLUMNS.contains(&term.key.as_str()))
    }

    /// The one sample type that is asked for.
    pub(crate) fn sample_type(&self) -> Option<&Test> {
        self.terms_of("type").next()
    }

    /// Whether it says anything about services.
    pub(crate) fn names_service(&self) -> bool {
        self.terms_of("service").next().is_some()
    }

    /// Whether rows of this day (and of the service whose folder is called so) may be meant.
    pub(crate) fn may_be_in(&self, date: &str, service: Option<&str>) -> bool {
        let is_before = self.from_nanos.is_some_and(|from| date < date_of(from).as_str());
        let is_after = self.to_nanos.is_some_and(|to| date > date_of(to.saturating_sub(1)).as_str());
        if is_before || is_after {
            return false;
        }
        let Some(service) = service else { return true };
        self.terms_of("service").all(|test| match test {
            Test::Is(values) => values.iter().any(|value| value == "*" || folder_name(value) == service),
            _ => true,
        })
    }

    /// Whether a profile is meant, as far as that can be said without its samples.
    pub(crate) fn is_profile(&self, row: &ProfileRow) -> bool {
        let is_in_time = self.from_nanos.is_none_or(|from| row.time_nanos >= from)
            && self.to_nanos.is_none_or(|to| row.time_nanos < to);
        is_in_time && self.terms.iter().all(|term| is_met_by_profile(term, row))
    }

    /// Whether a profile is meant with all its samples: what its samples alone say does not count.
    pub(crate) fn is_whole_profile(&self, row: &ProfileRow) -> bool {
        let is_said = |term: &Term| row.label(&term.key).is_some() || term.test.is_met_by_none();
        self.is_profile(row) && self.label_terms().all(is_said)
    }

    /// Whether samples of this type are meant.
    pub(crate) fn is_type(&self, name: &str) -> bool {
        self.terms_of("type").all(|test| {
            let kind = name.split_once('/').map_or(name, |(kind, _)| kind);
            let is_met = |text: &str| test.is_met_by(text);
            if test.is_met_by_none() { is_met(name) && is_met(kind) } else { is_met(name) || is_met(kind) }
        })
    }

    /// Whether a sample with these labels is meant, of a profile that is.
    pub(crate) fn is_sample(&self, row: &ProfileRow, labels: &LabelSet) -> bool {
        // What the profile says, it says of all its samples.
        let open = self.label_terms().filter(|term| row.label(&term.key).is_none());
        open.into_iter().all(|term| {
            let mut values = labels.texts.iter().filter(|(key, _)| *key == term.key).map(|(_, value)| value);
            if term.test.is_met_by_none() {
                values.all(|value| term.test.is_met_by(value))
            } else {
                values.any(|value| term.test.is_met_by(value))
            }
        })
    }

    /// Whether what samples say matters.
    pub(crate) fn asks_labels(&self) -> bool {
        self.label_terms().next().is_some()
    }
}

fn is_met_by_profile(term: &Term, row: &ProfileRow) -> bool {
    let test = &term.test;
    match term.key.as_str() {
        "service" => match test {
            Test::Is(values) if values.iter().any(|value| value == "*") => true,
            test => test.is_met_by(&row.service),
        },
        "version" => test.is_met_by(&row.version),
        "kind" => test.is_met_by(&row.kind),
        "type" => true,
        "profile" => {
            let id = row.id.to_string();
            match test {
                Test::Is(values) => values.iter().any(|value| id.starts_with(&value.to_lowercase())),
                Test::IsNot(values) => !values.iter().any(|value| id.starts_with(&value.to_lowercase())),
                test => test.is_met_by(&id),
            }
        }
        // Its samples may say what it does not.
        key => row.label(key).is_none_or(|value| test.is_met_by(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_651_200_000_000_000;

    fn row(service: &str, labels: &[(&str, &str)]) -> ProfileRow {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        ProfileRow {
            service: service.to_owned(),
            version: "1.4".to_owned(),
            labels,
            time_nanos: NOW - 1,
            ..ProfileRow::default()
        }
    }

    #[track_caller]
    fn is_meant(selector: &str, row: &ProfileRow) -> bool {
        Selector::parse(selector, NOW).expect("a selector").is_profile(row)
    }

    #[test]
    fn a_profile_is_meant_if_all_terms_are_met() {
        let shop = row("shop", &[("pod", "a b")]);
        for yes in [
            "",
            "service=shop",
            "service=*",
            "service=cart&service=shop",
            "service=shop&version=1.4",
            "pod=a%20b",
            "pod!=c",
            "pod~=^a",
            "since=1h",
            "from=2026-11-25&to=2026-11-26",
            "region=eu", // its samples may have it
        ] {
            assert!(is_meant(yes, &shop), "{yes}");
        }
        for no in [
            "service=cart",
            "service!=shop",
            "version=1.5",
            "pod=a",
            "pod!~=b$",
            "until=1h",
            "from=2026-11-26",
        ] {
            assert!(!is_meant(no, &shop), "{no}");
        }
    }

    #[test]
    fn what_a_profile_does_not_say_its_samples_do() {
        let selector = Selector::parse("region=eu&tenant!=x", NOW).expect("a selector");
        let labels = |texts: &[(&str, &str)]| LabelSet {
            texts: texts.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            numbers: Vec::new(),
        };
        let silent = row("shop", &[]);
        assert!(selector.is_sample(&silent, &labels(&[("region", "eu")])));
        assert!(selector.is_sample(&silent, &labels(&[("region", "us"), ("region", "eu")])));
        assert!(!selector.is_sample(&silent, &labels(&[("region", "eu"), ("tenant", "x")])));
        assert!(!selector.is_sample(&silent, &labels(&[])));
        assert!(selector.is_sample(&row("shop", &[("region", "eu")]), &labels(&[])));
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        let errors =
            ["shop", "=x", "from=soon", "since=1y", "a~=(", "since!=1h", "from=2026-11-26&to=2026-11-25"]
                .map(|text| Selector::parse(text, NOW).expect_err("no selector").to_string());
        insta::assert_snapshot!(errors.join("\n"), @r#"
        in the selector "shop": "shop" is no key=value
        in the selector "=x": "=x" has no key before the =
        in the selector "from=soon": "soon" is no moment; write from=2026-11-25T10:00:00Z, from=2026-11-25, or seconds since 1970
        in the selector "since=1y": "1y" is no length of time; write since=90s, since=15m, since=1h or since=7d
        in the selector "a~=(": "(" is no regular expression: unclosed group
        in the selector "since!=1h": since takes = alone
        the time from 2026-11-26T00:00:00Z to 2026-11-25T00:00:00Z is empty; swap from and to
        "#);
    }
}
