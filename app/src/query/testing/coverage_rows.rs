//! The table of coverage: modules, packages, files and functions as a tree, and what did not run as a list.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use goscope_analysis::coverage::{FileNode, FunctionCoverage, Statements, package_of};
use goscope_parsers::coverage::FileCoverage;
use serde::{Deserialize, Serialize};

use super::code_place::CodePlace;
use super::coverage::{CoverageFacts, CoverageTreeQuery};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Functions up to which the whole tree is open at first.
const FEW_FUNCTIONS: usize = 60;
/// Packages up to which they are open at first.
const FEW_PACKAGES: usize = 8;

/// What coverage is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CoverageColumn {
    /// Names; functions by their line.
    Name,
    /// The covered part.
    Share,
    /// Covered statements.
    Covered,
    /// Statements that did not run.
    Uncovered,
}

impl CoverageColumn {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 4] = [Self::Name, Self::Share, Self::Covered, Self::Uncovered];
}

/// The order of coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CoverageSort {
    /// By what.
    pub column: CoverageColumn,
    /// Largest first.
    pub is_descending: bool,
}

impl Default for CoverageSort {
    fn default() -> Self {
        Self { column: CoverageColumn::Uncovered, is_descending: true }
    }
}

/// Asks for the rows of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CoverageRowsQuery {
    /// The tree.
    pub tree: CoverageTreeQuery,
    /// The order among what is in the same part.
    pub sort: CoverageSort,
    /// What names contain.
    pub containing: String,
    /// What was opened or closed by hand.
    pub turned: BTreeSet<String>,
}

/// The rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageRows {
    /// From the first to the last.
    pub rows: Vec<CoverageRow>,
    /// All functions.
    pub n_functions: usize,
    /// The first row of each file and function, for what is chosen, by file and line.
    pub place_of: BTreeMap<(String, u32), usize>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageRow {
    /// The word by which it is opened and closed.
    pub word: String,
    /// How deep it stands.
    pub depth: usize,
    /// Whether it is open; `None` if nothing is inside it.
    pub is_open: Option<bool>,
    /// What it is called here.
    pub name: String,
    /// Its statements.
    pub statements: Statements,
    /// Where it is, if it is a file or a function.
    pub place: Option<CodePlace>,
    /// Its name in a profile, if it is a function.
    pub function: Option<String>,
}

impl Question for CoverageRowsQuery {
    type Answer = CoverageRows;
    type Input = CoverageTreeQuery;

    fn input(&self) -> CoverageTreeQuery {
        self.tree.clone()
    }

    fn answer(&self, _: Documents<'_>, facts: Arc<CoverageFacts>) -> Result<CoverageRows, QuestionError> {
        let tree = &facts.tree;
        let n_functions = tree.files().map(|file| file.functions.len()).sum();
        let n_packages: usize = tree.modules.iter().map(|module| module.packages.len()).sum();
        let opens = Opens { packages: n_packages <= FEW_PACKAGES, files: n_functions <= FEW_FUNCTIONS };
        let mut modules: Vec<Node> = Vec::new();
        for module in &tree.modules {
            let name = if module.path.is_empty() { "(no module found)" } else { &module.path };
            let mut node = Node::new(format!("module {}", module.path), name, module.statements, true);
            for package in &module.packages {
                let below = package.path.strip_prefix(&*module.path).and_then(|rest| rest.strip_prefix('/'));
                let name = below.unwrap_or(&package.path);
                let word = format!("package {}", package.path);
                let mut inner = Node::new(word, name, package.statements, opens.packages);
                inner.inside = package.files.iter().map(|file| file_node(file, opens)).collect();
                node.inside.push(inner);
            }
            modules.push(node);
        }
        let mut found = CoverageRows { n_functions, ..CoverageRows::default() };
        self.put_in_order(&mut modules);
        for node in modules {
            self.push(&mut found.rows, node, 0, "");
        }
        for (at, row) in found.rows.iter().enumerate() {
            if let Some(place) = &row.place {
                found.place_of.entry((place.file.clone(), place.line)).or_insert(at);
            }
        }
        Ok(found)
    }
}

