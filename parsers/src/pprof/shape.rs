//! Whether bytes look like profile.proto, from the first few fields.

use super::feed::{MAX_KNOWN_FIELD, Payload};
use super::wire::{bytes, varint};

/// Whether the beginning of some content may be that of a profile. The content may be cut off anywhere.
pub(crate) fn has_profile_shape(prefix: &[u8]) -> bool {
    let mut rest = prefix;
    let mut n_fields = 0;
    // A wrong one passes twenty fields about as often as a coin falls heads a hundred times.
    while n_fields < 20 && !rest.is_empty() {
        let here = rest;
        match next_field(&mut rest) {
            Some((number, payload)) if is_expected(number, &payload) => n_fields += 1,
            Some(_) => return false,
            // The last field of the prefix goes on after its end.
            None => return is_cut_off(here) && (n_fields > 0 || here.len() > 2),
        }
    }
    n_fields > 0
}

/// Whether the first field may be one of a profile, perhaps of a later version: worth decoding, if only to say what
/// is wrong with it.
pub(super) fn begins_like_profile(prefix: &[u8]) -> bool {
    let mut rest = prefix;
    match next_field(&mut rest) {
        Some((number, payload)) => number > MAX_KNOWN_FIELD || is_expected(number, &payload),
        None => is_cut_off(prefix) || begins_unknown_field(prefix),
    }
}

/// Whether there is the beginning of a field whose number is that of no field known today.
fn begins_unknown_field(mut prefix: &[u8]) -> bool {
    varint(&mut prefix).is_ok_and(|key| key >> 3 > MAX_KNOWN_FIELD && key & 7 == 2)
}

/// The field at the front of `rest`; `None` if it is not whole.
fn next_field<'a>(rest: &mut &'a [u8]) -> Option<(u64, Payload<'a>)> {
    let key = varint(rest).ok()?;
    let payload = match key & 7 {
        0 => Payload::Varint(varint(rest).ok()?),
        2 => Payload::Bytes(bytes(rest, 0).ok()?),
        _ => Payload::Fixed,
    };
    Some((key >> 3, payload))
}

/// Field numbers and types of `Profile`, and in messages the first key.
fn is_expected(number: u64, payload: &Payload<'_>) -> bool {
    match (number, payload) {
        (1..=5 | 11, Payload::Bytes(message)) => begins_with_key(message),
        (6 | 13, Payload::Bytes(_)) | (7..=10 | 12..=15, Payload::Varint(_)) => true,
        _ => false,
    }
}

/// Whether a message is empty or begins with one of the keys 1 to 10 and a wire type of profile.proto.
fn begins_with_key(mut message: &[u8]) -> bool {
    message.is_empty()
        || varint(&mut message).is_ok_and(|key| (1..=10).contains(&(key >> 3)) && matches!(key & 7, 0 | 2))
}

/// Whether a field is right as far as it goes.
fn is_cut_off(mut field: &[u8]) -> bool {
    let Ok(key) = varint(&mut field) else { return field.len() < 10 };
    match (key >> 3, key & 7) {
        (1..=5 | 11, 2) => varint(&mut field).map_or(field.len() < 10, |_| begins_with_key(field)),
        (6 | 13, 2) | (7..=10 | 12..=15, 0) => true,
        _ => false,
    }
}
