//! The chosen task, in the place of the chosen span: how long it took, what it belongs to, and its events in order.

use eframe::egui::{Button, Label, RichText, ScrollArea, Ui};
use goscope_parsers::printable;

use crate::gui::command::{Command, Flight};
use crate::gui::parts::notes::note_ui;
use crate::gui::parts::placeholder::nothing_yet_ui;
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::facts::{fact_ui, section_ui};
use crate::query::trace::selection::TimeRange;
use crate::query::trace::task_facts::{TaskFacts, TaskMoment, TaskQuery, TaskRef};
use crate::text;
use goscope_analysis::trace::instances::InstanceKind;

/// Shows the task with a number.
pub(super) fn task_ui(ui: &mut Ui, ctx: &ViewContext<'_>, number: u64) {
    let shown = ctx.ask("span", &TaskQuery { number });
    let Some(facts) = shown.answer else {
        nothing_yet_ui(ui, &shown.status, "Looking at the task");
        return;
    };
    ui.add_space(theme::GAP);
    note_ui(ui, ctx);
    ui.spacing_mut().item_spacing.y = 0.0;
    let rows = Rows::of(&facts);
    ScrollArea::vertical().id_salt("task").auto_shrink(false).show_rows(
        ui,
        theme::ROW_HEIGHT,
        rows.len(),
        |ui, seen| {
            for row in seen.filter_map(|row| rows.at(row)) {
                ui.allocate_ui(eframe::egui::vec2(ui.available_width(), theme::ROW_HEIGHT), |ui| {
                    ui.set_height(theme::ROW_HEIGHT);
                    row_ui(ui, ctx, &facts, row);
                });
            }
        },
    );
}

/// A line of the panel; all have the same height, so that only what is seen is drawn.
#[derive(Clone, Copy)]
enum Row {
    Title,
    Only,
    Duration,
    Start,
    Goroutines,
    Section(&'static str),
    Parent,
    Child(usize),
    Event(usize),
}

/// The rows as runs of one kind, of which there are few however much happened.
struct Rows([Run; 6]);

/// A number of rows, made by their place among them.
struct Run(usize, fn(usize) -> Row);

impl Rows {
    fn of(facts: &TaskFacts) -> Self {
        const HEAD: [Row; 5] = [Row::Title, Row::Only, Row::Duration, Row::Start, Row::Goroutines];
        let has_parent = usize::from(facts.parent.is_some());
        let has_children = usize::from(!facts.children.is_empty());
        Self([
            Run(HEAD.len(), |row| HEAD[row]),
            Run(2 * has_parent, |row| if row == 0 { Row::Section("Parent") } else { Row::Parent }),
            Run(has_children, |_| Row::Section("Child tasks")),
            Run(facts.children.len(), Row::Child),
            Run(1, |_| Row::Section("Events")),
            Run(facts.events.len(), Row::Event),
        ])
    }

    fn len(&self) -> usize {
        self.0.iter().map(|run| run.0).sum()
    }

    fn at(&self, mut row: usize) -> Option<Row> {
        for &Run(len, make) in &self.0 {
            if row < len {
                return Some(make(row));
            }
            row -= len;
        }
        None
    }
}

fn row_ui(ui: &mut Ui, ctx: &ViewContext<'_>, facts: &TaskFacts, row: Row) {
    let task = &facts.task;
    match row {
        Row::Title => {
            let title = RichText::new(title(task)).font(theme::mono()).strong();
            ui.add(Label::new(title.color(theme::tokens(ui).text)).truncate());
        }
        Row::Only => {
            let button = ui.button("Only its type");
            if button.on_hover_text("Flame graph and breakdown of all tasks of this type").clicked() {
                ctx.send(Command::ChooseAbout(InstanceKind::Tasks(Some(task.name.clone()))));
            }
        }
        Row::Duration => {
            let duration = text::duration(task.time.1 - task.time.0);
            let text = if facts.is_complete { duration } else { format!("at least {duration}") };
            fact_ui(ui, "duration", &text);
        }
        Row::Start => fact_ui(ui, "start", &text::duration(task.time.0)),
        Row::Goroutines => {
            let numbers: Vec<String> = facts.goroutines.iter().take(16).map(i64::to_string).collect();
            fact_ui(ui, "goroutines", &numbers.join(", "));
        }
        Row::Section(text) => section_ui(ui, text),
        Row::Parent => facts.parent.iter().for_each(|parent| link_ui(ui, ctx, parent)),
        Row::Child(index) => link_ui(ui, ctx, &facts.children[index]),
        Row::Event(index) => event_ui(ui, ctx, task, &facts.events[index]),
    }
}

fn title(task: &TaskRef) -> String {
    if task.name.is_empty() {
        format!("task {}", task.number)
    } else {
        format!("task {} {}", task.number, printable(&task.name))
    }
}

/// Another task, with a way to it.
fn link_ui(ui: &mut Ui, ctx: &ViewContext<'_>, task: &TaskRef) {
    let text = format!("{} · {}", title(task), text::duration(task.time.1 - task.time.0));
    let text = RichText::new(text).font(theme::mono_small()).color(theme::tokens(ui).accent);
    let button = ui.add(Button::new(text).frame_when_inactive(false).truncate());
    if button.on_hover_text("Go to this task").clicked() {
        fly_to(ctx, Item::Task(task.number), task.time, Some(task.name.clone()));
    }
}

/// An event, when it was since the task began; a click goes to what its goroutine did then.
fn event_ui(ui: &mut Ui, ctx: &ViewContext<'_>, task: &TaskRef, event: &TaskMoment) {
    let tokens = theme::tokens(ui);
    let since = text::duration(event.nanos - task.time.0);
    let text = RichText::new(format!("{since:>8}  {}", event.text)).font(theme::mono_small());
    let button = ui.add(Button::new(text.color(tokens.text)).frame_when_inactive(false).truncate());
    let whole = format!("G {}, {since} after the task started\n{}", event.goid, event.text);
    if button.on_hover_text(whole).clicked() && event.goid >= 0 {
        fly_to(ctx, Item::Span(event.goid, event.nanos), (event.nanos, event.nanos), None);
    }
}

/// Stays where it is if what is chosen can be seen there. Lanes of tasks stand under their type, those of goroutines
/// under the function that they run.
fn fly_to(ctx: &ViewContext<'_>, item: Item, time: (i64, i64), type_name: Option<String>) {
    let Some(model) = ctx.trace() else { return };
    let is_seen = |range: &TimeRange| time.0 >= range.start_nanos && time.1 <= range.end_nanos;
    let start = model.range().start;
    let clock = start.saturating_add(time.0)..start.saturating_add(time.1);
    let range = ctx.lens().trace.range.filter(is_seen).unwrap_or_else(|| TimeRange::around(model, &clock));
    let goroutine = item.goroutine().and_then(|goid| model.goroutine_by_number(goid));
    let function = goroutine.map(|id| model.tables().string_lossy(model.start_function(id)).into_owned());
    let group = type_name.or(function);
    ctx.send(Command::FlyTo(Flight { item, range, group }));
}
