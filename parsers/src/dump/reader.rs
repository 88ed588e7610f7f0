//! From the lines of a file to its dumps: takes off what a log put around each line, and gives each program its stream.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::escaped::{json_text, quoted_around, unescape};
use super::header::begins_header;
use super::model::{DumpFile, PrefixKind};
use super::prefix::{Template, parse_cri};
use super::race::RACE_HEAD;
use super::stream::Stream;
use crate::error::ParseError;
use crate::text_lines::{TextOptions, for_each_line};

/// How a text with dumps is read.
pub type DumpOptions<'a> = TextOptions<'a>;

/// Reads all dumps, panics and race reports of a text, plain or compressed. A text without any is no error: the result
/// is empty then.
///
/// # Errors
/// [`ParseError::Empty`]; damage of the compressed layer at its beginning, its limit, or [`ParseError::Cancelled`].
pub fn read_dumps(bytes: &[u8], options: &DumpOptions<'_>) -> Result<DumpFile, ParseError> {
    if bytes.is_empty() {
        return Err(ParseError::Empty);
    }
    let mut reader = Reader::default();
    let mut n_lines = 0;
    let read = for_each_line(bytes, options, |line, number| {
        n_lines = number;
        reader.raw_line(line, number);
        Ok(())
    });
    match read {
        Ok(()) => {}
        // What came out of a file that is cut off is sound up to there.
        Err(error @ ParseError::Inflate { .. }) if n_lines > 0 => {
            reader.out.lose(n_lines, error.to_string().as_bytes(), "the compressed file is damaged here");
        }
        Err(error) => return Err(error),
    }
    let mut file = reader.finish();
    let head = bytes.get(..4096).unwrap_or(bytes);
    if file.prefix == PrefixKind::None && head.windows(2).any(|pair| pair == b"\r\n") {
        file.prefix = PrefixKind::Crlf;
    }
    Ok(file)
}

/// Whether a text holds a goroutine or a race report.
pub(crate) fn has_dump(text: &[u8]) -> bool {
    let mut reader = Reader::default();
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        reader.raw_line(line, index as u64 + 1);
        if !reader.out.races.is_empty() || reader.has_goroutine() {
            return true;
        }
    }
    !reader.finish().races.is_empty()
}

/// Prefixes that are told apart; more are no log of services.
const MAX_TEMPLATES: usize = 64;

#[derive(Debug, Default)]
struct Reader {
    out: DumpFile,
    /// Lines without a prefix, and those of each stream of a container.
    bases: Vec<Base>,
    /// Lines with a learned prefix.
    learned: Vec<Learned>,
    /// The one that had the last line.
    last: usize,
    /// The last lines that belong to no dump: the text before a goroutine, whose prefix is learned later.
    recent: Recent,
}

#[derive(Debug)]
struct Base {
    /// `stderr`; empty for a file that is no log of a container.
    name: String,
    stream: Stream,
    /// The beginning of a line that a container runtime divided.
    partial: Vec<u8>,
}

#[derive(Debug)]
struct Learned {
    template: Template,
    stream: Stream,
    /// Whether the further lines of the text have no prefix: one call of a logger printed all.
    is_only_first: bool,
    /// The number of the line on which the prefix stood last.
    last_line: u64,
}

impl Reader {
    fn raw_line(&mut self, line: &[u8], number: u64) {
        match line.first() {
            Some(b'{') if line.starts_with(b"{\"log\":\"") => return self.docker_line(line, number),
            Some(b'0'..=b'9') => {
                if let Some(cri) = parse_cri(line) {
                    let base = self.base(cri.stream, PrefixKind::Cri);
                    self.bases[base].partial.extend_from_slice(cri.text);
                    if !cri.is_partial || self.bases[base].partial.len() > MAX_PARTIAL_BYTES {
                        let text = std::mem::take(&mut self.bases[base].partial);
                        self.line_at(&text, number, base, cri.time);
                        self.bases[base].give_back(text);
                    }
                    return;
                }
            }
            _ => {}
        }
        let base = self.base("", PrefixKind::None);
        self.line_at(line, number, base, b"");
    }

