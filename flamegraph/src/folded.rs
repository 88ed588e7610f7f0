//! Call trees as folded stacks, the one-line-per-stack text that flame graph tools share: `main;serve;read 12`.
//!
//! Lines come straight from a walk through the tree, so the whole text is never in memory. Siblings are visited by
//! name: the same stacks give the same lines in the same order, whatever the values. Values may be negative (in a
//! difference of profiles); tools that know only counts skip such lines.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use goscope_analysis::profile::call_tree::{CallTree, NodeId, TreeShape};
use goscope_analysis::profile::diff::DiffTree;
use goscope_analysis::profile::frame::FrameTable;

use goscope_parsers::printable;

use crate::flame_tree::{compare_frames, node_id};

/// Stands for the stack of samples that have none, so that the lines add up to the total.
pub const NO_STACK: &str = "[no stack]";

/// Writes a line `frame;frame value` for each call path with a value of its own.
///
/// Names are escaped as [`folded_name`] says.
///
/// Values are whole numbers of their unit; millionths, in which folded stacks with fractions are counted, are written
/// as the fractions that they were read from.
pub fn write_folded(tree: &CallTree, unit: &str, out: impl Write) -> io::Result<()> {
    let number = |value| Number { value, is_in_millionths: unit == "millionths" };
    write_lines(&tree.shape, &tree.frames, out, number, |node| {
        let flat = tree.flat[node.index()];
        (flat != 0).then_some((flat, None))
    })
}

/// Writes a line `frame;frame base head` for each call path with a value of its own on either side: what tools for
/// differential flame graphs read.
pub fn write_folded_diff(tree: &DiffTree, out: impl Write) -> io::Result<()> {
    write_lines(
        &tree.shape,
        &tree.frames,
        out,
        |value| value,
        |node| {
            let (base, head) = (tree.base_flat[node.index()], tree.head_flat[node.index()]);
            (base != 0 || head != 0).then_some((base, Some(head)))
        },
    )
}

/// Whether a line shows it as it is: no marks of direction, no tags.
fn is_shown(character: char) -> bool {
    character.is_ascii() || matches!(printable(character.encode_utf8(&mut [0; 4])), Cow::Borrowed(_))
}

/// The name of a frame as it may stand in a folded line.
///
/// A `;` (Go writes it in the type parameters of generic functions) becomes `:`, line breaks and other control
/// characters become spaces, what turns the line around is left out, and a last word of digits is tied to the word before it by `_`, as it would be taken
/// for a value. White space at the ends is cut.
pub fn folded_name(name: &str) -> String {
    let replaced: String = name
        .chars()
        .filter(|character| character.is_control() || character.is_whitespace() || is_shown(*character))
        .map(|character| match character {
            ';' => ':',
            _ if character.is_control() || character.is_whitespace() => ' ',
            _ => character,
        })
        .collect();
    let trimmed = replaced.trim();
    match trimmed.rsplit_once(' ') {
        Some((head, tail)) if tail.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            format!("{head}_{tail}")
        }
        _ => trimmed.to_owned(),
    }
}

/// A step of the walk: a node to enter, with the length of the path above it.
struct Step {
    node: NodeId,
    path_len: usize,
}

fn write_lines<N: fmt::Display>(
    shape: &TreeShape,
    frames: &FrameTable,
    mut out: impl Write,
    number: impl Fn(i64) -> N,
    columns: impl Fn(NodeId) -> Option<(i64, Option<i64>)>,
) -> io::Result<()> {
    let names: Vec<String> = frames.iter().map(|(_, frame)| folded_name(&frame.printable_name())).collect();
    let ranks = ranks_by_name(frames);
    let mut path = String::new();
    let mut steps = vec![Step { node: NodeId::ROOT, path_len: 0 }];
    while let Some(Step { node, path_len }) = steps.pop() {
        path.truncate(path_len);
        if let Some(frame) = shape.frame(node) {
            if !path.is_empty() {
                path.push(';');
            }
            path.push_str(&names[frame.index()]);
        }
        if let Some((first, second)) = columns(node) {
            let stack = if node == NodeId::ROOT { NO_STACK } else { path.as_str() };
            match second {
                None => writeln!(out, "{stack} {}", number(first))?,
                Some(second) => writeln!(out, "{stack} {} {}", number(first), number(second))?,
            }
        }
        let first = steps.len();
        steps.extend(shape.children(node).map(|row| Step { node: node_id(row), path_len: path.len() }));
        // Last in, first out: the first name must be on top.
        let rank = |step: &Step| shape.frame(step.node).map(|frame| ranks[frame.index()]);
        steps[first..].sort_by_key(|step| std::cmp::Reverse(rank(step)));
    }
    out.flush()
}

