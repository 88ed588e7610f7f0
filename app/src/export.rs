//! What leaves the program as a file of its own: a flame graph, a range of a trace, a table, samples, another tool's format.

pub mod firefox_trace;
pub mod flame_svg;
pub mod perfetto;
pub mod sample_rows;
pub mod table;
pub mod trace_range;
pub mod whose_code;
