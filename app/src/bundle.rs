//! A bundle: everything that one capture took, in a file that any tool unpacks.
//!
//! ```text
//! shop.goscope.zip      a ZIP file whose entries are stored, not compressed again
//!   manifest.json       first: what is in it, when it was taken, what failed
//!   cpu.pb.gz  trace.out  heap.0.pb.gz  heap.1.pb.gz …
//! ```
//!
//! `BUNDLE:cpu.pb.gz` names a member wherever a file can be named. What is read is checked: names, places, lengths and
//! checksums are another's.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use goscope_parsers::{FileBytes, ParseError};
use sha2::{Digest as _, Sha256};

/// The first entry.
pub const MANIFEST: &str = "manifest.json";

/// What its `format` says.
pub const FORMAT: &str = "goscope.bundle/1";

/// The most bytes of a bundle: what its 32 bits hold, less its directory.
pub const MAX_BUNDLE_BYTES: u64 = 0xff00_0000;

/// The most entries that are looked at.
const MOST_ENTRIES: usize = 1000;

/// The longest name of an entry.
const MAX_NAME_BYTES: usize = 1000;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;

/// 1 January 1980: entries have no time of their own, the manifest has.
const DOS_DATE: u16 = 0x21;

/// One entry of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, with `/` between folders.
    pub name: String,
    /// Where its bytes begin.
    start: usize,
    /// How many there are.
    pub n_bytes: usize,
    crc: u32,
}

/// Whether a file begins as a bundle does.
pub fn is_bundle(bytes: &[u8]) -> bool {
    let name = bytes.get(LOCAL_BYTES..LOCAL_BYTES + MANIFEST.len());
    u32_at(bytes, 0) == Some(LOCAL) && name == Some(MANIFEST.as_bytes())
}

/// Whether the end of a bundle is missing, with the directory: a download or a copy that broke off.
pub fn is_cut(bytes: &[u8]) -> bool {
    bytes.len().checked_sub(END_BYTES).and_then(|end| u32_at(bytes, end)) != Some(END)
}

/// What is in a bundle. Of one that is cut off, what is whole.
///
/// # Errors
/// A sentence: nothing in it is whole, it has too many entries, or entries that are compressed or have names that lead out
/// of it.
pub fn entries(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let cut = || "the bundle is damaged or cut off: unzip it with a tool that repairs".to_owned();
    if is_cut(bytes) {
        let whole = entries_from_start(bytes);
        return if whole.len() > 1 { Ok(whole) } else { Err(cut()) };
    }
    let end = bytes.len().checked_sub(END_BYTES).ok_or_else(cut)?;
    let n_entries = usize::from(u16_at(bytes, end + 10).ok_or_else(cut)?);
    if n_entries > MOST_ENTRIES {
        return Err(format!("the bundle has {n_entries} entries, and at most {MOST_ENTRIES} are read"));
    }
    let mut at = u32_at(bytes, end + 16).ok_or_else(cut)? as usize;
    let mut entries = Vec::with_capacity(n_entries);
    for _ in 0..n_entries {
        let (entry, n_bytes) = entry(bytes, at).ok_or_else(cut)??;
        entries.push(entry);
        at += n_bytes;
    }
    Ok(entries)
}

