//! What is undone, and what a session file holds: the tabs, and what each looks at. Plain data; only `update` of the window
//! writes it.
//!
//! ```text
//! Workspace ─ tabs ─ Tab ─ sources   one file, or the runs of base and head of a comparison
//!                        └ lens      sample type, filters, zoom, selection … : what undo brings back
//! ```
//!
//! What the window knows about files (loaded, failed) is not here, and neither is anything that passes (hover,
//! scroll, what a dialog shows).

use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::profile::query::{Filters, Inlines, LabelFilter, StackQuery};
use serde::{Deserialize, Serialize};

pub use super::content_kind::ContentKind;
use super::dump_lens::DumpLens;
use super::layout::Layout;
use super::note::Note;
use super::selection::{FrameKey, Item};
use super::store_lens::StoreLens;
use super::testing_lens::TestingLens;
use super::trace_lens::TraceLens;
use crate::document::Source;
use crate::query::bench_files::is_profile_name;
use crate::query::comparison::{Comparison, Scale, Side};
use crate::query::rows::RowKey;

/// Names a tab while the program runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TabId(pub u32);

/// The tabs of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workspace {
    /// Open tabs, left to right.
    pub tabs: Vec<Tab>,
    /// The tab in front; `None` is the start screen.
    pub active: Option<TabId>,
    /// Counts up; the next tab's id.
    pub next_tab: u32,
    /// Notes on what was shown in tabs that are closed: they come back with it.
    pub closed: Vec<(Content, Vec<Note>)>,
}

/// One tab: what it shows and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Tab {
    /// Its name in commands.
    pub id: TabId,
    /// What it shows.
    pub content: Content,
    /// How it looks at it.
    pub lens: Lens,
    /// Where its views stand; `None` for where those of all tabs of its kind stand.
    pub layout: Option<Layout>,
}

/// What a tab shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// One profile; also a file that has not been looked into yet.
    Profile(Source),
    /// One execution trace.
    Trace(Source),
    /// Profiles of one type on two sides, one or several runs a side.
    Diff(Box<Comparison>),
    /// Results of tests.
    Tests(Source),
    /// What tests covered.
    Coverage(Source),
    /// Benchmarks: of one side, as long as the head has no run, or of two.
    Benchmarks(Box<Comparison>),
    /// Goroutine dumps: one file, or several of one program, whose sides only say which were there first.
    Dumps(Box<Comparison>),
    /// A store of profiles.
    Store(Source),
}

impl Content {
    /// What kind it is.
    pub const fn kind(&self) -> ContentKind {
        match self {
            Self::Profile(_) => ContentKind::Profile,
            Self::Diff(_) => ContentKind::Diff,
            Self::Trace(_) => ContentKind::Trace,
            Self::Tests(_) => ContentKind::Tests,
            Self::Coverage(_) => ContentKind::Coverage,
            Self::Benchmarks(_) => ContentKind::Benchmarks,
            Self::Dumps(_) => ContentKind::Dumps,
            Self::Store(_) => ContentKind::Store,
        }
    }

    /// What a file turned out to be; the same if it is not about this file, or is known to be something else than a profile.
    pub fn known_as(&self, source: &Source, kind: ContentKind) -> Self {
        match (self, kind) {
            (Self::Profile(one), ContentKind::Trace) if one == source => Self::Trace(one.clone()),
            (Self::Profile(one), ContentKind::Tests) if one == source => Self::Tests(one.clone()),
            (Self::Profile(one), ContentKind::Coverage) if one == source => Self::Coverage(one.clone()),
            (Self::Profile(one), ContentKind::Store) if one == source => Self::Store(one.clone()),
            (Self::Profile(one), ContentKind::Benchmarks | ContentKind::Dumps) if one == source => {
                let comparison = Box::new(Comparison { base: vec![one.clone()], ..Comparison::default() });
                match kind {
                    ContentKind::Dumps => Self::Dumps(comparison),
                    _ => Self::Benchmarks(comparison),
                }
            }
            (Self::Diff(comparison), ContentKind::Benchmarks | ContentKind::Dumps)
                if comparison.sources().any(|run| run == source) =>
            {
                match kind {
                    ContentKind::Dumps => Self::Dumps(comparison.clone()),
                    _ => Self::Benchmarks(comparison.clone()),
                }
            }
            _ => self.clone(),
        }
    }

