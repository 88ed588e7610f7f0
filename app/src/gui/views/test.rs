//! The chosen test or package: how it ended, how to run it again, what it printed, its runs. While nothing is chosen: what has
//! to be looked at first.

use eframe::egui::{
    Align, Button, Label, Layout, RichText, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use crate::gui::command::Command;
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::icon::paint_clipped_text;
use crate::gui::widgets::inside;
use crate::query::testing::test_answer::TestAnswerQuery;
use crate::query::testing::test_facts::{OutputLine, RunFacts, TestFacts, TestFactsQuery};
use crate::query::testing::test_rows::{TestKey, TestState};
use crate::text;

/// Runs that are listed.
const MAX_RUNS: usize = 12;

/// The view.
pub struct TestView;

impl View for TestView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Test
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, (): &mut ()) {
        let Some(key) = shown_key(ctx) else {
            sentence_ui(ui, "Nothing has to be looked at. Select a test to see its runs.");
            return;
        };
        let shown = ctx.ask("test", &TestFactsQuery { key });
        let Some(facts) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Looking for the test");
            return;
        };
        let room = ui.available_rect_before_wrap().shrink2(vec2(theme::MARGIN, 0.0));
        inside(ui, UiBuilder::new().max_rect(room), |ui| {
            ui.add_space(theme::GAP);
            head_ui(ui, facts);
            command_ui(ui, ctx, &facts.command);
            runs_ui(ui, &facts.runs);
            output_ui(ui, ctx, facts);
        });
    }
}

/// What is chosen, else what failed first.
fn shown_key(ctx: &ViewContext<'_>) -> Option<TestKey> {
    if let Some(Item::Test(package, test)) = &ctx.lens().selection {
        return Some(TestKey { package: package.clone(), test: test.clone() });
    }
    let answer = ctx.ask("results", &TestAnswerQuery).answer?;
    answer.first.as_ref().map(|(key, _)| key.clone())
}

/// Its name, and how it ended in a line.
fn head_ui(ui: &mut Ui, facts: &TestFacts) {
    let tokens = theme::tokens(ui);
    let name = if facts.key.test.is_empty() { &facts.key.package } else { &facts.key.test };
    let shown = goscope_parsers::printable(name);
    ui.add(Label::new(RichText::new(&*shown).font(theme::mono()).strong().color(tokens.text)).truncate())
        .on_hover_text(&*shown);
    if !facts.key.test.is_empty() {
        let package = RichText::new(&facts.key.package).font(theme::mono_small()).color(tokens.text_quiet);
        ui.add(Label::new(package).truncate());
    }
    let (sentence, is_bad) = (sentence(facts), facts.state.is_bad());
    let color = if is_bad { tokens.increase } else { tokens.text };
    ui.add(Label::new(RichText::new(sentence).color(color)).wrap());
    ui.add_space(theme::GRID);
}

/// `failed, 2 of 2 runs · active 43.5 µs`.
fn sentence(facts: &TestFacts) -> String {
    let n_runs = facts.runs.len();
    let n_failed = facts.runs.iter().filter(|run| run.state == TestState::Failed).count();
    let mut parts = vec![match facts.state {
        TestState::Failed if n_runs > 1 => format!("failed {n_failed} of {n_runs} runs"),
        TestState::Flaky => format!("flaky: failed {n_failed} of {n_runs} runs"),
        TestState::Unfinished => match &facts.unfinished_after {
            Some(after) => format!("did not finish; it had run for {after} when the time was up"),
            None => "did not finish".to_owned(),
        },
        state if n_runs > 1 => format!("{}, {n_runs} runs", state.text()),
        state => state.text().to_owned(),
    }];
    let duration = |nanos: u64| text::duration(i64::try_from(nanos).unwrap_or(i64::MAX));
    if facts.active_nanos > 0 {
        parts.push(format!("active {}", duration(facts.active_nanos)));
    }
    if facts.wall_nanos > facts.active_nanos {
        parts.push(format!("wall {}", duration(facts.wall_nanos)));
    }
    if let Some(percent) = facts.coverage_percent {
        parts.push(format!("{} of statements covered", text::percent(percent / 100.0)));
    }
    parts.join(" · ")
}

