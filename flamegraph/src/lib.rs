//! Turns call trees into boxes, colors and SVG flame graphs.
//!
//! ```text
//! CallTree / DiffTree ─► FlameTree ─► layout::visible_boxes ─► the window paints
//!                          │              palette ─┘
//!                          └────────► svg::write_svg ─► a browser shows
//! ```
//!
//! | to | take |
//! |---|---|
//! | give a tree its widths | [`flame_tree`] |
//! | place boxes for a viewport, name the box under a point | [`layout`] |
//! | color packages, changes, states | [`palette`], with [`color`] under it |
//! | place the boxes and lines of a call graph | [`graph_layout`] |
//! | export | [`svg`], [`folded`] |
//!
//! Pure functions, no I/O but the writer that is handed in: the same tree gives the same boxes and the same bytes.

pub mod color;
pub mod flame_tree;
pub mod folded;
pub mod graph_layout;
pub mod layout;
pub mod palette;
pub mod svg;

#[cfg(test)]
mod fixture;
