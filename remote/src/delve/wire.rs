//! The forms of delve's interface, version 2 (`service/api/types.go`, `service/rpc2/server.go` of delve 1.27).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::capped::Capped;
use super::model::Frame;

/// What is asked for without parameters.
#[derive(Serialize)]
pub(super) struct Nothing {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Version {
    #[serde(default)]
    pub(super) delve_version: String,
    #[serde(rename = "APIVersion", default)]
    pub(super) api_version: i64,
    #[serde(default)]
    pub(super) backend: String,
    #[serde(default)]
    pub(super) target_go_version: String,
}

#[derive(Deserialize)]
pub(super) struct IsMulticlient {
    #[serde(rename = "IsMulticlient", default)]
    pub(super) is_multiclient: bool,
}

#[derive(Deserialize)]
pub(super) struct IsAttached {
    #[serde(rename = "Answer", default)]
    pub(super) answer: bool,
}

#[derive(Serialize)]
pub(super) struct StateRequest {
    #[serde(rename = "NonBlocking")]
    pub(super) is_non_blocking: bool,
}

/// `continue`, `halt`.
#[derive(Serialize)]
pub(super) struct Command {
    pub(super) name: &'static str,
}

#[derive(Deserialize)]
pub(super) struct StateAnswer {
    #[serde(rename = "State")]
    pub(super) state: State,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct State {
    #[serde(rename = "Running")]
    pub(super) is_running: bool,
    #[serde(rename = "currentThread")]
    pub(super) current_thread: Option<Thread>,
    #[serde(rename = "Threads")]
    pub(super) threads: Capped<Thread, 10_000>,
    #[serde(rename = "exited")]
    pub(super) has_exited: bool,
    #[serde(rename = "exitStatus")]
    pub(super) exit_status: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Thread {
    pub(super) file: String,
    pub(super) line: i64,
    #[serde(rename = "goroutineID")]
    pub(super) goroutine: i64,
    #[serde(rename = "breakPoint")]
    pub(super) breakpoint: Option<Breakpoint>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Breakpoint {
    pub(super) name: String,
    pub(super) addr: u64,
    pub(super) addrs: Option<Vec<u64>>,
    #[serde(rename = "addrpid")]
    pub(super) pids: Option<Vec<i64>>,
}

#[derive(Serialize)]
pub(super) struct CreateBreakpoint {
    #[serde(rename = "Breakpoint")]
    pub(super) breakpoint: Breakpoint,
}

#[derive(Serialize)]
pub(super) struct ClearBreakpoint<'a> {
    #[serde(rename = "Name")]
    pub(super) name: &'a str,
}

/// An answer of which nothing is wanted.
#[derive(Deserialize)]
pub(super) struct Ignored {}

#[derive(Serialize)]
pub(super) struct Detach {
    #[serde(rename = "Kill")]
    pub(super) kills: bool,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct Scope {
    #[serde(rename = "GoroutineID")]
    pub(super) goroutine: i64,
    #[serde(rename = "Frame")]
    pub(super) frame: usize,
}

impl Scope {
    /// Where nothing but the program itself is meant.
    pub(super) const ANY: Self = Self { goroutine: -1, frame: 0 };
}

#[derive(Serialize)]
pub(super) struct FindLocation<'a> {
    #[serde(rename = "Scope")]
    pub(super) scope: Scope,
    #[serde(rename = "Loc")]
    pub(super) location: &'a str,
}

#[derive(Deserialize)]
pub(super) struct FoundLocations {
    #[serde(rename = "Locations", default)]
    pub(super) locations: Capped<Location, 100>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Location {
    pub(super) pc: u64,
    pub(super) file: String,
    pub(super) line: i64,
    pub(super) function: Option<Function>,
    pub(super) pcs: Option<Vec<u64>>,
    #[serde(rename = "pcpids")]
    pub(super) pids: Option<Vec<i64>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Function {
    pub(super) name: String,
}

impl Location {
    pub(super) fn name(&self) -> &str {
        self.function.as_ref().map_or("", |function| &function.name)
    }

    pub(super) fn frame(&self) -> Frame {
        let name = if self.name().is_empty() { "?" } else { self.name() };
        let (line, file) = (u32::try_from(self.line).unwrap_or(0), self.file.clone());
        Frame { function: name.to_owned(), file, line }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListGoroutines {
    pub(super) start: i64,
    pub(super) count: i64,
    pub(super) filters: [Filter; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    kind: u8,
    negated: bool,
    arg: &'static str,
}

impl Filter {
    /// Not those of the runtime.
    pub(super) const USER: Self = Self { kind: 7, negated: false, arg: "" };
    /// All: none has this label. Labels are read, and part of the answer, only where a filter asks for one.
    pub(super) const READS_LABELS: Self = Self { kind: 5, negated: true, arg: "\u{1}" };
}

#[derive(Deserialize)]
pub(super) struct Goroutines {
    #[serde(rename = "Goroutines", default)]
    pub(super) goroutines: Capped<WireGoroutine, 1000>,
    /// Where the next page begins; -1 behind the last one.
    #[serde(rename = "Nextg", default)]
    pub(super) next: i64,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct WireGoroutine {
    pub(super) id: i64,
    pub(super) current_loc: Location,
    pub(super) user_current_loc: Location,
    pub(super) go_statement_loc: Location,
    pub(super) status: u64,
    pub(super) wait_since: i64,
    pub(super) wait_reason: i64,
    pub(super) labels: Option<BTreeMap<String, String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Stacktrace {
    pub(super) id: i64,
    pub(super) depth: u32,
    pub(super) full: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cfg: Option<LoadConfig>,
}

/// How much of a variable is read.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LoadConfig {
    pub(super) follow_pointers: bool,
    pub(super) max_variable_recurse: u32,
    pub(super) max_string_len: u32,
    pub(super) max_array_values: u32,
    pub(super) max_struct_fields: i32,
}

impl LoadConfig {
    /// Values of pointers, and nothing behind them.
    pub(super) const ADDRESSES: Self = Self {
        follow_pointers: false,
        max_variable_recurse: 0,
        max_string_len: 0,
        max_array_values: 0,
        max_struct_fields: 0,
    };
    /// What fits on a few lines.
    pub(super) const SHORT: Self = Self {
        follow_pointers: true,
        max_variable_recurse: 1,
        max_string_len: 200,
        max_array_values: 16,
        max_struct_fields: -1,
    };
}

#[derive(Deserialize)]
pub(super) struct Stack {
    #[serde(rename = "Locations", default)]
    pub(super) locations: Capped<StackFrame, 1000>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct StackFrame {
    #[serde(flatten)]
    pub(super) location: FlatLocation,
    #[serde(rename = "Bottom")]
    pub(super) is_bottom: bool,
    #[serde(rename = "Arguments")]
    pub(super) arguments: Capped<WireVariable, 256>,
}

/// What a stack needs of a location.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct FlatLocation {
    pub(super) file: String,
    pub(super) line: i64,
    pub(super) function: Option<Function>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InScope {
    pub(super) scope: Scope,
    pub(super) cfg: LoadConfig,
}

#[derive(Deserialize)]
pub(super) struct Arguments {
    #[serde(rename = "Args", default)]
    pub(super) variables: Capped<WireVariable, 256>,
}

#[derive(Deserialize)]
pub(super) struct Locals {
    #[serde(rename = "Variables", default)]
    pub(super) variables: Capped<WireVariable, 256>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Eval<'a> {
    pub(super) scope: Scope,
    pub(super) expr: &'a str,
    pub(super) cfg: LoadConfig,
}

#[derive(Deserialize)]
pub(super) struct Evaluated {
    #[serde(rename = "Variable", default)]
    pub(super) variable: WireVariable,
}

/// A variable.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireVariable {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) type_name: String,
    pub(super) flags: u32,
    pub(super) kind: u32,
    pub(super) value: String,
    pub(super) len: i64,
    pub(super) children: Capped<Self, 256>,
    pub(super) unreadable: String,
}