/// Which levels are open at first.
#[derive(Clone, Copy)]
struct Opens {
    packages: bool,
    files: bool,
}

/// A part of the tree.
struct Node {
    word: String,
    name: String,
    statements: Statements,
    place: Option<CodePlace>,
    function: Option<String>,
    is_open_at_first: bool,
    inside: Vec<Self>,
}

impl Node {
    fn new(word: String, name: &str, statements: Statements, is_open_at_first: bool) -> Self {
        Self {
            word,
            name: name.to_owned(),
            statements,
            place: None,
            function: None,
            is_open_at_first,
            inside: Vec::new(),
        }
    }
}

fn file_node(file: &FileNode, opens: Opens) -> Node {
    let mut node = Node::new(format!("file {}", file.name), file.base(), file.statements, opens.files);
    node.place = Some(CodePlace::in_file(&file.name, 1));
    node.inside = file.functions.iter().map(|function| function_node(file, function)).collect();
    if !file.functions.is_empty() && file.outside.total > 0 {
        let word = format!("outside {}", file.name);
        node.inside.push(Node::new(word, "(outside of functions)", file.outside, false));
    }
    node
}

fn function_node(file: &FileNode, function: &FunctionCoverage) -> Node {
    let word = format!("function {}:{}", file.name, function.line);
    let mut node = Node::new(word, &function.full_name, function.statements, false);
    node.place = Some(CodePlace::in_file(&file.name, function.line));
    node.function = Some(profile_name(package_of(&file.name), &function.full_name));
    node
}

/// What the linker calls a function of a package: dots in the last part of an import path are escaped.
pub fn profile_name(package: &str, function: &str) -> String {
    let (folder, last) = package.rsplit_once('/').map_or(("", package), |(folder, last)| (folder, last));
    let slash = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{slash}{}.{function}", last.replace('.', "%2e"))
}

impl CoverageRowsQuery {
    fn put_in_order(&self, nodes: &mut [Node]) {
        nodes.sort_by(|a, b| {
            let order = match self.sort.column {
                CoverageColumn::Name => by_name(a, b),
                CoverageColumn::Share => a.statements.percent().total_cmp(&b.statements.percent()),
                CoverageColumn::Covered => a.statements.covered.cmp(&b.statements.covered),
                CoverageColumn::Uncovered => a.statements.uncovered().cmp(&b.statements.uncovered()),
            };
            if self.sort.is_descending { order.reverse() } else { order }
        });
    }

    /// Adds the rows of a part that are seen; whether there are any. A name is looked for with all that it is in.
    fn push(&self, rows: &mut Vec<CoverageRow>, mut node: Node, depth: usize, above: &str) -> bool {
        self.put_in_order(&mut node.inside);
        let words = self.containing.to_lowercase();
        let full = format!("{above}/{}", node.name);
        let is_found = words.is_empty() || full.to_lowercase().contains(&words);
        let is_turned = self.turned.contains(&node.word);
        let is_open = is_turned != (node.is_open_at_first || !words.is_empty());
        let at = rows.len();
        rows.push(CoverageRow {
            word: node.word,
            depth,
            is_open: (!node.inside.is_empty()).then_some(is_open),
            name: node.name,
            statements: node.statements,
            place: node.place,
            function: node.function,
        });
        let mut is_seen = is_found;
        for inner in node.inside {
            let before = rows.len();
            is_seen |= self.push(rows, inner, depth + 1, &full);
            if !is_open {
                rows.truncate(before);
            }
        }
        if !is_seen {
            rows.truncate(at);
        }
        is_seen
    }
}

/// By name; functions as they stand in their file.
fn by_name(a: &Node, b: &Node) -> Ordering {
    let line = |node: &Node| node.function.as_ref().and(node.place.as_ref()).map(|place| place.line);
    match (line(a), line(b)) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => a.name.cmp(&b.name),
    }
}

