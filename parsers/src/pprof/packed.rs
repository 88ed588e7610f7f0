//! Runs of packed varints: what a profile mostly consists of (40 location ids a sample).
//!
//! Prost's `decode_varint` takes one varint at a time and branches on its length, which is as good as random in a
//! stack. So while eight bytes are at hand two varints are cut out of one word without a branch:
//!
//! ```text
//! word   96 81 05 | 83 02 | 7f 91 …      ends: the bytes below 0x80, found all at once
//!        first      second               their 7-bit groups are pushed together
//! ```
//!
//! and what does not fit (long varints, the last bytes) is prost's. Measured on a million stacks: half the time. Where
//! values go straight into a column they are gathered in a small buffer first: appending them one by one would look at
//! the column's length each time, which takes a third longer.

use super::wire::{Fault, varint};

/// Values that are gathered before they are appended to a column: as many as most stacks have.
const GATHERED: usize = 64;

/// Appends `row_of` every value of `packed` to `column`.
#[inline]
pub(super) fn extend_from_packed<T: Copy + Default>(
    packed: &[u8],
    column: &mut Vec<T>,
    mut row_of: impl FnMut(u64) -> T,
) -> Result<(), Fault> {
    let mut rest = packed;
    let mut gathered = [[T::default(); 2]; GATHERED / 2];
    loop {
        let mut n_pairs = 0;
        for pair in &mut gathered {
            let Some((values, n_bytes)) = next_pair(rest) else { break };
            *pair = values.map(&mut row_of);
            rest = rest.get(n_bytes..).unwrap_or(&[]);
            n_pairs += 1;
        }
        column.extend_from_slice(gathered.get(..n_pairs).unwrap_or(&[]).as_flattened());
        if n_pairs == GATHERED / 2 {
            continue;
        }
        if rest.is_empty() {
            return Ok(());
        }
        // Less than eight bytes are left, or a long varint comes next.
        match last_word(packed, rest.len()) {
            Some(word) => return extend_from_word(word, rest, column, row_of),
            None => column.push(row_of(varint(&mut rest)?)),
        }
    }
}

/// The last `len` bytes of a run; `None` if they are eight or more, or the run itself is shorter than that.
#[inline]
fn last_word(packed: &[u8], len: usize) -> Option<u64> {
    let word = u64::from_le_bytes(*packed.last_chunk::<8>()?);
    (len < 8).then(|| word.checked_shr(64 - 8 * len as u32).unwrap_or(0))
}

/// Appends the varints of a word that holds the bytes of `rest` and nothing behind them.
#[inline]
fn extend_from_word<T>(
    mut word: u64,
    mut rest: &[u8],
    column: &mut Vec<T>,
    mut row_of: impl FnMut(u64) -> T,
) -> Result<(), Fault> {
    while !rest.is_empty() {
        let bits = (!word & 0x8080_8080_8080_8080).trailing_zeros() + 1;
        let Some(after) = rest.get((bits / 8) as usize..) else {
            // The last one is cut off, which this call says.
            return varint(&mut rest).map(drop);
        };
        column.push(row_of(push_together(word & ((1 << bits) - 1))));
        word >>= bits;
        rest = after;
    }
    Ok(())
}

/// Calls `each` with every value of `packed`.
#[inline]
pub(super) fn for_each_packed(mut packed: &[u8], mut each: impl FnMut(u64)) -> Result<(), Fault> {
    while !packed.is_empty() {
        if let Some(([first, second], n_bytes)) = next_pair(packed) {
            each(first);
            each(second);
            packed = packed.get(n_bytes..).unwrap_or(&[]);
        } else {
            each(varint(&mut packed)?);
        }
    }
    Ok(())
}

/// The next two values, and how many bytes they take; `None` if eight bytes are not at hand or do not hold both.
#[inline]
fn next_pair(packed: &[u8]) -> Option<([u64; 2], usize)> {
    let word = u64::from_le_bytes(*packed.first_chunk::<8>()?);
    let ends = !word & 0x8080_8080_8080_8080;
    let later_ends = ends & ends.wrapping_sub(1);
    if later_ends == 0 {
        return None;
    }
    let first_bits = ends.trailing_zeros() + 1;
    let both_bits = later_ends.trailing_zeros() + 1;
    // Neither shift reaches 64: two varints end in the word, so the first is at most seven bytes.
    let first = word & ((1 << first_bits) - 1);
    let second = (word >> first_bits) & (u64::MAX >> (64 - (both_bits - first_bits)));
    Some(([push_together(first), push_together(second)], (both_bits / 8) as usize))
}

/// The 7-bit groups of up to eight bytes as one number.
#[inline]
fn push_together(bytes: u64) -> u64 {
    let sevens = bytes & 0x7f7f_7f7f_7f7f_7f7f;
    let fourteens = (sevens & 0x007f_007f_007f_007f) | (sevens & 0x7f00_7f00_7f00_7f00) >> 1;
    let halves = (fourteens & 0x0000_3fff_0000_3fff) | (fourteens & 0x3fff_0000_3fff_0000) >> 2;
    (halves & 0x0000_0000_0fff_ffff) | (halves & 0x0fff_ffff_0000_0000) >> 4
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::encoding::encode_varint;

    use super::*;

    fn packed(values: &[u64]) -> Vec<u8> {
        let mut bytes = Vec::new();
        values.iter().for_each(|&value| encode_varint(value, &mut bytes));
        bytes
    }

    fn value_of_any_length() -> impl Strategy<Value = u64> {
        (any::<u64>(), 0u32..64).prop_map(|(value, shift)| value >> shift)
    }

    proptest! {
        #[test]
        fn every_run_of_varints_comes_back(values in prop::collection::vec(value_of_any_length(), 0..200)) {
            let mut decoded = Vec::new();
            for_each_packed(&packed(&values), |value| decoded.push(value)).unwrap();
            prop_assert_eq!(&decoded, &values);
            let mut column = vec![7];
            extend_from_packed(&packed(&values), &mut column, |value| value).unwrap();
            prop_assert_eq!(column.split_off(1), values);
        }

        #[test]
        fn any_bytes_give_what_one_varint_at_a_time_gives(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut decoded = Vec::new();
            let fault = for_each_packed(&bytes, |value| decoded.push(value)).err();
            let mut column = Vec::new();
            let fault_of_column = extend_from_packed(&bytes, &mut column, |value| value).err();
            prop_assert_eq!(&column, &decoded);
            prop_assert_eq!(
                fault_of_column.map(|fault| fault.left()),
                fault.as_ref().map(|fault| fault.left())
            );
            let mut rest = &bytes[..];
            let mut expected = Vec::new();
            let mut expected_fault = None;
            while !rest.is_empty() {
                match varint(&mut rest) {
                    Ok(value) => expected.push(value),
                    Err(found) => {
                        expected_fault = Some(found);
                        break;
                    }
                }
            }
            prop_assert_eq!(decoded, expected);
            prop_assert_eq!(fault.map(|fault| fault.left()), expected_fault.map(|fault| fault.left()));
        }
    }
}
