//! Coverage as an lcov tracefile (geninfo(1)): functions and lines. Go has no branches to count.

use std::fmt::Write as _;

use goscope_analysis::coverage::{CoverageTree, FileNode, Statements};
use goscope_parsers::printable;

/// The tracefile. `path_of` gives the path of a file as the reader of the tracefile shall see it.
pub fn lcov(tree: &CoverageTree, path_of: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    for file in tree.files() {
        write_file(&mut text, file, &path_of(&file.name));
    }
    text
}

fn write_file(text: &mut String, file: &FileNode, path: &str) {
    let _ = writeln!(text, "TN:\nSF:{}", printable(path));
    for function in &file.functions {
        let _ = writeln!(text, "FN:{},{}", function.line, function.full_name);
    }
    for function in &file.functions {
        let _ = writeln!(text, "FNDA:{},{}", function.calls, function.full_name);
    }
    let n_called = file.functions.iter().filter(|function| function.calls > 0).count();
    let _ = writeln!(text, "FNF:{}\nFNH:{n_called}", file.functions.len());
    for line in &file.lines {
        let _ = writeln!(text, "DA:{},{}", line.line, line.most);
    }
    let lines = Statements::of_lines(&file.lines);
    let _ = writeln!(text, "LF:{}\nLH:{}\nend_of_record", lines.total, lines.covered);
}
