//! What is chosen, in numbers and words: values and shares, callers and callees, lines, labels. Of a comparison, both sides
//! and every run.

mod compared;
mod rows;
mod start;

use std::sync::Arc;

use eframe::egui::{Color32, FontFamily, FontId, Label, Margin, RichText, ScrollArea, Ui};
use goscope_analysis::profile::call_tree::NodeId;
use goscope_analysis::profile::peek::Call;
use goscope_analysis::symbol;

use self::rows::{MAX_ROWS, Row, VALUE_WIDTH, document_ui, fact_ui, more_ui, row_ui, section_ui};
use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::notes::note_ui;
use crate::gui::parts::placeholder::{computing_mark_ui, hint_ui, nothing_yet_ui};
use crate::gui::selection::{FrameKey, Item, node_of};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::query::function::{FunctionFacts, FunctionQuery};
use crate::query::side_format::SideFormat;
use crate::query::tree::Tree;
use crate::text::{self, ValueText};
use goscope_analysis::profile::direction::Direction;

/// The view.
pub struct Details;

impl View for Details {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Details
    }

    fn frame(&self, tokens: &theme::Tokens) -> (Color32, Margin) {
        (tokens.raised, Margin::symmetric(16, 0))
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, _: &mut ()) {
        let Some(frame) = ctx.lens().selection.as_ref().and_then(Item::frame) else {
            documents_ui(ui, ctx);
            return;
        };
        let Some(comparison) = ctx.tab.content.comparison() else {
            one_profile_ui(ui, ctx, frame);
            return;
        };
        ScrollArea::vertical().id_salt("details").auto_shrink(false).show(ui, |ui| {
            ui.add_space(theme::GAP);
            title_ui(ui, frame, &Status::Ready);
            note_ui(ui, ctx);
            compared::function_ui(ui, ctx, frame);
            place_ui(ui, ctx);
            // Of several runs, adding them up for this alone is too much; the view of the source does.
            if comparison.head.len() == 1
                && let Some(facts) = ctx.ask("details", &function_query(ctx, frame)).answer
            {
                lines_ui(ui, &facts, "Lines, in the head");
                labels_ui(ui, &facts, "Labels, in the head");
            }
            ui.add_space(theme::MARGIN);
        });
    }
}

fn function_query(ctx: &ViewContext<'_>, frame: &FrameKey) -> FunctionQuery {
    FunctionQuery { stacks: ctx.lens().stack_query(), frame: frame.frame() }
}

fn one_profile_ui(ui: &mut Ui, ctx: &ViewContext<'_>, frame: &FrameKey) {
    let shown = ctx.ask("details", &function_query(ctx, frame));
    let Some(facts) = shown.answer else {
        nothing_yet_ui(ui, &shown.status, "Looking at the function");
        return;
    };
    ScrollArea::vertical().id_salt("details").auto_shrink(false).show(ui, |ui| {
        ui.add_space(theme::GAP);
        title_ui(ui, frame, &shown.status);
        note_ui(ui, ctx);
        place_ui(ui, ctx);
        function_ui(ui, ctx, &facts);
        ui.add_space(theme::MARGIN);
    });
}

/// What the files are, while nothing is chosen.
fn documents_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    ScrollArea::vertical().id_salt("facts").auto_shrink(false).show(ui, |ui| {
        ui.add_space(theme::GAP);
        if ctx.tab.content.comparison().is_some() {
            compared::sides_ui(ui, ctx);
        } else {
            start::start_ui(ui, ctx);
            for document in ctx.documents.iter() {
                document_ui(ui, "This profile", document);
            }
        }
        hint_ui(ui, "Click a box of the flame graph or a row of the table to see more about a function.");
    });
}

fn title_ui(ui: &mut Ui, frame: &FrameKey, status: &Status) {
    let tokens = theme::tokens(ui);
    let title = frame.title();
    let package = symbol::package_of(&frame.name);
    let name =
        if package.is_empty() { title.clone() } else { symbol::function_name(&frame.name).into_owned() };
    let name = RichText::new(name).font(FontId::new(theme::TEXT_BODY + 1.0, FontFamily::Monospace));
    ui.add(Label::new(name.color(tokens.text)).wrap()).on_hover_text(&title);
    if !package.is_empty() {
        let package = RichText::new(package).font(theme::mono_small()).color(tokens.text_quiet);
        ui.add(Label::new(package).wrap());
    }
    if *status == Status::Computing {
        computing_mark_ui(ui);
    }
}

