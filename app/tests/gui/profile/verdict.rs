//! The verdict over a comparison, and its column in the table of changes.

use goscope::gui::selection::FrameKey;
use goscope::query::verdict::VerdictQuery;
use goscope::query::{Documents, answer};
use goscope_analysis::verdict::{Normalization, Options, Outcome, Verdict};

use super::*;

/// The pair of samples in a window of its own.
fn comparison() -> Window {
    let mut window = window();
    click(&mut window, &format!("Open {} → {}", PAIR[0].name, PAIR[1].name));
    window
}

/// What `goscope diff` is told of the pair, or of it the other way round.
fn verdict(pair: [&str; 2], normalization: Normalization) -> Verdict {
    let [base, head] = pair.map(|name| {
        let source = Source::Sample(name.to_owned());
        vec![Arc::new(Document::load(&source, &goscope_parsers::Progress::new()).expect("a sample"))]
    });
    let options = Options { normalization, ..Options::default() };
    let question = VerdictQuery { options, ..VerdictQuery::default() };
    answer(&question, Documents::sides(&base, &head)).expect("a verdict")
}

/// The culprit of the pair.
fn culprit(verdict: &Verdict) -> String {
    verdict.failures().next().expect("a culprit").row.name.to_string()
}

#[test]
fn a_band_says_the_line_of_goscope_diff_and_that_it_was_one_run_a_side() {
    let [base, head] = [PAIR[0].name, PAIR[1].name];
    let mut window = comparison();
    let verdict_of = |pair| verdict(pair, Normalization::Share);
    assert!(window.query_by_role_and_label(egui::Role::Status, &verdict_of([base, head]).line()).is_some());
    assert!(window.query_by_label_contains("One run a side: only large changes can be shown.").is_some());
    send(&mut window, Command::ChooseScale(Scale::PerSecond));
    let per_second = verdict([base, head], Normalization::PerSecond).line();
    assert!(window.query_by_role_and_label(egui::Role::Status, &per_second).is_some(), "{per_second}");
    send(&mut window, Command::ChooseScale(Scale::Totals));
    send(&mut window, Command::SwapSides);
    let swapped = verdict_of([head, base]).line();
    assert!(window.query_by_role_and_label(egui::Role::Status, &swapped).is_some(), "{swapped}");
}

#[test]
fn the_name_in_the_line_selects_the_function_at_any_granularity() {
    let verdict = verdict([PAIR[0].name, PAIR[1].name], Normalization::Share);
    assert_eq!(verdict.outcome, Outcome::Regression);
    let name = culprit(&verdict);
    let chosen = Item::Function(FrameKey { name: name.clone(), ..FrameKey::default() });
    for granularity in [Granularity::Functions, Granularity::Lines] {
        let mut window = comparison();
        send(&mut window, Command::ChooseGranularity(granularity));
        window.get_by_role_and_label(egui::Role::Link, &name).click();
        settle(&mut window);
        assert_eq!(lens(&window).selection.as_ref(), Some(&chosen));
        let row = window.get_by_role_and_label(egui::Role::Row, &name);
        assert_eq!(row.accesskit_node().toggled(), Some(egui::accesskit::Toggled::True), "{granularity:?}");
    }
}

#[test]
fn the_band_is_over_comparisons_alone_and_says_what_it_leaves_out() {
    let one = window_with(PAIR[0].name);
    assert!(one.query_by_role(egui::Role::Status).is_none());
    let mut window = comparison();
    assert!(window.query_by_label_contains("Judged without the filters.").is_none());
    send(&mut window, Command::AddChip(FilterChip::typed(FilterKind::Focus, "runtime")));
    assert!(window.query_by_label_contains("Judged without the filters.").is_some());
}

#[test]
fn the_table_has_an_interval_where_something_can_be_said_and_still_sorts() {
    let mut window = comparison();
    assert!(
        window.query_by_label("Sort by 95%").is_some() && window.query_by_label("Sort by runs").is_some()
    );
    click(&mut window, "Sort by base");
    assert_eq!(lens(&window).sort.column, goscope::query::rows::RowKey::BaseCum);
    click(&mut window, "alone");
    assert_eq!(lens(&window).sort.column, goscope::query::rows::RowKey::BaseFlat);
    click(&mut window, "with callees");
    click(&mut window, "Sort by Δ");
    assert_eq!(lens(&window).sort.column, goscope::query::rows::RowKey::DeltaCum);
    click(&mut window, "Sort by 95%");
    assert_eq!(lens(&window).sort.column, goscope::query::rows::RowKey::DeltaCum);
}
