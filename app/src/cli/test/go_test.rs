//! Runs `go test`.

use std::ffi::OsString;

use goscope_parsers::test_events::{TestEvent, TestEventReader};
use goscope_remote::program::{Ended, stream};

use super::args::TestArgs;
use crate::cli::failure::Failure;

/// Runs `go test` and gives its events to `take` as they come.
pub(super) fn go_test(
    args: &TestArgs,
    words: &[OsString],
    take: &mut dyn FnMut(&TestEvent<'_>),
) -> Result<Ended, Failure> {
    let mut reader = TestEventReader::default();
    let mut take = |event: TestEvent<'_>| take(&event);
    let ended = stream("go", words, &args.folder, &mut |piece| reader.push(piece, &mut take));
    reader.finish(&mut take);
    ended.map_err(|error| Failure::Input(error.into()))
}
