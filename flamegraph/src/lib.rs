//! Turns call trees into boxes, colors and SVG flame graphs.
