//! What leaves the program as a file of its own: a flame graph, a range of a trace, a table.

pub mod flame_svg;
pub mod table;
pub mod trace_range;
