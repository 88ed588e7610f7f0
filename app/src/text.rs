//! Numbers and moments as people read them, for both faces: the only formatters of the program beside pprof's own
//! rules in `goscope_analysis::value`.
//!
//! | | in prose and on the window | in columns that align |
//! |---|---|---|
//! | duration | [`duration`]: `18.2 ms` | [`column::duration`]: `18.24ms`, as pprof |
//! | moment | [`moment`]: `1.204 s`, as exact as needed | [`column::moment`]: `1.204310s` |
//! | share | [`share`], [`percent`]: `12.3%`; [`fine_percent`]: `0.12%` | [`column::percent`]: `12.3%`, `-` for a part of nothing |
//! | change | [`change`]: `+12.3%`, `×9.6`, `new`, `gone` | [`column::change`]: `+860.0%` |
//! | count | [`count`]: `1,234,567`; [`short_count`]: `1.23M`; [`counted`]: `2,615 tasks` | digits alone; [`column::counted`]: `2615 tasks` |
//! | bytes | [`bytes`]: `1.50 MB` | [`column::bytes`]: `1.50MB`, as pprof |
//! | value of a profile | [`ValueText`]: `1.20 s`, in a column of the window `0.62 s` | pprof's own: `goscope_analysis::value` |
//! | name | [`name`]: `a\x1b[31m` | the same; a [`Table`] does it to all cells |
//! | word for a shell | [`shell_word`]: `'it'\''s'` | |

pub mod column;
mod name;
mod number;
mod shell;
mod table;
mod time;
mod value;

pub use self::name::name;
pub use self::number::{bytes, change, count, counted, fine_percent, fraction, percent, share, short_count};
pub use self::shell::shell_word;
pub use self::table::Table;
pub use self::time::{clock, duration, moment, utc};
pub use self::value::ValueText;
