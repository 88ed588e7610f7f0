//! Everything the user can ask for, as data. Views and panels send commands; nothing else changes anything.
//!
//! Those that need no further word are in [`LISTED`](super::command_list::LISTED), with names and keys.

use std::cell::RefCell;
use std::path::PathBuf;

use super::layout::Layout;
use super::preferences::ThemeChoice;
use super::selection::{FrameKey, Item};
use super::view_id::ViewId;
use super::widgets::table_export::TableWish;
use super::workspace::{Compared, ContentKind, FilterChip, FilterKind, Orientation, Sort, TabId, Zoom};
use crate::capture::wish::Wish;
use crate::document::Source;
use crate::query::comparison::{Comparison, Scale, Side};
use crate::query::goroutines::group_rows::GroupSort;
use crate::query::testing::bench_rows::BenchSort;
use crate::query::testing::code::CodePlace;
use crate::query::testing::coverage_rows::CoverageSort;
use crate::query::testing::test_rows::{TestList, TestSort};
use crate::query::trace::answers::kind::AnswerKind;
use crate::query::trace::answers::path::PathChoice;
use crate::query::trace::answers::slowest::CauseChoice;
use crate::query::trace::heat::HeatOf;
use crate::query::trace::mmu::MmuOptions;
use crate::query::trace::selection::{Flame, LaneKind, LaneOrder, Only, StateChoice, TimeRange};
use crate::query::trace::table_columns::{TableSort, TraceTable};
use crate::session::look::Look;
use crate::session::note::{Note, NoteOn};
use crate::session::saved::SavedSession;
use crate::source::editor::Editor;
use goscope_analysis::dump::{Grouping, OuterFrame};
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::trace::instances::InstanceKind;
use goscope_analysis::trace::questions::lane_groups::LaneName;

