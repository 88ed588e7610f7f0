//! The words of benchstat's query languages: names, quoted names, regular expressions, operators.

use regex::bytes::Regex;

use crate::regex_dialect::compile;

/// What is wrong with a query, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The query.
    pub query: String,
    /// Byte of the query.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_before = |&(at, rune): &(usize, char)| at < self.offset && !rune.is_control();
        let column = self.query.char_indices().filter(is_before).count();
        write!(f, "syntax error: {}\n\t{}\n\t{:column$}^", self.message, self.query, "")
    }
}

/// What a token is.
#[derive(Clone, Debug)]
pub(super) enum TokenKind {
    /// `( ) : @ ,`, and `-` or `*` before a word.
    Operator(char),
    /// A name without quotes, or within.
    Word,
    /// `AND`.
    And,
    /// `OR`.
    Or,
    /// `/…/`.
    Regex(Box<Regex>),
    /// There is no more.
    End,
}

impl TokenKind {
    pub(super) fn is(&self, operator: char) -> bool {
        matches!(self, Self::Operator(it) if *it == operator)
    }
}

/// A word of a query.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Where it begins in the query.
    pub(super) offset: usize,
    /// The word without quotes.
    pub(super) text: String,
}

/// Reads a query word by word. The first thing that is wrong ends it.
#[derive(Debug)]
pub(super) struct Tokens<'q> {
    query: &'q str,
    at: usize,
    error: Option<SyntaxError>,
}

impl<'q> Tokens<'q> {
    pub(super) fn new(query: &'q str) -> Self {
        Self { query, at: 0, error: None }
    }

    /// Where the next word begins.
    pub(super) fn place(&mut self) -> usize {
        let rest = self.query[self.at..].trim_start();
        self.at = self.query.len() - rest.len();
        self.at
    }

    /// Goes back to a place; not once something was wrong.
    pub(super) fn go_to(&mut self, place: usize) {
        if self.error.is_none() {
            self.at = place;
        }
    }

    /// The next key or operator.
    pub(super) fn key(&mut self) -> Token {
        self.next(false)
    }

    /// The next value, which may be a regular expression, or operator.
    pub(super) fn value(&mut self) -> Token {
        self.next(true)
    }

    /// Says what is wrong at this place, if nothing was before, and ends the query.
    pub(super) fn fail(&mut self, place: usize, message: impl Into<String>) -> Token {
        let error = SyntaxError { query: self.query.to_owned(), offset: place, message: message.into() };
        self.error.get_or_insert(error);
        self.at = self.query.len();
        self.token(TokenKind::End, self.at, "", self.at)
    }

    /// Nothing may follow.
    pub(super) fn finish(mut self) -> Result<(), SyntaxError> {
        let place = self.place();
        let token = self.key();
        if !matches!(token.kind, TokenKind::End) {
            self.fail(place, format!("unexpected {:?}", token.text));
        }
        self.error.map_or(Ok(()), Err)
    }

    fn token(&mut self, kind: TokenKind, offset: usize, text: &str, end: usize) -> Token {
        self.at = end;
        Token { kind, offset, text: text.to_owned() }
    }

    fn next(&mut self, takes_regex: bool) -> Token {
        let at = self.place();
        let rest = &self.query[at..];
        match rest.chars().next() {
            None => self.token(TokenKind::End, at, "", at),
            Some(operator) if is_operator(operator) || matches!(operator, '-' | '*') => {
                self.token(TokenKind::Operator(operator), at, &rest[..1], at + 1)
            }
            Some('/') if takes_regex => self.regex(at, &rest[1..]),
            Some('"') => self.quoted(at, rest),
            Some(_) => {
                let end = rest.find(|rune: char| rune.is_whitespace() || is_operator(rune));
                let word = &rest[..end.unwrap_or(rest.len())];
                let kind = match word {
                    "AND" => TokenKind::And,
                    "OR" => TokenKind::Or,
                    _ => TokenKind::Word,
                };
                self.token(kind, at, word, at + word.len())
            }
        }
    }

