//! Regular expressions as Go users write them (RE2 syntax), compiled by Rust's `regex`.
//!
//! The two dialects differ in little: Go takes a stray `{` literally, knows `\Q…\E` and octal escapes, and its
//! `\d \w \s \b` are ASCII; in Rust `[a&&b]` and `[a--b]` are set operations and `\<` is the start of a word. A
//! pattern is therefore re-written piece by piece. What Rust accepts beyond Go (`a**`, `(?x)`, counts over 1000) is
//! let through.

use std::iter::Peekable;
use std::str::Chars;

use regex::bytes::{Regex, RegexBuilder};

/// Largest compiled size of a pattern: far above what anybody types, far below what hurts.
const SIZE_LIMIT: usize = 64 << 20;

/// Compiles a pattern of Go's dialect; the match is a search anywhere in the text.
///
/// # Errors
/// One line that says what is wrong with the pattern.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    build(&translate(pattern))
}

/// Compiles a pattern of Go's dialect that must match the text from start to end.
///
/// # Errors
/// One line that says what is wrong with the pattern.
pub fn compile_anchored(pattern: &str) -> Result<Regex, String> {
    build(&format!("^(?:{})$", translate(pattern)))
}

fn build(translated: &str) -> Result<Regex, String> {
    RegexBuilder::new(translated).size_limit(SIZE_LIMIT).build().map_err(|error| one_line(&error))
}

/// The last line of the engine's message holds the reason; the lines before it draw the pattern.
fn one_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}

/// Re-writes a pattern of Go's dialect into Rust's. A pattern that is wrong in Go's stays wrong.
pub fn translate(pattern: &str) -> String {
    let mut translator =
        Translator { rest: pattern.chars().peekable(), out: String::with_capacity(pattern.len() + 8) };
    while translator.step() {}
    translator.out
}

/// What stands for one character or set of characters in a pattern.
enum Piece {
    /// Exactly this character.
    Literal(char),
    /// Something else, already in Rust's dialect, as it stands outside of `[…]`.
    Other(String),
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
}

