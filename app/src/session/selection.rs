//! What can be chosen in the window, named by what it is and never by its row: it outlives sorting and filtering.

use goscope_analysis::profile::call_tree::{NodeId, TreeShape};
use goscope_analysis::profile::frame::{Frame, FrameTable};
use serde::{Deserialize, Serialize};

/// The identity of a frame in words, so that it means the same in every profile and every session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FrameKey {
    /// Full function name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Source file, where the granularity tells files apart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Line, where the granularity tells lines apart.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub line: i64,
    /// Column, likewise.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub column: i64,
    /// Instruction address, likewise.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub address: u64,
    /// Binary, for frames without a name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// Line where the function starts, for frames without a name.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub start_line: i64,
}

/// What is not known is not saved.
fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

impl FrameKey {
    /// The key of a frame.
    pub fn of(frame: &Frame) -> Self {
        Self {
            name: frame.name.clone(),
            file: frame.file.clone(),
            line: frame.line,
            column: frame.column,
            address: frame.address,
            object: frame.object.clone(),
            start_line: frame.start_line,
        }
    }

    /// The frame with this key.
    pub fn frame(&self) -> Frame {
        Frame {
            name: self.name.clone(),
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            address: self.address,
            object: self.object.clone(),
            start_line: self.start_line,
        }
    }

    /// What the window calls it.
    pub fn title(&self) -> String {
        self.frame().printable_name()
    }
}

/// One thing that is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Item {
    /// A function (or what the granularity makes of it), wherever it is called.
    Function(FrameKey),
    /// One place in the call tree: the frames from the outermost down to it. Empty stands for everything.
    CallPath(Vec<FrameKey>),
    /// A goroutine of a trace, by its number.
    Goroutine(i64),
    /// A span of a goroutine: its number, and when the span began, in ns since the trace began.
    Span(i64, i64),
    /// A user task of a trace, by its number.
    Task(u64),
    /// A test, by package and name; the package itself if the name is empty.
    Test(String, String),
    /// A benchmark, by name and unit.
    Benchmark(String, String),
}

impl Item {
    /// The goroutine it is about.
    pub const fn goroutine(&self) -> Option<i64> {
        match self {
            Self::Goroutine(goid) | Self::Span(goid, _) => Some(*goid),
            Self::Function(_) | Self::CallPath(_) | Self::Task(_) | Self::Test(..) | Self::Benchmark(..) => {
                None
            }
        }
    }

    /// The frame it is about; `None` for everything.
    pub fn frame(&self) -> Option<&FrameKey> {
        match self {
            Self::Function(frame) => Some(frame),
            Self::CallPath(path) => path.last(),
            Self::Goroutine(_) | Self::Span(..) | Self::Task(_) | Self::Test(..) | Self::Benchmark(..) => {
                None
            }
        }
    }
}

/// The frames from the outermost down to a node.
pub fn path_of(shape: &TreeShape, frames: &FrameTable, node: NodeId) -> Vec<FrameKey> {
    shape.path(node).into_iter().map(|frame| FrameKey::of(frames.frame(frame))).collect()
}

/// The node at the end of a path, or the deepest one on the way there that the tree still has.
pub fn node_of(shape: &TreeShape, frames: &FrameTable, path: &[FrameKey]) -> NodeId {
    let ids: Vec<_> = path.iter().map_while(|key| frames.find(&key.frame())).collect();
    (0..=ids.len()).rev().find_map(|len| shape.find(&ids[..len])).unwrap_or(NodeId::ROOT)
}
