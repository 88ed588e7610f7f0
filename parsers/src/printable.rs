//! Text out of a file as a person may see it: nothing in it moves the cursor, changes colors or turns the line around.
//!
//! Names of tasks, regions, logs, labels and functions and the comments of a profile are whatever a program put
//! there. Everything shows them through here: also reports that equal those of Go's tools, which differ from them for such
//! names alone. JSON has escapes of its own (`json_text.rs`).

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with control characters, marks that change the direction of writing, and separators of lines escaped
/// as Go's `%q` writes them: `\n`, `\x1b`, `\u202e`.
pub fn printable(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_unprintable) else { return Cow::Borrowed(text) };
    let (clean, rest) = text.split_at(first);
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(clean);
    for char in rest.chars() {
        if is_unprintable(char) {
            escape(&mut shown, char);
        } else {
            shown.push(char);
        }
    }
    Cow::Owned(shown)
}

/// The same of bytes that may be no text: what is not UTF-8 is escaped, too (`\xff`).
pub fn printable_bytes(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return printable(text);
    }
    let mut shown = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        shown.push_str(&printable(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    Cow::Owned(shown)
}

/// The same, with the middle left out where it is longer than `max_chars`: names differ at their ends as often as
/// at their beginnings.
pub fn printable_cut(text: &str, max_chars: usize) -> Cow<'_, str> {
    let shown = printable(text);
    let n_chars = shown.chars().count();
    if n_chars <= max_chars {
        return shown;
    }
    let kept = max_chars.saturating_sub(1);
    let (before, after) = (kept.div_ceil(2), kept / 2);
    let head = shown.chars().take(before);
    let tail = shown.chars().skip(n_chars - after);
    Cow::Owned(head.chain(['…']).chain(tail).collect())
}

/// The same of a text of several lines, such as source code or what a test printed: lines stay lines, and tabs are kept.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    let is_shown = |char: char| matches!(char, '\n' | '\t') || !is_unprintable(char);
    // What ends a line in a file of Windows moves no cursor: the next letter stands on the next line.
    if text.replace("\r\n", "\n").trim_end_matches('\r').chars().all(is_shown) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_shown(char) {
            shown.push(char);
        } else {
            escape(&mut shown, char);
        }
    }
    Cow::Owned(shown)
}

/// A text as a cell of CSV that no spreadsheet takes for a formula: what begins with `=`, `+`, `-` or `@` and is no number with
/// its unit stands behind a `'`, which spreadsheets do not show.
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let shown = printable(text);
    let is_part_of_number =
        |char: char| char.is_alphanumeric() || matches!(char, '.' | ',' | '%' | ' ' | '\u{a0}');
    let is_formula = match shown.chars().next() {
        Some('=' | '@') => true,
        Some('+' | '-') => {
            let number = &shown[1..];
            let is_number = number == "Inf" || number.starts_with(|first: char| first.is_ascii_digit());
            !is_number || !number.chars().all(is_part_of_number)
        }
        _ => false,
    };
    if is_formula { Cow::Owned(format!("'{shown}")) } else { shown }
}

/// Whether a terminal (or a line of text in a window) does something else with it than to draw it.
pub(crate) fn is_unprintable(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            // Arabic letter mark, left-to-right and right-to-left marks, embeddings, overrides and isolates.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Separators of lines and paragraphs; the byte-order mark; interlinear annotations.
            | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            // Tags, which nothing draws.
            | '\u{e0000}'..='\u{e007f}'
        )
}

fn escape(shown: &mut String, char: char) {
    let short = match char {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => "",
    };
    shown.push_str(short);
    let code = u32::from(char);
    let _ = match code {
        _ if !short.is_empty() => Ok(()),
        0..=0x7f => write!(shown, "\\x{code:02x}"),
        0x80..=0xffff => write!(shown, "\\u{code:04x}"),
        _ => write!(shown, "\\U{code:08x}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(printable("\x1b[31mred\x1b[0m\0\r\n\t\x7f"), r"\x1b[31mred\x1b[0m\x00\r\n\t\x7f");
        assert_eq!(printable("a\u{85}b\u{9b}c"), r"a\u0085b\u009bc");
        assert_eq!(printable("\u{202e}evil\u{2066}\u{2069}\u{200f}"), r"\u202eevil\u2066\u2069\u200f");
        assert_eq!(
            printable("\u{61c}\u{200e}\u{2028}\u{feff}\u{e0041}"),
            r"\u061c\u200e\u2028\ufeff\U000e0041"
        );
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(printable_lines("\ta\r\n\tb\n"), "\ta\r\n\tb\n");
        assert_eq!(printable_lines("a\tb\r"), "a\tb\r");
        assert_eq!(printable_lines("a\n\tb\rc\x1b[1m\u{202e}"), "a\n\tb\\rc\\x1b[1m\\u202e");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("-o", "'-o"),
            ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
            ("+HYPERLINK(\"a\")", "'+HYPERLINK(\"a\")"),
            ("\t=1", "\\t=1"),
            ("-1.5\u{a0}ms", "-1.5\u{a0}ms"),
            ("+12.3%", "+12.3%"),
            ("-", "'-"),
            ("main.(*T).f", "main.(*T).f"),
        ] {
            assert_eq!(csv_cell(text), cell);
        }
    }

    #[test]
    fn what_is_no_text_is_escaped_byte_by_byte() {
        assert_eq!(printable_bytes(b"bad\xff\xfe\n"), r"bad\xff\xfe\n");
        assert_eq!(printable_bytes("größe".as_bytes()), "größe");
    }

    #[test]
    fn all_else_is_left_alone() {
        for text in ["", "main.(*T[go.shape.int]).f", "größe 世界 👩‍👧 ä", r"C:\src\main.go", "<b>&\"'"]
        {
            assert!(matches!(printable(text), Cow::Borrowed(shown) if shown == text), "{text}");
        }
    }

    #[test]
    fn of_a_long_text_both_ends_are_kept() {
        assert_eq!(printable_cut("abcdefghij", 10), "abcdefghij");
        assert_eq!(printable_cut("abcdefghijk", 10), "abcde…hijk");
        assert_eq!(printable_cut("世界世界世界", 5), "世界…世界");
        assert_eq!(printable_cut("a\nb", 4), r"a\nb");
        assert_eq!(printable_cut("a\nbc", 4), r"a\…c");
        assert_eq!(printable_cut("ab", 1), "…");
    }
}
