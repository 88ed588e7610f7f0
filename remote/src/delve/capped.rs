//! A list in an answer of which only so many entries are kept: three bytes of JSON become hundreds in memory.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

/// At most `N` entries; the others are read over. `null` is an empty list: so Go writes a nil slice.
#[derive(Debug)]
pub(super) struct Capped<T, const N: usize>(pub(super) Vec<T>);

impl<T, const N: usize> Default for Capped<T, N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for Capped<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Entries(PhantomData))
    }
}

struct Entries<T, const N: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Entries<T, N> {
    type Value = Capped<T, N>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Capped::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < N {
            match entries.next_element()? {
                Some(entry) => kept.push(entry),
                None => return Ok(Capped(kept)),
            }
        }
        while entries.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Capped(kept))
    }
}

#[cfg(test)]
mod tests {
    use super::Capped;

    #[test]
    fn entries_behind_the_last_one_are_read_over() {
        let read = |text: &str| serde_json::from_str::<Capped<u8, 2>>(text).map(|list| list.0).ok();
        assert_eq!(read("[1]"), Some(vec![1]));
        assert_eq!(read("[1, 2, 3, [4]]"), Some(vec![1, 2]));
        assert_eq!(read("null"), Some(vec![]));
        assert_eq!(read("[1, 2, 3"), None);
        assert_eq!(read("[\"x\"]"), None);
    }
}
