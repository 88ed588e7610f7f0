//! The form of a new filter: what it is about, and its pattern. Of goroutine dumps it may be about states and minutes, too.

use eframe::egui::{
    Align2, Button, Frame, Id, Key, Popup, PopupCloseBehavior, RichText, Role, TextEdit, Ui, WidgetInfo, vec2,
};

use crate::gui::command::Command;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::edged_field_ui;
use crate::gui::workspace::{ContentKind, FilterChip, FilterKind};

/// What a new filter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Pattern(FilterKind),
    State,
    Minutes,
}

impl Default for Subject {
    fn default() -> Self {
        Self::Pattern(FilterKind::Focus)
    }
}

impl Subject {
    const fn text(self) -> &'static str {
        match self {
            Self::Pattern(kind) => kind.text(),
            Self::State => "state",
            Self::Minutes => "waits",
        }
    }

    const fn tooltip(self) -> &'static str {
        match self {
            Self::Pattern(kind) => kind.tooltip(),
            Self::State => {
                "Keeps goroutines in this state, as chan receive, select or leaked; several are any of them"
            }
            Self::Minutes => "Keeps goroutines that have not run for so many minutes, at least",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::Pattern(_) => "regular expression",
            Self::State => "chan receive",
            Self::Minutes => "minutes",
        }
    }

    /// What adds it; `None` if it is not what it should be.
    fn command(self, text: &str) -> Option<Command> {
        let text = text.trim();
        match self {
            _ if text.is_empty() => None,
            Self::Pattern(kind) => Some(Command::AddChip(FilterChip::typed(kind, text))),
            Self::State => Some(Command::KeepState(text.to_owned())),
            Self::Minutes => text.parse().ok().filter(|&minutes| minutes > 0).map(Command::KeepWaiting),
        }
    }
}

/// What is typed into the form, while it is open.
#[derive(Clone, Debug, Default)]
struct NewFilter {
    subject: Subject,
    pattern: String,
}

/// The button that opens the form.
pub(super) fn add_filter_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let text = RichText::new("+ Filter").color(theme::tokens(ui).text_quiet);
    let button =
        ui.add(Button::new(text).frame_when_inactive(false)).on_hover_text("Add a filter by name or label");
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Add filter"));
    let id = Id::unique(("new filter", ctx.tab.id.0));
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(352.0);
        let mut form = ui.data(|data| data.get_temp::<NewFilter>(id)).unwrap_or_default();
        let is_of_dump = ctx.tab.content.kind() == ContentKind::Dumps;
        let added = Frame::new().inner_margin(theme::GRID).show(ui, |ui| form_ui(ui, &mut form, is_of_dump));
        if let Some(command) = added.inner {
            ctx.send(command);
            form = NewFilter::default();
            ui.close();
        }
        ui.data_mut(|data| data.insert_temp(id, form));
    });
}

fn form_ui(ui: &mut Ui, form: &mut NewFilter, is_of_dump: bool) -> Option<Command> {
    let tokens = theme::tokens(ui);
    let of_dump = [Subject::State, Subject::Minutes];
    let subjects = FilterKind::ALL.map(Subject::Pattern).into_iter();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(theme::GRID, theme::GRID);
        for subject in subjects.chain(of_dump.into_iter().filter(|_| is_of_dump)) {
            let button = ui.selectable_label(form.subject == subject, subject.text());
            if button.on_hover_text(subject.tooltip()).clicked() {
                form.subject = subject;
            }
        }
    });
    ui.label(RichText::new(form.subject.tooltip()).font(theme::small()).color(tokens.text_faint));
    let hint = RichText::new(form.subject.hint()).color(tokens.text_faint);
    let edit = TextEdit::singleline(&mut form.pattern).hint_text(hint).font(theme::mono());
    let edit = edit.desired_width(f32::INFINITY).align(Align2::LEFT_CENTER);
    let response = edged_field_ui(ui, edit).accessible_name("Filter pattern");
    if !response.has_focus() && !response.lost_focus() {
        response.request_focus();
    }
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let command = form.subject.command(&form.pattern);
    let add = Button::new(RichText::new("Add").color(tokens.on_accent)).fill(tokens.accent);
    let is_clicked = ui.add_enabled(command.is_some(), add).clicked();
    command.filter(|_| is_entered || is_clicked)
}
