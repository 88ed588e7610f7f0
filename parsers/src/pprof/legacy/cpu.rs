//! gperftools' binary CPU profile: words of 4 or 8 bytes, either way around.
//!
//! ```text
//! 0  3  language  period  0      header; language 0 C++ and old Go, 1 Java; period in µs
//! count  n  address × n          a stack, leaf first, as often as was counted
//! 0  1  0                        the end; text follows: a memory map, or Java's names
//! ```

use std::collections::HashMap;

use super::address_profile::{AddressProfile, KeepAddresses};
use super::drop_frames::SIGNAL_FRAMES;
use super::java::JavaNames;
use super::maps::parse_memory_map;
use crate::error::ParseError;
use crate::pprof::lines::Lines;
use crate::pprof::profile::Profile;
use crate::progress::Progress;

/// Who wrote the profile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Cpp,
    Java,
}

/// The value of a word of any width.
type WordValue = fn(&[u8]) -> u64;

/// Reads the words of a profile.
#[derive(Clone, Copy)]
struct Words<'a> {
    rest: &'a [u8],
    width: usize,
    value: WordValue,
}

impl Words<'_> {
    fn next(&mut self) -> Option<u64> {
        let (word, rest) = self.rest.split_at_checked(self.width)?;
        self.rest = rest;
        Some((self.value)(word))
    }

    fn left(&self) -> u64 {
        (self.rest.len() / self.width) as u64
    }
}

fn little_endian(word: &[u8]) -> u64 {
    word.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

fn big_endian(word: &[u8]) -> u64 {
    word.iter().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// The form of the words, language and period, if these are the first bytes of such a profile.
fn parse_header(bytes: &[u8]) -> Option<(Words<'_>, Language, u64)> {
    let forms: [(usize, WordValue); 4] =
        [(4, little_endian), (4, big_endian), (8, little_endian), (8, big_endian)];
    forms.into_iter().find_map(|(width, value)| {
        let mut words = Words { rest: bytes, width, value };
        let header = [words.next()?, words.next()?, words.next()?, words.next()?, words.next()?];
        match header {
            [0, 3, 0, period, 0] if period > 0 => Some((words, Language::Cpp, period)),
            [0, 3, 1, period, 0] if period > 0 => Some((words, Language::Java, period)),
            _ => None,
        }
    })
}

/// Whether content begins like this kind of profile.
pub(crate) fn is_binary_cpu_profile(bytes: &[u8]) -> bool {
    parse_header(bytes).is_some()
}

/// Reads a binary CPU profile.
///
/// # Errors
/// [`ParseError::Profile`] for data that ends in the middle of a stack.
pub(in crate::pprof) fn parse_cpu(
    bytes: &[u8],
    progress: Option<&Progress>,
    warnings: &mut Vec<String>,
) -> Result<Profile, ParseError> {
    let (mut words, language, period) = parse_header(bytes)
        .ok_or_else(|| ParseError::profile(0, "not the header of a binary CPU profile"))?;
    let period_nanos = period.cast_signed().wrapping_mul(1000);
    let sample_types = [("samples", "count"), ("cpu", "nanoseconds")];
    let mut profile = AddressProfile::new(&sample_types, ("cpu", "nanoseconds"), period_nanos);
    let drop_frames = profile.builder.string(&SIGNAL_FRAMES.join("|"));
    profile.builder.header().drop_frames = drop_frames;
    let mut stacks = read_stacks(&mut words, language, bytes.len(), warnings)?;
    let mut text = Lines::new(words.rest, progress);
    let (ranges, keep) = match language {
        Language::Cpp => {
            remove_signal_frames(&mut stacks);
            stacks.iter_mut().for_each(|stack| remove_double_leaf(&mut stack.addresses));
            (parse_memory_map(&mut text)?, KeepAddresses::Always)
        }
        Language::Java => {
            JavaNames::default().read_all(&mut text, &mut profile.symbols)?;
            (Vec::new(), KeepAddresses::Never)
        }
    };
    for Stack { count, addresses } in &stacks {
        profile.addresses.extend_from_slice(addresses);
        profile.end_sample(&[*count, count.wrapping_mul(period_nanos)]);
    }
    Ok(profile.finish(ranges, keep))
}

struct Stack {
    count: i64,
    /// Leaf first.
    addresses: Vec<u64>,
}

fn read_stacks(
    words: &mut Words<'_>,
    language: Language,
    n_bytes: usize,
    warnings: &mut Vec<String>,
) -> Result<Vec<Stack>, ParseError> {
    let mut stacks = Vec::new();
    // The mark at the end may be missing, as pprof has it.
    while words.left() > 0 {
        let offset = (n_bytes - words.rest.len()) as u64;
        let cut_off = || ParseError::profile(offset, format!("stack #{} is cut off", stacks.len()));
        let count = words.next().ok_or_else(cut_off)?;
        let depth = words.next().filter(|&depth| depth <= words.left()).ok_or_else(cut_off)?;
        let mut addresses: Vec<u64> = (0..depth).map_while(|_| words.next()).collect();
        if count == 0 && addresses == [0] {
            return Ok(stacks);
        }
        if language == Language::Cpp {
            // All but the leaf are where a call returns to; the location is the call before it.
            addresses.iter_mut().skip(1).for_each(|address| *address = address.wrapping_sub(1));
        }
        stacks.push(Stack { count: count.cast_signed(), addresses });
    }
    warnings.push("the mark at the end of the stacks is missing: the file may have been cut off".to_owned());
    Ok(stacks)
}

/// Takes out the frame above the leaf if nearly all samples have the same one there: it is the signal handler's, not
/// the program's. Up to two of them.
fn remove_signal_frames(stacks: &mut [Stack]) {
    // One other frame is allowed for so many samples.
    const SAMPLES_AN_EXCEPTION: usize = 32;
    let enough = stacks.len() - stacks.len() / SAMPLES_AN_EXCEPTION;
    for _ in 0..2 {
        let mut counts: HashMap<u64, usize> = HashMap::new();
        for address in stacks.iter().filter_map(|stack| stack.addresses.get(1)) {
            *counts.entry(*address).or_default() += 1;
        }
        // No two frames can be in nearly all samples, so the order of the map does not matter.
        let Some(signal_frame) =
            counts.into_iter().find(|&(_, count)| count >= enough).map(|(frame, _)| frame)
        else {
            return;
        };
        for stack in stacks.iter_mut().filter(|stack| stack.addresses.get(1) == Some(&signal_frame)) {
            stack.addresses.remove(1);
        }
    }
}

/// Takes out a leaf that is there twice: from the signal, and from unwinding as if it were a call.
pub(super) fn remove_double_leaf(stack: &mut Vec<u64>) {
    if let [leaf, caller, ..] = **stack
        && leaf == caller.wrapping_add(1)
    {
        stack.remove(1);
    }
}
