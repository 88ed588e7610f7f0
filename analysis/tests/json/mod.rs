//! What several tests of traces need: where the corpus is, and JSON.

#![expect(unreachable_pub, reason = "each test uses a part of it")]

use std::path::PathBuf;

/// The folder of the corpus; says so and gives none where it is not.
#[expect(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
pub fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("GOSCOPE_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus")),
        PathBuf::from,
    );
    if folder.join("trace-conformance").is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no corpus at {}", folder.display());
    None
}

/// A value of JSON; numbers are kept as they are written.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Parses a whole text.
    pub fn parse(text: &str) -> Self {
        let mut rest = text.trim();
        value(&mut rest)
    }

    /// A member of an object; `Null` if there is none.
    pub fn get(&self, name: &str) -> &Self {
        let Self::Object(members) = self else { return &Self::Null };
        members.iter().find(|(key, _)| key == name).map_or(&Self::Null, |(_, value)| value)
    }

    /// The elements of a list; none if it is `Null`.
    pub fn list(&self) -> &[Self] {
        if let Self::List(elements) = self { elements } else { &[] }
    }

    /// The members of an object.
    pub fn members(&self) -> &[(String, Self)] {
        if let Self::Object(members) = self { members } else { &[] }
    }

    /// A whole number; `None` if it is `Null`.
    pub fn number(&self) -> Option<i64> {
        if let Self::Number(digits) = self { Some(digits.parse().expect("a whole number")) } else { None }
    }

    /// A string.
    pub fn text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }
}

fn skip<'t>(rest: &mut &'t str, bytes: usize) -> &'t str {
    let (skipped, left) = rest.split_at(bytes);
    *rest = left.trim_start();
    skipped
}

fn value(rest: &mut &str) -> Json {
    match rest.as_bytes()[0] {
        b'{' => {
            let mut members = Vec::new();
            skip(rest, 1);
            while !rest.starts_with('}') {
                let key = string(rest);
                assert_eq!(skip(rest, 1), ":");
                members.push((key, value(rest)));
                if rest.starts_with(',') {
                    skip(rest, 1);
                }
            }
            skip(rest, 1);
            Json::Object(members)
        }
        b'[' => {
            let mut elements = Vec::new();
            skip(rest, 1);
            while !rest.starts_with(']') {
                elements.push(value(rest));
                if rest.starts_with(',') {
                    skip(rest, 1);
                }
            }
            skip(rest, 1);
            Json::List(elements)
        }
        b'"' => Json::Text(string(rest)),
        _ => {
            let len = rest.find([',', '}', ']']).unwrap_or(rest.len());
            match skip(rest, len).trim() {
                "null" => Json::Null,
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                number => Json::Number(number.to_owned()),
            }
        }
    }
}

fn string(rest: &mut &str) -> String {
    let mut text = String::new();
    let mut chars = rest[1..].char_indices();
    while let Some((at, character)) = chars.next() {
        match character {
            '"' => {
                skip(rest, at + 2);
                return text;
            }
            '\\' => match chars.next().expect("an escape").1 {
                'u' => {
                    let digits: String = chars.by_ref().take(4).map(|(_, digit)| digit).collect();
                    let code = u32::from_str_radix(&digits, 16).expect("four digits");
                    text.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                }
                'n' => text.push('\n'),
                't' => text.push('\t'),
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    panic!("a string without end");
}
