//! What each label accounts for, in the window.

use goscope_analysis::profile::query::LabelFilter;

use super::*;

/// What each value accounts for is easy to add up: /cart 60, /pay 25, nothing 15.
const LABELED: &str = "types: samples/count
main;serve;json 50 | endpoint=/cart tenant=north
main;serve;gzip 10 | endpoint=/cart tenant=south
main;serve;sql 25 | endpoint=/pay tenant=north
main;gc 15";

/// A window with the profile open and its labels in sight.
fn window_with_labels(folder: &std::path::Path) -> Window {
    let path = folder.join("shop.pb.gz");
    let file = std::fs::File::create(&path).expect("a file");
    goscope_parsers::pprof::write_profile_gzip(&goscope_analysis::testing::profile(LABELED), file)
        .expect("a profile");
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(path)));
    send(&mut window, Command::ShowView(ViewId::Labels));
    window
}

/// The lines that can be kept, as screen readers hear them.
fn lines(window: &Window) -> Vec<String> {
    let labels =
        window.query_all_by_role(egui::Role::Button).filter_map(|node| node.accesskit_node().label());
    labels.filter_map(|label| label.strip_prefix("Keep ").map(str::to_owned)).collect()
}

#[test]
fn a_click_keeps_a_value_and_another_one_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_labels(folder.path());
    assert_eq!(
        lines(&window),
        [
            "endpoint = /cart",
            "endpoint = /pay",
            "endpoint = no label",
            "tenant = north",
            "tenant = south",
            "tenant = no label",
        ]
    );
    click(&mut window, "Keep endpoint = /cart");
    assert_eq!(lens(&window).chips.len(), 1);
    assert_eq!(first_row(&window), "json");
    assert_eq!(lines(&window), ["endpoint = /cart", "tenant = north", "tenant = south"]);
    click(&mut window, "Keep tenant = south");
    assert_eq!(first_row(&window), "gzip", "both filters hold");
    send(&mut window, Command::ClearChips);
    click(&mut window, "Keep endpoint = /cart");
    send(&mut window, Command::Undo);
    click(&mut window, "Keep endpoint = /pay");
    assert_eq!(first_row(&window), "sql");
}

#[test]
fn not_drops_a_value_and_no_label_is_what_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_labels(folder.path());
    click(&mut window, "Drop endpoint = /cart");
    assert_eq!(first_row(&window), "sql");
    click(&mut window, "Drop endpoint = /pay");
    assert_eq!(first_row(&window), "gc", "neither of them");
    send(&mut window, Command::ClearChips);
    click(&mut window, "Keep endpoint = no label");
    assert_eq!(first_row(&window), "gc");
    assert!(window.query_by_label_contains("No sample that is left has a label").is_some());
}

#[test]
fn a_key_groups_all_stacks_and_a_chip_leads_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_labels(folder.path());
    click(&mut window, "Group by endpoint");
    assert_eq!(lens(&window).group_by.as_deref(), Some("endpoint"));
    let shown = window.query_all_by_role(egui::Role::Button).filter_map(|node| node.accesskit_node().label());
    assert!(shown.into_iter().any(|label| label.starts_with("/cart, 60, ")), "values are boxes");
    click(&mut window, "group by: endpoint");
    assert_eq!(lens(&window).group_by, None);
}

#[test]
fn two_values_are_compared_as_two_parts_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_labels(folder.path());
    click(&mut window, "Compare endpoint = /pay");
    assert!(window.query_by_label("Compare endpoint = /pay with which value?").is_some());
    click(&mut window, "Keep endpoint = /cart");
    let tab = window.state().workspace().active_tab().expect("a tab").clone();
    let comparison = tab.content.comparison().expect("a comparison").clone();
    let filter = |source: &Source| source.labels().to_vec();
    let label = |text: &str| vec![LabelFilter { keeps: true, text: text.to_owned() }];
    assert_eq!(filter(&comparison.base[0]), label("endpoint=^/pay$"));
    assert_eq!(filter(&comparison.head[0]), label("endpoint=^/cart$"));
    assert!(window.query_by_label("Sort by Δ").is_some(), "it is shown");
    send(&mut window, Command::CopyCommandLine);
    assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
}

#[test]
fn a_profile_without_labels_says_so() {
    let mut window = window_with("cpu-labels.pb.gz");
    send(&mut window, Command::ShowView(ViewId::Labels));
    assert!(lines(&window).iter().any(|line| line.starts_with("endpoint = ")), "{:?}", lines(&window));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.folded");
    std::fs::write(&path, "main;f 1\n").unwrap();
    send(&mut window, Command::OpenSource(Source::File(path)));
    assert!(window.query_by_label_contains("No sample has a label").is_some());
}