/// Something the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Asks for files with the system's dialog.
    Open,
    /// Asks what to capture from a running program.
    AskCapture,
    /// Captures from a running program.
    StartCapture(Box<Wish>),
    /// Ends the capture that is running.
    StopCapture,
    /// Captures again what the file in front holds, and compares both.
    CaptureAgain,
    /// Asks which debugger is to wait for a goroutine at this line or function; empty where it is to be typed.
    AskBreak(String),
    /// Waits for a goroutine at the line of a program in a debugger that this is the name of, in a tab.
    BreakAt(Source),
    /// Opens a file or sample in a new tab, or brings its tab to the front.
    OpenSource(Source),
    /// Compares two files in a new tab.
    Compare(Source, Source),
    /// Compares the runs of two sides in a new tab.
    CompareRuns(Box<Opening>),
    /// Asks for runs of a side with the system's dialog.
    PickRuns(Side),
    /// Adds runs to a side of the comparison in front.
    AddRuns(Side, Vec<Source>),
    /// Takes a run out of a side of the comparison in front.
    RemoveRun(Side, Source),
    /// Copies the command line that asks what the comparison in front shows, or opens the window as the tab in front is.
    CopyCommandLine,
    /// Copies the command line that opens the window as the tab in front is, with this view where it is seen.
    CopyWindowCommand(Option<ViewId>),
    /// Opens the files that a text names.
    Paste(String),
    /// Saves the session where it was saved before; asks where, if it was not.
    SaveSession,
    /// Asks where, and saves the session there.
    SaveSessionAs,
    /// Saves the session in this file.
    SaveSessionTo(PathBuf),
    /// Opens the tabs of a session.
    OpenSession(Box<SavedSession>),
    /// Looks at the tab in front so.
    Look(Box<Look>),
    /// Writes a note about something; `None` for what is chosen.
    EditNote(Option<NoteOn>),
    /// Keeps a note.
    SetNote(Note),
    /// Throws a note away.
    RemoveNote(NoteOn),
    /// Opens the list of notes.
    ShowNotes,
    /// Chooses a file to compare the one in front with.
    CompareWith,
    /// Exchanges base and head.
    SwapSides,
    /// Reads the files of the tab in front again.
    Reload,
    /// Brings a tab to the front.
    ShowTab(TabId),
    /// Shows the start screen.
    ShowStart,
    /// The next tab to the right.
    NextTab,
    /// The next tab to the left.
    PreviousTab,
    /// Closes a tab.
    CloseTab(TabId),
    /// Closes the tab in front.
    CloseActiveTab,
    /// Stops what is being loaded for a file.
    CancelLoad(Source),
    /// Ends the program.
    Quit,

    /// One step back.
    Undo,
    /// One step forward again.
    Redo,
    /// Changes the zoom at once, as one step.
    ZoomTo(Zoom),
    /// Changes the zoom a little, as part of a gesture.
    ZoomSmoothly(Zoom),
    /// Shows everything.
    ResetZoom,
    /// Moves in the flame graph.
    Move(Motion),
    /// Chooses something.
    Select(Item),
    /// Chooses a place and zooms to it, as one step.
    SelectAndZoom(Item, Zoom),
    /// Leaves what is under way: a search, then the selection.
    Escape,

    /// Puts the caret into the search field.
    FindText,
    /// Searches for this.
    Search(String),
    /// Adds a filter.
    AddChip(FilterChip),
    /// Adds a filter for what is chosen.
    FilterSelection(FilterKind),
    /// Keeps samples with a label, in place of another value of its key.
    KeepLabel(FilterChip),
    /// Makes the values of a label the outermost frames; `None` for stacks as they are.
    GroupBy(Option<String>),
    /// Switches the filter with this index on or off.
    ToggleChip(usize),
    /// Removes the filter with this index.
    RemoveChip(usize),
    /// Removes all filters.
    ClearChips,
    /// Rows of the table must contain this.
    FilterTable(String),
    /// Orders the table.
    SortTable(Sort),

    /// Shows another sample type.
    ChooseSampleType(String),
    /// The next sample type.
    NextSampleType,
    /// Another granularity.
    ChooseGranularity(Granularity),
    /// Callers or leaves at the root.
    ChooseDirection(Direction),
    /// The other direction.
    ToggleDirection,
    /// A function between its callers and its callees; `None` for whole stacks.
    ShowAround(Option<FrameKey>),
    /// The chosen function between its callers and its callees, or whole stacks again.
    ToggleAround,
    /// Root on top or at the bottom.
    ChooseOrientation(Orientation),
    /// The other orientation.
    ToggleOrientation,
    /// Chains of frames that pass on all they get as one row, or a row for each frame.
    ToggleFolding,
    /// How the sides of a comparison are put on one scale.
    ChooseScale(Scale),
    /// Which value of a function is compared.
    ChooseCompared(Compared),

    /// Shows this stretch of a trace, as one step; `None` for all of it.
    ShowTime(Option<TimeRange>),
    /// Shows this stretch of a trace, as part of a gesture.
    ShowTimeSmoothly(TimeRange),
    /// Restricts all panels of a trace to some goroutines.
    ShowOnly(Option<Only>),
    /// What flame graph and breakdown are about.
    ChooseAbout(InstanceKind),
    /// Only what took so long, from and to in ns; `None` for any length.
    ChooseLength(Option<(u64, u64)>),
    /// Lists the spans of a row of the breakdown; `None` lists the slowest instances.
    ChooseBreakdownRow(Option<StateChoice>),
    /// Chooses a span and shows this stretch of time, as one step.
    FlyTo(Flight),
    /// Shows an instance, with its critical path above the lanes.
    FollowPath(PathChoice, Flight),
    /// Puts the critical path away.
    LeavePath,
    /// Shows the answer of this name in the band over a trace.
    ShowHeadline(String),
    /// Shows the view of an answer.
    ChooseAnswer(AnswerKind),
    /// The part of the time of slow instances that is looked at.
    ChooseCause(Option<CauseChoice>),
    /// To the other end of the chosen span: who unblocked it.
    JumpToUnblocker,
    /// Other lanes.
    ChooseLanes(LaneKind),
    /// Another order of lanes.
    OrderLanes(LaneOrder),
    /// What lanes are looked for.
    FilterLanes(String),
    /// Dims the lanes that do not fit the filter instead of leaving them out, or the other way around.
    ToggleLaneHighlight,
    /// Shows GC cycles and stop-the-world pauses across all lanes, or hides them.
    ToggleGcOverlay,
    /// Shows the lanes of a group.
    OpenGroup(String),
    /// Hides the lanes of a group.
    CloseGroup(String),
    /// Shows what is in a lane below it, or hides it.
    ToggleLane(LaneName),
    /// Leaves goroutines that did next to nothing out of flame graph and breakdown of a trace, or shows them.
    ToggleIdle,
    /// What the flame graph of a trace counts.
    ChooseFlame(Flame),
    /// What the heat map of a trace counts.
    ChooseHeat(HeatOf),
    /// Orders a table of a trace.
    SortTraceTable(TraceTable, TableSort),
    /// What counts as taken from the program by the garbage collector.
    ChooseMmu(MmuOptions),
    /// Opens a part of a tree of results, or closes it.
    TurnPart(String),
    /// Which tests are listed.
    ChooseTests(TestList),
    /// Orders the tests.
    SortTests(TestSort),
    /// Orders the tree of coverage.
    SortCoverage(CoverageSort),
    /// Whether generated files do not count.
    DropGenerated(bool),
    /// Orders benchmarks.
    SortBenchmarks(BenchSort),
    /// The only unit of benchmarks that is shown; `None` for all.
    ChooseUnit(Option<String>),
    /// Compares the work tree with this commit, branch or tag.
    ChooseReference(String),
    /// Shows the functions of the chosen benchmark.
    ExplainBenchmarks,
    /// Shows a line of source.
    ShowPlace(CodePlace),
    /// What makes goroutines of a dump equal.
    ChooseGrouping(Grouping),
    /// Which dump of a text is shown, counted from 1; `None` for the last one.
    ChooseDump(Option<usize>),
    /// Orders the groups of a dump.
    SortGroups(GroupSort),
    /// What stands outside of the outermost frames of the flame graph of a dump.
    ChooseOuterFrame(OuterFrame),
    /// Keeps goroutines in this state, beside those in others that are kept.
    KeepState(String),
    /// Keeps them no more.
    DropState(String),
    /// Keeps goroutines that have not run for so many minutes, at least; 0 for all.
    KeepWaiting(u32),
    /// Draws the locks of a dump as a graph, or lists them.
    DrawLocks(bool),
    /// Chooses a goroutine of a dump, with all that are equal; of several dumps that are compared, in this one.
    SelectGoroutine(i64, Option<usize>),

    /// Which profiles of a store are looked at; `None` for the service and kind that it has most of.
    ChooseProfiles(Option<String>),
    /// A time of a store to compare with, or to compare.
    DrawTime(TimeRange),
    /// Forgets the time of a side.
    ForgetTime(Side),

    /// A file was loaded, and this is what it holds.
    Loaded(Source, ContentKind),

    /// Light, dark or as the system says.
    ChooseTheme(ThemeChoice),
    /// Light if it is dark now, else dark.
    ToggleTheme,
    /// Has things move, or appear where they belong.
    ToggleMotion,
    /// Hides a view, or brings it back.
    ToggleView(ViewId),
    /// Brings a view to where it is seen.
    ShowView(ViewId),
    /// Shows or hides the table under the flame graph.
    ToggleTable,
    /// Has the views of one kind of tab stand like this.
    Arrange(ContentKind, Layout),
    /// Puts the views of the tab in front back in their places.
    ResetLayout,
    /// Shows the list of problems.
    ShowProblems,
    /// Shows or hides the list of problems.
    ToggleProblems,
    /// Dismisses one problem.
    DismissProblem(usize),
    /// Opens the list of all commands.
    ShowCommandPalette,
    /// Opens the list of files.
    ShowFilePalette,
    /// Asks for a store of profiles: a folder or a database.
    OpenStore,
    /// Chooses the folder of a store with the system's dialog.
    PickStore,
    /// Opens the list of keys.
    ShowKeySheet,

    /// Opens a file at a line in the user's editor.
    OpenInEditor(PathBuf, i64),
    /// What source opens in.
    ChooseEditor(Editor),

    /// Copies the name of the selected frame.
    CopyName,
    /// Copies the whole stack of what is chosen.
    CopyStack,
    /// Copies this text.
    CopyText(String),
    /// Writes something for use elsewhere.
    Export(Export),
}

