//! What costs time in a profile and did not run in tests: a profile and coverage joined by package, file and line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use goscope_analysis::coverage::{CoverageTree, FileNode, FunctionCoverage, Statements, package_of};
use goscope_analysis::profile::frame::{Frame, Granularity};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::symbol;

use super::code_place::CodePlace;
use super::coverage::{CoverageFacts, CoverageTreeQuery, qualified};
use super::coverage_rows::profile_name;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::top::{Top, TopQuery};
use crate::text::{self, ValueText};

/// Asks for the functions of a profile whose time is spent on lines that no test ran. The profile is the first document, and
/// coverage another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HotUncoveredQuery {
    /// What counts as covered.
    pub coverage: CoverageTreeQuery,
}

/// Functions that cost something on lines that no test ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HotUncovered {
    /// The one that costs most first.
    pub functions: Vec<HotFunction>,
    /// What they come to, in a sentence.
    pub sentence: String,
    /// Functions of the profile that are in files of the coverage.
    pub n_joined: usize,
    /// Unit of all values.
    pub unit: String,
    /// The unit to print values in.
    pub shown_unit: String,
    /// The value that is 100 %.
    pub total: i64,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotFunction {
    /// With the last part of its package.
    pub name: String,
    /// Its name in the profile, without closures.
    pub function: String,
    /// Value of the samples on its lines that did not run, with what they call.
    pub cum: i64,
    /// The same, without what they call.
    pub flat: i64,
    /// Its statements.
    pub statements: Statements,
    /// Its line that costs most among those that did not run.
    pub place: CodePlace,
}

impl Question for HotUncoveredQuery {
    type Answer = HotUncovered;
    type Input = (TopQuery, CoverageTreeQuery);

    fn input(&self) -> Self::Input {
        let stacks = StackQuery { granularity: Granularity::Lines, ..StackQuery::default() };
        (TopQuery { stacks, ..TopQuery::default() }, self.coverage.clone())
    }

    fn answer(
        &self,
        _: Documents<'_>,
        (top, facts): (Arc<Top>, Arc<CoverageFacts>),
    ) -> Result<HotUncovered, QuestionError> {
        let files = Files::new(&facts.tree);
        let mut hot: BTreeMap<(&str, u32), (HotFunction, i64)> = BTreeMap::new();
        let mut joined: BTreeSet<(&str, u32)> = BTreeSet::new();
        for row in &top.table.rows {
            let frame = top.table.frames.frame(row.frame);
            let Some((file, function, line)) = files.find(frame) else { continue };
            joined.insert((&file.name, function.line));
            if !is_uncovered(file, line) {
                continue;
            }
            let begin = || {
                let function = HotFunction {
                    name: qualified(file, function),
                    function: profile_name(package_of(&file.name), &function.full_name),
                    cum: 0,
                    flat: 0,
                    statements: function.statements,
                    place: CodePlace::in_file(&file.name, line),
                };
                (function, 0)
            };
            let (found, most) = hot.entry((&file.name, function.line)).or_insert_with(begin);
            found.cum = found.cum.saturating_add(row.cum);
            found.flat = found.flat.saturating_add(row.flat);
            if row.cum > *most {
                (*most, found.place.line) = (row.cum, line);
            }
        }
        let mut functions: Vec<HotFunction> =
            hot.into_values().map(|(function, _)| function).filter(|it| it.cum > 0).collect();
        functions.sort_by_key(|it| std::cmp::Reverse(it.cum));
        let sentence = sentence(&functions, &top);
        let Top { unit, shown_unit, .. } = &*top;
        Ok(HotUncovered {
            functions,
            sentence,
            n_joined: joined.len(),
            unit: unit.clone(),
            shown_unit: shown_unit.clone(),
            total: top.table.total,
        })
    }
}

fn sentence(functions: &[HotFunction], top: &Top) -> String {
    let Some(first) = functions.first() else {
        return "All that costs something ran in tests".to_owned();
    };
    let value = ValueText::alone(&top.unit).text(first.cum);
    let verb = if functions.len() == 1 { "costs" } else { "cost" };
    format!(
        "{} {verb} something on lines that no test ran; most does {}, {value} ({}) with what it calls",
        text::counted(functions.len(), "function"),
        text::name(&first.name),
        text::share(first.cum, top.table.total)
    )
}

