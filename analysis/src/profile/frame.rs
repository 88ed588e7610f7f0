//! What a frame is at a granularity: the key by which stack entries count as the same, interned once.

use std::borrow::Cow;
use std::hash::BuildHasher as _;
use std::sync::{Arc, OnceLock};

use hashbrown::HashTable;
use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

/// Frames that a thread looks for at once.
const FRAMES_AT_ONCE: usize = 1 << 10;

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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Granularity {
    /// By function name (pprof's default).
    #[default]
    Functions,
    /// By function name and source file.
    FileFunctions,
    /// By source file. As in pprof, functions of one file that start at different lines stay apart.
    Files,
    /// By function name, file and line.
    Lines,
    /// By instruction address.
    Addresses,
}

impl Granularity {
    /// All, from the coarsest by name to the finest.
    pub const ALL: [Self; 5] =
        [Self::Functions, Self::FileFunctions, Self::Files, Self::Lines, Self::Addresses];

    /// What makes an entry, in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Functions => "functions",
            Self::FileFunctions => "functions and files",
            Self::Files => "files",
            Self::Lines => "lines",
            Self::Addresses => "addresses",
        }
    }
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
    /// Line where the function starts; like `object` only where there is no name.
    pub start_line: i64,
}

/// All frames of a query, interned: equal frames have equal ids, in order of first appearance.
///
/// Cheap to clone: a tree, a table and a diff of the same stacks share one list.
#[derive(Clone, Debug, Default)]
pub struct FrameTable {
    shared: Arc<Frames>,
}

#[derive(Clone, Debug, Default)]
struct Frames {
    frames: Vec<Frame>,
    /// Rows of `frames` by the hash of the frame.
    rows: HashTable<u32>,
    /// Computed when first asked for.
    ranks: OnceLock<Ranks>,
}

/// The places of frames in the order of their printed names.
#[derive(Clone, Debug, Default)]
struct Ranks {
    /// Frames that print the same share a place.
    by_name: Vec<u32>,
    /// Every frame has a place of its own.
    unique: Vec<u32>,
}

impl PartialEq for FrameTable {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared) || self.shared.frames == other.shared.frames
    }
}

impl Eq for FrameTable {}

/// A frame that is ready to be interned.
#[derive(Clone, Debug)]
pub(crate) struct HashedFrame {
    frame: Frame,
    hash: u64,
}

impl From<Frame> for HashedFrame {
    fn from(frame: Frame) -> Self {
        let hash = hash_of(&frame);
        Self { frame, hash }
    }
}

fn hash_of(frame: &Frame) -> u64 {
    FxBuildHasher.hash_one(frame)
}

impl FrameTable {
    /// The id of a frame, added if new.
    pub fn intern(&mut self, frame: Frame) -> FrameId {
        self.intern_hashed(frame.into())
    }

    /// The same for a frame whose hash is known.
    pub(crate) fn intern_hashed(&mut self, HashedFrame { frame, hash }: HashedFrame) -> FrameId {
        if let Some(id) = self.find_hashed(&frame, hash) {
            return id;
        }
        let Frames { frames, rows, ranks } = Arc::make_mut(&mut self.shared);
        ranks.take();
        let row = u32::try_from(frames.len()).expect("fewer than 2^32 frames fit into memory");
        frames.push(frame);
        rows.insert_unique(hash, row, |&row| hash_of(&frames[row as usize]));
        FrameId(row)
    }

    /// Makes room for more frames.
    pub(crate) fn reserve(&mut self, n_frames: usize) {
        let Frames { frames, rows, .. } = Arc::make_mut(&mut self.shared);
        rows.reserve(n_frames, |&row| hash_of(&frames[row as usize]));
        frames.reserve(n_frames);
    }

