//! The only writer of workspace and preferences: one command in, these changed, effects out.
//!
//! Pure but for the histories it keeps: effects (dialogs, loading, the clipboard) are returned and carried out
//! by the app, so that all of this can be tested without a window. Each tab has its own undo history over its
//! lens: a command is one step, a gesture (wheel, typing) becomes one step when it has settled.

mod dumps;
mod notes;
mod sessions;
mod sides;
mod stores;
mod testing;

use std::collections::BTreeMap;
use std::path::PathBuf;

use eframe::egui::util::undoer::{Settings, Undoer};

use super::command::{Command, Export, Facts, Motion};
use super::layout::Layout;
use super::lens_changes::{
    add_chip, choose_about, choose_compared, clear_filters, close_group, escape, filter_selection, fly_to,
    follow_path, next_sample_type, open_group, opposite_theme, remove_chip, select_and_zoom, show_all,
    sort_trace_table, toggle_chip, toggle_gc_overlay, toggle_lane, toggle_lane_highlight,
};
use super::lens_reading::{choose, read_otherwise, stack_titles};
use super::preferences::Preferences;
use super::selection::{FrameKey, Item};
use super::view_id::ViewId;
use super::workspace::{Content, ContentKind, Lens, Tab, TabId, Workspace, Zoom};
use crate::capture::wish::Wish;
use crate::document::Source;
use crate::query::comparison::Side;
use crate::query::trace::answers::kind::AnswerKind;
use crate::session::note::{Note, NoteOn, set_note};
use crate::session::saved::SavedSession;
use crate::source::editor::Editor;

/// How long a gesture must rest to count as one step of undo.
const SETTLED_SECONDS: f32 = 0.4;

/// What a command wants done outside of the workspace.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask for files: to open them, or for a side of the comparison in front.
    PickFiles(Option<Side>),
    /// Lets the user choose the folder of a store.
    PickStore,
    /// Ask what to capture.
    AskCapture,
    /// Capture.
    StartCapture(Box<Wish>),
    /// Capture again what a file holds.
    CaptureAgain(Source),
    /// End the capture.
    StopCapture,
    /// Ask which debugger is to wait at this line or function.
    AskBreak(String),
    /// Load a file that a tab needs.
    Load(Source),
    /// Load it again, whatever is known of it.
    Reload(Source),
    /// Stop loading it.
    CancelLoad(Source),
    /// Open a dialog of the window.
    Show(Dialog),
    /// Put the caret into the search field.
    FocusSearch,
    /// Move in the flame graph.
    Move(Motion),
    /// Put text on the clipboard.
    Copy(String),
    /// Open the files that a text names.
    Paste(String),
    /// Save the session: here, or where it was saved before; `None` asks.
    SaveSession(SaveTo),
    /// Open the session in a file.
    ReadSession(PathBuf),
    /// Have a note written about something; with what was written before.
    EditNote(NoteOn, Option<Note>),
    /// What is known of the files of a session that was opened.
    ExpectFiles(Box<SavedSession>),
    /// Write something for use elsewhere.
    Export(Export),
    /// Open a file at a line in an editor.
    Edit(Editor, PathBuf, i64),
    /// Dismiss a problem.
    DismissProblem(usize),
    /// End the program.
    Quit,
}

/// Where a session is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveTo {
    /// Where it was saved before.
    Same,
    /// Where the user says.
    Asked,
    /// In this file.
    File(PathBuf),
}

/// The dialogs of the window; at most one is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// All commands by name.
    Commands,
    /// All files by name.
    Files,
    /// Stores of profiles by name.
    Store,
    /// Files to compare the one in front with.
    CompareWith,
    /// A file to add to a side of the comparison in front.
    AddRuns(Side),
    /// Where to save the session.
    SaveSession,
    /// All notes on what is in front.
    Notes,
    /// All keys.
    Keys,
}

/// The workspace and how it got there.
#[derive(Debug, Default)]
pub struct Session {
    workspace: Workspace,
    preferences: Preferences,
    histories: BTreeMap<TabId, Undoer<Lens>>,
    /// The function that was chosen last, in whichever tab.
    chosen_function: Option<FrameKey>,
    /// When [`Self::settle`] was last called.
    time_seconds: f64,
}

