//! Whether bytes look like OTLP profiles, and not like profile.proto, from their beginning.
//!
//! ```text
//!                 field 1                              field 2
//! profile.proto   ValueType { 1 number, 2 number }     Sample { 1 packed ids, 2 packed values, 3 label }
//! ProfilesData    ResourceProfiles { 1, 2, 3 message } ProfilesDictionary { 1–7 message; the first one empty }
//! ```

use crate::pprof::wire_varint;

/// Whether a file that begins with `head` holds OTLP profiles.
pub(crate) fn has_otlp_shape(head: &[u8]) -> bool {
    has_message_shape(head) || framed(head).is_some_and(has_message_shape)
}

/// What comes behind the length in front of a message, where there is one: a collector's file exporter writes such.
pub(super) fn framed(bytes: &[u8]) -> Option<&[u8]> {
    let (len, message) = bytes.split_first_chunk::<4>()?;
    let len = u32::from_be_bytes(*len);
    // A longer message would begin with what could be the key of a field; collectors write some megabytes at a time.
    (len > 0 && len < 1 << 24).then_some(message)
}

fn has_message_shape(mut rest: &[u8]) -> bool {
    let Some(key @ (0x0a | 0x12)) = wire_varint(&mut rest) else { return false };
    let Some(len) = wire_varint(&mut rest) else { return false };
    let whole = usize::try_from(len).ok().and_then(|len| rest.get(..len));
    let message = whole.unwrap_or(rest);
    let numbers = messages(message);
    if key == 0x0a {
        return numbers.first().is_some_and(|number| (1..=3).contains(number));
    }
    let is_row_zero = message.starts_with(&[0x0a, 0]);
    let is_table = |number: &u64| (1..=7).contains(number);
    numbers.iter().all(is_table) && (is_row_zero || numbers.iter().any(|&number| number > 3))
}

/// The numbers of the fields of a message; empty if one of them is no message, text or list.
fn messages(mut rest: &[u8]) -> Vec<u64> {
    let mut numbers = Vec::new();
    while let Some(key) = wire_varint(&mut rest) {
        if key & 7 != 2 {
            return Vec::new();
        }
        numbers.push(key >> 3);
        let len = wire_varint(&mut rest).and_then(|len| usize::try_from(len).ok());
        match len.and_then(|len| rest.get(len..)) {
            Some(after) => rest = after,
            None => break,
        }
    }
    numbers
}
