//! What costs time in a profile that is open beside the coverage, and did not run in tests.

use eframe::egui::{Label, RichText, Ui};

use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableLook, column, value_table_ui};
use crate::gui::widgets::view_bar_ui;
use crate::query::Documents;
use crate::query::testing::hot_uncovered::{HotUncovered, HotUncoveredQuery};
use crate::text::{self, ValueText};

/// The view.
pub struct HotUncoveredView;

const COLUMNS: &[ColumnLook] = &[
    column("function", "The function; a click shows the line that costs most", None, false),
    column("cum", "Value of its lines that did not run, with what they call", Some(84.0), false),
    column("cum %", "Share of the profile", Some(76.0), false),
    column("flat", "Value of its lines that did not run alone", Some(76.0), false),
    column("not run", "Statements that did not run, of all", Some(76.0), false),
];

impl View for HotUncoveredView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::HotUncovered
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, (): &mut ()) {
        let Some(profile) = ctx.beside.first() else {
            sentence_ui(
                ui,
                "Open a CPU profile beside this: what costs time and did not run in tests comes here.",
            );
            return;
        };
        let both = std::slice::from_ref(profile);
        let [coverage, _] = ctx.documents.both_sides();
        let about = ctx.about(Documents::sides(both, coverage));
        let shown =
            about.ask("hot and not covered", &HotUncoveredQuery { coverage: ctx.lens().testing.coverage() });
        let Some(found) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Looking for what costs time and did not run");
            return;
        };
        let name = profile.source.name();
        let left = |ui: &mut Ui| {
            let text =
                RichText::new(format!("{} · {name}", found.sentence)).color(theme::tokens(ui).text_quiet);
            ui.add(Label::new(text).truncate()).on_hover_text(format!("{}.\n{name}", found.sentence));
            if shown.status == crate::derived::Status::Computing {
                computing_mark_ui(ui);
            }
        };
        view_bar_ui(ui, left, |_| ());
        match found.functions.as_slice() {
            [] if found.n_joined == 0 => {
                sentence_ui(ui, &format!("No function of {name} is in a file of this coverage."));
            }
            [] => sentence_ui(ui, "All that costs something ran in tests."),
            _ => table_ui(ui, ctx, found),
        }
    }
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, found: &HotUncovered) {
    let chosen = ctx.lens().selection.as_ref().and_then(Item::frame);
    let look = TableLook {
        id_salt: "hot and not covered",
        columns: COLUMNS,
        sort: (1, true),
        n_rows: found.functions.len(),
        selected: chosen.and_then(|key| found.functions.iter().position(|it| it.function == key.name)),
        scroll_to: None,
    };
    let (tokens, format) = (theme::tokens(ui), ValueText::column(&found.unit, &found.shown_unit));
    let events = value_table_ui(ui, &look, |index, column| {
        let it = &found.functions[index];
        match column {
            0 => Cell { tooltip: it.place.file.clone(), ..Cell::plain(text::name(&it.name)) },
            1 => Cell::plain(format.text(it.cum)),
            2 => Cell {
                meter: Some(text::fraction(it.cum, found.total)),
                ..Cell::plain(text::share(it.cum, found.total))
            },
            3 if it.flat == 0 => Cell::colored("–".to_owned(), tokens.text_faint),
            3 => Cell::plain(format.text(it.flat)),
            _ => Cell::colored(
                format!("{}/{}", it.statements.uncovered(), it.statements.total),
                tokens.increase,
            ),
        }
    });
    if let Some(index) = events.clicked.or(events.secondary_clicked) {
        let it = &found.functions[index];
        ctx.send(Command::ShowPlace(it.place.clone()));
        ctx.send(Command::Select(Item::Function(FrameKey {
            name: it.function.clone(),
            ..FrameKey::default()
        })));
    }
}
