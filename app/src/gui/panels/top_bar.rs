//! The bar on top: menu, tabs, search, palette and theme.

use eframe::egui::{
    Align, Align2, Button, CornerRadius, Id, Layout, Rect, RichText, Role, ScrollArea, Sense, Stroke, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};

use crate::gui::command::{Command, CommandSender, Motion};
use crate::gui::command_list::{Group, LISTED, Listed, key_text, with_key};
use crate::gui::theme;
use crate::gui::widgets::icon::{Icon, icon_button, paint_icon};
use crate::gui::widgets::search_box::{SearchLook, search_box_ui};
use crate::gui::workspace::{Tab, Workspace};

/// What the bar shows besides the workspace.
#[derive(Clone, Debug, Default)]
pub struct TopBarLook {
    /// What the search found: `matched 12.3%`.
    pub matched: String,
    /// Whether undo and redo can do something.
    pub can_undo_redo: (bool, bool),
}

/// Name of the search field in egui's memory.
pub fn search_id() -> Id {
    Id::unique("search field")
}

/// Shows the bar.
pub fn top_bar_ui(ui: &mut Ui, workspace: &Workspace, look: &TopBarLook, commands: &CommandSender) {
    let rect = ui.max_rect();
    let right_width = right_part_ui(ui, rect, workspace, look, commands);
    let left = Rect::from_min_max(rect.min, pos2(rect.right() - right_width - theme::MARGIN, rect.bottom()));
    let builder = UiBuilder::new().max_rect(left).layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = theme::GRID;
        menu_ui(ui, commands);
        ui.add_space(theme::GRID);
        ScrollArea::horizontal().id_salt("tabs").auto_shrink(false).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                for tab in &workspace.tabs {
                    tab_ui(ui, tab, workspace.active == Some(tab.id), commands);
                }
                let plus = icon_button(ui, Icon::Plus, "New tab").on_hover_text(with_key(
                    ui.ctx(),
                    "Open another file",
                    &Command::ShowStart,
                ));
                if plus.clicked() {
                    commands.send(Command::ShowStart);
                }
            });
        });
    });
}

/// Search, undo, theme; returns how wide it is.
fn right_part_ui(
    ui: &mut Ui,
    rect: Rect,
    workspace: &Workspace,
    look: &TopBarLook,
    commands: &CommandSender,
) -> f32 {
    let builder = UiBuilder::new().max_rect(rect).layout(Layout::right_to_left(Align::Center));
    let inner = ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = theme::GRID;
        let (icon, name) =
            if ui.visuals().dark_mode { (Icon::Sun, "Light theme") } else { (Icon::Moon, "Dark theme") };
        if icon_button(ui, icon, name)
            .on_hover_text(with_key(ui.ctx(), name, &Command::ToggleTheme))
            .clicked()
        {
            commands.send(Command::ToggleTheme);
        }
        let palette = Button::new(RichText::new("Commands").color(theme::tokens(ui).text_quiet));
        if ui
            .add(palette.frame_when_inactive(false))
            .on_hover_text(with_key(ui.ctx(), "All commands", &Command::ShowCommandPalette))
            .clicked()
        {
            commands.send(Command::ShowCommandPalette);
        }
        if let Some(tab) = workspace.active_tab() {
            history_ui(ui, look.can_undo_redo, commands);
            search_ui(ui, tab, &look.matched, commands);
        }
    });
    inner.response.rect.width()
}

fn history_ui(ui: &mut Ui, (can_undo, can_redo): (bool, bool), commands: &CommandSender) {
    for (icon, name, is_able, command) in
        [(Icon::Redo, "Redo", can_redo, Command::Redo), (Icon::Undo, "Undo", can_undo, Command::Undo)]
    {
        let response = ui.add_enabled_ui(is_able, |ui| icon_button(ui, icon, name)).inner;
        if response.on_hover_text(with_key(ui.ctx(), name, &command)).clicked() {
            commands.send(command);
        }
    }
}

