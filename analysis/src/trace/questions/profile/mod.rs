//! Flame graphs of a trace, as pprof profiles.

mod from_model;
mod region_time;
mod stacks;

pub use self::from_model::{FlameKind, flame_profile, flame_profile_of};
pub use self::region_time::{check_function, time_in_regions};
pub(in crate::trace) use self::stacks::{StackPiece, Stacks};
