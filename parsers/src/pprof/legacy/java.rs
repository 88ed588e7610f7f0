//! `/heapz` and `/contentionz` of Java programs: rows as gperftools writes them, and the names of the addresses.
//!
//! ```text
//! --- contentionz 1 ---
//! format = java
//! resolution = microseconds
//! sampling period = 100
//!             14     1 @ 0x0000000d 0x0000000e      value, then count
//!  0x000000d com.example.Lock.take (Lock.java:13)
//! ```
//!
//! The numbers behind `@` are names by number and no addresses, so that nothing is taken off.

use std::collections::HashMap;

use super::address_profile::{AddressProfile, KeepAddresses};
use super::drop_frames::{ALLOCATOR_FRAMES, KEPT_ALLOCATOR_FRAMES, LOCK_FRAMES};
use super::heap::unsampled;
use super::rows::{first_line, leading_addresses};
use super::symbols::{Frame, Symbols};
use crate::error::ParseError;
use crate::pprof::lines::Lines;
use crate::pprof::profile::Profile;
use crate::progress::Progress;

/// Bytes between two samples of a Java heap profile, which does not say so.
const HEAP_PERIOD: i64 = 512 << 10;

/// What the lines before the rows say.
#[derive(Default)]
struct Attributes {
    is_heap: bool,
    /// Unit of the second value; empty if it is not said.
    resolution: String,
    /// Contentions between two samples.
    period: Option<i64>,
    duration_nanos: i64,
}

impl Attributes {
    /// Takes in one `name = value`.
    fn read(&mut self, name: &str, value: &str) -> Result<(), String> {
        let unknown = || format!("unknown attribute or value {name:?}");
        match (name, self.is_heap) {
            ("format", _) if value == "java" => {}
            ("resolution", _) => value.clone_into(&mut self.resolution),
            ("sampling period", false) => self.period = Some(value.parse().ok().ok_or_else(unknown)?),
            ("ms since reset", false) => {
                let millis: i64 = value.parse().ok().ok_or_else(unknown)?;
                self.duration_nanos = millis.wrapping_mul(1_000_000);
            }
            _ => return Err(unknown()),
        }
        Ok(())
    }

    fn profile(&self) -> AddressProfile {
        let period_type = if self.period.is_some() { ("contentions", "count") } else { ("", "") };
        let unit = &*self.resolution;
        let types = if self.is_heap {
            [("inuse_objects", "count"), ("inuse_space", unit)]
        } else {
            [("contentions", "count"), ("delay", unit)]
        };
        let mut profile = AddressProfile::new(&types, period_type, self.period.unwrap_or(0));
        let dropped = if self.is_heap { ALLOCATOR_FRAMES } else { LOCK_FRAMES };
        let kept = if self.is_heap { KEPT_ALLOCATOR_FRAMES } else { &[] };
        let [dropped, kept] = [dropped, kept].map(|frames| profile.builder.string(&frames.join("|")));
        let header = profile.builder.header();
        (header.drop_frames, header.keep_frames) = (dropped, kept);
        header.duration_nanos = self.duration_nanos;
        profile
    }
}

/// Reads such a profile.
///
/// # Errors
/// [`ParseError::Text`] for an attribute that pprof does not know, for a missing resolution, or for bytes without
/// objects.
pub(in crate::pprof) fn parse_java(
    text: &[u8],
    progress: Option<&Progress>,
    _: &mut Vec<String>,
) -> Result<Profile, ParseError> {
    let mut lines = Lines::new(text, progress);
    let is_heap = first_line(&mut lines)?.contains("heapz");
    let mut attributes = Attributes { is_heap, ..Attributes::default() };
    let mut row = next_line(&mut lines)?;
    while let Some((name, value)) = row.as_deref().and_then(|row| row.split_once('=')) {
        attributes.read(name.trim(), value.trim()).map_err(|what| lines.error(what))?;
        row = next_line(&mut lines)?;
    }
    if attributes.resolution.is_empty() {
        return Err(lines.error("there is no resolution, which says the unit"));
    }
    let mut profile = attributes.profile();
    while let Some((value, count, addresses)) = row.as_deref().and_then(parse_row) {
        profile.addresses.extend(addresses);
        if is_heap {
            if count == 0 {
                return Err(lines.error(format!("{value} bytes in no object")));
            }
            profile.end_sample(&unsampled(count, value, HEAP_PERIOD));
            let label = profile.builder.numeric_label("bytes", value.wrapping_div(count), "");
            profile.label_last(label);
        } else {
            let factor = attributes.period.filter(|&period| period != 0).unwrap_or(1);
            profile.end_sample(&[count.wrapping_mul(factor), value.wrapping_mul(factor)]);
        }
        row = next_line(&mut lines)?;
    }
    let mut names = JavaNames::default();
    if let Some(row) = row {
        names.read(&row, &mut profile.symbols);
    }
    names.read_all(&mut lines, &mut profile.symbols)?;
    Ok(profile.finish(Vec::new(), KeepAddresses::Never))
}

/// The next line that is not empty.
fn next_line(lines: &mut Lines<'_>) -> Result<Option<String>, ParseError> {
    while let Some(line) = lines.next()? {
        let line = line.trim();
        if !line.is_empty() {
            return Ok(Some(line.to_owned()));
        }
    }
    Ok(None)
}

/// `value count @ 0x…`.
fn parse_row(row: &str) -> Option<(i64, i64, Vec<u64>)> {
    let (numbers, addresses) = row.split_once('@')?;
    let (value, count) = numbers.trim().split_once(' ')?;
    Some((value.parse().ok()?, count.trim().parse().ok()?, leading_addresses(addresses)?))
}

/// Reads lines `0xADDRESS name (file:line)`, `0xADDRESS name (library)` or `0xADDRESS name`.
#[derive(Default)]
pub(super) struct JavaNames {
    /// The file of a function is the one that it is first seen with.
    files: HashMap<String, String>,
}

impl JavaNames {
    /// Reads all that is left.
    pub(super) fn read_all(
        &mut self,
        lines: &mut Lines<'_>,
        symbols: &mut Symbols,
    ) -> Result<(), ParseError> {
        while let Some(line) = lines.next()? {
            self.read(&line, symbols);
        }
        Ok(())
    }

    fn read(&mut self, line: &str, symbols: &mut Symbols) {
        let line = line.trim().strip_prefix("0x").and_then(|line| line.split_once([' ', '\t']));
        let Some((address, name)) = line else { return };
        let Ok(address) = u64::from_str_radix(address, 16) else { return };
        let mut frame = java_frame(name.trim());
        frame.file = self.files.entry(frame.function.clone()).or_insert(frame.file).clone();
        symbols.insert(address, vec![frame]);
    }
}

fn java_frame(name: &str) -> Frame {
    let (function, place) = match name.strip_suffix(')').and_then(|name| name.rsplit_once('(')) {
        Some((function, place)) if function.ends_with(char::is_whitespace) => (function.trim_end(), place),
        _ if name.contains("generated stub/JIT") => ("STUB", ""),
        _ => (name, ""),
    };
    let with_line = place.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse::<i64>().ok()?)));
    let (file, line) = match with_line {
        Some((file, line)) => (file, line.max(0)),
        // A path of a shared library: its last part says enough.
        None => (place.rsplit('/').next().unwrap_or(place), 0),
    };
    Frame { function: function.to_owned(), file: file.to_owned(), line }
}
