//! The start screen: drop a file, choose one, or take one that is known already.

use eframe::egui::{
    Align, Align2, Button, FontFamily, FontId, Layout, Rect, RichText, Role, ScrollArea, Sense, StrokeKind,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use crate::document::Source;
use crate::gui::command::{Command, CommandSender};
use crate::gui::theme;
use crate::gui::widgets::icon::{Icon, paint_clipped_text, paint_icon};
use crate::gui::widgets::inside;
use crate::samples::{PAIR, SAMPLES, Sample, TRACES};
use crate::session::saved::SavedSession;
use crate::text;

const WIDTH: f32 = 760.0;
/// Recent files that are shown.
const MAX_RECENT: usize = 8;
/// How wide the other ways to begin are together.
const MORE_WIDTH: f32 = 312.0;
const ENTRY_HEIGHT: f32 = 11.0 * theme::GRID;

/// Shows the screen.
///
/// `last` is the session of the last time, if there was one.
pub fn start_ui(ui: &mut Ui, recent: &[Source], last: Option<&SavedSession>, commands: &CommandSender) {
    ScrollArea::vertical().id_salt("start").auto_shrink(false).show(ui, |ui| {
        let width = WIDTH.min(ui.available_width() - 2.0 * theme::SECTION);
        let side = (ui.available_width() - width) / 2.0;
        let top = ((ui.available_height() - 560.0) * 0.4).max(theme::SECTION);
        ui.add_space(top);
        ui.horizontal_top(|ui| {
            ui.add_space(side);
            ui.vertical(|ui| {
                ui.set_width(width);
                title_ui(ui);
                ui.add_space(theme::SECTION);
                drop_zone_ui(ui, commands);
                ui.add_space(theme::SECTION);
                if let Some(last) = last {
                    list_ui(ui, "Continue where you stopped", &[last_entry(last)], commands);
                    ui.add_space(theme::GAP);
                }
                lists_ui(ui, recent, commands);
                ui.add_space(theme::SECTION);
            });
        });
    });
}

fn title_ui(ui: &mut Ui) {
    let tokens = theme::tokens(ui);
    ui.label(
        RichText::new("goscope")
            .font(FontId::new(theme::TEXT_DISPLAY, FontFamily::Proportional))
            .color(tokens.text),
    );
    let about = "See where a Go program spends its time and memory: profiles, execution traces, comparisons.";
    ui.label(RichText::new(about).color(tokens.text_quiet));
}

fn drop_zone_ui(ui: &mut Ui, commands: &CommandSender) {
    let tokens = theme::tokens(ui);
    let is_dropping = ui.input(|input| !input.raw.hovered_files.is_empty());
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 148.0), Sense::hover());
    let (fill, line) =
        if is_dropping { (tokens.accent_soft, tokens.accent) } else { (tokens.raised, tokens.line) };
    ui.painter().rect(rect, theme::RADIUS_LARGE, fill, (1.0, line), StrokeKind::Inside);
    let builder = UiBuilder::new().max_rect(rect.shrink(20.0)).layout(Layout::top_down(Align::Center));
    inside(ui, builder, |ui| {
        let text = if is_dropping { "Drop to open" } else { "Drop profiles, traces or test results here" };
        ui.label(
            RichText::new(text)
                .font(FontId::new(theme::TEXT_HEADING, FontFamily::Proportional))
                .color(tokens.text),
        );
        let hint = "Profiles, execution traces, goroutine dumps, coverage, what go test prints, stores of profiles. Drop two profiles to compare them.";
        ui.label(RichText::new(hint).font(theme::small()).color(tokens.text_quiet));
        ui.add_space(theme::GAP);
        let text = RichText::new("Open…").color(tokens.on_accent);
        let button = Button::new(text).fill(tokens.accent).min_size(vec2(112.0, 28.0));
        if ui.add(button).on_hover_text("Choose files (ctrl-O)").clicked() {
            commands.send(Command::Open);
        }
        ui.add_space(theme::GRID);
        let row = vec2(MORE_WIDTH, theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
            more_ways_ui(ui, commands);
        });
    });
}

/// Other ways to begin than with a file.
fn more_ways_ui(ui: &mut Ui, commands: &CommandSender) {
    let color = theme::tokens(ui).text_quiet;
    for (text, tooltip, command) in [
        ("Open store…", "A folder or database with many profiles", Command::OpenStore),
        (
            "Capture from a running program…",
            "Profiles and traces of a server that is running",
            Command::AskCapture,
        ),
    ] {
        let button = ui.add(Button::new(RichText::new(text).color(color)).frame_when_inactive(false));
        if button.on_hover_text(tooltip).clicked() {
            commands.send(command);
        }
    }
}

