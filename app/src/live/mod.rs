//! Programs as they run, and core files, through the debugger delve: what a name such as `dlv:localhost:4000` stands for,
//! what is asked, and what comes of it.

mod dump;
mod facts;
mod input;
mod take;

pub use facts::{GoroutineVariables, LiveFacts};
pub use input::LiveInput;
pub use take::{Asks, LiveFault, LiveWishes, VariableQuestion, take};
