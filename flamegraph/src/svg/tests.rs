//! The SVG read back: every box must carry its node's numbers.

use std::collections::BTreeMap;

use super::*;
use crate::fixture::{call_tree, diff_tree};

/// A box as the file tells it.
#[derive(Debug)]
struct SvgBox {
    name: String,
    facts: String,
    /// What inferno's script takes for the width: exact, in units of the profile.
    weight: u64,
    start: u64,
    y: u64,
    fill: String,
    label: String,
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, after) = text.split_once(start).unwrap_or_else(|| panic!("no {start} in {text}"));
    after.split_once(end).unwrap_or_else(|| panic!("no {end} in {text}")).0
}

fn boxes(svg: &str) -> Vec<SvgBox> {
    let groups = svg.split("<g>").skip(1);
    groups
        .map(|group| {
            let title = between(group, "<title>", "</title>");
            let (name, facts) = title.rsplit_once(" (").unwrap();
            let number = |attribute: &str| between(group, &format!(" {attribute}=\""), "\"").parse().unwrap();
            SvgBox {
                name: name.to_owned(),
                facts: facts.trim_end_matches(')').to_owned(),
                weight: number("fg:w"),
                start: number("fg:x"),
                y: number("y"),
                fill: between(group, "fill=\"", "\"").to_owned(),
                label: between(group.split_once("<text").unwrap().1, ">", "</text>").to_owned(),
            }
        })
        .collect()
}

