//! What coverage needs to know of a Go file: its functions, where there is code, whether it was generated.
//!
//! No parser: only functions on the top level are needed, and they can be told by brackets. Damaged source gives the
//! functions before the damage.

mod functions;
mod line_map;
mod scanner;
#[cfg(test)]
mod tests;

use goscope_parsers::coverage::Position;

pub use functions::GoFunction;
use line_map::LineMap;
use scanner::{Kind, Lexeme, scan};

/// A Go file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoSource {
    /// Functions and methods that have a body, in the order of the source. Their places follow `//line` directives.
    pub functions: Vec<GoFunction>,
    /// Where there is code: the beginning of every word and operator, and of every line of a text that goes over several;
    /// without brackets, commas and semicolons. Sorted.
    pub code: Vec<Position>,
    /// Whether a line before `package` says `// Code generated … DO NOT EDIT.`
    pub is_generated: bool,
    /// The number of lines.
    pub n_lines: u32,
    /// Whether brackets do not match: the file is damaged, or no Go.
    pub is_unbalanced: bool,
}

impl GoSource {
    /// Reads a file. `name` is its name in a profile, to tell which lines a `//line` directive gives to another file.
    pub fn new(text: &[u8], name: &str) -> Self {
        let mut map = LineMap::new(text);
        let (lexemes, is_generated) = scan(text, &mut map);
        let (functions, is_unbalanced) = functions::functions(text, &lexemes, &map);
        let base = name.rsplit('/').next().unwrap_or(name);
        let code = code(text, &lexemes, &map, base);
        Self { functions, code, is_generated, n_lines: map.n_lines(), is_unbalanced }
    }

    /// The lines with code inside functions; each once, in order.
    pub fn function_lines(&self) -> Vec<u32> {
        let mut lines = Vec::new();
        for function in &self.functions {
            let begin = self.code.partition_point(|&at| at <= function.body);
            let in_body = self.code[begin..].iter().take_while(|&&at| at < function.end);
            lines.extend(in_body.map(|at| at.line));
        }
        lines.sort_unstable();
        lines.dedup();
        lines
    }
}

fn code(text: &[u8], lexemes: &[Lexeme], map: &LineMap, base: &str) -> Vec<Position> {
    let mut code = Vec::with_capacity(lexemes.len());
    let mut push = |offset: usize| {
        if map.is_in(offset, base) {
            code.push(map.position(offset));
        }
    };
    for lexeme in lexemes.iter().filter(|lexeme| lexeme.kind.is_code()) {
        push(lexeme.begin);
        if lexeme.kind == Kind::Literal {
            let inside = text.get(lexeme.begin..lexeme.end).unwrap_or(&[]);
            let breaks = inside.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            breaks.for_each(|(at, _)| push(lexeme.begin + at + 1));
        }
    }
    if !code.is_sorted() {
        code.sort_unstable();
    }
    code
}
