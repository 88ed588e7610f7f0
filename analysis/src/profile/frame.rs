//! What a frame is at a granularity: the key by which stack entries count as the same, interned once.

use rustc_hash::FxHashMap;

/// A row of [`FrameTable`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u32);

impl FrameId {
    /// The row that this id names.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// How much of a stack entry tells it from others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Granularity {
    /// By function name (pprof's default).
    #[default]
    Functions,
    /// By function name and source file.
    FileFunctions,
    /// By source file.
    Files,
    /// By function name, file and line.
    Lines,
    /// By instruction address.
    Addresses,
}

/// The identity of a frame. Fields that the granularity erases are empty or 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Full function name; empty if unsymbolized (or erased).
    pub name: String,
    /// Source file, cleaned (`.`, `//` and `..` resolved).
    pub file: String,
    /// Line in `file`; 0 if unknown or erased.
    pub line: i64,
    /// Column; 0 if unknown or erased.
    pub column: i64,
    /// Instruction address; 0 if unknown or erased.
    pub address: u64,
    /// Path of the binary; only where the name alone does not identify the frame (unsymbolized).
    pub object: String,
}

/// All frames of a query, interned: equal frames have equal ids, in order of first appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameTable {
    frames: Vec<Frame>,
    ids: FxHashMap<Frame, FrameId>,
}

impl FrameTable {
    /// The id of a frame, added if new.
    pub fn intern(&mut self, frame: Frame) -> FrameId {
        if let Some(&id) = self.ids.get(&frame) {
            return id;
        }
        let id = FrameId(u32::try_from(self.frames.len()).expect("fewer than 2^32 frames fit into memory"));
        self.frames.push(frame.clone());
        self.ids.insert(frame, id);
        id
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The frame with this id.
    pub fn frame(&self, id: FrameId) -> &Frame {
        &self.frames[id.index()]
    }

    /// The id of a frame, if a query met it.
    pub fn find(&self, frame: &Frame) -> Option<FrameId> {
        self.ids.get(frame).copied()
    }

    /// All frames with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FrameId, &Frame)> {
        (0u32..).map(FrameId).zip(&self.frames)
    }
}

impl Frame {
    /// The name as pprof prints it: `%016x` address if any, name, `file:line[:column]` or file, joined by
    /// spaces; `[binary]` or `<unknown>` for a frame that has none of these (google/pprof `graph.NodeInfo`).
    pub fn printable_name(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        if self.address != 0 {
            parts.push(format!("{:016x}", self.address));
        }
        if !self.name.is_empty() {
            parts.push(self.name.clone());
        }
        if self.line != 0 {
            let column = if self.column != 0 { format!(":{}", self.column) } else { String::new() };
            parts.push(format!("{}:{}{column}", self.file, self.line));
        } else if !self.file.is_empty() {
            parts.push(self.file.clone());
        } else if !self.name.is_empty() {
            // The name says it all.
        } else if self.object.is_empty() {
            parts.push("<unknown>".to_owned());
        } else {
            let base = self.object.rsplit('/').next().unwrap_or_default();
            parts.push(format!("[{base}]"));
        }
        parts.join(" ")
    }
}