fn search_ui(ui: &mut Ui, tab: &Tab, matched: &str, commands: &CommandSender) {
    let width = (ui.available_width() * 0.4).clamp(180.0, 320.0);
    let look = SearchLook { id: search_id(), name: "Search", hint: "Search  /", fact: matched, width };
    // Where there are no stacks, what is searched for is a row of a table.
    let has_stacks = tab.content.kind().has_stacks();
    let (shown, command): (_, fn(String) -> Command) = if has_stacks {
        (&tab.lens.search, Command::Search)
    } else {
        (&tab.lens.table_filter, Command::FilterTable)
    };
    let events = search_box_ui(ui, look, shown);
    if let Some(text) = events.text {
        commands.send(command(text));
    }
    if events.next {
        commands.send(Command::Move(Motion::NextMatch));
    }
    if events.previous {
        commands.send(Command::Move(Motion::PreviousMatch));
    }
    if events.left && !shown.is_empty() {
        commands.send(command(String::new()));
    }
}

fn menu_ui(ui: &mut Ui, commands: &CommandSender) {
    let button = icon_button(ui, Icon::Menu, "Menu").on_hover_text("Menu");
    eframe::egui::Popup::menu(&button).show(|ui| {
        ui.set_min_width(220.0);
        for group in Group::ALL {
            ui.menu_button(group.text(), |ui| {
                ui.set_min_width(240.0);
                for listed in LISTED.iter().filter(|listed| listed.group == group) {
                    menu_item_ui(ui, listed, commands);
                }
            });
        }
    });
}

fn menu_item_ui(ui: &mut Ui, listed: &Listed, commands: &CommandSender) {
    let mut button = Button::new(listed.text);
    if let Some(key) = listed.keys.first() {
        let keys = key_text(ui.ctx(), key);
        button = button
            .shortcut_text(RichText::new(keys).font(theme::small()).color(theme::tokens(ui).text_faint));
    }
    if ui.add(button).on_hover_text(listed.tooltip).clicked() {
        commands.send(listed.command.clone());
        ui.close();
    }
}

/// A tab: its name, and a cross. The one in front stands on the ground of the view.
fn tab_ui(ui: &mut Ui, tab: &Tab, is_active: bool, commands: &CommandSender) {
    const CROSS_WIDTH: f32 = 24.0;
    const MAX_TEXT_WIDTH: f32 = 180.0;
    let tokens = theme::tokens(ui);
    let title = tab.content.title();
    let mut job = eframe::egui::text::LayoutJob::single_section(
        title.clone(),
        eframe::egui::TextFormat::simple(theme::body(), tokens.text),
    );
    job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(MAX_TEXT_WIDTH);
    let galley = ui.painter().layout_job(job);
    let width = theme::MARGIN + galley.size().x + CROSS_WIDTH;
    let (rect, response) =
        ui.allocate_exact_size(vec2(width, theme::TOP_BAR_HEIGHT - theme::GAP), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_active, &title));
    let cross = Rect::from_min_max(pos2(rect.right() - CROSS_WIDTH, rect.top()), rect.max);
    let close = ui.interact(cross, response.id.with("close"), Sense::click());
    close.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Close {title}")));

    let painter = ui.painter();
    if is_active {
        painter.rect_filled(rect, CornerRadius::same(theme::RADIUS), tokens.control);
        let line = rect.bottom() + 3.0;
        painter.hline(rect.x_range(), line, Stroke::new(2.0, tokens.accent));
    } else if response.hovered() {
        painter.rect_filled(rect, CornerRadius::same(theme::RADIUS), tokens.row_hovered);
    }
    if response.has_focus() {
        painter.rect_stroke(rect, theme::RADIUS, (1.0, tokens.accent), eframe::egui::StrokeKind::Inside);
    }
    let color = if is_active { tokens.text } else { tokens.text_quiet };
    let at = Align2::LEFT_CENTER
        .align_size_within_rect(galley.size(), rect.translate(vec2(theme::MARGIN, 0.0)))
        .min;
    painter.galley_with_override_text_color(at, galley, color);
    if is_active || response.hovered() || close.hovered() {
        let color = if close.hovered() { tokens.text } else { tokens.text_faint };
        paint_icon(painter, cross.center(), Icon::Close, color);
    }
    if close.clicked() || response.middle_clicked() {
        commands.send(Command::CloseTab(tab.id));
    } else if response.clicked() {
        commands.send(Command::ShowTab(tab.id));
    }
    response.on_hover_text(places_of(tab));
}

fn places_of(tab: &Tab) -> String {
    let places: Vec<String> = tab.content.sources().into_iter().map(crate::document::Source::place).collect();
    places.join("\n")
}