fn svg(tree: &CallTree, options: &SvgOptions) -> String {
    let mut out = Vec::new();
    write_svg(tree, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn diff_svg(tree: &DiffTree, width: DiffWidth) -> String {
    let mut out = Vec::new();
    write_diff_svg(tree, width, &SvgOptions::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const SHOP: &str = "
    main.main;main.serve;net/http.(*conn).serve;main.handle;encoding/json.Marshal 310
    main.main;main.serve;net/http.(*conn).serve;main.handle;example.com/db.(*Pool[go.shape.int]).Query 420
    main.main;main.serve;net/http.(*conn).serve;main.handle 40
    main.main;main.serve;net/http.(*conn).serve;main.handle;main.handle.func1 60
    main.main;main.serve;net/http.(*conn).serve;main.log 1
    runtime.gcBgMarkWorker;runtime.gcDrain;runtime.scanobject 150
    runtime.mcall;runtime.schedule 18
    weird & <name>;x 2";

/// Sum of the boxes by name: what a function has over all call paths.
fn weight_by_name(svg: &str) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for one in boxes(svg) {
        *sums.entry(one.name).or_default() += one.weight;
    }
    sums
}

fn cum_by_name(tree: &CallTree, min_cum: i64) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (row, &cum) in tree.cum.iter().enumerate().filter(|(_, cum)| **cum >= min_cum) {
        let name = tree_look::name_of(tree, crate::flame_tree::node_id(row))
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        *sums.entry(name).or_default() += u64::try_from(cum).unwrap();
    }
    sums
}

#[test]
fn each_function_has_its_cum_and_the_root_the_total() {
    let tree = call_tree(SHOP);
    let sums = weight_by_name(&svg(&tree, &SvgOptions { min_width_percent: 0.0, ..SvgOptions::default() }));
    assert_eq!(sums, cum_by_name(&tree, 1));
    assert_eq!(sums["all"], 1001);
}

#[test]
fn boxes_keep_their_cum_when_narrow_ones_are_left_out() {
    let tree = call_tree(SHOP);
    let svg = svg(&tree, &SvgOptions { min_width_percent: 5.0, ..SvgOptions::default() });
    assert_eq!(weight_by_name(&svg), cum_by_name(&tree, 51));
}

#[test]
fn boxes_do_not_overlap_and_lie_on_their_callers() {
    let mut rows: BTreeMap<u64, Vec<(u64, u64)>> = BTreeMap::new();
    for one in boxes(&svg(&call_tree(SHOP), &SvgOptions::default())) {
        rows.entry(one.y).or_default().push((one.start, one.start + one.weight));
    }
    let mut below: Vec<(u64, u64)> = Vec::new();
    for (_, mut row) in rows.into_iter().rev() {
        row.sort_unstable();
        assert!(row.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{row:?}");
        let is_carried = |one: &(u64, u64)| below.iter().any(|under| under.0 <= one.0 && one.1 <= under.1);
        assert!(below.is_empty() || row.iter().all(is_carried));
        below = row;
    }
}

#[test]
fn tooltips_tell_cum_and_flat_in_units_that_suit() {
    let tree = call_tree(
        "main.main;main.work 1500000000\nmain.main;main.work;main.copy 340000\nmain.main;main.wait 20000000",
    );
    let options =
        SvgOptions { unit: "nanoseconds".to_owned(), min_width_percent: 0.0, ..SvgOptions::default() };
    let lines: Vec<String> =
        boxes(&svg(&tree, &options)).iter().map(|one| format!("{}: {}", one.name, one.facts)).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    main.copy: 340.00us, 0.022%
    main.work: 1.50s, 98.68%; flat 1.50s, 98.66%
    all: 1.52s, 100%
    main.main: 1.52s, 100%
    main.wait: 20.00ms, 1.32%
    ");
}

#[test]
fn same_tree_same_bytes() {
    let tree = call_tree(SHOP);
    for colors in ["package", "hot", "mem", "io"] {
        let options = SvgOptions { colors: colors.parse().unwrap(), ..SvgOptions::default() };
        assert_eq!(svg(&tree, &options), svg(&tree, &options), "{colors}");
    }
}

#[test]
fn the_whole_file_of_a_small_profile() {
    let options = SvgOptions {
        title: "shop · cpu".to_owned(),
        subtitle: Some("samples of 10 s".to_owned()),
        ..SvgOptions::default()
    };
    let svg = svg(&call_tree(SHOP), &options);
    // inferno's script is inferno's to test.
    let (before, script) = svg.split_once("<script").unwrap();
    let (_, after) = script.split_once("</script>").unwrap();
    insta::assert_snapshot!("shop", format!("{before}<script/>{after}"));
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    let svg = svg(&call_tree(SHOP), &SvgOptions::default());
    for forbidden in
        ["xlink:href", " href=", "src=", "url(http", "@import", "<image", "fetch(", "XMLHttpRequest"]
    {
        assert!(!svg.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn names_are_escaped_and_cannot_break_the_file() {
    let tree = call_tree("</title><script>alert(1)</script>;a&b;bell\u{7} 5");
    let svg = svg(&tree, &SvgOptions { title: "<b>&\u{0}".to_owned(), ..SvgOptions::default() });
    assert!(!svg.contains("<script>alert") && svg.contains("a&amp;b") && svg.contains("bell\\x07"));
    assert!(!svg.contains('\u{7}') && !svg.contains('\u{0}') && svg.contains("&lt;b&gt;&amp;"));
}

#[test]
fn labels_keep_the_end_of_a_go_name() {
    let tree =
        call_tree("example.com/a/very/long/import/path/orders.(*Store).FindByCustomer 100\nmain.main 900");
    let labels: Vec<String> =
        boxes(&svg(&tree, &SvgOptions::default())).into_iter().map(|one| one.label).collect();
    insta::assert_snapshot!(labels.join("\n"), @"
    main.main
    all
    FindByCustomer
    ");
}

#[test]
fn icicles_have_the_root_on_top() {
    let root_y = |orientation| {
        let svg = svg(&call_tree(SHOP), &SvgOptions { orientation, ..SvgOptions::default() });
        let boxes = boxes(&svg);
        let root = boxes.iter().find(|one| one.name == "all").unwrap();
        (
            boxes.iter().map(|one| one.y).min() == Some(root.y),
            boxes.iter().map(|one| one.y).max() == Some(root.y),
        )
    };
    assert_eq!(root_y(Orientation::Icicle), (true, false));
    assert_eq!(root_y(Orientation::Flame), (false, true));
}

#[test]
fn values_without_a_stack_widen_the_root_only() {
    let tree = call_tree("main.main 6\n 4");
    assert_eq!(
        weight_by_name(&svg(&tree, &SvgOptions::default())).into_iter().collect::<Vec<_>>(),
        [("all".to_owned(), 10), ("main.main".to_owned(), 6)]
    );
}

#[test]
fn values_that_cancel_are_as_wide_as_they_are_large() {
    let tree = call_tree("main.main;main.gain 5\nmain.main;main.loss -4");
    let svg = svg(&tree, &SvgOptions::default());
    let text: Vec<String> =
        boxes(&svg).iter().map(|one| format!("{} {}: {}", one.name, one.weight, one.facts)).collect();
    insta::assert_snapshot!(text.join("\n"), @"
    main.gain 5: 5, 55.56%
    all 9: 1, 11.11%
    main.main 9: 1, 11.11%
    main.loss 4: -4, 44.44%
    ");
}

#[test]
fn an_empty_profile_is_a_picture_that_says_so() {
    let svg = svg(&call_tree(""), &SvgOptions::default());
    assert!(svg.starts_with("<?xml") && svg.ends_with("</svg>\n"));
    assert!(svg.contains("Nothing to draw"));
}

const REGRESSED: &str = "
    main.main;main.serve;encoding/json.Marshal 300 420
    main.main;main.serve;main.lookup 400 100
    main.main;main.serve;main.cache 0 250
    main.main;main.serve;main.legacy 80 0
    main.main;main.idle 100 100";

#[test]
fn a_diff_shows_both_sides_and_what_vanished() {
    let svg = diff_svg(&diff_tree(REGRESSED), DiffWidth::Both);
    let text: Vec<String> = boxes(&svg)
        .iter()
        .map(|one| format!("{:5} {} {}: {}", one.weight, one.fill, one.name, one.facts))
        .collect();
    insta::assert_snapshot!(text.join("\n"), @"
     720 #edc5b2 encoding/json.Marshal: base 300 34.09%, head 420 48.28%, +120 +40.0%
     500 #6cacef main.lookup: base 400 45.45%, head 100 11.49%, -300 -75.0%
     250 #f4a275 main.cache: base 0 0%, head 250 28.74%, new
    1550 #dee2e7 main.serve: base 780 88.64%, head 770 88.51%, -10 -1.3%
      80 #c3d6ea main.legacy: base 80 9.09%, head 0 0%, gone
    1750 #dee2e7 all: base 880 100%, head 870 100%, -10 -1.1%
    1750 #dee2e7 main.main: base 880 100%, head 870 100%, -10 -1.1%
     200 #e2e4e7 main.idle: base 100 11.36%, head 100 11.49%, unchanged
    ");
    insta::assert_snapshot!(between(&svg, "id=\"subtitle\"", "</text>").split_once('>').unwrap().1, @"base 880 → head 870, -10 -1.1% · blue: less, orange: more, grey: unchanged · width: base + head");
}

#[test]
fn a_diff_by_one_side_says_what_it_does_not_draw() {
    let tree = diff_tree(REGRESSED);
    let text = [DiffWidth::Head, DiffWidth::Base].map(|width| {
        let svg = diff_svg(&tree, width);
        let boxes: Vec<String> =
            boxes(&svg).iter().map(|one| format!("{} {}", one.name, one.weight)).collect();
        format!(
            "{}\n{}",
            between(&svg, "id=\"subtitle\"", "</text>").split_once('>').unwrap().1,
            boxes.join("\n")
        )
    });
    insta::assert_snapshot!(text.join("\n\n"), @"
    base 880 → head 870, -10 -1.1% · blue: less, orange: more, grey: unchanged · width: head · not drawn: 80 that only base has
    encoding/json.Marshal 420
    main.cache 250
    main.serve 770
    main.lookup 100
    all 870
    main.main 870
    main.idle 100

    base 880 → head 870, -10 -1.1% · blue: less, orange: more, grey: unchanged · width: base · not drawn: 250 that only head has
    main.lookup 400
    encoding/json.Marshal 300
    main.serve 780
    main.legacy 80
    all 880
    main.main 880
    main.idle 100
    ");
}

#[test]
fn a_diff_that_lost_everything_says_so() {
    let svg = diff_svg(&diff_tree("main.main 5 0"), DiffWidth::Head);
    assert!(svg.contains("Nothing to draw") && svg.contains("not drawn: 5 that only base has"));
}

#[test]
fn unknown_palettes_are_named_with_those_that_exist() {
    let error = "rainbow".parse::<SvgColors>().unwrap_err();
    insta::assert_snapshot!(error, @"there is no color palette `rainbow`; there are package, aqua, blue, green, hot, io, java, js, mem, orange, perl, python, purple, red, rust, wakeup, yellow");
    assert!(SvgColors::names().all(|name| name.parse::<SvgColors>().is_ok()));
}