impl Translator<'_> {
    /// Translates the next piece; false at the end.
    fn step(&mut self) -> bool {
        let Some(next) = self.rest.next() else { return false };
        match next {
            '\\' if self.rest.peek() == Some(&'Q') => self.quoted(),
            '\\' => self.escape(),
            '[' => self.class(),
            '{' if !self.is_repetition() => self.out.push_str("\\{"),
            '(' => self.group_start(),
            other => self.out.push(other),
        }
        true
    }

    /// `\Q…\E`: everything literal, to the end of the pattern if there is no `\E`.
    fn quoted(&mut self) {
        self.rest.next();
        while let Some(next) = self.rest.next() {
            if next == '\\' && self.rest.peek() == Some(&'E') {
                self.rest.next();
                return;
            }
            push_literal(&mut self.out, next);
        }
    }

    fn escape(&mut self) {
        match self.escaped(Place::Outside) {
            Piece::Literal(character) => push_literal(&mut self.out, character),
            Piece::Other(text) => self.out.push_str(&text),
        }
    }

    /// What a backslash and the characters after it mean; the backslash is read already.
    fn escaped(&mut self, place: Place) -> Piece {
        let Some(next) = self.rest.next() else { return Piece::Other("\\".to_owned()) };
        let ascii_class = match next {
            'd' => "[0-9]",
            'D' => "[^0-9]",
            's' => "[\\t\\n\\x0C\\r ]",
            'S' => "[^\\t\\n\\x0C\\r ]",
            'w' => "[0-9A-Za-z_]",
            'W' => "[^0-9A-Za-z_]",
            'b' if place == Place::Outside => "(?-u:\\b)",
            'B' if place == Place::Outside => "(?-u:\\B)",
            _ => "",
        };
        match next {
            _ if !ascii_class.is_empty() => Piece::Other(ascii_class.to_owned()),
            'p' | 'P' => Piece::Other(self.unicode_class(next)),
            '0'..='7' => self.octal(next),
            'x' => Piece::Other(self.hexadecimal()),
            'a' => Piece::Literal('\x07'),
            'f' => Piece::Literal('\x0c'),
            'n' => Piece::Literal('\n'),
            'r' => Piece::Literal('\r'),
            't' => Piece::Literal('\t'),
            'v' => Piece::Literal('\x0b'),
            punctuation if punctuation.is_ascii() && !punctuation.is_ascii_alphanumeric() => {
                Piece::Literal(punctuation)
            }
            // `\A`, `\z`, and whatever both dialects reject.
            other => Piece::Other(format!("\\{other}")),
        }
    }

    /// `\pN`, `\p{Greek}`, and Go's own `\p{^Greek}` for `\P{Greek}`.
    fn unicode_class(&mut self, letter: char) -> String {
        if self.rest.peek() != Some(&'{') {
            let name = self.rest.next().map_or(String::new(), String::from);
            return format!("\\{letter}{name}");
        }
        self.rest.next();
        let is_negated = self.rest.next_if_eq(&'^').is_some();
        let letter = match (letter, is_negated) {
            (letter, false) => letter,
            ('p', true) => 'P',
            (_, true) => 'p',
        };
        let mut name = String::new();
        while let Some(next) = self.rest.next_if(|&next| next != '}') {
            name.push(next);
        }
        let end = if self.rest.next().is_some() { "}" } else { "" };
        format!("\\{letter}{{{name}{end}")
    }

    /// `\0`, `\07`, `\123`; a single `\1` is a back-reference, which neither dialect has.
    fn octal(&mut self, first: char) -> Piece {
        let mut digits = String::from(first);
        while digits.len() < 3 {
            let Some(digit) = self.rest.next_if(|next| ('0'..='7').contains(next)) else { break };
            digits.push(digit);
        }
        if first != '0' && digits.len() == 1 {
            return Piece::Other(format!("\\{first}"));
        }
        let code = u32::from_str_radix(&digits, 8).expect("octal digits only");
        Piece::Literal(char::from_u32(code).expect("three octal digits are at most 511"))
    }

    /// `\x7F` and `\x{10FFFF}` are the same in both dialects.
    fn hexadecimal(&mut self) -> String {
        let mut text = String::from("\\x");
        if self.rest.next_if_eq(&'{').is_some() {
            text.push('{');
            for next in self.rest.by_ref() {
                text.push(next);
                if next == '}' {
                    break;
                }
            }
        } else {
            text.extend(self.rest.by_ref().take(2));
        }
        text
    }

    /// Whether the `{` just read begins a count: `{2}`, `{2,}`, `{2,5}`.
    fn is_repetition(&self) -> bool {
        let mut ahead = self.rest.clone();
        let digits = |ahead: &mut Peekable<Chars<'_>>| {
            let mut n = 0;
            while ahead.next_if(char::is_ascii_digit).is_some() {
                n += 1;
            }
            n
        };
        if digits(&mut ahead) == 0 {
            return false;
        }
        if ahead.next_if_eq(&',').is_some() {
            digits(&mut ahead);
        }
        ahead.next() == Some('}')
    }

    /// `(`, or `(?…` up to where its content begins, so that nothing in between is taken for something else.
    fn group_start(&mut self) {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return;
        }
        self.out.push('?');
        for next in self.rest.by_ref() {
            self.out.push(next);
            if matches!(next, ':' | ')' | '>') {
                break;
            }
        }
    }

    /// `[…]`: written anew character by character, so that no set operation of Rust's arises.
    fn class(&mut self) {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut is_first = true;
        while let Some(next) = self.rest.next() {
            match next {
                ']' if !is_first => {
                    self.out.push(']');
                    return;
                }
                '[' if self.rest.peek() == Some(&':') && self.posix_class() => {}
                first => self.class_range(first),
            }
            is_first = false;
        }
        // Not closed: wrong in both dialects.
    }

    /// `[:alpha:]` inside of a class; false (and nothing read) if it is just a bracket.
    fn posix_class(&mut self) -> bool {
        let ahead: String = self.rest.clone().collect();
        let Some(end) = ahead.find(":]") else { return false };
        let name = &ahead[1..end.max(1)];
        if !name.trim_start_matches('^').bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return false;
        }
        self.out.push('[');
        self.out.push_str(&ahead[..end + 2]);
        self.rest.nth(end + 1);
        true
    }

    /// One character or set, or a range `a-z`, of a class.
    fn class_range(&mut self, first: char) {
        let low = self.class_piece(first);
        self.push_class_piece(&low);
        let mut ahead = self.rest.clone();
        let is_range = ahead.next() == Some('-') && ahead.peek().is_some_and(|&next| next != ']');
        if !is_range || matches!(low, Piece::Other(ref set) if set.starts_with('[')) {
            return;
        }
        self.rest.next();
        self.out.push('-');
        if let Some(next) = self.rest.next() {
            let high = self.class_piece(next);
            self.push_class_piece(&high);
        }
    }

    fn class_piece(&mut self, next: char) -> Piece {
        if next == '\\' { self.escaped(Place::Class) } else { Piece::Literal(next) }
    }

    fn push_class_piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Literal(character) => push_literal(&mut self.out, *character),
            Piece::Other(text) => self.out.push_str(text),
        }
    }
}