impl Session {
    /// A session with nothing open.
    pub fn new(preferences: Preferences) -> Self {
        Self { preferences, ..Self::default() }
    }

    /// What it is now.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// What the user has chosen for this session and those to come.
    pub fn preferences(&self) -> &Preferences {
        &self.preferences
    }

    /// Whether the tab in front can go back, and forward.
    pub fn can_undo_redo(&self) -> (bool, bool) {
        let Some(tab) = self.workspace.active_tab() else { return (false, false) };
        let history = self.histories.get(&tab.id);
        (
            history.is_some_and(|history| history.has_undo(&tab.lens)),
            history.is_some_and(|history| history.has_redo(&tab.lens)),
        )
    }

    /// Lets gestures settle into steps; called once a frame.
    pub fn settle(&mut self, time_seconds: f64) {
        self.time_seconds = time_seconds;
        if let Some(tab) = self.workspace.active.and_then(|id| self.workspace.tab(id)) {
            self.histories.entry(tab.id).or_insert_with(new_history).feed_state(time_seconds, &tab.lens);
        }
    }

    /// Whether a gesture is still settling, so that another frame is needed.
    pub fn is_settling(&self) -> bool {
        self.workspace.active.and_then(|id| self.histories.get(&id)).is_some_and(Undoer::is_in_flux)
    }

