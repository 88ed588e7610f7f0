//! The page of `-weblist`: source with flat and cum beside every line, in one self-contained file.
//!
//! It has no script: inlined calls unfold as `<details>`. Names and source are not trusted, so all text is escaped.
//! Colors are those of the SVG flame graphs, light or dark as the reader's system is set.

use std::collections::HashMap;
use std::io::{self, Write};

use goscope_analysis::profile::annotate::{AnnotatedFunction, AnnotatedLine, InlinedCall};
use goscope_analysis::report::{AnnotatedSource, SourceLines};

use crate::report::escape::{xml as escaped, xml_lines};
use crate::report::page::{END, begin};

const STYLE: &str = include_str!("source_page.css");

/// Functions that the list at the top names.
const MAX_LISTED: usize = 200;

/// Writes the page of the functions that match `pattern`.
pub(super) fn write_source_page(
    source: &AnnotatedSource,
    pattern: &str,
    sources: &dyn SourceLines,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(begin(&escaped(pattern), STYLE).as_bytes())?;
    let mut page = Page { source, sources, files: HashMap::new(), out };
    page.put_list(pattern)?;
    for (index, function) in source.functions.iter().enumerate() {
        page.put_function(index, function)?;
    }
    page.out.write_all(END.as_bytes())
}

struct Page<'a> {
    source: &'a AnnotatedSource,
    sources: &'a dyn SourceLines,
    files: HashMap<&'a str, Result<Vec<String>, String>>,
    out: &'a mut dyn Write,
}

impl<'a> Page<'a> {
    /// The heading, and links to the functions.
    fn put_list(&mut self, pattern: &str) -> io::Result<()> {
        let source = self.source;
        let n_functions = source.functions.len();
        writeln!(
            self.out,
            "<h1>{}</h1>\n<p>{n_functions} functions of {} ({}). Own value, then value with callees; ▸ unfolds what was \
             inlined.</p>\n<nav><ol>",
            escaped(pattern),
            escaped(&source.text(source.total)),
            escaped(&source.kind)
        )?;
        for (index, function) in source.functions.iter().enumerate().take(MAX_LISTED) {
            let values = format!("{} {}", dotted(source, function.flat), dotted(source, function.cum));
            let name = escaped(&function.name);
            writeln!(self.out, "<li><span>{}</span><a href=\"#f{index}\">{name}</a></li>", escaped(&values))?;
        }
        writeln!(self.out, "</ol></nav>")?;
        if n_functions > MAX_LISTED {
            writeln!(self.out, "<p>and {} more below</p>", n_functions - MAX_LISTED)?;
        }
        Ok(())
    }

    fn put_function(&mut self, index: usize, function: &'a AnnotatedFunction) -> io::Result<()> {
        let source = self.source;
        writeln!(
            self.out,
            "<section id=\"f{index}\">\n<header><h2>{} <small>{}</small></h2>flat {}, cum {} ({} of all)</header>\n\
             <div class=\"code\">",
            escaped(&function.name),
            escaped(&function.file),
            dotted(source, function.flat),
            dotted(source, function.cum),
            source.share_text(function.cum)
        )?;
        let hottest = function.lines.iter().map(|line| line.cum.unsigned_abs()).max().unwrap_or(0);
        let mut lines = function.lines.iter().peekable();
        match self.n_lines(&function.file) {
            Ok(n_lines) => {
                let (first, last) = function.shown_lines;
                for number in first..=last.min(n_lines) {
                    let line = lines.next_if(|line| line.line == number);
                    self.put_line(function, number, line, hottest)?;
                }
            }
            Err(reason) => writeln!(self.out, "<p>{}</p>", escaped(&reason))?,
        }
        // Values of lines that the file does not have are counted too: all of them if there is no file.
        for line in lines {
            self.put_line(function, line.line, Some(line), hottest)?;
        }
        writeln!(self.out, "</div>\n</section>")
    }

    fn put_line(
        &mut self,
        function: &'a AnnotatedFunction,
        number: i64,
        line: Option<&'a AnnotatedLine>,
        hottest: u64,
    ) -> io::Result<()> {
        let text = xml_lines(self.line_text(&function.file, number));
        let Some(line) = line else {
            return writeln!(self.out, "<div class=\"row\"><i></i><i></i><u>{number}</u><b>{text}</b></div>");
        };
        let (flat, cum) = (dotted(self.source, line.flat), dotted(self.source, line.cum));
        let heat = heat(line.cum, hottest);
        let cells = format!("<i>{flat}</i><i>{cum}</i><u>{number}</u><b>{text}</b>");
        self.put_row(&cells, heat, &line.inlined)
    }

