//! The questions about goroutine dumps: what stands out, groups, the chosen one, locks, a flame graph. All are made from one
//! answer, the one that the command line prints.
//!
//! ```text
//! DumpsAnswerQuery ─┬─► ToldQuery          sentences with links
//!                   ├─► GroupRowsQuery     the table
//!                   ├─► LocksQuery ──────┬► GroupFactsQuery
//!                   └────────────────────┘
//!                   ├─► LockGraphQuery     who waits for whom, drawn
//!                   └─► DumpFlameQuery     a profile, for everything that shows stacks
//! ```

pub mod answer;
pub mod chosen;
pub mod flame;
pub mod function_groups;
pub mod group_facts;
pub mod group_rows;
pub mod in_trace;
pub mod lock_graph;
pub mod locks;
mod names;
pub mod state_class;
pub mod told;
pub mod trace_times;
