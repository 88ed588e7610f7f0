//! The line at the bottom: what the profile is, what is being computed, and how many problems there are.

use eframe::egui::{Align, Button, Layout, RichText, Ui, UiBuilder};
use goscope_analysis::test_results::TestRun;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::dump::DumpFile;

use crate::document::{Document, DocumentKind};
use crate::gui::command::{Command, CommandSender};
use crate::gui::command_list::with_key;
use crate::gui::layout::Layout as ViewLayout;
use crate::gui::theme;
use crate::gui::view_id::ViewId;
use crate::gui::widgets::icon::{Icon, toggle_icon_button};
use crate::text;

/// What the line shows.
#[derive(Clone, Debug, Default)]
pub struct StatusLook {
    /// Which views are shown, where there are views.
    pub layout: Option<ViewLayout>,
    /// What was done last, such as where a file was saved.
    pub notice: Option<String>,
    /// Facts about what the tab shows.
    pub facts: Vec<String>,
    /// Answers that workers are at.
    pub n_computing: usize,
    /// Problems.
    pub n_problems: usize,
    /// The file of the session, and whether it holds all that is open as it is.
    pub session: Option<(String, bool)>,
}

/// Facts about a document for the line: what it is, how long it took, how much is in it.
pub fn facts_of(document: &Document) -> Vec<String> {
    if let Some(trace) = document.trace() {
        return trace_facts(&trace.model);
    }
    if let Some(run) = document.tests() {
        return test_facts(run);
    }
    if let DocumentKind::Benchmarks(output) = &document.kind {
        return vec!["Benchmarks".to_owned(), text::counted(output.results.len(), "result line")];
    }
    if document.store().is_some() {
        return vec!["Store of profiles".to_owned()];
    }
    if let Some(text) = document.dump() {
        return dump_facts(&text.file);
    }
    if let Some(coverage) = document.coverage() {
        let mode = coverage.profile.mode.as_ref().map_or("set", |mode| mode.word());
        let files = text::counted(coverage.profile.files.len(), "file");
        return vec!["Coverage".to_owned(), format!("mode {mode}"), files];
    }
    let Some(profile) = document.profile() else { return Vec::new() };
    let tables = &profile.profile;
    let mut facts = vec![profile.title().to_owned()];
    if tables.duration_nanos > 0 {
        facts.push(format!("{} long", text::duration(tables.duration_nanos)));
    }
    facts.push(text::counted(tables.samples.len(), "sample"));
    facts.push(text::counted(tables.functions.len(), "function"));
    facts
}

fn dump_facts(file: &DumpFile) -> Vec<String> {
    let mut facts = vec!["Goroutine dump".to_owned()];
    if file.min_go_minor > 0 {
        facts.push(format!("Go 1.{} or later", file.min_go_minor));
    }
    if file.dumps.len() > 1 {
        facts.push(text::counted(file.dumps.len(), "dump"));
    }
    let n_last = file.dumps.last().map_or(0, |dump| dump.goroutines.len());
    facts.push(text::counted(n_last, "goroutine"));
    if file.n_lost > 0 {
        let lost = text::counted(usize::try_from(file.n_lost).unwrap_or(usize::MAX), "line");
        facts.push(format!("{lost} not understood"));
    }
    facts
}

fn test_facts(run: &TestRun) -> Vec<String> {
    let counts = run.counts();
    vec![
        "Test results".to_owned(),
        text::counted(run.packages.len(), "package"),
        text::counted(counts.total(), "test"),
    ]
}

fn trace_facts(model: &TraceModel) -> Vec<String> {
    let mut facts = vec![
        format!("Execution trace, {}", model.version()),
        format!("{} long", text::duration(i64::try_from(model.duration_nanos()).unwrap_or(i64::MAX))),
        text::counted(usize::try_from(model.event_count()).unwrap_or(usize::MAX), "event"),
        text::counted(model.tables().goroutine_count().saturating_sub(1), "goroutine"),
    ];
    if !model.problems().is_empty() {
        facts.push(format!(
            "{}, {} lost",
            text::counted(model.problems().len(), "problem"),
            text::percent(model.lost_share())
        ));
    }
    facts
}

