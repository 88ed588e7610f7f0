//! The window as eframe sees it: `logic` takes what workers finished and carries out commands, `ui` draws.
//!
//! No feature lives here; it hands each part of the window what it may see.

mod effects;
mod files;
mod sessions;
mod status;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{
    CentralPanel, Context, Frame, Margin, Panel, ThemePreference, Ui, UiBuilder, ViewportCommand,
};

use super::captures::Captures;
use super::command::{Command, CommandSender, Facts, Motion};
use super::exports::Exports;
use super::held_keys::HeldKeys;
use super::library::{ContentState, Dialogs, Library};
use super::panels::answer_band::answer_band_ui;
use super::panels::break_form::{BreakForm, break_form_ui};
use super::panels::capture::{CaptureForm, capture_band_ui, capture_form_ui};
use super::panels::command_palette::{palette_ui, takes_paths, typed_folder};
use super::panels::drop_veil::drop_veil_ui;
use super::panels::filter_bar::filter_bar_ui;
use super::panels::key_sheet::key_sheet_ui;
use super::panels::loading::{asking_ui, loading_ui, missing_ui};
use super::panels::note_editor::{NoteEditor, note_editor_ui};
use super::panels::problems::{Problem, problems_ui};
use super::panels::results_band::results_band_ui;
use super::panels::start::start_ui;
use super::panels::store_band::store_band_ui;
use super::panels::top_bar::{TopBarLook, top_bar_ui};
use super::panels::verdict_band::verdict_band_ui;
use super::preferences::{Preferences, ThemeChoice};
use super::session_state::Sessions;
use super::store::Store;
use super::tiles::Tiles;
use super::update::{Dialog, Session};
use super::view::ViewContext;
use super::view_states::ViewStates;
use super::views::{flame_graph, views};
use super::widgets::inside;
use super::widgets::picker::PickerState;
use super::workspace::{Content, ContentKind, Tab, TabId, Workspace};
use super::{fonts, shortcuts, theme};
use crate::derived::Derived;
use crate::document::{Document, Source};
use crate::query::Documents;
use crate::query::grouped::GroupedQuery;
use crate::query::trace::selection::TimeRange;
use crate::source::typed::expanded;

/// What passes in a tab: not saved, not undone.
#[derive(Default)]
struct TabState {
    /// What passes in its views.
    states: ViewStates,
    /// Steps that were asked for since the last frame.
    motions: RefCell<Vec<Motion>>,
    /// The views as they stand; `None` before the first frame.
    tiles: Option<Tiles>,
}

/// How long it may take at the end until programs in debuggers run on.
const DEBUGGER_PATIENCE: Duration = Duration::from_secs(10);

/// The window.
pub struct App {
    session: Session,
    /// The preferences that are in the store.
    saved: Preferences,
    store: Store,
    library: Library,
    derived: RefCell<Derived>,
    tab_states: BTreeMap<TabId, TabState>,
    commands: CommandSender,
    problems: Vec<Problem>,
    dialog: Option<(Dialog, PickerState)>,
    held_keys: HeldKeys,
    /// Two files that were opened together: base and head of a comparison, if they can be compared.
    pair: RefCell<Option<(Source, Source)>>,
    /// Files that were dropped on a comparison.
    received: RefCell<Vec<Source>>,
    shown_title: String,
    shown_theme: Option<ThemeChoice>,
    sessions: Sessions,
    note_editor: Option<NoteEditor>,
    captures: Captures,
    capture_form: Option<CaptureForm>,
    break_form: Option<BreakForm>,
    shown_still: bool,
    exports: Exports,
}

