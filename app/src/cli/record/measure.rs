//! What is known of a run beside its profile: how long it took, how much CPU time, how busy the machine was, and how
//! many samples of that CPU time came through.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use goscope_analysis::profile::info::{ProfileKind, profile_info};
use goscope_parsers::pprof::{ParseOptions, Profile, parse_profile};
use goscope_parsers::{FileBytes, FileKind, detect};

/// Clock ticks of a second in `/proc`: Linux fixes it at 100 for programs, whatever the kernel's own is.
const TICKS_PER_SECOND: f64 = 100.0;

/// Time and load while a command runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    /// From begin to end.
    pub(super) wall_seconds: f64,
    /// User and system time of the command and all it has waited for; `None` where the system does not say.
    pub(super) cpu_seconds: Option<f64>,
    /// Mean number of programs that wanted a core in the minute before the begin and before the end.
    pub(super) load: [Option<f64>; 2],
}

/// Measures from start to stop.
pub(super) struct Watch {
    begin: Instant,
    cpu_seconds: Option<f64>,
    load: Option<f64>,
}

impl Watch {
    pub(super) fn start() -> Self {
        Self { begin: Instant::now(), cpu_seconds: cpu_seconds_of_children(), load: load() }
    }

    pub(super) fn stop(&self) -> Measured {
        let cpu_seconds =
            cpu_seconds_of_children().zip(self.cpu_seconds).map(|(after, before)| after - before);
        Measured { wall_seconds: self.begin.elapsed().as_secs_f64(), cpu_seconds, load: [self.load, load()] }
    }
}

/// CPU time of all programs that this one has started and waited for (Linux).
fn cpu_seconds_of_children() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may hold anything. Behind it, `cutime` and `cstime` are the 14th and
    // 15th field (proc_pid_stat(5)).
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13).take(2);
    let ticks: Option<Vec<f64>> = fields.map(|field| field.parse().ok()).collect();
    Some(ticks?.iter().sum::<f64>() / TICKS_PER_SECOND)
}

/// Programs that want a core, mean of the last minute (Linux).
fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// What a run has left in its folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorded {
    /// Names of profiles and traces, sorted.
    pub(super) files: Vec<String>,
    /// Samples of its CPU profile, if it has one.
    pub(super) cpu_samples: Option<u64>,
    /// CPU time that these samples stand for.
    pub(super) sampled_seconds: Option<f64>,
    /// Units of work, as the command says in the file `units`.
    pub(super) units: Option<f64>,
}

/// Looks through the folder of a run.
pub(super) fn recorded(folder: &Path) -> anyhow::Result<Recorded> {
    let mut found = Recorded { units: units(folder)?, ..Recorded::default() };
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    for path in paths.iter().filter(|path| path.is_file()) {
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        let Ok(bytes) = FileBytes::open(path) else { continue };
        let Ok(detected) = detect(&bytes) else { continue };
        match detected.kind {
            FileKind::Profile => {
                let profile =
                    parse_profile(&bytes, &ParseOptions::default()).with_context(|| name.clone())?;
                found.add_profile(&profile);
            }
            FileKind::Trace { .. } => {}
            // What the command has printed may look like the text of a profile.
            _ => continue,
        }
        found.files.push(name);
    }
    Ok(found)
}

/// The number in the file `units`, if there is one.
fn units(folder: &Path) -> anyhow::Result<Option<f64>> {
    let Ok(text) = fs::read_to_string(folder.join("units")) else { return Ok(None) };
    let units: f64 = text.trim().parse().with_context(|| format!("units: {:?} is no number", text.trim()))?;
    anyhow::ensure!(units > 0.0 && units.is_finite(), "units: {units} is not above 0");
    Ok(Some(units))
}

impl Recorded {
    fn add_profile(&mut self, profile: &Profile) {
        let info = profile_info(profile);
        if info.kind != ProfileKind::Cpu || self.cpu_samples.is_some() {
            return;
        }
        let total = |kind: &str| info.sample_types.iter().find(|it| it.kind == kind).map(|it| it.total);
        self.cpu_samples = total("samples").and_then(|total| u64::try_from(total).ok());
        self.sampled_seconds = total("cpu").map(|nanos| nanos as f64 / 1e9);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_profile_says_how_many_samples_came_through() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::copy(goscope_test_support::sample("diff/base1.cpu.pb.gz"), folder.path().join("cpu.pb.gz"))
            .expect("copied");
        fs::write(folder.path().join("units"), "1200\n").expect("written");
        fs::write(folder.path().join("notes.txt"), "no profile").expect("written");
        let found = recorded(folder.path()).expect("readable");
        assert_eq!(found.files, ["cpu.pb.gz"]);
        assert_eq!(found.units, Some(1200.0));
        let samples = found.cpu_samples.expect("a CPU profile") as f64;
        assert_eq!(found.sampled_seconds, Some(samples / 100.0));
    }

    #[test]
    fn units_must_be_a_number_above_0() {
        let folder = tempfile::tempdir().expect("a folder");
        let message = |text: &str| {
            fs::write(folder.path().join("units"), text).expect("written");
            recorded(folder.path())
                .map_or_else(|error| format!("{error:#}"), |found| format!("{:?}", found.units))
        };
        assert_eq!(message("many"), "units: \"many\" is no number: invalid float literal");
        assert_eq!(message("0"), "units: 0 is not above 0");
        assert_eq!(message(" 12.5 \n"), "Some(12.5)");
    }
}
