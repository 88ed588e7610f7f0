//! `runs.tsv`: a line for each run that is complete, with what the reader of the comparison must know of it.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use super::measure::{Measured, Recorded};
use crate::text;

/// The columns; a field is empty where nothing is known.
const COLUMNS: &str =
    "run\tside\torder\tcpu_samples\tduration_s\tcpu_s\tdelivered\tunits\tload_before\tload_after\n";

/// Samples that came through, as part of the CPU time that was used, below which shares are not to be trusted: what is
/// lost is not lost evenly. Tight loops get up to a quarter too much.
const FEW_DELIVERED: f64 = 0.8;

/// A run that is complete.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) name: String,
    pub(super) side: &'static str,
    pub(super) measured: Measured,
    pub(super) recorded: Recorded,
}

impl Run {
    /// The part of the CPU time that samples stand for.
    fn delivered(&self) -> Option<f64> {
        let used = self.measured.cpu_seconds.filter(|&seconds| seconds > 0.0)?;
        Some(self.recorded.sampled_seconds? / used)
    }

    /// A line for who waits.
    pub(super) fn line(&self) -> String {
        let mut parts = vec![format!("{:.2} s", self.measured.wall_seconds)];
        parts.extend(self.measured.cpu_seconds.map(|seconds| format!("{seconds:.2} s of CPU time")));
        parts.extend(
            self.recorded
                .cpu_samples
                .map(|samples| text::counted(usize::try_from(samples).unwrap_or(usize::MAX), "sample")),
        );
        parts.extend(self.recorded.units.map(|units| format!("{units} units")));
        if let [Some(before), Some(after)] = self.measured.load {
            parts.push(format!("load {before:.1} to {after:.1}"));
        }
        format!("{}: {}", self.name, parts.join(", "))
    }

    /// What spoils a comparison.
    pub(super) fn warnings(&self) -> Vec<String> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let is_busy = self.measured.load[0].is_some_and(|load| load > cores as f64);
        let busy = is_busy.then(|| format!("{}: the machine is busy with other things", self.name));
        let lost = self.delivered().filter(|&part| part < FEW_DELIVERED).map(|part| {
            format!(
                "{}: samples stand for {:.0}% of the CPU time only; the rest was lost, and not evenly",
                self.name,
                part * 100.0
            )
        });
        busy.into_iter().chain(lost).collect()
    }

    fn row(&self, order: u32) -> String {
        let number = |number: Option<f64>, digits: usize| {
            number.map(|number| format!("{number:.digits$}")).unwrap_or_default()
        };
        let Self { name, side, measured, recorded, .. } = self;
        let samples = recorded.cpu_samples.map(|samples| samples.to_string()).unwrap_or_default();
        let units = recorded.units.map(|units| units.to_string()).unwrap_or_default();
        let [before, after] = measured.load.map(|load| number(load, 2));
        let (wall, cpu) = (number(Some(measured.wall_seconds), 3), number(measured.cpu_seconds, 2));
        let delivered = number(self.delivered(), 3);
        format!(
            "{name}\t{side}\t{order}\t{samples}\t{wall}\t{cpu}\t{delivered}\t{units}\t{before}\t{after}\n"
        )
    }
}

/// Writes the file, line by line: what is complete stays if the rest is given up.
pub(super) struct Log {
    file: File,
    lines: u32,
}

impl Log {
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        let mut file = File::create(folder.join("runs.tsv"))?;
        file.write_all(COLUMNS.as_bytes())?;
        Ok(Self { file, lines: 0 })
    }

    pub(super) fn add(&mut self, run: &Run) -> io::Result<()> {
        self.lines += 1;
        self.file.write_all(run.row(self.lines).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(cpu_seconds: Option<f64>, load: f64) -> Run {
        Run {
            name: "base-2".to_owned(),
            side: "base",
            measured: Measured { wall_seconds: 6.0132, cpu_seconds, load: [Some(load), Some(0.5)] },
            recorded: Recorded {
                files: vec!["cpu.pb.gz".to_owned()],
                cpu_samples: Some(409),
                sampled_seconds: Some(4.09),
                units: Some(7934.0),
            },
        }
    }

    #[test]
    fn a_row_has_a_field_for_each_column() {
        assert_eq!(
            run(Some(4.3), 0.25).row(3),
            "base-2\tbase\t3\t409\t6.013\t4.30\t0.951\t7934\t0.25\t0.50\n"
        );
        assert_eq!(run(None, 0.25).row(3), "base-2\tbase\t3\t409\t6.013\t\t\t7934\t0.25\t0.50\n");
        assert_eq!(COLUMNS.matches('\t').count(), run(None, 0.0).row(1).matches('\t').count());
    }

    #[test]
    fn who_waits_sees_what_a_run_was_like_and_what_spoils_it() {
        let fine = run(Some(4.3), 0.25);
        assert_eq!(
            fine.line(),
            "base-2: 6.01 s, 4.30 s of CPU time, 409 samples, 7934 units, load 0.2 to 0.5"
        );
        assert_eq!(fine.warnings(), [""; 0]);
        assert_eq!(
            run(Some(8.0), 1e4).warnings(),
            [
                "base-2: the machine is busy with other things",
                "base-2: samples stand for 51% of the CPU time only; the rest was lost, and not evenly",
            ]
        );
    }
}
