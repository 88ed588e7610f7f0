//! `-table`, `-row`, `-col`, `-ignore`: keys, each with an order.

use super::token::{SyntaxError, TokenKind, Tokens};

/// A key of a projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldSyntax {
    pub(super) key: String,
    pub(super) order: OrderSyntax,
    /// Bytes of the query at which they stand.
    pub(super) key_offset: usize,
    pub(super) order_offset: usize,
}

/// The order of a key's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OrderSyntax {
    /// By a name; `first` where none is written.
    Named(String),
    /// As written, and no others.
    Fixed(Vec<String>),
}

/// Reads keys, separated by blanks or commas.
pub(super) fn read_fields(query: &str) -> Result<Vec<FieldSyntax>, SyntaxError> {
    let mut tokens = Tokens::new(query);
    let mut fields: Vec<FieldSyntax> = Vec::new();
    loop {
        let place = tokens.place();
        match tokens.key().kind {
            TokenKind::End => break,
            TokenKind::Operator(',') if !fields.is_empty() => {}
            _ => tokens.go_to(place),
        }
        fields.extend(read_field(&mut tokens));
    }
    tokens.finish()?;
    Ok(fields)
}

fn read_field(tokens: &mut Tokens<'_>) -> Option<FieldSyntax> {
    let place = tokens.place();
    let key = tokens.key();
    if !matches!(key.kind, TokenKind::Word) {
        tokens.fail(place, "expected key");
        return None;
    }
    let after = tokens.place();
    if !tokens.key().kind.is('@') {
        tokens.go_to(after);
        let order = OrderSyntax::Named("first".to_owned());
        let order_offset = key.offset + key.text.len();
        return Some(FieldSyntax { key: key.text, order, key_offset: key.offset, order_offset });
    }
    let place = tokens.place();
    let order = tokens.key();
    let order_offset = order.offset;
    let order = match order.kind {
        TokenKind::Word => OrderSyntax::Named(order.text),
        TokenKind::Operator('(') => OrderSyntax::Fixed(read_values(tokens)?),
        _ => {
            tokens.fail(place, "expected named sort order or parenthesized list");
            return None;
        }
    };
    Some(FieldSyntax { key: key.text, order, key_offset: key.offset, order_offset })
}

/// The values up to `)`.
fn read_values(tokens: &mut Tokens<'_>) -> Option<Vec<String>> {
    let mut values = Vec::new();
    loop {
        let place = tokens.place();
        let token = tokens.key();
        match token.kind {
            TokenKind::Word => values.push(token.text),
            TokenKind::Operator(')') if !values.is_empty() => return Some(values),
            TokenKind::Operator(')') => {
                tokens.fail(place, "nothing to match");
                return None;
            }
            _ => {
                tokens.fail(place, "missing )");
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_orders() {
        let fields = read_fields(r#"pkg,/n@num ".file"@(b a)"#).unwrap_or_default();
        let shown: Vec<String> = fields.iter().map(|it| format!("{} {:?}", it.key, it.order)).collect();
        assert_eq!(shown, [r#"pkg Named("first")"#, r#"/n Named("num")"#, r#".file Fixed(["b", "a"])"#]);
        assert_eq!(read_fields("").unwrap_or_default(), []);
        for wrong in [",a", "a,", "a@", "a@()", "a@(b", "(a)", "a,,b"] {
            assert!(read_fields(wrong).is_err(), "{wrong}");
        }
    }
}
