//! Words as a shell takes them, for the commands that the window offers.

use std::borrow::Cow;

use goscope_parsers::printable;

/// A word as a shell reads it in one piece.
///
/// What a terminal would obey when the line is pasted is not in it: `printf` makes it, in any shell.
pub fn shell_word(word: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+,:=@%".contains(letter);
    // zsh takes `=ls` for the path of `ls`.
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    if matches!(printable(word), Cow::Borrowed(_)) {
        return Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")));
    }
    // `$(…)` drops line breaks at the end.
    let text = word.trim_end_matches('\n');
    let breaks = &word[text.len()..];
    let after = if breaks.is_empty() { String::new() } else { format!("'{breaks}'") };
    Cow::Owned(format!("\"$(printf '{}')\"{after}", printf_format(text)))
}

/// A text as the format of `printf`, in octal where a terminal would obey it.
fn printf_format(text: &str) -> String {
    let mut format = String::new();
    for letter in text.chars() {
        let escaped = match letter {
            '%' => Some("%%"),
            '\\' => Some(r"\\"),
            '\'' => Some(r"\047"),
            // Else it would be an option of `printf`.
            '-' if format.is_empty() => Some(r"\055"),
            _ => None,
        };
        let mut utf8 = [0; 4];
        match (escaped, printable(letter.encode_utf8(&mut utf8))) {
            (Some(escaped), _) => format.push_str(escaped),
            (None, Cow::Borrowed(_)) => format.push(letter),
            (None, Cow::Owned(_)) => {
                let bytes = &utf8[..letter.len_utf8()];
                bytes.iter().for_each(|byte| format.push_str(&format!("\\{byte:03o}")));
            }
        }
    }
    format
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        let words = ["a/b-1.pb.gz", "check out", "it's", "", "*"].map(shell_word);
        assert_eq!(words, ["a/b-1.pb.gz", "'check out'", r"'it'\''s'", "''", "'*'"]);
        assert_eq!(shell_word("=ls"), "'=ls'");
    }

    #[test]
    fn what_a_terminal_would_obey_is_made_when_the_line_runs() {
        assert_eq!(shell_word("a\x1b[1m'%\\\u{9b}"), r#""$(printf 'a\033[1m\047%%\\\302\233')""#);
        assert_eq!(shell_word("--a\x07"), r#""$(printf '\055-a\007')""#);
        assert_eq!(shell_word("a\r\n"), "\"$(printf 'a\\015')\"'\n'");
    }
}