/// The command that runs it again, and a button that copies it.
fn command_ui(ui: &mut Ui, ctx: &ViewContext<'_>, command: &str) {
    let tokens = theme::tokens(ui);
    let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT + theme::GAP);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(rect, theme::RADIUS, tokens.ground);
    let inner = rect.shrink2(vec2(theme::GAP, 0.0));
    let right = UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center));
    let taken = inside(ui, right, |ui| {
        let copy = ui.add(Button::new("Copy")).on_hover_text("Copies the command that runs it again");
        copy.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Copy the command that runs it again"));
        if copy.clicked() {
            ctx.send(Command::CopyText(command.to_owned()));
        }
        ui.min_rect().left()
    });
    let text_rect = inner.with_max_x(taken - theme::GAP);
    let left = UiBuilder::new().max_rect(text_rect).layout(Layout::left_to_right(Align::Center));
    inside(ui, left, |ui| {
        let shown = RichText::new(command).font(theme::mono_small()).color(tokens.text);
        ui.add(Label::new(shown).truncate()).on_hover_text(command);
    });
}

/// Every run, where there are several.
fn runs_ui(ui: &mut Ui, runs: &[RunFacts]) {
    if runs.len() < 2 {
        return;
    }
    let tokens = theme::tokens(ui);
    heading_ui(ui, "Runs");
    ui.spacing_mut().item_spacing.y = 0.0;
    for (run, number) in runs.iter().take(MAX_RUNS).zip(1..) {
        let duration = |nanos: u64| text::duration(i64::try_from(nanos).unwrap_or(i64::MAX));
        let color = if run.state.is_bad() { tokens.increase } else { tokens.text_quiet };
        let wall = if run.wall_nanos > run.active_nanos + run.active_nanos / 10 {
            format!(" · wall {}", duration(run.wall_nanos))
        } else {
            String::new()
        };
        let line = format!("{number:>3}  {:<10} {}{wall}", run.state.text(), duration(run.active_nanos));
        ui.add(Label::new(RichText::new(line).font(theme::mono_small()).color(color)).truncate());
    }
    if runs.len() > MAX_RUNS {
        let rest = format!("and {} more", runs.len() - MAX_RUNS);
        ui.label(RichText::new(rest).font(theme::small()).color(tokens.text_faint));
    }
}

fn heading_ui(ui: &mut Ui, title: &str) {
    ui.add_space(theme::GAP);
    ui.label(RichText::new(title).font(theme::small()).color(theme::tokens(ui).text_faint));
}

/// What it printed; a place in it shows the source.
fn output_ui(ui: &mut Ui, ctx: &ViewContext<'_>, facts: &TestFacts) {
    heading_ui(ui, "Output");
    if facts.output.is_empty() {
        let text = match facts.state {
            TestState::Passed | TestState::Cached => "Nothing is kept of what passed.",
            _ => "It printed nothing.",
        };
        ui.label(RichText::new(text).color(theme::tokens(ui).text_quiet));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let area =
        ScrollArea::vertical().id_salt(("output", &facts.key.package, &facts.key.test)).auto_shrink(false);
    area.show_rows(ui, theme::ROW_HEIGHT, facts.output.len(), |ui, range| {
        for (line, number) in facts.output[range.clone()].iter().zip(range.start..) {
            ui.push_id(number, |ui| line_ui(ui, ctx, line));
        }
    });
}

fn line_ui(ui: &mut Ui, ctx: &ViewContext<'_>, line: &OutputLine) {
    let tokens = theme::tokens(ui);
    let size = vec2(ui.available_width(), theme::ROW_HEIGHT);
    let sense = if line.place.is_some() { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    let role = if line.place.is_some() { Role::Link } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, true, line.text.trim()));
    if line.place.is_some() && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect, theme::RADIUS, tokens.row_hovered);
    }
    let Some((place, at)) = &line.place else {
        let look = (theme::mono(), tokens.text);
        let is_cut =
            paint_clipped_text(ui.painter(), rect, eframe::egui::Align2::LEFT_CENTER, &line.text, look);
        if is_cut {
            response.on_hover_text(&line.text);
        }
        return;
    };
    let mut job = eframe::egui::text::LayoutJob::default();
    let format = |color| eframe::egui::TextFormat::simple(theme::mono(), color);
    job.append(&line.text[..at.start], 0.0, format(tokens.text));
    job.append(&line.text[at.clone()], 0.0, format(tokens.accent));
    job.append(&line.text[at.end..], 0.0, format(tokens.text));
    job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(rect.width());
    let galley = ui.painter().layout_job(job);
    let top = rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(pos2(rect.left(), top), galley, tokens.text);
    if response.clicked() {
        ctx.send(Command::ShowPlace(place.clone()));
    }
    response.on_hover_text(format!("{}\nClick to show the source", line.text.trim()));
}
