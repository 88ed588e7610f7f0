//! Coverage of the lines that a change touched.
//!
//! ```text
//! git diff -U0 ─► parse_hunks ─► files and new lines ─┬─► changed_lines: which of them can run, and which ran
//! CoverageTree, GoSource ─────────────────────────────┘
//! ```

use std::collections::BTreeMap;

use super::go_source::GoSource;
use super::lines::LineCoverage;
use super::statements::Statements;

/// The lines of a file that a change added or replaced: first and last, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileChange {
    /// First and last line.
    pub ranges: Vec<[u32; 2]>,
}

/// The changes in the output of `git diff -U0 --no-color`, by path of the new file.
pub fn parse_hunks(diff: &str) -> BTreeMap<String, FileChange> {
    let mut files: BTreeMap<String, FileChange> = BTreeMap::new();
    let mut path: Option<String> = None;
    // Lines of a hunk that are still to come: one of them may look like a header.
    let mut n_content_lines = 0_u64;
    for line in diff.lines() {
        if n_content_lines > 0 && line.starts_with(['+', '-']) {
            n_content_lines -= 1;
        } else if let Some(name) = line.strip_prefix("+++ ") {
            path = new_path(name);
        } else if let Some((removed, added)) = line.strip_prefix("@@ ").and_then(hunk) {
            n_content_lines = u64::from(removed) + u64::from(added[1]);
            let [first, count] = added;
            if let (Some(path), 1..) = (&path, count) {
                let last = first.saturating_add(count - 1);
                files.entry(path.clone()).or_default().ranges.push([first, last]);
            }
        }
    }
    files
}

/// The path of a `+++` line: behind `b/`, perhaps quoted as C does; `/dev/null` is none.
fn new_path(name: &str) -> Option<String> {
    let name = name.strip_suffix('\t').unwrap_or(name);
    let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    let name = quoted.map_or_else(|| name.to_owned(), unquoted);
    name.strip_prefix("b/").map(str::to_owned)
}

/// What git has quoted: `\t`, `\"`, `\\` and bytes as three octal digits.
fn unquoted(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'\\' {
            bytes.push(*byte);
            continue;
        }
        match rest {
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..] => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest = after;
            }
            [byte, after @ ..] => {
                bytes.push(match byte {
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'r' => b'\r',
                    byte => *byte,
                });
                rest = after;
            }
            [] => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The number of removed lines, and the first and the number of added ones, of `-a,b +c,d @@ …`.
fn hunk(text: &str) -> Option<(u32, [u32; 2])> {
    let mut words = text.split(' ');
    let removed = range(words.next()?.strip_prefix('-')?)?;
    let added = range(words.next()?.strip_prefix('+')?)?;
    (words.next()? == "@@").then_some((removed[1], added))
}

fn range(text: &str) -> Option<[u32; 2]> {
    let (first, count) = text.split_once(',').unwrap_or((text, "1"));
    Some([first.parse().ok()?, count.parse().ok()?])
}

/// A changed file, with all that is known of it.
#[derive(Clone, Debug, Default)]
pub struct ChangedFile<'a> {
    /// The path that is shown.
    pub path: String,
    /// First and last line of what is new.
    pub ranges: &'a [[u32; 2]],
    /// Its lines in the profile; `None` if the profile does not have it.
    pub lines: Option<&'a [LineCoverage]>,
    /// Its source; without, lines of a file that the profile does not have cannot be counted.
    pub source: Option<&'a GoSource>,
}

/// What a change leaves uncovered in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedLines {
    /// The path that is shown.
    pub path: String,
    /// Changed lines that can run, and those of them that ran.
    pub lines: Statements,
    /// First and last line of those that did not run.
    pub uncovered: Vec<[u32; 2]>,
    /// Whether the profile does not have the file: no test of its package ran, or of none that was to be covered.
    pub is_missing: bool,
}

/// The changed lines of a file that can run. Of a file that the profile does not have, all lines with code inside functions
/// count as not covered.
pub fn changed_lines(file: &ChangedFile<'_>) -> ChangedLines {
    let assumed: Vec<LineCoverage> = match (file.lines, file.source) {
        (None, Some(source)) => {
            let line = |line| LineCoverage { line, least: 0, most: 0 };
            source.function_lines().into_iter().map(line).collect()
        }
        _ => Vec::new(),
    };
    let lines = file.lines.unwrap_or(&assumed);
    let mut changed =
        ChangedLines { path: file.path.clone(), is_missing: file.lines.is_none(), ..ChangedLines::default() };
    for &[first, last] in file.ranges {
        let begin = lines.partition_point(|line| line.line < first);
        let mut is_open = false;
        for line in lines[begin..].iter().take_while(|line| line.line <= last) {
            changed.lines += Statements { total: 1, covered: u64::from(line.is_covered()) };
            match changed.uncovered.last_mut() {
                _ if line.is_covered() => {}
                Some(range) if is_open => range[1] = line.line,
                _ => changed.uncovered.push([line.line; 2]),
            }
            is_open = !line.is_covered();
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "\
diff --git a/a.go b/a.go
index 1..2 100644
--- a/a.go
+++ b/a.go
@@ -3 +3,2 @@ func a() {
-\told
+\tnew
+++ b/not-a-header.go
@@ -9,2 +10,0 @@
-\tgone
-\tgone
@@ -20,0 +19 @@
+\tone
diff --git \"a/gr\\303\\266\\303\\237e.go\" \"b/gr\\303\\266\\303\\237e.go\"
--- /dev/null
+++ \"b/gr\\303\\266\\303\\237e.go\"
@@ -0,0 +1,3 @@
+package p
+
+var x = 1
";

    #[test]
    fn hunks_say_which_lines_are_new() {
        let files = parse_hunks(DIFF);
        let shown: Vec<String> =
            files.iter().map(|(path, file)| format!("{path} {:?}", file.ranges)).collect();
        assert_eq!(shown, ["a.go [[3, 4], [19, 19]]", "größe.go [[1, 3]]"]);
    }

    #[test]
    fn changed_lines_are_counted_where_they_can_run() {
        let line = |line, count| LineCoverage { line, least: count, most: count };
        let lines = [line(3, 1), line(4, 0), line(6, 0), line(9, 0)];
        let file = ChangedFile {
            path: "a.go".to_owned(),
            ranges: &[[1, 6], [8, 8]],
            lines: Some(&lines),
            source: None,
        };
        let changed = changed_lines(&file);
        assert_eq!(changed.lines, Statements { total: 3, covered: 1 });
        assert_eq!(changed.uncovered, [[4, 6]]);
    }
}
