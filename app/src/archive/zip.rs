//! ZIP files: the directory at the end, or, if the end is missing, one file after another from the start.
//!
//! Files may be stored or deflated, and lengths have 32 or 64 bits (PKWARE's APPNOTE 6.3.10). Read by hand rather than by a
//! library because of what is done with a file whose end is missing.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::DeflateDecoder;

use super::names::{MOST_MEMBERS, is_inside, leads_out};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const END_64_PLACE: u32 = 0x0706_4b50;
const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;
const END_64_PLACE_BYTES: usize = 20;
/// What a field of 32 bits says whose value stands in the extra field.
const IN_EXTRA: u64 = 0xffff_ffff;

/// One file in a ZIP file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, with `/` between folders.
    pub name: String,
    /// How many bytes it has.
    pub n_bytes: u64,
    /// Where its bytes begin, packed as they are.
    pub(super) start: usize,
    /// How many bytes they take.
    pub(super) n_packed: usize,
    method: u16,
    is_encrypted: bool,
    crc: u32,
}

/// Whether a file begins as a ZIP file does, or is an empty one.
pub fn is_zip(bytes: &[u8]) -> bool {
    matches!(u32_at(bytes, 0), Some(LOCAL | END))
}

/// Whether the end is missing, with the directory: a download or a copy that broke off.
pub fn is_cut(bytes: &[u8]) -> bool {
    end_at(bytes).is_none()
}

/// Where the last record is, which has a comment of up to 64 KiB behind it.
fn end_at(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END_BYTES)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last).rev().find(|&at| {
        let n_comment = u16_at(bytes, at + 20).map(usize::from);
        u32_at(bytes, at) == Some(END) && n_comment == Some(last - at)
    })
}

/// What is in a ZIP file, folders too. Of one that is cut off, what is whole.
///
/// # Errors
/// A sentence: nothing in it is whole, it has too many entries, or entries whose names lead out of it.
pub fn entries(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let cut = || "the archive is damaged or cut off: unzip it with a tool that repairs".to_owned();
    let Some(end) = end_at(bytes) else {
        let whole = entries_from_start(bytes);
        return if whole.is_empty() { Err(cut()) } else { Ok(whole) };
    };
    let (n_entries, mut at) = directory(bytes, end).ok_or_else(cut)?;
    if n_entries > MOST_MEMBERS as u64 {
        return Err(format!("the archive has {n_entries} entries, and at most {MOST_MEMBERS} are read"));
    }
    let mut entries = Vec::new();
    for _ in 0..n_entries {
        let (entry, n_bytes) = entry(bytes, at).ok_or_else(cut)??;
        entries.push(entry);
        at += n_bytes;
    }
    Ok(entries)
}

/// How many entries the directory has, and where it begins.
fn directory(bytes: &[u8], end: usize) -> Option<(u64, usize)> {
    let place = end.checked_sub(END_64_PLACE_BYTES).filter(|&at| u32_at(bytes, at) == Some(END_64_PLACE));
    if let Some(place) = place {
        let end = usize::try_from(u64_at(bytes, place + 8)?).ok()?;
        let is_end = u32_at(bytes, end)? == END_64;
        let start = usize::try_from(u64_at(bytes, end.checked_add(48)?)?).ok()?;
        return is_end.then_some((u64_at(bytes, end + 32)?, start));
    }
    Some((u64::from(u16_at(bytes, end + 10)?), u32_at(bytes, end + 16)? as usize))
}

/// The entry at a place of the directory, and how long that place is; `None` if it runs out of the file.
fn entry(bytes: &[u8], at: usize) -> Option<Result<(Entry, usize), String>> {
    let word = |offset: usize| u32_at(bytes, at.checked_add(offset)?);
    let half = |offset: usize| u16_at(bytes, at.checked_add(offset)?);
    if word(0)? != CENTRAL {
        return None;
    }
    let [n_name, n_extra, n_comment] = [28, 30, 32].map(half);
    let (n_name, n_extra, n_comment) = (usize::from(n_name?), usize::from(n_extra?), usize::from(n_comment?));
    let name = bytes.get(at + CENTRAL_BYTES..(at + CENTRAL_BYTES).checked_add(n_name)?)?;
    let name = String::from_utf8_lossy(name).into_owned();
    if !is_inside(&name) {
        return Some(Err(leads_out(&name)));
    }
    let extra =
        bytes.get(at + CENTRAL_BYTES + n_name..(at + CENTRAL_BYTES + n_name).checked_add(n_extra)?)?;
    // In this order, and only those that do not fit.
    let fields = [word(24)?, word(20)?, word(42)?].map(u64::from);
    let [n_bytes, n_packed, local] = with_extra(fields, extra)?;
    let (n_packed, local) = (usize::try_from(n_packed).ok()?, usize::try_from(local).ok()?);
    if u32_at(bytes, local)? != LOCAL {
        return None;
    }
    let n_before = usize::from(u16_at(bytes, local + 26)?) + usize::from(u16_at(bytes, local + 28)?);
    let start = local + LOCAL_BYTES + n_before;
    bytes.get(start..start.checked_add(n_packed)?)?;
    let is_encrypted = half(8)? & 1 != 0;
    let entry = Entry { name, n_bytes, start, n_packed, method: half(10)?, is_encrypted, crc: word(16)? };
    Some(Ok((entry, CENTRAL_BYTES + n_name + n_extra + n_comment)))
}

