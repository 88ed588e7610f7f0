//! Rust source as words and signs: without comments, texts and tests.

/// The words (`use`, `crate`, `42`) and signs (`::` and single ones) of a file. Of a text in quotes nothing is left but
/// the quotes.
pub(super) fn tokens(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = token_end(text, at);
        let token = &text[at..end];
        at = end;
        match token.as_bytes() {
            [b'/', b'/' | b'*', ..] | [b'\'', ..] => {}
            [first, ..] if first.is_ascii_whitespace() => {}
            [b'"', ..] => found.push("\"\""),
            // A raw or byte string; a word cannot hold a quote.
            [b'r' | b'b' | b'c', .., b'"' | b'#'] => found.push("\"\""),
            _ => found.push(token.strip_prefix("r#").unwrap_or(token)),
        }
    }
    found
}

/// Where the token that begins at `at` ends.
fn token_end(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let is_word = |symbol: char| symbol.is_alphanumeric() || symbol == '_';
    let word = at + rest.find(|symbol| !is_word(symbol)).unwrap_or(rest.len());
    if rest.starts_with("//") {
        return at + rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return at + comment_len(rest);
    }
    if rest.starts_with("::") {
        return at + 2;
    }
    if rest.starts_with('"') {
        return at + text_len(rest);
    }
    if rest.starts_with('\'') {
        return at + tick_len(rest);
    }
    if ["r", "b", "br", "c", "cr"].contains(&&text[at..word]) {
        let after = &text[word..];
        let hashes = after.len() - after.trim_start_matches('#').len();
        if after[hashes..].starts_with('"') {
            let is_raw = text[at..word].contains('r');
            return word + if is_raw { raw_len(after, hashes) } else { text_len(after) };
        }
        if hashes == 1 {
            let name = &after[1..];
            return word + 1 + name.find(|symbol| !is_word(symbol)).unwrap_or(name.len());
        }
    }
    if word > at {
        return word;
    }
    at + rest.chars().next().map_or(1, char::len_utf8)
}

fn comment_len(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let step = match &rest.as_bytes()[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

fn text_len(rest: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_len(rest: &str, hashes: usize) -> usize {
    let end = format!("\"{}", "#".repeat(hashes));
    let begin = hashes + 1;
    rest[begin..].find(&end).map_or(rest.len(), |at| begin + at + end.len())
}

/// A character (`'a'`, `'\n'`) or a lifetime (`'a`).
fn tick_len(rest: &str) -> usize {
    let mut symbols = rest.char_indices().skip(1);
    let (first, next) = (symbols.next(), symbols.next());
    match (first, next) {
        (Some((_, '\\')), Some((escaped, _))) => {
            rest[escaped + 1..].find('\'').map_or(rest.len(), |at| escaped + 1 + at + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => {
            let word = rest[1..].find(|symbol: char| !symbol.is_alphanumeric() && symbol != '_');
            1 + word.unwrap_or(rest.len() - 1)
        }
    }
}

/// The tokens without what is compiled for tests only.
pub(super) fn without_tests<'t>(tokens: &[&'t str]) -> Vec<&'t str> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].starts_with(&MARK) {
            at += MARK.len();
            at += item_len(&tokens[at..]);
        } else {
            kept.push(tokens[at]);
            at += 1;
        }
    }
    kept
}

/// The number of tokens of the item that begins here, with the attributes before it.
fn item_len(tokens: &[&str]) -> usize {
    let mut depth = 0_usize;
    let is_use = tokens.iter().take(6).take_while(|token| **token != "{").any(|token| *token == "use");
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && *token == "}" && !is_use {
                    return at + 1;
                }
            }
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

#[test]
fn comments_texts_and_characters_are_no_words() {
    let text = r##"a /* b /* c */ d */ e // f
        "g \" h" r#"i " j"# b"k" 'l' '\'' '{' 'static m::r#type 1_000"##;
    assert_eq!(tokens(text), ["a", "e", "\"\"", "\"\"", "\"\"", "m", "::", "type", "1_000"]);
}

#[test]
fn tests_are_cut_whole() {
    let text = "use a::B;
        #[cfg(test)] use c::{D, E};
        #[cfg(test)] #[path = \"x.rs\"] mod tests;
        fn f() {}
        #[cfg(test)] mod tests { fn g() { if x { h(\"}\") } } }
        const K: u8 = 1;";
    let kept = without_tests(&tokens(text)).join(" ");
    assert_eq!(kept, "use a :: B ; fn f ( ) { } const K : u8 = 1 ;");
}