    /// Carries out one command.
    #[expect(clippy::too_many_lines, reason = "a list: one line for a command")]
    pub fn apply(&mut self, command: Command, facts: &Facts) -> Vec<Effect> {
        use Command as C;
        match command {
            C::Open => return vec![Effect::PickFiles(None)],
            C::OpenSource(source) => return self.open_source(source),
            C::AskCapture => return vec![Effect::AskCapture],
            C::StartCapture(wish) => {
                self.preferences.remember_capture(&wish);
                return vec![Effect::StartCapture(wish)];
            }
            C::AskBreak(location) => return vec![Effect::AskBreak(location)],
            C::BreakAt(source) => return self.break_at(source),
            C::StopCapture => return vec![Effect::StopCapture],
            C::CaptureAgain => return self.capture_again(),
            command @ (C::SaveSession
            | C::SaveSessionAs
            | C::SaveSessionTo(_)
            | C::OpenSession(_)
            | C::Look(_)
            | C::Paste(_)
            | C::CopyWindowCommand(_)) => return self.apply_to_sessions(command),
            C::EditNote(on) => return self.edit_note(on),
            C::ShowNotes => return vec![Effect::Show(Dialog::Notes)],
            C::SetNote(note) => self.change(|lens| set_note(&mut lens.notes, note)),
            C::RemoveNote(on) => self.change(|lens| lens.notes.retain(|note| note.on != on)),
            command @ (C::Compare(..)
            | C::CompareRuns(_)
            | C::PickRuns(_)
            | C::AddRuns(..)
            | C::RemoveRun(..)
            | C::SwapSides
            | C::CopyCommandLine) => return self.apply_to_sides(command),
            C::CompareWith => return vec![Effect::Show(Dialog::CompareWith)],
            C::Reload => return self.reload(),
            C::CancelLoad(source) => return vec![Effect::CancelLoad(source)],
            C::Quit => return vec![Effect::Quit],
            C::Move(motion) => return vec![Effect::Move(motion)],
            C::JumpToUnblocker => return vec![Effect::Move(Motion::ToUnblocker)],
            C::FindText => return vec![Effect::FocusSearch],
            C::DismissProblem(index) => return vec![Effect::DismissProblem(index)],
            C::ShowCommandPalette => return vec![Effect::Show(Dialog::Commands)],
            C::ShowFilePalette => return vec![Effect::Show(Dialog::Files)],
            C::OpenStore => return vec![Effect::Show(Dialog::Store)],
            C::PickStore => return vec![Effect::PickStore],
            C::ShowKeySheet => return vec![Effect::Show(Dialog::Keys)],
            C::OpenInEditor(place, line) => {
                return vec![Effect::Edit(self.preferences.editor, place, line)];
            }
            C::Export(export) => return vec![Effect::Export(export)],
            C::CopyText(text) => return vec![Effect::Copy(text)],
            C::CopyName => return self.copy_name(),
            C::CopyStack => return self.copy_stack(),

            C::ShowTab(id) => self.show_tab(id),
            C::ShowStart => self.workspace.active = None,
            C::NextTab => self.show_neighbor(1),
            C::PreviousTab => self.show_neighbor(-1),
            C::CloseTab(id) => self.close_tab(id),
            C::CloseActiveTab => self.close_active_tab(),
            C::Undo => self.undo(),
            C::Redo => self.redo(),
            C::ChooseEditor(editor) => self.preferences.editor = editor,
            C::ChooseTheme(theme) => self.preferences.theme = theme,
            C::ToggleMotion => self.preferences.is_still ^= true,
            C::ToggleTheme => self.preferences.theme = opposite_theme(facts.is_dark),
            C::ToggleView(view) => self.change_layout(|layout| layout.toggle(view)),
            C::ShowView(view) => self.change_layout(|layout| layout.show(view)),
            C::ToggleTable => self.toggle_table(),
            C::Arrange(kind, layout) => self.arrange(kind, layout),
            C::ResetLayout => self.reset_layout(),
            C::ShowProblems => self.preferences.panels.problems = true,
            C::ToggleProblems => self.preferences.panels.problems ^= true,

            C::ZoomSmoothly(zoom) => self.change_smoothly(|lens| lens.zoom = zoom),
            C::Search(text) => self.change_smoothly(|lens| lens.search = text),
            C::FilterTable(text) => self.change_smoothly(|lens| lens.table_filter = text),

            C::ZoomTo(zoom) => self.change(|lens| lens.zoom = zoom),
            C::ResetZoom => self.change(show_all),
            C::Select(item) => self.select(item, None),
            C::SelectAndZoom(item, zoom) => self.select(item, Some(zoom)),
            C::Escape => self.change(escape),
            C::AddChip(chip) => self.change(|lens| add_chip(lens, chip)),
            C::FilterSelection(kind) => self.change(|lens| filter_selection(lens, kind)),
            C::ToggleChip(index) => self.change(|lens| toggle_chip(lens, index)),
            C::RemoveChip(index) => self.change(|lens| remove_chip(lens, index)),
            C::ClearChips => self.change(clear_filters),
            C::SortTable(sort) => self.change(|lens| lens.sort = sort),
            C::ChooseSampleType(name) => self.change(|lens| lens.sample_type = Some(name)),
            C::NextSampleType => self.change(|lens| next_sample_type(lens, facts)),
            C::ChooseGranularity(granularity) => self.change(|lens| lens.granularity = granularity),
            command @ (C::ChooseDirection(_)
            | C::ToggleDirection
            | C::ShowAround(_)
            | C::ToggleAround
            | C::KeepLabel(_)
            | C::GroupBy(_)
            | C::ChooseHeat(_)
            | C::ChooseOrientation(_)
            | C::ToggleOrientation
            | C::ToggleFolding) => self.change(|lens| read_otherwise(lens, command)),
            C::ChooseScale(scale) => self.change(|lens| lens.scale = scale),
            C::ChooseCompared(compared) => self.change(|lens| choose_compared(lens, compared)),

            C::ShowTime(range) => {
                self.change(|lens| lens.trace.range = range.and_then(|range| facts.narrowed_to(range)));
            }
            C::ShowTimeSmoothly(range) => {
                self.change_smoothly(|lens| lens.trace.range = facts.narrowed_to(range));
            }
            C::ShowOnly(only) => self.change(|lens| lens.trace.only = only),
            C::ChooseAbout(about) => self.change(|lens| choose_about(lens, about)),
            C::ChooseLength(length) => self.change(|lens| lens.trace.length = length),
            C::ChooseBreakdownRow(row) => self.change(|lens| lens.trace.breakdown_row = row),
            C::FlyTo(flight) => self.change(|lens| fly_to(lens, flight, facts)),
            C::FollowPath(path, flight) => self.change(|lens| follow_path(lens, path, flight, facts)),
            C::LeavePath => self.change(|lens| lens.trace.path = None),
            C::ShowHeadline(name) => self.change(|lens| lens.trace.headline = Some(name)),
            C::ChooseAnswer(kind) => self.choose_answer(kind),
            C::ChooseCause(cause) => self.change(|lens| lens.trace.cause = cause),
            C::ChooseLanes(lanes) => self.change(|lens| lens.trace.lanes = lanes),
            C::OrderLanes(order) => self.change(|lens| lens.trace.lane_order = order),
            C::FilterLanes(text) => self.change_smoothly(|lens| lens.trace.lane_filter = text),
            C::ToggleLaneHighlight => self.change(toggle_lane_highlight),
            C::ToggleGcOverlay => self.change(toggle_gc_overlay),
            C::ToggleIdle => self.change(|lens| lens.trace.with_idle = !lens.trace.with_idle),
            C::OpenGroup(name) => self.change(|lens| open_group(lens, name)),
            C::CloseGroup(name) => self.change(|lens| close_group(lens, name)),
            C::ToggleLane(name) => self.change(|lens| toggle_lane(lens, name)),
            C::ChooseFlame(flame) => self.change(|lens| lens.trace.flame = flame),
            C::SortTraceTable(table, sort) => self.change(|lens| sort_trace_table(lens, table, sort)),
            C::ChooseMmu(options) => self.change(|lens| lens.trace.mmu = options),
            command @ (C::TurnPart(_)
            | C::ChooseTests(_)
            | C::SortTests(_)
            | C::SortCoverage(_)
            | C::DropGenerated(_)
            | C::SortBenchmarks(_)
            | C::ChooseUnit(_)
            | C::ChooseReference(_)
            | C::ExplainBenchmarks
            | C::ShowPlace(_)) => {
                self.apply_to_testing(command);
            }
            command @ (C::ChooseGrouping(_)
            | C::ChooseDump(_)
            | C::SortGroups(_)
            | C::ChooseOuterFrame(_)
            | C::DrawLocks(_)
            | C::KeepState(_)
            | C::DropState(_)
            | C::KeepWaiting(_)
            | C::SelectGoroutine(..)) => self.apply_to_dumps(command),
            command @ (C::ChooseProfiles(_) | C::DrawTime(_) | C::ForgetTime(_)) => {
                self.apply_to_stores(command);
            }
            C::Loaded(source, kind) => self.loaded(&source, kind),
        }
        Vec::new()
    }

