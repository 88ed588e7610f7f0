//! A conversation with delve, Go's debugger: goroutines of a program as it runs, variables, one breakpoint.
//!
//! ```text
//! HOST:PORT ──► Connection ──► Session ─┬─ list, find, variables   the program stands still
//! EXE, CORE ──► dlv core ────┘          ├─ wait_for                it runs until a line is reached
//!                                       └─ end, Drop               no breakpoint, running as before, never killed
//! ```
//!
//! The protocol is JSON-RPC 1.0, one object a line, as `dlv --headless --api-version=2` speaks it. What a server sends is
//! believed in nothing but its text: answers are limited in bytes, lists in entries, and every wait has an end.

mod breakpoint;
mod capped;
mod connection;
mod core_file;
mod fault;
mod list;
mod model;
mod session;
mod stacks;
mod variables;
mod wire;

pub use core_file::CoreServer;
pub use fault::DelveFault;
pub use list::ListLimits;
pub use model::{
    Argument, Ended, Frame, FrameVariables, Goroutine, Hit, Leaves, Listing, Server, Variable, VariableKind,
};
pub use session::Session;