    /// The one file that it shows; `None` of two sides.
    pub fn one(&self) -> Option<&Source> {
        match self {
            Self::Profile(source)
            | Self::Trace(source)
            | Self::Tests(source)
            | Self::Coverage(source)
            | Self::Store(source) => Some(source),
            Self::Benchmarks(comparison) | Self::Dumps(comparison) => {
                match (&*comparison.base, &*comparison.head) {
                    ([one], []) => Some(one),
                    _ => None,
                }
            }
            Self::Diff(_) => None,
        }
    }

    /// The files it needs.
    pub fn sources(&self) -> Vec<&Source> {
        match (self.one(), self) {
            (_, Self::Diff(comparison) | Self::Benchmarks(comparison) | Self::Dumps(comparison)) => {
                comparison.sources().collect()
            }
            (one, _) => one.into_iter().collect(),
        }
    }

    /// Whether a file has the name of a profile: what it holds may not be known yet.
    pub fn has_profiles(&self) -> bool {
        self.sources().iter().any(|source| is_profile_name(&source.name()))
    }

    /// Whether it shows the same: what is in a file is not known before it is loaded.
    pub fn shows_same(&self, other: &Self) -> bool {
        match (self.one(), other.one()) {
            (Some(one), Some(other)) => one == other,
            (None, None) => self.sides() == other.sides(),
            _ => false,
        }
    }

    /// What the tab is called.
    pub fn title(&self) -> String {
        match (self.one(), self.sides()) {
            (None, Some(comparison)) if comparison.head.is_empty() => comparison.title_of(Side::Base),
            (None, Some(comparison)) => {
                format!("{} → {}", comparison.title_of(Side::Base), comparison.title_of(Side::Head))
            }
            (one, _) => one.map(Source::name).unwrap_or_default(),
        }
    }

    /// The runs of its sides, if it has sides; a side of benchmarks may have no run.
    pub fn sides(&self) -> Option<&Comparison> {
        match self {
            Self::Diff(comparison) | Self::Benchmarks(comparison) | Self::Dumps(comparison) => {
                Some(comparison)
            }
            _ => None,
        }
    }

    /// The profiles that are compared, if any are.
    pub fn comparison(&self) -> Option<&Comparison> {
        match self {
            Self::Diff(comparison) => Some(comparison),
            _ => None,
        }
    }
}

/// How a tab looks at its profile. All of it can be undone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lens {
    /// Name of the sample type; `None` for the profile's default.
    pub sample_type: Option<String>,
    /// What makes two stack entries one frame.
    #[serde(alias = "grain")]
    pub granularity: Granularity,
    /// Filters, in the order they were added.
    pub chips: Vec<FilterChip>,
    /// Which part of the flame graph fills the canvas.
    pub zoom: Zoom,
    /// From the callers down, or from the leaves up.
    pub direction: Direction,
    /// The function that stands between its callers and its callees, in place of whole stacks.
    pub around: Option<FrameKey>,
    /// The key of the label whose values are the outermost frames.
    pub group_by: Option<String>,
    /// Which way the boxes grow.
    pub orientation: Orientation,
    /// Whether chains of frames that pass on all they get have a row for each frame, and not one for all.
    pub is_unfolded: bool,
    /// Order of the table.
    pub sort: Sort,
    /// Text that rows of the table must contain.
    pub table_filter: String,
    /// What is chosen.
    pub selection: Option<Item>,
    /// What is searched for.
    pub search: String,
    /// How the sides of a comparison are put on one scale.
    #[serde(alias = "rate")]
    pub scale: Scale,
    /// Which value of a function is compared.
    pub compared: Compared,
    /// What of a trace is looked at.
    pub trace: TraceLens,
    /// What of tests is looked at.
    pub testing: TestingLens,
    /// What of goroutine dumps is looked at.
    pub dump: DumpLens,
    /// What of a store is looked at.
    pub store: StoreLens,
    /// What was written about what is in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

