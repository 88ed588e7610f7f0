//! Programs as they run, and core files, through the debugger delve: what a name such as `dlv:localhost:4000` stands for,
//! what is asked, and what comes of it.

mod dump;
mod facts;
mod input;
mod take;
mod usual;
mod variables;

pub use facts::{GoroutineVariables, LiveFacts};
pub use input::{LiveInput, breakpoint_name, split_breakpoint};
pub use take::{Asks, LiveFault, LiveWishes, VariableQuestion, take};
pub use usual::{BREAK_COST, COST, cost, stands_still, take_usual};
pub use variables::{VariableLimits, variable_questions};
