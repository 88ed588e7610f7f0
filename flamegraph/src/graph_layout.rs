//! Where the boxes of a call graph stand: callers above callees, calls as lines with few crossings.
//!
//! ```text
//! cycles ─► layers ─► bends ─► order ─► places      Sugiyama, Tagawa, Toda 1981, with longest-path layers,
//!                                                   weighted barycenters, and places by isotonic regression
//! ```
//!
//! A call that closes a cycle is turned around for the layout only. A call over several layers bends in each of them:
//! a bend is a vertex without size. All orders are broken by index, so the same graph gives the same picture.

mod layers;
mod order;
mod places;

use layers::Layered;
pub use layers::{BoxSize, Link};
use order::ordered;
use places::placed;

/// Room between layers.
const GAP_Y: f32 = 64.0;

/// A box in its place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlacedBox {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Layer, counted from the top.
    pub layer: usize,
}

/// The picture; the origin is its upper left corner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphPicture {
    /// The boxes, in the order of the input.
    pub boxes: Vec<PlacedBox>,
    /// The points of each line from its first box to its second, in the order of the input; tangents are vertical. Empty
    /// for a box's line to itself.
    pub lines: Vec<Vec<(f32, f32)>>,
    /// Width of all.
    pub width: f32,
    /// Height of all.
    pub height: f32,
}

/// Lays out a graph. Boxes that come first are preferred as starting points. Links to boxes that are not there get no
/// line.
pub fn graph_picture(sizes: &[BoxSize], links: &[Link]) -> GraphPicture {
    let is_sound = |link: &Link| link.from < sizes.len() && link.to < sizes.len() && link.from != link.to;
    let downward: Vec<Option<Link>> = turned_downward(sizes.len(), links, is_sound);
    let layers = layers(sizes.len(), &downward);
    let mut graph = Layered::new(sizes, &downward, &layers);
    ordered(&mut graph);
    let xs = placed(&graph);
    picture(sizes, links, &graph, &xs)
}

/// The links as they point down: those that close a cycle turned around; `None` for those that are not laid out.
fn turned_downward(n_boxes: usize, links: &[Link], is_sound: impl Fn(&Link) -> bool) -> Vec<Option<Link>> {
    let mut downward: Vec<Option<Link>> = links.iter().map(|link| is_sound(link).then_some(*link)).collect();
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); n_boxes];
    let mut n_in = vec![0_usize; n_boxes];
    for (index, link) in downward.iter().enumerate() {
        if let Some(link) = link {
            out[link.from].push(index);
            n_in[link.to] += 1;
        }
    }
    // From boxes that nobody calls first, so that a cycle is entered where the program enters it.
    let mut starts: Vec<usize> = (0..n_boxes).collect();
    starts.sort_by_key(|&start| (n_in[start] > 0, start));
    let mut states = vec![State::New; n_boxes];
    for start in starts {
        for index in cycle_ends(start, links, &out, &mut states) {
            let Link { from, to, weight } = links[index];
            downward[index] = Some(Link { from: to, to: from, weight });
        }
    }
    downward
}

/// How far a walk through a graph is with a box.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// On the way from the start to where the walk is.
    Open,
    Done,
}

/// The links that lead back to where a walk in depth from `start` came from.
fn cycle_ends(start: usize, links: &[Link], out: &[Vec<usize>], states: &mut [State]) -> Vec<usize> {
    let mut ends = Vec::new();
    if states[start] != State::New {
        return ends;
    }
    states[start] = State::Open;
    let mut path = vec![(start, 0)];
    while let Some((at, next)) = path.last_mut() {
        let Some(&index) = out[*at].get(*next) else {
            states[*at] = State::Done;
            path.pop();
            continue;
        };
        *next += 1;
        let to = links[index].to;
        match states[to] {
            State::Open => ends.push(index),
            State::New => {
                states[to] = State::Open;
                path.push((to, 0));
            }
            State::Done => {}
        }
    }
    ends
}

