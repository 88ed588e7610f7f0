//! One way in: the bytes behind a name, for both faces. A file, standard input (`-`), an address, or a sample inside the
//! program (`sample:heap.pb.gz`), or a member of an archive (`shop.goscope.zip:cpu.pb.gz`); of an archive itself what is in
//! it, if that is one thing.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use goscope_parsers::{FileBytes, ParseError};
use goscope_remote::{Address, Request, get};

use crate::archive;
use crate::memory_limit::while_opening;
use crate::notice::Notice;
use crate::samples::{self, Sample};
use crate::store_input::{open_store, store_named};

/// How an address is asked.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// How long the server shall measure, if not as long as the address says.
    pub seconds: Option<u32>,
    /// How long to wait, and whom to trust.
    pub request: Request,
}

/// Opens what a name stands for. `tell` gets what somebody who waits wants to read, and what is lost.
///
/// # Errors
/// [`ParseError::Io`] with what went wrong, also for an address and for standard input that has been read already.
pub fn open_input(name: &Path, wishes: &Wishes, tell: impl Fn(Notice<'_>)) -> Result<FileBytes, ParseError> {
    while_opening(name, || open_any(name, wishes, tell))
}

fn open_any(name: &Path, wishes: &Wishes, tell: impl Fn(Notice<'_>)) -> Result<FileBytes, ParseError> {
    if name == Path::new("-") {
        return open_stdin().and_then(|bytes| archive::open_only("standard input", bytes, tell));
    }
    if let Some(sample) = sample_named(name) {
        return Ok(FileBytes::from(sample.bytes.to_vec()));
    }
    if let Some((place, selector)) = store_named(name) {
        return open_store(&place, &selector, tell);
    }
    if let Some((archive, member)) = archive::member_named(name) {
        return archive::open_member(&archive, &member);
    }
    let bytes = match address(name) {
        Some(address) => fetch(name, address, wishes, &tell),
        None => FileBytes::open(name),
    };
    bytes.and_then(|bytes| archive::open_only(&shown_name(name), bytes, tell))
}

/// The sample inside the program that a name as `sample:heap.pb.gz` is, unless there is a file of this name.
pub fn sample_named(name: &Path) -> Option<&'static Sample> {
    let sample = samples::sample(name.to_str()?.strip_prefix(SAMPLE_PREFIX)?)?;
    std::fs::symlink_metadata(name).is_err().then_some(sample)
}

/// What stands before the name of a sample on a command line.
pub const SAMPLE_PREFIX: &str = "sample:";

/// The address that a name is, unless there is a file of this name.
pub fn address(name: &Path) -> Option<Address> {
    let address = name.to_str().and_then(Address::parse)?;
    std::fs::symlink_metadata(name).is_err().then_some(address)
}

/// A name as messages and titles show it: as it is written, but without the password or token in an address.
pub fn shown_name(name: &Path) -> String {
    if let Some((place, selector)) = store_named(name) {
        let place = place.shown();
        return if selector.is_empty() { place } else { format!("{place}?{selector}") };
    }
    let secret =
        address(name).filter(|address| address.has_password() || address.shown() != address.to_string());
    secret.map_or_else(|| name.display().to_string(), |address| address.shown())
}

fn open_stdin() -> Result<FileBytes, ParseError> {
    static IS_READ: AtomicBool = AtomicBool::new(false);
    if IS_READ.swap(true, Ordering::Relaxed) {
        let reason = "is given twice, and can be read once";
        return Err(failed("standard input", io::Error::other(reason)));
    }
    FileBytes::from_stdin()
}

fn fetch(
    name: &Path,
    mut address: Address,
    wishes: &Wishes,
    tell: impl Fn(Notice<'_>),
) -> Result<FileBytes, ParseError> {
    if let Some(seconds) = wishes.seconds {
        address = address.with_seconds(seconds);
    }
    tell(Notice::Waiting(&format!("Fetching profile over HTTP from {}", address.shown())));
    if let Some(seconds) = address.seconds() {
        tell(Notice::Waiting(&format!("Please wait... ({})", go_duration(seconds))));
    }
    let body = get(&address, &wishes.request);
    body.map(FileBytes::from).map_err(|error| failed(&shown_name(name), io::Error::other(error.to_string())))
}

fn failed(context: &str, source: io::Error) -> ParseError {
    ParseError::Io { context: context.to_owned(), source }
}

/// Seconds as Go prints them: `30s`, `1m30s`, `1h0m0s`.
fn go_duration(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_go_writes_them() {
        assert_eq!([5, 30, 60, 90, 3600, 3725].map(go_duration).join(" "), "5s 30s 1m0s 1m30s 1h0m0s 1h2m5s");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_of_this_name_is_no_address() {
        let mut builder = tempfile::Builder::new();
        let file = builder.prefix("goscope").suffix(":6060").tempfile_in(".").expect("a file");
        let name = Path::new(file.path().file_name().expect("a name")).to_owned();
        assert!(address(&name).is_none(), "the file is there");
        drop(file);
        assert!(address(&name).is_some(), "the file is gone");
    }

    #[test]
    fn a_name_with_a_port_is_an_address() {
        assert!(address(Path::new("localhost:6060")).is_some());
        assert!(address(Path::new("cpu.pb.gz")).is_none());
    }
}
