//! Goroutines as a profile: one sample for each stack, its value the number of goroutines, so that all that draws and counts
//! stacks of profiles does so with goroutines.

use std::collections::BTreeMap;

use goscope_parsers::dump::{Dump, FrameId, Goroutine, LabelsId, StackId, StateId, Tables};
use goscope_parsers::pprof::{Label, Line, LocationId, Profile, ProfileBuilder};
use rustc_hash::FxHashMap;

use super::frames::is_parking;

/// What stands outside of the outermost frame of a stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum OuterFrame {
    /// Nothing: stacks as they are.
    #[default]
    None,
    /// The state: `chan receive`.
    State,
    /// The function with the `go` statement: `created by main.serve`.
    Creator,
}

/// The stacks of these rows, without the frames that park and start goroutines, as Go leaves them out of plain dumps. The
/// state is a label beside those of the goroutines.
pub fn stacks_profile(dump: &Dump, tables: &Tables, rows: &[u32], outer: OuterFrame) -> Profile {
    let mut counts: BTreeMap<(StackId, StateId, LabelsId), i64> = BTreeMap::new();
    for &row in rows {
        let Goroutine { stack, state, labels, .. } = dump.goroutines[row as usize];
        *counts.entry((stack, state, labels)).or_insert(0) += 1;
    }
    let mut stacks = Stacks {
        builder: ProfileBuilder::new(&[("goroutines", "count")]),
        tables,
        outer,
        of_frames: FxHashMap::default(),
    };
    for ((stack, state, labels), count) in counts {
        let locations = stacks.stack(stack, state);
        let labels = stacks.labels(state, labels);
        stacks.builder.sample(&[count], &locations, &labels);
    }
    stacks.builder.finish()
}

struct Stacks<'a> {
    builder: ProfileBuilder,
    tables: &'a Tables,
    outer: OuterFrame,
    of_frames: FxHashMap<FrameId, LocationId>,
}

impl Stacks<'_> {
    fn stack(&mut self, stack: StackId, state: StateId) -> Vec<LocationId> {
        let tables = self.tables;
        let stack = tables.stack(stack);
        let is_shown = |frame: &&FrameId| !is_parking(tables.function(**frame));
        let mut shown: Vec<FrameId> = stack.frames.iter().filter(is_shown).copied().collect();
        if shown.is_empty() {
            // A goroutine of the runtime has no other frames.
            shown = stack.frames.to_vec();
        }
        let mut locations: Vec<LocationId> = shown.into_iter().map(|frame| self.frame(frame)).collect();
        match self.outer {
            OuterFrame::None => {}
            OuterFrame::State => {
                let name = state_text(tables, state);
                locations.push(self.mark(&name));
            }
            OuterFrame::Creator => {
                let creator = stack.creator.map(|frame| tables.function(frame));
                let name =
                    creator.map_or("created by (not said)".to_owned(), |name| format!("created by {name}"));
                locations.push(self.mark(&name));
            }
        }
        locations
    }

    fn frame(&mut self, frame: FrameId) -> LocationId {
        let Self { builder, tables, of_frames, .. } = self;
        *of_frames.entry(frame).or_insert_with(|| {
            let function = builder.function(tables.function(frame), tables.file(frame), 0);
            let line = i64::from(tables.frame(frame).line);
            builder.location(None, 0, &[Line { function, line, column: 0 }])
        })
    }

    /// A frame that is none of the program.
    fn mark(&mut self, name: &str) -> LocationId {
        let function = self.builder.function(name, "", 0);
        self.builder.location(None, 0, &[Line { function, line: 0, column: 0 }])
    }

    fn labels(&mut self, state: StateId, labels: LabelsId) -> Vec<Label> {
        let name = state_text(self.tables, state);
        let mut list = Vec::new();
        if !name.is_empty() {
            list.push(self.builder.string_label("state", &name));
        }
        for (key, value) in self.tables.labels(labels) {
            list.push(self.builder.string_label(key, value));
        }
        list
    }
}

/// A state with its flags: `chan send (leaked)`.
fn state_text(tables: &Tables, state: StateId) -> String {
    let state = tables.state(state);
    let mut text = state.name.to_string();
    for (has, word) in [(state.is_leaked, "(leaked)"), (state.is_durable, "(durable)")] {
        if has {
            text = format!("{text} {word}");
        }
    }
    text.trim().to_owned()
}
