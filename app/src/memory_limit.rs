//! How much memory a command may take: what `--max-memory` says, or by the size of what it reads.
//!
//! Memory is what the program allocates, counted by its allocator. Pages of mapped files are not in it: the system takes
//! those back when somebody else needs them. The window has no limit of this kind, since ending it would lose what is
//! open; there each file has the limits of its parser.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use goscope_parsers::FileBytes;

use crate::allocator;

/// What a command may take whatever it reads.
const BASE_BYTES: u64 = 1 << 30;

/// For each byte of a file, which may be compressed. A trace takes 2 bytes for each of its own, a profile some 10; both
/// shrink to a tenth.
const PER_INPUT_BYTE: u64 = 64;

/// What an input may take while it is opened, beyond that: a stream is read before its size is known, and what holds it
/// doubles as it grows.
const OPENING_BYTES: u64 = 4 << 30;

/// The limit without what is being opened; 0 where it does not grow with the input.
static BY_INPUT_BYTES: AtomicU64 = AtomicU64::new(0);

/// Sets the limit of a command: what the user says, or by its input.
pub fn limit_command(given_bytes: Option<u64>) {
    BY_INPUT_BYTES.store(if given_bytes.is_some() { 0 } else { BASE_BYTES }, Ordering::Relaxed);
    allocator::set_limit(given_bytes.unwrap_or(BASE_BYTES));
}

/// Lifts the limit: from now on there is a window to lose.
pub fn lift() {
    BY_INPUT_BYTES.store(0, Ordering::Relaxed);
    allocator::set_limit(u64::MAX);
}

/// Opens an input, which may take a lot meanwhile, and raises the limit by what its size allows; once, if it is opened again.
///
/// # Errors
/// What `open` returns.
pub fn while_opening<E>(name: &Path, open: impl FnOnce() -> Result<FileBytes, E>) -> Result<FileBytes, E> {
    let before = BY_INPUT_BYTES.load(Ordering::Relaxed);
    if before == 0 {
        return open();
    }
    allocator::set_limit(before.saturating_add(OPENING_BYTES));
    let opened = open();
    allow_input(name, opened.as_ref().map_or(0, |bytes| bytes.len() as u64));
    opened
}

/// Raises the limit by what an input of this size allows; once for each name.
pub fn allow_input(name: &Path, n_bytes: u64) {
    static ALLOWED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let before = BY_INPUT_BYTES.load(Ordering::Relaxed);
    if before == 0 {
        return;
    }
    let is_new = ALLOWED.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
    let n_bytes = if is_new { n_bytes } else { 0 };
    let limit = before.saturating_add(n_bytes.saturating_mul(PER_INPUT_BYTE));
    BY_INPUT_BYTES.store(limit, Ordering::Relaxed);
    allocator::set_limit(limit);
}

/// A size as `--max-memory` takes it: `512M`, `8G`, `1.5GiB`, a number of bytes. Units are powers of 1,024.
///
/// # Errors
/// A sentence for what is none, or less than the program needs to say so.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no size; one is written as 512M or 8G");
    let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    let shift = match text.get(digits.len()..).unwrap_or("").to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(wrong()),
    };
    let number: f64 = digits.trim_end().parse().ok().ok_or_else(wrong)?;
    let n_bytes = number * (1_u64 << shift) as f64;
    if !n_bytes.is_finite() || n_bytes < 0.0 {
        return Err(wrong());
    }
    if n_bytes < LEAST_BYTES as f64 {
        return Err(format!("{text} is too little: goscope itself takes some {} MiB", LEAST_BYTES >> 20));
    }
    Ok(n_bytes as u64)
}

/// Less than this nothing can be done with.
const LEAST_BYTES: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes_are_read_with_and_without_units() {
        for (text, n_bytes) in [
            ("16777216", 16 << 20),
            ("512M", 512 << 20),
            ("512 MiB", 512 << 20),
            ("8G", 8 << 30),
            ("8gb", 8 << 30),
            ("1.5GiB", 3 << 29),
            ("1T", 1 << 40),
        ] {
            assert_eq!(parse_size(text), Ok(n_bytes), "{text}");
        }
        for text in ["", "G", "8X", "-8G", "inf", "NaNG", "1M", "8G8"] {
            assert!(parse_size(text).is_err(), "{text:?}");
        }
    }
}
