//! A call graph in layers: boxes, and a bend in each layer that a call passes.

/// Room between boxes of one layer.
pub(super) const GAP_X: f32 = 28.0;

/// The size of a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxSize {
    /// From left to right.
    pub width: f32,
    /// From top to bottom.
    pub height: f32,
}

/// A line from one box to another, or to itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Index of the box where it starts.
    pub from: usize,
    /// Index of the box where it ends.
    pub to: usize,
    /// How much it matters that it is short and straight.
    pub weight: f64,
}

/// A line between vertices of neighboring layers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) upper: usize,
    pub(super) lower: usize,
    pub(super) weight: f64,
}

/// Boxes and bends in layers. Vertices below the number of boxes are boxes.
pub(super) struct Layered {
    /// Width of every vertex; 0 for bends.
    pub(super) widths: Vec<f32>,
    pub(super) n_boxes: usize,
    /// The vertices of each layer, left to right.
    pub(super) layers: Vec<Vec<usize>>,
    pub(super) layer_of: Vec<usize>,
    pub(super) segments: Vec<Segment>,
    /// The vertices of each link from top to bottom; empty for those that are not laid out.
    pub(super) chains: Vec<Vec<usize>>,
}

impl Layered {
    pub(super) fn new(sizes: &[BoxSize], downward: &[Option<Link>], layer_of: &[usize]) -> Self {
        let n_layers = layer_of.iter().max().map_or(0, |last| last + 1);
        let mut graph = Self {
            widths: sizes.iter().map(|size| size.width).collect(),
            n_boxes: sizes.len(),
            layers: vec![Vec::new(); n_layers],
            layer_of: layer_of.to_vec(),
            segments: Vec::new(),
            chains: Vec::new(),
        };
        for (vertex, &layer) in layer_of.iter().enumerate() {
            graph.layers[layer].push(vertex);
        }
        for link in downward {
            let chain = link.map(|link| graph.chain(link)).unwrap_or_default();
            graph.chains.push(chain);
        }
        graph
    }

    /// Bends of a link in all layers between its ends, and the segments between them.
    fn chain(&mut self, link: Link) -> Vec<usize> {
        let mut chain = vec![link.from];
        for layer in self.layer_of[link.from] + 1..self.layer_of[link.to] {
            let bend = self.widths.len();
            self.widths.push(0.0);
            self.layer_of.push(layer);
            self.layers[layer].push(bend);
            chain.push(bend);
        }
        chain.push(link.to);
        let weight = link.weight.abs().max(1e-9);
        self.segments.extend(chain.windows(2).map(|ends| Segment { upper: ends[0], lower: ends[1], weight }));
        chain
    }

    /// For every vertex its neighbors in the layers above and below, with weights.
    pub(super) fn neighbors(&self) -> [Vec<Vec<(usize, f64)>>; 2] {
        let mut above = vec![Vec::new(); self.widths.len()];
        let mut below = vec![Vec::new(); self.widths.len()];
        for segment in &self.segments {
            above[segment.lower].push((segment.upper, segment.weight));
            below[segment.upper].push((segment.lower, segment.weight));
        }
        [above, below]
    }
}
