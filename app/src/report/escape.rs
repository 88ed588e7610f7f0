//! Text of others made harmless for the language it is put into.

use goscope_parsers::{printable, printable_cut};

/// The longest name in a report; JSON has it whole.
const MOST_CHARS: usize = 240;

/// A name or a sentence with names, for a terminal.
pub(crate) fn terminal(text: &str) -> String {
    printable(text).into_owned()
}

/// The content of an element or an attribute, for XML and HTML. XML knows no control characters and two that are none.
pub(crate) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in printable(text).chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            char => escaped.push(char),
        }
    }
    escaped
}

/// The same of source: tabs stay.
pub(crate) fn xml_lines(text: &str) -> String {
    text.trim_end_matches('\r').split('\t').map(xml).collect::<Vec<_>>().join("\t")
}

/// A name as code in a cell of a Markdown table: a bar ends a cell even inside a code span, unless it is escaped, and where
/// there are backslashes, too, nothing in a span does it.
pub(crate) fn markdown_cell(name: &str) -> String {
    if name.contains('|') && name.contains('\\') {
        return format!("<code>{}</code>", markdown(&printable_cut(name, MOST_CHARS)));
    }
    markdown_code(name).replace('|', "\\|")
}

/// A name as a code span for Markdown. Nothing in it is markup, a mention or a link.
pub(crate) fn markdown_code(name: &str) -> String {
    let name = printable_cut(name, MOST_CHARS);
    let longest = name.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if name.is_empty() {
        return "` `".to_owned();
    }
    if name.starts_with(['`', ' ']) || name.ends_with(['`', ' ']) {
        return format!("{fence} {name} {fence}");
    }
    format!("{fence}{name}{fence}")
}

/// Lines as a block of code for Markdown; the fence is longer than any in them.
pub(crate) fn markdown_block(lines: &str) -> String {
    let longest = lines.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}text\n{}\n{fence}", lines.trim_end_matches('\n'))
}

/// A sentence for Markdown: shown as it is.
pub(crate) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in printable(text).chars() {
        match char {
            // Nothing turns the letters behind an empty comment into a mention or a link to an issue.
            '@' | '#' => {
                escaped.push_str("&#");
                escaped.push_str(&u32::from(char).to_string());
                escaped.push_str(";<!-- -->");
            }
            ':' | '.' | ',' | ';' | '(' | ')' | '%' | '-' | '+' | '/' | '\'' | '=' | '?' => {
                escaped.push(char);
            }
            char if char.is_ascii_punctuation() => {
                escaped.push_str("&#");
                escaped.push_str(&u32::from(char).to_string());
                escaped.push(';');
            }
            char => escaped.push(char),
        }
    }
    // Addresses become links by themselves.
    escaped.replace("://", ":<!-- -->//").replace("www.", "www<!-- -->.")
}

/// A sentence for Markdown in which one name, if it is there, is set as code.
pub(crate) fn markdown_with_name(sentence: &str, name: Option<&str>) -> String {
    match name.filter(|name| !name.is_empty()).and_then(|name| Some((name, sentence.split_once(name)?))) {
        Some((name, (before, after))) => {
            format!("{}{}{}", markdown(before), markdown_code(name), markdown(after))
        }
        None => markdown(sentence),
    }
}

/// A text whose exponents (`2e-15`) are not broken at their hyphen at the end of a line.
pub(crate) fn unbroken(text: &str) -> String {
    let mut unbroken = String::with_capacity(text.len());
    let mut before = [' '; 2];
    for letter in text.chars() {
        let is_exponent = letter == '-' && before[1] == 'e' && before[0].is_ascii_digit();
        unbroken.push(if is_exponent { '\u{2011}' } else { letter });
        before = [before[1], letter];
    }
    unbroken
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIL: &str = "<img src=x onerror=alert(1)>|`@all` #1 [a](http://b)\n\x1b[31m\u{202e}&\"'";

    #[test]
    fn names_are_text_in_every_language() {
        insta::assert_snapshot!([terminal(EVIL), xml(EVIL), markdown(EVIL), markdown_code(EVIL)].join("\n"));
    }

    #[test]
    fn blocks_of_code_hold_any_back_quotes() {
        assert_eq!(markdown_block("a\nb\n"), "```text\na\nb\n```");
        assert_eq!(markdown_block("a````"), "`````text\na````\n`````");
    }

    #[test]
    fn code_spans_hold_any_back_quotes() {
        assert_eq!(
            ["a", "`", "a``b", " ", ""].map(markdown_code),
            ["`a`", "`` ` ``", "```a``b```", "`   `", "` `"]
        );
    }
}