impl App {
    /// A window with nothing open; settings come from `store`.
    pub fn new(ctx: &Context, store: Store) -> Self {
        let saved = store.load();
        fonts::install_bundled(ctx);
        theme::install(ctx, preference(saved.theme));
        let wake = |ctx: &Context| {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let n_workers = std::thread::available_parallelism().map_or(2, |n| n.get().min(4));
        Self {
            session: Session::new(saved.clone()),
            saved,
            store,
            library: Library::new(wake(ctx)),
            derived: RefCell::new(Derived::new(n_workers, wake(ctx))),
            tab_states: BTreeMap::new(),
            commands: CommandSender::default(),
            problems: Vec::new(),
            dialog: None,
            held_keys: HeldKeys::default(),
            pair: RefCell::new(None),
            received: RefCell::default(),
            shown_title: String::new(),
            shown_theme: None,
            sessions: Sessions::new(wake(ctx)),
            note_editor: None,
            captures: Captures::new(wake(ctx)),
            capture_form: None,
            break_form: None,
            shown_still: false,
            exports: Exports::new(wake(ctx)),
        }
    }

    /// Asks the window for something; it happens with the next frame.
    pub fn send(&self, command: Command) {
        self.commands.send(command);
    }

    /// What is open and how it is looked at.
    pub fn workspace(&self) -> &Workspace {
        self.session.workspace()
    }

    /// What the user has chosen for all sessions.
    pub fn preferences(&self) -> &Preferences {
        self.session.preferences()
    }

    /// What went wrong so far.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether a dialog is open that takes all keys.
    const fn has_dialog(&self) -> bool {
        self.dialog.is_some()
            || self.note_editor.is_some()
            || self.capture_form.is_some()
            || self.break_form.is_some()
    }

    /// Whether nothing is loading or being computed.
    pub fn is_idle(&self) -> bool {
        let is_loading = self
            .workspace()
            .tabs
            .iter()
            .any(|tab| matches!(self.library.content(&tab.content), ContentState::Loading(..)));
        let in_front = self.workspace().active.and_then(|id| self.tab_states.get(&id));
        let is_rough = in_front.is_some_and(|tab| views().any(|view| view.is_rough(&tab.states)));
        !is_loading
            && !is_rough
            && self.pair.borrow().is_none()
            && !self.library.is_busy()
            && !self.sessions.is_busy()
            && !self.exports.is_busy()
            && !self.captures.is_busy()
            && self.derived.borrow().n_computing() == 0
            && self.commands.is_empty()
    }

    /// Which dialogs for files there are.
    pub const fn use_dialogs(&mut self, dialogs: Dialogs) {
        self.library.use_dialogs(dialogs);
        self.sessions.store.use_dialogs(dialogs);
    }

    fn report(&mut self, about: String, text: String) {
        self.problems.push(Problem { about, text });
        self.send(Command::ShowProblems);
    }

    fn apply_commands(&mut self, ctx: &Context) {
        let commands = self.commands.take();
        self.sessions.may_have_changed |= !commands.is_empty();
        for command in commands {
            let facts = self.facts(ctx);
            let effects = self.session.apply(command, &facts);
            for effect in effects {
                self.carry_out(ctx, effect);
            }
        }
        let contents: Vec<&Content> = self.session.workspace().tabs.iter().map(|tab| &tab.content).collect();
        let gone = self.library.keep_only(&contents);
        if !gone.is_empty() {
            gone.into_iter().for_each(|document| self.derived.borrow_mut().forget(document));
            self.library.give_back_memory();
        }
        let workspace = self.session.workspace();
        self.tab_states.retain(|id, _| workspace.tab(*id).is_some());
        self.save_preferences(ctx);
    }

    /// Saves what the user has chosen for all sessions to come; not for every pixel of a gesture.
    fn save_preferences(&mut self, ctx: &Context) {
        if self.saved == *self.preferences() || ctx.input(|input| input.pointer.any_down()) {
            return;
        }
        self.saved = self.preferences().clone();
        if let Err(error) = self.store.save(&self.saved) {
            self.problems.push(Problem {
                about: "preferences".to_owned(),
                text: format!("they cannot be saved: {error}"),
            });
            // Once is enough.
            self.store = Store::Nowhere;
        }
    }

    /// What commands must know about the tab in front.
    fn facts(&self, ctx: &Context) -> Facts {
        let mut facts = Facts { is_dark: ctx.theme() == eframe::egui::Theme::Dark, ..Facts::default() };
        let Some(tab) = self.workspace().active_tab() else { return facts };
        let ContentState::Ready(documents) = self.library.content(&tab.content) else { return facts };
        let trace = documents.last().and_then(|document| document.trace());
        facts.trace_nanos = trace.map(|trace| TimeRange::of(&trace.model).end_nanos);
        if let Some(profile) = documents.last().and_then(|document| document.profile()) {
            let shown = profile.sample_type_index(tab.lens.sample_type.as_deref());
            facts.sample_types = profile.sample_types.iter().map(|(kind, _)| kind.clone()).collect();
            facts.shown_sample_type = facts.sample_types.get(shown).cloned();
        }
        facts
    }

    /// Brings what the system shows of the window in line with the workspace.
    fn sync_window(&mut self, ctx: &Context) {
        let theme = self.preferences().theme;
        if self.shown_theme != Some(theme) {
            ctx.set_theme(preference(theme));
            self.shown_theme = Some(theme);
        }
        let is_still = self.preferences().is_still;
        if self.shown_still != is_still {
            theme::set_motion(ctx, is_still);
            self.shown_still = is_still;
        }
        let title = match self.workspace().active_tab() {
            Some(tab) => format!("{} – goscope", tab.content.title()),
            None => "goscope".to_owned(),
        };
        if title != self.shown_title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.shown_title = title;
        }
    }

