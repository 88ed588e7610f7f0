//! Profiles from before profile.proto: the text of Go's `?debug=1`, of gperftools, jemalloc and Java, and gperftools'
//! binary form.
//!
//! ```text
//! goroutine profile: total 3                       rows.rs, heap.rs: header, rows
//! 2 @ 0x103b125 0x106cd1f                          leaf first; an address is where its call returns to
//! # labels: {"path":"/orders"}                     symbols.rs: what the comments say
//! #  0x103b124  time.Sleep+0xbe  time.go:188
//! --- Memory map: ---                              maps.rs: mappings, if any
//! ```
//!
//! Values, addresses and mappings are those of `go tool pprof` (Go 1.27). Beyond it, names and labels come from the
//! comments, so that nothing else than the file is needed, and jemalloc's dumps are read.

mod address_profile;
mod cpu;
mod drop_frames;
mod heap;
mod java;
mod jemalloc;
mod maps;
mod rows;
mod symbols;
mod threads;
mod totals;

pub(crate) use cpu::is_binary_cpu_profile;
pub(super) use cpu::parse_cpu;
pub(super) use heap::parse_heap;
pub(super) use java::parse_java;
pub(super) use jemalloc::parse_jemalloc;
pub(super) use rows::{parse_contention, parse_count};
pub(super) use threads::parse_threads;
