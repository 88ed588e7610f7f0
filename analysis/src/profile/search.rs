//! Searching frames by name, and how much of a tree the matches account for.

use rayon::prelude::*;

use super::call_tree::{CallTree, TreeShape};
use super::frame::{FrameId, FrameTable};
use super::query::QueryError;
use crate::regex_dialect;

/// What the user types into a search box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SearchText<'a> {
    /// Plain text, in any case.
    Literal(&'a str),
    /// A regular expression as Go users write them.
    Pattern(&'a str),
}

/// A set of frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameMask {
    is_in: Vec<bool>,
    len: usize,
}

impl FrameMask {
    /// Whether a frame is in the set.
    #[inline]
    pub fn contains(&self, frame: FrameId) -> bool {
        self.is_in.get(frame.index()).copied().unwrap_or(false)
    }

    /// Number of frames in the set.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no frame is in the set.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// The frames whose printed name holds the text. Empty text matches none.
///
/// # Errors
/// The pattern is no regular expression.
pub fn matching_frames(frames: &FrameTable, text: SearchText<'_>) -> Result<FrameMask, QueryError> {
    let pattern = match text {
        SearchText::Literal("") | SearchText::Pattern("") => return Ok(FrameMask::default()),
        SearchText::Literal(text) => format!("(?i){}", regex::escape(text)),
        SearchText::Pattern(pattern) => pattern.to_owned(),
    };
    let compiled = match text {
        // Escaped already, and not in Go's dialect.
        SearchText::Literal(_) => regex::bytes::Regex::new(&pattern).map_err(|error| error.to_string()),
        SearchText::Pattern(pattern) => regex_dialect::compile(pattern),
    };
    let regex = compiled.map_err(|reason| QueryError::Pattern { option: "search", pattern, reason })?;
    let is_in: Vec<bool> =
        frames.as_slice().par_iter().map(|frame| regex.is_match(frame.printed().as_bytes())).collect();
    let len = is_in.iter().filter(|&&is_in| is_in).count();
    Ok(FrameMask { is_in, len })
}

/// The value of all samples of a tree that hold at least one of the frames; none is counted twice.
pub fn matched(tree: &CallTree, mask: &FrameMask) -> i64 {
    matched_in(&tree.shape, &tree.cum, mask)
}

/// The same for any column of cumulative values, such as one side of a diff.
pub fn matched_in(shape: &TreeShape, cum: &[i64], mask: &FrameMask) -> i64 {
    if mask.is_empty() {
        return 0;
    }
    // One pass: parents come first, so a node knows whether it lies below a match.
    let mut is_below = vec![false; shape.len()];
    let mut sum = 0_i64;
    for row in 1..shape.len() {
        if is_below[shape.parent[row].index()] {
            is_below[row] = true;
        } else if mask.contains(shape.frame[row]) {
            is_below[row] = true;
            sum = sum.wrapping_add(cum[row]);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::call_tree::{call_tree, inverted_tree};
    use crate::profile::query::StackQuery;
    use crate::profile::stacks::select;
    use crate::testing::profile;

    /// How many frames match, and how much of the value they account for.
    fn check(text: &str, search: SearchText<'_>) -> (usize, i64) {
        let profile = profile(text);
        let stacks = select(&profile, &StackQuery::default()).expect("a query without filters");
        let tree = call_tree(&stacks);
        let mask = matching_frames(&tree.frames, search).expect("a good pattern");
        let sum = matched(&tree, &mask);
        assert_eq!(matched(&inverted_tree(&stacks), &mask), sum, "the same samples, read from the leaf");
        (mask.len(), sum)
    }

    const STACKS: &str =
        "main;net/http.(*conn).serve;main.read 5\nmain;net/http.(*conn).serve 2\nmain;net/http.Read 1";

    #[test]
    fn a_literal_matches_in_any_case_and_means_nothing_else() {
        assert_eq!(check(STACKS, SearchText::Literal("READ")), (2, 6));
        assert_eq!(check(STACKS, SearchText::Literal("(*conn)")), (1, 7));
        assert_eq!(check(STACKS, SearchText::Literal(".*")), (0, 0));
    }

    #[test]
    fn a_pattern_is_read_as_go_reads_it() {
        assert_eq!(check(STACKS, SearchText::Pattern(r"^net/http\.")), (2, 8));
        assert_eq!(check(STACKS, SearchText::Pattern("interface {}")), (0, 0));
    }

    #[test]
    fn a_sample_counts_once_however_often_it_matches() {
        assert_eq!(check("a;f;b;f;f 3\na;b 1", SearchText::Literal("f")), (1, 3));
        assert_eq!(check("a;f;b;f;f 3\na;b 1", SearchText::Pattern("[af]")), (2, 4));
    }

    #[test]
    fn empty_text_matches_nothing() {
        assert_eq!(check(STACKS, SearchText::Literal("")), (0, 0));
        assert_eq!(check(STACKS, SearchText::Pattern("")), (0, 0));
    }

    #[test]
    fn a_wrong_pattern_is_an_error_that_quotes_it() {
        let error =
            matching_frames(&FrameTable::default(), SearchText::Pattern("a(")).expect_err("an open group");
        assert_eq!(error.to_string(), "search: \"a(\" is not a regular expression: unclosed group");
    }
}
