//! Output of `go test -bench` in the Go benchmark data format (golang.org/design/14313), line by line.
//!
//! ```text
//! goos: linux                                   a key and its value, until the value changes or the file ends
//! Unit B/op better=lower                        what is known of a unit
//! BenchmarkEncode/json-8  1000  52.1 ns/op      a result: name, iterations, values with units
//! --- BENCH: BenchmarkEncode-8                  all else says nothing
//! ```
//!
//! The rules are those of golang.org/x/perf/benchfmt at v0.0.0-20260908200009, byte for byte: benchmark names and keys
//! may be any bytes.

mod fields;
mod line;
mod name;
mod number;
mod output;
mod unit;

pub use line::{BenchLine, BenchResult, LineProblem, Measurement, UnitLine, read_line};
pub use name::BenchName;
pub use number::{NumberError, parse_go_float};
pub use output::{BenchOutput, Config, OutputProblem, OutputResult, ProblemKind, decoded, read_output};
pub use unit::{Tidied, UnitClass, tidy};
