//! Text profiles of one row a stack: counts (goroutine, threadcreate, any custom one) and contention (mutex and
//! block), and the walk over rows and comments that heap profiles share.

use std::borrow::Cow;

use super::address_profile::{AddressProfile, KeepAddresses};
use super::maps::{is_memory_map_start, parse_memory_map};
use super::symbols::parse_labels;
use super::totals::{warn_if_cut, warn_if_different};
use crate::error::ParseError;
use crate::pprof::lines::{Lines, is_space_or_comment};
use crate::pprof::profile::Profile;
use crate::progress::Progress;

/// Reads `NAME profile: total N` with rows `n @ 0x… 0x…`.
///
/// # Errors
/// [`ParseError::Text`] for a line that is none of these.
pub(in crate::pprof) fn parse_count(
    text: &[u8],
    progress: Option<&Progress>,
    warnings: &mut Vec<String>,
) -> Result<Profile, ParseError> {
    let mut lines = Lines::new(text, progress);
    let header = first_line(&mut lines)?;
    let (name, total) = header
        .split_once(" profile: total ")
        .filter(|(name, _)| !name.contains(char::is_whitespace))
        .and_then(|(name, total)| Some((name, total.trim_end().parse::<u64>().ok()?)))
        .ok_or_else(|| lines.error("expected NAME profile: total N"))?;
    let mut profile = AddressProfile::new(&[(name, "count")], (name, "count"), 1);
    let mut sum = 0_i128;
    let rows_end = read_rows(&mut lines, &mut profile, |row, _| {
        let (count, addresses) = row.split_once(" @")?;
        let count: i64 = count.parse().ok()?;
        sum += i128::from(count);
        Some(Row { values: vec![count], addresses: all_addresses(addresses)?, block_bytes: None })
    })?;
    warn_if_different(&[i128::from(total)], &[sum], warnings);
    warn_if_cut(text, warnings);
    finish(lines, profile, &rows_end)
}

/// Reads `--- mutex:`, `--- contention:` or `--- contentionz ` with attributes and rows `cycles n @ 0x…`.
///
/// # Errors
/// [`ParseError::Text`] for an attribute or line that pprof does not know.
pub(in crate::pprof) fn parse_contention(
    text: &[u8],
    progress: Option<&Progress>,
    warnings: &mut Vec<String>,
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
            return Some(Row { values: Vec::new(), addresses: Vec::new(), block_bytes: None });
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
        Some(Row { values: vec![count, delay], addresses: leading_addresses(addresses)?, block_bytes: None })
    })?;
    profile.builder.header().period = period;
    profile.builder.header().duration_nanos = duration_nanos;
    warn_if_cut(text, warnings);
    finish(lines, profile, &rows_end)
}

/// A sample as its line says it; one without values is none.
pub(super) struct Row {
    pub(super) values: Vec<i64>,
    /// Leaf first, as the row says them: where calls return to.
    pub(super) addresses: Vec<u64>,
    /// Bytes an object, in heap profiles.
    pub(super) block_bytes: Option<i64>,
}

/// The first line that says something.
pub(super) fn first_line<'a>(lines: &mut Lines<'a>) -> Result<Cow<'a, str>, ParseError> {
    while let Some(line) = lines.next()? {
        if !is_space_or_comment(&line) {
            return Ok(line);
        }
    }
    Err(ParseError::Empty)
}

/// Where the rows ended.
pub(super) enum RowsEnd {
    MemoryMap,
    OtherSection,
}

/// Reads rows and the comments after them, up to the line that ends them. `parse` may leave a reason for its refusal.
pub(super) fn read_rows(
    lines: &mut Lines<'_>,
    profile: &mut AddressProfile,
    mut parse: impl FnMut(&str, &mut Option<String>) -> Option<Row>,
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
        let Some(row) = parse(row, &mut fault) else {
            return Err(lines.error(fault.unwrap_or_else(|| not_a_row(row))));
        };
        if !row.values.is_empty() {
            // Each is where a call returns to, the location is the call before it.
            profile.addresses.extend(row.addresses.iter().map(|address| address.wrapping_sub(1)));
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

/// What to say of a line that is none of those expected.
pub(super) fn not_a_row(line: &str) -> String {
    let start: String = line.chars().take(40).collect();
    format!("{start:?} is not a row of this kind of profile")
}

/// The addresses of a row; `None` if one of the words is no address.
fn all_addresses(words: &str) -> Option<Vec<u64>> {
    words.split_ascii_whitespace().map(address).collect()
}

/// The addresses at the beginning of a text, up to what is none; `None` for one of more than 64 bits.
pub(super) fn leading_addresses(words: &str) -> Option<Vec<u64>> {
    let is_hex = |word: &&str| {
        let digits = word.strip_prefix("0x").unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    };
    words.split_ascii_whitespace().take_while(is_hex).map(address).collect()
}

fn address(word: &str) -> Option<u64> {
    u64::from_str_radix(word.strip_prefix("0x")?, 16).ok()
}

/// Looks for a memory map in what is left, and makes the profile.
pub(super) fn finish(
    mut lines: Lines<'_>,
    profile: AddressProfile,
    rows_end: &RowsEnd,
) -> Result<Profile, ParseError> {
    let mut is_in_map = matches!(rows_end, RowsEnd::MemoryMap);
    while !is_in_map && let Some(line) = lines.next()? {
        is_in_map = is_memory_map_start(&line);
    }
    let ranges = if is_in_map { parse_memory_map(&mut lines)? } else { Vec::new() };
    Ok(profile.finish(ranges, KeepAddresses::Always))
}