/// Fields of 32 bits, and in place of those that are full the 64 bits that stand in the extra field.
fn with_extra<const N: usize>(mut fields: [u64; N], extra: &[u8]) -> Option<[u64; N]> {
    if fields.iter().all(|&field| field != IN_EXTRA) {
        return Some(fields);
    }
    let mut at = 0;
    let mut wide = loop {
        let n_bytes = usize::from(u16_at(extra, at + 2)?);
        match u16_at(extra, at)? {
            1 => break extra.get(at + 4..at + 4 + n_bytes)?,
            _ => at += 4 + n_bytes,
        }
    };
    for field in fields.iter_mut().filter(|field| **field == IN_EXTRA) {
        *field = u64_at(wide, 0)?;
        wide = wide.get(8..)?;
    }
    Some(fields)
}

/// Entries in turn, without the directory, up to the first that is not whole.
fn entries_from_start(bytes: &[u8]) -> Vec<Entry> {
    let (mut entries, mut at) = (Vec::new(), 0);
    while let Some(entry) = local_entry(bytes, at).filter(|_| entries.len() < MOST_MEMBERS) {
        at = entry.start + entry.n_packed;
        entries.push(entry);
    }
    entries
}

/// The entry whose own head is at a place, if it is whole.
fn local_entry(bytes: &[u8], at: usize) -> Option<Entry> {
    let half = |offset: usize| u16_at(bytes, at.checked_add(offset)?);
    let word = |offset: usize| u32_at(bytes, at.checked_add(offset)?);
    let flags = half(6)?;
    // Bit 3: lengths stand behind the bytes, whose end nobody knows without the directory.
    if word(0)? != LOCAL || flags & 8 != 0 {
        return None;
    }
    let (n_name, n_extra) = (usize::from(half(26)?), usize::from(half(28)?));
    let name = bytes.get(at + LOCAL_BYTES..(at + LOCAL_BYTES).checked_add(n_name)?)?;
    let name = String::from_utf8_lossy(name).into_owned();
    let extra = bytes.get(at + LOCAL_BYTES + n_name..(at + LOCAL_BYTES + n_name).checked_add(n_extra)?)?;
    let [n_bytes, n_packed] = with_extra([word(22)?, word(18)?].map(u64::from), extra)?;
    let (start, n_packed) = (at + LOCAL_BYTES + n_name + n_extra, usize::try_from(n_packed).ok()?);
    bytes.get(start..start.checked_add(n_packed)?)?;
    let entry = Entry {
        name,
        n_bytes,
        start,
        n_packed,
        method: half(8)?,
        is_encrypted: flags & 1 != 0,
        crc: word(14)?,
    };
    is_inside(&entry.name).then_some(entry)
}

/// The bytes of an entry as they stand in the file, damaged or not.
pub fn packed<'b>(bytes: &'b [u8], entry: &Entry) -> &'b [u8] {
    bytes.get(entry.start..entry.start + entry.n_packed).unwrap_or_default()
}

/// The bytes of an entry, unpacked and checked.
///
/// # Errors
/// A sentence: they are damaged, more than `max_bytes`, encrypted, or packed in a way that is not read here.
pub fn content<'b>(bytes: &'b [u8], entry: &Entry, max_bytes: u64) -> Result<Cow<'b, [u8]>, String> {
    let Entry { name, n_bytes, .. } = entry;
    if *n_bytes > max_bytes {
        return Err(format!("{name} in the archive has {n_bytes} bytes; at most {max_bytes} are read"));
    }
    // One more than there shall be tells that there is more.
    let content = unpacked(bytes, entry, n_bytes.saturating_add(1))?;
    if content.len() as u64 != *n_bytes || crc32fast::hash(&content) != entry.crc {
        return Err(format!("{name} in the archive is damaged: its checksum is wrong"));
    }
    Ok(content)
}

/// The first bytes of an entry, at most `most_bytes`, unpacked and not checked.
///
/// # Errors
/// As [`content`].
pub(super) fn head<'b>(bytes: &'b [u8], entry: &Entry, most_bytes: usize) -> Result<Cow<'b, [u8]>, String> {
    unpacked(bytes, entry, most_bytes as u64)
}

fn unpacked<'b>(bytes: &'b [u8], entry: &Entry, most_bytes: u64) -> Result<Cow<'b, [u8]>, String> {
    let name = &entry.name;
    if entry.is_encrypted {
        return Err(format!("{name} in the archive is encrypted: unzip it and open what comes out"));
    }
    let packed = packed(bytes, entry);
    match entry.method {
        0 => {
            let most_bytes = usize::try_from(most_bytes).unwrap_or(usize::MAX);
            Ok(Cow::Borrowed(packed.get(..most_bytes).unwrap_or(packed)))
        }
        8 => {
            let mut content = Vec::new();
            let read = DeflateDecoder::new(packed).take(most_bytes).read_to_end(&mut content);
            read.map_err(|error| format!("{name} in the archive is damaged: {error}"))?;
            Ok(Cow::Owned(content))
        }
        method => Err(format!(
            "{name} in the archive is packed by method {method}, which is not read here: unzip it and open what comes out"
        )),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}
