//! Go source as words, literals and brackets, with the line breaks that end a statement.

use super::line_map::LineMap;

/// What a piece of source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier, a keyword or a number.
    Word,
    /// A string or a rune.
    Literal,
    Open,
    Close,
    /// A semicolon, or a line break that stands for one.
    End,
    Comma,
    Operator,
}

impl Kind {
    /// Whether a line that holds it has something to run.
    pub(super) const fn is_code(self) -> bool {
        matches!(self, Self::Word | Self::Literal | Self::Operator)
    }
}

/// A piece of source: bytes `begin..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lexeme {
    pub(super) kind: Kind,
    pub(super) begin: usize,
    pub(super) end: usize,
}

/// Keywords after which a statement goes on in the next line.
const GOING_ON: [&[u8]; 21] = [
    b"case",
    b"chan",
    b"const",
    b"default",
    b"defer",
    b"else",
    b"for",
    b"func",
    b"go",
    b"goto",
    b"if",
    b"import",
    b"interface",
    b"map",
    b"package",
    b"range",
    b"select",
    b"struct",
    b"switch",
    b"type",
    b"var",
];

struct Scanner<'a, 'm> {
    text: &'a [u8],
    at: usize,
    lexemes: Vec<Lexeme>,
    map: &'m mut LineMap,
    is_generated: bool,
    /// Whether the package clause has begun.
    is_in_package: bool,
}

/// The pieces of a file, and whether it says that it was generated; notes `//line` directives.
pub(super) fn scan(text: &[u8], map: &mut LineMap) -> (Vec<Lexeme>, bool) {
    let capacity = text.len() / 8;
    let lexemes = Vec::with_capacity(capacity);
    let mut scanner = Scanner { text, at: 0, lexemes, map, is_generated: false, is_in_package: false };
    while scanner.at < text.len() {
        scanner.step();
    }
    (scanner.lexemes, scanner.is_generated)
}

impl Scanner<'_, '_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (b'\n', _) => {
                self.end_line();
                self.at += 1;
            }
            (b' ' | b'\t' | b'\r', _) => self.at += 1,
            (b'/', b'/') => self.line_comment(),
            (b'/', b'*') => self.general_comment(),
            (b'"' | b'\'', _) => self.quoted(self.peek(0)),
            (b'`', _) => self.raw(),
            (b'(' | b'[' | b'{', _) => self.push(Kind::Open, 1),
            (b')' | b']' | b'}', _) => self.push(Kind::Close, 1),
            (b';', _) => self.push(Kind::End, 1),
            (b',', _) => self.push(Kind::Comma, 1),
            (b'+', b'+') | (b'-', b'-') => self.push(Kind::Operator, 2),
            (byte, _) if is_word(byte) => {
                let rest = self.text.get(self.at..).unwrap_or(&[]);
                let len = rest.iter().take_while(|&&byte| is_word(byte)).count();
                self.is_in_package = true;
                self.push(Kind::Word, len);
            }
            _ => self.push(Kind::Operator, 1),
        }
    }

    fn push(&mut self, kind: Kind, len: usize) {
        self.lexemes.push(Lexeme { kind, begin: self.at, end: self.at + len });
        self.at += len;
    }

    /// A line break ends a statement behind what can be its last word (Go specification, "Semicolons").
    fn end_line(&mut self) {
        let Some(last) = self.lexemes.last() else { return };
        let word = self.text.get(last.begin..last.end).unwrap_or(&[]);
        let ends = match last.kind {
            Kind::Word => !GOING_ON.contains(&word),
            Kind::Literal | Kind::Close => true,
            Kind::Operator => word == b"++" || word == b"--",
            Kind::Open | Kind::End | Kind::Comma => false,
        };
        if ends {
            self.lexemes.push(Lexeme { kind: Kind::End, begin: self.at, end: self.at });
        }
    }

    fn line_comment(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or(&[]);
        let len = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let comment = rest.get(..len).unwrap_or(rest);
        let comment = comment.strip_suffix(b"\r").unwrap_or(comment);
        let begins_line = self.at == 0 || self.text.get(self.at - 1) == Some(&b'\n');
        if begins_line && !self.is_in_package {
            self.is_generated |=
                comment.starts_with(b"// Code generated ") && comment.ends_with(b" DO NOT EDIT.");
        }
        if begins_line && let Some(directive) = comment.strip_prefix(b"//line ") {
            self.map.direct(directive, self.at + len + 1);
        }
        self.at += len;
    }

    fn general_comment(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or(&[]);
        let body = rest.get(2..).unwrap_or(&[]);
        let len = body.windows(2).position(|pair| pair == b"*/").map_or(rest.len(), |at| at + 4);
        let comment = rest.get(..len).unwrap_or(rest);
        let directive = comment.strip_prefix(b"/*line ").and_then(|text| text.strip_suffix(b"*/"));
        if let Some(directive) = directive {
            self.map.direct(directive, self.at + len);
        }
        if comment.contains(&b'\n') {
            self.end_line();
        }
        self.at += len;
    }

    /// A string or a rune; one that is not closed ends with its line.
    fn quoted(&mut self, quote: u8) {
        let mut len = 1;
        loop {
            match self.peek(len) {
                b'\\' if self.peek(len + 1) != b'\n' => len += 2,
                b'\n' => break,
                _ if self.at + len >= self.text.len() => break,
                byte => {
                    len += 1;
                    if byte == quote {
                        break;
                    }
                }
            }
        }
        let len = len.min(self.text.len() - self.at);
        self.push(Kind::Literal, len);
    }

    fn raw(&mut self) {
        let rest = self.text.get(self.at + 1..).unwrap_or(&[]);
        let len = rest.iter().position(|&byte| byte == b'`').map_or(rest.len() + 1, |at| at + 2);
        self.push(Kind::Literal, len);
    }
}

/// A byte of an identifier or a number. Letters beyond ASCII are taken as they come: whether Go allows them is not asked.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