fn lists_ui(ui: &mut Ui, recent: &[Source], commands: &CommandSender) {
    if recent.is_empty() {
        list_ui(ui, "Samples", &sample_entries(), commands);
        return;
    }
    ui.columns(2, |columns| {
        list_ui(&mut columns[0], "Recent", &recent_entries(recent), commands);
        list_ui(&mut columns[1], "Samples", &sample_entries(), commands);
    });
}

/// Something to open: what stands first and what below it, where it is, and how to open it.
struct StartEntry {
    /// What screen readers call it.
    spoken: String,
    name: String,
    about: String,
    place: String,
    command: Command,
}

/// The names of the tabs, as many as there is room for.
fn last_entry(last: &SavedSession) -> StartEntry {
    let titles: Vec<String> = last.tabs.iter().map(|tab| tab.content.title()).collect();
    let notes = match last.n_notes() {
        0 => String::new(),
        n => format!(" · {}", text::counted(n, "note")),
    };
    StartEntry {
        spoken: "the last session".to_owned(),
        name: "The last session".to_owned(),
        about: format!("{}{notes}", titles.join(", ")),
        place: text::counted(last.tabs.len(), "tab"),
        command: Command::OpenSession(Box::new(last.clone())),
    }
}

fn recent_entries(recent: &[Source]) -> Vec<StartEntry> {
    let of = |source: &Source| StartEntry {
        spoken: source.name(),
        name: source.name(),
        about: source.folder(),
        place: source.place(),
        command: Command::OpenSource(source.clone()),
    };
    recent.iter().take(MAX_RECENT).map(of).collect()
}

fn sample_entries() -> Vec<StartEntry> {
    let source = |sample: &Sample| Source::Sample(sample.name.to_owned());
    // What it answers says more than its name.
    let of = |sample: &Sample| StartEntry {
        spoken: sample.name.to_owned(),
        name: sample.about.to_owned(),
        about: sample.name.to_owned(),
        place: source(sample).place(),
        command: Command::OpenSource(source(sample)),
    };
    let [base, head] = &PAIR;
    let pair = StartEntry {
        spoken: format!("{} → {}", base.name, head.name),
        name: "What got slower: a comparison".to_owned(),
        about: format!("{} → {}", base.name, head.name),
        place: source(base).place(),
        command: Command::Compare(source(base), source(head)),
    };
    SAMPLES.iter().chain(TRACES).map(of).chain([pair]).collect()
}

fn list_ui(ui: &mut Ui, title: &str, entries: &[StartEntry], commands: &CommandSender) {
    let tokens = theme::tokens(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.label(RichText::new(title).font(theme::small()).color(tokens.text_faint));
    ui.add_space(theme::GRID);
    for entry in entries {
        if entry_ui(ui, entry) {
            commands.send(entry.command.clone());
        }
    }
}

fn entry_ui(ui: &mut Ui, entry: &StartEntry) -> bool {
    let StartEntry { spoken, name, about, place, .. } = entry;
    let tokens = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ENTRY_HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Open {spoken}")));
    let row = rect.expand2(vec2(theme::GAP, 0.0));
    let painter = ui.painter().with_clip_rect(ui.clip_rect().expand(theme::GAP));
    if response.hovered() || response.has_focus() {
        painter.rect_filled(row, theme::RADIUS, tokens.control_hovered);
    }
    if response.has_focus() {
        painter.rect_stroke(row, theme::RADIUS, (1.0, tokens.accent), StrokeKind::Inside);
    }
    paint_icon(&painter, pos2(rect.left() + 8.0, rect.center().y), Icon::File, tokens.text_faint);
    let text = Rect::from_min_max(
        pos2(rect.left() + 28.0, rect.top() + 4.0),
        pos2(rect.right(), rect.bottom() - 4.0),
    );
    let (upper, lower) = text.split_top_bottom_at_fraction(0.5);
    let is_cut = paint_clipped_text(&painter, upper, Align2::LEFT_CENTER, name, (theme::body(), tokens.text))
        | paint_clipped_text(
            &painter,
            lower,
            Align2::LEFT_CENTER,
            about,
            (theme::small(), tokens.text_quiet),
        );
    let is_clicked = response.clicked();
    if is_cut {
        response.on_hover_text(format!("{place}\n{about}"));
    }
    is_clicked
}