    fn bars_ui(&self, ui: &mut Ui) {
        let tokens = theme::tokens(ui);
        let bar = Frame::new().fill(tokens.raised).inner_margin(Margin::symmetric(8, 0));
        Panel::top("top bar").exact_size(theme::TOP_BAR_HEIGHT).frame(bar).show(ui, |ui| {
            let look =
                TopBarLook { matched: self.matched_text(), can_undo_redo: self.session.can_undo_redo() };
            top_bar_ui(ui, self.workspace(), &look, &self.commands);
        });
        if self.preferences().panels.problems {
            let frame = Frame::new().fill(tokens.raised).inner_margin(Margin::symmetric(12, 8));
            let panel = Panel::bottom("problems").resizable(true).default_size(112.0).min_size(72.0);
            panel.frame(frame).show(ui, |ui| problems_ui(ui, &self.problems, &self.commands));
        }
    }

    /// The profile of a tab with a frame for each value of a label, if it is grouped by one and as soon as it is made.
    fn grouped(&self, tab: &Tab, documents: &[Arc<Document>]) -> Option<Arc<Document>> {
        let key = tab.lens.group_by.clone().filter(|_| matches!(tab.content, Content::Profile(_)))?;
        let motions = RefCell::default();
        self.view_context(tab, documents, &motions).ask("grouped", &GroupedQuery { key }).answer
    }

