//! The line at the bottom, and what the search found: facts about the tab in front.

use std::cell::RefCell;
use std::sync::Arc;

use eframe::egui::{Frame, Margin, Panel, Ui};

use super::{App, documents_of};
use crate::derived::Status;
use crate::document::Document;
use crate::gui::library::ContentState;
use crate::gui::panels::status_bar::{StatusLook, facts_of, status_bar_ui};
use crate::gui::theme;
use crate::gui::workspace::Tab;
use crate::query::comparison::Side;
use crate::query::search::SearchQuery;
use crate::text;

impl App {
    /// The line at the bottom, in the room that was left for it. It comes last, so that the focus does.
    pub(super) fn status_ui(&self, ui: &mut Ui) {
        let bar = Frame::new().fill(theme::tokens(ui).raised).inner_margin(Margin::symmetric(8, 0));
        Panel::bottom("status bar").exact_size(theme::STATUS_BAR_HEIGHT).frame(bar).show(ui, |ui| {
            status_bar_ui(ui, &self.status_look(), &self.commands);
        });
    }

    fn status_look(&self) -> StatusLook {
        let documents = self.workspace().active_tab().map(|tab| self.library.content(&tab.content));
        let facts = match documents {
            Some(ContentState::Ready(documents)) if documents.len() == 1 => facts_of(&documents[0]),
            Some(ContentState::Ready(documents)) => self.side_facts(&documents),
            _ => Vec::new(),
        };
        let layout = self
            .workspace()
            .active_tab()
            .filter(|_| !facts.is_empty())
            .map(|tab| self.session.layout_of(tab));
        StatusLook {
            layout,
            notice: self.exports.notice.clone(),
            facts,
            n_computing: self.derived.borrow().n_computing(),
            n_problems: self.problems.len(),
            session: self.sessions.file_and_state(),
        }
    }

    /// What each side of the comparison in front is.
    fn side_facts(&self, documents: &[Arc<Document>]) -> Vec<String> {
        let Some(tab) = self.workspace().active_tab() else { return Vec::new() };
        let fact = |(side, documents): (Side, &[Arc<Document>])| match documents {
            [one] => format!("{}: {} · {}", side.text(), one.source.name(), facts_of(one).join(" · ")),
            many => format!("{}: {}", side.text(), text::counted(many.len(), "run")),
        };
        Side::BOTH.into_iter().zip(documents_of(tab, documents).both_sides()).map(fact).collect()
    }

    /// How much of everything the search of the tab in front found.
    pub(super) fn matched_text(&self) -> String {
        let is_searched = |tab: &&Tab| !tab.lens.search.is_empty() && tab.content.kind().has_stacks();
        let Some(tab) = self.workspace().active_tab().filter(is_searched) else { return String::new() };
        let ContentState::Ready(documents) = self.library.content(&tab.content) else { return String::new() };
        let motions = RefCell::default();
        let grouped = self.grouped(tab, &documents);
        let documents = grouped.as_ref().map_or(&*documents, std::slice::from_ref);
        let ctx = self.view_context(tab, documents, &motions);
        let Ok(documents) = ctx.profile_documents() else { return "…".to_owned() };
        let ctx = ctx.about(documents.get());
        let Ok((tree, _)) = ctx.tree_query() else { return "…".to_owned() };
        let question = SearchQuery { tree, text: tab.lens.search.clone() };
        let shown = ctx.ask("search", &question);
        match (shown.status, shown.answer) {
            (Status::Ready, Some(found)) => {
                format!("matched {}", text::share(found.matched, found.total))
            }
            (Status::Failed(_), _) => "no such pattern".to_owned(),
            _ => "…".to_owned(),
        }
    }
}
