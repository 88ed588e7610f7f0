//! Coverage as Cobertura's XML (coverage-04.dtd): a package is an import path, a class a file, a method a function. Rates
//! are of lines.

use std::fmt::Write as _;

use goscope_analysis::coverage::{
    CoverageTree, FileNode, FunctionCoverage, LineCoverage, PackageNode, Statements,
};

use crate::report::escape::xml;

/// The document. `path_of` gives the path of a file below `root`, the folder that stands in `<source>`.
pub fn cobertura(tree: &CoverageTree, root: &str, path_of: impl Fn(&str) -> String) -> String {
    let lines: Statements = tree.files().map(|file| Statements::of_lines(&file.lines)).sum();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">\n\
         <coverage line-rate=\"{}\" branch-rate=\"0\" lines-covered=\"{}\" lines-valid=\"{}\" branches-covered=\"0\" \
         branches-valid=\"0\" complexity=\"0\" version=\"goscope {}\" timestamp=\"0\">\n\
         <sources>\n<source>{}</source>\n</sources>\n<packages>\n",
        rate(lines),
        lines.covered,
        lines.total,
        env!("CARGO_PKG_VERSION"),
        xml(root)
    );
    for package in tree.modules.iter().flat_map(|module| &module.packages) {
        write_package(&mut text, package, &path_of);
    }
    text + "</packages>\n</coverage>\n"
}

fn rate(lines: Statements) -> String {
    if lines.total == 0 { "1".to_owned() } else { format!("{:.4}", lines.percent() / 100.0) }
}

fn write_package(text: &mut String, package: &PackageNode, path_of: &impl Fn(&str) -> String) {
    let lines: Statements = package.files.iter().map(|file| Statements::of_lines(&file.lines)).sum();
    let _ = writeln!(
        text,
        "<package name=\"{}\" line-rate=\"{}\" branch-rate=\"0\" complexity=\"0\">\n<classes>",
        xml(&package.path),
        rate(lines)
    );
    for file in &package.files {
        let _ = writeln!(
            text,
            "<class name=\"{}\" filename=\"{}\" line-rate=\"{}\" branch-rate=\"0\" complexity=\"0\">\n<methods>",
            xml(file.base()),
            xml(&path_of(&file.name)),
            rate(Statements::of_lines(&file.lines))
        );
        for function in &file.functions {
            write_method(text, file, function);
        }
        *text += "</methods>\n";
        write_lines(text, &file.lines);
        *text += "</class>\n";
    }
    *text += "</classes>\n</package>\n";
}

fn write_method(text: &mut String, file: &FileNode, function: &FunctionCoverage) {
    let begin = file.lines.partition_point(|line| line.line < function.line);
    let end = file.lines.partition_point(|line| line.line <= function.end_line);
    let lines = file.lines.get(begin..end).unwrap_or(&[]);
    let _ = writeln!(
        text,
        "<method name=\"{}\" signature=\"\" line-rate=\"{}\" branch-rate=\"0\" complexity=\"0\">",
        xml(&function.full_name),
        rate(Statements::of_lines(lines))
    );
    write_lines(text, lines);
    *text += "</method>\n";
}

fn write_lines(text: &mut String, lines: &[LineCoverage]) {
    *text += "<lines>\n";
    for line in lines {
        let _ = writeln!(text, "<line number=\"{}\" hits=\"{}\" branch=\"false\"/>", line.line, line.most);
    }
    *text += "</lines>\n";
}
