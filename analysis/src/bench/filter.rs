//! `-filter`: which results, and which of their values, are taken.

use regex::bytes::Regex;

use super::record::{Key, Record};
use super::token::{SyntaxError, Token, TokenKind, Tokens};
use super::words::Words;

/// Queries within queries, at most.
const MOST_DEPTH: usize = 200;

/// Which results and values are taken.
#[derive(Debug)]
pub(super) struct Filter(Node);

#[derive(Debug)]
enum Node {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Key(Key, Match),
    Unit(Match),
}

#[derive(Debug)]
enum Match {
    Literal(Vec<u8>),
    Pattern(Box<Regex>),
}

impl Match {
    fn matches(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Literal(literal) => literal == bytes,
            Self::Pattern(regex) => regex.is_match(bytes),
        }
    }
}

/// What a query says of a result.
enum Taken {
    All(bool),
    /// Of each value.
    Each(Vec<bool>),
}

impl Filter {
    /// Reads a query.
    pub(super) fn new(query: &str, words: &mut Words) -> Result<Self, SyntaxError> {
        let mut parser = FilterParser { tokens: Tokens::new(query), words, refused: None, depth: 0 };
        let node = parser.any();
        let FilterParser { tokens, refused, .. } = parser;
        tokens.finish()?;
        match refused {
            Some((offset, message)) => {
                Err(SyntaxError { query: query.to_owned(), offset, message: message.to_owned() })
            }
            None => Ok(Self(node)),
        }
    }

    /// Takes only results whose key has one of these values.
    pub(super) fn restrict(&mut self, key: &Key, values: &[Vec<u8>]) {
        let is_one =
            values.iter().map(|value| Node::Key(key.clone(), Match::Literal(value.clone()))).collect();
        let before = std::mem::replace(&mut self.0, Node::Or(Vec::new()));
        self.0 = Node::And(vec![Node::Or(is_one), before]);
    }

    /// Keeps the values that are taken; false if there is none.
    pub(super) fn apply(&self, record: &mut Record<'_>, words: &Words) -> bool {
        match taken(&self.0, record, words) {
            Taken::All(is_taken) => is_taken,
            Taken::Each(is_taken) => {
                let mut is_taken = is_taken.into_iter();
                record.values.retain(|_| is_taken.next().unwrap_or(false));
                !record.values.is_empty()
            }
        }
    }
}

fn taken(node: &Node, record: &Record<'_>, words: &Words) -> Taken {
    match node {
        Node::Key(key, wanted) => Taken::All(wanted.matches(key.of(record, words))),
        Node::Unit(wanted) => {
            let is_taken = record.values.iter().map(|value| {
                let written = words.bytes(value.written_unit);
                wanted.matches(words.bytes(value.unit)) || !written.is_empty() && wanted.matches(written)
            });
            Taken::Each(is_taken.collect())
        }
        Node::Not(node) => match taken(node, record, words) {
            Taken::All(is_taken) => Taken::All(!is_taken),
            Taken::Each(is_taken) => Taken::Each(is_taken.into_iter().map(|it| !it).collect()),
        },
        Node::And(nodes) => joined(nodes, record, words, true),
        Node::Or(nodes) => joined(nodes, record, words, false),
    }
}

/// All (`and`) or one of some nodes. What decides for the whole result ends it, as in benchstat.
fn joined(nodes: &[Node], record: &Record<'_>, words: &Words, and: bool) -> Taken {
    let mut each: Option<Vec<bool>> = None;
    for node in nodes {
        match taken(node, record, words) {
            Taken::All(is_taken) if is_taken == and => {}
            Taken::All(is_taken) => return Taken::All(is_taken),
            Taken::Each(is_taken) => match &mut each {
                None => each = Some(is_taken),
                Some(each) => {
                    each.iter_mut().zip(is_taken).for_each(|(a, b)| *a = if and { *a && b } else { *a || b });
                }
            },
        }
    }
    each.map_or(Taken::All(and), Taken::Each)
}