    /// The ids of all frames of another table, copies of which are added if they are new. Frames are looked for on all
    /// cores: two profiles of one program have most in common.
    pub(crate) fn intern_all(&mut self, other: &Self) -> Vec<FrameId> {
        if Arc::ptr_eq(&self.shared, &other.shared) {
            return (0u32..).map(FrameId).take(other.len()).collect();
        }
        let find = |frame: &Frame| {
            let hash = hash_of(frame);
            self.find_hashed(frame, hash).ok_or(hash)
        };
        let found: Vec<Result<FrameId, u64>> =
            other.as_slice().par_iter().with_min_len(FRAMES_AT_ONCE).map(find).collect();
        let intern = |(frame, found): (&Frame, Result<FrameId, u64>)| {
            found.unwrap_or_else(|hash| self.intern_hashed(HashedFrame { frame: frame.clone(), hash }))
        };
        other.as_slice().iter().zip(found).map(intern).collect()
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.shared.frames.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shared.frames.is_empty()
    }

    /// The frame with this id.
    pub fn frame(&self, id: FrameId) -> &Frame {
        &self.shared.frames[id.index()]
    }

    /// The id of a frame, if a query met it.
    pub fn find(&self, frame: &Frame) -> Option<FrameId> {
        self.find_hashed(frame, hash_of(frame))
    }

    fn find_hashed(&self, frame: &Frame, hash: u64) -> Option<FrameId> {
        let Frames { frames, rows, .. } = &*self.shared;
        rows.find(hash, |&row| frames[row as usize] == *frame).copied().map(FrameId)
    }

    /// All frames with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FrameId, &Frame)> {
        (0u32..).map(FrameId).zip(&self.shared.frames)
    }

    /// All frames; the index is the id.
    pub(crate) fn as_slice(&self) -> &[Frame] {
        &self.shared.frames
    }

    /// The place of every frame in the order of printed names; frames that print the same share one.
    pub fn name_ranks(&self) -> &[u32] {
        &self.ranks().by_name
    }

    /// The place of every frame in the order of printed names; those that print the same are told apart by the
    /// rest of their identity.
    pub(crate) fn unique_ranks(&self) -> &[u32] {
        &self.ranks().unique
    }

    fn ranks(&self) -> &Ranks {
        self.shared.ranks.get_or_init(|| Ranks::of(&self.shared.frames))
    }
}

impl Ranks {
    fn of(frames: &[Frame]) -> Self {
        let names: Vec<Cow<'_, str>> = frames.par_iter().map(Frame::printed).collect();
        let mut order: Vec<u32> = (0..u32::try_from(frames.len()).expect("frames have u32 ids")).collect();
        order.par_sort_unstable_by(|&a, &b| {
            let (a, b) = (a as usize, b as usize);
            names[a].cmp(&names[b]).then_with(|| frames[a].dump().cmp(&frames[b].dump()))
        });
        let mut ranks = Self { by_name: vec![0; frames.len()], unique: vec![0; frames.len()] };
        let mut rank_of_name = 0;
        for (place, &row) in (0_u32..).zip(&order) {
            let is_same = place > 0 && names[order[place as usize - 1] as usize] == names[row as usize];
            rank_of_name = if is_same { rank_of_name } else { place };
            ranks.by_name[row as usize] = rank_of_name;
            ranks.unique[row as usize] = place;
        }
        ranks
    }
}

impl Frame {
    /// The name as pprof prints it: `%016x` address if any, name, `file:line[:column]` or file, joined by
    /// spaces; `[binary]` or `<unknown>` for a frame that has none of these (google/pprof `graph.NodeInfo`).
    pub fn printable_name(&self) -> String {
        self.printed().into_owned()
    }

    /// The printed name; not copied where it is the name alone.
    pub(crate) fn printed(&self) -> Cow<'_, str> {
        if self.address == 0 && self.line == 0 && self.file.is_empty() && !self.name.is_empty() {
            return Cow::Borrowed(&self.name);
        }
        Cow::Owned(self.name_parts().join(" "))
    }

    /// The parts of the printed name.
    pub(crate) fn name_parts(&self) -> Vec<String> {
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
        parts
    }

    /// All of the identity, in the order in which pprof compares frames that print the same.
    fn dump(&self) -> String {
        let Self { name, file, line, column, address, object, start_line } = self;
        format!("{name}  {address} {file} {start_line} {line} {column} {object}")
    }
}
