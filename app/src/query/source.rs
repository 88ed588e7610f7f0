//! One function line by line, with its source if this machine has it. It reads files, so only workers ask it.

use std::path::PathBuf;

use goscope_analysis::profile::annotate::{AnnotatedFunction, AnnotatedLine, InlinedCall, function_source};
use goscope_analysis::profile::frame::Frame;
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::report::SourceLines as _;
use goscope_analysis::value::common_unit;

use super::documents::Documents;
use super::question::{Question, QuestionError};
use super::values::smallest_value;
use crate::document::{Document, Source};
use crate::source::{GoPlaces, SourceFinder};

/// The most lines to show of one function; the file is not trusted.
const MAX_ROWS: i64 = 20_000;

/// The most letters to show of one line.
const MAX_LETTERS: usize = 500;

/// One function line by line; in a diff, of the head.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceQuery {
    /// The stacks to read.
    pub stacks: StackQuery,
    /// The function.
    pub frame: Frame,
}

/// A function with its source.
#[derive(Debug)]
pub struct SourceFacts {
    /// Its full name.
    pub name: String,
    /// Its lines, for each file the profile has it in.
    pub files: Vec<SourceFile>,
    /// Unit of all values.
    pub unit: String,
    /// The unit to print values in.
    pub shown_unit: String,
    /// The value that is 100 %.
    pub total: i64,
}

/// The part of a function in one file.
#[derive(Debug)]
pub struct SourceFile {
    /// The name of the file in the profile.
    pub file: String,
    /// Its path on this machine, or why it is not shown.
    pub place: Result<PathBuf, String>,
    /// Own value of the function.
    pub flat: i64,
    /// Value with callees.
    pub cum: i64,
    /// All lines from the first to the last with a value; without source, those with values.
    pub rows: Vec<SourceRow>,
    /// Why the text cannot be the one that was profiled, in a sentence, where that is seen.
    pub mismatch: Option<String>,
}

/// A line, or a call that was inlined into the line above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// Its number.
    pub line: i64,
    /// Own value.
    pub flat: i64,
    /// Value with callees.
    pub cum: i64,
    /// Its text, with tabs as four spaces; for an inlined call its function and place.
    pub text: String,
    /// 0 for a line, 1 for a call inlined there, 2 for one inlined into that, …
    pub depth: usize,
}

impl SourceFile {
    /// The line with the largest value: where an editor should open.
    pub fn hottest_line(&self) -> i64 {
        let lines = self.rows.iter().filter(|row| row.depth == 0);
        // The first of those that are equal.
        lines.rev().max_by_key(|row| row.cum.unsigned_abs()).map_or(0, |row| row.line)
    }
}

impl Question for SourceQuery {
    type Answer = SourceFacts;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<SourceFacts, QuestionError> {
        let profile = documents.profile_in_front()?;
        let names = (&*self.frame.name, &*self.frame.file);
        let found = function_source(&profile.profile, &self.stacks, names)?;
        let finder = finder(documents.in_front()?);
        let values = found.functions.iter().flat_map(|function| &function.lines);
        let smallest = smallest_value(values.map(|line| (line.flat, line.cum)));
        Ok(SourceFacts {
            name: self.frame.name.clone(),
            shown_unit: common_unit(smallest, found.total, &found.unit),
            unit: found.unit,
            total: found.total,
            files: found.functions.into_iter().map(|function| file(function, &finder)).collect(),
        })
    }
}

/// Searches the working directory and the folder of the profile.
fn finder(document: &Document) -> SourceFinder {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let mut go = GoPlaces::of_user(&here);
    if let Source::File(path) = &document.source
        && let Some(folder) = std::path::absolute(path).ok().as_deref().and_then(|path| path.parent())
    {
        let beside = GoPlaces::of_user(folder).modules;
        go.modules.extend(beside);
        go.modules.dedup();
    }
    SourceFinder::new(&here, "", "", go)
}

fn file(function: AnnotatedFunction, finder: &SourceFinder) -> SourceFile {
    let AnnotatedFunction { file, flat, cum, shown_lines, lines, .. } = function;
    let found = match &*file {
        "" => Err("the profile names no source file".to_owned()),
        path => finder.find(path).and_then(|place| Ok((place, finder.lines(path)?))),
    };
    let (place, texts) = match found {
        Ok((place, texts)) => (Ok(place), texts),
        Err(reason) => (Err(reason), Vec::new()),
    };
    let mismatch = place.as_ref().ok().and_then(|_| mismatch(&lines, &texts));
    SourceFile { rows: rows(&lines, &texts, shown_lines), file, place, flat, cum, mismatch }
}

/// What shows that a text is not the one that was profiled: nothing that runs stands where time was spent.
fn mismatch(lines: &[AnnotatedLine], texts: &[String]) -> Option<String> {
    let comments = comment_lines(texts);
    let wrong = |line: &AnnotatedLine| {
        let index = usize::try_from(line.line.checked_sub(1)?).ok()?;
        match texts.get(index) {
            None => Some("the file ends before it"),
            Some(text) if text.trim().is_empty() => Some("it is empty"),
            Some(_) if comments[index] => Some("it is a comment"),
            Some(_) => None,
        }
    };
    let (line, why) = lines.iter().find_map(|line| Some((line.line, wrong(line)?)))?;
    Some(format!("This text is not the one that was profiled: line {line} has a value, and here {why}."))
}

