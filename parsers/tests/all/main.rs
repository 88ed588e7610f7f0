//! The parsers from outside: what they read, what they refuse, and what they make of bytes that no Go wrote.

mod coverage;
mod dump;
mod dump_hostile;
mod hostile;
mod interop;
mod interop_round_trip;
mod perfetto;
mod pprof_field;
mod pprof_round_trip;
mod pprof_rules;
mod pprof_text;
mod support;
mod test_events;
mod trace_annotations;
mod trace_conformance;
mod trace_content;
mod trace_cut;
mod trace_hostile;
mod trace_pieces;
mod trace_salvage;
mod trace_threads;
mod trace_v1;
mod trace_wire;
