//! Names that a program gave: functions, tasks, regions, logs.

use goscope_parsers::printable_cut;

/// The longest name in a table or a line of text; `--json` has it whole.
const MOST_CHARS: usize = 120;

/// A name that does nothing to the terminal or the line it stands in: what would is escaped as `%q` does it, and of
/// a long one the middle is left out.
pub fn name(name: &str) -> String {
    printable_cut(name, MOST_CHARS).into_owned()
}