/// The entry at a place of the directory, and how long that place is; `None` if it runs out of the file.
fn entry(bytes: &[u8], at: usize) -> Option<Result<(Entry, usize), String>> {
    let field = |offset: usize| Some(u32_at(bytes, at.checked_add(offset)?)? as usize);
    let half = |offset: usize| Some(usize::from(u16_at(bytes, at.checked_add(offset)?)?));
    if u32_at(bytes, at)? != CENTRAL {
        return None;
    }
    let (n_name, n_extra, n_comment) = (half(28)?, half(30)?, half(32)?);
    let name = bytes.get(at + CENTRAL_BYTES..(at + CENTRAL_BYTES).checked_add(n_name)?)?;
    let name = String::from_utf8_lossy(name).into_owned();
    if n_name > MAX_NAME_BYTES || !is_inside(&name) {
        let shown: String = goscope_parsers::printable(&name).chars().take(100).collect();
        return Some(Err(format!("the bundle has an entry of the name {shown:?}, which leads out of it")));
    }
    if half(10)? != 0 {
        return Some(Err(format!("{name} in the bundle is compressed: unzip it and open what comes out")));
    }
    let (n_bytes, local) = (field(24)?, field(42)?);
    if u32_at(bytes, local)? != LOCAL {
        return None;
    }
    let n_before = usize::from(u16_at(bytes, local + 26)?) + usize::from(u16_at(bytes, local + 28)?);
    let start = local + LOCAL_BYTES + n_before;
    bytes.get(start..start.checked_add(n_bytes)?)?;
    let entry = Entry { name, start, n_bytes, crc: u32_at(bytes, at + 16)? };
    Some(Ok((entry, CENTRAL_BYTES + n_name + n_extra + n_comment)))
}

/// Entries in turn, without the directory, up to the first that is not whole.
fn entries_from_start(bytes: &[u8]) -> Vec<Entry> {
    let (mut entries, mut at) = (Vec::new(), 0);
    while let Some(entry) = local_entry(bytes, at).filter(|_| entries.len() < MOST_ENTRIES) {
        at = entry.start + entry.n_bytes;
        entries.push(entry);
    }
    entries
}

/// The entry whose own head is at a place, if it is stored and whole.
fn local_entry(bytes: &[u8], at: usize) -> Option<Entry> {
    let half = |offset: usize| u16_at(bytes, at.checked_add(offset)?);
    let word = |offset: usize| u32_at(bytes, at.checked_add(offset)?);
    // Bit 3: lengths stand behind the bytes.
    if word(0)? != LOCAL || half(6)? & 8 != 0 || half(8)? != 0 {
        return None;
    }
    let n_name = usize::from(half(26)?);
    let name = bytes.get(at + LOCAL_BYTES..(at + LOCAL_BYTES).checked_add(n_name)?)?;
    let name = String::from_utf8_lossy(name).into_owned();
    let start = at + LOCAL_BYTES + n_name + usize::from(half(28)?);
    let n_bytes = word(22)? as usize;
    bytes.get(start..start.checked_add(n_bytes)?)?;
    let is_named = n_name <= MAX_NAME_BYTES && is_inside(&name);
    is_named.then_some(Entry { name, start, n_bytes, crc: word(14)? })
}

/// Whether a name stays inside the bundle.
fn is_inside(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    name.split('/').all(is_part) && !name.contains(['\\', '\0', ':'])
}

/// The bytes of an entry as they are, damaged or not.
pub fn content<'b>(bytes: &'b [u8], entry: &Entry) -> &'b [u8] {
    bytes.get(entry.start..entry.start + entry.n_bytes).unwrap_or_default()
}

/// The SHA-256 of some bytes, in hexadecimal: what a manifest says of a member.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of the entry of a name.
///
/// # Errors
/// A sentence: there is none of this name, with those that there are; or it is damaged.
pub fn member<'b>(bytes: &'b [u8], name: &str) -> Result<&'b [u8], String> {
    let entries = entries(bytes)?;
    let Some(entry) = entries.iter().find(|entry| entry.name == name) else {
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).take(40).collect();
        return Err(format!("the bundle has no {name}; it has {}", names.join(", ")));
    };
    let content = content(bytes, entry);
    if crc32fast::hash(content) != entry.crc {
        return Err(format!("{name} in the bundle is damaged: its checksum is wrong"));
    }
    Ok(content)
}