    /// Remembers the file; tabs that have opened it as a profile show what is in it.
    fn loaded(&mut self, source: &Source, kind: ContentKind) {
        // Profiles of a store that are compared were not opened by anybody.
        let is_opened = self.workspace.tabs.iter().any(|tab| tab.content.one() == Some(source));
        if is_opened || !source.is_of_store() {
            self.preferences.remember(source);
        }
        let mut explains = false;
        for tab in &mut self.workspace.tabs {
            let content = tab.content.known_as(source, kind);
            if content.kind() != tab.content.kind() {
                let is_in_front = self.workspace.active == Some(tab.id);
                explains |= is_in_front && kind == ContentKind::Benchmarks && content.has_profiles();
                tab.lens.sort = Lens::of(content.kind()).sort;
                tab.content = content;
            }
        }
        if explains {
            self.apply_to_testing(Command::ExplainBenchmarks);
        }
    }

    /// What it costs was said where the line was chosen.
    fn break_at(&mut self, source: Source) -> Vec<Effect> {
        let mut effects = self.open_source(source.clone());
        effects.push(Effect::Reload(source));
        effects
    }

    fn capture_again(&self) -> Vec<Effect> {
        let one = self.workspace.active_tab().and_then(|tab| tab.content.one());
        one.cloned().map(Effect::CaptureAgain).into_iter().collect()
    }

