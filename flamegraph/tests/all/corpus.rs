//! Real profiles as SVG and as folded stacks: what comes out adds up to what went in.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::fs;
use std::path::PathBuf;

use goscope_analysis::profile::call_tree::{CallTree, NodeId, call_tree};
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::profile::stacks::select;
use goscope_flamegraph::flame_tree::{FlameTree as _, Weights, has_mixed_signs};
use goscope_flamegraph::folded::write_folded;
use goscope_flamegraph::svg::{SvgOptions, write_svg};
use goscope_parsers::pprof::{ParseOptions, Profile, parse_profile};
use goscope_test_support::{corpus, files_below, sample};

/// The profiles of the project, and those of the corpus where it is; larger ones say nothing new.
fn profiles() -> Vec<(PathBuf, Profile)> {
    let folders = [Some(sample("pprof")), Some(sample("diff")), corpus("pprof"), corpus("real")];
    let files = folders.iter().flatten().flat_map(|folder| files_below(folder, &[""]));
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).unwrap();
        let profile = parse_profile(&bytes, &ParseOptions::default()).ok()?;
        (bytes.len() < 200_000).then_some((path, profile))
    };
    let profiles: Vec<_> = files.filter_map(read).collect();
    assert!(profiles.len() > 10, "the samples alone are more than {} profiles", profiles.len());
    profiles
}

/// One tree for each sample type.
fn trees(profile: &Profile) -> Vec<CallTree> {
    let query = |index: usize| StackQuery { sample_type: Some(index.to_string()), ..StackQuery::default() };
    (0..profile.samples.n_types()).map(|index| call_tree(&select(profile, &query(index)).unwrap())).collect()
}

/// The exact widths of the boxes, as inferno's script takes them.
fn box_weights(svg: &str) -> Vec<u64> {
    svg.split(" fg:w=\"").skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn the_boxes_of_every_profile_carry_the_weights_of_its_nodes() {
    for (path, profile) in profiles() {
        for tree in trees(&profile) {
            let mut svg = Vec::new();
            let options = SvgOptions { min_width_percent: 0.0, ..SvgOptions::default() };
            write_svg(&tree, &options, &mut svg).unwrap();
            let mut drawn = box_weights(&String::from_utf8(svg).unwrap());
            let weights = Weights::of_magnitudes(&tree);
            let reweighted = weights.on(&tree);
            let nodes = (0..tree.shape.len()).map(|row| NodeId(u32::try_from(row).unwrap()));
            let mut expected: Vec<u64> =
                nodes
                    .map(|node| {
                        if has_mixed_signs(&tree.flat) { reweighted.weight(node) } else { tree.weight(node) }
                    })
                    .filter(|weight| *weight > 0)
                    .collect();
            drawn.sort_unstable();
            expected.sort_unstable();
            assert!(drawn == expected, "{}", path.display());
        }
    }
}

#[test]
fn the_folded_lines_of_every_profile_add_up_to_its_total() {
    for (path, profile) in profiles() {
        for tree in trees(&profile) {
            let mut folded = Vec::new();
            write_folded(&tree, "count", &mut folded).unwrap();
            let text = String::from_utf8(folded).unwrap();
            let value = |line: &str| line.rsplit(' ').next().unwrap().parse::<i64>().unwrap();
            assert_eq!(text.lines().map(value).sum::<i64>(), tree.cum[0], "{}", path.display());
        }
    }
}
