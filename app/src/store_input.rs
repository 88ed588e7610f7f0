//! Inputs that are selections of a store: `store:DIR?service=shop&since=1h`, `clickhouse://host:8123/db?service=shop`.
//!
//! The profiles that are meant are added up and given as the bytes of one profile, so that everything that reads a file reads
//! a store. Where several runs are compared, each profile is one.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use goscope_parsers::pprof::encode_profile;
use goscope_parsers::{FileBytes, ParseError};
use goscope_store::{Place, Selector, Store, StoreError};

use crate::memory_limit;
use crate::notice::Notice;

/// What an input names of a store; `None` for any other, and where there is a file of this name.
pub fn store_named(name: &Path) -> Option<(Place, String)> {
    let (place, selector) = Place::of_input(name.to_str()?)?;
    std::fs::symlink_metadata(name).is_err().then(|| (place, selector.to_owned()))
}

/// What an answer of a server may take, whose size is not known.
const SERVER_BYTES: u64 = 64 << 20;

/// Opens a store to read it. What a command may take of memory grows with what is kept there.
///
/// # Errors
/// If there is none, or a newer goscope has written it.
pub fn read_store(place: &Place) -> Result<Store, StoreError> {
    let store = Store::open(place.clone())?;
    memory_limit::allow_input(Path::new(&place.shown()), store.n_bytes().unwrap_or(SERVER_BYTES));
    Ok(store)
}

/// The profiles that are meant as one; `tell` gets what could not be read.
///
/// # Errors
/// [`ParseError::Io`] around the [`StoreError`], which [`store_error`] finds again.
pub fn open_store(place: &Place, selector: &str, tell: impl Fn(Notice<'_>)) -> Result<FileBytes, ParseError> {
    let opened = || {
        let store = read_store(place)?;
        let taken = store.merged(&Selector::parse(selector, now_nanos())?)?;
        taken.warnings.iter().for_each(|warning| tell(Notice::Lost(warning)));
        Ok(FileBytes::from(encode_profile(&taken.value)))
    };
    opened().map_err(|error| parse_error(place, error))
}

/// Each profile that is meant by itself: a name that opens it alone, and its bytes.
///
/// # Errors
/// As [`open_store`].
pub fn open_runs(
    place: &Place,
    selector: &str,
    tell: impl Fn(Notice<'_>),
) -> Result<Vec<(PathBuf, FileBytes)>, ParseError> {
    let opened = || {
        let store = read_store(place)?;
        let selector = Selector::parse(selector, now_nanos())?;
        let taken = store.runs(&selector)?;
        taken.warnings.iter().for_each(|warning| tell(Notice::Lost(warning)));
        let run = |run: &goscope_store::Run| {
            let alone = selector.of_profile(&run.row);
            let name = PathBuf::from(format!("{}?{alone}", place.input_text()));
            (name, FileBytes::from(encode_profile(&run.profile)))
        };
        Ok(taken.value.iter().map(run).collect())
    };
    opened().map_err(|error| parse_error(place, error))
}

/// What went wrong with a store, if that is what an error is about.
pub fn store_error(error: &ParseError) -> Option<&StoreError> {
    match error {
        ParseError::Io { source, .. } => source.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// The store and the selection in `STORE?SELECTION`, as commands about stores are given them.
///
/// # Errors
/// If the selection makes no sense.
pub fn store_and_selection(text: &str) -> Result<(Place, Selector), StoreError> {
    let (place, selector) = text.split_once('?').unwrap_or((text, ""));
    Ok((Place::named(place), Selector::parse(selector, now_nanos())?))
}

/// The time that `since=1h` counts from, in ns since 1970.
pub fn now_nanos() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_nanos()).unwrap_or(i64::MAX)
}

/// A store's error as that of an input: [`store_error`] finds it again.
pub fn parse_error(place: &Place, error: StoreError) -> ParseError {
    ParseError::Io { context: place.shown(), source: io::Error::other(error) }
}