    /// A row with a value, which unfolds if something was inlined there.
    fn put_row(&mut self, cells: &str, heat: u64, inlined: &'a [InlinedCall]) -> io::Result<()> {
        let look = format!("class=\"row hot\" style=\"--h:{heat}\"");
        if inlined.is_empty() {
            return writeln!(self.out, "<div {look}>{cells}</div>");
        }
        writeln!(self.out, "<details><summary {look}>{cells}</summary><div class=\"inlined\">")?;
        let hottest = inlined.iter().map(|call| call.cum.unsigned_abs()).max().unwrap_or(0);
        for call in inlined {
            let (flat, cum) = (dotted(self.source, call.flat), dotted(self.source, call.cum));
            let place = call.file.rsplit(['/', '\\']).next().unwrap_or_default();
            let text = xml_lines(self.line_text(&call.file, call.line).trim());
            let cells = format!(
                "<i>{flat}</i><i>{cum}</i><u>{}</u><b>{text} <s>{} {}</s></b>",
                call.line,
                escaped(&call.name),
                escaped(place)
            );
            self.put_row(&cells, self::heat(call.cum, hottest), &call.inlined)?;
        }
        writeln!(self.out, "</div></details>")
    }

    fn file(&mut self, file: &'a str) -> &Result<Vec<String>, String> {
        let sources = self.sources;
        self.files.entry(file).or_insert_with(|| match file {
            "" => Err("the profile names no source file".to_owned()),
            file => sources.lines(file),
        })
    }

    fn n_lines(&mut self, file: &'a str) -> Result<i64, String> {
        self.file(file)
            .as_ref()
            .map(|lines| i64::try_from(lines.len()).unwrap_or(i64::MAX))
            .map_err(Clone::clone)
    }

    fn line_text(&mut self, file: &'a str, line: i64) -> &str {
        let index = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
        let lines = self.file(file).as_ref().ok();
        index.zip(lines).and_then(|(index, lines)| lines.get(index)).map_or("", String::as_str)
    }
}

/// A value, or a dot for none.
fn dotted(source: &AnnotatedSource, value: i64) -> String {
    if value == 0 { ".".to_owned() } else { escaped(&source.text(value)) }
}

/// How strongly a row is colored, in percent of the heat color.
fn heat(cum: i64, hottest: u64) -> u64 {
    let share = cum.unsigned_abs() as f64 / hottest.max(1) as f64;
    // The square root leaves small shares visible; full color would be too much behind text.
    (share.sqrt() * 60.0) as u64
}

#[cfg(test)]
mod tests {
    use goscope_analysis::report::{NoSource, ReportOptions, annotated_source};
    use goscope_analysis::testing::profile;
    use insta::assert_snapshot;

    use super::*;

    struct OneFile;

    impl SourceLines for OneFile {
        fn lines(&self, path: &str) -> Result<Vec<String>, String> {
            match path {
                "srv.go" => Ok((1..=9).map(|line| format!("\tif a<{line} && b[\"x\"] {{")).collect()),
                _ => Err(format!("no {path}")),
            }
        }
    }

    fn body(samples: &str, sources: &dyn SourceLines) -> String {
        let profile = profile(samples);
        let (source, _) = annotated_source(&profile, &ReportOptions::default(), ".").expect("functions");
        let mut page = Vec::new();
        write_source_page(&source, ".<b>", sources, &mut page).expect("writing to memory");
        let page = String::from_utf8(page).expect("text");
        page.split("<body>\n").nth(1).expect("a body").to_owned()
    }

    #[test]
    fn lines_show_values_source_and_what_was_inlined() {
        assert_snapshot!(body("main.f@srv.go:3#2+lib.g@lib.go:7#6 2\nmain.f@srv.go:3#2 1", &OneFile));
    }

    #[test]
    fn names_files_and_source_of_anybody_stay_text() {
        let body = body("<script>alert('1')</script>@<img>.go:3 1\nmain.f@srv.go:2+<i>@\"><b>:7 2", &OneFile);
        for tag in ["<script", "<img", "\"><b>", ".<b>", "alert('"] {
            assert!(!body.contains(tag), "{tag} in {body}");
        }
    }

    #[test]
    fn without_source_the_lines_with_values_show() {
        let body = body("main.f@srv.go:3 1\nmain.f@srv.go:4000000000 2", &NoSource);
        assert!(body.contains("could not find file srv.go") && body.contains("<u>3</u>"), "{body}");
    }

    #[test]
    fn lines_behind_the_end_of_a_file_show_too() {
        let body = body("main.f@srv.go:8 1\nmain.f@srv.go:4000000000 2", &OneFile);
        assert!(body.contains("<u>9</u>") && body.contains("<u>4000000000</u>"), "{body}");
        assert!(!body.contains("<u>10</u>"), "{body}");
    }
}
