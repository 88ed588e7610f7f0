//! The files of both sides, and what they are.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use goscope_analysis::profile::part::labeled_part;
use goscope_analysis::profile::query::{LabelFilter, QueryError};
use goscope_parsers::pprof::Profile;
use goscope_parsers::{FileBytes, FileKind, detect};

use super::run_files::runs_of;
use crate::archive::member_named;
use crate::cli::failure::{Failure, warn};
use crate::cli::input::InputArgs;
use crate::document::Source;
use crate::input_bytes::shown_name;
use crate::store_input::store_named;

/// The files of both sides, opened.
#[derive(Debug)]
pub(super) struct Sides {
    /// Those of the base first.
    pub(super) paths: Vec<PathBuf>,
    /// Their bytes, in the same order.
    pub(super) opened: Vec<FileBytes>,
    /// How many are the base's.
    pub(super) n_base: usize,
    /// Which of their samples are compared, by label: of the base, and of the head.
    pub(super) labels: [Vec<LabelFilter>; 2],
}

impl Sides {
    /// Finds and opens the files of both sides.
    pub(super) fn open(
        base: &[PathBuf],
        head: &[PathBuf],
        labels: [Vec<LabelFilter>; 2],
        input: &InputArgs,
    ) -> Result<Self, Failure> {
        let mut runs = runs_of("base", base, input)?;
        let n_base = runs.len();
        runs.extend(runs_of("head", head, input)?);
        let (paths, opened) = runs.into_iter().unzip();
        Ok(Self { paths, opened, n_base, labels })
    }

    /// The names of a side's files, as they are shown; of many their number.
    pub(super) fn names(&self) -> [String; 2] {
        const MOST_NAMES: usize = 3;
        let sides = [("base", 0..self.n_base), ("head", self.n_base..self.paths.len())];
        sides.map(|(word, side)| match side.len() {
            0..=MOST_NAMES => side.map(|at| self.source(at).place()).collect::<Vec<_>>().join(", "),
            n_runs => format!("{n_runs} runs of the {word}"),
        })
    }

    /// The filters by label of the side that a file is on.
    fn labels_of(&self, at: usize) -> &[LabelFilter] {
        &self.labels[usize::from(at >= self.n_base)]
    }

    /// Where a profile comes from.
    pub(super) fn source(&self, at: usize) -> Source {
        let file = Source::named(self.paths[at].clone());
        match self.labels_of(at) {
            [] => file,
            labels => Source::Part(Box::new(file), labels.to_vec()),
        }
    }

    /// The part of a profile that is compared.
    pub(super) fn part(&self, at: usize, profile: Profile) -> Result<Profile, QueryError> {
        match self.labels_of(at) {
            [] => Ok(profile),
            labels => {
                let (part, warnings) = labeled_part(&profile, labels)?;
                warn(&warnings);
                Ok(part)
            }
        }
    }

    /// A file that is there twice, if any: a run counts once. Two parts of a file are two runs.
    pub(super) fn repeated(&self) -> Option<&Path> {
        let real: Vec<_> = self
            .paths
            .iter()
            .enumerate()
            .map(|(at, path)| Some((real_name(path)?, self.labels_of(at))))
            .collect();
        let is_repeated = |at: &usize| real[*at].is_some() && real[..*at].contains(&real[*at]);
        (0..real.len()).find(is_repeated).map(|at| &*self.paths[at])
    }

    /// What all files are. What is of different kinds cannot be compared.
    pub(super) fn kind(&self) -> Result<SidesKind, Failure> {
        let kinds: Vec<SidesKind> = self.opened.iter().map(SidesKind::of).collect();
        let Some(other) = kinds.iter().position(|kind| *kind != kinds[0]) else { return Ok(kinds[0]) };
        // A profile is what is none of the others: it is named last.
        let [first, other] = if kinds[0] == SidesKind::Profiles { [other, 0] } else { [0, other] };
        let [a, b] = [first, other].map(|at| kinds[at].name());
        let name = shown_name(&self.paths[first]);
        let other = shown_name(&self.paths[other]);
        let is = kinds[first].short_name();
        Err(Failure::Usage(anyhow!("cannot compare {a} with {b}: {name} is {is}, {other} is none")))
    }
}

/// What a run is known by, whatever it was called: where its file lies, and which file of an archive it is. A profile of a
/// store is named by its content.
fn real_name(path: &Path) -> Option<PathBuf> {
    if store_named(path).is_some() {
        return Some(path.to_owned());
    }
    match member_named(path) {
        Some((archive, member)) => Some(fs::canonicalize(archive).ok()?.join(member)),
        None => fs::canonicalize(path).ok(),
    }
}

/// What the files of a comparison are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SidesKind {
    Profiles,
    Traces,
    Benchmarks,
    Dumps,
}

impl SidesKind {
    fn of(bytes: &FileBytes) -> Self {
        match detect(bytes).map(|found| found.kind) {
            Ok(FileKind::Trace { .. }) => Self::Traces,
            Ok(FileKind::GoroutineDump) => Self::Dumps,
            // What tests printed may hold benchmarks, and nothing else that can be compared.
            Ok(FileKind::Benchmark | FileKind::TestEvents | FileKind::TestText) => Self::Benchmarks,
            _ => Self::Profiles,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Profiles => "a profile",
            Self::Traces => "an execution trace",
            Self::Benchmarks => "a benchmark output",
            Self::Dumps => "a goroutine dump",
        }
    }

    const fn short_name(self) -> &'static str {
        match self {
            Self::Traces => "a trace",
            other => other.name(),
        }
    }
}
