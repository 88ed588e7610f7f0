//! The text of `perf script`: a line about each event, and the stack below it, leaf first.
//!
//! ```text
//! # comments
//! server 4011/4001 [000]  1000.010000:   10101010 cpu-clock:
//!             4013db main.work+0x1b (/bin/server)
//!             401917 main.main+0x10 (inlined)            inlined into the next one
//!             401917 runtime.main+0x10 (/bin/server)
//!
//! ```
//!
//! Types: samples/count, and a column with the periods of each event that has some. Names of threads and events hold spaces,
//! symbols hold spaces and parentheses: lines are read from their sure parts outward.

use std::collections::HashMap;

use super::assembly::Assembly;
use super::content::{Content, malformed};
use crate::error::ParseError;
use crate::pprof::{Label, Line, Lines, LocationId, MappingId, Profile};

const FORMAT: &str = "perf script output";

/// Events with a column of their own.
const MAX_EVENTS: usize = 16;

/// The line above a stack.
#[derive(Debug, PartialEq, Eq)]
struct Head<'l> {
    command: &'l str,
    thread: &'l str,
    cpu: Option<&'l str>,
    period: Option<i64>,
    event: &'l str,
    /// What comes behind the event: the one frame of a recording without stacks.
    rest: &'l str,
}

impl<'l> Head<'l> {
    /// `COMM PID[/TID] [CPU] TIME: [PERIOD] EVENT: …`.
    fn parse(line: &'l str) -> Option<Self> {
        let words = words(line);
        // A command may look like anything, but hardly like a process and a time.
        let time_at = (1..words.len()).find(|&at| is_time(words[at].1) && is_place(&words, at))?;
        let before = &words[..time_at];
        let (cpu, ids_at) = match before.last()?.1.strip_prefix('[').and_then(|cpu| cpu.strip_suffix(']')) {
            Some(cpu) => (Some(cpu), before.len().checked_sub(2)?),
            None => (None, before.len() - 1),
        };
        let (ids_start, ids) = before[ids_at];
        let thread = ids.rsplit_once('/').map_or(ids, |(_, thread)| thread);
        let after = line.get(words[time_at].0 + words[time_at].1.len()..)?.trim_start();
        let (first, others) = after.split_once(char::is_whitespace).unwrap_or((after, ""));
        let (period, after) = match first.parse() {
            Ok(period) => (Some(period), others.trim_start()),
            Err(_) => (None, after),
        };
        let (event, rest) = after.split_once(char::is_whitespace).unwrap_or((after, ""));
        let event = event.strip_suffix(':')?;
        Some(Self { command: line.get(..ids_start)?.trim(), thread, cpu, period, event, rest: rest.trim() })
    }
}

/// The words of a line, and where each begins.
fn words(line: &str) -> Vec<(usize, &str)> {
    let start = |word: &str| word.as_ptr() as usize - line.as_ptr() as usize;
    // A line that has more words before its time is none of ours.
    line.split_whitespace().take(64).map(|word| (start(word), word)).collect()
}

/// `1000.010000:`
fn is_time(word: &str) -> bool {
    let number = word.strip_suffix(':').and_then(|time| time.split_once('.'));
    number.is_some_and(|(seconds, parts)| is_digits(seconds) && is_digits(parts))
}