    fn quoted(&mut self, at: usize, rest: &str) -> Token {
        let bytes = rest.as_bytes();
        let end = (1..bytes.len()).find(|&end| bytes[end] == b'"' && bytes[end - 1] != b'\\');
        let Some(end) = end else { return self.fail(at, "missing end quote") };
        match unquoted(&rest[1..end]) {
            Some(word) => self.token(TokenKind::Word, at, &word, at + end + 1),
            None => self.fail(at, "bad escape sequence"),
        }
    }

    fn regex(&mut self, at: usize, rest: &str) -> Token {
        let Some(end) = regex_end(rest.as_bytes()) else { return self.fail(at, "missing close \"/\"") };
        let pattern = &rest[..end];
        let regex = match compile(pattern) {
            Ok(regex) => regex,
            Err(reason) => return self.fail(at, format!("error parsing regexp: {reason}")),
        };
        let place = at + 1 + end + 1;
        let next = self.query[place..].chars().next();
        let ends = |rune: char| rune.is_whitespace() || is_operator(rune) || matches!(rune, '-' | '*');
        if next.is_some_and(|rune| !ends(rune)) {
            let message = "regexp must be followed by space or an operator (unescaped \"/\"?)";
            return self.fail(place, message);
        }
        self.token(TokenKind::Regex(Box::new(regex)), at, pattern, place)
    }
}

fn is_operator(rune: char) -> bool {
    matches!(rune, '(' | ')' | ':' | '@' | ',')
}

/// Where the `/` is that ends a regular expression: not within `[…]` or `(…)`, and not after `\`.
fn regex_end(bytes: &[u8]) -> Option<usize> {
    let (mut brackets, mut parentheses, mut at) = (0_usize, 0_i64, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'/' if brackets == 0 && parentheses == 0 => return Some(at),
            b'[' => brackets += 1,
            b']' => brackets = brackets.saturating_sub(1),
            b'(' if brackets == 0 => parentheses += 1,
            b')' if brackets == 0 => parentheses -= 1,
            b'\\' => at += 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// What stands within double quotes in Go; `None` if an escape is wrong.
fn unquoted(text: &str) -> Option<String> {
    let mut word: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(rune) = rest.next() {
        let mut push = |rune: char| word.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
        match rune {
            '\n' | '"' => return None,
            '\\' => match rest.next()? {
                'a' => push('\x07'),
                'b' => push('\x08'),
                'f' => push('\x0c'),
                'n' => push('\n'),
                'r' => push('\r'),
                't' => push('\t'),
                'v' => push('\x0b'),
                same @ ('\\' | '"') => push(same),
                'x' => word.push(number(&mut rest, 2, 16)? as u8),
                'u' => push(char::from_u32(number(&mut rest, 4, 16)?)?),
                'U' => push(char::from_u32(number(&mut rest, 8, 16)?)?),
                first @ '0'..='7' => {
                    let high = first.to_digit(8)? << 6;
                    word.push(u8::try_from(high | number(&mut rest, 2, 8)?).ok()?);
                }
                _ => return None,
            },
            _ => push(rune),
        }
    }
    Some(String::from_utf8_lossy(&word).into_owned())
}

fn number(rest: &mut std::str::Chars<'_>, digits: usize, radix: u32) -> Option<u32> {
    (0..digits).try_fold(0_u32, |number, _| Some(number.checked_mul(radix)? + rest.next()?.to_digit(radix)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_are_those_of_go() {
        assert_eq!(unquoted(r"a\tb\x41\u00e9\101").as_deref(), Some("a\tbAéA"));
        assert_eq!(unquoted(r"\q"), None);
        assert_eq!(unquoted(r"\400"), None);
        assert_eq!(unquoted(r"\"), None);
    }

    #[test]
    fn a_regular_expression_ends_at_its_slash() {
        assert_eq!(regex_end(b"a[/]b/c"), Some(5));
        assert_eq!(regex_end(b"(a/b)/"), Some(5));
        assert_eq!(regex_end(br"a\/b/"), Some(4));
        assert_eq!(regex_end(b"a]/"), Some(2));
        assert_eq!(regex_end(b"a)/b"), None);
    }

    #[test]
    fn the_mark_stands_under_the_fault() {
        let error = SyntaxError { query: "é:x".to_owned(), offset: 2, message: "no".to_owned() };
        assert_eq!(error.to_string(), "syntax error: no\n\té:x\n\t ^");
    }
}
