//! What commands want done outside of what is open: files, dialogs, the clipboard, editors, exports.

use std::cell::RefCell;
use std::path::PathBuf;

use eframe::egui::{Context, Theme, ViewportCommand};

use super::App;
use crate::gui::command::Export;
use crate::gui::exports::{self, Outgoing};
use crate::gui::library::ContentState;
use crate::gui::panels::break_form::BreakForm;
use crate::gui::panels::capture::CaptureForm;
use crate::gui::panels::note_editor::NoteEditor;
use crate::gui::panels::top_bar::search_id;
use crate::gui::update::Dialog;
use crate::gui::update::Effect;
use crate::gui::widgets::picker::PickerState;
use crate::gui::widgets::table_export::wish_for_table;
use crate::source::editor::open_in_editor;

impl App {
    pub(super) fn carry_out(&mut self, ctx: &Context, effect: Effect) {
        match effect {
            Effect::PickFiles(side) => self.library.pick_files(side),
            Effect::PickStore => self.library.pick_store(),
            Effect::AskCapture => self.capture_form = Some(CaptureForm::new(&self.preferences().capture)),
            Effect::AskBreak(location) => {
                self.break_form = Some(BreakForm::new(location, self.known_debuggers()));
            }
            Effect::StartCapture(wish) => {
                let place = wish.place();
                if let Err(reason) = self.captures.start(*wish, None) {
                    self.report(place, reason);
                }
            }
            Effect::CaptureAgain(source) => {
                let folder = self.preferences().capture.folder();
                if let Err(reason) = self.captures.start_again(&source, folder) {
                    self.report(source.name(), reason);
                }
            }
            Effect::StopCapture => self.captures.stop(),
            Effect::Load(source) => self.library.load(&source),
            Effect::Reload(source) => self.library.reload(&source),
            Effect::CancelLoad(source) => self.library.cancel(&source),
            Effect::Show(dialog) => {
                self.dialog = Some((dialog, PickerState::default()));
                if dialog != Dialog::Keys {
                    self.held_keys.expect_field(ctx);
                }
            }
            Effect::FocusSearch => ctx.memory_mut(|memory| memory.request_focus(search_id())),
            Effect::Move(motion) => {
                if let Some(id) = self.workspace().active {
                    self.tab_states.entry(id).or_default().motions.get_mut().push(motion);
                }
            }
            Effect::Edit(editor, place, line) => {
                if let Err(reason) = open_in_editor(editor, &place, line) {
                    self.report(editor.text().to_owned(), reason);
                }
            }
            Effect::Copy(text) => ctx.copy_text(text),
            Effect::Paste(text) => self.sessions.store.paste(text),
            Effect::SaveSession(to) => self.save_session(to),
            Effect::ReadSession(file) => self.sessions.store.read(file),
            Effect::EditNote(on, old) => self.note_editor = Some(NoteEditor::new(on, old.as_ref())),
            Effect::ExpectFiles(session) => self.expect_files(*session),
            Effect::Export(export) => self.export(ctx, export),
            Effect::DismissProblem(index) => {
                if index < self.problems.len() {
                    self.problems.remove(index);
                }
            }
            Effect::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
        }
    }

    /// Begins to write something for use elsewhere.
    fn export(&mut self, ctx: &Context, export: Export) {
        let outgoing = match export {
            Export::Table(wish) => return wish_for_table(ctx, wish),
            Export::Picture(view) => return self.exports.take_picture(ctx, view),
            Export::FlameGraph => self.outgoing_flame_graph(ctx),
            Export::Range => match self.workspace().active_tab() {
                Some(tab) => exports::range(tab),
                None => Err("nothing is open".to_owned()),
            },
        };
        match outgoing {
            Ok(outgoing) => self.exports.save(outgoing),
            Err(reason) => self.report("export".to_owned(), reason),
        }
    }

    fn outgoing_flame_graph(&self, ctx: &Context) -> Result<Outgoing, String> {
        let tab = self.workspace().active_tab().ok_or("nothing is open")?;
        let ContentState::Ready(documents) = self.library.content(&tab.content) else {
            return Err("the file is not there yet".to_owned());
        };
        let motions = RefCell::default();
        let view = self.view_context(tab, &documents, &motions);
        exports::flame_graph(&view, ctx.theme() == Theme::Dark)
    }

    /// Has exported files written into this folder, without a question; for tests.
    pub fn save_into(&mut self, folder: PathBuf) {
        self.exports.save_into(folder);
    }
}