/// Whether the words before a time are a process and perhaps a processor.
fn is_place(words: &[(usize, &str)], time_at: usize) -> bool {
    let is_ids = |word: &str| match word.split_once('/') {
        Some((process, thread)) => is_digits(process) && is_digits(thread),
        None => is_digits(word),
    };
    let is_cpu =
        |word: &str| word.strip_prefix('[').and_then(|cpu| cpu.strip_suffix(']')).is_some_and(is_digits);
    match words.get(..time_at) {
        Some([.., (_, ids), (_, cpu)]) if is_cpu(cpu) => is_ids(ids),
        Some([.., (_, ids)]) => is_ids(ids),
        _ => false,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a line may be the first one of such a text.
pub(crate) fn is_perf_head(line: &str) -> bool {
    Head::parse(line).is_some()
}

/// A line of a stack.
#[derive(Debug, PartialEq, Eq)]
struct FrameLine<'l> {
    address: u64,
    symbol: &'l str,
    /// The binary; `None` for what the compiler put into the next function.
    binary: Option<&'l str>,
}

impl<'l> FrameLine<'l> {
    /// `ADDRESS SYMBOL+0xOFFSET (BINARY)`.
    fn parse(line: &'l str) -> Option<Self> {
        let (address, rest) = line.trim().split_once(char::is_whitespace)?;
        let address = u64::from_str_radix(address, 16).ok()?;
        let rest = rest.trim();
        let (symbol, binary) = last_group(rest).unwrap_or((rest, ""));
        let symbol = without_offset(symbol.trim());
        let symbol = if symbol.is_empty() { "[unknown]" } else { symbol };
        Some(Self { address, symbol, binary: (binary != "inlined").then_some(binary) })
    }
}

/// What stands before the last group in parentheses, and in it. Paths have parentheses too: `(/bin/x (deleted))`.
fn last_group(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_suffix(')')?;
    let mut depth = 1;
    for (at, byte) in inside.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((inside.get(..at)?, inside.get(at + 1..)?));
        }
    }
    None
}

fn without_offset(symbol: &str) -> &str {
    match symbol.rsplit_once("+0x") {
        Some((name, offset)) if offset.bytes().all(|byte| byte.is_ascii_hexdigit()) => name,
        _ => symbol,
    }
}

/// Reads what `perf script` prints.
///
/// # Errors
/// [`ParseError::Foreign`] if there is no event in it, [`ParseError::Memory`], [`ParseError::Cancelled`].
pub(crate) fn parse_perf_script(
    content: &Content<'_>,
    warnings: &mut Vec<String>,
) -> Result<Profile, ParseError> {
    let events = periods(content)?;
    let types: Vec<(&str, &str)> = std::iter::once(("samples", "count"))
        .chain(events.iter().map(|event| (event.as_str(), unit_of(event))))
        .collect();
    let mut reader = Reader {
        assembly: Assembly::new(content, &types),
        events: &events,
        mappings: HashMap::new(),
        sample: None,
        inlined: Vec::new(),
        n_skipped: 0,
        n_samples: 0,
    };
    let mut lines = Lines::new(content.bytes, content.progress);
    while let Some(line) = lines.next()? {
        reader.line(&line)?;
    }
    reader.end_sample()?;
    if reader.n_samples == 0 {
        return Err(malformed(FORMAT, "there is no event in it"));
    }
    if reader.n_skipped > 0 {
        warnings.push(format!("{} lines are neither events nor frames and were left out", reader.n_skipped));
    }
    reader.assembly.set_default_type("samples");
    Ok(reader.assembly.finish())
}

/// Clocks count nanoseconds, everything else itself.
fn unit_of(event: &str) -> &'static str {
    if event.starts_with("cpu-clock") || event.starts_with("task-clock") { "nanoseconds" } else { "count" }
}

/// The events that have periods, in order of appearance.
fn periods(content: &Content<'_>) -> Result<Vec<String>, ParseError> {
    let mut events: Vec<String> = Vec::new();
    let mut lines = Lines::new(content.bytes, content.progress);
    while let Some(line) = lines.next()? {
        if let Some(Head { period: Some(_), event, .. }) = Head::parse(&line)
            && events.len() < MAX_EVENTS
            && !events.iter().any(|known| known == event)
        {
            events.push(event.to_owned());
        }
    }
    Ok(events)
}

struct Reader<'r> {
    assembly: Assembly<'r>,
    events: &'r [String],
    mappings: HashMap<String, MappingId>,
    sample: Option<Sample>,
    /// Inlined functions whose real one has not come yet, innermost first.
    inlined: Vec<Line>,
    n_skipped: u64,
    n_samples: u64,
}

/// The sample whose stack is being read.
struct Sample {
    values: Vec<i64>,
    labels: Vec<Label>,
    stack: Vec<LocationId>,
}