/// Asks for what did not run, the largest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UncoveredQuery {
    /// The tree.
    pub tree: CoverageTreeQuery,
    /// What the names of file or function contain.
    pub containing: String,
}

/// Lines that did not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncovered {
    /// The first of them.
    pub place: CodePlace,
    /// The last of them.
    pub last_line: u32,
    /// The function they are in, with the last part of its package; the file, where none is known.
    pub name: String,
    /// Statements that did not run.
    pub statements: u64,
}

/// What did not run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UncoveredRows {
    /// The largest first.
    pub rows: Vec<Uncovered>,
    /// Where the row is that begins at a line of a file.
    place_of: BTreeMap<(String, u32), usize>,
}

impl UncoveredRows {
    /// The row that a place is in.
    pub fn row_at(&self, place: &CodePlace) -> Option<usize> {
        let up_to = (place.file.clone(), place.line);
        let (_, &at) = self.place_of.range(..=up_to).next_back()?;
        let row = &self.rows[at];
        let is_in = row.place.file == place.file && (row.place.line..=row.last_line).contains(&place.line);
        is_in.then_some(at)
    }
}

impl Question for UncoveredQuery {
    type Answer = UncoveredRows;
    type Input = CoverageTreeQuery;

    fn input(&self) -> CoverageTreeQuery {
        self.tree.clone()
    }

    fn answer(&self, _: Documents<'_>, facts: Arc<CoverageFacts>) -> Result<UncoveredRows, QuestionError> {
        let words = self.containing.to_lowercase();
        let mut found: Vec<Uncovered> = Vec::new();
        for file in facts.tree.files() {
            let profile = &facts.coverage.profile;
            let at = profile.files.binary_search_by(|other| other.name.cmp(&file.name));
            found.extend(uncovered_of(file, at.ok().map(|at| &profile.files[at])));
        }
        found.retain(|it| {
            words.is_empty()
                || it.name.to_lowercase().contains(&words)
                || it.place.file.to_lowercase().contains(&words)
        });
        // The sort is stable: of the same size they stay as they are in their files.
        found.sort_by_key(|it| std::cmp::Reverse(it.statements));
        let place = |(at, it): (usize, &Uncovered)| ((it.place.file.clone(), it.place.line), at);
        let place_of = found.iter().enumerate().map(place).collect();
        Ok(UncoveredRows { rows: found, place_of })
    }
}

fn uncovered_of(file: &FileNode, profile: Option<&FileCoverage>) -> Vec<Uncovered> {
    let mut statements = vec![0_u64; file.uncovered.len()];
    let blocks = profile.map_or(&[][..], |profile| &profile.blocks);
    for block in blocks.iter().filter(|block| !block.is_covered()) {
        let at = file.uncovered.partition_point(|[_, last]| *last < block.start.line);
        // A block begins with its bracket, often on a line that ran.
        let is_in = |range: &[u32; 2]| range[0] <= block.end.line;
        if let (Some(sum), Some(true)) = (statements.get_mut(at), file.uncovered.get(at).map(is_in)) {
            *sum = sum.saturating_add(block.statements);
        }
    }
    let uncovered = |([first, last], statements): (&[u32; 2], u64)| {
        let function = file.functions.iter().find(|it| (it.line..=it.end_line).contains(first));
        Uncovered {
            place: CodePlace::in_file(&file.name, *first),
            last_line: *last,
            name: function.map_or_else(|| file.base().to_owned(), |it| super::coverage::qualified(file, it)),
            statements,
        }
    };
    file.uncovered.iter().zip(statements).map(uncovered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_called_as_in_profiles() {
        assert_eq!(profile_name("example.com/shop/cart", "(*Cart).Add"), "example.com/shop/cart.(*Cart).Add");
        assert_eq!(profile_name("gopkg.in/yaml.v3", "Marshal"), "gopkg.in/yaml%2ev3.Marshal");
        assert_eq!(profile_name("bytes", "Equal"), "bytes.Equal");
    }
}
