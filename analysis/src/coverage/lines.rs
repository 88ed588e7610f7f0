//! Lines made from blocks.
//!
//! A line can run if a block with statements covers something on it besides blanks, comments, brackets, commas and
//! semicolons. Several blocks on a line may differ: the line is covered partly.

use std::collections::BTreeMap;

use goscope_parsers::coverage::{Block, FileCoverage};

use super::go_source::GoSource;
use super::statements::Statements;

/// Steps for a file: blocks of one compiler do not overlap, so that a file takes as many as it has words. Damaged profiles
/// may hold a million blocks over the same million words.
const MAX_STEPS: usize = 8 << 20;

/// A line that can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineCoverage {
    /// Counted from 1.
    pub line: u32,
    /// The smallest count of its blocks.
    pub least: i64,
    /// The largest count of its blocks.
    pub most: i64,
}

impl LineCoverage {
    /// Whether something of it ran.
    pub const fn is_covered(&self) -> bool {
        self.most > 0
    }

    /// Whether something of it ran, and something did not.
    pub const fn is_partly_covered(&self) -> bool {
        self.most > 0 && self.least <= 0
    }
}

/// The lines of a file that can run, in order. Without source, all lines that blocks go over.
pub fn line_coverage(file: &FileCoverage, source: Option<&GoSource>) -> Vec<LineCoverage> {
    let mut counts: BTreeMap<u32, LineCoverage> = BTreeMap::new();
    let mut steps_left = MAX_STEPS;
    for block in file.blocks.iter().filter(|block| block.statements > 0) {
        let mut last = 0;
        for line in lines_of(block, source).take(steps_left) {
            steps_left -= 1;
            if line == last {
                continue;
            }
            last = line;
            let counts =
                counts.entry(line).or_insert(LineCoverage { line, least: block.count, most: block.count });
            counts.least = counts.least.min(block.count);
            counts.most = counts.most.max(block.count);
        }
    }
    counts.into_values().collect()
}

/// The lines of a block, in order; a line may come several times.
fn lines_of<'a>(block: &'a Block, source: Option<&'a GoSource>) -> Box<dyn Iterator<Item = u32> + 'a> {
    let Some(source) = source else {
        // What ends before the first letter of a line has nothing on it.
        let behind = u32::from(block.end.column > 1 || block.end.line == block.start.line);
        return Box::new(block.start.line..block.end.line.saturating_add(behind));
    };
    let begin = source.code.partition_point(|&at| at < block.start);
    let code = source.code.get(begin..).unwrap_or(&[]);
    Box::new(code.iter().take_while(|&&at| at < block.end).map(|at| at.line))
}

/// Lines that did not run, as first and last line. What cannot run between two of them, as comments do, joins them, but not
/// over the end of a function.
pub fn uncovered_ranges(lines: &[LineCoverage], source: Option<&GoSource>) -> Vec<[u32; 2]> {
    let functions = source.map_or(&[][..], |source| &source.functions);
    let function = |line: u32| functions.partition_point(|function| function.start.line <= line);
    let mut ranges: Vec<[u32; 2]> = Vec::new();
    let mut is_open = false;
    for line in lines {
        if line.is_covered() {
            is_open = false;
            continue;
        }
        match ranges.last_mut() {
            Some([_, last]) if is_open && function(*last) == function(line.line) => *last = line.line,
            _ => ranges.push([line.line; 2]),
        }
        is_open = true;
    }
    ranges
}

impl Statements {
    /// Counts of lines instead.
    pub fn of_lines(lines: &[LineCoverage]) -> Self {
        let n_covered = lines.iter().filter(|line| line.is_covered()).count();
        Self { total: lines.len() as u64, covered: n_covered as u64 }
    }
}
