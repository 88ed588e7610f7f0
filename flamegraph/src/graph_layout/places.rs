//! Where vertices stand within their layer: as near to their neighbors as the order and the gaps allow.
//!
//! With the widths taken off, keeping the order means that places may not decrease: the nearest such places, in the
//! sense of least squares, are found by pooling neighbors that would overtake each other (isotonic regression).

use super::layers::{GAP_X, Layered};

/// Passes over all layers.
const N_PASSES: usize = 24;

/// How much straighter a line runs between bends than at its ends.
const BEND_STRENGTH: f64 = 8.0;

/// The center of every vertex.
pub(super) fn placed(graph: &Layered) -> Vec<f64> {
    let mut xs = vec![0.0; graph.widths.len()];
    for layer in &graph.layers {
        let offsets = offsets(graph, layer);
        let middle = offsets.last().copied().unwrap_or(0.0) / 2.0;
        layer.iter().zip(&offsets).for_each(|(&vertex, offset)| xs[vertex] = offset - middle);
    }
    let neighbors = graph.neighbors();
    for pass in 0..N_PASSES {
        for step in 0..graph.layers.len() {
            let layer = if pass % 2 == 0 { step } else { graph.layers.len() - 1 - step };
            place_layer(graph, layer, &neighbors, &mut xs);
        }
    }
    xs
}

/// The places of a layer's vertices if they stood as close as they may, from the center of the first.
fn offsets(graph: &Layered, layer: &[usize]) -> Vec<f64> {
    let mut at = 0.0;
    let mut offsets = Vec::with_capacity(layer.len());
    for (index, &vertex) in layer.iter().enumerate() {
        if let Some(&before) = index.checked_sub(1).and_then(|before| layer.get(before)) {
            let is_between_bends = before >= graph.n_boxes && vertex >= graph.n_boxes;
            let gap = if is_between_bends { GAP_X / 2.0 } else { GAP_X };
            at += f64::from((graph.widths[before] + graph.widths[vertex]) / 2.0 + gap);
        }
        offsets.push(at);
    }
    offsets
}

fn place_layer(graph: &Layered, layer: usize, neighbors: &[Vec<Vec<(usize, f64)>>; 2], xs: &mut [f64]) {
    let layer = &graph.layers[layer];
    let offsets = offsets(graph, layer);
    let wishes = layer.iter().zip(&offsets).map(|(&vertex, offset)| {
        let is_bend = vertex >= graph.n_boxes;
        let sides = neighbors.iter().flat_map(|side| &side[vertex]);
        let (sum, weights) = sides.fold((0.0, 0.0), |(sum, weights), &(next, weight)| {
            let strength = if is_bend && next >= graph.n_boxes { BEND_STRENGTH } else { 1.0 };
            (sum + xs[next] * weight * strength, weights + weight * strength)
        });
        let wish = if weights > 0.0 { sum / weights } else { xs[vertex] };
        (wish - offset, weights.max(1e-9))
    });
    let places = nondecreasing(wishes);
    for ((&vertex, offset), place) in layer.iter().zip(&offsets).zip(places) {
        xs[vertex] = place + offset;
    }
}

/// The nondecreasing numbers nearest to the wishes, which come with weights.
fn nondecreasing(wishes: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    // Pools: mean, weight, how many.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (wish, weight) in wishes {
        let mut pool = (wish, weight, 1);
        while let Some(&(mean, weight, count)) = pools.last()
            && mean > pool.0
        {
            let sum = weight + pool.1;
            pool = ((mean * weight + pool.0 * pool.1) / sum, sum, count + pool.2);
            pools.pop();
        }
        pools.push(pool);
    }
    pools.into_iter().flat_map(|(mean, _, count)| std::iter::repeat_n(mean, count)).collect()
}

#[cfg(test)]
mod tests {
    use super::nondecreasing;

    #[test]
    fn wishes_that_overtake_each_other_meet_in_the_middle() {
        let places = |wishes: &[f64]| nondecreasing(wishes.iter().map(|&wish| (wish, 1.0)));
        assert_eq!(places(&[1.0, 2.0, 3.0]), [1.0, 2.0, 3.0]);
        assert_eq!(places(&[3.0, 1.0]), [2.0, 2.0]);
        assert_eq!(places(&[0.0, 5.0, 3.0, 1.0, 9.0]), [0.0, 3.0, 3.0, 3.0, 9.0]);
    }
}