/// What can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// The flame graph in front, as SVG.
    FlameGraph,
    /// A picture of a view that is shown, or of the window, as PNG.
    Picture(Option<ViewId>),
    /// The first table that is shown.
    Table(TableWish),
    /// The time that is shown of a trace, as a trace.
    Range,
}

impl Command {
    /// A filter for exactly one function.
    pub fn filter_function(kind: FilterKind, frame: &FrameKey) -> Self {
        Self::AddChip(FilterChip::of_function(kind, frame))
    }
}

/// What some commands need to know beyond workspace and preferences.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Sample types of the tab in front.
    pub sample_types: Vec<String>,
    /// The sample type it shows.
    pub shown_sample_type: Option<String>,
    /// How long the trace in front is.
    pub trace_nanos: Option<i64>,
    /// Whether the window is dark now.
    pub is_dark: bool,
}

impl Facts {
    /// What a trace is narrowed to by this range of time: nothing, if that is all of it.
    pub fn narrowed_to(&self, range: TimeRange) -> Option<TimeRange> {
        let is_whole = |whole| range.start_nanos <= 0 && range.end_nanos >= whole;
        (!self.trace_nanos.is_some_and(is_whole)).then_some(range)
    }
}

/// A comparison, and how it is looked at first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opening {
    /// What is compared.
    pub comparison: Comparison,
    /// How its sides are put on one scale.
    pub scale: Scale,
    /// Name of the sample type; `None` for the profiles' own choice.
    pub sample_type: Option<String>,
}

