//! The answers from outside: beside Go's own tools, and as laws that hold for every trace.

mod benchstat;
mod dump;
mod made_up;
mod oracle;
mod oracle_reports;
mod oracle_top;
mod support;
mod threads;
mod trace_answers;
mod trace_cohort;
mod trace_gc;
mod trace_latency;
mod trace_made_up;
mod trace_model;
mod trace_mutator;
mod trace_pieces;
mod trace_proc_time;
mod trace_profile;
mod trace_scheduler;
mod trace_selection;
mod trace_summary;
mod trace_text;
mod trace_timeline;
mod verdict;
mod walked;
