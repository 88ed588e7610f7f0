//! Words as a shell takes them, for the commands that the window offers.

use std::borrow::Cow;

/// A word as a shell reads it in one piece.
pub fn shell_word(word: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+,:=@%".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        let words = ["a/b-1.pb.gz", "check out", "it's", "", "*"].map(shell_word);
        assert_eq!(words, ["a/b-1.pb.gz", "'check out'", r"'it'\''s'", "''", "'*'"]);
    }
}
