//! What Go writes into the comments of its text profiles: names of addresses, and labels.
//!
//! ```text
//! 2 @ 0x103b125 0x106cd1f 0x106fd81
//! # labels: {"path":"/orders"}
//! #  0x103b124  time.Sleep+0xbe    /usr/go/src/time/time.go:188     inlined into …
//! #  0x103b124  main.work+0x20    /src/main.go:12                  … this: same address
//! #  0x106cd1e  main.main+0x29    /src/main.go:30
//! ```
//!
//! The address in a comment is that of the call, one less than where it returns to, and so the address of our
//! location. Go leaves out the first frames if they are the runtime's, and always `runtime.goexit` at the root.

use std::collections::HashMap;

use crate::pprof::builder::ProfileBuilder;
use crate::pprof::profile::Line;

/// The frame that Go never lists, at the root of every goroutine.
const ROOT_FUNCTION: &str = "runtime.goexit";

/// A function and a place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) function: String,
    pub(super) file: String,
    pub(super) line: i64,
}

/// Frames by location address, and the comments of the sample at hand.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    /// Innermost first. Addresses are untrusted, hence std's keyed hash.
    frames: HashMap<u64, Vec<Frame>>,
    /// Comments since the last sample.
    pending: Vec<(u64, Frame)>,
}

impl Symbols {
    /// Takes in one comment line after a sample; `true` if it is one of a frame.
    pub(super) fn read_comment(&mut self, line: &str) -> bool {
        let Some(comment) = parse_frame(line) else { return false };
        self.pending.push(comment);
        true
    }

    /// Gives the frames of an address.
    pub(super) fn insert(&mut self, address: u64, frames: Vec<Frame>) {
        self.frames.entry(address).or_insert(frames);
    }

    /// Whether there are comments that wait for their sample's end.
    pub(super) fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Matches the comments since the last call with the stack (location addresses, leaf first) before them. Returns
    /// how many addresses at the leaf have no comment.
    pub(super) fn end_sample(&mut self, stack: &[u64]) -> usize {
        let pending = std::mem::take(&mut self.pending);
        let mut at = 0;
        let mut n_hidden = None;
        for group in pending.chunk_by(|low, high| low.0 == high.0) {
            let Some(&(comment_address, _)) = group.first() else { continue };
            // A fault is reported at its own address, not at the one of a call before it.
            let candidates = [comment_address, comment_address.wrapping_sub(1)];
            let after = stack.get(at..).unwrap_or(&[]);
            let Some(found) = after.iter().position(|address| candidates.contains(address)) else { continue };
            let run = after.get(found..).unwrap_or(&[]);
            let Some(&address) = run.first() else { continue };
            // A function that calls itself from one place repeats the address, and with it all its frames.
            let repeats = run.iter().take_while(|&&next| next == address).count();
            if group.len().is_multiple_of(repeats) {
                let frames = group.iter().take(group.len() / repeats).map(|(_, frame)| frame.clone());
                self.frames.entry(address).or_insert_with(|| frames.collect());
            }
            n_hidden.get_or_insert(found);
            at += found + repeats;
        }
        // Once Go lists frames, it leaves out none but the root.
        if at > 0
            && at + 1 == stack.len()
            && let Some(&root) = stack.last()
        {
            let frame = Frame { function: ROOT_FUNCTION.to_owned(), file: String::new(), line: 0 };
            self.insert(root, vec![frame]);
        }
        self.pending = pending;
        self.pending.clear();
        n_hidden.unwrap_or(0)
    }

    /// The frames of an address as lines of a profile, innermost first.
    pub(super) fn lines(&self, address: u64, builder: &mut ProfileBuilder) -> Vec<Line> {
        let frames = self.frames.get(&address).map_or(&[][..], Vec::as_slice);
        let mut line = |frame: &Frame| Line {
            function: builder.function(&frame.function, &frame.file, 0),
            line: frame.line,
            column: 0,
        };
        frames.iter().map(&mut line).collect()
    }
}

/// `#  0x103b124  time.Sleep+0xbe    /usr/go/src/time/time.go:188`; frames without a name are none.
fn parse_frame(line: &str) -> Option<(u64, Frame)> {
    let mut columns = line.strip_prefix('#')?.split('\t').map(str::trim).filter(|column| !column.is_empty());
    let address = u64::from_str_radix(columns.next()?.strip_prefix("0x")?, 16).ok()?;
    let (function, _) = columns.next()?.rsplit_once('+')?;
    let place = columns.next().unwrap_or("");
    let (file, line) = match place.rsplit_once(':').map(|(file, line)| (file, line.parse())) {
        Some((file, Ok(line))) => (file, line),
        _ => (place, 0),
    };
    Some((address, Frame { function: function.to_owned(), file: file.to_owned(), line }))
}

