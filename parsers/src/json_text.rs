//! JSON whose texts a terminal shows as they are: what [`printable`](crate::printable) escapes is written as `\u009b`, too.
//!
//! The standard asks this of the first 32 characters alone. To a reader of JSON both are the same.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::printable::is_unprintable;

/// Writes a value on one line.
///
/// # Errors
/// Those of `out`, and what the value says.
pub fn write_json(out: &mut dyn Write, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(out, Shown(CompactFormatter)))?)
}

/// Writes a value over several lines, indented by two spaces.
///
/// # Errors
/// Those of `out`, and what the value says.
pub fn write_json_indented(out: &mut dyn Write, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(out, Shown(PrettyFormatter::new())))?)
}

/// Whether a character of a text is escaped, though JSON would take it as it is.
pub(crate) fn is_escaped(char: char) -> bool {
    char > '\u{7e}' && is_unprintable(char)
}

/// Writes a character as one or two escapes: JSON counts in UTF-16.
pub(crate) fn write_escape(char: char, mut put: impl FnMut(std::fmt::Arguments<'_>)) {
    for unit in char.encode_utf16(&mut [0; 2]) {
        put(format_args!("\\u{unit:04x}"));
    }
}

/// A form of JSON with texts that can be shown.
struct Shown<F>(F);

impl<F: Formatter> Formatter for Shown<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        // Nearly all names are of ASCII.
        if text.bytes().all(|byte| byte < 0x7f) || !text.contains(is_escaped) {
            return out.write_all(text.as_bytes());
        }
        let mut shown = String::with_capacity(text.len() + 16);
        for char in text.chars() {
            if is_escaped(char) {
                write_escape(char, |escape| shown += &escape.to_string());
            } else {
                shown.push(char);
            }
        }
        out.write_all(shown.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, is_first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, is_first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, is_first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, is_first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_reads_as_it_was() {
        let value = json!({"\u{9b}31m": ["\u{7f}", "\u{202e}a", "\u{e0041}", "\u{1b}", "größe 世界", 1, {}]});
        let mut line = Vec::new();
        write_json(&mut line, &value).expect("memory takes everything");
        let text = String::from_utf8(line).expect("text");
        let shown = r#"{"\u009b31m":["\u007f","\u202ea","\udb40\udc41","\u001b","größe 世界",1,{}]}"#;
        assert_eq!(text, shown);
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
    }

    #[test]
    fn all_else_is_as_serde_json_writes_it() {
        let value = json!({"a": [1, "b\n\"", {"c": null}, [], {}], "d": "größe"});
        let mut indented = Vec::new();
        write_json_indented(&mut indented, &value).expect("memory takes everything");
        assert_eq!(indented, serde_json::to_vec_pretty(&value).expect("JSON"));
    }
}
