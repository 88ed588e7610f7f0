//! What is asked of a graph: its form, and how much of it.

/// Whether nodes are rows of a text or boxes of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Rows,
    /// Sorted by how much they tell, with labels, and without calls that only clutter.
    Picture,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A frame.
    Frames,
    /// A call path.
    CallTree,
}

/// How a graph is trimmed, resolved for a kind of report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trim {
    /// At most so many nodes; 0 for all.
    pub(crate) node_count: usize,
    pub(crate) node_fraction: f64,
    pub(crate) edge_fraction: f64,
}

impl Trim {
    pub(crate) const NOTHING: Self = Self { node_count: 0, node_fraction: 0.0, edge_fraction: 0.0 };
}