struct FilterParser<'q, 'w> {
    tokens: Tokens<'q>,
    words: &'w mut Words,
    /// The first key that may not stand in a filter: it is complained of only if all else is right.
    refused: Option<(usize, &'static str)>,
    depth: usize,
}

impl FilterParser<'_, '_> {
    /// `a OR b`.
    fn any(&mut self) -> Node {
        let mut nodes = vec![self.all()];
        loop {
            let place = self.tokens.place();
            if !matches!(self.tokens.key().kind, TokenKind::Or) {
                self.tokens.go_to(place);
                return one_or(nodes, Node::Or);
            }
            nodes.push(self.all());
        }
    }

    /// `a b`, `a AND b`.
    fn all(&mut self) -> Node {
        let mut nodes = vec![self.one()];
        loop {
            let place = self.tokens.place();
            let token = self.tokens.key();
            match token.kind {
                TokenKind::And => continue,
                TokenKind::Word | TokenKind::Operator('(' | '-' | '*') => {
                    self.tokens.go_to(place);
                    nodes.push(self.one());
                }
                TokenKind::End | TokenKind::Or | TokenKind::Operator(')') => {
                    self.tokens.go_to(place);
                    return one_or(nodes, Node::And);
                }
                TokenKind::Operator(_) | TokenKind::Regex(_) => {
                    self.tokens.fail(place, format!("unexpected {:?}", token.text));
                }
            }
        }
    }

    /// `(…)`, `-a`, `*`, `key:value`.
    fn one(&mut self) -> Node {
        self.depth += 1;
        let place = self.tokens.place();
        let token = self.tokens.key();
        let node = match token.kind {
            _ if self.depth > MOST_DEPTH => self.failed(place, "too many parentheses"),
            TokenKind::Operator('(') => {
                let node = self.any();
                let place = self.tokens.place();
                if self.tokens.key().kind.is(')') { node } else { self.failed(place, "missing \")\"") }
            }
            TokenKind::Operator('-') => Node::Not(Box::new(self.one())),
            TokenKind::Operator('*') => Node::And(Vec::new()),
            TokenKind::Word => self.matched(place, &token),
            _ => self.failed(place, "expected key:value or subexpression"),
        };
        self.depth -= 1;
        node
    }

    fn failed(&mut self, place: usize, message: &str) -> Node {
        self.tokens.fail(place, message);
        Node::And(Vec::new())
    }

    /// What follows a key.
    fn matched(&mut self, place: usize, key: &Token) -> Node {
        if !self.tokens.key().kind.is(':') {
            return self.failed(place, "expected key:value");
        }
        let value = self.tokens.value();
        if value.kind.is('(') {
            return self.list(key);
        }
        match self.value(key, value) {
            Some(node) => node,
            None => self.failed(place, "expected key:value"),
        }
    }

    /// `key:(a OR b)`, from the first value on.
    fn list(&mut self, key: &Token) -> Node {
        let mut nodes = Vec::new();
        loop {
            let place = self.tokens.place();
            let value = self.tokens.value();
            match self.value(key, value) {
                Some(node) => nodes.push(node),
                None => return self.failed(place, "expected value"),
            }
            let place = self.tokens.place();
            match self.tokens.value().kind {
                TokenKind::Operator(')') => return Node::Or(nodes),
                TokenKind::Or => {}
                _ => return self.failed(place, "value list must be separated by OR"),
            }
        }
    }

    fn value(&mut self, key: &Token, value: Token) -> Option<Node> {
        let wanted = match value.kind {
            TokenKind::Word => Match::Literal(value.text.into_bytes()),
            TokenKind::Regex(regex) => Match::Pattern(regex),
            _ => return None,
        };
        let refused = match key.text.as_str() {
            ".unit" => return Some(Node::Unit(wanted)),
            ".config" => Some(".config is only allowed in projections"),
            "" => Some("key must not be empty"),
            _ => None,
        };
        if let Some(message) = refused {
            self.refused.get_or_insert((key.offset, message));
        }
        Some(Node::Key(Key::new(&key.text, self.words), wanted))
    }
}

fn one_or(mut nodes: Vec<Node>, join: impl Fn(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(node) if nodes.is_empty() => node,
        last => {
            nodes.extend(last);
            join(nodes)
        }
    }
}
