//! Go's own profiles out of a trace: `network`, `sync`, `syscall` and `sched`, with the stacks, counts and delays of
//! `go tool trace -pprof=…` (Go 1.27), oddities included.
//!
//! ```text
//! events ─► spans (here): goroutine, from, to, stack ─► tally: which count, how much of them ─► build: pprof
//!                                                       (functions, regions, ranges)
//! ```
//!
//! A fold over the events: it needs little memory and no model. What Go has no profile for (`cpu`, `wall`, `block`)
//! is made from the model, see [`questions::profile`](crate::trace::questions::profile).

mod build;
mod profiler;
mod regions;
mod request;
mod tally;

pub use self::profiler::TraceProfiler;
pub use self::request::{ProfileKind, ProfileRequest};
