//! What stands before each line of a log: learned from the line on which a goroutine begins, with times as gaps.

use std::borrow::Cow;

use super::escaped::{json_text, unescape};
use super::model::PrefixKind;

/// A prefix, or a field of JSON objects.
#[derive(Debug)]
pub(super) enum Template {
    /// Text before each line.
    Text {
        /// What it is made of.
        pieces: Vec<Piece>,
        /// What stands before the further lines of a text of several lines: `t.Log` indents them.
        is_test_log: bool,
    },
    /// The text in the field of a JSON object on each line.
    Json {
        /// The name of the field.
        key: Vec<u8>,
    },
}

/// A part of a prefix.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The same on each line.
    Text(Vec<u8>),
    /// A time.
    Time,
}

/// A line without its prefix, and the time in it.
pub(super) struct Stripped<'a> {
    pub(super) line: Cow<'a, [u8]>,
    pub(super) time: &'a [u8],
}

impl Template {
    /// Learns from what stands before a goroutine.
    pub(super) fn learn(prefix: &[u8]) -> Self {
        let mut pieces = Vec::new();
        let mut text = Vec::new();
        let mut at = 0;
        while at < prefix.len() {
            // A time begins where a word begins.
            let is_start = at == 0 || !prefix[at - 1].is_ascii_alphanumeric();
            match time_len(&prefix[at..]).filter(|_| is_start) {
                Some(len) => {
                    if !text.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut text)));
                    }
                    pieces.push(Piece::Time);
                    at += len;
                }
                None => {
                    text.push(prefix[at]);
                    at += 1;
                }
            }
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        let trimmed = prefix.trim_ascii();
        let is_test_log = prefix.starts_with(b"    ")
            && trimmed.ends_with(b":")
            && memchr::memmem::find(trimmed, b".go:").is_some();
        Self::Text { pieces, is_test_log }
    }

    /// What is the same on each line: whose lines they are.
    pub(super) fn source(&self) -> String {
        match self {
            Self::Json { .. } => String::new(),
            Self::Text { pieces, .. } => {
                let texts = pieces.iter().filter_map(|piece| match piece {
                    Piece::Text(text) => Some(String::from_utf8_lossy(text)),
                    Piece::Time => None,
                });
                let text = texts.collect::<String>();
                let marks = |char: char| char.is_whitespace() || matches!(char, '|' | ':' | '[' | ']');
                text.trim_matches(marks).to_owned()
            }
        }
    }

    /// What kind of prefix it is.
    pub(super) fn kind(&self) -> PrefixKind {
        let Self::Text { pieces, .. } = self else { return PrefixKind::JsonLines };
        let has_time = pieces.contains(&Piece::Time);
        let text = pieces.iter().fold(Vec::new(), |mut all, piece| {
            if let Piece::Text(text) = piece {
                all.extend_from_slice(text);
            }
            all
        });
        if text.starts_with(b"[pod/") {
            PrefixKind::Kubectl
        } else if text.ends_with(b" | ") {
            PrefixKind::Compose
        } else if has_time && text.ends_with(b"]: ") {
            PrefixKind::Journald
        } else if text.trim_ascii().is_empty() {
            if has_time { PrefixKind::Time } else { PrefixKind::Indent }
        } else {
            PrefixKind::Other
        }
    }

    /// The line without this prefix; `None` if it has another one.
    pub(super) fn strip<'a>(&self, line: &'a [u8]) -> Option<Stripped<'a>> {
        match self {
            Self::Json { key } => {
                if line.first() != Some(&b'{') {
                    return None;
                }
                let text = json_text(line, key)?;
                let text = text.strip_suffix(br"\n").unwrap_or(text);
                Some(Stripped { line: Cow::Owned(unescape(text)), time: b"" })
            }
            Self::Text { pieces, .. } => strip_pieces(pieces, line),
        }
    }
}

fn strip_pieces<'a>(pieces: &[Piece], line: &'a [u8]) -> Option<Stripped<'a>> {
    let mut rest = line;
    let mut time: &[u8] = b"";
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Time => {
                let len = time_len(rest)?;
                if time.is_empty() {
                    time = &rest[..len];
                }
                rest = &rest[len..];
            }
            Piece::Text(text) => match rest.strip_prefix(&text[..]) {
                Some(behind) => rest = behind,
                // Spaces at the end of a line are lost easily: an empty line.
                None if index + 1 == pieces.len() && rest == text.trim_ascii_end() => rest = b"",
                None => return None,
            },
        }
    }
    // rsyslog writes control characters in octal.
    let line = match rest.strip_prefix(b"#011") {
        Some(text) => Cow::Owned([b"\t", text].concat()),
        None => Cow::Borrowed(rest),
    };
    Some(Stripped { line, time })
}

/// How long the time is with which a text begins.
pub(super) fn time_len(text: &[u8]) -> Option<usize> {
    if let Some(len) = date_len(text) {
        let clock = clock_len(text.get(len + 1..)?)?;
        matches!(text[len], b'T' | b' ' | b'_').then_some(())?;
        let len = len + 1 + clock;
        return Some(len + zone_len(&text[len..]));
    }
    if let Some(len) = month_day_len(text) {
        return Some(len + clock_len(&text[len..])?);
    }
    clock_len(text).or_else(|| epoch_len(text))
}

/// `2026-05-11` or `2026/05/11`.
fn date_len(text: &[u8]) -> Option<usize> {
    let shape = text.get(..10)?;
    let is_date = shape.iter().enumerate().all(|(at, &byte)| match at {
        4 | 7 => matches!(byte, b'-' | b'/'),
        _ => byte.is_ascii_digit(),
    });
    is_date.then_some(10)
}

