//! A profile as text: what is compared.

use goscope_analysis::profile::call_tree::call_tree;
use goscope_analysis::profile::query::StackQuery;
use goscope_analysis::profile::stacks::select;
use goscope_analysis::report::{ReportOptions, tags_text, top_text, tree_text};
use goscope_flamegraph::folded::write_folded;
use goscope_parsers::pprof::Profile;

/// The reports that stand for all: the header, functions, calls, paths, labels.
pub(crate) fn reports(profile: &Profile) -> String {
    let mut text = String::new();
    let options = ReportOptions { trim: false, ..ReportOptions::default() };
    top_text(profile, &options, &mut text).expect("top");
    tree_text(profile, &options, &mut text).expect("tree");
    tags_text(profile, &options, &mut text).expect("tags");
    text + &folded(profile)
}

/// Stacks as a flame graph has them, with the values of the type that is shown first.
fn folded(profile: &Profile) -> String {
    let stacks = select(profile, &StackQuery::default()).expect("stacks");
    let mut out = Vec::new();
    write_folded(&call_tree(&stacks), stacks.unit(), &mut out).expect("a text");
    String::from_utf8(out).expect("UTF-8")
}
