//! What the files of a side of benchmarks are for: outputs that are compared, and CPU profiles with the outputs of the same
//! processes.
//!
//! ```text
//! head.txt                           compared
//! profiles/head-Sum-1.cpu.pb.gz      explains
//! profiles/head-Sum-1.txt            says how often the profiled process ran what: is not compared, a profiler slows down
//!
//! new.txt  new.cpu.pb.gz             compared, and explains
//! ```
//!
//! An output belongs to a profile if both lie in one folder and have one name, without what tells kinds of files apart.

use std::sync::Arc;

use goscope_analysis::explain::Recording;
use goscope_analysis::profile::info::{ProfileKind, profile_kind};
use goscope_parsers::bench::BenchOutput;
use goscope_parsers::pprof::Profile;

use super::error::QuestionError;
use crate::document::{Document, Source};

/// What ends the names of outputs and profiles, longest first.
const ENDINGS: [&str; 10] =
    [".cpu.pb.gz", ".pb.gz", ".cpu.prof", ".pprof", ".prof", ".txt.gz", ".txt", ".json", ".bench", ".out"];

/// The files of a side.
#[derive(Debug)]
pub struct BenchFiles<'d> {
    /// Outputs whose values are compared.
    pub compared: Vec<&'d BenchOutput>,
    /// CPU profiles, each with the output of the same process where one has its name.
    profiles: Vec<(&'d Profile, Option<&'d BenchOutput>)>,
}

impl<'d> BenchFiles<'d> {
    /// Sorts the documents of a side.
    ///
    /// # Errors
    /// If one is neither an output nor a CPU profile.
    pub fn of(side: &'d [Arc<Document>]) -> Result<Self, QuestionError> {
        let mut outputs: Vec<(&Document, &BenchOutput)> = Vec::new();
        let mut profiles: Vec<(&Document, &Profile)> = Vec::new();
        for document in side {
            match (document.benchmarks(), document.profile()) {
                (Some(output), _) => outputs.push((document, output)),
                (None, Some(profile)) if profile_kind(&profile.profile) == ProfileKind::Cpu => {
                    profiles.push((document, &profile.profile));
                }
                (None, Some(_)) => return Err(QuestionError::NoCpuProfile(document.source.name())),
                (None, None) => return Err(QuestionError::NoBenchmarks(document.source.name())),
            }
        }
        let is_one_run = |one: &Document, other: &Document| run_of(&one.source) == run_of(&other.source);
        let is_of_profile = |output: &Document| profiles.iter().any(|(it, _)| is_one_run(it, output));
        let compared: Vec<&BenchOutput> = outputs
            .iter()
            .filter(|(document, _)| !is_of_profile(document))
            .map(|(_, output)| *output)
            .collect();
        let compared =
            if compared.is_empty() { outputs.iter().map(|(_, output)| *output).collect() } else { compared };
        let output_of = |profile: &Document| {
            outputs.iter().find(|(output, _)| is_one_run(output, profile)).map(|(_, output)| *output)
        };
        let profiles = profiles.iter().map(|(document, profile)| (*profile, output_of(document))).collect();
        Ok(Self { compared, profiles })
    }

    /// Whether there is a profile.
    pub fn has_profiles(&self) -> bool {
        !self.profiles.is_empty()
    }

    /// Outputs of the processes that were profiled.
    pub fn profiled(&self) -> Vec<&'d BenchOutput> {
        let own: Option<Vec<_>> = self.profiles.iter().map(|(_, output)| *output).collect();
        own.unwrap_or_else(|| self.compared.clone())
    }

    /// What was recorded of a benchmark, by the name of its results. Processes that are known to have run others only are left
    /// out: sub-benchmarks share functions, and a profile does not tell them apart.
    pub fn recording(&self, name: &str) -> Recording<'d> {
        let own: Option<Vec<(&Profile, &BenchOutput)>> =
            self.profiles.iter().map(|(profile, output)| Some((*profile, (*output)?))).collect();
        let Some(mut pairs) = own else {
            let profiles: Vec<&Profile> = self.profiles.iter().map(|(profile, _)| *profile).collect();
            return Recording::new(self.compared.clone(), &profiles);
        };
        let ran = |output: &BenchOutput| output.results.iter().any(|result| &*result.name == name);
        if pairs.iter().any(|(_, output)| ran(output)) {
            pairs.retain(|(_, output)| ran(output));
        }
        let (profiles, outputs): (Vec<&Profile>, Vec<&BenchOutput>) = pairs.into_iter().unzip();
        Recording::new(outputs, &profiles)
    }
}

