//! What leaves the program as a file of its own: a range of a trace.

pub mod trace_range;
