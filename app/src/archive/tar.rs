//! Tar files, plain, in gzip or in zstd.

use std::io::Cursor;

use goscope_parsers::{Compression, FileBytes, inflate_prefix, inflate_sound};

use super::names::{MOST_MEMBERS, is_file, is_inside, leads_out};

/// The head of a file in a tar file.
const HEAD_BYTES: usize = 512;

/// One file in a tar file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) start: usize,
    pub(super) n_bytes: usize,
}

/// Whether a file, once it is inflated, begins as a tar file of POSIX or GNU does.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    let Ok(head) = inflate_prefix(bytes, HEAD_BYTES) else { return false };
    is_head(&head)
}

/// Whether a head has its mark and the right sum.
fn is_head(head: &[u8]) -> bool {
    let Some(head) = head.first_chunk::<HEAD_BYTES>() else { return false };
    let header = ::tar::Header::from_byte_slice(head);
    // The sum of all bytes, with spaces for the sum itself.
    let sum = |bytes: &[u8]| bytes.iter().map(|&byte| u32::from(byte)).sum::<u32>();
    let expected = sum(&head[..148]) + 8 * u32::from(b' ') + sum(&head[156..]);
    head[257..].starts_with(b"ustar") && header.cksum().is_ok_and(|sum| sum == expected)
}

/// The content of a compressed tar file, and what is wrong with the end of it.
pub(super) fn unpacked(bytes: FileBytes, max_bytes: u64) -> Result<(FileBytes, Option<String>), String> {
    if Compression::of(&bytes) == Compression::None {
        return Ok((bytes, None));
    }
    let (content, damage) = inflate_sound(&bytes, max_bytes).map_err(|error| error.to_string())?;
    bytes.check_whole().map_err(|error| error.to_string())?;
    Ok((FileBytes::from(content.into_owned()), damage.map(|damage| format!("the rest is lost: {damage}"))))
}

/// Why no more is read of a tar file.
enum End {
    /// Somebody means no good: nothing is taken from it.
    Refused(String),
    /// Behind what cannot be read nobody knows where the next file begins.
    Lost(String),
}

/// The files in a tar file, and what is lost of it.
pub(super) fn entries(bytes: &[u8]) -> Result<(Vec<Entry>, Option<String>), String> {
    let mut archive = ::tar::Archive::new(Cursor::new(bytes));
    let mut entries = Vec::new();
    let damaged = |error: std::io::Error| format!("the archive is damaged: {error}");
    for entry in archive.entries_with_seek().map_err(damaged)? {
        let file = entry.map_err(|error| End::Lost(damaged(error))).and_then(|entry| file(bytes, &entry));
        match file {
            Ok(Some(_)) if entries.len() >= MOST_MEMBERS => {
                return Err(format!("the archive has more than {MOST_MEMBERS} files"));
            }
            Ok(file) => entries.extend(file),
            Err(End::Lost(lost)) if !entries.is_empty() => return Ok((entries, Some(lost))),
            Err(End::Lost(reason) | End::Refused(reason)) => return Err(reason),
        }
    }
    Ok((entries, None))
}

/// The file that an entry is; `None` for folders, links and devices.
fn file(bytes: &[u8], entry: &::tar::Entry<'_, Cursor<&[u8]>>) -> Result<Option<Entry>, End> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
    if !entry.header().entry_type().is_file() || !is_file(&name) {
        return Ok(None);
    }
    if !is_inside(&name) {
        return Err(End::Refused(leads_out(&name)));
    }
    let place = usize::try_from(entry.raw_file_position()).ok().zip(usize::try_from(entry.size()).ok());
    let is_whole =
        |&(start, n_bytes): &(usize, usize)| start.checked_add(n_bytes).is_some_and(|end| end <= bytes.len());
    let cut = || End::Lost(format!("the archive is cut off within {name}"));
    let (start, n_bytes) = place.filter(is_whole).ok_or_else(cut)?;
    Ok(Some(Entry { name, start, n_bytes }))
}
