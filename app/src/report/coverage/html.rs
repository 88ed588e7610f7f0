//! Coverage as one page for a browser: the tree, and behind each file its source with a gutter of counts.
//!
//! What did not run is marked by color, by the gutter and by its count of 0, so that no color has to be told apart. A line
//! of which a part did not run is hatched, and that part underlined.

use std::fmt::Write as _;

use goscope_analysis::coverage::{CoverageTree, FileNode, LineCoverage, Statements};
use goscope_parsers::coverage::{Block, CoverageProfile};

use crate::report::escape::{xml, xml_lines as source};
use crate::report::page::{END, begin};
use crate::text::count;

const STYLE: &str = include_str!("html.css");

/// Shades of how often a line ran.
const MAX_HEAT: f64 = 4.0;

/// The page. `text_of` gives the source of a file, if there is one.
pub fn coverage_html(
    tree: &CoverageTree,
    profile: &CoverageProfile,
    text_of: impl Fn(&str) -> Option<String>,
) -> String {
    let title = format!("{} of statements covered", percent(tree.statements));
    let mut page = begin(&title, STYLE);
    let _ = writeln!(
        page,
        "<h1>{title}</h1>\n<p>{} <small>mode {}. Orange: did not run. Hatched: ran in part. Blue, the more often the \
         darker: ran. The second column is the largest count of the line.</small></p>",
        xml(&share(tree.statements)),
        xml(tree.mode.word())
    );
    for module in &tree.modules {
        let name = if module.path.is_empty() { "(no module found)" } else { &module.path };
        open(&mut page, "details open", name, module.statements);
        for package in &module.packages {
            open(&mut page, "details", &package.path, package.statements);
            for file in &package.files {
                write_file(&mut page, file, profile, text_of(&file.name).as_deref());
            }
            page += "</details>\n";
        }
        page += "</details>\n";
    }
    page + END
}

fn percent(statements: Statements) -> String {
    format!("{:.1}%", statements.percent())
}

fn share(statements: Statements) -> String {
    format!("{} of {} statements", count(statements.covered as usize), count(statements.total as usize))
}

/// Opens a part of the tree that can be folded away.
fn open(page: &mut String, element: &str, name: &str, statements: Statements) {
    let _ = writeln!(
        page,
        "<{element}><summary><b>{}</b><meter max=\"100\" value=\"{:.1}\"></meter>{} <small>{}</small></summary>",
        percent(statements),
        statements.percent(),
        xml(name),
        share(statements)
    );
}

fn write_file(page: &mut String, file: &FileNode, profile: &CoverageProfile, text: Option<&str>) {
    open(page, "details", file.base(), file.statements);
    let Some(text) = text else {
        let ranges: Vec<String> =
            file.uncovered.iter().map(|[first, last]| format!("{first}\u{2013}{last}")).collect();
        let _ = writeln!(
            page,
            "<p>There is no source. Lines that did not run: {}</p>\n</details>",
            ranges.join(", ")
        );
        return;
    };
    let found = profile.files.binary_search_by(|other| other.name.cmp(&file.name));
    let blocks = found.ok().and_then(|at| profile.files.get(at)).map_or(&[][..], |file| &file.blocks);
    let largest = file.lines.iter().map(|line| line.most).max().unwrap_or(0);
    *page += "<table>\n";
    let mut lines = file.lines.iter().peekable();
    for (text, number) in text.lines().zip(1_u32..) {
        while lines.next_if(|line| line.line < number).is_some() {}
        let coverage = lines.next_if(|line| line.line == number);
        write_line(page, number, text, coverage, &Shades { largest, blocks });
    }
    *page += "</table>\n</details>\n";
}

struct Shades<'a> {
    /// The largest count of the file.
    largest: i64,
    blocks: &'a [Block],
}

fn write_line(page: &mut String, number: u32, text: &str, line: Option<&LineCoverage>, shades: &Shades<'_>) {
    let Some(line) = line else {
        let _ = writeln!(page, "<tr><td>{number}</td><td></td><td>{}</td></tr>", source(text));
        return;
    };
    let class = match line {
        line if line.is_partly_covered() => "class=\"part\"".to_owned(),
        line if line.is_covered() => {
            format!("class=\"ran\" style=\"--heat:{}\"", heat(line.most, shades.largest))
        }
        _ => "class=\"not\"".to_owned(),
    };
    let text = if line.is_partly_covered() { marked(text, number, shades.blocks) } else { source(text) };
    let _ = writeln!(page, "<tr {class}><td>{number}</td><td>{}</td><td>{text}</td></tr>", line.most);
}

/// 0 for once, the largest for the largest count of the file, by logarithm between them.
fn heat(count: i64, largest: i64) -> u32 {
    if largest <= 1 {
        return 2;
    }
    let share = (count.max(1) as f64).ln() / (largest as f64).ln();
    (share * MAX_HEAT).round() as u32
}

/// A line with what did not run of it underlined.
fn marked(text: &str, line: u32, blocks: &[Block]) -> String {
    let mut marks: Vec<[usize; 2]> = Vec::new();
    let is_here = |block: &&Block| block.start.line <= line && line <= block.end.line;
    // Blocks are sorted by their start, and few of them are long: those that begin behind the line are not looked at.
    let before = blocks.partition_point(|block| block.start.line <= line);
    let not_run = |block: &&Block| is_here(block) && !block.is_covered() && block.statements > 0;
    for block in blocks[..before].iter().filter(not_run) {
        let begin = if block.start.line == line { block.start.column.saturating_sub(1) as usize } else { 0 };
        let end =
            if block.end.line == line { block.end.column.saturating_sub(1) as usize } else { text.len() };
        marks.push([begin, end.min(text.len())]);
    }
    marks.sort_unstable();
    let (mut shown, mut at) = (String::new(), 0);
    for [begin, end] in marks {
        let (Some(plain), Some(mark)) = (text.get(at..begin), text.get(begin.max(at)..end)) else { continue };
        let _ = write!(shown, "{}<u>{}</u>", source(plain), source(mark));
        at = end;
    }
    shown + &source(text.get(at..).unwrap_or(""))
}
