//! Ids for the numbers that a trace gives its threads, Ps and tasks, in the order in which they show up.
//!
//! The runtime counts Ps, tasks and (nearly) threads, so an array leads from most numbers to their ids: a hash
//! table of a million tasks would miss the cache at every event.
//!
//! ```text
//! base 4711   near | 1 | – | 2 | 3 |      4711 → 1, 4713 → 2, 4714 → 3
//! far         all numbers that are far from the base
//! ```

use super::id_map::NumberMap;

/// Numbers of the file by id, and back.
#[derive(Debug)]
pub(super) struct Numbers {
    by_id: Vec<u64>,
    base: Option<u64>,
    near: Vec<u32>,
    far: NumberMap,
}

/// Mark of a number that has no id yet.
const NO_ID: u32 = u32::MAX;

impl Numbers {
    /// Ids for what is always there, of which the first is "none".
    pub(super) fn new(known: &[u64]) -> Self {
        let mut far = NumberMap::default();
        for (id, &number) in known.iter().enumerate() {
            far.insert(number, id as u32);
        }
        Self { by_id: known.to_vec(), base: None, near: Vec::new(), far }
    }

    /// No more numbers will be asked for.
    pub(super) fn end(&mut self) {
        self.by_id.shrink_to_fit();
        (self.near, self.far) = (Vec::new(), NumberMap::default());
    }

    /// All numbers, by id.
    pub(super) fn all(&self) -> &[u64] {
        &self.by_id
    }

    /// The id of a number, new or known.
    #[inline]
    pub(super) fn id(&mut self, number: u64) -> u32 {
        let place = number.wrapping_sub(self.base.unwrap_or(number));
        match self.near.get(usize::try_from(place).unwrap_or(usize::MAX)) {
            Some(&id) if id != NO_ID => id,
            _ => self.far_or_new(number),
        }
    }

    /// The id of a number that is known.
    pub(super) fn find(&self, number: u64) -> Option<u32> {
        let place = number.wrapping_sub(self.base.unwrap_or(number));
        match self.near.get(usize::try_from(place).unwrap_or(usize::MAX)) {
            Some(&id) if id != NO_ID => Some(id),
            _ => self.far.get(number),
        }
    }

    #[inline(never)]
    fn far_or_new(&mut self, number: u64) -> u32 {
        if let Some(id) = self.far.get(number) {
            return id;
        }
        let id = self.by_id.len() as u32;
        self.by_id.push(number);
        // Somewhat below the first number, for those that come a little out of order.
        let base = *self.base.get_or_insert(number.saturating_sub(64));
        // The array is at most four times as long as there are numbers, whatever a hostile file does.
        match number.checked_sub(base).filter(|&place| place < 4 * self.by_id.len() as u64 + 256) {
            Some(place) => {
                let place = place as usize;
                if place >= self.near.len() {
                    self.near.resize(place + 1, NO_ID);
                }
                self.near[place] = id;
            }
            None => self.far.insert(number, id),
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn equal_numbers_have_equal_ids_wherever_they_lie(
            numbers in prop::collection::vec((prop_oneof![Just(0), Just(5000), Just(u64::MAX - 500)], 0_u64..1000), 0..2000),
        ) {
            let mut ours = Numbers::new(&[u64::MAX, 0]);
            let mut model = HashMap::from([(u64::MAX, 0), (0, 1)]);
            for (base, offset) in numbers {
                let number = base + offset % 500;
                let next = model.len() as u32;
                let expected = *model.entry(number).or_insert(next);
                prop_assert_eq!(ours.id(number), expected);
                prop_assert_eq!(ours.all()[expected as usize], number);
            }
        }
    }

    #[test]
    fn numbers_far_apart_take_little_memory() {
        let mut numbers = Numbers::new(&[u64::MAX]);
        for number in 0..1000_u64 {
            numbers.id(number << 50);
        }
        assert!(numbers.near.len() < 10_000);
    }
}