    /// Where the views of a tab stand.
    pub fn layout_of(&self, tab: &Tab) -> Layout {
        tab.layout.clone().unwrap_or_else(|| self.preferences.layout(tab.content.kind()))
    }

    /// A tab whose views stand elsewhere than those of all tabs of its kind keeps that to itself.
    fn arrange(&mut self, kind: ContentKind, layout: Layout) {
        match self.active_tab_mut() {
            Some(tab) if tab.layout.is_some() && tab.content.kind() == kind => tab.layout = Some(layout),
            _ => {
                self.preferences.layouts.insert(kind, layout);
            }
        }
    }

    fn reset_layout(&mut self) {
        if let Some(tab) = self.active_tab_mut() {
            tab.layout = None;
            let kind = tab.content.kind();
            self.preferences.layouts.remove(&kind);
        }
    }

    fn active_tab_mut(&mut self) -> Option<&mut Tab> {
        let id = self.workspace.active?;
        self.workspace.tabs.iter_mut().find(|tab| tab.id == id)
    }

    fn change_layout(&mut self, change: impl FnOnce(&mut Layout)) {
        let Some(tab) = self.workspace.active_tab() else { return };
        let kind = tab.content.kind();
        let mut layout = self.layout_of(tab);
        change(&mut layout);
        self.arrange(kind, layout);
    }

    fn choose_answer(&mut self, kind: AnswerKind) {
        self.change(|lens| lens.trace.answer = kind);
        self.change_layout(|layout| layout.show(ViewId::Answers));
    }

    fn toggle_table(&mut self) {
        let Some(tab) = self.workspace.active_tab() else { return };
        let table = match tab.content.kind() {
            ContentKind::Profile => ViewId::Functions,
            ContentKind::Diff => ViewId::Changes,
            ContentKind::Trace => ViewId::Goroutines,
            ContentKind::Tests => ViewId::Tests,
            ContentKind::Coverage => ViewId::Coverage,
            ContentKind::Benchmarks => ViewId::Benchmarks,
            ContentKind::Dumps => ViewId::Groups,
            ContentKind::Store => ViewId::TopFunctions,
        };
        self.change_layout(|layout| layout.toggle(table));
    }

    fn select(&mut self, item: Item, zoom: Option<Zoom>) {
        if let Some(frame) = item.frame() {
            self.chosen_function = Some(frame.clone());
        }
        let is_dump = self.workspace.active_tab().is_some_and(|tab| tab.content.kind() == ContentKind::Dumps);
        let has_source = is_dump && item.frame().is_some();
        self.change(|lens| {
            if has_source {
                // Its own place is shown, not the one that was followed before.
                lens.testing.place = None;
            }
            match zoom {
                Some(zoom) => select_and_zoom(lens, item, zoom),
                None => choose(lens, item),
            }
        });
    }

    /// Brings a tab to the front. The function that was chosen in another is chosen here too, so that a trace and
    /// its CPU profile are in step; a chosen goroutine stays chosen.
    fn bring_to_front(&mut self, id: TabId) {
        self.workspace.active = Some(id);
        let Some(chosen) = self.chosen_function.clone() else { return };
        let selection = self.workspace.active_tab().and_then(|tab| tab.lens.selection.as_ref());
        let is_other = match selection {
            None => true,
            Some(item) => item.frame().is_some_and(|frame| frame.name != chosen.name),
        };
        if is_other {
            self.change(|lens| lens.selection = Some(Item::Function(chosen)));
        }
    }

    /// Changes the lens of the tab in front as one step of undo.
    fn change(&mut self, change: impl FnOnce(&mut Lens)) {
        let Some((lens, history)) = self.lens_and_history() else { return };
        history.add_undo(lens);
        change(lens);
        // Feeding a changed state is what makes the history forget what could have been redone.
        history.feed_state(0.0, lens);
        history.add_undo(lens);
    }

    /// Changes it as part of a gesture, which [`Self::settle`] makes one step of.
    fn change_smoothly(&mut self, change: impl FnOnce(&mut Lens)) {
        let time_seconds = self.time_seconds;
        let Some((lens, history)) = self.lens_and_history() else { return };
        if !history.is_in_flux() {
            history.add_undo(lens);
        }
        change(lens);
        history.feed_state(time_seconds, lens);
    }

