//! The text profiles: counts (goroutine, threadcreate, any custom one), heap, contention (mutex and block).

use super::maps::{is_memory_map_start, parse_memory_map};
use super::symbols::parse_labels;
use super::{AddressProfile, HiddenLeaves, KeepAddresses};
use crate::error::ParseError;
use crate::pprof::lines::{Lines, is_space_or_comment};
use crate::pprof::profile::Profile;
use crate::progress::Progress;

/// Reads `NAME profile: total N` with rows `n @ 0x… 0x…`.
///
/// # Errors
/// [`ParseError::Text`] for a line that is none of these.
pub(in crate::pprof) fn parse_count(text: &[u8], progress: Option<&Progress>) -> Result<Profile, ParseError> {
    let mut lines = Lines::new(text, progress);
    let header = first_line(&mut lines)?;
    let name = header
        .split_once(" profile: total ")
        .filter(|(name, total)| !name.contains(char::is_whitespace) && total.parse::<u64>().is_ok())
        .ok_or_else(|| lines.error("expected NAME profile: total N"))?
        .0;
    let mut profile = AddressProfile::new(&[(name, "count")], (name, "count"), 1);
    let rows_end = read_rows(&mut lines, &mut profile, |row, _| {
        let (count, addresses) = row.split_once(" @")?;
        Some(Row { values: vec![count.parse().ok()?], addresses, block_bytes: None })
    })?;
    finish(lines, profile, &rows_end)
}

/// Reads `heap profile: n: b [an: ab] @ heap/RATE` with rows `n: b [an: ab] @ 0x…`.
///
/// # Errors
/// [`ParseError::Text`] for a line that is none of these, or for bytes without objects.
pub(in crate::pprof) fn parse_heap(text: &[u8], progress: Option<&Progress>) -> Result<Profile, ParseError> {
    let mut lines = Lines::new(text, progress);
    let header = first_line(&mut lines)?;
    let header = HeapHeader::parse(&header).ok_or_else(|| lines.error("not a header of a heap profile"))?;
    let all = [
        ("alloc_objects", "count"),
        ("alloc_space", "bytes"),
        ("inuse_objects", "count"),
        ("inuse_space", "bytes"),
    ];
    let in_use_only = [("objects", "count"), ("space", "bytes")];
    let sample_types = if header.has_allocations { &all[..] } else { &in_use_only[..] };
    let mut profile = AddressProfile::new(sample_types, ("space", "bytes"), header.period);
    // pprof would set drop_frames here, which has no effect on its bare addresses. With names it would cut stacks that
    // Go's own binary heap profile shows whole; that one leaves out the runtime's first frames, and so do we.
    profile.hidden_leaves = HiddenLeaves::Dropped;
    let rows_end = read_rows(&mut lines, &mut profile, |row, fault| header.row(row, fault))?;
    finish(lines, profile, &rows_end)
}

/// Reads `--- mutex:`, `--- contention:` or `--- contentionz ` with attributes and rows `cycles n @ 0x…`.
///
/// # Errors
/// [`ParseError::Text`] for an attribute or line that pprof does not know.
pub(in crate::pprof) fn parse_contention(
    text: &[u8],
    progress: Option<&Progress>,
) -> Result<Profile, ParseError> {
    let mut lines = Lines::new(text, progress);
    first_line(&mut lines)?;
    let sample_types = [("contentions", "count"), ("delay", "nanoseconds")];
    let mut profile = AddressProfile::new(&sample_types, ("contentions", "count"), 1);
    let mut cycles_per_second = 0i64;
    let mut is_before_rows = true;
    let mut period = 1i64;
    let mut duration_nanos = 0i64;
    let rows_end = read_rows(&mut lines, &mut profile, |row, fault| {
        if is_before_rows && let Some((name, value)) = row.split_once('=') {
            let number = value.trim().parse::<i64>();
            match (name.trim(), number) {
                ("cycles/second", Ok(value)) => cycles_per_second = value,
                ("sampling period", Ok(value)) => period = value,
                ("ms since reset", Ok(value)) => duration_nanos = value.wrapping_mul(1_000_000),
                ("discarded samples", _) => {}
                (name, _) => {
                    *fault = Some(format!("unknown attribute or value {name:?}"));
                    return None;
                }
            }
            return Some(Row { values: Vec::new(), addresses: "", block_bytes: None });
        }
        is_before_rows = false;
        let (numbers, addresses) = row.split_once(" @")?;
        let (delay, count) = numbers.split_once(' ')?;
        let (mut delay, mut count) = (delay.parse::<i64>().ok()?, count.trim().parse::<i64>().ok()?);
        if period > 0 {
            if cycles_per_second > 0 {
                // As pprof does it, in this order: the numbers must be the same to the last one.
                delay = (delay as f64 * period as f64 / (cycles_per_second as f64 / 1e9)) as i64;
            }
            count = count.wrapping_mul(period);
        }
        Some(Row { values: vec![count, delay], addresses, block_bytes: None })
    })?;
    profile.builder.header().period = period;
    profile.builder.header().duration_nanos = duration_nanos;
    finish(lines, profile, &rows_end)
}