    fn view_context<'a>(
        &'a self,
        tab: &'a Tab,
        documents: &'a [Arc<Document>],
        motions: &'a RefCell<Vec<Motion>>,
    ) -> ViewContext<'a> {
        let editor = self.preferences().editor;
        let documents = documents_of(tab, documents);
        ViewContext {
            tab,
            documents,
            of_tab: documents,
            beside: &[],
            derived: &self.derived,
            motions,
            editor,
            commands: &self.commands,
        }
    }

    fn content_ui(&mut self, ui: &mut Ui) {
        let tokens = theme::tokens(ui);
        let central = CentralPanel::default().frame(Frame::new().fill(tokens.ground));
        let Some(tab) = self.workspace().active_tab() else {
            let last = self.sessions.last.as_deref();
            central.show(ui, |ui| start_ui(ui, &self.preferences().recent, last, &self.commands));
            return;
        };
        match self.library.content(&tab.content) {
            ContentState::Ready(documents) => {
                let id = tab.id;
                // Taken out while it is drawn, so that the rest of the window can be looked at.
                if let Some(mut state) = self.tab_states.remove(&id) {
                    self.tab_ui(ui, id, &documents, &mut state);
                    self.tab_states.insert(id, state);
                }
            }
            ContentState::Loading(source, progress) => {
                central.show(ui, |ui| loading_ui(ui, &source, &progress, &self.commands));
            }
            ContentState::Asks(source) => {
                central.show(ui, |ui| asking_ui(ui, &source, &self.commands));
            }
            ContentState::Missing(source, reason) => {
                central.show(ui, |ui| missing_ui(ui, &source, &reason, &self.commands));
            }
        }
    }

    fn tab_ui(&self, ui: &mut Ui, id: TabId, documents: &[Arc<Document>], state: &mut TabState) {
        let Some(tab) = self.workspace().tab(id) else { return };
        let grouped = self.grouped(tab, documents);
        let documents = grouped.as_ref().map_or(documents, std::slice::from_ref);
        let beside = self.beside(tab);
        let ctx = ViewContext { beside: &beside, ..self.view_context(tab, documents, &state.motions) };
        let tokens = theme::tokens(ui);
        let kind = tab.content.kind();
        if kind.has_stacks() || kind == ContentKind::Store || tab.content.sides().is_some() {
            let bar = Frame::new().fill(tokens.raised).inner_margin(Margin::symmetric(8, 0));
            Panel::top("filter bar")
                .exact_size(theme::TOOL_BAR_HEIGHT)
                .frame(bar)
                .show(ui, |ui| filter_bar_ui(ui, &ctx));
        }
        self.received_bar_ui(ui);
        verdict_band_ui(ui, &ctx);
        answer_band_ui(ui, &ctx);
        results_band_ui(ui, &ctx);
        store_band_ui(ui, &ctx);
        let layout = self.session.layout_of(tab);
        let tiles = state.tiles.get_or_insert_with(|| Tiles::new(id.0, &layout));
        let states = &mut state.states;
        let frame = Frame::new().fill(tokens.ground);
        CentralPanel::default().frame(frame).show(ui, |ui| tiles.ui(ui, &ctx, &layout, states));
    }

    /// Profiles in other tabs, for what is joined with them: those of CPU time first.
    fn beside(&self, tab: &Tab) -> Vec<Arc<Document>> {
        if tab.content.kind() != ContentKind::Coverage {
            return Vec::new();
        }
        let others =
            self.workspace().tabs.iter().filter(|other| matches!(other.content, Content::Profile(_)));
        let loaded = others.filter_map(|other| match self.library.content(&other.content) {
            ContentState::Ready(documents) => documents.into_iter().find(|it| it.profile().is_some()),
            ContentState::Loading(..) | ContentState::Asks(_) | ContentState::Missing(..) => None,
        });
        let mut beside: Vec<Arc<Document>> = loaded.collect();
        let is_cpu = |document: &Arc<Document>| {
            document
                .profile()
                .is_some_and(|profile| profile.sample_types.iter().any(|(kind, _)| kind == "cpu"))
        };
        beside.sort_by_key(|document| !is_cpu(document));
        beside
    }

    fn dialog_ui(&mut self, ctx: &Context) {
        let Some((dialog, mut state)) = self.dialog.take() else { return };
        let typed = typed_folder(&state.text).filter(|_| takes_paths(dialog)).map(expanded);
        let folder = typed.and_then(|path| self.library.folder(&path));
        let known = (self.session.workspace(), self.session.preferences().recent.as_slice());
        let in_front =
            self.workspace().active_tab().and_then(|tab| match self.library.content(&tab.content) {
                ContentState::Ready(documents) => Some((tab, documents)),
                ContentState::Loading(..) | ContentState::Asks(_) | ContentState::Missing(..) => None,
            });
        let motions = RefCell::default();
        let front = in_front.as_ref().map(|(tab, documents)| self.view_context(tab, documents, &motions));
        let stays = match dialog {
            Dialog::Keys => key_sheet_ui(ctx),
            other => {
                palette_ui(ctx, other, &mut state, known, (front.as_ref(), folder.as_deref()), &self.commands)
            }
        };
        if stays {
            self.dialog = Some((dialog, state));
        } else {
            // What is typed next belongs to no field that is gone.
            ctx.memory_mut(|memory| memory.focused().map(|id| memory.surrender_focus(id)));
            ctx.request_repaint();
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.derived.borrow_mut().begin_frame();
        self.take_library_events();
        self.take_session_events();
        self.take_captures();
        for reason in self.exports.take() {
            self.report("export".to_owned(), reason);
        }
        self.apply_commands(ctx);
        self.compare_pair();
        self.know_comparisons();
        self.apply_look();
        self.keep_session(ctx);
        self.session.settle(ctx.input(|input| input.time));
        if self.session.is_settling() {
            ctx.request_repaint_after_secs(0.2);
        }
        if let Some(id) = self.workspace().active {
            self.tab_states.entry(id).or_default();
        }
        self.sync_window(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.held_keys.begin_frame(&ctx, self.has_dialog());
        if !self.has_dialog() {
            shortcuts::read(&ctx, flame_graph::canvas_id(&ctx), &self.commands);
        }
        self.take_dropped_files(&ctx);
        let rect = ui.max_rect();
        // The upper edge of the line at the bottom lies over what is above it.
        let above = rect.with_max_y(rect.bottom() - theme::STATUS_BAR_HEIGHT + 1.0);
        let status = rect.with_min_y(rect.bottom() - theme::STATUS_BAR_HEIGHT);
        inside(ui, UiBuilder::new().max_rect(above), |ui| {
            self.bars_ui(ui);
            if let Some(line) = self.captures.line() {
                capture_band_ui(ui, &line, &self.commands);
                ctx.request_repaint_after_secs(0.2);
            }
            self.content_ui(ui);
        });
        inside(ui, UiBuilder::new().max_rect(status), |ui| self.status_ui(ui));
        if self.workspace().active.is_some() {
            drop_veil_ui(&ctx);
        }
        self.dialog_ui(&ctx);
        let editor = self.note_editor.as_mut();
        if editor.is_some_and(|editor| !note_editor_ui(&ctx, editor, &self.commands)) {
            self.note_editor = None;
        }
        let form = self.capture_form.as_mut();
        if form.is_some_and(|form| !capture_form_ui(&ctx, form, &self.commands)) {
            self.capture_form = None;
        }
        let form = self.break_form.as_mut();
        if form.is_some_and(|form| !break_form_ui(&ctx, form, &self.commands)) {
            self.break_form = None;
        }
        self.exports.take_table(&ctx);
        self.derived.borrow_mut().end_frame();
        if !self.commands.is_empty() {
            ctx.request_repaint();
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.keep_session_now();
        self.library.leave_debuggers(DEBUGGER_PATIENCE);
    }

    fn clear_color(&self, visuals: &eframe::egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

/// The documents of a tab on their sides.
fn documents_of<'d>(tab: &Tab, documents: &'d [Arc<Document>]) -> Documents<'d> {
    let n_base = tab.content.sides().map_or(documents.len(), |comparison| comparison.base.len());
    let (base, head) = documents.split_at(n_base.min(documents.len()));
    Documents::sides(base, head)
}

const fn preference(theme: ThemeChoice) -> ThemePreference {
    match theme {
        ThemeChoice::System => ThemePreference::System,
        ThemeChoice::Light => ThemePreference::Light,
        ThemeChoice::Dark => ThemePreference::Dark,
    }
}
