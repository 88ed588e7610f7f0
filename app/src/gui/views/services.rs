//! What a store has: a row per service, version and kind of profile. A click looks at those alone.

use eframe::egui::{RichText, Ui};

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::parts::store::{chosen_of, copy_command_ui, selection_word};
use crate::gui::theme::{self, Tokens};
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableLook, column, value_table_ui};
use crate::gui::widgets::view_bar_ui;
use crate::query::store::chosen::Chosen;
use crate::query::store::facets::{Facet, Facets, FacetsQuery};
use crate::query::store::words::{FACETS, has_term, without_keys};
use crate::text;

/// The view.
pub struct ServicesView;

const COLUMNS: &[ColumnLook] = &[
    column("service", "The service that was measured; click to look at it alone", None, false),
    column("version", "Its version, or the build of its program", Some(92.0), false),
    column("kind", "What was measured", Some(60.0), false),
    column("profiles", "How many profiles", Some(72.0), false),
    column("samples", "Samples in all of them", Some(76.0), false),
    column("from", "When the first was taken (UTC)", Some(96.0), false),
    column("to", "When the last was taken (UTC)", Some(96.0), false),
];

impl View for ServicesView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Services
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, (): &mut ()) {
        let chosen = ctx.ask("chosen", &chosen_of(ctx)).answer;
        let typed = ctx.lens().store.selector.clone().unwrap_or_default();
        let question = FacetsQuery { selector: without_keys(&typed, &FACETS) };
        let shown = ctx.ask("facets", &question);
        let Some(facets) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Listing profiles");
            return;
        };
        header_ui(ui, ctx, facets, &shown.status);
        if facets.rows.is_empty() {
            sentence_ui(ui, "There is no profile in it; `goscope store add` adds some.");
            return;
        }
        table_ui(ui, ctx, facets, chosen.as_deref());
    }
}

fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, facets: &Facets, status: &Status) {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        ui.label(RichText::new(ViewId::Services.title()).strong().color(tokens.text));
        let count = RichText::new(text::count(facets.rows.len())).font(theme::mono_small());
        ui.label(count.color(tokens.text_faint));
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let right = |ui: &mut Ui| {
        copy_command_ui(ui, ctx, "the goscope store ls that lists the same", || {
            let selector = without_keys(&ctx.lens().store.selector.clone().unwrap_or_default(), &FACETS);
            Some(format!("goscope store ls {}", selection_word(ctx, &selector)?))
        });
    };
    view_bar_ui(ui, left, right);
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, facets: &Facets, chosen: Option<&Chosen>) {
    let tokens = theme::tokens(ui);
    let selector = chosen.map(|chosen| &*chosen.selector).unwrap_or_default();
    let is_chosen = |row: &Facet| row.terms().iter().all(|term| has_term(selector, term));
    let selected = facets.chosen_row(selector);
    let look = TableLook {
        id_salt: "services",
        columns: COLUMNS,
        sort: (usize::MAX, false),
        n_rows: facets.rows.len(),
        selected,
        scroll_to: None,
    };
    let events = value_table_ui(ui, &look, |index, column| cell(&facets.rows[index], column, tokens));
    if let Some(row) = events.clicked.and_then(|index| facets.rows.get(index)) {
        // A click on what is chosen already looks at everything of its service and kind again.
        let text =
            if is_chosen(row) { without_keys(selector, &["version"]) } else { row.chosen_of(selector) };
        ctx.send(Command::ChooseProfiles(Some(text)));
    }
}

fn cell(row: &Facet, column: usize, tokens: &Tokens) -> Cell<'static> {
    let time = |nanos: i64| match nanos {
        0 => Cell::colored("–".to_owned(), tokens.text_faint),
        nanos => {
            let full = text::utc(nanos);
            // The year is told on hover.
            let short = full.get(5..16).unwrap_or(&full).to_owned();
            Cell { tooltip: full, ..Cell::colored(short, tokens.text_quiet) }
        }
    };
    let name = |name: &str| Cell { tooltip: text::name(name), ..Cell::plain(text::name(name)) };
    match column {
        0 => name(&row.service),
        1 if row.version.is_empty() => Cell::colored("–".to_owned(), tokens.text_faint),
        1 => name(&row.version),
        2 => Cell::colored(text::name(&row.kind), tokens.text_quiet),
        3 => Cell::plain(text::count(row.n_profiles)),
        4 => Cell::plain(text::count(usize::try_from(row.n_samples).unwrap_or_default())),
        5 => time(row.first_nanos),
        _ => time(row.last_nanos),
    }
}
