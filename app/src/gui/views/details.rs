//! What is chosen, in numbers and words: values and shares, callers and callees, lines, labels.

use std::sync::Arc;

use eframe::egui::{
    Align2, Color32, FontFamily, FontId, Label, Margin, Rect, RichText, Role, ScrollArea, Sense, StrokeKind,
    Ui, WidgetInfo, pos2, vec2,
};
use goscope_analysis::profile::call_tree::NodeId;
use goscope_analysis::profile::peek::Call;
use goscope_analysis::symbol;
use goscope_analysis::value::{ValueFormat, format_value};

use crate::derived::Status;
use crate::document::Document;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, hint_ui, nothing_yet_ui};
use crate::gui::selection::{FrameKey, Item, node_of};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::icon::paint_clipped_text;
use crate::query::function::{FunctionFacts, FunctionQuery};
use crate::query::tree::Tree;
use crate::text;
use goscope_analysis::profile::direction::Direction;

/// The view.
pub struct Details;

/// Rows of a list before it is cut.
const MAX_ROWS: usize = 12;

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
        let question = FunctionQuery { stacks: ctx.lens().stack_query(), frame: frame.frame() };
        let shown = ctx.ask("details", &question);
        let Some(facts) = shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Looking at the function");
            return;
        };
        ScrollArea::vertical().id_salt("details").auto_shrink(false).show(ui, |ui| {
            ui.add_space(theme::GAP);
            title_ui(ui, frame, &shown.status);
            place_ui(ui, ctx);
            function_ui(ui, ctx, &facts);
        });
    }
}

/// What the files are, while nothing is chosen.
fn documents_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    ScrollArea::vertical().id_salt("facts").auto_shrink(false).show(ui, |ui| {
        ui.add_space(theme::GAP);
        for (index, document) in ctx.documents.iter().enumerate() {
            let title = match (ctx.documents.len(), index) {
                (1, _) => "This profile",
                (_, 0) => "Base",
                _ => "Head",
            };
            document_ui(ui, title, document);
        }
        hint_ui(ui, "Click a box of the flame graph or a row of the table to see more about a function.");
    });
}

fn document_ui(ui: &mut Ui, title: &str, document: &Document) {
    let Some(profile) = document.profile() else { return };
    let tables = &profile.profile;
    ui.label(RichText::new(title).font(theme::small()).color(theme::tokens(ui).text_faint));
    let name = RichText::new(document.source.name()).font(theme::mono()).color(theme::tokens(ui).text);
    ui.add(Label::new(name).truncate()).on_hover_text(document.source.place());
    plain_fact_ui(ui, "kind", profile.title());
    if tables.time_nanos != 0 {
        plain_fact_ui(ui, "taken", &text::utc(tables.time_nanos));
    }
    if tables.duration_nanos != 0 {
        plain_fact_ui(ui, "duration", &format_value(tables.duration_nanos, "nanoseconds", "auto"));
    }
    if let Some(period) = tables.period_type.filter(|_| tables.period != 0) {
        let text = format_value(tables.period, &tables.text(period.unit), "auto");
        plain_fact_ui(ui, "period", &format!("{text} of {}", tables.text(period.kind)));
    }
    for (name, count) in [
        ("samples", tables.samples.len()),
        ("functions", tables.functions.len()),
        ("locations", tables.locations.len()),
    ] {
        plain_fact_ui(ui, name, &text::count(count));
    }
    for comment in &tables.comments {
        let text =
            RichText::new(tables.text(*comment)).font(theme::small()).color(theme::tokens(ui).text_quiet);
        ui.add(Label::new(text).wrap());
    }
    ui.add_space(theme::MARGIN);
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
    let Some(tree) = ctx.ask("details tree", &ctx.tree_query()).answer else { return };
    let node = node_of(tree.shape(), tree.frames(), path);
    if node == NodeId::ROOT {
        return;
    }
    section_ui(ui, "This call path");
    let format = tree.format();
    let parent = tree.shape().parent(node).unwrap_or(NodeId::ROOT);
    match tree.base(node) {
        None => {
            fact_ui(ui, "cum", &format.text(tree.cum(node)), &text::share(tree.cum(node), tree.total));
            let of_parent = text::share(tree.cum(node), tree.cum(parent));
            if tree.direction == Direction::TopDown {
                fact_ui(ui, "flat", &format.text(tree.flat(node)), &text::share(tree.flat(node), tree.total));
                fact_ui(ui, "of caller", "", &of_parent);
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
    format: &ValueFormat,
) {
    let (cum, flat) = (tree.cum(node), tree.flat(node));
    fact_ui(ui, "cum base", &format.text(base_cum), "");
    fact_ui(ui, "cum head", &format.text(cum), &text::change(base_cum, cum));
    fact_ui(ui, "flat base", &format.text(base_flat), "");
    fact_ui(ui, "flat head", &format.text(flat), &text::change(base_flat, flat));
}

fn function_ui(ui: &mut Ui, ctx: &ViewContext<'_>, facts: &FunctionFacts) {
    let format = ValueFormat::fixed(&facts.unit, &facts.shown_unit);
    let everywhere = if ctx.documents.len() > 1 { "Everywhere, in the head" } else { "Everywhere" };
    section_ui(ui, everywhere);
    fact_ui(ui, "cum", &format.text(facts.cum), &text::share(facts.cum, facts.total));
    fact_ui(ui, "flat", &format.text(facts.flat), &text::share(facts.flat, facts.total));
    calls_ui(ui, ctx, facts, ("Callers", "Caller"), &facts.callers);
    calls_ui(ui, ctx, facts, ("Callees", "Callee"), &facts.callees);
    if !facts.lines.is_empty() {
        section_ui(ui, "Lines");
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
            };
            row_ui(ui, &row, None);
        }
        more_ui(ui, facts.lines.len());
    }
    if !facts.labels.is_empty() {
        section_ui(ui, "Labels");
        for label in facts.labels.iter().take(MAX_ROWS) {
            let name = format!("{} = {}", label.key, label.text);
            let row = Row {
                name: &name,
                value: &format.text(label.value),
                part: text::fraction(label.value, facts.cum),
                tooltip: &name,
            };
            row_ui(ui, &row, None);
        }
        more_ui(ui, facts.labels.len());
    }
    ui.add_space(theme::MARGIN);
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
    let format = ValueFormat::fixed(&facts.unit, &facts.shown_unit);
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
        };
        if row_ui(ui, &row, Some(one)) {
            ctx.send(Command::Select(Item::Function(FrameKey::of(frame))));
        }
    }
    more_ui(ui, calls.len());
}