/// A sample as its line says it; one without values is none.
struct Row<'a> {
    values: Vec<i64>,
    addresses: &'a str,
    /// Bytes an object, in heap profiles.
    block_bytes: Option<i64>,
}

/// The first line that says something.
fn first_line<'a>(lines: &mut Lines<'a>) -> Result<std::borrow::Cow<'a, str>, ParseError> {
    while let Some(line) = lines.next()? {
        if !is_space_or_comment(&line) {
            return Ok(line);
        }
    }
    Err(ParseError::Empty)
}

/// Where the rows ended.
enum RowsEnd {
    MemoryMap,
    OtherSection,
}

/// Reads rows and the comments after them, up to the line that ends them. `parse` may leave a reason for its refusal.
fn read_rows(
    lines: &mut Lines<'_>,
    profile: &mut AddressProfile,
    mut parse: impl for<'r> FnMut(&'r str, &mut Option<String>) -> Option<Row<'r>>,
) -> Result<RowsEnd, ParseError> {
    let mut rows_end = RowsEnd::OtherSection;
    while let Some(line) = lines.next()? {
        if is_space_or_comment(&line) {
            read_comment(&line, profile);
            continue;
        }
        profile.end_comments();
        let row = line.trim();
        if is_memory_map_start(row) {
            rows_end = RowsEnd::MemoryMap;
            break;
        }
        if row.starts_with("---") {
            break;
        }
        let mut fault = None;
        let parsed =
            parse(row, &mut fault).filter(|row| push_addresses(row.addresses, &mut profile.addresses));
        let Some(row) = parsed else {
            let start: String = row.chars().take(40).collect();
            let fault = fault.unwrap_or_else(|| format!("{start:?} is not a row of this kind of profile"));
            return Err(lines.error(fault));
        };
        if !row.values.is_empty() {
            profile.end_sample(&row.values);
        }
        if let Some(block_bytes) = row.block_bytes {
            // Without a unit, as pprof has it: the key says enough.
            let label = profile.builder.numeric_label("bytes", block_bytes, "");
            profile.label_last(label);
        }
    }
    profile.end_comments();
    Ok(rows_end)
}

fn read_comment(line: &str, profile: &mut AddressProfile) {
    if !profile.symbols.read_comment(line)
        && let Some(labels) = parse_labels(line)
    {
        for (key, value) in labels {
            let label = profile.builder.string_label(&key, &value);
            profile.label_last(label);
        }
    }
}

/// Appends the addresses of a row: each is where a call returns to, the location is the call before it. `false` if
/// one is no number of 64 bits.
fn push_addresses(words: &str, addresses: &mut Vec<u64>) -> bool {
    words.split_ascii_whitespace().all(|word| {
        let address = word.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
        address.inspect(|address| addresses.push(address.wrapping_sub(1))).is_some()
    })
}

