//! Text inside quotes: the escapes of JSON and of Go, and where a quoted text begins and ends.

/// The text that escapes stand for: those of JSON and of Go's `%q`. What is no escape stays as it is.
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let Some((&kind, behind)) = rest.split_first() else {
            plain.push(byte);
            break;
        };
        rest = behind;
        match kind {
            b'n' => plain.push(b'\n'),
            b't' => plain.push(b'\t'),
            b'r' => plain.push(b'\r'),
            b'a' => plain.push(7),
            b'b' => plain.push(8),
            b'f' => plain.push(12),
            b'v' => plain.push(11),
            b'x' | b'u' | b'U' => rest = push_code(&mut plain, kind, rest),
            other => plain.push(other),
        }
    }
    plain
}

/// `\x41`, `\u00a7`, `\U0001f600`, and two of `\u` for what UTF-16 needs two of.
fn push_code<'a>(plain: &mut Vec<u8>, kind: u8, rest: &'a [u8]) -> &'a [u8] {
    let digits = match kind {
        b'x' => 2,
        b'u' => 4,
        _ => 8,
    };
    let Some(code) = hex(rest, digits) else {
        plain.push(kind);
        return rest;
    };
    let rest = &rest[digits..];
    if kind == b'x' {
        plain.push(code as u8);
        return rest;
    }
    let low = rest.strip_prefix(b"\\u").and_then(|rest| hex(rest, 4));
    if let (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) = (code, low) {
        push_char(plain, 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00));
        return &rest[6..];
    }
    push_char(plain, code);
    rest
}

fn push_char(plain: &mut Vec<u8>, code: u32) {
    let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    plain.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
}

fn hex(text: &[u8], digits: usize) -> Option<u32> {
    let digits = text.get(..digits)?;
    digits.iter().try_fold(0_u32, |value, &byte| Some(value << 4 | (byte as char).to_digit(16)?))
}

/// Where the quoted text that holds position `at` begins and ends, without its quotes; up to the end of the line if
/// the closing one is missing.
pub(super) fn quoted_around(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut begin = None;
    let mut index = 0;
    while index < line.len() {
        match (line[index], begin) {
            (b'\\', Some(_)) => index += 1,
            (b'"', None) => begin = Some(index + 1),
            (b'"', Some(first)) if at < index => return (first <= at).then_some((first, index)),
            (b'"', Some(_)) => begin = None,
            _ => {}
        }
        if begin.is_none() && index >= at {
            return None;
        }
        index += 1;
    }
    begin.filter(|&first| first <= at).map(|first| (first, line.len()))
}

/// The value of a key of a JSON object on one line, still with its escapes: `"log":"…"`.
pub(super) fn json_text<'a>(line: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let mut from = 0;
    loop {
        let at = from + memchr::memmem::find(line.get(from..)?, key)?;
        let end = at + key.len();
        // An empty key is found everywhere.
        from = end.max(at + 1);
        let is_key = at > 0 && line[at - 1] == b'"' && line.get(end) == Some(&b'"');
        if !is_key {
            continue;
        }
        let rest = line[end + 1..].trim_ascii_start();
        let Some(rest) = rest.strip_prefix(b":") else { continue };
        return quoted(rest.trim_ascii_start());
    }
}

/// The text behind a quote up to the closing one.
pub(super) fn quoted(text: &[u8]) -> Option<&[u8]> {
    let inner = text.strip_prefix(b"\"")?;
    let mut at = 0;
    while at < inner.len() {
        match inner[at] {
            b'\\' => at += 2,
            b'"' => return Some(&inner[..at]),
            _ => at += 1,
        }
    }
    Some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_json_and_go() {
        let plain = |text: &str| String::from_utf8_lossy(&unescape(text.as_bytes())).into_owned();
        assert_eq!(plain(r"a\n\tb \u00a7 \ud83d\ude00 \x41 \q \"), "a\n\tb § 😀 A q \\");
        assert_eq!(plain(r#"\"\\n\" \u12"#), "\"\\n\" u12");
    }

    #[test]
    fn quotes_around_a_place() {
        let around = |line: &str, word: &str| {
            let at = line.find(word).expect("the word");
            quoted_around(line.as_bytes(), at).map(|(begin, end)| line[begin..end].to_owned())
        };
        assert_eq!(around(r#"a="b c" d="e \" f" g"#, "f"), Some(r#"e \" f"#.to_owned()));
        assert_eq!(around(r#"a="b c" d="e" g"#, "g"), None);
        assert_eq!(around(r#"a="b c cut"#, "cut"), Some("b c cut".to_owned()));
    }

    #[test]
    fn values_of_keys() {
        let line = br#"{"a": "log", "log" : "x \"y\"", "stream":"stderr"}"#;
        assert_eq!(json_text(line, b"log"), Some(&br#"x \"y\""#[..]));
        assert_eq!(json_text(line, b"stream"), Some(&b"stderr"[..]));
        assert_eq!(json_text(line, b"time"), None);
        // Found by fuzzing: it was looked for at the same place for ever.
        assert_eq!(json_text(line, b""), None);
        assert_eq!(json_text(br#"{"": "x", "a": ""}"#, b""), Some(&b"x"[..]));
    }
}
