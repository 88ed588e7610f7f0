//! Protobuf messages on their way out.

use prost::encoding::{WireType, encode_key, encode_varint};

/// The bytes of a message, field by field. What is 0 or empty is left out where it says so.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    /// The bytes so far.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Forgets all fields and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// An integer, unless it is 0.
    pub(super) fn integer(&mut self, number: u32, value: u64) -> &mut Self {
        if value != 0 { self.explicit_integer(number, value) } else { self }
    }

    /// An integer, even if it is 0.
    pub(super) fn explicit_integer(&mut self, number: u32, value: u64) -> &mut Self {
        encode_key(number, WireType::Varint, &mut self.0);
        encode_varint(value, &mut self.0);
        self
    }

    /// A signed integer, unless it is 0.
    pub(super) fn signed(&mut self, number: u32, value: i64) -> &mut Self {
        self.integer(number, value.cast_unsigned())
    }

    /// Eight bytes, unless they are 0.
    pub(super) fn fixed64(&mut self, number: u32, value: u64) -> &mut Self {
        if value != 0 {
            encode_key(number, WireType::SixtyFourBit, &mut self.0);
            self.0.extend_from_slice(&value.to_le_bytes());
        }
        self
    }

    /// A text, unless it is empty.
    pub(super) fn text(&mut self, number: u32, text: &str) -> &mut Self {
        if text.is_empty() { self } else { self.put(number, text.as_bytes()) }
    }

    /// A message, a text or bytes, even if there are none.
    pub(super) fn put(&mut self, number: u32, bytes: &[u8]) -> &mut Self {
        encode_key(number, WireType::LengthDelimited, &mut self.0);
        encode_varint(bytes.len() as u64, &mut self.0);
        self.0.extend_from_slice(bytes);
        self
    }

    /// A message, even if it is empty.
    pub(super) fn message(&mut self, number: u32, message: &Self) -> &mut Self {
        self.put(number, &message.0)
    }

    /// Fields that are encoded already.
    pub(super) fn append(&mut self, fields: &Self) -> &mut Self {
        self.0.extend_from_slice(&fields.0);
        self
    }

    /// A list of integers, unless it is empty.
    pub(super) fn packed(&mut self, number: u32, values: impl Iterator<Item = u64>) -> &mut Self {
        let mut packed = Vec::new();
        values.for_each(|value| encode_varint(value, &mut packed));
        if packed.is_empty() { self } else { self.put(number, &packed) }
    }
}