    /// `{"log":"main.main()\n","stream":"stderr","time":"…"}`; a text without `\n` goes on in the next line.
    fn docker_line(&mut self, line: &[u8], number: u64) {
        let stream = json_text(line, b"stream").unwrap_or(b"");
        let base = self.base(&String::from_utf8_lossy(stream), PrefixKind::Docker);
        let text = json_text(line, b"log").unwrap_or(b"");
        let part = unescape(text);
        let whole = part.strip_suffix(b"\n");
        self.bases[base].partial.extend_from_slice(whole.unwrap_or(&part));
        if whole.is_none() && self.bases[base].partial.len() <= MAX_PARTIAL_BYTES {
            return;
        }
        let text = std::mem::take(&mut self.bases[base].partial);
        let time = json_text(line, b"time").unwrap_or(b"");
        for line in text.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            self.line_at(line, number, base, time);
        }
        self.bases[base].give_back(text);
    }

    fn base(&mut self, name: &str, kind: PrefixKind) -> usize {
        let known = self.bases.iter().position(|base| base.name == name);
        known.unwrap_or_else(|| {
            // Docker's streams are two; a file that names thousands of them is none of Docker's.
            if self.bases.len() >= MAX_TEMPLATES {
                return 0;
            }
            if kind != PrefixKind::None && self.out.prefix == PrefixKind::None {
                self.out.prefix = kind;
            }
            let stream = Stream::of(name.to_owned());
            self.bases.push(Base { name: name.to_owned(), stream, partial: Vec::new() });
            self.bases.len() - 1
        })
    }

    /// A line without what a container runtime puts around it.
    fn line_at(&mut self, line: &[u8], number: u64, base: usize, time: &[u8]) {
        if self.learned_line(line, number) {
            return;
        }
        let stream = &mut self.bases[base].stream;
        set_time(stream, time);
        if stream.line(line, number, &mut self.out) {
            return;
        }
        if let Some(at) = mark_inside(line)
            && self.marked_line(line, at, number, 0)
        {
            return;
        }
        self.recent.push(line, number);
    }

    /// Gives the line to the program whose prefix it has.
    fn learned_line(&mut self, line: &[u8], number: u64) -> bool {
        let n_learned = self.learned.len();
        for turn in 0..n_learned {
            let at = (self.last + turn) % n_learned;
            let Learned { template, stream, last_line, .. } = &mut self.learned[at];
            let template = &*template;
            if let Some(stripped) = template.strip(line) {
                set_time(stream, stripped.time);
                *last_line = number;
                self.last = at;
                let has_octal = matches!((&stripped.line, template), (Cow::Owned(_), Template::Text { .. }));
                if has_octal && self.out.prefix == PrefixKind::Journald {
                    self.out.prefix = PrefixKind::Rsyslog;
                }
                if !stream.line(&stripped.line, number, &mut self.out) {
                    let text = stripped.line.into_owned();
                    if let Some(at) = escaped_mark(&text) {
                        self.escaped_text(&text, at, number, 0);
                    }
                }
                return true;
            }
        }
        self.learned.get_mut(self.last).is_some_and(|learned| learned.follow(line, number, &mut self.out))
    }

    /// A line with a goroutine or a race report somewhere inside: learns its prefix, or reads the escaped text.
    fn marked_line(&mut self, line: &[u8], at: usize, number: u64, depth: u32) -> bool {
        if escaped_mark(line).is_some() {
            return self.escaped_text(line, at, number, depth);
        }
        let json_key = line.starts_with(b"{").then(|| key_before(line, at)).flatten();
        let template = match json_key {
            Some(key) => Template::Json { key: key.to_vec() },
            // A tab before a goroutine is the text of a panic.
            None => {
                let prefix = without_last_tabs(&line[..at]);
                Template::learn(if prefix.is_empty() { &line[..at] } else { prefix })
            }
        };
        if self.learned.len() >= MAX_TEMPLATES {
            return false;
        }
        if self.out.prefix == PrefixKind::None {
            self.out.prefix = template.kind();
        }
        let stream = Stream::of(template.source());
        self.learned.push(Learned { template, stream, is_only_first: false, last_line: 0 });
        self.last = self.learned.len() - 1;
        // What stood before it with the same prefix belongs to it: why the program died.
        for (number, line) in std::mem::take(&mut self.recent.lines) {
            let learned = self.learned.last_mut();
            let stripped = learned.as_ref().and_then(|learned| learned.template.strip(&line));
            match (stripped, learned) {
                (Some(stripped), Some(learned)) => {
                    set_time(&mut learned.stream, stripped.time);
                    learned.stream.line(&stripped.line, number, &mut self.out);
                }
                _ => self.recent.lines.push_back((number, line)),
            }
        }
        self.learned_line(line, number)
    }

    /// A dump with escapes, whole on one line.
    fn escaped_text(&mut self, line: &[u8], at: usize, number: u64, depth: u32) -> bool {
        const MAX_DEPTH: u32 = 3;
        let (begin, end) = quoted_around(line, at).unwrap_or((at, line.len()));
        let text = unescape(&line[begin..end]);
        let is_whole = text.split(|&byte| byte == b'\n').any(|line| begins_header(line) || line == RACE_HEAD);
        if !is_whole {
            // Quoted twice: a log of logs.
            let inner = mark_inside(&text).filter(|_| depth < MAX_DEPTH);
            return inner.is_some_and(|at| self.marked_line(&text, at, number, depth + 1));
        }
        if self.out.prefix == PrefixKind::None {
            let is_json = line.trim_ascii_start().starts_with(b"{");
            self.out.prefix = if is_json { PrefixKind::JsonEscaped } else { PrefixKind::Logfmt };
        }
        let mut stream = Stream::default();
        if let Some(message) = message(line) {
            stream.set_reason(&message);
        }
        set_time(&mut stream, json_text(line, b"time").unwrap_or(b""));
        for line in text.split(|&byte| byte == b'\n') {
            stream.line(line.strip_suffix(b"\r").unwrap_or(line), number, &mut self.out);
        }
        stream.finish(&mut self.out);
        true
    }

    fn has_goroutine(&self) -> bool {
        let streams = self.bases.iter().map(|base| &base.stream);
        let mut streams = streams.chain(self.learned.iter().map(|learned| &learned.stream));
        !self.out.dumps.is_empty() || streams.any(Stream::is_in_goroutine)
    }

    fn finish(mut self) -> DumpFile {
        for base in &mut self.bases {
            base.stream.finish(&mut self.out);
        }
        for learned in &mut self.learned {
            learned.stream.finish(&mut self.out);
        }
        let mut file = self.out;
        file.sort();
        if file.tables.is_full() {
            file.lose(0, b"", "there is too much different text: further names are shown as \u{2026}");
        }
        file
    }
}