/// The numbers of the chosen place in the tree, if a place is chosen and not a function everywhere.
fn place_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let Some(Item::CallPath(path)) = &ctx.lens().selection else { return };
    let Ok((question, scale)) = ctx.tree_query_of(path) else { return };
    let Some(tree) = ctx.ask("details tree", &question).answer else { return };
    let node = node_of(tree.shape(), tree.frames(), path);
    if node == NodeId::ROOT {
        return;
    }
    section_ui(ui, "In this call path");
    let format = scale.format(tree.format(), &tree.unit);
    let parent = tree.shape().parent(node).unwrap_or(NodeId::ROOT);
    match tree.base(node) {
        None => {
            fact_ui(ui, "cum", &format.text(tree.cum(node)), &text::share(tree.cum(node), tree.total));
            let of_parent = text::share(tree.cum(node), tree.cum(parent));
            if tree.direction == Direction::TopDown {
                fact_ui(ui, "flat", &format.text(tree.flat(node)), &text::share(tree.flat(node), tree.total));
                if !tree.is_around(node, parent) {
                    fact_ui(ui, "of caller", "", &of_parent);
                }
            } else {
                fact_ui(ui, "of callee", "", &of_parent);
            }
        }
        Some(base) => both_sides_ui(ui, &tree, node, base, &format),
    }
}

fn both_sides_ui(
    ui: &mut Ui,
    tree: &Arc<Tree>,
    node: NodeId,
    (base_flat, base_cum): (i64, i64),
    format: &SideFormat,
) {
    let (cum, flat) = (tree.cum(node), tree.flat(node));
    fact_ui(ui, "cum base", &format.text(base_cum), "");
    fact_ui(ui, "cum head", &format.text(cum), &text::change(base_cum, cum));
    fact_ui(ui, "flat base", &format.text(base_flat), "");
    fact_ui(ui, "flat head", &format.text(flat), &text::change(base_flat, flat));
}

fn function_ui(ui: &mut Ui, ctx: &ViewContext<'_>, facts: &FunctionFacts) {
    let format = ValueText::alone(&facts.unit);
    section_ui(ui, "In the whole profile");
    fact_ui(ui, "cum", &format.text(facts.cum), &text::share(facts.cum, facts.total));
    fact_ui(ui, "flat", &format.text(facts.flat), &text::share(facts.flat, facts.total));
    calls_ui(ui, ctx, facts, ("Callers", "Caller"), &facts.callers);
    calls_ui(ui, ctx, facts, ("Callees", "Callee"), &facts.callees);
    lines_ui(ui, facts, "Lines");
    labels_ui(ui, facts, "Labels");
}

fn lines_ui(ui: &mut Ui, facts: &FunctionFacts, title: &str) {
    if facts.lines.is_empty() {
        return;
    }
    let format = ValueText::alone(&facts.unit);
    section_ui(ui, title);
    for line in facts.lines.iter().take(MAX_ROWS) {
        let base = line.file.rsplit('/').next().unwrap_or_default();
        let place = if line.line > 0 { format!("{base}:{}", line.line) } else { base.to_owned() };
        let full = format!(
            "{}:{}\nflat {}, cum {}",
            line.file,
            line.line,
            format.text(line.flat),
            format.text(line.cum)
        );
        let row = Row {
            name: &place,
            value: &format.text(line.cum),
            part: text::fraction(line.cum, facts.cum),
            tooltip: &full,
            value_width: VALUE_WIDTH,
        };
        row_ui(ui, &row, None);
    }
    more_ui(ui, facts.lines.len());
}

fn labels_ui(ui: &mut Ui, facts: &FunctionFacts, title: &str) {
    if facts.labels.is_empty() {
        return;
    }
    let format = ValueText::alone(&facts.unit);
    section_ui(ui, title);
    for label in facts.labels.iter().take(MAX_ROWS) {
        let name = format!("{} = {}", label.key, label.text);
        let row = Row {
            name: &name,
            value: &format.text(label.value),
            part: text::fraction(label.value, facts.cum),
            tooltip: &name,
            value_width: VALUE_WIDTH,
        };
        row_ui(ui, &row, None);
    }
    more_ui(ui, facts.labels.len());
}

fn calls_ui(
    ui: &mut Ui,
    ctx: &ViewContext<'_>,
    facts: &FunctionFacts,
    (title, one): (&str, &str),
    calls: &[Call],
) {
    if calls.is_empty() {
        return;
    }
    let format = ValueText::alone(&facts.unit);
    section_ui(ui, title);
    for call in calls.iter().take(MAX_ROWS) {
        let frame = facts.frames.frame(call.frame);
        let full = frame.printable_name();
        let short = symbol::short_name(&full);
        let row = Row {
            name: &short,
            value: &format.text(call.weight),
            part: text::fraction(call.weight, facts.cum),
            tooltip: &full,
            value_width: VALUE_WIDTH,
        };
        if row_ui(ui, &row, Some(one)) {
            ctx.send(Command::Select(Item::Function(FrameKey::of(frame))));
        }
    }
    more_ui(ui, calls.len());
}
