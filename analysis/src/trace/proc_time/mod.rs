//! What runnable goroutines waited for: the time of a trace by what its Ps did, summed up ahead of every question.
//!
//! ```text
//! world stopped                        ████
//! silent gap                                                  ████████████
//! busy Ps        2 ────┐     ┌──────────────────┐      ┌────────────────────┐
//!    of 2        1     └─────┘                  └──────┘                    └───
//! kind           starved│wake-up│starved│ stw │st│wake-up│st│ throttled  │st│wake-up
//! ```
//!
//! Each moment has one kind, the first that fits: *throttled* while the process as a whole makes no event though
//! something runs, *stw* while the world is stopped, *starved* while no P is left for one more goroutine, and
//! *wake-up* while one is. So the time of a runnable goroutine is split by what was in its way, exactly, by the
//! difference of two sums.
//!
//! ```text
//! index     ProcTime: three sets of time, and what is left                        split(range)
//! sweep     windows side by side: counts of busy Ps ─► sets                       one window for each block
//! changes   who takes a P or leaves it, of a block      silence   where no event is     stops   STW, as a set
//! time_set  ranges of time in some four bytes each, with running sums          radix   sorts changes by time
//! ```

mod changes;
mod index;
mod radix;
mod silence;
mod stops;
mod sweep;
mod time_set;

pub(crate) use self::index::{Contention, RecentRange};
pub use self::index::{ProcTime, ReadyTime};
pub use self::silence::SilentGap;
pub(crate) use self::stops::stops;
