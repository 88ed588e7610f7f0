//! Where to begin, while nothing is chosen: where half of the profile is spent, the largest functions of own code, and
//! what the packages take.

use eframe::egui::{
    Align2, Color32, Label, Rect, Response, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};
use goscope_flamegraph::palette::function_color;

use super::rows::{Row, VALUE_WIDTH, row_ui, section_ui};
use crate::gui::command::Command;
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::icon::paint_clipped_text;
use crate::query::starting_points::{StartingPointsQuery, WhereToBegin};
use crate::text;

/// Functions and packages that are listed.
const MAX_FUNCTIONS: usize = 6;
const MAX_PACKAGES: usize = 6;
const BAR_HEIGHT: f32 = 2.0 * theme::GRID;

/// Shows it.
pub(super) fn start_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let question = StartingPointsQuery { stacks: ctx.lens().stack_query() };
    let Some(found) = ctx.ask("where to begin", &question).answer else { return };
    let sentence = RichText::new(found.sentence()).font(theme::body()).color(theme::tokens(ui).text);
    ui.add(Label::new(sentence).wrap());
    functions_ui(ui, ctx, &found);
    packages_ui(ui, ctx, &found);
    ui.add_space(theme::MARGIN);
}

fn functions_ui(ui: &mut Ui, ctx: &ViewContext<'_>, found: &WhereToBegin) {
    let points = &found.points;
    if points.functions.is_empty() {
        return;
    }
    section_ui(ui, "Own code, with what it calls");
    for &(function, value) in points.functions.iter().take(MAX_FUNCTIONS) {
        let frame = found.frames.frame(function);
        let share = text::share(value, points.sum);
        let row = Row {
            name: &found.name(function),
            value: &share,
            part: text::fraction(value, points.sum),
            tooltip: &format!("{}\n{}, {share}", frame.printable_name(), found.value_text(value)),
            value_width: VALUE_WIDTH,
        };
        if row_ui(ui, &row, Some("Function")) {
            ctx.send(Command::Select(Item::Function(FrameKey::of(frame))));
        }
    }
}

/// What the packages take, and the colors that they have in the flame graph: a bar, and a line for each of the largest.
fn packages_ui(ui: &mut Ui, ctx: &ViewContext<'_>, found: &WhereToBegin) {
    let points = &found.points;
    section_ui(ui, "Packages in which it ends");
    let color = |package: &str| {
        let name = if package.is_empty() { String::new() } else { format!("{package}.f") };
        theme::color_from_rgb(function_color(&name, theme::flame_theme(ui)))
    };
    let mut parts: Vec<(&str, i64, Color32)> = points
        .packages
        .iter()
        .take(MAX_PACKAGES)
        .map(|(package, value)| {
            (if package.is_empty() { "no symbol" } else { package }, *value, color(package))
        })
        .collect();
    let others: i64 =
        points.packages.iter().skip(MAX_PACKAGES).map(|&(_, value)| value).fold(0, i64::wrapping_add);
    if others != 0 {
        parts.push(("others", others, theme::color_from_rgb(theme::flame_theme(ui).merged())));
    }
    bar_ui(ui, &parts, points.sum);
    for (index, (package, value, color)) in parts.into_iter().enumerate() {
        let search = points.packages.get(index).filter(|(name, _)| name == package && !name.is_empty());
        let search = search.map(|(name, _)| format!("{name}."));
        let line = line_ui(ui, package, &text::share(value, points.sum), (color, search.is_some()));
        if let Some(search) = search
            && line.on_hover_text(format!("{package}\nClick to find its boxes")).clicked()
        {
            let is_found = ctx.lens().search == search;
            ctx.send(Command::Search(if is_found { String::new() } else { search }));
        }
    }
}

fn bar_ui(ui: &mut Ui, parts: &[(&str, i64, Color32)], sum: i64) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), BAR_HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Shares of packages"));
    ui.painter().rect_filled(rect, 1.0, theme::tokens(ui).sunken);
    let mut left = rect.left();
    for &(_, value, color) in parts {
        let right = (left + rect.width() * text::fraction(value, sum)).min(rect.right());
        let gap = if right - left > 3.0 { 1.0 } else { 0.0 };
        let part = Rect::from_min_max(pos2(left, rect.top()), pos2(right - gap, rect.bottom()));
        ui.painter().rect_filled(part, 0.0, color);
        left = right;
    }
    ui.add_space(theme::GRID);
}

fn line_ui(ui: &mut Ui, package: &str, share: &str, (color, is_link): (Color32, bool)) -> Response {
    let tokens = theme::tokens(ui);
    let (role, sense) = if is_link { (Role::Link, Sense::click()) } else { (Role::Label, Sense::hover()) };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_HEIGHT), sense);
    response.widget_info(|| WidgetInfo::labeled(role, true, format!("{package} {share}")));
    let painter = ui.painter();
    if is_link && (response.hovered() || response.has_focus()) {
        painter.rect_filled(rect, 2.0, tokens.control_hovered);
    }
    let swatch = Rect::from_center_size(pos2(rect.left() + 4.0, rect.center().y), vec2(8.0, 8.0));
    painter.rect_filled(swatch, 1.0, color);
    let name_rect = Rect::from_min_max(
        pos2(rect.left() + 16.0, rect.top()),
        pos2(rect.right() - VALUE_WIDTH, rect.bottom()),
    );
    let look = (theme::mono(), tokens.text_quiet);
    paint_clipped_text(painter, name_rect, Align2::LEFT_CENTER, package, look);
    let at = pos2(rect.right() - theme::GRID, rect.center().y);
    painter.text(at, Align2::RIGHT_CENTER, share, theme::mono(), tokens.text);
    response
}
