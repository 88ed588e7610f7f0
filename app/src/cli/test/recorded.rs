//! Results out of files.

use std::path::Path;

use anyhow::anyhow;
use goscope_analysis::test_results::{Collector, TestRun};
use goscope_parsers::TextOptions;
use goscope_parsers::test_events::read_test_events;

use super::args::TestArgs;
use crate::cli::failure::Failure;

/// Refuses what only makes sense while tests run.
pub(super) fn refuse_live_options(args: &TestArgs) -> Result<(), Failure> {
    let name = &args.names[0];
    let refused = |option: &str| {
        Err(Failure::Usage(anyhow!("{option} runs tests; {name} holds results of tests that have run")))
    };
    match args {
        TestArgs { rerun_fails: 1.., .. } => refused("--rerun-fails"),
        TestArgs { cover: true, .. } => refused("--cover"),
        TestArgs { flags, .. } if !flags.is_empty() => refused("what stands behind --"),
        _ => Ok(()),
    }
}

/// Reads all files as one run: results of a package that comes again are added.
pub(super) fn read(args: &TestArgs) -> Result<TestRun, Failure> {
    let mut collector = Collector::default();
    for name in &args.names {
        let path = Path::new(name);
        let bytes = args.input.open(path)?;
        let options = TextOptions { max_inflated_bytes: args.input.max_inflated_bytes, progress: None };
        read_test_events(&bytes, &options, &mut |event| {
            collector.add(&event);
        })
        .map_err(|error| Failure::from_parse(error, path))?;
    }
    Ok(collector.finish())
}
