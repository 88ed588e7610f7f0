//! The command line from outside, and the rules of the house.

mod archives;
mod bench;
mod bench_run;
mod bench_verdict;
mod benchstat;
mod capture;
mod commands;
mod completions;
mod cover;
#[cfg(target_os = "linux")]
mod delve;
mod fetching;
mod field;
mod formats;
mod goroutines;
#[cfg(target_os = "linux")]
mod hostile;
mod labels;
#[cfg(target_os = "linux")]
mod names;
#[cfg(target_os = "linux")]
mod outputs;
mod packages;
#[cfg(target_os = "linux")]
mod pages;
mod perfetto;
mod pprof_oracle;
mod profile;
mod program;
mod record;
mod same_answers;
#[cfg(target_os = "linux")]
mod same_bytes;
mod sandwich;
mod session;
mod store;
mod test_results;
mod testing_info;
mod tidy;
mod trace;
mod trace_answers;
mod trace_bad_input;
mod trace_cut;
mod trace_field;
mod trace_handles;
mod trace_heat;
mod trace_labels;
mod trace_scheduler;
mod trace_totals;
mod verdict;
mod worked_examples;