fn more_ui(ui: &mut Ui, n_rows: usize) {
    if n_rows > MAX_ROWS {
        let text = format!("and {} more", n_rows - MAX_ROWS);
        ui.label(RichText::new(text).font(theme::small()).color(theme::tokens(ui).text_faint));
    }
}

fn section_ui(ui: &mut Ui, title: &str) {
    ui.add_space(theme::MARGIN);
    ui.label(RichText::new(title).font(theme::small()).color(theme::tokens(ui).text_faint));
}

/// A number with its name on the left and its share on the right.
fn fact_ui(ui: &mut Ui, name: &str, value: &str, part: &str) {
    let tokens = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
    let painter = ui.painter();
    let middle = rect.center().y;
    painter.text(pos2(rect.left(), middle), Align2::LEFT_CENTER, name, theme::body(), tokens.text_quiet);
    painter.text(pos2(rect.right() - 72.0, middle), Align2::RIGHT_CENTER, value, theme::mono(), tokens.text);
    painter.text(pos2(rect.right(), middle), Align2::RIGHT_CENTER, part, theme::mono(), tokens.text);
}

/// A fact in words, its name on the left.
fn plain_fact_ui(ui: &mut Ui, name: &str, value: &str) {
    let tokens = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), Sense::hover());
    let middle = rect.center().y;
    ui.painter().text(pos2(rect.left(), middle), Align2::LEFT_CENTER, name, theme::body(), tokens.text_quiet);
    let value_rect = Rect::from_min_max(pos2(rect.left() + 76.0, rect.top()), rect.max);
    paint_clipped_text(ui.painter(), value_rect, Align2::RIGHT_CENTER, value, (theme::mono(), tokens.text));
}

/// A line of a list.
struct Row<'a> {
    name: &'a str,
    value: &'a str,
    part: f32,
    tooltip: &'a str,
}

/// Shows a line; with a `role` it can be clicked, and screen readers call it by that.
fn row_ui(ui: &mut Ui, row: &Row<'_>, role: Option<&str>) -> bool {
    const VALUE_WIDTH: f32 = 76.0;
    let tokens = theme::tokens(ui);
    let sense = if role.is_some() { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), sense);
    if let Some(role) = role {
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{role} {}", row.tooltip)));
    }
    let painter = ui.painter();
    if role.is_some() && (response.hovered() || response.has_focus()) {
        painter.rect_filled(rect.expand2(vec2(theme::GRID, 0.0)), theme::RADIUS, tokens.row_hovered);
    }
    if response.has_focus() {
        painter.rect_stroke(
            rect.expand2(vec2(theme::GRID, 0.0)),
            theme::RADIUS,
            (1.0, tokens.accent),
            StrokeKind::Inside,
        );
    }
    let value_left = rect.right() - VALUE_WIDTH;
    let bar_width = (VALUE_WIDTH * row.part).max(1.0);
    let bar = Rect::from_min_max(
        pos2(rect.right() - bar_width, rect.top() + 2.0),
        pos2(rect.right(), rect.bottom() - 2.0),
    );
    painter.rect_filled(bar, 2.0, tokens.meter);
    let name_rect = Rect::from_min_max(rect.min, pos2(value_left - theme::GAP, rect.bottom()));
    let color = if role.is_some() { tokens.text } else { tokens.text_quiet };
    paint_clipped_text(painter, name_rect, Align2::LEFT_CENTER, row.name, (theme::mono(), color));
    painter.text(
        pos2(rect.right() - theme::GRID, rect.center().y),
        Align2::RIGHT_CENTER,
        row.value,
        theme::mono(),
        tokens.text,
    );
    let is_clicked = response.clicked();
    response.on_hover_text(row.tooltip);
    is_clicked
}
