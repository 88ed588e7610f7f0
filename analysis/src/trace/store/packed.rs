//! A column of numbers in as many bits each as tell the largest of them from the least.
//!
//! ```text
//! numbers  15 10 17 12      least 10, width 3      bits, from the lowest  101 000 111 010
//! ```
//!
//! A number is read by one load of eight bytes, a shift and a mask, wherever it lies; so the column ends with bytes
//! that no number has.

use std::ops::{Range, RangeInclusive};

/// What a load reads where no number is: all of it, if numbers need no bits.
pub(crate) const PADDING: usize = 8;

/// Numbers below 2³², packed.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    bytes: Box<[u8]>,
    len: u32,
    least: u32,
    width: u8,
}

impl Packed {
    /// Packs numbers.
    pub(crate) fn new(numbers: &[u32]) -> Self {
        let (least, most) = (numbers.iter().min(), numbers.iter().max());
        let bounds = least.copied().unwrap_or(0)..=most.copied().unwrap_or(0);
        Self::within(bounds, numbers.iter().copied())
    }

    /// Packs numbers that are not below the first bound and not above the second.
    pub(crate) fn within(bounds: RangeInclusive<u32>, numbers: impl ExactSizeIterator<Item = u32>) -> Self {
        let (len, least) = (numbers.len(), *bounds.start());
        let width = u32::BITS - bounds.end().saturating_sub(least).leading_zeros();
        let mut bytes = Vec::with_capacity((len * width as usize).div_ceil(8) + PADDING);
        let (mut bits, mut filled) = (0_u64, 0);
        for number in numbers {
            bits |= u64::from(number - least) << filled;
            filled += width;
            if filled >= u32::BITS {
                bytes.extend_from_slice(&(bits as u32).to_le_bytes());
                bits >>= u32::BITS;
                filled -= u32::BITS;
            }
        }
        bytes.extend_from_slice(&bits.to_le_bytes()[..filled.div_ceil(8) as usize]);
        bytes.extend_from_slice(&[0; PADDING]);
        Self { bytes: bytes.into_boxed_slice(), len: len as u32, least, width: width as u8 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len as usize
    }

    /// The number at a place, which is below `len`.
    #[inline]
    pub(crate) fn at(&self, place: usize) -> u32 {
        debug_assert!(place < self.len(), "place {place} of {}", self.len);
        let width = usize::from(self.width);
        self.least + bits_at(&self.bytes, place * width, width)
    }

    /// The numbers at places, in order.
    #[inline]
    pub(crate) fn range(&self, places: Range<usize>) -> impl Iterator<Item = u32> + '_ {
        places.map(|place| self.at(place))
    }

    /// All of them, unpacked.
    pub(crate) fn to_vec(&self) -> Vec<u32> {
        self.range(0..self.len()).collect()
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// The bits of a number that is up to 32 wide. Eight bytes are read from where it begins.
#[inline]
pub(crate) fn bits_at(bytes: &[u8], bit: usize, width: usize) -> u32 {
    let first = bit / 8;
    let eight: [u8; 8] = bytes[first..first + 8].try_into().expect("a range of eight");
    (u64::from_le_bytes(eight) >> (bit % 8)) as u32 & mask(width)
}

#[inline]
fn mask(width: usize) -> u32 {
    ((1_u64 << width) - 1) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_takes_the_bits_that_tell_the_largest_from_the_least() {
        let bytes = |numbers: &[u32]| Packed::new(numbers).heap_bytes() - PADDING;
        assert_eq!(bytes(&[]), 0);
        assert_eq!(bytes(&[1_000_000; 100]), 0);
        assert_eq!(bytes(&[15, 10, 17, 12]), 2);
        assert_eq!(bytes(&[0, 1 << 25, 0, 0, 0, 0, 0, 0]), 26);
        assert_eq!(bytes(&[0, u32::MAX, 1]), 12);
    }

    proptest! {
        #[test]
        fn every_number_comes_back(
            width in 0_u32..=32,
            least in any::<u32>(),
            numbers in prop::collection::vec(any::<u32>(), 0..200),
        ) {
            let numbers = numbers.iter().map(|&number| least.saturating_add(number & mask(width as usize)));
            let numbers: Vec<u32> = numbers.collect();
            let packed = Packed::new(&numbers);
            prop_assert_eq!(packed.len(), numbers.len());
            prop_assert_eq!(packed.to_vec(), numbers);
        }
    }
}
