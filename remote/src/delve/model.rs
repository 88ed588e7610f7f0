//! What delve says of a program, without the forms in which it says it.

use std::time::Duration;

/// Who answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// `1.27.2`.
    pub delve_version: String,
    /// `go1.26.8`; empty if it is not known.
    pub go_version: String,
    /// Whether it lives on without its clients (`--accept-multiclient`).
    pub is_multiclient: bool,
    /// Whether it attached to a program that ran before; otherwise it started the program, and would kill it at the end.
    pub is_attached: bool,
    /// Whether the program is a core file.
    pub is_core: bool,
}

/// Goroutines of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In the order of the runtime, without those of the runtime itself.
    pub goroutines: Vec<Goroutine>,
    /// How many of them have their innermost frames only.
    pub n_without_stack: usize,
    /// Whether there are more goroutines than were read.
    pub is_cut: bool,
}

/// A goroutine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goroutine {
    /// Its number.
    pub id: u64,
    /// As the runtime prints it: `chan receive`, `running`.
    pub state: String,
    /// Whether the collector found that nothing can wake it (Go 1.27).
    pub is_leaked: bool,
    /// Minutes since it last ran, at least; 0 says nothing.
    pub minutes: u32,
    /// Keys and values.
    pub labels: Vec<(String, String)>,
    /// Innermost first.
    pub frames: Vec<Frame>,
    /// Whether frames are missing behind the last one.
    pub is_cut: bool,
    /// The `go` statement.
    pub creator: Option<Frame>,
    /// Arguments that are pointers; read where goroutines wait for locks.
    pub arguments: Vec<Argument>,
}

/// A place in the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Frame {
    /// With type arguments in brackets.
    pub function: String,
    /// The file.
    pub file: String,
    /// The line.
    pub line: u32,
}

/// An argument that is a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Of which frame, counted from the innermost.
    pub frame: u16,
    /// Which argument, counted from 0.
    pub position: u16,
    /// The address.
    pub value: u64,
}

/// Variables of a frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrameVariables {
    /// Which frame, counted from the innermost.
    pub frame: usize,
    /// In the order of the declaration.
    pub arguments: Vec<Variable>,
    /// In the order of the declaration.
    pub locals: Vec<Variable>,
    /// Why there are none; empty if that is known.
    pub refusal: String,
}

/// A variable, or a part of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variable {
    /// Its name; empty for elements.
    pub name: String,
    /// Its type as Go writes it.
    pub type_name: String,
    /// What kind of type that is.
    pub kind: VariableKind,
    /// Of a basic type, the value; of a string, its text as far as it was read.
    pub value: String,
    /// How many elements or bytes it has, also those that were not read.
    pub len: u64,
    /// Fields, elements, or keys and values by turns.
    pub children: Vec<Self>,
    /// Why it cannot be read; empty if it can.
    pub unreadable: String,
    /// Whether another variable of the same name hides it.
    pub is_shadowed: bool,
}

/// How a variable is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VariableKind {
    /// A number, a bool, a function, or what is not known.
    #[default]
    Basic,
    /// A string.
    Text,
    /// A pointer with what it points at as its child.
    Pointer,
    /// A struct.
    Struct,
    /// An array or slice.
    List,
    /// A map: keys and values by turns.
    Map,
    /// A channel: the fields of the runtime's `hchan`.
    Channel,
    /// An interface with what it holds.
    Interface,
}

/// A breakpoint that was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hit {
    /// The goroutine.
    pub goroutine: u64,
    /// Where.
    pub place: Frame,
    /// How long it took.
    pub waited: Duration,
}

/// How a conversation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How long the program stood still, all times together.
    pub stood_still: Duration,
    /// How it was left.
    pub leaves: Leaves,
}

/// How the program was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// Running, with dlv still attached: as it was.
    Running,
    /// Running, and dlv has let go of it.
    Detached,
    /// Standing still, as it was found, or because something else stopped it.
    Stopped,
    /// It has ended by itself.
    Exited,
    /// A core file: nothing ran.
    Core,
    /// It is not known; a sentence says what to do.
    Unknown(String),
}
