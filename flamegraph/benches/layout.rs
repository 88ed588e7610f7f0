//! How long a frame of a flame graph takes to lay out, on trees of one and of 4.6 million nodes.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use goscope_analysis::profile::call_tree::{CallTree, NodeId, TreeShape};
use goscope_analysis::profile::frame::{Frame, FrameId, FrameTable};
use goscope_flamegraph::flame_tree::{DepthTable, Weights};
use goscope_flamegraph::layout::{SiblingOrder, Viewport, node_at, visible_boxes};

const N_FUNCTIONS: u64 = 50_000;

/// A tree about as deep and as bushy as that of a large Go service: most functions call one other, some two or four,
/// few thirty, and each takes its part of what the ones before have left.
fn call_tree(n_nodes: usize) -> CallTree {
    let mut frames = FrameTable::default();
    for function in 0..N_FUNCTIONS {
        let name = format!("example.com/shop/pkg{}.F{function}", function % 300);
        frames.intern(Frame { name, ..Frame::default() });
    }
    let (mut frame, mut parent, mut cum) = (vec![FrameId(0)], vec![NodeId::ROOT], vec![1_i64 << 60]);
    let mut flat = Vec::with_capacity(n_nodes);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for row in 0..n_nodes {
        random = random.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
        let (n_children, parts) = match (random >> 33) % 100 {
            _ if row == 0 => (400, 80),
            0..=2 => (30, 8),
            3..=7 => (4, 2),
            8..=22 => (2, 2),
            _ => (1, 1),
        };
        let mut left = cum[row] - cum[row] / 40;
        for child in 0..n_children.min(n_nodes - cum.len()) {
            let value = left / parts;
            let function = ((random >> 20) + child as u64 * 7919) % N_FUNCTIONS;
            frame.push(FrameId(u32::try_from(function).expect("below 50,000")));
            parent.push(NodeId(u32::try_from(row).expect("below 2^32")));
            cum.push(value);
            left -= value;
        }
        flat.push(left + cum[row] / 40);
    }
    CallTree { frames, shape: TreeShape::from_parents(frame, parent), flat, cum }
}

/// The node with most below it at a level.
fn heaviest_at(tree: &CallTree, level: u32) -> NodeId {
    (0..level).fold(NodeId::ROOT, |node, _| {
        let child = tree.shape.children(node).next();
        child.map_or(node, |row| NodeId(u32::try_from(row).expect("below 2^32")))
    })
}

fn bench_frames(criterion: &mut Criterion) {
    for (label, n_nodes) in [("1M", 1_000_000), ("4.6M", 4_600_000)] {
        let tree = call_tree(n_nodes);
        let all = Viewport::zoomed_to(NodeId::ROOT, 2560.0);
        let viewports = [
            ("all", all.clone()),
            ("80 rows", Viewport { rows: 0..80, ..all.clone() }),
            ("by name", Viewport { order: SiblingOrder::Name, ..all.clone() }),
            ("zoomed to level 8", Viewport { zoom: heaviest_at(&tree, 8), ..all.clone() }),
            ("window of a thousandth", Viewport { window: 0.4..0.401, ..all.clone() }),
        ];
        let mut group = criterion.benchmark_group(format!("visible boxes of {label} nodes"));
        for (name, viewport) in &viewports {
            let n_boxes = visible_boxes(&tree, viewport).len();
            group.bench_function(BenchmarkId::new(*name, format!("{n_boxes} boxes")), |bencher| {
                bencher.iter(|| visible_boxes(&tree, black_box(viewport)));
            });
        }
        group.bench_function("node under the pointer", |bencher| {
            bencher.iter(|| node_at(&tree, &all, black_box(0.37), 12));
        });
        group.sample_size(10);
        group.bench_function("depth table", |bencher| bencher.iter(|| DepthTable::new(&tree.shape)));
        group
            .bench_function("weights by magnitude", |bencher| bencher.iter(|| Weights::of_magnitudes(&tree)));
        group.finish();
    }
}

criterion_group!(benches, bench_frames);
criterion_main!(benches);
