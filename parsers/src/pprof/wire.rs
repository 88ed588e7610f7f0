//! The wire format inside one message: fields out of a slice, on prost's varint.
//!
//! Strict and lenient exactly where pprof is: groups and wrong wire types are faults, unknown fields pass,
//! repeated integers may be packed or not. A [`Fault`] knows how many bytes were left when it was found, so that
//! no offset has to be carried along the fast path.

use std::borrow::Cow;

use prost::encoding::decode_varint;

/// Something wrong in a message. Boxed, so that a good result fits into registers.
#[derive(Debug)]
pub(super) struct Fault(Box<FaultParts>);

#[derive(Debug)]
struct FaultParts {
    left: usize,
    what: Cow<'static, str>,
}

impl Fault {
    #[cold]
    pub(super) fn new(left: usize, what: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(FaultParts { left, what: what.into() }))
    }

    /// The same fault seen from an outer message that goes on for `bytes` after the inner one.
    #[cold]
    pub(super) fn followed_by(mut self, bytes: usize) -> Self {
        self.0.left += bytes;
        self
    }

    /// Bytes between the fault and the end of the message.
    pub(super) fn left(&self) -> usize {
        self.0.left
    }

    /// The field and what is wrong with it.
    pub(super) fn what(&self) -> &str {
        &self.0.what
    }
}

/// Reads one varint off the front of `rest`.
#[inline]
pub(super) fn varint(rest: &mut &[u8]) -> Result<u64, Fault> {
    // Most keys, lengths and string indices: not worth a call.
    if let [byte @ 0..=0x7f, after @ ..] = *rest {
        *rest = after;
        return Ok(u64::from(*byte));
    }
    long_varint(rest)
}

#[inline(never)]
fn long_varint(rest: &mut &[u8]) -> Result<u64, Fault> {
    if let [low, high @ 0..=0x7f, after @ ..] = *rest {
        *rest = after;
        return Ok(u64::from(low & 0x7f) | u64::from(*high) << 7);
    }
    longer_varint(rest)
}

fn longer_varint(rest: &mut &[u8]) -> Result<u64, Fault> {
    let start = *rest;
    match decode_varint(rest) {
        Ok(value) => Ok(value),
        Err(_) => {
            *rest = start;
            varint_past_64_bits(rest)
        }
    }
}

/// What prost refuses: a tenth byte with bits past the 64th, which pprof (as most readers) drops; and what is
/// wrong for everybody, an eleventh byte or a missing one.
#[cold]
fn varint_past_64_bits(rest: &mut &[u8]) -> Result<u64, Fault> {
    let mut value = 0u64;
    for (index, &byte) in rest.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            *rest = rest.get(index + 1..).unwrap_or(&[]);
            return Ok(value);
        }
    }
    let what = if rest.len() < 10 { "a varint is cut off" } else { "a varint is longer than 10 bytes" };
    Err(Fault::new(rest.len(), what))
}

/// The same for formats with rules of their own; nothing is read off where there is none.
pub(crate) fn wire_varint(rest: &mut &[u8]) -> Option<u64> {
    varint(rest).ok()
}

/// Keys of fields in messages: number and wire type in one, so that one comparison checks both.
pub(super) mod key {
    /// The key of an integer or bool field that is not packed.
    const fn int(number: u64) -> u64 {
        number << 3
    }

    /// The key of a message, a string or packed integers.
    const fn bytes(number: u64) -> u64 {
        number << 3 | 2
    }

    pub(crate) const INT_1: u64 = int(1);
    pub(crate) const INT_2: u64 = int(2);
    pub(crate) const INT_3: u64 = int(3);
    pub(crate) const INT_4: u64 = int(4);
    pub(crate) const INT_5: u64 = int(5);
    pub(crate) const INT_6: u64 = int(6);
    pub(crate) const INT_7: u64 = int(7);
    pub(crate) const INT_8: u64 = int(8);
    pub(crate) const INT_9: u64 = int(9);
    pub(crate) const INT_10: u64 = int(10);
    pub(crate) const BYTES_1: u64 = bytes(1);
    pub(crate) const BYTES_2: u64 = bytes(2);
    pub(crate) const BYTES_3: u64 = bytes(3);
    pub(crate) const BYTES_4: u64 = bytes(4);
}

