//! jemalloc's own heap dump (`prof.dump`, jemalloc 4 and later).
//!
//! ```text
//! heap_v2/524288                       bytes between two samples
//!   t*: 3: 1536 [0: 0]                 all threads: objects: bytes in use [and allocated, with prof_accum]
//!   t0: 3: 1536 [0: 0]                 each thread, which is not looked at
//! @ 0x401010 0x401020                  a stack, leaf first
//!   t*: 2: 1024 [0: 0]
//! MAPPED_LIBRARIES:                    the lines of /proc/PID/maps
//! ```
//!
//! pprof does not open it. It becomes the profile that pprof makes of gperftools' `heap_v2`, which is sampled in the
//! same way: counts are scaled up to what was probably there, as jeprof does.

use super::address_profile::{AddressProfile, KeepAddresses};
use super::heap::{HeapHeader, add_to_sums, has_allocations, heap_numbers, heap_types};
use super::maps::{is_memory_map_start, parse_memory_map};
use super::rows::{first_line, leading_addresses, not_a_row};
use super::totals::{warn_if_cut, warn_if_different};
use crate::error::ParseError;
use crate::pprof::lines::Lines;
use crate::pprof::profile::Profile;
use crate::progress::Progress;

/// Reads such a dump.
///
/// # Errors
/// [`ParseError::Text`] for a line that is none of these, or for bytes without objects.
pub(in crate::pprof) fn parse_jemalloc(
    text: &[u8],
    progress: Option<&Progress>,
    warnings: &mut Vec<String>,
) -> Result<Profile, ParseError> {
    let mut lines = Lines::new(text, progress);
    let period = first_line(&mut lines)?.trim().strip_prefix("heap_v2/").and_then(|rate| rate.parse().ok());
    let period = period.ok_or_else(|| lines.error("expected heap_v2/RATE"))?;
    let mut header = HeapHeader { period, is_sampled: true, has_allocations: false, totals: [0; 4] };
    let mut profile: Option<AddressProfile> = None;
    let mut stack: Option<Vec<u64>> = None;
    let mut sums = [0_i128; 4];
    let mut ranges = Vec::new();
    while let Some(line) = lines.next()? {
        let row = line.trim();
        if is_memory_map_start(row) {
            ranges = parse_memory_map(&mut lines)?;
            break;
        }
        if let Some(addresses) = row.strip_prefix('@') {
            let addresses = leading_addresses(addresses).ok_or_else(|| lines.error(not_a_row(row)))?;
            stack = Some(addresses.iter().map(|address| address.wrapping_sub(1)).collect());
            continue;
        }
        let Some(numbers) = row.strip_prefix("t*:") else {
            if row.is_empty() || row.starts_with(['t', '#']) {
                continue;
            }
            return Err(lines.error(not_a_row(row)));
        };
        let numbers = heap_numbers(numbers).ok_or_else(|| lines.error(not_a_row(row)))?;
        let Some(stack) = stack.take() else {
            if profile.is_some() {
                return Err(lines.error(not_a_row(row)));
            }
            header.has_allocations = has_allocations(numbers);
            header.totals = numbers.map(i128::from);
            continue;
        };
        add_to_sums(numbers, &mut sums);
        let mut fault = None;
        let row =
            header.row(numbers, stack, &mut fault).ok_or_else(|| lines.error(fault.unwrap_or_default()))?;
        let profile = profile.get_or_insert_with(|| new_profile(&header));
        profile.addresses.extend(row.addresses);
        profile.end_sample(&row.values);
        let label = profile.builder.numeric_label("bytes", row.block_bytes.unwrap_or(0), "");
        profile.label_last(label);
    }
    let n_compared = if header.has_allocations { 4 } else { 2 };
    warn_if_different(&header.totals[..n_compared], &sums[..n_compared], warnings);
    warn_if_cut(text, warnings);
    Ok(profile.unwrap_or_else(|| new_profile(&header)).finish(ranges, KeepAddresses::Always))
}

fn new_profile(header: &HeapHeader) -> AddressProfile {
    AddressProfile::new(heap_types(header.has_allocations), ("space", "bytes"), header.period)
}
