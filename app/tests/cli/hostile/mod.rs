//! Input that was made, or happened, to do harm: for every command that reads a file, the real program ends within seconds,
//! takes no more memory than its limit, and says one sentence with the right exit code.

mod bombs;
mod changing;
mod measured;
mod places;