impl Reader<'_> {
    fn line(&mut self, line: &str) -> Result<(), ParseError> {
        if line.trim().is_empty() {
            return self.end_sample();
        }
        if self.sample.is_some()
            && let Some(frame) = FrameLine::parse(line)
        {
            self.frame(&frame);
            return Ok(());
        }
        if line.starts_with('#') {
            return Ok(());
        }
        match Head::parse(line) {
            Some(head) => self.head(&head),
            None => {
                self.n_skipped += 1;
                Ok(())
            }
        }
    }

    fn head(&mut self, head: &Head<'_>) -> Result<(), ParseError> {
        self.end_sample()?;
        let mut values = vec![0; 1 + self.events.len()];
        values[0] = 1;
        let column = self.events.iter().position(|event| event == head.event);
        if let (Some(column), Some(period)) = (column, head.period) {
            values[1 + column] = period;
        }
        let builder = &mut self.assembly.builder;
        let mut labels =
            vec![builder.string_label("comm", head.command), builder.string_label("thread", head.thread)];
        let cpu = head.cpu.and_then(|cpu| cpu.parse::<u64>().ok());
        labels.extend(cpu.map(|cpu| builder.string_label("cpu", &cpu.to_string())));
        if self.events.len() > 1 {
            labels.push(builder.string_label("event", head.event));
        }
        self.sample = Some(Sample { values, labels, stack: Vec::new() });
        if let Some(frame) = FrameLine::parse(head.rest) {
            self.frame(&frame);
        }
        Ok(())
    }

    fn frame(&mut self, frame: &FrameLine<'_>) {
        let function = self.assembly.builder.function(frame.symbol, "", 0);
        self.inlined.push(Line { function, ..Line::default() });
        if let Some(binary) = frame.binary {
            let mapping = self.mapping(binary);
            self.end_location(Some(mapping), frame.address);
        }
    }

    fn mapping(&mut self, binary: &str) -> MappingId {
        if let Some(&mapping) = self.mappings.get(binary) {
            return mapping;
        }
        let mapping = self.assembly.builder.mapping(0, 0, 0, binary, "");
        self.mappings.insert(binary.to_owned(), mapping);
        mapping
    }

    fn end_location(&mut self, mapping: Option<MappingId>, address: u64) {
        let location = self.assembly.builder.location(mapping, address, &self.inlined);
        self.inlined.clear();
        if let Some(sample) = &mut self.sample {
            sample.stack.push(location);
        }
    }

    fn end_sample(&mut self) -> Result<(), ParseError> {
        if !self.inlined.is_empty() {
            self.end_location(None, 0);
        }
        let Some(sample) = self.sample.take() else { return Ok(()) };
        self.n_samples += 1;
        self.assembly.sample(&sample.values, &sample.stack, &sample.labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_from_its_time_outward() {
        let line = "  Web Content: 1 4011/4001 [003]  1000.010000:   10101010 cpu-clock:u: ";
        let head = Head::parse(line).expect("a head");
        assert_eq!((head.command, head.thread, head.cpu), ("Web Content: 1", "4001", Some("003")));
        assert_eq!((head.period, head.event), (Some(10_101_010), "cpu-clock:u"));
        let head = Head::parse("go 7 12.5: sched:sched_switch: prev_comm=x").expect("a head");
        assert_eq!((head.command, head.thread, head.cpu, head.period), ("go", "7", None, None));
        assert_eq!((head.event, head.rest), ("sched:sched_switch", "prev_comm=x"));
        for no_head in ["", "main;f 12", "  401917 main.main+0x10 (/bin/x)", "12.5: x:", "go 12.5:"] {
            assert_eq!(Head::parse(no_head), None, "{no_head:?}");
        }
    }

    #[test]
    fn a_symbol_may_hold_anything_and_a_binary_parentheses() {
        let frame = |line| FrameLine::parse(line).expect("a frame");
        let expected = |address, symbol, binary| FrameLine { address, symbol, binary };
        assert_eq!(
            frame("\t 4013db f(int, (x) y)::operator()+0x1b (/bin/a b (deleted))"),
            expected(0x40_13db, "f(int, (x) y)::operator()", Some("/bin/a b (deleted)"))
        );
        assert_eq!(frame(" ff [unknown] (inlined)"), expected(0xff, "[unknown]", None));
        assert_eq!(frame(" ff main.f[go.shape.int]+0x1"), expected(0xff, "main.f[go.shape.int]", Some("")));
        assert_eq!(FrameLine::parse("  main.go:12"), None);
    }
}