/// The labels of `# labels: {"key":"value", "key2":"value2"}`.
pub(super) fn parse_labels(line: &str) -> Option<Vec<(String, String)>> {
    let mut rest = line.strip_prefix("# labels: {")?;
    let mut labels = Vec::new();
    while !rest.starts_with('}') {
        let (key, after_key) = quoted(rest)?;
        let (value, after_value) = quoted(after_key.strip_prefix(':')?)?;
        labels.push((key, value));
        rest = after_value.strip_prefix(", ").unwrap_or(after_value);
        // Neither the end nor another label.
        if !rest.starts_with(['"', '}']) {
            return None;
        }
    }
    Some(labels)
}

/// A string in quotes with Go's escapes off the front.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut chars = text.strip_prefix('"')?.chars();
    let mut bytes = Vec::new();
    let mut buffer = [0; 4];
    loop {
        match chars.next()? {
            '"' => return Some((String::from_utf8_lossy(&bytes).into_owned(), chars.as_str())),
            '\\' => match chars.next()? {
                'a' => bytes.push(0x07),
                'b' => bytes.push(0x08),
                'f' => bytes.push(0x0c),
                'n' => bytes.push(b'\n'),
                'r' => bytes.push(b'\r'),
                't' => bytes.push(b'\t'),
                'v' => bytes.push(0x0b),
                'x' => bytes.push(u8::try_from(hex(&mut chars, 2)?).ok()?),
                'u' => bytes.extend_from_slice(unicode(hex(&mut chars, 4)?, &mut buffer)?),
                'U' => bytes.extend_from_slice(unicode(hex(&mut chars, 8)?, &mut buffer)?),
                escaped => bytes.extend_from_slice(escaped.encode_utf8(&mut buffer).as_bytes()),
            },
            plain => bytes.extend_from_slice(plain.encode_utf8(&mut buffer).as_bytes()),
        }
    }
}

fn hex(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0u32, |value, _| Some(value.wrapping_shl(4) | chars.next()?.to_digit(16)?))
}

fn unicode(code: u32, buffer: &mut [u8; 4]) -> Option<&[u8]> {
    Some(char::from_u32(code)?.encode_utf8(buffer).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names by address after one sample with comments.
    fn named(stack: &[u64], comments: &[&str]) -> String {
        let mut symbols = Symbols::default();
        for comment in comments {
            assert!(symbols.read_comment(comment), "{comment}");
        }
        symbols.end_sample(stack);
        let name = |address: &u64| {
            let names = symbols.frames.get(address).map_or(&[][..], Vec::as_slice);
            names.iter().map(|frame| frame.function.as_str()).collect::<Vec<_>>().join("<")
        };
        stack.iter().map(name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn frames_of_one_address_are_inlined_and_the_hidden_root_is_known() {
        let comments =
            ["#\t0x20\ta.leaf+0x1\tf.go:1", "#\t0x20\ta.caller+0x1\tf.go:2", "#\t0x30\ta.main+0x1\tf.go:3"];
        assert_eq!(named(&[0x10, 0x20, 0x30, 0x40], &comments), " a.leaf<a.caller a.main runtime.goexit");
    }

    #[test]
    fn a_function_that_calls_itself_is_not_inlined_into_itself() {
        let comments =
            ["#\t0x20\ta.f+0x1\tf.go:1", "#\t0x20\ta.f+0x1\tf.go:1", "#\t0x30\ta.main+0x1\tf.go:3"];
        assert_eq!(named(&[0x20, 0x20, 0x30], &comments), "a.f a.f a.main");
    }

    #[test]
    fn labels_are_unquoted_as_go_quotes_them() {
        let labels = parse_labels(r##"# labels: {"a b":"\"x\"", "k":"\n\u00e9\xe2\x82\xac"}"##).unwrap();
        let expected = [("a b", "\"x\""), ("k", "\né€")];
        assert_eq!(labels, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(parse_labels("# labels: {}").unwrap(), []);
        assert_eq!(parse_labels("# labels: {\"cut"), None);
        assert_eq!(parse_labels("# labels: {\"a\":\"b\"x"), None);
    }
}
