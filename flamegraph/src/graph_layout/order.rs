//! The order within layers: every vertex to the weighted middle of its neighbors, down and up again, as long as lines
//! cross less.

use super::layers::Layered;

/// Passes over all layers; pictures hardly change after a few.
const N_SWEEPS: usize = 16;

/// Orders the vertices of all layers.
pub(super) fn ordered(graph: &mut Layered) {
    let [above, below] = graph.neighbors();
    start_order(graph, &below);
    let mut places = vec![0.0; graph.widths.len()];
    note_places(&graph.layers, &mut places);
    let mut best = (crossings(graph, &places), graph.layers.clone());
    for sweep in 0..N_SWEEPS {
        let n_layers = graph.layers.len();
        for step in 0..n_layers {
            let is_downward = sweep % 2 == 0;
            let layer = if is_downward { step } else { n_layers - 1 - step };
            sort_layer(&mut graph.layers[layer], if is_downward { &above } else { &below }, &mut places);
        }
        let n_crossings = crossings(graph, &places);
        if n_crossings < best.0 {
            best = (n_crossings, graph.layers.clone());
        }
    }
    graph.layers = best.1;
}

/// What hangs together stands together: the order in which a walk down from the top meets the vertices.
fn start_order(graph: &mut Layered, below: &[Vec<(usize, f64)>]) {
    let mut met = vec![usize::MAX; graph.widths.len()];
    let mut n_met = 0;
    for start in graph.layers.iter().flatten().copied() {
        let mut open = vec![start];
        while let Some(vertex) = open.pop() {
            if met[vertex] == usize::MAX {
                met[vertex] = n_met;
                n_met += 1;
                open.extend(below[vertex].iter().rev().map(|&(next, _)| next));
            }
        }
    }
    graph.layers.iter_mut().for_each(|layer| layer.sort_by_key(|&vertex| met[vertex]));
}

fn note_places(layers: &[Vec<usize>], places: &mut [f64]) {
    for layer in layers {
        layer.iter().enumerate().for_each(|(place, &vertex)| places[vertex] = place as f64);
    }
}

fn sort_layer(layer: &mut Vec<usize>, neighbors: &[Vec<(usize, f64)>], places: &mut [f64]) {
    let wanted: Vec<f64> = layer
        .iter()
        .map(|&vertex| {
            let (sum, weight) =
                neighbors[vertex].iter().fold((0.0, 0.0), |(sum, weights), &(next, weight)| {
                    (sum + places[next] * weight, weights + weight)
                });
            if weight > 0.0 { sum / weight } else { places[vertex] }
        })
        .collect();
    let mut order: Vec<usize> = (0..layer.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    *layer = order.into_iter().map(|index| layer[index]).collect();
    layer.iter().enumerate().for_each(|(place, &vertex)| places[vertex] = place as f64);
}

/// How many pairs of segments cross: inversions between neighboring layers, counted with a Fenwick tree (Barth,
/// Mutzel, Jünger 2004).
fn crossings(graph: &Layered, places: &[f64]) -> u64 {
    let mut by_layer: Vec<Vec<(u32, u32)>> = vec![Vec::new(); graph.layers.len()];
    for segment in &graph.segments {
        by_layer[graph.layer_of[segment.upper]]
            .push((places[segment.upper] as u32, places[segment.lower] as u32));
    }
    by_layer
        .into_iter()
        .enumerate()
        .map(|(layer, mut segments)| {
            segments.sort_unstable();
            let n_lower = graph.layers.get(layer + 1).map_or(0, Vec::len);
            inversions(&segments, n_lower)
        })
        .sum()
}

fn inversions(segments: &[(u32, u32)], n_lower: usize) -> u64 {
    let mut counts = vec![0_u64; n_lower + 1];
    let mut total = 0;
    for (n_before, &(_, lower)) in (0_u64..).zip(segments) {
        // How many before end at `lower` or left of it.
        let mut at = lower as usize + 1;
        let mut n_left = 0;
        while at > 0 {
            n_left += counts[at];
            at &= at - 1;
        }
        total += n_before - n_left;
        let mut at = lower as usize + 1;
        while at < counts.len() {
            counts[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::inversions;

    #[test]
    fn crossing_segments_are_counted() {
        assert_eq!(inversions(&[(0, 1), (1, 0)], 2), 1);
        assert_eq!(inversions(&[(0, 0), (0, 1), (1, 1), (1, 2)], 3), 0);
        assert_eq!(inversions(&[(0, 2), (1, 1), (2, 0)], 3), 3);
    }
}