impl Lens {
    /// How a new tab looks.
    pub fn of(kind: ContentKind) -> Self {
        let mut lens = Self::default();
        if kind == ContentKind::Diff {
            lens.sort.column = RowKey::DeltaCum;
        }
        lens
    }

    /// The question to the analysis that this lens asks.
    pub fn stack_query(&self) -> StackQuery {
        StackQuery {
            sample_type: self.sample_type.clone(),
            granularity: self.granularity,
            inlines: Inlines::Show,
            filters: self.filters(),
        }
    }

    /// The chips that are on, as filters. Several of one kind count as "any of them": pprof has one pattern each. Those about
    /// labels each stand for themselves: all that keep must match, and none that drops.
    pub fn filters(&self) -> Filters {
        let of = |kind: FilterKind| {
            let patterns: Vec<&str> = self
                .chips
                .iter()
                .filter(|chip| chip.is_on && chip.kind == kind)
                .map(|chip| chip.pattern.as_str())
                .collect();
            match patterns.as_slice() {
                [] => None,
                [one] => Some((*one).to_owned()),
                many => Some(many.join("|")),
            }
        };
        let labels = self.chips.iter().filter(|chip| chip.is_on).filter_map(FilterChip::label_filter);
        Filters {
            focus: of(FilterKind::Focus),
            ignore: of(FilterKind::Ignore),
            hide: of(FilterKind::Hide),
            show: of(FilterKind::Show),
            show_from: of(FilterKind::ShowFrom),
            prune_from: None,
            tag_focus: None,
            tag_ignore: None,
            labels: labels.collect(),
        }
    }
}

/// One filter, visible as a chip.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FilterChip {
    /// What it does.
    pub kind: FilterKind,
    /// Regular expression over names, or pprof's syntax for labels.
    pub pattern: String,
    /// What the chip says, if the pattern would not read well.
    pub label: Option<String>,
    /// Whether it is in force.
    pub is_on: bool,
}

impl FilterChip {
    /// A filter for exactly one function.
    pub fn of_function(kind: FilterKind, frame: &FrameKey) -> Self {
        let name = if frame.name.is_empty() { &frame.file } else { &frame.name };
        let pattern = format!("^{}$", regex::escape(name));
        Self {
            kind,
            pattern,
            label: Some(goscope_analysis::symbol::short_name(name).into_owned()),
            is_on: true,
        }
    }

    /// A filter as typed.
    pub fn typed(kind: FilterKind, pattern: &str) -> Self {
        Self { kind, pattern: pattern.to_owned(), label: None, is_on: true }
    }

    /// A filter by label; `text` is what the chip says.
    pub fn of_label(filter: LabelFilter, text: String) -> Self {
        let kind = if filter.keeps { FilterKind::TagFocus } else { FilterKind::TagIgnore };
        Self { kind, pattern: filter.text, label: Some(text), is_on: true }
    }

    /// The filter that it is, if it is about labels.
    fn label_filter(&self) -> Option<LabelFilter> {
        let keeps = self.kind == FilterKind::TagFocus;
        self.kind.takes_labels().then(|| LabelFilter { keeps, text: self.pattern.clone() })
    }

    /// A filter as a command line gives it: a pattern for exactly one function has the function's name on the window.
    pub fn given(kind: FilterKind, pattern: &str) -> Self {
        let inner = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$')).unwrap_or_default();
        let name = unescaped(inner);
        let frame = FrameKey { name, ..FrameKey::default() };
        let exact = Self::of_function(kind, &frame);
        if exact.pattern == pattern && !inner.is_empty() { exact } else { Self::typed(kind, pattern) }
    }

    /// What it says on the window.
    pub fn text(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.pattern)
    }
}

/// A text that was escaped as a regular expression.
fn unescaped(pattern: &str) -> String {
    let mut text = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        text.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    text
}

