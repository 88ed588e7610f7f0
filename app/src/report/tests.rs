//! Each writer on the same verdict, made of profiles whose names are hostile.

use goscope_analysis::testing::profile;
use goscope_analysis::verdict::profiles::{RunCounts, compare};
use goscope_analysis::verdict::{Options, RunContext, Verdict};
use insta::assert_snapshot;

use super::html::verdict_html;
use super::json::VerdictJson;
use super::junit::verdict_junit;
use super::markdown::verdict_markdown;
use super::text::verdict_text;

/// Three runs a side in which a function with a hostile name grew from a tenth to a half.
fn verdict() -> Verdict {
    let side = |name: &str, shares: [u32; 3]| -> Vec<RunCounts> {
        let run = |(at, share): (usize, u32)| {
            let text = format!(
                "types: samples/count cpu/nanoseconds\nmain.main;main.<b>|`x` {share} {share}0000000\nmain.main;main.calm {} \
                 {}0000000",
                1000 - share,
                1000 - share
            );
            let context = RunContext { name: format!("{name}{at}.<i>"), ..RunContext::default() };
            RunCounts::of(profile(&text), None, context).expect("a run")
        };
        shares.into_iter().enumerate().map(run).collect()
    };
    compare(&side("base", [98, 101, 103]), &side("head", [501, 498, 505]), &Options::default())
        .expect("two sides")
}

#[test]
fn text_is_a_line_its_evidence_and_a_table() {
    assert_snapshot!(verdict_text(&verdict(), 10));
}

#[test]
fn markdown_shows_names_as_they_are() {
    assert_snapshot!(verdict_markdown(&verdict()));
}

#[test]
fn junit_fails_in_the_culprit() {
    assert_snapshot!(verdict_junit(&verdict()));
}

#[test]
fn html_has_no_markup_but_its_own() {
    let page = verdict_html(&verdict(), None);
    assert!(!page.contains("<b>") && !page.contains("<i>"), "{page}");
    assert_snapshot!(page.split_once("</style>").expect("a style").1);
}

#[test]
fn json_has_names_whole() {
    let json = serde_json::to_value(VerdictJson::from(&verdict())).expect("JSON");
    assert_eq!(json["regressions"][0]["row"]["name"], "main.<b>|`x`");
    assert_eq!(json["base"]["runs"][0]["file"], "base0.<i>");
}
