//! The critical path of an instance: what its time went to, across the goroutines that it waited for.
//!
//! ```text
//! handler  │ running │ waits for worker ………………………… │ running │        the instance
//! worker             │ running │ waits for lock …… │ running │          only for as long as the handler waited
//! holder                       │ syscall ……………… │                      only for as long as the worker waited
//! path     │ running │ running │ syscall ……………… │ running │ running │  tiles the instance to the nanosecond
//! ```
//!
//! The path is followed from the end backward. Where a goroutine waited and another one woke it, the waker's past is
//! what it waited for, but only since it began to wait; before a goroutine was created, its creator's past is. A lock
//! needs a rule more (`facts/locks.rs`).
//!
//! The definition is that of CRISP (Zhang et al., USENIX ATC 2022), brought from calls to goroutines.

mod behind;
mod running;
mod segment;
#[cfg(test)]
mod tests;
mod waking;
mod walk;

pub use self::segment::{PathClass, PathSegment, StackPart};
pub(super) use self::waking::Waking;
pub(super) use self::walk::{Start, Walker};
pub(super) use crate::trace::facts::LockSites;