/// What a filter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FilterKind {
    /// Keep samples that pass through it.
    Focus,
    /// Drop samples that pass through it.
    Ignore,
    /// Take the frame out, give its value to the caller.
    Hide,
    /// Keep only such frames.
    Show,
    /// Cut away what is above it.
    ShowFrom,
    /// Keep samples with a label.
    TagFocus,
    /// Drop samples with a label.
    TagIgnore,
}

impl FilterKind {
    /// All kinds, in the order menus list them.
    pub const ALL: [Self; 7] =
        [Self::Focus, Self::Ignore, Self::Hide, Self::Show, Self::ShowFrom, Self::TagFocus, Self::TagIgnore];

    /// pprof's word for it, with a space where pprof has an underscore.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Focus => "focus",
            Self::Ignore => "ignore",
            Self::Hide => "hide",
            Self::Show => "show",
            Self::ShowFrom => "show from",
            Self::TagFocus => "label",
            Self::TagIgnore => "not label",
        }
    }

    /// What it does, in a few words.
    pub const fn tooltip(self) -> &'static str {
        match self {
            Self::Focus => "Keeps samples that pass through a matching function",
            Self::Ignore => "Drops samples that pass through a matching function",
            Self::Hide => "Removes matching functions; their value goes to the caller",
            Self::Show => "Keeps matching functions only",
            Self::ShowFrom => "Removes all frames above a matching function",
            Self::TagFocus => {
                "Keeps samples with a matching label: text, key=text, or a range such as bytes=1kb:4mb"
            }
            Self::TagIgnore => "Drops samples with a matching label",
        }
    }

    /// Whether its pattern is about labels, not names.
    pub const fn takes_labels(self) -> bool {
        matches!(self, Self::TagFocus | Self::TagIgnore)
    }
}

/// Which part of the flame graph fills the canvas: a frame, and a part of its width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zoom {
    /// The frames down to the one that counts as full width; empty for everything.
    pub path: Vec<FrameKey>,
    /// The part of it that is seen, in 0..1 of its width.
    pub range: (f64, f64),
}

impl Default for Zoom {
    fn default() -> Self {
        Self { path: Vec::new(), range: (0.0, 1.0) }
    }
}

impl Zoom {
    /// A frame at full width.
    pub const fn to(path: Vec<FrameKey>) -> Self {
        Self { path, range: (0.0, 1.0) }
    }
}

/// Which way the boxes grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Orientation {
    /// Root on top.
    #[default]
    Icicle,
    /// Root at the bottom.
    Flame,
}

/// Which value of a function is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Compared {
    /// With all that it calls.
    #[default]
    Cum,
    /// Its own alone.
    Flat,
    /// Of own code: its own, and that of the library functions below it.
    Own,
}

impl Compared {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Cum, Self::Flat, Self::Own];

    /// Its name on the window.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Cum => "with callees",
            Self::Flat => "alone",
            Self::Own => "own code",
        }
    }
}

/// Order of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    /// By what.
    pub column: RowKey,
    /// Largest first.
    pub is_descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self { column: RowKey::Flat, is_descending: true }
    }
}

impl Workspace {
    /// The tab in front.
    pub fn active_tab(&self) -> Option<&Tab> {
        self.tab(self.active?)
    }

    /// A tab by name.
    pub fn tab(&self, id: TabId) -> Option<&Tab> {
        self.tabs.iter().find(|tab| tab.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lens_that_an_older_version_saved_is_read() {
        let saved = r#"{"grain":"FileFunctions","direction":"Inverted","rate":"PerSecond","sort":{"column":"DeltaCum",
            "is_descending":false},"trace":{"about":{"Tasks":"catalog"}}}"#;
        let lens: Lens = serde_json::from_str(saved).expect("a lens");
        assert_eq!(lens.granularity, Granularity::FileFunctions);
        assert_eq!((lens.direction, lens.scale), (Direction::Inverted, Scale::PerSecond));
        assert_eq!(lens.sort, Sort { column: RowKey::DeltaCum, is_descending: false });
        assert_eq!(lens.trace.about.text(), "tasks catalog");
    }
}