/// The bundle and the member that a name as `x.goscope.zip:cpu.pb.gz` is, unless there is a file of this name.
pub fn member_named(name: &Path) -> Option<(PathBuf, String)> {
    let text = name.to_str()?;
    // A colon may stand in both, and in `C:\`.
    let mut splits =
        text.match_indices(':').filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
    let (bundle, member) = splits.find(|(bundle, member)| bundle.ends_with(".zip") && !member.is_empty())?;
    let is_there = std::fs::symlink_metadata(name).is_err() && Path::new(bundle).is_file();
    is_there.then(|| (PathBuf::from(bundle), member.to_owned()))
}

/// Opens a member of a bundle.
///
/// # Errors
/// [`ParseError::Io`] with what went wrong.
pub fn open_member(bundle: &Path, name: &str) -> Result<FileBytes, ParseError> {
    let bytes = FileBytes::open(bundle)?;
    let failed = |reason: String| ParseError::Io {
        context: bundle.display().to_string(),
        source: io::Error::new(io::ErrorKind::InvalidData, reason),
    };
    if !is_bundle(&bytes) {
        return Err(failed("this is no bundle of goscope".to_owned()));
    }
    let content = member(&bytes, name).map(|content| FileBytes::from(content.to_vec()));
    bytes.check_whole()?;
    content.map_err(failed)
}

/// Writes a bundle: the manifest, then files of the disk under their names in it.
///
/// # Errors
/// What the system said; also if it grows beyond [`MAX_BUNDLE_BYTES`].
pub fn write_bundle(out: &mut dyn Write, manifest: &[u8], files: &[(String, PathBuf)]) -> io::Result<()> {
    let mut bundle = Writer { out, n_bytes: 0, directory: Vec::new(), n_entries: 0 };
    bundle.add(MANIFEST, manifest.len() as u64, crc32fast::hash(manifest), &mut &*manifest)?;
    for (name, path) in files {
        let (n_bytes, crc) = measured(path)?;
        bundle.add(name, n_bytes, crc, &mut File::open(path)?)?;
    }
    bundle.finish()
}

/// Length and checksum of a file: they stand before its bytes.
fn measured(path: &Path) -> io::Result<(u64, u32)> {
    let (mut file, mut hasher, mut n_bytes) = (File::open(path)?, crc32fast::Hasher::new(), 0);
    let mut chunk = vec![0; 64 << 10];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok((n_bytes, hasher.finalize())),
            n_read => {
                hasher.update(chunk.get(..n_read).unwrap_or_default());
                n_bytes += n_read as u64;
            }
        }
    }
}

struct Writer<'a> {
    out: &'a mut dyn Write,
    n_bytes: u64,
    directory: Vec<u8>,
    n_entries: u16,
}

impl Writer<'_> {
    fn add(&mut self, name: &str, n_bytes: u64, crc: u32, content: &mut dyn Read) -> io::Result<()> {
        if self.n_bytes + n_bytes > MAX_BUNDLE_BYTES {
            return Err(io::Error::other(format!("a bundle has at most {MAX_BUNDLE_BYTES} bytes")));
        }
        let start = narrow(self.n_bytes)?;
        // Version 1.0, names in UTF-8, stored, no time of its own.
        let mut head = Vec::new();
        for half in [10, 0x0800, 0, 0, DOS_DATE] {
            head.extend_from_slice(&u16::to_le_bytes(half));
        }
        for word in [crc, narrow(n_bytes)?, narrow(n_bytes)?] {
            head.extend_from_slice(&word.to_le_bytes());
        }
        let n_name = u16::try_from(name.len()).map_err(io::Error::other)?;
        head.extend_from_slice(&n_name.to_le_bytes());
        // No extra field.
        head.extend_from_slice(&[0; 2]);
        let local = [&LOCAL.to_le_bytes(), head.as_slice(), name.as_bytes()].concat();
        self.out.write_all(&local)?;
        let n_copied = io::copy(&mut content.take(n_bytes), self.out)?;
        if n_copied != n_bytes {
            return Err(io::Error::other(format!("{name} became shorter while it was read")));
        }
        self.n_bytes += local.len() as u64 + n_bytes;
        // Made on Unix; no comment; an ordinary file that its owner alone reads.
        self.directory.extend_from_slice(&CENTRAL.to_le_bytes());
        self.directory.extend_from_slice(&u16::to_le_bytes((3 << 8) | 10));
        self.directory.extend_from_slice(&head);
        self.directory.extend_from_slice(&[0; 6]);
        self.directory.extend_from_slice(&u32::to_le_bytes(0o100_600 << 16));
        self.directory.extend_from_slice(&start.to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        self.n_entries += 1;
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        self.out.write_all(&self.directory)?;
        let mut end = END.to_le_bytes().to_vec();
        for half in [0, 0, self.n_entries, self.n_entries] {
            end.extend_from_slice(&u16::to_le_bytes(half));
        }
        end.extend_from_slice(&narrow(self.directory.len() as u64)?.to_le_bytes());
        end.extend_from_slice(&narrow(self.n_bytes)?.to_le_bytes());
        end.extend_from_slice(&[0; 2]);
        self.out.write_all(&end)
    }
}