/// The payload of a length-delimited field that began with `left` bytes to go.
#[inline]
pub(super) fn bytes<'a>(rest: &mut &'a [u8], left: usize) -> Result<&'a [u8], Fault> {
    let len = varint(rest)?;
    match usize::try_from(len).ok().and_then(|len| rest.split_at_checked(len)) {
        Some((payload, after)) => {
            *rest = after;
            Ok(payload)
        }
        None => Err(Fault::new(left, format!("a field announces {len} bytes where {} are left", rest.len()))),
    }
}

/// What a message calls its fields, for errors; field 1 comes first.
pub(super) struct Names {
    pub(super) message: &'static str,
    pub(super) fields: &'static [&'static str],
}

impl Names {
    /// Goes past a field that the message does not know. One that it does know, but with another key, is a fault:
    /// its wire type is wrong.
    #[cold]
    pub(super) fn skip(&self, key: u64, left: usize, rest: &mut &[u8]) -> Result<(), Fault> {
        let (number, wire_type) = (key >> 3, key & 7);
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        if let Some(name) = index.and_then(|index| self.fields.get(index)) {
            let what = format!("{}.{name} has the wrong wire type {wire_type}", self.message);
            return Err(Fault::new(left, what));
        }
        match wire_type {
            0 => varint(rest).map(drop),
            2 => bytes(rest, left).map(drop),
            _ => {
                let len = fixed_len(wire_type).ok_or_else(|| unknown_wire_type(number, wire_type, left))?;
                let after = rest.get(len..);
                *rest = after.ok_or_else(|| Fault::new(left, format!("field {number} is cut off")))?;
                Ok(())
            }
        }
    }
}

/// Bytes of a fixed-size payload; `None` for groups and the wire types that do not exist.
pub(super) const fn fixed_len(wire_type: u64) -> Option<usize> {
    match wire_type {
        1 => Some(8),
        5 => Some(4),
        _ => None,
    }
}

#[cold]
pub(super) fn unknown_wire_type(number: u64, wire_type: u64, left: usize) -> Fault {
    Fault::new(left, format!("field {number} has wire type {wire_type}, which pprof does not know"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names = Names { message: "Message", fields: &["known"] };

    #[test]
    fn a_tenth_byte_may_hold_bits_past_the_64th_but_an_eleventh_byte_may_not_be() {
        let ten = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        assert_eq!(varint(&mut &ten[..]).unwrap(), u64::MAX);
        let eleven = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
        assert!(varint(&mut &eleven[..]).unwrap_err().what().contains("longer than 10 bytes"));
        assert!(varint(&mut &eleven[..3]).unwrap_err().what().contains("cut off"));
    }

    #[test]
    fn unknown_fields_pass_and_groups_are_faults() {
        let skip = |key: u64, mut rest: &[u8]| NAMES.skip(key, 9, &mut rest).map(|()| rest.len());
        let payload = [2, 0, 0, 0, 0, 0, 0, 0, 0];
        let left: Vec<usize> =
            [0, 1, 2, 5].map(|wire_type| skip(2 << 3 | wire_type, &payload).unwrap()).into();
        assert_eq!(left, [8, 1, 6, 5]);
        for wire_type in [3, 4, 6, 7] {
            let fault = skip(2 << 3 | wire_type, &payload).unwrap_err();
            assert!(fault.what().contains(&format!("wire type {wire_type}")), "{}", fault.what());
        }
        let fault = skip(1 << 3 | 5, &payload).unwrap_err();
        assert_eq!(fault.what(), "Message.known has the wrong wire type 5");
    }

    #[test]
    fn a_length_of_an_exabyte_is_a_fault_and_nothing_is_taken_for_it() {
        let mut length = Vec::new();
        prost::encoding::encode_varint(1 << 60, &mut length);
        let fault = bytes(&mut &length[..], 10).unwrap_err();
        assert_eq!(fault.left(), 10);
        assert!(fault.what().contains("1152921504606846976"), "{}", fault.what());
    }
}