/// A value as it may stand at the end of a line.
struct Number {
    value: i64,
    is_in_millionths: bool,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_in_millionths {
            return self.value.fmt(f);
        }
        let sign = if self.value < 0 { "-" } else { "" };
        let (whole, parts) = (self.value.unsigned_abs() / 1_000_000, self.value.unsigned_abs() % 1_000_000);
        let fraction = format!("{parts:06}");
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

/// The place of each frame among all by name: names are compared once a frame, not once a node.
fn ranks_by_name(frames: &FrameTable) -> Vec<u32> {
    let mut sorted: Vec<_> = frames.iter().collect();
    sorted.sort_by(|(_, a), (_, b)| compare_frames(a, b));
    let mut ranks = vec![0_u32; frames.len()];
    for (rank, (frame, _)) in (0_u32..).zip(sorted) {
        ranks[frame.index()] = rank;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{call_tree, diff_tree};

    fn folded(tree: &CallTree) -> String {
        let mut out = Vec::new();
        write_folded(tree, "count", &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn stacks_come_out_by_name_with_their_own_values() {
        let tree = call_tree("main;serve;read 5\nmain;parse 1\nmain;serve 3\nidle 9");
        insta::assert_snapshot!(folded(&tree), @"
        idle 9
        main;parse 1
        main;serve 3
        main;serve;read 5
        ");
    }

    #[test]
    fn the_lines_add_up_to_the_total() {
        let tree = call_tree("main;serve;read 5\n 2\nmain;gone -4");
        let text = folded(&tree);
        insta::assert_snapshot!(text, @"
        [no stack] 2
        main;gone -4
        main;serve;read 5
        ");
        let sum: i64 =
            text.lines().map(|line| line.rsplit(' ').next().unwrap().parse::<i64>().unwrap()).sum();
        assert_eq!(sum, tree.cum[0]);
    }

    #[test]
    fn a_diff_has_two_columns_and_keeps_what_vanished() {
        let tree = diff_tree("main;read 5 7\nmain;gone 2 0\nmain;new 0 3\nmain;same 1 1");
        let mut out = Vec::new();
        write_folded_diff(&tree, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @"
        main;gone 2 0
        main;new 0 3
        main;read 5 7
        main;same 1 1
        ");
    }

    #[test]
    fn names_cannot_break_the_line() {
        let names = [
            "main.F[struct { A int; B int }]",
            "two\nlines\tand tab",
            "operator new 12",
            " spaces ",
            "a 1.5",
            "a 12b",
        ];
        insta::assert_snapshot!(names.map(folded_name).join("\n"), @"
        main.F[struct { A int: B int }]
        two lines and tab
        operator new_12
        spaces
        a_1.5
        a 12b
        ");
    }

    #[test]
    fn an_empty_tree_has_no_lines() {
        assert_eq!(folded(&call_tree("")), "");
    }

    #[test]
    fn reading_the_lines_again_gives_the_same_tree() {
        let tree = call_tree("main;serve;read 5\nmain;parse 1\nmain;serve 3\nidle 9\nmain;serve;read;copy 4");
        let again = call_tree(&folded(&tree));
        assert_eq!(folded(&again), folded(&tree));
        assert_eq!((again.cum, again.flat, again.shape.len()), (tree.cum, tree.flat, tree.shape.len()));
    }

    #[test]
    fn millionths_are_written_as_fractions() {
        let text = |value| Number { value, is_in_millionths: true }.to_string();
        assert_eq!(
            [12_500_000, -3_250_000, 16_000_000, 1, 0].map(text).join(" "),
            "12.5 -3.25 16 0.000001 0"
        );
    }
}
