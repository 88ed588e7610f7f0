//! Which statements belong to which function, by the rule of `go tool cover -func`.

use goscope_parsers::coverage::{Block, FileCoverage, Position};

use super::go_source::{GoFunction, GoSource};
use super::statements::Statements;

/// A function and its statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionCoverage {
    /// Without its receiver.
    pub name: String,
    /// With its receiver: `(*T).M`.
    pub full_name: String,
    /// The line of the word `func`.
    pub line: u32,
    /// The line of the bracket that closes its body.
    pub end_line: u32,
    /// Its statements.
    pub statements: Statements,
    /// How often it was called: the count of its first block; 0 of a function without one.
    pub calls: i64,
}

/// The functions of a file, in the order of its source.
pub fn file_functions(file: &FileCoverage, source: &GoSource) -> Vec<FunctionCoverage> {
    let blocks = SortedBlocks::new(&file.blocks);
    let function = |function: &GoFunction| {
        let of_function = || blocks.of(function);
        FunctionCoverage {
            name: function.name.clone(),
            full_name: function.full_name(),
            line: function.start.line,
            end_line: function.end.line,
            statements: of_function().map(Statements::of).sum(),
            calls: of_function().next().map_or(0, |block| block.count),
        }
    };
    source.functions.iter().map(function).collect()
}

/// The statements of a file that are in none of its functions: literals that initialize variables of the package.
pub fn outside_functions(file: &FileCoverage, source: &GoSource) -> Statements {
    let mut functions: Vec<&GoFunction> = source.functions.iter().collect();
    functions.sort_by_key(|function| function.start);
    let is_outside = |block: &&Block| {
        // Functions do not overlap: only the last one that begins before the block's end can hold it.
        let n_before = functions.partition_point(|function| function.start < block.end);
        !functions[..n_before].last().is_some_and(|function| is_in(block, function))
    };
    file.blocks.iter().filter(is_outside).map(Statements::of).sum()
}

/// Whether a block counts for a function: it neither ends before it nor begins behind it.
fn is_in(block: &Block, function: &GoFunction) -> bool {
    block.start < function.end && block.end > function.start
}

/// Blocks by their start, and how far any of the first blocks reaches: damaged profiles have blocks that overlap.
struct SortedBlocks<'a> {
    blocks: &'a [Block],
    reach: Vec<Position>,
}

impl<'a> SortedBlocks<'a> {
    fn new(blocks: &'a [Block]) -> Self {
        let mut furthest = Position::default();
        let reach = blocks.iter().map(|block| {
            furthest = furthest.max(block.end);
            furthest
        });
        Self { blocks, reach: reach.collect() }
    }

    fn of(&self, function: &GoFunction) -> impl Iterator<Item = &'a Block> + use<'a> {
        let begin = self.reach.partition_point(|&reach| reach <= function.start);
        let end = self.blocks.partition_point(|block| block.start < function.end);
        let start = function.start;
        self.blocks.get(begin..end).unwrap_or(&[]).iter().filter(move |block| block.end > start)
    }
}