    fn lens_and_history(&mut self) -> Option<(&mut Lens, &mut Undoer<Lens>)> {
        let id = self.workspace.active?;
        let tab = self.workspace.tabs.iter_mut().find(|tab| tab.id == id)?;
        Some((&mut tab.lens, self.histories.entry(id).or_insert_with(new_history)))
    }

    fn undo(&mut self) {
        if let Some((lens, history)) = self.lens_and_history()
            && let Some(before) = history.undo(lens)
        {
            *lens = before.clone();
        }
    }

    fn redo(&mut self) {
        if let Some((lens, history)) = self.lens_and_history()
            && let Some(after) = history.redo(lens)
        {
            *lens = after.clone();
        }
    }

    fn open(&mut self, content: Content) -> Vec<Effect> {
        let load = content.sources().into_iter().cloned().map(Effect::Load).collect();
        let is_it = |tab: &&Tab| tab.content.shows_same(&content);
        let open = self.workspace.tabs.iter().find(is_it).map(|tab| tab.id);
        let id = open.unwrap_or_else(|| self.add_tab(content));
        self.workspace.active = Some(id);
        load
    }

    fn add_tab(&mut self, content: Content) -> TabId {
        let id = TabId(self.workspace.next_tab);
        self.workspace.next_tab += 1;
        let mut lens = Lens::of(content.kind());
        lens.notes = self.take_closed_notes(&content);
        self.workspace.tabs.push(Tab { id, content, lens, layout: None });
        id
    }

    fn reload(&self) -> Vec<Effect> {
        let sources = self.workspace.active_tab().map(|tab| tab.content.sources()).unwrap_or_default();
        sources.into_iter().cloned().map(Effect::Reload).collect()
    }

    fn show_tab(&mut self, id: TabId) {
        if self.workspace.tab(id).is_some() {
            self.bring_to_front(id);
        }
    }

    fn show_neighbor(&mut self, step: isize) {
        let n_tabs = self.workspace.tabs.len().cast_signed();
        if n_tabs == 0 {
            return;
        }
        let active = self.workspace.active;
        let here = self.workspace.tabs.iter().position(|tab| Some(tab.id) == active);
        let here = here.map_or(if step > 0 { -1 } else { n_tabs }, usize::cast_signed);
        let there = (here + step).rem_euclid(n_tabs).cast_unsigned();
        self.bring_to_front(self.workspace.tabs[there].id);
    }

    fn close_active_tab(&mut self) {
        if let Some(id) = self.workspace.active {
            self.close_tab(id);
        }
    }

    fn close_tab(&mut self, id: TabId) {
        let Some(index) = self.workspace.tabs.iter().position(|tab| tab.id == id) else { return };
        let tab = self.workspace.tabs.remove(index);
        if !tab.lens.notes.is_empty() {
            self.workspace.closed.push((tab.content, tab.lens.notes));
        }
        self.histories.remove(&id);
        if self.workspace.active == Some(id) {
            let last = self.workspace.tabs.len().saturating_sub(1);
            self.workspace.active = self.workspace.tabs.get(index.min(last)).map(|tab| tab.id);
        }
    }

    fn copy_name(&self) -> Vec<Effect> {
        let selection = self.workspace.active_tab().and_then(|tab| tab.lens.selection.as_ref());
        selection.and_then(Item::frame).map(|frame| Effect::Copy(frame.title())).into_iter().collect()
    }

    fn copy_stack(&self) -> Vec<Effect> {
        let Some(tab) = self.workspace.active_tab() else { return Vec::new() };
        let titles = stack_titles(&tab.lens);
        if titles.is_empty() { Vec::new() } else { vec![Effect::Copy(titles.join("\n"))] }
    }
}

fn new_history() -> Undoer<Lens> {
    Undoer::with_settings(Settings { max_undos: 200, stable_time: SETTLED_SECONDS, auto_save_interval: 10.0 })
}

#[cfg(test)]
mod tests;
