//! Unsigned LEB128 numbers, the only kind of number in a trace.
//!
//! Most are one to four bytes long; padded encodings are legal (the runtime reserves ten bytes for a batch
//! length and fills them with continuation bytes). A tenth byte above 1 is an overflow.

/// Splits one number off the front of `bytes`; `None` when it is cut off or overflows 64 bits.
#[inline(always)]
pub(crate) fn split_uvarint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        return Some((u64::from(first), rest));
    }
    split_long(bytes)
}

/// Two bytes and more: eight bytes at once where there are as many, because the length of the numbers of a
/// trace is close to random and a loop over bytes would mispredict its end.
#[inline(always)]
fn split_long(bytes: &[u8]) -> Option<(u64, &[u8])> {
    const CONTINUES: u64 = 0x8080_8080_8080_8080;
    if let Some(chunk) = bytes.first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let ends = !word & CONTINUES;
        if ends != 0 {
            let bits = ends.trailing_zeros() + 1;
            let word = word & (u64::MAX >> (64 - bits));
            let rest = bytes.get((bits >> 3) as usize..)?;
            return Some((squeeze(word), rest));
        }
    }
    split_slow(bytes)
}

/// Closes the gaps that the eight continuation bits leave: 8×7 bits → 56 bits.
#[inline(always)]
fn squeeze(word: u64) -> u64 {
    let pairs = (word & 0x007f_007f_007f_007f) | ((word & 0x7f00_7f00_7f00_7f00) >> 1);
    let quads = (pairs & 0x0000_3fff_0000_3fff) | ((pairs & 0x3fff_0000_3fff_0000) >> 2);
    (quads & 0x0000_0000_0fff_ffff) | ((quads & 0x0fff_ffff_0000_0000) >> 4)
}

#[cold]
fn split_slow(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, &byte) in bytes.iter().take(10).enumerate() {
        if at == 9 && byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

/// Bytes of the shortest encoding of `value`.
#[inline(always)]
pub(crate) fn uvarint_len(value: u64) -> u32 {
    (70 - (value | 1).leading_zeros()) / 7
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }

    proptest! {
        #[test]
        fn every_number_survives_with_any_bytes_behind_it(shift in 0_u32..64, low: u64, tail: Vec<u8>) {
            let value = low >> shift;
            let mut bytes = encode(value);
            prop_assert_eq!(bytes.len() as u32, uvarint_len(value));
            bytes.extend_from_slice(&tail);
            prop_assert_eq!(split_uvarint(&bytes), Some((value, &tail[..])));
        }

        #[test]
        fn fast_and_slow_path_agree_on_any_bytes(bytes: Vec<u8>) {
            prop_assert_eq!(split_uvarint(&bytes), split_slow(&bytes));
        }
    }

    #[test]
    fn padding_is_legal_up_to_ten_bytes_and_overflow_is_not() {
        let padded = [0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x77];
        assert_eq!(split_uvarint(&padded), Some((5, &[0x77][..])));
        let mut over = [0xff; 10];
        over[9] = 2;
        assert_eq!(split_uvarint(&over), None);
        assert_eq!(split_uvarint(&[0x80; 11]), None);
        assert_eq!(split_uvarint(&[]), None);
    }
}