/// What the files of one process have in common: the folder, and the name without its ending.
pub fn run_of(source: &Source) -> (String, String) {
    let name = source.name();
    let ending = ENDINGS.iter().find(|ending| name.ends_with(**ending)).map_or(0, |ending| ending.len());
    (source.folder(), name[..name.len() - ending].to_owned())
}

/// Whether a name is one that profiles have.
pub fn is_profile_name(name: &str) -> bool {
    let is_of_memory = name.ends_with(".mem.pb.gz");
    !is_of_memory && ENDINGS[..5].iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use goscope_parsers::bench::read_output;
    use goscope_parsers::pprof::{ParseOptions, parse_with_warnings};

    use super::*;

    fn output(path: &str, text: &str) -> Arc<Document> {
        Arc::new(Document::from_benchmarks(Source::File(path.into()), read_output(text.as_bytes())))
    }

    fn profile(path: &str) -> Arc<Document> {
        let sample = crate::samples::sample("cpu-labels.pb.gz").expect("a sample of CPU time");
        let parsed = parse_with_warnings(sample.bytes, &ParseOptions::default()).expect("a profile");
        Arc::new(Document::from_profile(Source::File(path.into()), parsed.profile))
    }

    /// The names of results that are compared, and those of a recording.
    fn split(side: &[Arc<Document>], name: &str) -> [Vec<String>; 2] {
        let files = BenchFiles::of(side).expect("files");
        let compared = files.compared.iter().flat_map(|output| &output.results);
        let compared = compared.map(|result| result.name.to_string()).collect();
        let keys = files.recording(name).keys().iter().map(ToString::to_string).collect();
        [compared, keys]
    }

    #[test]
    fn the_output_of_a_profiled_run_is_compared_only_where_there_is_no_other() {
        let one = "BenchmarkA-2 10 5 ns/op\n";
        let both = [output("new.txt", one), profile("new.cpu.pb.gz")];
        assert_eq!(split(&both, "A-2"), [vec!["A-2"], vec!["BenchmarkA"]]);
        let kept = [
            output("runs/head.txt", "BenchmarkA-2 10 5 ns/op\nBenchmarkB-2 10 5 ns/op\n"),
            output("runs/profiles/head-A-1.txt", one),
            profile("runs/profiles/head-A-1.cpu.pb.gz"),
            output("runs/profiles/head-B-1.txt", "BenchmarkB-2 10 5 ns/op\n"),
            profile("runs/profiles/head-B-1.cpu.pb.gz"),
        ];
        assert_eq!(split(&kept, "B-2"), [vec!["A-2", "B-2"], vec!["BenchmarkB"]]);
        // Nobody knows which run it is of: all results are taken for its own.
        let unnamed = [output("head.txt", one), profile("cpu.pb.gz")];
        assert_eq!(split(&unnamed, "A-2"), [vec!["A-2"], vec!["BenchmarkA"]]);
    }

    #[test]
    fn names_say_which_files_are_of_one_run() {
        let run = |path: &str| run_of(&Source::File(path.into())).1;
        assert_eq!(run("a/x.cpu.pb.gz"), "x");
        assert_eq!(run("a/x.txt"), "x");
        assert_eq!(run("a/x.v2.prof"), "x.v2");
        assert_eq!(run("a/.txt"), "");
        assert!(is_profile_name("x.pprof") && !is_profile_name("x.mem.pb.gz") && !is_profile_name("x.txt"));
    }
}
