//! Benchmark outputs and CPU profiles in files, told apart by what is in them.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use goscope_analysis::explain::Recording;
use goscope_analysis::profile::info::{ProfileKind, profile_info};
use goscope_parsers::bench::{BenchOutput, read_output};
use goscope_parsers::pprof::Profile;
use goscope_parsers::{FileKind, detect, inflate_all};

use crate::cli::failure::Failure;
use crate::cli::input::InputArgs;
use crate::input_bytes::shown_name;

/// What the files of a side hold, in their order.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    outputs: Vec<BenchOutput>,
    profiles: Vec<Profile>,
}

impl Recorded {
    /// Reads files of a side: at least one output and one profile.
    pub(super) fn read(input: &InputArgs, paths: &[PathBuf], side: &str) -> Result<Self, Failure> {
        let mut recorded = Self::default();
        for path in paths {
            recorded.add(input, path)?;
        }
        let needs = |what: &str, how: &str| {
            let side = if side.is_empty() { String::new() } else { format!(" of the {side}") };
            Failure::Usage(anyhow!("there is no {what} among the files{side}: {how}"))
        };
        if recorded.outputs.is_empty() {
            return Err(needs("output of go test -bench", "it says how often benchmarks ran"));
        }
        if recorded.profiles.is_empty() {
            return Err(needs("CPU profile", "record it in the same run, with -cpuprofile"));
        }
        Ok(recorded)
    }

    fn add(&mut self, input: &InputArgs, path: &Path) -> Result<(), Failure> {
        let bytes = input.open(path)?;
        let kind = detect(&bytes).map_err(|error| Failure::from_parse(error, path))?.kind;
        match kind {
            FileKind::Benchmark | FileKind::TestEvents => {
                let text = inflate_all(&bytes, input.max_inflated_bytes)
                    .map_err(|error| Failure::from_parse(error, path))?;
                self.outputs.push(read_output(&text));
            }
            FileKind::Profile => {
                let profile = input.profile_in(path, &bytes)?;
                let name = shown_name(path);
                if profile_info(&profile).kind != ProfileKind::Cpu {
                    return Err(Failure::Usage(anyhow!(
                        "{name} is no CPU profile: functions are explained by CPU time (go test -cpuprofile)"
                    )));
                }
                self.profiles.push(profile);
            }
            other => {
                let (name, other) = (shown_name(path), other.name());
                return Err(Failure::Usage(anyhow!(
                    "{name} is neither an output of go test -bench nor a CPU profile, but {other}"
                )));
            }
        }
        Ok(())
    }

    /// The same as one recording.
    pub(super) fn recording(&self) -> Recording<'_> {
        let profiles: Vec<&Profile> = self.profiles.iter().collect();
        Recording::new(self.outputs.iter().collect(), &profiles)
    }
}
