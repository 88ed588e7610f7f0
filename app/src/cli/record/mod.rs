//! `goscope record`: runs two commands in turn, several times each, and keeps what they record in folders that
//! `goscope diff` compares.
//!
//! ```text
//! round 1   base-1  head-1        machines drift: they get warm, others use them. In turn, and the other way round
//! round 2   head-2  base-2        every second time, drift is the same for both sides
//! round 3   base-3  head-3
//!
//! runs/base-1/cpu.pb.gz  stdout.txt  stderr.txt      what the command wrote to $GOSCOPE_RUN, and what it said
//! runs/runs.tsv                                      a line for each run that is complete (log.rs)
//! ```

mod log;
mod measure;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, anyhow};

use self::log::{Log, Run};
use self::measure::{Watch, recorded};
use super::failure::{Failure, say};

const MORE_HELP: &str = "\
A command finds in its environment
  GOSCOPE_RUN         the folder of this run, to write profiles or traces to
  GOSCOPE_SIDE        base or head
  GOSCOPE_RUN_NUMBER  1, 2, 3 …
If it writes a number to $GOSCOPE_RUN/units, that many units of work were done:
requests served, bytes coded. `goscope diff --per` compares by them.

Let each run do the same work, not run for the same time, for 30 s or longer,
with GOMAXPROCS set, on a machine that does nothing else.

Examples:
  goscope record --runs 5 \\
    --base-cmd './bench-old -test.bench=Decode -test.cpuprofile=$GOSCOPE_RUN/cpu.pb.gz' \\
    --head-cmd './bench-new -test.bench=Decode -test.cpuprofile=$GOSCOPE_RUN/cpu.pb.gz'
  goscope diff --base runs/base-*/cpu.pb.gz --head runs/head-*/cpu.pb.gz --fail-on 5%";

/// Arguments of `goscope record`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct RecordArgs {
    /// Command for a run of the program from before the change, for the shell
    #[arg(long, value_name = "COMMAND")]
    base_cmd: String,
    /// Command for a run of the program from after the change, for the shell
    #[arg(long, value_name = "COMMAND")]
    head_cmd: String,
    /// Command to run before each of them, such as one that clears a cache
    #[arg(long, value_name = "COMMAND")]
    per_run: Option<String>,
    /// Runs of each side
    #[arg(long, short = 'n', value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: u32,
    /// Folder for the folders of the runs; must be new or empty
    #[arg(long, short, value_name = "FOLDER", default_value = "runs")]
    output: PathBuf,
}

/// One of the two programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Base,
    Head,
}

impl Side {
    const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Head => "head",
        }
    }
}

/// Which side runs first in a round, counted from 1.
const fn order_of(round: u32) -> [Side; 2] {
    if round % 2 == 1 { [Side::Base, Side::Head] } else { [Side::Head, Side::Base] }
}

/// Records all runs.
pub(super) fn run(args: &RecordArgs) -> Result<(), Failure> {
    let folder = new_folder(&args.output)?;
    let mut log = Log::create(&folder).map_err(|error| cannot_write(error, &folder))?;
    let mut names: Vec<String> = Vec::new();
    for round in 1..=args.runs {
        for side in order_of(round) {
            let run = record_one(args, &folder, side, round)?;
            names.clone_from(&run.recorded.files);
            log.add(&run).map_err(|error| cannot_write(error, &folder))?;
            say(&run.line());
            run.warnings().iter().for_each(|warning| say(&format!("goscope: {warning}")));
        }
    }
    say(&format!("\n{}", next_step(&args.output, &names)));
    Ok(())
}

/// What to do with the runs.
fn next_step(folder: &Path, names: &[String]) -> String {
    let name = names.first().map_or("cpu.pb.gz", String::as_str);
    let folder = folder.display();
    format!("goscope diff --base {folder}/base-*/{name} --head {folder}/head-*/{name}")
}

/// Makes the folder; nothing that is there already is mixed with what is recorded now.
fn new_folder(path: &Path) -> Result<PathBuf, Failure> {
    fs::create_dir_all(path).map_err(|error| cannot_write(error, path))?;
    let mut entries = fs::read_dir(path).map_err(|error| cannot_write(error, path))?;
    if entries.next().is_some() {
        let path = path.display();
        return Err(Failure::Usage(anyhow!("{path} is not empty; name a new folder with --output")));
    }
    // Commands may change to another folder.
    fs::canonicalize(path).map_err(|error| cannot_write(error, path))
}

fn cannot_write(error: std::io::Error, path: &Path) -> Failure {
    Failure::from_write(error, &path.display().to_string())
}

fn record_one(args: &RecordArgs, folder: &Path, side: Side, round: u32) -> Result<Run, Failure> {
    let name = format!("{}-{round}", side.name());
    let folder = folder.join(&name);
    fs::create_dir(&folder).map_err(|error| cannot_write(error, &folder))?;
    let step = Step { folder: &folder, side, round };
    if let Some(command) = &args.per_run {
        step.run("--per-run", command, ["per-run-stdout.txt", "per-run-stderr.txt"])?;
    }
    let watch = Watch::start();
    let (option, command) = match side {
        Side::Base => ("--base-cmd", &args.base_cmd),
        Side::Head => ("--head-cmd", &args.head_cmd),
    };
    step.run(option, command, ["stdout.txt", "stderr.txt"])?;
    let measured = watch.stop();
    let recorded = recorded(&folder).with_context(|| name.clone()).map_err(Failure::Input)?;
    if recorded.files.is_empty() {
        return Err(Failure::NoData(anyhow!(
            "{name}: the command has written no profile or trace to $GOSCOPE_RUN, which is {}",
            folder.display()
        )));
    }
    Ok(Run { name, side: side.name(), measured, recorded })
}

/// Where a command runs, and for what.
struct Step<'a> {
    folder: &'a Path,
    side: Side,
    round: u32,
}

impl Step<'_> {
    /// Runs a command in the shell; what it prints goes to two files.
    fn run(&self, option: &str, command: &str, [stdout, stderr]: [&str; 2]) -> Result<(), Failure> {
        let file = |name: &str| {
            let path = self.folder.join(name);
            File::create(&path).map_err(|error| cannot_write(error, &path))
        };
        let mut process = shell(command);
        process.env("GOSCOPE_RUN", self.folder);
        process.env("GOSCOPE_SIDE", self.side.name());
        process.env("GOSCOPE_RUN_NUMBER", self.round.to_string());
        process.stdin(std::process::Stdio::null()).stdout(file(stdout)?).stderr(file(stderr)?);
        let run = format!("{option}, run {} of {}", self.round, self.side.name());
        let status = process.status().with_context(|| run.clone()).map_err(Failure::Usage)?;
        if status.success() {
            return Ok(());
        }
        let said = fs::read_to_string(self.folder.join(stderr)).unwrap_or_default();
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it has said nothing");
        Err(Failure::NoData(anyhow!(
            "{run}: {status}: {last} (all of it: {})",
            self.folder.join(stderr).display()
        )))
    }
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut process = Command::new("sh");
    process.args(["-c", command]);
    process
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut process = Command::new("cmd");
    process.args(["/C", command]);
    process
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_side_is_first_in_every_second_round() {
        let order: Vec<&str> = (1..=4).flat_map(|round| order_of(round).map(Side::name)).collect();
        assert_eq!(order, ["base", "head", "head", "base", "base", "head", "head", "base"]);
    }
}