fn narrow(number: u64) -> io::Result<u32> {
    u32::try_from(number).map_err(io::Error::other)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x");
        std::fs::write(&path, b"profile").expect("a file");
        let mut bytes = Vec::new();
        let files = [("cpu.pb.gz".to_owned(), path.clone()), ("host_1/heap.pb.gz".to_owned(), path)];
        write_bundle(&mut bytes, b"{}", &files).expect("a vector");
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = bundle();
        assert!(is_bundle(&bytes));
        let names: Vec<String> =
            entries(&bytes).expect("entries").into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["manifest.json", "cpu.pb.gz", "host_1/heap.pb.gz"]);
        assert_eq!(member(&bytes, "host_1/heap.pb.gz"), Ok(&b"profile"[..]));
        assert_eq!(
            member(&bytes, "x"),
            Err("the bundle has no x; it has manifest.json, cpu.pb.gz, host_1/heap.pb.gz".to_owned())
        );
    }

    #[test]
    fn damage_is_said_and_never_a_panic() {
        let bytes = bundle();
        let all = entries(&bytes).expect("entries");
        for length in 0..bytes.len() {
            // What is whole is found without the directory; the manifest alone is nothing.
            let n_whole = all.iter().filter(|entry| entry.start + entry.n_bytes <= length).count();
            let found = entries(&bytes[..length]);
            match n_whole {
                0 | 1 => assert!(found.is_err(), "{length}"),
                _ => assert_eq!(found.as_deref(), Ok(&all[..n_whole]), "{length}"),
            }
        }
        for at in 0..bytes.len() {
            for bits in [0x01, 0x80, 0xff] {
                let mut flipped = bytes.clone();
                flipped[at] ^= bits;
                let _ = member(&flipped, "cpu.pb.gz");
            }
        }
        let mut wrong = bytes.clone();
        let at = bytes.windows(7).position(|window| window == b"profile").expect("the content");
        wrong[at] = b'P';
        assert_eq!(
            member(&wrong, "cpu.pb.gz"),
            Err("cpu.pb.gz in the bundle is damaged: its checksum is wrong".to_owned())
        );
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        for name in ["../x", "/x", "a/../b", "a//b", "C:x", "a\\b", ""] {
            assert!(!is_inside(name), "{name}");
        }
        assert!(is_inside("a/b.c"));
        let bytes = bundle();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(text.contains("host_1/heap"));
        let mut out = bytes;
        // The name in the directory, which is the last one.
        let at = out.windows(6).rposition(|window| window == b"host_1").expect("the name");
        out[at..at + 6].copy_from_slice(b"../../");
        assert!(entries(&out).is_err_and(|error| error.contains("leads out of it")));
    }
}
