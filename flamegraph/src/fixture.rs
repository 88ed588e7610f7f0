//! Small trees written as text, for the tests of this crate.

use std::collections::BTreeMap;

use goscope_analysis::profile::call_tree::{CallTree, NodeId, TreeShape};
use goscope_analysis::profile::diff::DiffTree;
use goscope_analysis::profile::frame::{Frame, FrameId, FrameTable};

/// Values of both sides by call path.
#[derive(Default)]
struct Branch {
    flat: [i64; 2],
    cum: [i64; 2],
    children: BTreeMap<String, Self>,
}

/// A tree from lines `frame;frame value`; a line without frames is a sample without a stack.
pub(crate) fn call_tree(text: &str) -> CallTree {
    let DiffTree { frames, shape, base_flat, base_cum, .. } = diff_tree(text);
    CallTree { frames, shape, flat: base_flat, cum: base_cum }
}

/// A diff from lines `frame;frame base head`.
pub(crate) fn diff_tree(text: &str) -> DiffTree {
    let mut root = Branch::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words: Vec<&str> = line.split(' ').collect();
        let values = words.split_off(words.iter().position(|word| word.parse::<i64>().is_ok()).unwrap());
        let stack = words.join(" ");
        let values = [0, 1].map(|side| values.get(side).map_or(0, |value: &&str| value.parse().unwrap()));
        add(&mut root, stack.split(';').filter(|name| !name.is_empty()), values);
    }
    in_level_order(&root)
}

fn add<'a>(mut branch: &mut Branch, stack: impl Iterator<Item = &'a str>, values: [i64; 2]) {
    let sum = |into: &mut [i64; 2]| into.iter_mut().zip(values).for_each(|(into, value)| *into += value);
    sum(&mut branch.cum);
    for name in stack {
        branch = branch.children.entry(name.to_owned()).or_default();
        sum(&mut branch.cum);
    }
    sum(&mut branch.flat);
}

fn in_level_order(root: &Branch) -> DiffTree {
    let mut frames = FrameTable::default();
    let (mut frame, mut parent, mut branches) = (vec![FrameId(0)], vec![NodeId::ROOT], vec![root]);
    let mut row = 0;
    while row < branches.len() {
        let mut children: Vec<(&String, &Branch)> = branches[row].children.iter().collect();
        children.sort_by_key(|(_, child)| std::cmp::Reverse(child.cum[0].abs() + child.cum[1].abs()));
        for (name, child) in children {
            frame.push(frames.intern(Frame { name: name.clone(), ..Frame::default() }));
            parent.push(crate::flame_tree::node_id(row));
            branches.push(child);
        }
        row += 1;
    }
    let column = |value: fn(&Branch) -> i64| branches.iter().map(|branch| value(branch)).collect();
    DiffTree {
        frames,
        shape: TreeShape::from_parents(frame, parent),
        base_flat: column(|branch| branch.flat[0]),
        base_cum: column(|branch| branch.cum[0]),
        head_flat: column(|branch| branch.flat[1]),
        head_cum: column(|branch| branch.cum[1]),
    }
}
