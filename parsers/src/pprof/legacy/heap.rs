//! The text of heap profiles: Go's heap and allocs, gperftools' heapz, growthz and fragmentationz.

use super::address_profile::{AddressProfile, HiddenLeaves};
use super::rows::{Row, finish, first_line, leading_addresses, read_rows};
use super::totals::{warn_if_cut, warn_if_different};
use crate::error::ParseError;
use crate::pprof::lines::Lines;
use crate::pprof::profile::Profile;
use crate::progress::Progress;

/// Reads `heap profile: n: b [an: ab] @ heap/RATE` with rows `n: b [an: ab] @ 0x…`.
///
/// # Errors
/// [`ParseError::Text`] for a line that is none of these, or for bytes without objects.
pub(in crate::pprof) fn parse_heap(
    text: &[u8],
    progress: Option<&Progress>,
    warnings: &mut Vec<String>,
) -> Result<Profile, ParseError> {
    let mut lines = Lines::new(text, progress);
    let header = first_line(&mut lines)?;
    let header = HeapHeader::parse(&header).ok_or_else(|| lines.error("not a header of a heap profile"))?;
    let mut profile =
        AddressProfile::new(heap_types(header.has_allocations), ("space", "bytes"), header.period);
    // pprof would set drop_frames here, which has no effect on its bare addresses. With names it would cut stacks that
    // Go's own binary heap profile shows whole; that one leaves out the runtime's first frames, and so do we.
    profile.hidden_leaves = HiddenLeaves::Dropped;
    let mut sums = [0_i128; 4];
    let rows_end = read_rows(&mut lines, &mut profile, |row, fault| {
        let (numbers, addresses) = row.split_once('@')?;
        let numbers = heap_numbers(numbers)?;
        add_to_sums(numbers, &mut sums);
        header.row(numbers, leading_addresses(addresses)?, fault)
    })?;
    let n_compared = if header.has_allocations { 4 } else { 2 };
    warn_if_different(&header.totals[..n_compared], &sums[..n_compared], warnings);
    warn_if_cut(text, warnings);
    finish(lines, profile, &rows_end)
}

/// The columns of a heap profile. What was allocated comes first, so that what is in use is shown by default.
pub(super) fn heap_types(has_allocations: bool) -> &'static [(&'static str, &'static str)] {
    const ALL: [(&str, &str); 4] = [
        ("alloc_objects", "count"),
        ("alloc_space", "bytes"),
        ("inuse_objects", "count"),
        ("inuse_space", "bytes"),
    ];
    const IN_USE_ONLY: [(&str, &str); 2] = [("objects", "count"), ("space", "bytes")];
    if has_allocations { &ALL } else { &IN_USE_ONLY }
}

/// Adds the numbers of a row to sums of the same.
pub(super) fn add_to_sums(numbers: [i64; 4], sums: &mut [i128; 4]) {
    for (sum, number) in sums.iter_mut().zip(numbers) {
        *sum += i128::from(number);
    }
}

/// What the first line of a heap profile says.
pub(super) struct HeapHeader {
    /// Bytes between two samples; 1 if nothing was sampled.
    pub(super) period: i64,
    /// Whether counts have to be scaled up.
    pub(super) is_sampled: bool,
    /// Whether there is more to tell about allocations than about what is in use.
    pub(super) has_allocations: bool,
    /// Objects and bytes in use, objects and bytes allocated.
    pub(super) totals: [i128; 4],
}

impl HeapHeader {
    fn parse(line: &str) -> Option<Self> {
        let (numbers, kind) = line.trim_start().strip_prefix("heap profile:")?.split_once('@')?;
        let totals = heap_numbers(numbers)?;
        let kind = kind.trim_start();
        let end = kind.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let (kind, rest) = kind.split_at(end.unwrap_or(kind.len()));
        let rate = rest.strip_prefix('/').unwrap_or_default();
        let n_digits = rate.bytes().take_while(u8::is_ascii_digit).count();
        let rate: i64 = if n_digits == 0 { 0 } else { rate.get(..n_digits)?.parse().ok()? };
        let (period, is_sampled) = match kind {
            // Go writes twice its rate.
            "heap" => (rate / 2, true),
            "heap_v2" | "heapz_v2" => (rate, true),
            "heapprofile" => (1, false),
            "growth" | "growthz" | "fragmentation" | "fragmentationz" => (1, false),
            _ => return None,
        };
        let has_allocations = has_allocations(totals) && kind.starts_with("heap");
        Some(Self { period, is_sampled, has_allocations, totals: totals.map(i128::from) })
    }

    /// The sample of a row with these numbers.
    pub(super) fn row(
        &self,
        [in_use, in_use_bytes, allocated, allocated_bytes]: [i64; 4],
        addresses: Vec<u64>,
        fault: &mut Option<String>,
    ) -> Option<Row> {
        let mut values = Vec::with_capacity(4);
        let mut block_bytes = 0;
        let mut push = |name: &str, objects: i64, bytes: i64| {
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

/// Whether the totals say something about allocations that they do not say about what is in use.
pub(super) fn has_allocations([in_use, in_use_bytes, allocated, allocated_bytes]: [i64; 4]) -> bool {
    let differs = |total: i64, in_use: i64| total != in_use && total != 0;
    differs(allocated, in_use) || differs(allocated_bytes, in_use_bytes)
}

/// The four numbers of `n: b [an: ab]`; what follows the bracket is not looked at.
pub(super) fn heap_numbers(text: &str) -> Option<[i64; 4]> {
    let (in_use, allocated) = text.split_once(']')?.0.split_once('[')?;
    let (in_use, in_use_bytes) = in_use.split_once(':')?;
    let (allocated, allocated_bytes) = allocated.split_once(':')?;
    let number = |text: &str| text.trim().parse::<i64>().ok();
    Some([number(in_use)?, number(in_use_bytes)?, number(allocated)?, number(allocated_bytes)?])
}

/// What was probably there, from what was sampled: an object of `s` bytes is sampled with probability
/// `1 - exp(-s / period)`.
pub(super) fn unsampled(objects: i64, bytes: i64, period: i64) -> [i64; 2] {
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