/// Something to be shown, wherever it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// What is chosen at the end.
    pub item: Item,
    /// The time that is seen then.
    pub range: TimeRange,
    /// The group of lanes that must be open for it.
    pub group: Option<String>,
}

/// A step in the flame graph; the view knows the tree and turns it into a zoom or a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Closer.
    ZoomIn,
    /// Farther.
    ZoomOut,
    /// To the left.
    PanLeft,
    /// To the right.
    PanRight,
    /// The chosen box at full width.
    FitSelection,
    /// To the caller of the chosen box.
    SelectParent,
    /// To the widest callee of the chosen box.
    SelectChild,
    /// To the box left of the chosen one.
    SelectLeft,
    /// To the box right of the chosen one.
    SelectRight,
    /// To the next box that the search found.
    NextMatch,
    /// To the previous box the search found.
    PreviousMatch,
    /// To the span that unblocked the chosen one.
    ToUnblocker,
    /// Unfolds or folds the lane under the pointer, or else that of what is chosen.
    ToggleLane,
}

impl Motion {
    /// Whether it moves in time: in a trace that is for the lanes, and the flame graph takes the others.
    pub const fn is_about_time(self) -> bool {
        matches!(
            self,
            Self::ZoomIn
                | Self::ZoomOut
                | Self::PanLeft
                | Self::PanRight
                | Self::FitSelection
                | Self::ToUnblocker
                | Self::ToggleLane
        )
    }
}

/// Collects the commands of a frame; they run at the start of the next one.
#[derive(Debug, Default)]
pub struct CommandSender(RefCell<Vec<Command>>);

impl CommandSender {
    /// Asks for something.
    pub fn send(&self, command: Command) {
        self.0.borrow_mut().push(command);
    }

    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Takes what was asked for, in order.
    pub fn take(&self) -> Vec<Command> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}