/// The layer of every box: one below its lowest caller. Boxes that nobody calls stand right above their highest callee.
fn layers(n_boxes: usize, downward: &[Option<Link>]) -> Vec<usize> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); n_boxes];
    let mut n_in = vec![0_usize; n_boxes];
    for link in downward.iter().flatten() {
        out[link.from].push(link.to);
        n_in[link.to] += 1;
    }
    let is_root: Vec<bool> = n_in.iter().map(|&n_in| n_in == 0).collect();
    let mut layers = vec![0_usize; n_boxes];
    let mut ready: Vec<usize> = (0..n_boxes).filter(|&at| is_root[at]).collect();
    while let Some(at) = ready.pop() {
        for &to in &out[at] {
            layers[to] = layers[to].max(layers[at] + 1);
            n_in[to] -= 1;
            if n_in[to] == 0 {
                ready.push(to);
            }
        }
    }
    for at in (0..n_boxes).filter(|&at| is_root[at]) {
        if let Some(highest) = out[at].iter().map(|&to| layers[to]).min() {
            layers[at] = highest.saturating_sub(1);
        }
    }
    layers
}

/// Centers of vertices to corners of boxes and points of lines.
fn picture(sizes: &[BoxSize], links: &[Link], graph: &Layered, xs: &[f64]) -> GraphPicture {
    let (tops, heights) = rows(sizes, graph);
    let left = (0..graph.n_boxes).map(|at| xs[at] as f32 - sizes[at].width / 2.0).fold(f32::MAX, f32::min);
    let left = graph.segments.iter().map(|segment| xs[segment.lower] as f32).fold(left, f32::min);
    let x_of = |vertex: usize| xs[vertex] as f32 - left;
    let boxes: Vec<PlacedBox> = sizes
        .iter()
        .enumerate()
        .map(|(at, size)| {
            let layer = graph.layer_of[at];
            // In the middle of its layer.
            let y = tops[layer] + (heights[layer] - size.height) / 2.0;
            PlacedBox { x: x_of(at) - size.width / 2.0, y, layer }
        })
        .collect();
    let line = |(link, chain): (&Link, &Vec<usize>)| {
        let mut points: Vec<(f32, f32)> = Vec::new();
        for (index, &vertex) in chain.iter().enumerate() {
            let (x, layer) = (x_of(vertex), graph.layer_of[vertex]);
            match boxes.get(vertex) {
                Some(place) if index == 0 => points.push((x, place.y + sizes[vertex].height)),
                Some(place) => points.push((x, place.y)),
                None => points.extend([(x, tops[layer]), (x, tops[layer] + heights[layer])]),
            }
        }
        // A link that was turned around for the layout.
        if chain.first().is_some_and(|&first| first != link.from) {
            points.reverse();
        }
        points
    };
    let lines: Vec<Vec<(f32, f32)>> = links.iter().zip(&graph.chains).map(line).collect();
    let right = boxes.iter().zip(sizes).map(|(place, size)| place.x + size.width).fold(0.0, f32::max);
    let width = lines.iter().flatten().map(|&(x, _)| x).fold(right, f32::max);
    let height = tops.last().zip(heights.last()).map_or(0.0, |(top, height)| top + height);
    GraphPicture { boxes, lines, width, height }
}

/// Upper edge and height of every layer.
fn rows(sizes: &[BoxSize], graph: &Layered) -> (Vec<f32>, Vec<f32>) {
    let height_of = |layer: &Vec<usize>| {
        let boxes = layer.iter().filter_map(|&vertex| sizes.get(vertex));
        boxes.map(|size| size.height).fold(0.0, f32::max)
    };
    let heights: Vec<f32> = graph.layers.iter().map(height_of).collect();
    let mut y = 0.0;
    let tops = heights.iter().map(|height| {
        let top = y;
        y += height + GAP_Y;
        top
    });
    (tops.collect(), heights)
}

#[cfg(test)]
mod tests;
