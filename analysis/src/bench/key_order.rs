//! The order of a key's values.

use std::cmp::Ordering;

use goscope_parsers::bench::parse_go_float;
use rustc_hash::FxHashMap;

use super::words::{Word, Words};

/// An order of values. Different values are never equal: where an order does not tell, their bytes do.
#[derive(Clone, Debug)]
pub(super) enum KeyOrder {
    /// As they were first met.
    First(FxHashMap<Word, usize>),
    /// As they were written.
    Fixed(FxHashMap<Word, usize>),
    /// By bytes.
    Alpha,
    /// By number: `2k` before `1Mi` before what is none.
    Num,
}

impl KeyOrder {
    /// The order of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "first" => Some(Self::First(FxHashMap::default())),
            "alpha" => Some(Self::Alpha),
            "num" => Some(Self::Num),
            _ => None,
        }
    }

    /// A value was met.
    pub(super) fn meet(&mut self, value: Word) {
        if let Self::First(met) = self {
            let next = met.len();
            met.entry(value).or_insert(next);
        }
    }

    pub(super) fn compare(&self, a: Word, b: Word, words: &Words) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        let bytes = || words.bytes(a).cmp(words.bytes(b));
        match self {
            Self::First(places) | Self::Fixed(places) => {
                let place = |word: Word| places.get(&word).copied().unwrap_or(0);
                place(a).cmp(&place(b)).then_with(bytes)
            }
            Self::Alpha => bytes(),
            Self::Num => by_number(words.bytes(a), words.bytes(b)).then_with(bytes),
        }
    }
}

/// Numbers before NaN before all else.
fn by_number(a: &[u8], b: &[u8]) -> Ordering {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan())),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

/// A number as people write it, with a prefix: `64KiB`.
fn number(text: &[u8]) -> Option<f64> {
    if let Ok(number) = parse_go_float(text) {
        return Some(number);
    }
    let is_digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let digits = sign + text[sign..].iter().take_while(|byte| is_digit(byte)).count();
    let (digits, rest) = text.split_at(digits);
    let number = parse_go_float(digits).ok()?;
    let rest = rest.strip_suffix(b"b").or_else(|| rest.strip_suffix(b"B")).unwrap_or(rest);
    let (prefix, base): (u8, f64) = match *rest {
        [] => return Some(number),
        [prefix] => (prefix, 1000.0),
        [prefix, b'i'] => (prefix, 1024.0),
        _ => return None,
    };
    let prefix = if prefix == b'k' { b'K' } else { prefix };
    let power = b"KMGTPEZY".iter().position(|it| *it == prefix)?;
    Some(number * base.powi(power as i32 + 1))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_have_prefixes() {
        let cases: [(&str, Option<f64>); 12] = [
            ("12", Some(12.0)),
            ("-2", Some(-2.0)),
            ("2k", Some(2e3)),
            ("1Mi", Some(1024.0 * 1024.0)),
            ("64KiB", Some(65536.0)),
            ("5kb", Some(5e3)),
            ("+.5M", Some(5e5)),
            ("size=5kb", None),
            ("5kk", None),
            ("1.5.2", None),
            ("small", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text.as_bytes()), expected, "{text}");
        }
    }
}