/// The files of a coverage tree, found by what a profile says.
struct Files<'t> {
    by_package: BTreeMap<(&'t str, &'t str), &'t FileNode>,
    by_base: BTreeMap<&'t str, Vec<&'t FileNode>>,
}

impl<'t> Files<'t> {
    fn new(tree: &'t CoverageTree) -> Self {
        let mut by_base: BTreeMap<&str, Vec<&FileNode>> = BTreeMap::new();
        tree.files().for_each(|file| by_base.entry(file.base()).or_default().push(file));
        let by_package = tree.files().map(|file| ((package_of(&file.name), file.base()), file)).collect();
        Self { by_package, by_base }
    }

    /// The file, function and line that a frame is in: closures are in the function around them.
    fn find(&self, frame: &Frame) -> Option<(&'t FileNode, &'t FunctionCoverage, u32)> {
        let line = u32::try_from(frame.line).ok().filter(|line| *line > 0)?;
        let path = frame.file.replace('\\', "/");
        let (folder, base) = path.rsplit_once('/').unwrap_or(("", &path));
        let package = symbol::package_of(&frame.name).replace("%2e", ".");
        let file = match self.by_package.get(&(&*package, base)) {
            Some(file) => file,
            // The package of a program is called main, whatever its path is.
            None if package == "main" => {
                let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
                let is_it = |file: &&&FileNode| last(package_of(&file.name)) == last(folder);
                self.by_base.get(base)?.iter().find(is_it)?
            }
            None => return None,
        };
        let function = file.functions.iter().find(|it| (it.line..=it.end_line).contains(&line))?;
        Some((file, function, line))
    }
}

fn is_uncovered(file: &FileNode, line: u32) -> bool {
    let at = file.uncovered.partition_point(|[_, last]| *last < line);
    file.uncovered.get(at).is_some_and(|[first, _]| *first <= line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> CoverageTree {
        let function = |name: &str, line, end_line| FunctionCoverage {
            name: name.to_owned(),
            full_name: name.to_owned(),
            line,
            end_line,
            statements: Statements { total: 3, covered: 1 },
            calls: 0,
        };
        let file = |name: &str| FileNode {
            name: name.to_owned(),
            functions: vec![function("(*T).M", 3, 9), function("run", 11, 20)],
            uncovered: vec![[5, 6], [12, 20]],
            ..FileNode::default()
        };
        let files = vec![file("example.com/a.b/x.go"), file("example.com/cmd/shop/main.go")];
        let package = goscope_analysis::coverage::PackageNode { files, ..Default::default() };
        let module = goscope_analysis::coverage::ModuleNode { packages: vec![package], ..Default::default() };
        let mode = goscope_parsers::coverage::Mode::new("set");
        CoverageTree { mode, statements: Statements::default(), modules: vec![module] }
    }

    #[test]
    fn frames_meet_coverage_by_package_file_and_line() {
        let tree = tree();
        let files = Files::new(&tree);
        let find = |name: &str, file: &str, line| {
            let frame = Frame { name: name.to_owned(), file: file.to_owned(), line, ..Frame::default() };
            let (file, function, line) = files.find(&frame)?;
            Some(format!("{} {} {}", file.name, function.full_name, is_uncovered(file, line)))
        };
        let found = find("example.com/a%2eb.(*T).M.func1", "/ci/a.b/x.go", 5);
        assert_eq!(found.as_deref(), Some("example.com/a.b/x.go (*T).M true"));
        let found = find("example.com/a%2eb.(*T).M", "/ci/a.b/x.go", 4);
        assert_eq!(found.as_deref(), Some("example.com/a.b/x.go (*T).M false"));
        let found = find("main.run", "/home/me/shop/cmd/shop/main.go", 12);
        assert_eq!(found.as_deref(), Some("example.com/cmd/shop/main.go run true"));
        assert_eq!(find("main.run", "/home/me/other/main.go", 12), None);
        assert_eq!(find("example.com/a%2eb.f", "/ci/a.b/y.go", 5), None);
        assert_eq!(find("example.com/a%2eb.f", "/ci/a.b/x.go", 10), None);
    }
}
