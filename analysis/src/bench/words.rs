//! Names, keys and values, each kept once: the same bytes have the same number.

use rustc_hash::FxHashMap;

/// The number of some bytes; 0 is for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Word(u32);

impl Word {
    /// No bytes: what has no value.
    pub(super) const EMPTY: Self = Self(0);
}

/// All bytes that were met.
#[derive(Debug)]
pub(super) struct Words {
    numbers: FxHashMap<Box<[u8]>, Word>,
    bytes: Vec<Box<[u8]>>,
}

impl Default for Words {
    fn default() -> Self {
        let mut words = Self { numbers: FxHashMap::default(), bytes: Vec::new() };
        words.number(b"");
        words
    }
}

impl Words {
    /// The number of some bytes.
    pub(super) fn number(&mut self, bytes: &[u8]) -> Word {
        if let Some(&word) = self.numbers.get(bytes) {
            return word;
        }
        let word = Word(self.bytes.len() as u32);
        self.numbers.insert(bytes.into(), word);
        self.bytes.push(bytes.into());
        word
    }

    /// The bytes of a number.
    pub(super) fn bytes(&self, word: Word) -> &[u8] {
        &self.bytes[word.0 as usize]
    }
}