/// Shows the line.
pub fn status_bar_ui(ui: &mut Ui, look: &StatusLook, commands: &CommandSender) {
    let rect = ui.max_rect();
    let right = UiBuilder::new().max_rect(rect).layout(Layout::right_to_left(Align::Center));
    let right = ui.scope_builder(right, |ui| {
        ui.spacing_mut().item_spacing.x = theme::GRID;
        ui.spacing_mut().interact_size.y = theme::STATUS_BAR_HEIGHT;
        if let Some(layout) = &look.layout {
            view_toggles_ui(ui, layout, commands);
        }
        problems_ui(ui, look.n_problems, commands);
        if let Some((name, is_saved)) = &look.session {
            let state = if *is_saved { "saved" } else { "changed" };
            small_ui(ui, &format!("{name}, {state}"));
        }
        if look.n_computing > 0 {
            small_ui(ui, "Computing…");
        }
    });
    let mut left = rect;
    left.max.x -= right.response.rect.width() + theme::MARGIN;
    let left = UiBuilder::new().max_rect(left).layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(left, |ui| {
        ui.spacing_mut().item_spacing.x = theme::MARGIN;
        for fact in look.notice.iter().chain(&look.facts) {
            small_ui(ui, fact);
        }
    });
}

fn view_toggles_ui(ui: &mut Ui, layout: &ViewLayout, commands: &CommandSender) {
    let tables = [
        ViewId::Functions,
        ViewId::Changes,
        ViewId::Tests,
        ViewId::Coverage,
        ViewId::Benchmarks,
        ViewId::Groups,
        ViewId::TopFunctions,
    ];
    let shows_table = tables.into_iter().any(|table| layout.shows(table));
    let side = [ViewId::Test, ViewId::Uncovered, ViewId::Benchmark, ViewId::Group, ViewId::Services]
        .into_iter()
        .find(|side| layout.knows(*side))
        .unwrap_or(ViewId::Details);
    let toggles = [
        (Icon::PanelRight, side.title(), layout.shows(side), Command::ToggleView(side)),
        (Icon::PanelBottom, "Table", shows_table, Command::ToggleTable),
        (Icon::Code, "Source", layout.shows(ViewId::Source), Command::ToggleView(ViewId::Source)),
        (Icon::Graph, "Call graph", layout.shows(ViewId::CallGraph), Command::ToggleView(ViewId::CallGraph)),
    ];
    // Where a tab has no place for the views of code, the list of commands brings them.
    let is_listed = |command: &Command| match command {
        Command::ToggleView(view @ (ViewId::Source | ViewId::CallGraph)) => layout.knows(*view),
        _ => true,
    };
    for (icon, name, is_on, command) in toggles.into_iter().filter(|(.., command)| is_listed(command)) {
        let tooltip = with_key(ui.ctx(), name, &command);
        if toggle_icon_button(ui, icon, name, is_on).on_hover_text(tooltip).clicked() {
            commands.send(command);
        }
    }
}

fn small_ui(ui: &mut Ui, text: &str) {
    let text = RichText::new(text).font(theme::small()).color(theme::tokens(ui).text_quiet);
    ui.add(eframe::egui::Label::new(text).truncate());
}

fn problems_ui(ui: &mut Ui, n_problems: usize, commands: &CommandSender) {
    let tokens = theme::tokens(ui);
    let (text, color) = match n_problems {
        0 => return,
        1 => ("1 problem".to_owned(), tokens.danger),
        n => (format!("{n} problems"), tokens.danger),
    };
    let button =
        Button::new(RichText::new(text).font(theme::small()).color(color)).frame_when_inactive(false);
    if ui
        .add(button)
        .on_hover_text(with_key(ui.ctx(), "Show or hide the list of problems", &Command::ToggleProblems))
        .clicked()
    {
        commands.send(Command::ToggleProblems);
    }
}