/// `May 11 ` or `May  1 `.
fn month_day_len(text: &[u8]) -> Option<usize> {
    const MONTHS: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let (month, rest) = text.split_at_checked(3)?;
    let [b' ', b' ' | b'0'..=b'3', b'0'..=b'9', b' ', ..] = rest else { return None };
    MONTHS.contains(&month).then_some(7)
}

/// `10:00:00`, `10:00:00.123456`.
fn clock_len(text: &[u8]) -> Option<usize> {
    let shape = text.get(..8)?;
    let is_clock = shape.iter().enumerate().all(|(at, &byte)| match at {
        2 | 5 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    is_clock.then(|| 8 + fraction_len(&text[8..]))
}

fn fraction_len(text: &[u8]) -> usize {
    let digits = text.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
    if matches!(text.first(), Some(b'.' | b',')) && digits > 0 { 1 + digits } else { 0 }
}

/// `Z`, `+02:00`, `+0200`.
fn zone_len(text: &[u8]) -> usize {
    match text {
        [b'Z', ..] => 1,
        [b'+' | b'-', a, b, b':', c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => 6,
        [b'+' | b'-', a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => 5,
        _ => 0,
    }
}

/// Seconds, milliseconds or nanoseconds since 1970, or seconds since a start with a fraction.
fn epoch_len(text: &[u8]) -> Option<usize> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let fraction = fraction_len(&text[digits..]);
    ((10..=19).contains(&digits) || digits > 0 && fraction > 3).then_some(digits + fraction)
}

/// A line of Kubernetes' container runtime: `TIME stderr F TEXT`.
pub(super) struct Cri<'a> {
    pub(super) time: &'a [u8],
    /// `stdout` or `stderr`.
    pub(super) stream: &'a str,
    /// Whether the line goes on in the next of its stream.
    pub(super) is_partial: bool,
    pub(super) text: &'a [u8],
}

/// Reads a line of Kubernetes' container runtime.
pub(super) fn parse_cri(line: &[u8]) -> Option<Cri<'_>> {
    date_len(line)?;
    let len = time_len(line)?;
    let (time, rest) = line.split_at(len);
    let (stream, rest) = match rest {
        [b' ', b's', b't', b'd', b'o', b'u', b't', b' ', rest @ ..] => ("stdout", rest),
        [b' ', b's', b't', b'd', b'e', b'r', b'r', b' ', rest @ ..] => ("stderr", rest),
        _ => return None,
    };
    // More tags may stand behind the first one: `P:x`.
    let (&tag, behind) = rest.split_first().filter(|(tag, _)| matches!(tag, b'F' | b'P'))?;
    let text = match behind.first() {
        None => behind,
        Some(b' ') => &behind[1..],
        Some(b':') => behind.splitn(2, |&byte| byte == b' ').nth(1).unwrap_or(&[]),
        Some(_) => return None,
    };
    Some(Cri { time, stream, is_partial: tag == b'P', text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_learned_with_its_times() {
        let learn = |prefix: &str, line: &str| {
            let template = Template::learn(prefix.as_bytes());
            let rest = template.strip(line.as_bytes());
            let rest = rest.map_or_else(
                || "other".to_owned(),
                |stripped| {
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    format!("{:?} at {:?}", text(&stripped.line), text(stripped.time))
                },
            );
            format!("{} of {:?}: {rest}", template.kind().word(), template.source())
        };
        let table = [
            learn("web-1     | ", "web-1     | \tmain.go:1"),
            learn("web-1     | ", "web-1     |"),
            learn("web-1  | ", "web-2  | main.main()"),
            learn("May 11 10:00:00 node3 shop[4711]: ", "Jun  1 09:59:59 node3 shop[4711]: #011main.go:1"),
            learn("2026-05-11T10:00:00.123Z ", "2026-05-11T10:00:01.5+02:00 main.main()"),
            learn("[pod/shop-7d9f8b6c5-x2x7k/web] ", "[pod/shop-7d9f8b6c5-x2x7k/web] "),
            learn("        ", "        main.main()"),
            learn("svc 1778493600.125 ERR ", "svc 1778493601.250 ERR x"),
            learn("2026/05/11 10:00:00 main.go:12: ", "2026/05/11 10:00:00 main.go:12: y"),
        ];
        insta::assert_snapshot!(table.join("\n"), @r#"
        compose of "web-1": "\tmain.go:1" at ""
        compose of "web-1": "" at ""
        compose of "web-1": other
        journald of "node3 shop[4711": "\tmain.go:1" at "Jun  1 09:59:59"
        time of "": "main.main()" at "2026-05-11T10:00:01.5+02:00"
        kubectl of "pod/shop-7d9f8b6c5-x2x7k/web": "" at ""
        indent of "": "main.main()" at ""
        other of "svc  ERR": "x" at "1778493601.250"
        other of "main.go:12": "y" at "2026/05/11 10:00:00"
        "#);
    }

    #[test]
    fn lines_of_kubernetes() {
        let shown = |line: &str| {
            parse_cri(line.as_bytes()).map(|cri| {
                (cri.stream.to_owned(), cri.is_partial, String::from_utf8_lossy(cri.text).into_owned())
            })
        };
        let full = |text: &str| Some(("stderr".to_owned(), false, text.to_owned()));
        assert_eq!(shown("2026-05-11T10:00:00.1Z stderr F \tmain.go:1"), full("\tmain.go:1"));
        assert_eq!(shown("2026-05-11T10:00:00.1Z stderr F"), full(""));
        assert_eq!(
            shown("2026-05-11T10:00:00.1Z stdout P:x a b"),
            Some(("stdout".to_owned(), true, "a b".to_owned()))
        );
        assert_eq!(shown("2026-05-11T10:00:00.1Z stderr Fail"), None);
        assert_eq!(shown("2026-05-11T10:00:00.1Z started"), None);
    }
}