/// Which lines hold nothing but comments. A block of them is told by lines that begin and end with its signs: signs in
/// strings mean nothing.
fn comment_lines(texts: &[String]) -> Vec<bool> {
    let mut is_inside = false;
    let is_comment = |text: &String| {
        let text = text.trim();
        let is_comment = is_inside || text.starts_with("//") || text.starts_with("/*");
        if is_inside || text.starts_with("/*") {
            is_inside = !text.contains("*/");
        }
        is_comment && (is_inside || text.starts_with("//") || text.ends_with("*/"))
    };
    texts.iter().map(is_comment).collect()
}

fn rows(lines: &[AnnotatedLine], texts: &[String], (first, last): (i64, i64)) -> Vec<SourceRow> {
    let n_texts = i64::try_from(texts.len()).unwrap_or(i64::MAX);
    let last = last.min(n_texts).min(first.saturating_add(MAX_ROWS));
    let mut rows = Vec::new();
    let mut valued = lines.iter().peekable();
    for number in first..=last {
        let text = usize::try_from(number - 1).ok().and_then(|index| texts.get(index));
        let text = text.map(|text| shown_text(text)).unwrap_or_default();
        match valued.next_if(|line| line.line == number) {
            Some(line) => push_line(&mut rows, line, text),
            None => rows.push(SourceRow { line: number, flat: 0, cum: 0, text, depth: 0 }),
        }
    }
    for line in valued {
        push_line(&mut rows, line, String::new());
    }
    rows
}

fn shown_text(text: &str) -> String {
    text.chars().take(MAX_LETTERS).collect::<String>().replace('\t', "    ")
}

fn push_line(rows: &mut Vec<SourceRow>, line: &AnnotatedLine, text: String) {
    rows.push(SourceRow { line: line.line, flat: line.flat, cum: line.cum, text, depth: 0 });
    push_inlined(rows, &line.inlined, 1);
}

fn push_inlined(rows: &mut Vec<SourceRow>, calls: &[InlinedCall], depth: usize) {
    for call in calls {
        let file = call.file.rsplit(['/', '\\']).next().unwrap_or_default();
        let text = format!("{} {file}:{}", call.name, call.line);
        rows.push(SourceRow { line: call.line, flat: call.flat, cum: call.cum, text, depth });
        push_inlined(rows, &call.inlined, depth + 1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use goscope_analysis::testing::profile;

    use super::*;
    use crate::query::question::answer;

    fn facts(samples: &str) -> SourceFacts {
        let document = Document::from_profile(Source::Sample(String::new()), profile(samples));
        let frame = Frame { name: "main.f".to_owned(), ..Frame::default() };
        let query = SourceQuery { stacks: StackQuery::default(), frame };
        answer(&query, Documents::of_tab(&[Arc::new(document)])).expect("an answer")
    }

    fn text(rows: &[SourceRow]) -> String {
        let row = |row: &SourceRow| {
            let indent = "  ".repeat(row.depth);
            format!("{} {} {}:{indent}{}\n", row.flat, row.cum, row.line, row.text)
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn text_stands_beside_values_where_there_is_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.go");
        std::fs::write(&path, "package main\n\nfunc f() {\n\tg()\n}\n").expect("a file");
        let path = path.display();
        let facts = facts(&format!("main.f@{path}:4#3+main.g@lib/g.go:9 2\nmain.f@{path}:4#3 1"));
        assert!(facts.files[0].place.is_ok());
        assert_eq!(facts.files[0].hottest_line(), 4);
        insta::assert_snapshot!(text(&facts.files[0].rows), @r"
        0 0 3:func f() {
        1 3 4:    g()
        2 2 9:  main.g g.go:9
        0 0 5:}
        ");
    }

    #[test]
    fn a_value_beside_a_comment_or_nothing_says_that_the_text_is_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.go");
        let text = "package main\n\n// f calls.\nfunc f() {\n\tg(\"/*\")\n\t/* a\n\tb */\n}\n";
        std::fs::write(&path, text).expect("a file");
        let path = path.display();
        let mismatch = |line: u32| {
            let facts = facts(&format!("main.f@{path}:{line}#3 1"));
            facts.files[0].mismatch.clone()
        };
        assert_eq!([4, 5, 8].map(mismatch), [None, None, None]);
        let said = [2, 3, 6, 7, 9].map(|line| mismatch(line).expect("a sentence"));
        insta::assert_snapshot!(said.join("\n"), @r"
        This text is not the one that was profiled: line 2 has a value, and here it is empty.
        This text is not the one that was profiled: line 3 has a value, and here it is a comment.
        This text is not the one that was profiled: line 6 has a value, and here it is a comment.
        This text is not the one that was profiled: line 7 has a value, and here it is a comment.
        This text is not the one that was profiled: line 9 has a value, and here the file ends before it.
        ");
    }

    #[test]
    fn without_a_file_lines_with_values_and_the_reason_remain() {
        let facts = facts("main.f@/no/such/a.go:4#3 1\nmain.f@/no/such/a.go:90#3 2");
        assert!(facts.files[0].place.as_ref().is_err_and(|reason| reason.contains("no such file")));
        insta::assert_snapshot!(text(&facts.files[0].rows), @r"
        1 1 4:
        2 2 90:
        ");
    }
}
