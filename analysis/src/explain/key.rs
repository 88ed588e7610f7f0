//! Which benchmark is meant: the function, by package and name.

use std::fmt;

use goscope_parsers::bench::{BenchName, OutputResult};

use crate::symbol::package_of;

/// A benchmark function: several results have it in common if it has sub-benchmarks or runs with several numbers of
/// processors.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BenchmarkKey {
    /// Import path of its package; empty if the output does not say.
    pub package: String,
    /// The function without the word `Benchmark`: `Encode`.
    pub name: String,
}

impl fmt::Display for BenchmarkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Benchmark{}", self.name)
    }
}

impl BenchmarkKey {
    /// The benchmark that a function is or is a literal of, and whether it is all of it.
    pub(super) fn of_function(name: &str) -> Option<(Self, bool)> {
        let package = package_of(name);
        let function = name.get(package.len() + 1..)?;
        let end = function.find(['.', '[', '-']).unwrap_or(function.len());
        let base = function[..end].strip_prefix("Benchmark")?;
        // As the testing package has it: BenchmarkX is one, Benchmarker is none.
        if base.starts_with(char::is_lowercase) {
            return None;
        }
        // Tests of package x that see it from outside are in x_test, which prints as x.
        let package = package.strip_suffix("_test").unwrap_or(package).replace("%2e", ".");
        Some((Self { package, name: base.to_owned() }, end == function.len()))
    }

    /// The benchmark of a result.
    pub fn of_result(result: &OutputResult) -> Self {
        let base = BenchName(result.name.as_bytes()).head();
        Self {
            package: result.config("pkg").unwrap_or_default().to_owned(),
            name: String::from_utf8_lossy(base).into_owned(),
        }
    }
}
