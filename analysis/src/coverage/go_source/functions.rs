//! Functions on the top level of a file, told by brackets.

use goscope_parsers::coverage::Position;

use super::line_map::LineMap;
use super::scanner::{Kind, Lexeme};

/// A function or method with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoFunction {
    /// Without its receiver; `init` may come several times.
    pub name: String,
    /// The type that it is a method of: `T` or `*T`; empty for a function.
    pub receiver: String,
    /// The word `func`.
    pub start: Position,
    /// The bracket that opens its body.
    pub body: Position,
    /// Behind the bracket that closes it.
    pub end: Position,
}

impl GoFunction {
    /// The name as profiles have it, without the package: `f`, `T.M` or `(*T).M`.
    pub fn full_name(&self) -> String {
        match self.receiver.strip_prefix('*') {
            Some(receiver) => format!("(*{receiver}).{}", self.name),
            None if self.receiver.is_empty() => self.name.clone(),
            None => format!("{}.{}", self.receiver, self.name),
        }
    }
}

/// The pieces of a file.
struct Pieces<'a> {
    text: &'a [u8],
    lexemes: &'a [Lexeme],
}

/// A declaration: where its parts are among the pieces.
struct Declaration {
    name: String,
    receiver: String,
    /// Where its body opens, if it has one.
    body: Option<usize>,
    /// Behind its signature.
    next: usize,
}

/// The functions, and whether a bracket is missing.
pub(super) fn functions(text: &[u8], lexemes: &[Lexeme], map: &LineMap) -> (Vec<GoFunction>, bool) {
    let pieces = Pieces { text, lexemes };
    let (mut found, mut is_unbalanced) = (Vec::new(), false);
    let (mut at, mut depth, mut begins) = (0, 0_usize, true);
    while let Some(lexeme) = lexemes.get(at) {
        let declared = (depth == 0 && begins && pieces.word(at) == b"func").then(|| pieces.declaration(at));
        if let Some(declared) = declared.flatten() {
            begins = false;
            let Some(body) = declared.body else {
                at = declared.next;
                continue;
            };
            let Some(close) = pieces.closing(body) else { return (found, true) };
            found.push(GoFunction {
                name: declared.name,
                receiver: declared.receiver,
                start: map.position(lexeme.begin),
                body: map.position(lexemes[body].begin),
                end: map.position(lexemes[close].end),
            });
            at = close + 1;
            continue;
        }
        match lexeme.kind {
            Kind::Open => depth += 1,
            Kind::Close if depth == 0 => is_unbalanced = true,
            Kind::Close => depth -= 1,
            _ => {}
        }
        begins = lexeme.kind == Kind::End;
        at += 1;
    }
    (found, is_unbalanced || depth > 0)
}

impl Pieces<'_> {
    fn word(&self, at: usize) -> &[u8] {
        let lexeme = self.lexemes.get(at).filter(|lexeme| lexeme.kind == Kind::Word);
        lexeme.and_then(|lexeme| self.text.get(lexeme.begin..lexeme.end)).unwrap_or(&[])
    }

    fn byte(&self, at: usize) -> u8 {
        self.lexemes.get(at).and_then(|lexeme| self.text.get(lexeme.begin)).copied().unwrap_or(0)
    }

    /// Where the bracket that opens at `open` is closed.
    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (at, lexeme) in self.lexemes.iter().enumerate().skip(open) {
            match lexeme.kind {
                Kind::Open => depth += 1,
                Kind::Close => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The declaration whose `func` is at `at`: `func [(receiver)] name [[types]] (parameters) [results] [body]`.
    fn declaration(&self, at: usize) -> Option<Declaration> {
        let mut next = at + 1;
        let mut receiver = String::new();
        if self.byte(next) == b'(' {
            let close = self.closing(next)?;
            receiver = self.receiver(next + 1, close);
            next = close + 1;
        }
        let name = String::from_utf8_lossy(self.word(next)).into_owned();
        if name.is_empty() {
            return None;
        }
        next += 1;
        if self.byte(next) == b'[' {
            next = self.closing(next)? + 1;
        }
        if self.byte(next) != b'(' {
            return None;
        }
        next = self.closing(next)? + 1;
        while let Some(lexeme) = self.lexemes.get(next) {
            match lexeme.kind {
                Kind::End => break,
                // A type in the result may have braces of its own.
                Kind::Open if self.byte(next) == b'{' && !self.is_type_before(next) => {
                    return Some(Declaration { name, receiver, body: Some(next), next });
                }
                Kind::Open => next = self.closing(next)? + 1,
                _ => next += 1,
            }
        }
        Some(Declaration { name, receiver, body: None, next })
    }

    fn is_type_before(&self, at: usize) -> bool {
        matches!(self.word(at - 1), b"struct" | b"interface")
    }

    /// The type of a receiver without its parameters: `(t *T[K])` is `*T`.
    fn receiver(&self, begin: usize, end: usize) -> String {
        let mut words: Vec<&[u8]> = Vec::new();
        let mut is_pointer = false;
        for at in begin..end {
            match self.byte(at) {
                b'[' => break,
                b'*' => is_pointer = true,
                _ => words.extend(Some(self.word(at)).filter(|word| !word.is_empty())),
            }
        }
        let name = words.last().map(|word| String::from_utf8_lossy(word)).unwrap_or_default();
        format!("{}{name}", if is_pointer { "*" } else { "" })
    }
}
