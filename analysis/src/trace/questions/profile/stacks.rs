//! Stacks of a trace on their way into a profile.

use std::collections::BTreeMap;
use std::ops::Range;

use goscope_parsers::pprof::{Label, Line, LocationId, Profile, ProfileBuilder};
use goscope_parsers::trace::{FrameId, StackId, Time};

use crate::trace::model::TraceModel;
use crate::trace::words::breakdown_key::BreakdownKey;

/// An entry of a stack that is put together.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) enum StackPiece<'p> {
    /// A frame of the trace.
    Frame(FrameId),
    /// Something that is no function, and takes a frame.
    Word(&'p str),
}

/// Stacks of a trace on their way into a profile; a frame becomes one location, once.
pub(in crate::trace) struct Stacks<'m> {
    model: &'m TraceModel,
    builder: ProfileBuilder,
    locations: BTreeMap<FrameId, LocationId>,
    states: BTreeMap<BreakdownKey, (LocationId, Vec<Label>)>,
    words: BTreeMap<String, LocationId>,
    stack: Vec<LocationId>,
}

impl<'m> Stacks<'m> {
    /// Without stacks yet; `types` are those of the values of a stack.
    pub(in crate::trace) fn new(
        model: &'m TraceModel,
        types: [(&str, &str); 2],
        range: &Range<Time>,
    ) -> Self {
        let mut builder = ProfileBuilder::new(&types);
        builder.header().duration_nanos = range.end.saturating_sub(range.start);
        Self {
            model,
            builder,
            locations: BTreeMap::new(),
            states: BTreeMap::new(),
            words: BTreeMap::new(),
            stack: Vec::new(),
        }
    }

    /// The profile.
    pub(in crate::trace) fn finish(self) -> Profile {
        self.builder.finish()
    }

    /// What a sample stands for.
    pub(in crate::trace) fn period(&mut self, (kind, unit): (&str, &str), period: i64) {
        let period_type = self.builder.value_type(kind, unit);
        let header = self.builder.header();
        (header.period_type, header.period) = (Some(period_type), period);
    }

    /// A stack below the frame of its state, if it has one.
    pub(in crate::trace) fn add(&mut self, values: [i64; 2], stack: StackId, state: Option<BreakdownKey>) {
        self.stack.clear();
        for &frame in self.model.tables().stack(stack) {
            let location = self.location(frame);
            self.stack.push(location);
        }
        let mut labels: &[Label] = &[];
        if let Some(key) = state {
            let (location, of_state) = state_of(self.model, &mut self.builder, &mut self.states, key);
            self.stack.push(*location);
            labels = of_state;
        }
        self.builder.sample(&values, &self.stack, labels);
    }

    /// A stack of frames and words, innermost first.
    pub(in crate::trace) fn add_pieces<'p>(
        &mut self,
        values: [i64; 2],
        pieces: impl Iterator<Item = StackPiece<'p>>,
    ) {
        self.stack.clear();
        for piece in pieces {
            let location = match piece {
                StackPiece::Frame(frame) => self.location(frame),
                StackPiece::Word(word) => self.word(word),
            };
            self.stack.push(location);
        }
        self.builder.sample(&values, &self.stack, &[]);
    }

    fn word(&mut self, word: &str) -> LocationId {
        if let Some(&known) = self.words.get(word) {
            return known;
        }
        let function = self.builder.function(word, "", 0);
        let location = self.builder.location(None, 0, &[Line { function, ..Line::default() }]);
        self.words.insert(word.to_owned(), location);
        location
    }

    fn location(&mut self, id: FrameId) -> LocationId {
        if let Some(&known) = self.locations.get(&id) {
            return known;
        }
        let tables = self.model.tables();
        let frame = tables.frame(id);
        let (name, file) = (tables.string_lossy(frame.function), tables.string_lossy(frame.file));
        let function = self.builder.function(&name, &file, 0);
        let line = Line { function, line: frame.line as i64, ..Line::default() };
        let location = self.builder.location(None, frame.pc, &[line]);
        self.locations.insert(id, location);
        location
    }
}

/// The frame that stands for a state and its reason, and the labels that say the same.
fn state_of<'s>(
    model: &TraceModel,
    builder: &mut ProfileBuilder,
    states: &'s mut BTreeMap<BreakdownKey, (LocationId, Vec<Label>)>,
    key: BreakdownKey,
) -> &'s (LocationId, Vec<Label>) {
    states.entry(key).or_insert_with(|| {
        let function = builder.function(&key.text(model.tables()), "", 0);
        let location = builder.location(None, 0, &[Line { function, ..Line::default() }]);
        let reason = model.tables().string_lossy(key.reason);
        let mut labels = vec![builder.string_label("state", key.state.name())];
        labels.extend((!reason.is_empty()).then(|| builder.string_label("reason", &reason)));
        (location, labels)
    })
}
