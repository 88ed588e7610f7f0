//! A bundle: everything that one capture took, in a file that any tool unpacks.
//!
//! ```text
//! shop.goscope.zip      a ZIP file whose entries are stored, not compressed again
//!   manifest.json       first: what is in it, when it was taken, what failed
//!   cpu.pb.gz  trace.out  heap.0.pb.gz  heap.1.pb.gz …
//! ```
//!
//! It is read as any archive is (`archive.rs`).

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// The first entry.
pub const MANIFEST: &str = "manifest.json";

/// What its `format` says.
pub const FORMAT: &str = "goscope.bundle/1";

/// The most bytes of a bundle: what its 32 bits hold, less its directory.
pub const MAX_BUNDLE_BYTES: u64 = 0xff00_0000;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const LOCAL_BYTES: usize = 30;

/// 1 January 1980: entries have no time of their own, the manifest has.
const DOS_DATE: u16 = 0x21;

/// Whether a file begins as a bundle does.
pub fn is_bundle(bytes: &[u8]) -> bool {
    let name = bytes.get(LOCAL_BYTES..LOCAL_BYTES + MANIFEST.len());
    bytes.starts_with(&LOCAL.to_le_bytes()) && name == Some(MANIFEST.as_bytes())
}

/// The SHA-256 of some bytes, in hexadecimal: what a manifest says of a member.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
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