/// A line that is divided into more pieces than this is none.
const MAX_PARTIAL_BYTES: usize = 4 << 20;

impl Base {
    /// Takes back the buffer.
    fn give_back(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.partial = buffer;
    }
}

impl Learned {
    /// A line without prefix directly behind one with it: the further lines of a text that one call of a logger printed.
    fn follow(&mut self, line: &[u8], number: u64, out: &mut DumpFile) -> bool {
        let Template::Text { is_test_log, .. } = self.template else { return false };
        let is_next = self.last_line + 1 == number;
        if !(is_next || self.is_only_first) || !self.stream.is_in_goroutine() {
            self.is_only_first = false;
            return false;
        }
        let line = match is_test_log {
            true => line.strip_prefix(b"        ").unwrap_or(line),
            false => line,
        };
        let is_end = line.is_empty() && !is_test_log;
        self.is_only_first = !is_end && self.stream.line(line, number, out);
        if is_end {
            self.stream.line(line, number, out);
        }
        self.is_only_first || is_end
    }
}

fn without_last_tabs(prefix: &[u8]) -> &[u8] {
    let tabs = prefix.iter().rev().take_while(|&&byte| byte == b'\t').count();
    &prefix[..prefix.len() - tabs]
}

fn set_time(stream: &mut Stream, time: &[u8]) {
    if !time.is_empty() && !stream.is_in_goroutine() {
        stream.time.clear();
        stream.time.push_str(&String::from_utf8_lossy(time));
    }
}

/// Where a goroutine begins inside a line, or a race report ends it.
fn mark_inside(line: &[u8]) -> Option<usize> {
    let mut finds = memchr::memmem::find_iter(line, b"goroutine ");
    let goroutine = finds.find(|&at| at > 0 && begins_header(&line[at..]));
    goroutine.or_else(|| {
        let at = memchr::memmem::find(line, RACE_HEAD)?;
        let rest = &line[at + RACE_HEAD.len()..];
        let ends = rest.is_empty() || rest.starts_with(b"\\n") || rest.starts_with(b"\"");
        (at > 0 && ends).then_some(at)
    })
}

/// Where a goroutine begins whose further lines stand behind escapes.
fn escaped_mark(line: &[u8]) -> Option<usize> {
    let at = mark_inside(line)?;
    let rest = &line[at..];
    let end = memchr::memmem::find(rest, b":\\")?;
    let escape = &rest[end + 1..];
    // `:\n"` is the end of a JSON text of one line.
    let backslashes = escape.iter().take_while(|&&byte| byte == b'\\').count();
    let behind = &escape[backslashes..];
    let is_more = behind.len() > 1 && behind[0] == b'n' && behind[1] != b'"';
    is_more.then_some(at)
}

/// The key of the JSON text that holds position `at`.
fn key_before(line: &[u8], at: usize) -> Option<&[u8]> {
    let (begin, _) = quoted_around(line, at)?;
    let before = line[..begin - 1].trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
    let key_end = before.strip_suffix(b"\"")?;
    let key_begin = key_end.iter().rposition(|&byte| byte == b'"')? + 1;
    Some(&key_end[key_begin..])
}

/// What a log record says about the stack in it.
fn message(line: &[u8]) -> Option<Cow<'_, [u8]>> {
    let is_short = |text: &&[u8]| !text.is_empty() && text.len() < 1000 && mark_inside(text).is_none();
    let keys: [&[u8]; 3] = [b"msg", b"message", b"error"];
    let found = keys.iter().find_map(|key| json_text(line, key).filter(is_short));
    let found = found.or_else(|| {
        let at = memchr::memmem::find(line, b"msg=\"")? + 4;
        super::escaped::quoted(&line[at..]).filter(is_short)
    });
    found.map(|text| Cow::Owned(unescape(text)))
}

/// The last lines that belong to no dump.
#[derive(Debug, Default)]
struct Recent {
    lines: VecDeque<(u64, Vec<u8>)>,
}

impl Recent {
    fn push(&mut self, line: &[u8], number: u64) {
        const MAX_LINES: usize = 100;
        const MAX_LINE_BYTES: usize = 4096;
        let mut buffer = match self.lines.len() {
            MAX_LINES => self.lines.pop_front().map_or_else(Vec::new, |(_, buffer)| buffer),
            _ => Vec::new(),
        };
        buffer.clear();
        buffer.extend_from_slice(line.get(..MAX_LINE_BYTES).unwrap_or(line));
        self.lines.push_back((number, buffer));
    }
}
