//! The text of a selector: terms are put into it and taken out of it, and all else stays as somebody typed it.

use goscope_store::Selector;

use crate::query::trace::selection::TimeRange;
use crate::text;

/// The keys that say when.
const TIMES: [&str; 4] = ["from", "to", "since", "until"];

/// The keys of what a store is divided into.
pub const FACETS: [&str; 3] = ["service", "version", "kind"];

/// A term that asks for one value: `service=shop`.
pub fn term(key: &str, value: &str) -> String {
    Selector::default().with(key, value).to_string()
}

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

/// The same without all that is said about these keys.
pub fn without(selector: &str, keys: &[&str]) -> String {
    joined(terms(selector).filter(|term| !keys.contains(&key_of(term))))
}

/// The same with one value of a key in place of all that was said about it; `None` for any value.
pub fn with(selector: &str, key: &str, value: Option<&str>) -> String {
    let rest = without(selector, &[key]);
    let term = value.map(|value| term(key, value));
    joined([rest, term.unwrap_or_default()].iter().map(String::as_str))
}

/// The same of this time alone.
pub fn within(selector: &str, range: TimeRange) -> String {
    let rest = without(selector, &TIMES);
    let [from, to] = [range.start_nanos, range.end_nanos].map(text::rfc3339);
    joined([rest, format!("from={from}"), format!("to={to}")].iter().map(String::as_str))
}

/// The same without a time.
pub fn without_time(selector: &str) -> String {
    without(selector, &TIMES)
}

/// Whether it says when.
pub fn has_time(selector: &str) -> bool {
    terms(selector).any(|term| TIMES.contains(&key_of(term)))
}

fn terms(selector: &str) -> impl Iterator<Item = &str> {
    selector.split('&').filter(|term| !term.is_empty())
}

/// The key of `key=…`, `key!=…`, `key~=…` and `key!~=…`.
fn key_of(term: &str) -> &str {
    term.split('=').next().unwrap_or_default().trim_end_matches(['!', '~'])
}

fn joined<'a>(terms: impl IntoIterator<Item = &'a str>) -> String {
    terms.into_iter().filter(|term| !term.is_empty()).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_come_and_go_and_the_rest_stays() {
        let text = "service=shop&version!=1.4&pod~=^a&since=1h";
        assert_eq!(with(text, "service", Some("a b")), "version!=1.4&pod~=^a&since=1h&service=a%20b");
        assert_eq!(with(text, "version", None), "service=shop&pod~=^a&since=1h");
        assert_eq!(without(text, &FACETS), "pod~=^a&since=1h");
        assert!(has_term(text, &term("service", "shop")) && !has_term(text, "service=sho"));
        assert!(has_time(text) && !has_time("service=from"));
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
