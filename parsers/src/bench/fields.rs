//! Fields of a line, separated by Unicode's white space as Go sees it.

/// Splits off the first field of a line; the rest begins with the next one.
pub(super) fn split_field(line: &[u8]) -> (&[u8], &[u8]) {
    let end = find(line, is_space);
    let (field, rest) = line.split_at(end);
    (field, &rest[find(rest, |rune| !is_space(rune))..])
}

/// Go's `unicode.IsSpace`: White_Space of Unicode.
pub(super) fn is_space(rune: char) -> bool {
    rune.is_whitespace()
}

/// The first rune of some bytes and its length; of bytes that are no UTF-8, U+FFFD and 1, as Go decodes them.
pub(super) fn first_rune(bytes: &[u8]) -> Option<(char, usize)> {
    let &first = bytes.first()?;
    if first.is_ascii() {
        return Some((char::from(first), 1));
    }
    let longest = &bytes[..bytes.len().min(4)];
    let valid = longest.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    Some(valid.map_or((char::REPLACEMENT_CHARACTER, 1), |rune| (rune, rune.len_utf8())))
}

/// Where the first rune is of which something holds; the length if there is none.
fn find(bytes: &[u8], holds: impl Fn(char) -> bool) -> usize {
    let mut at = 0;
    while let Some((rune, length)) = first_rune(&bytes[at..]) {
        if holds(rune) {
            break;
        }
        at += length;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_end_at_any_white_space() {
        let line = "Name\u{a0}10 \t\u{2003}5".as_bytes();
        let (name, rest) = split_field(line);
        let (count, rest) = split_field(rest);
        assert_eq!((name, count, rest), (&b"Name"[..], &b"10"[..], &b"5"[..]));
        assert_eq!(split_field(b"\xff\xe2 x"), (&b"\xff\xe2"[..], &b"x"[..]));
        assert_eq!(split_field(b" x"), (&b""[..], &b"x"[..]));
        assert_eq!(split_field(b""), (&b""[..], &b""[..]));
    }
}
