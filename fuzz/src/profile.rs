//! Any bytes as a profile of any form: what is read is written and read again, and must be the same.

use goscope_parsers::pprof::{ParseOptions, encode_profile, parse_profile};

pub(crate) fn run(data: &[u8]) {
    // A bomb must stop here as it does at the usual limit, only sooner.
    let options = ParseOptions { max_inflated_bytes: 1 << 20, ..ParseOptions::default() };
    let Ok(profile) = parse_profile(data, &options) else { return };
    let again = parse_profile(&encode_profile(&profile), &ParseOptions::default());
    assert_eq!(again.expect("what we write is sound"), profile);
}
