//! gperftools' `/threadz`: the stack of every thread.
//!
//! ```text
//! --- threadz 1 ---
//! --- Thread 7f794ab90940 (name: main/14748) stack: ---
//!   PC:  0x00bc8f1c: helper(arg *)         leaf first; all numbers of all lines up to the next `---`
//!   0x0040be31: main
//!       creator: 0xa45b96 0xa460b4         who started the thread goes on below its root
//! --- Thread 7f7948978700 (name: thread3/14759) stack: ---
//!   [same as previous thread]
//! --- Memory map: ---                      or `---- no stack trace for`, and whatever follows
//! ```
//!
//! Names stand beside some addresses and not others, so that they are left aside, as in pprof.

use super::address_profile::{AddressProfile, KeepAddresses};
use super::cpu::remove_double_leaf;
use super::maps::is_memory_map_start;
use super::rows::{RowsEnd, finish, first_line, not_a_row};
use crate::error::ParseError;
use crate::pprof::lines::Lines;
use crate::pprof::profile::Profile;
use crate::progress::Progress;

/// Reads the threads: one sample a stack, with the number of threads that have it one after the other.
///
/// # Errors
/// [`ParseError::Text`] for a section that is none of a thread, or an address of more than 64 bits.
pub(in crate::pprof) fn parse_threads(
    text: &[u8],
    progress: Option<&Progress>,
    warnings: &mut Vec<String>,
) -> Result<Profile, ParseError> {
    let mut lines = Lines::new(text, progress);
    let mut heading = Some(first_line(&mut lines)?.trim().to_owned());
    if heading.as_deref().is_some_and(|line| line.contains("--- threadz ")) {
        heading = next_heading(&mut lines, |_| Ok(()))?;
    }
    let mut profile = AddressProfile::new(&[("thread", "count")], ("thread", "count"), 1);
    while let Some(line) = heading.take() {
        if is_memory_map_start(&line) {
            return finish(lines, profile, &RowsEnd::MemoryMap);
        }
        if line.starts_with("---- no stack trace for") {
            return finish(lines, profile, &RowsEnd::OtherSection);
        }
        if !is_thread_start(&line) {
            return Err(lines.error(not_a_row(&line)));
        }
        let mut stack = Vec::new();
        let mut is_same = false;
        heading = next_heading(&mut lines, |line| {
            is_same |= line.contains("same as previous thread");
            stack.extend(addresses_in(line).ok_or("an address of more than 64 bits")?);
            Ok(())
        })?;
        if is_same || stack.is_empty() {
            if let Some(count) = profile.values.last_mut() {
                *count += 1;
            }
            continue;
        }
        // All but the leaf are where a call returns to.
        stack.iter_mut().skip(1).for_each(|address| *address = address.wrapping_sub(1));
        remove_double_leaf(&mut stack);
        profile.addresses.append(&mut stack);
        profile.end_sample(&[1]);
    }
    warnings.push("there is no memory map behind the threads: the file may have been cut off".to_owned());
    Ok(profile.finish(Vec::new(), KeepAddresses::Always))
}

/// Goes to the next line that begins a section and gives it; `None` at the end. `between` gets the lines before it.
fn next_heading(
    lines: &mut Lines<'_>,
    mut between: impl FnMut(&str) -> Result<(), &'static str>,
) -> Result<Option<String>, ParseError> {
    while let Some(line) = lines.next()? {
        let line = line.trim();
        if line.starts_with("---") || is_memory_map_start(line) {
            return Ok(Some(line.to_owned()));
        }
        between(line).map_err(|what| lines.error(what))?;
    }
    Ok(None)
}

/// `--- Thread 7f79 (name: main/14748) stack: ---`.
fn is_thread_start(line: &str) -> bool {
    let Some((_, rest)) = line.split_once("--- Thread ") else { return false };
    rest.split_once(" (name: ").is_some_and(|(id, rest)| {
        !id.is_empty()
            && id.bytes().all(|digit| digit.is_ascii_hexdigit())
            && rest.contains('/')
            && rest.contains(") stack: ---")
    })
}

/// All numbers `0x…` in a line; `None` if one has more than 64 bits.
fn addresses_in(line: &str) -> Option<Vec<u64>> {
    let number = |(at, _)| {
        let digits = line.get(at + 2..).unwrap_or_default();
        let end = digits.find(|digit: char| !matches!(digit, '0'..='9' | 'a'..='f')).unwrap_or(digits.len());
        digits.get(..end).filter(|digits| !digits.is_empty())
    };
    line.match_indices("0x").filter_map(number).map(|digits| u64::from_str_radix(digits, 16).ok()).collect()
}
