//! What a text that was pasted stands for: the paths and addresses on its lines.

use std::path::PathBuf;

use super::typed::expanded;
use crate::input_bytes::{address, sample_named};
use crate::store_input::store_named;

/// More lines than this are no list of files that somebody wants to open.
const MOST_LINES: usize = 64;

/// The files that a text stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pasted {
    /// Those that are there, and addresses.
    pub files: Vec<PathBuf>,
    /// What is to be said of the rest: one sentence.
    pub problem: Option<String>,
}

/// Looks for a file, an address or a sample behind each line.
pub fn pasted(text: &str) -> Pasted {
    let lines: Vec<&str> = text.lines().map(unquoted).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() {
        return Pasted {
            files: Vec::new(),
            problem: Some("nothing was pasted that names a file".to_owned()),
        };
    }
    if lines.len() > MOST_LINES {
        let problem =
            format!("{} lines were pasted: no more than {MOST_LINES} files are opened at once", lines.len());
        return Pasted { files: Vec::new(), problem: Some(problem) };
    }
    let (mut files, mut missing) = (Vec::new(), Vec::new());
    for line in lines {
        let path = expanded(&path_of(line));
        let is_named =
            address(&path).is_some() || sample_named(&path).is_some() || store_named(&path).is_some();
        let is_there = path.exists() || is_named;
        if is_there { files.push(path) } else { missing.push(line) }
    }
    let problem = missing.first().map(|line| {
        let others = missing.len() - 1;
        let also = match others {
            0 => String::new(),
            1 => ", nor is another line".to_owned(),
            more => format!(", nor are {more} other lines"),
        };
        format!("{:?} is neither a file nor an address{also}", shortened(line))
    });
    Pasted { files, problem }
}

/// A line without the space and the quotes around it: file managers and shells add them.
fn unquoted(line: &str) -> &str {
    let line = line.trim();
    let inside = |quote: char| line.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inside('\'').or_else(|| inside('"')).unwrap_or(line)
}

/// `file:///tmp/a%20b` is `/tmp/a b`.
fn path_of(line: &str) -> String {
    match line.strip_prefix("file://") {
        Some(path) => unescaped(path.strip_prefix("localhost").unwrap_or(path)),
        None => line.to_owned(),
    }
}

fn unescaped(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn shortened(line: &str) -> String {
    const MOST: usize = 80;
    let mut letters = line.chars();
    let short: String = letters.by_ref().take(MOST).collect();
    if letters.next().is_some() { short + "…" } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_files_and_addresses() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a b.pb.gz");
        std::fs::write(&path, b"x").expect("a file");
        let shown = path.display().to_string();
        let uri = format!("file://{}", shown.replace(' ', "%20"));
        let text =
            format!("{shown}\n\n '{shown}' \r\n{uri}\nlocalhost:6060\nsample:heap.pb.gz\nnot there\n42");
        let found = pasted(&text);
        let names: Vec<PathBuf> =
            [&shown, &shown, &shown, "localhost:6060", "sample:heap.pb.gz"].map(PathBuf::from).into();
        assert_eq!(found.files, names);
        assert_eq!(
            found.problem.as_deref(),
            Some("\"not there\" is neither a file nor an address, nor is another line")
        );
    }

    #[test]
    fn what_names_no_file_is_said() {
        let problem = |text: &str| pasted(text).problem.expect("a problem");
        assert_eq!(problem("  \n"), "nothing was pasted that names a file");
        assert!(problem(&"x\n".repeat(65)).starts_with("65 lines were pasted"));
        assert!(problem(&"x".repeat(5000)).contains("…"));
        assert_eq!(unescaped("/a%2"), "/a%2");
        assert_eq!(unescaped("/%zz%41"), "/%zzA");
    }
}