/// Looks for a memory map in what is left, and makes the profile.
fn finish(mut lines: Lines<'_>, profile: AddressProfile, rows_end: &RowsEnd) -> Result<Profile, ParseError> {
    let mut is_in_map = matches!(rows_end, RowsEnd::MemoryMap);
    while !is_in_map && let Some(line) = lines.next()? {
        is_in_map = is_memory_map_start(&line);
    }
    let ranges = if is_in_map { parse_memory_map(&mut lines)? } else { Vec::new() };
    Ok(profile.finish(ranges, KeepAddresses::Always))
}

/// What the first line of a heap profile says.
struct HeapHeader {
    /// Bytes between two samples; 1 if nothing was sampled.
    period: i64,
    /// Whether counts have to be scaled up.
    is_sampled: bool,
    /// Whether there is more to tell about allocations than about what is in use.
    has_allocations: bool,
}

impl HeapHeader {
    fn parse(line: &str) -> Option<Self> {
        let (numbers, kind) = line.strip_prefix("heap profile:")?.split_once('@')?;
        let [in_use, in_use_bytes, allocated, allocated_bytes] = heap_numbers(numbers)?;
        // Compared as text, as pprof does.
        let differs = |total: &str, in_use: &str| total != in_use && total != "0";
        let has_allocations = differs(allocated, in_use) || differs(allocated_bytes, in_use_bytes);
        let (kind, rate) = kind.trim().split_once('/').unwrap_or((kind.trim(), ""));
        let rate: i64 = if rate.is_empty() { 0 } else { rate.parse().ok()? };
        let (period, is_sampled) = match kind {
            // Go writes twice its rate.
            "heap" => (rate / 2, true),
            "heap_v2" | "heapz_v2" => (rate, true),
            "heapprofile" => (1, false),
            "growth" | "growthz" | "fragmentation" | "fragmentationz" => (1, false),
            _ => return None,
        };
        let has_allocations = has_allocations && kind.starts_with("heap");
        Some(Self { period, is_sampled, has_allocations })
    }

    fn row<'r>(&self, row: &'r str, fault: &mut Option<String>) -> Option<Row<'r>> {
        let (numbers, addresses) = row.split_once('@')?;
        let [in_use, in_use_bytes, allocated, allocated_bytes] = heap_numbers(numbers)?;
        let mut values = Vec::with_capacity(4);
        let mut block_bytes = 0;
        let mut push = |name: &str, objects: &str, bytes: &str| {
            let (objects, bytes): (i64, i64) = (objects.parse().ok()?, bytes.parse().ok()?);
            if objects == 0 && bytes != 0 {
                *fault = Some(format!("{bytes} bytes {name} in no object"));
                return None;
            }
            if objects != 0 {
                block_bytes = bytes.wrapping_div(objects);
            }
            values.extend(if self.is_sampled {
                unsampled(objects, bytes, self.period)
            } else {
                [objects, bytes]
            });
            Some(())
        };
        if self.has_allocations {
            push("allocated", allocated, allocated_bytes)?;
        }
        push("in use", in_use, in_use_bytes)?;
        Some(Row { values, addresses, block_bytes: Some(block_bytes) })
    }
}

/// The four numbers of `n: b [an: ab]`.
fn heap_numbers(text: &str) -> Option<[&str; 4]> {
    let (in_use, allocated) = text.trim().strip_suffix(']')?.split_once('[')?;
    let (in_use, in_use_bytes) = in_use.split_once(':')?;
    let (allocated, allocated_bytes) = allocated.split_once(':')?;
    let numbers = [in_use, in_use_bytes, allocated, allocated_bytes].map(str::trim);
    numbers.iter().all(|number| number.parse::<i64>().is_ok()).then_some(numbers)
}

/// What was probably there, from what was sampled: an object of `s` bytes is sampled with probability
/// `1 - exp(-s / period)`.
fn unsampled(objects: i64, bytes: i64, period: i64) -> [i64; 2] {
    if objects == 0 || bytes == 0 {
        return [0, 0];
    }
    if period <= 1 {
        return [objects, bytes];
    }
    let block_bytes = bytes as f64 / objects as f64;
    let scale = 1.0 / (1.0 - (-block_bytes / period as f64).exp());
    [(objects as f64 * scale) as i64, (bytes as f64 * scale) as i64]
}
