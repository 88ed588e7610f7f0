//! The text of a selector: terms are put into it and taken out of it, and all else stays as somebody typed it.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The keys that say when.
pub const TIME_KEYS: [&str; 4] = ["from", "to", "since", "until"];

/// What is escaped in a value: what would end it, and what a shell or a terminal would not keep.
const NOT_IN_VALUES: &AsciiSet =
    &CONTROLS.add(b' ').add(b'%').add(b'&').add(b'"').add(b'\'').add(b'`').add(b'\\');

/// The terms of a selector.
pub fn terms(selector: &str) -> impl Iterator<Item = &str> {
    selector.split('&').filter(|term| !term.is_empty())
}

/// The key of `key=…`, `key!=…`, `key~=…` and `key!~=…`.
pub fn key_of(term: &str) -> &str {
    term.split('=').next().unwrap_or_default().trim_end_matches(['!', '~'])
}

/// A term that asks for one value: `service=shop`.
pub fn term(key: &str, value: &str) -> String {
    format!("{key}={}", utf8_percent_encode(value, NOT_IN_VALUES))
}

/// The same selector without all that is said about these keys.
pub fn without_keys(selector: &str, keys: &[&str]) -> String {
    joined(terms(selector).filter(|term| !keys.contains(&key_of(term))))
}

/// The same with one value of a key in place of all that was said about it; `None` for any value.
pub fn with_value(selector: &str, key: &str, value: Option<&str>) -> String {
    let rest = without_keys(selector, &[key]);
    let term = value.map(|value| term(key, value));
    joined([rest, term.unwrap_or_default()].iter().map(String::as_str))
}

/// Terms as a selector.
pub fn joined<'a>(terms: impl IntoIterator<Item = &'a str>) -> String {
    terms.into_iter().filter(|term| !term.is_empty()).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_come_and_go_and_the_rest_stays() {
        let text = "service=shop&version!=1.4&pod~=^a&since=1h";
        assert_eq!(with_value(text, "service", Some("a b")), "version!=1.4&pod~=^a&since=1h&service=a%20b");
        assert_eq!(with_value(text, "version", None), "service=shop&pod~=^a&since=1h");
        assert_eq!(without_keys(text, &["service", "version"]), "pod~=^a&since=1h");
    }
}
