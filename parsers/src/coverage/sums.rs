//! Adds up the runs of a program and gives them the places that its `covmeta` file names.

use super::counters::CoverageCounters;
use super::meta::CoverageMeta;
use super::profile::{
    Block, CoverageProfile, FileCoverage, MergeError, Mode, merge_blocks, statements_error,
};

/// The sums of the runs of one program.
#[derive(Debug)]
pub struct CounterSums {
    meta: CoverageMeta,
    /// By package, function and block.
    sums: Vec<Vec<Vec<u32>>>,
    n_unknown: usize,
}

impl CounterSums {
    /// No run yet.
    pub fn new(meta: CoverageMeta) -> Self {
        let zeros = |package: &super::meta::MetaPackage| {
            package.functions.iter().map(|function| vec![0; function.units.len()]).collect()
        };
        let sums = meta.packages.iter().map(zeros).collect();
        Self { meta, sums, n_unknown: 0 }
    }

    /// Names the program.
    pub const fn hash(&self) -> [u8; 16] {
        self.meta.hash
    }

    /// Adds a run. Counts of functions that the program does not have are left out and counted.
    pub fn add(&mut self, run: &CoverageCounters) {
        let is_set = self.meta.mode.is_set();
        for entry in &run.entries {
            let package = self.sums.get_mut(entry.package as usize);
            let Some(sums) = package.and_then(|package| package.get_mut(entry.function as usize)) else {
                self.n_unknown += 1;
                continue;
            };
            let counts = run.counts.get(entry.counts.clone()).unwrap_or(&[]);
            // One counter stands for all blocks of a function.
            let first = counts.first().copied().filter(|_| self.meta.is_by_function);
            for (at, sum) in sums.iter_mut().enumerate() {
                let count = first.or_else(|| counts.get(at).copied()).unwrap_or(0);
                *sum = if is_set { u32::from(*sum > 0 || count > 0) } else { sum.saturating_add(count) };
            }
        }
    }

    /// Functions that counters named and the program does not have: the files do not belong together, or are damaged.
    pub const fn n_unknown(&self) -> usize {
        self.n_unknown
    }

    /// The sums as a profile.
    ///
    /// # Errors
    /// If two functions claim the same block with different statements.
    pub fn into_profile(self) -> Result<CoverageProfile, MergeError> {
        let mut files: Vec<FileCoverage> = Vec::new();
        let mut numbers: std::collections::HashMap<std::sync::Arc<str>, usize> =
            std::collections::HashMap::new();
        for (package, sums) in self.meta.packages.into_iter().zip(self.sums) {
            for (function, sums) in package.functions.into_iter().zip(sums) {
                let number = *numbers.entry(function.file.clone()).or_insert_with(|| {
                    files.push(FileCoverage { name: function.file.to_string(), blocks: Vec::new() });
                    files.len() - 1
                });
                let blocks = function.units.iter().zip(sums).map(|(unit, count)| Block {
                    start: unit.start,
                    end: unit.end,
                    statements: unit.statements.into(),
                    count: count.into(),
                });
                files[number].blocks.extend(blocks);
            }
        }
        let is_set = self.meta.mode.is_set();
        for file in &mut files {
            merge_blocks(&mut file.blocks, is_set).map_err(|what| statements_error(&file.name, what))?;
        }
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(CoverageProfile { mode: Some(Mode::new(self.meta.mode.word())), files })
    }
}
