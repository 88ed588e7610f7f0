//! Graphs as text in, layers as text out; and what holds for any graph.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

/// Lays out `a>b 3` lines: boxes by their letters, in alphabetical order.
fn layers_text(links: &str) -> String {
    let mut names: Vec<char> = links.chars().filter(char::is_ascii_lowercase).collect();
    names.sort_unstable();
    names.dedup();
    let index = |name: char| names.iter().position(|&known| known == name).expect("a name");
    let links: Vec<Link> = links
        .split_whitespace()
        .map(|link| {
            let name = |at| link.chars().nth(at).expect("a>b");
            Link { from: index(name(0)), to: index(name(2)), weight: 1.0 }
        })
        .collect();
    let picture = graph_picture(&vec![BoxSize { width: 10.0, height: 10.0 }; names.len()], &links);
    let mut rows: Vec<Vec<(i64, char)>> = vec![Vec::new(); names.len()];
    for (place, &name) in picture.boxes.iter().zip(&names) {
        rows[place.layer].push((place.x as i64, name));
    }
    rows.retain(|row| !row.is_empty());
    rows.iter_mut().for_each(|row| row.sort_unstable());
    let row_text =
        |row: &Vec<(i64, char)>| row.iter().map(|(_, name)| name.to_string()).collect::<Vec<_>>().join(" ");
    rows.iter().map(row_text).collect::<Vec<_>>().join("\n")
}

#[test]
fn callers_stand_above_callees() {
    assert_snapshot!(layers_text("a>b a>c b>d c>d d>e a>e"), @r"
    a
    b c
    d
    e
    ");
}

#[test]
fn recursion_and_cycles_do_not_turn_the_picture_over() {
    assert_snapshot!(layers_text("a>b b>b b>c c>d d>b d>e"), @r"
    a
    b
    c
    d
    e
    ");
}

#[test]
fn lines_that_need_not_cross_do_not() {
    assert_snapshot!(layers_text("a>f b>e c>d z>a z>b z>c"), @r"
    z
    a b c
    f e d
    ");
}

#[test]
fn a_caller_of_something_deep_stands_right_above_it() {
    assert_snapshot!(layers_text("a>b b>c c>d x>d"), @r"
    a
    b
    c x
    d
    ");
}

#[test]
fn nothing_and_links_to_nothing_give_an_empty_picture() {
    assert_eq!(graph_picture(&[], &[Link { from: 0, to: 1, weight: 1.0 }]).lines, [Vec::new()]);
}

#[test]
fn a_line_starts_at_its_first_box_and_ends_at_its_second() {
    let size = BoxSize { width: 20.0, height: 10.0 };
    let links = [(0, 1), (1, 2), (0, 2), (2, 0)].map(|(from, to)| Link { from, to, weight: 1.0 });
    let GraphPicture { boxes, lines, .. } = graph_picture(&[size; 3], &links);
    let middle = |at: usize| boxes[at].x + 10.0;
    for (link, line) in links.iter().zip(&lines) {
        let (first, last) = (line[0], line[line.len() - 1]);
        let is_down = boxes[link.from].y < boxes[link.to].y;
        let (start, end) = if is_down { (10.0, 0.0) } else { (0.0, 10.0) };
        let is_at = |(x, y): (f32, f32), at: usize, below: f32| {
            (x - middle(at)).abs() < 0.01 && (y - boxes[at].y - below).abs() < 0.01
        };
        assert!(is_at(first, link.from, start), "{link:?}: {line:?}");
        assert!(is_at(last, link.to, end), "{link:?}: {line:?}");
    }
    assert_eq!(lines[2].len(), 4, "a bend in the layer between");
}

proptest! {
    #[test]
    fn boxes_never_overlap_and_nothing_is_outside(
        widths in prop::collection::vec(1.0_f32..200.0, 1..30),
        links in prop::collection::vec((0_usize..30, 0_usize..30, -5.0_f64..100.0), 0..80),
    ) {
        let sizes: Vec<BoxSize> =
            widths.iter().map(|&width| BoxSize { width, height: width / 3.0 }).collect();
        let links: Vec<Link> = links.iter().map(|&(from, to, weight)| Link { from, to, weight }).collect();
        let picture = graph_picture(&sizes, &links);
        prop_assert_eq!(&picture, &graph_picture(&sizes, &links));
        for (at, place) in picture.boxes.iter().enumerate() {
            prop_assert!(place.x >= -0.01 && place.x + sizes[at].width <= picture.width + 0.01);
            prop_assert!(place.y >= 0.0 && place.y + sizes[at].height <= picture.height + 0.01);
            for (other_at, other) in picture.boxes.iter().enumerate().skip(at + 1) {
                let is_apart = place.layer != other.layer
                    || place.x + sizes[at].width < other.x + 0.01
                    || other.x + sizes[other_at].width < place.x + 0.01;
                prop_assert!(is_apart, "{place:?} {other:?}");
            }
        }
        for (link, line) in links.iter().zip(&picture.lines) {
            let is_drawn = link.from < sizes.len() && link.to < sizes.len() && link.from != link.to;
            prop_assert_eq!(!line.is_empty(), is_drawn);
        }
    }
}