/// Where an escape stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Class,
}

/// A character that stands for itself, in or outside of a class.
fn push_literal(out: &mut String, character: char) {
    if character.is_ascii() && !character.is_ascii_alphanumeric() && !character.is_ascii_whitespace() {
        // `\<` and `\>` are word boundaries in Rust; everything else may be escaped.
        if !matches!(character, '<' | '>' | '_') && !character.is_ascii_control() {
            out.push('\\');
        }
    }
    out.push(character);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts what a pattern, read as Go reads it, matches and what not.
    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let regex = compile(pattern).unwrap_or_else(|reason| panic!("{pattern}: {reason}"));
        for text in matching {
            assert!(
                regex.is_match(text.as_bytes()),
                "{pattern} should match {text:?}, as {}",
                translate(pattern)
            );
        }
        for text in others {
            assert!(
                !regex.is_match(text.as_bytes()),
                "{pattern} should not match {text:?}, as {}",
                translate(pattern)
            );
        }
    }

    #[test]
    fn a_stray_brace_is_literal() {
        check("interface {}", &["func(interface {})"], &["interface"]);
        check("x{", &["x{"], &["x"]);
        check("^a{,2}$", &["a{,2}"], &["a", "aa"]);
        check("^a{2}$", &["aa"], &["a", "a{2}"]);
        check("^a{2,}$", &["aaa"], &["a"]);
        check("^a{1,2}?$", &["a", "aa"], &["aaa"]);
        check("struct { X }", &["go.shape.struct { X }"], &["struct"]);
    }

    #[test]
    fn quoting_with_q_and_e_is_expanded() {
        check(r"^\Qmain.(*T).m\E$", &["main.(*T).m"], &["main.T.m"]);
        check(r"\Q[a+b]", &["x[a+b]"], &["a", "ab"]);
        check(r"\Qa.b\Ec*$", &["a.b", "a.bcc"], &["axb"]);
        check(r"\Qa<b>\E", &["a<b>"], &["a b "]);
    }

    #[test]
    fn classes_have_no_set_operations() {
        check("^[a&&b]+$", &["a&b"], &["c"]);
        check("^[[a]$", &["[", "a"], &["b"]);
        check("^[]a]$", &["]", "a"], &["b"]);
        check("^[^]a]$", &["b"], &["]", "a"]);
        check("^[+--]$", &["+", ",", "-"], &["."]);
        check("^[a~~b]$", &["~", "a"], &["c"]);
        check("^[a-]$", &["-", "a"], &["b"]);
        check("^[-a]$", &["-", "a"], &["b"]);
        check(r"^[\w.]+$", &["a_1.b"], &["ä"]);
        check(r"^[^\d]$", &["a"], &["1"]);
        check("^[[:alpha:]_]+$", &["a_b"], &["1"]);
        check("^[[:^alpha:]]$", &["1"], &["a"]);
        check(r"^[\]\-\\]+$", &["]-\\"], &["a"]);
        check(r"^[\x41-\x43]$", &["A", "C"], &["D"]);
        assert!(compile("[a--b]").is_err(), "a range that runs backwards, as in Go");
        assert!(compile("[a").is_err());
    }

    #[test]
    fn perl_classes_are_ascii() {
        check(r"^\w+$", &["a_1"], &["ä", "a-b"]);
        check(r"^\d$", &["7"], &["٣"]);
        check(r"^\s$", &[" ", "\t", "\n"], &["\u{a0}", "\u{b}"]);
        check(r"\bfoo\b", &["a.foo(b)", "äfoo"], &["afoo", "foo_"]);
        check(r"\Boo", &["foo"], &["oo"]);
        check(r"^\D\S\W$", &["ab."], &["1b."]);
    }

    #[test]
    fn escapes_mean_what_they_mean_in_go() {
        check(r"\<x\>", &["<x>"], &["x"]);
        check(r"\_\-\/\:\ ", &["_-/: "], &["_-/:"]);
        check(r"^\101\x42\x{43}$", &["ABC"], &["101"]);
        check(r"^a\.b\*$", &["a.b*"], &["aXb"]);
        check(r"\Aab\z", &["ab"], &["abc", "\nab"]);
        check(r"^\p{Greek}$", &["λ"], &["l"]);
        check(r"^\p{^Greek}$", &["l"], &["λ"]);
        check(r"^\pL+$", &["äλ"], &["1"]);
        check(r"^\a\f\n\r\t\v$", &["\x07\x0c\n\r\t\x0b"], &["afnrtv"]);
        assert!(compile(r"(a)\1").is_err(), "back-references do not exist in Go either");
        assert!(compile(r"a\").is_err());
    }

    #[test]
    fn groups_and_flags_pass() {
        check("(?i)FOO", &["xfoo"], &["bar"]);
        check("(?i:A)b", &["ab", "Ab"], &["aB"]);
        check("(?P<x>a|b)c", &["bc"], &["c"]);
        check("(?<x>a)", &["a"], &["b"]);
        check("(?s)a.b", &["a\nb"], &["ab"]);
        check("a.b", &["axb"], &["a\nb"]);
        check("(?U)a+?$", &["aaa"], &["b"]);
    }

    #[test]
    fn names_of_go_functions_match_as_typed() {
        check(r"main\.\(\*Server\)\.handle", &["main.(*Server).handle.func1"], &["main.Server.handle"]);
        check("runtime.mallocgc|growslice$", &["runtime.mallocgc", "runtime.growslice"], &["growslice2"]);
        check("net/http", &["net/http.(*conn).serve"], &["net.http"]);
        check("日本", &["main.日本語"], &["main"]);
    }

    #[test]
    fn an_anchored_pattern_covers_all_alternatives() {
        let regex = compile_anchored("malloc|free").expect("a good pattern");
        assert!(regex.is_match(b"free") && !regex.is_match(b"freeze") && !regex.is_match(b"xmalloc"));
    }

    #[test]
    fn the_reason_is_one_line() {
        let reason = compile("a(b").expect_err("a group is open");
        assert_eq!(reason, "unclosed group");
    }

    proptest::proptest! {
        #[test]
        fn quoted_text_matches_itself_only(text in "[ -~äλ\n]{0,12}", other in "[ -~]{0,3}") {
            let quoted: String = regex::escape(&text);
            let regex = compile_anchored(&quoted).expect("escaped text is a pattern");
            proptest::prop_assert!(regex.is_match(text.as_bytes()));
            let longer = format!("{text}{other}x");
            proptest::prop_assert!(!regex.is_match(longer.as_bytes()));
        }

        #[test]
        fn no_pattern_makes_the_translation_fail(pattern in "[ -~\\\\\\[\\]{}()^$Qäλ]{0,24}") {
            let _ = compile(&pattern);
        }
    }
}
