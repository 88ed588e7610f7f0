//! The command line of `goscope bench`.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use crate::cli::diff::fraction;

/// What is recorded besides times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Recorded {
    /// CPU profiles, which tell the functions that explain a change
    Cpu,
    /// Allocation profiles at a rate of 1, kept under -o
    Mem,
    /// Nothing
    None,
}

/// Runs benchmarks.
#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// Packages (default: the one in this folder)
    #[arg(value_name = "PACKAGE")]
    pub(super) packages: Vec<String>,
    /// Flags for `go test -c`, such as -tags
    #[arg(last = true, value_name = "FLAGS")]
    pub(super) flags: Vec<String>,
    /// Run benchmarks that match, as `go test -bench` has it
    #[arg(long, value_name = "REGEX", default_value = ".")]
    pub(super) bench: String,
    /// Rounds: runs of each benchmark and side
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) count: u32,
    /// How long a run takes; the number of iterations is the same for both sides
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time)]
    pub(super) time: Duration,
    /// Compare with this commit, branch or tag
    #[arg(long, value_name = "REF")]
    pub(super) base: Option<String>,
    /// What to record in runs of their own, behind the rounds
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',', default_value = "cpu")]
    pub(super) profile: Vec<Recorded>,
    /// Keep results and profiles in this folder, which must be new or empty
    #[arg(long, short, value_name = "FOLDER")]
    pub(super) output: Option<PathBuf>,
    /// Fail if a benchmark got worse significantly and by PERCENT or more
    #[arg(long, value_name = "PERCENT", value_parser = fraction)]
    pub(super) fail_on: Option<f64>,
    /// Show at most N rows of a table
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(super) limit: usize,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Run in this folder
    #[arg(short = 'C', value_name = "FOLDER", default_value = ".")]
    pub(super) folder: PathBuf,
}

impl RunArgs {
    pub(super) fn records(&self, what: Recorded) -> bool {
        self.profile.contains(&what) && !self.profile.contains(&Recorded::None)
    }
}

/// A time as Go has it, in one unit: `1s`, `100ms`, `2m`.
fn time(text: &str) -> Result<Duration, String> {
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let seconds = match unit {
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err("write 1s, 100ms or 2m".to_owned()),
    };
    let number: f64 = number.parse().ok().ok_or_else(|| "write 1s, 100ms or 2m".to_owned())?;
    let seconds = number * seconds;
    if !(0.001..=3600.0).contains(&seconds) {
        return Err("from 1ms to 60m".to_owned());
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_a_number_and_a_unit() {
        let millis = |text: &str| time(text).map(|time| time.as_millis());
        assert_eq!(["1s", "100ms", "1.5s", "2m"].map(millis), [Ok(1000), Ok(100), Ok(1500), Ok(120_000)]);
        for wrong in ["1", "s", "", "-1s", "1x", "0s", "2000m", "1s1s"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
