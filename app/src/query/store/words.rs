//! The text of a selector, as the window changes it: a service, a version, a kind, a time.

use goscope_store::rfc3339;
use goscope_store::terms::{TIME_KEYS, joined, key_of, terms};
pub use goscope_store::terms::{term, with_value, without_keys};

use crate::query::trace::selection::TimeRange;

/// The keys of what a store is divided into.
pub const FACETS: [&str; 3] = ["service", "version", "kind"];

/// Whether this term is in a selector.
pub fn has_term(selector: &str, term: &str) -> bool {
    terms(selector).any(|other| other == term)
}

/// The terms about service, version and kind, if there is one about each.
pub fn facet_terms(selector: &str) -> Option<[String; 3]> {
    let [service, version, kind] = FACETS.map(|key| {
        let mut about = terms(selector).filter(|term| key_of(term) == key);
        about.next().filter(|_| about.next().is_none()).map(str::to_owned)
    });
    Some([service?, version?, kind?])
}

/// The same of this time alone.
pub fn within(selector: &str, range: TimeRange) -> String {
    let rest = without_time(selector);
    let [from, to] = [range.start_nanos, range.end_nanos].map(rfc3339);
    joined([rest, format!("from={from}"), format!("to={to}")].iter().map(String::as_str))
}

/// The same without a time.
pub fn without_time(selector: &str) -> String {
    without_keys(selector, &TIME_KEYS)
}

/// Whether it says when.
pub fn has_time(selector: &str) -> bool {
    terms(selector).any(|term| TIME_KEYS.contains(&key_of(term)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_told_apart_by_their_keys() {
        let text = "service=shop&version!=1.4&pod~=^a&since=1h";
        assert!(has_term(text, &term("service", "shop")) && !has_term(text, "service=sho"));
        assert!(has_time(text) && !has_time("service=from"));
        assert_eq!(without_time(text), "service=shop&version!=1.4&pod~=^a");
    }

    #[test]
    fn a_time_takes_the_place_of_another() {
        let range = TimeRange { start_nanos: 0, end_nanos: 60_000_000_000 };
        assert_eq!(
            within("since=1h&service=shop", range),
            "service=shop&from=1970-01-01T00:00:00Z&to=1970-01-01T00:01:00Z"
        );
    }
}
