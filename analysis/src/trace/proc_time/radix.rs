//! Sorts by the part of a number that is time: a few counting passes, since a window has few bits of time.

/// Bits of a pass: its counts fit into the fastest cache.
const DIGIT_BITS: u32 = 11;

/// Fewer numbers are sorted by comparison as quickly.
const FEW: usize = 512;

/// Sorts numbers by what is above their lowest `ignored` bits, which is at most `most`; `spare` is memory to work in.
pub(super) fn sort_by_high_bits(numbers: &mut Vec<u64>, ignored: u32, most: u64, spare: &mut Vec<u64>) {
    if numbers.len() < FEW {
        numbers.sort_unstable();
        return;
    }
    spare.clear();
    spare.resize(numbers.len(), 0);
    let bits = u64::BITS - most.leading_zeros();
    let mut shift = ignored;
    while shift < ignored + bits {
        let digit = |number: u64| (number >> shift) as usize & ((1 << DIGIT_BITS) - 1);
        let mut places = [0_u32; 1 << DIGIT_BITS];
        numbers.iter().for_each(|&number| places[digit(number)] += 1);
        let mut begin = 0;
        for place in &mut places {
            begin += std::mem::replace(place, begin);
        }
        for &number in numbers.iter() {
            let place = &mut places[digit(number)];
            spare[*place as usize] = number;
            *place += 1;
        }
        std::mem::swap(numbers, spare);
        shift += DIGIT_BITS;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_in_order_of_their_high_bits(
            numbers in prop::collection::vec(any::<u64>(), 0..2_000),
            width in 1_u32..=56,
        ) {
            let most = (1_u64 << width) - 1;
            let mut sorted: Vec<u64> = numbers.iter().map(|number| number & (most << 8 | 0xFF)).collect();
            let mut expected = sorted.clone();
            expected.sort_unstable();
            sort_by_high_bits(&mut sorted, 8, most, &mut Vec::new());
            prop_assert!(sorted.is_sorted_by_key(|number| number >> 8));
            sorted.sort_unstable();
            prop_assert_eq!(sorted, expected);
        }
    }
}
