//! Why instances are slow, as text: the sentence, a table, the slowest with what they were made of.

use std::fmt::Write as _;

use goscope_analysis::trace::answers::critical_path::PathSegment;
use goscope_analysis::trace::answers::why::PathOfInstance;

use super::why_report::{WhyReport, stack_part};
use crate::query::trace::answers::why_sentence::{
    answer_text, class_text, instance_name, why_notes, why_sentence,
};
use crate::text::{self, Table, column};

/// Rows of the table.
const MOST_ROWS: usize = 10;
/// Instances that are shown with their paths.
const MOST_INSTANCES: usize = 3;
/// Segments shorter than this part of their instance are left out.
const LEAST_SHARE: u64 = 100;

pub(super) fn text(report: &WhyReport) -> String {
    let WhyReport { facts, answer, .. } = report;
    let sentence = why_sentence(facts.model(), answer).map_or(String::new(), |sentence| sentence.text());
    let mut text = format!("{sentence}\n\n{}", head(report));
    for note in why_notes(answer) {
        let _ = writeln!(text, "{note}");
    }
    let _ = write!(text, "\n{}", table(report));
    let hidden = answer.why.answers.len().saturating_sub(MOST_ROWS);
    if hidden > 0 {
        let _ = writeln!(text, "… {hidden} more (--json has all)");
    }
    for path in answer.why.slowest.iter().take(MOST_INSTANCES) {
        write_path(report, path, &mut text);
    }
    text
}

fn head(report: &WhyReport) -> String {
    let why = &report.answer.why;
    let p = why.wall.percentiles();
    let numbers = [("p50", p.p50), ("p90", p.p90), ("p99", p.p99), ("max", p.max)];
    let numbers = numbers.map(|(name, nanos)| format!("{name} {}", column::duration(nanos))).join("  ");
    let slow = format!("{} slow from {}", why.slow.0, column::duration(why.cohorts.slow_from_nanos));
    let rule = why.cohorts.rule;
    let about = text::name(&report.population.text());
    format!(
        "{} of {about} in {}: {numbers}\n{slow} (rule: {rule}), {} typical\n",
        why.wall.count(),
        report.facts.part.range_text(),
        why.typical.0
    )
}

fn table(report: &WhyReport) -> String {
    let (facts, why) = (&report.facts, &report.answer.why);
    let mut table =
        Table::new(&["slow", "typical", "of slow", "in", "<who does what", "<where", "<while it waits in"]);
    let mean = |nanos: f64| column::duration(nanos.round() as u64);
    for answer in why.answers.iter().take(MOST_ROWS) {
        table.row(vec![
            mean(why.slow_mean_of(answer)),
            mean(why.typical_mean_of(answer)),
            text::percent(why.slow_share_of(answer)),
            format!("{}/{}", answer.slow_instances, why.slow.0),
            answer_text(facts.model(), answer),
            facts.text(answer.function),
            facts.text(answer.waiter),
        ]);
    }
    table.text()
}

fn write_path(report: &WhyReport, path: &PathOfInstance, text: &mut String) {
    let WhyReport { facts, population, .. } = report;
    let it = &path.instance;
    let _ = writeln!(
        text,
        "\n{} {} at {} took {}",
        text::name(&instance_name(facts.model(), population, it.name)),
        facts.handle(it),
        column::moment(facts.part.since_start(it.begin)),
        column::duration(it.nanos()),
    );
    let mut table = Table::new(&["at", "length", "goroutine", "<what", "<where"]);
    let least = it.nanos() / LEAST_SHARE;
    let shown = |segment: &&PathSegment| segment.nanos() >= least;
    for segment in path.segments.iter().filter(shown) {
        let goroutine = facts.goid(segment.goroutine).map_or(String::new(), |goid| goid.to_string());
        let inferred = if segment.is_inferred { " (concluded)" } else { "" };
        table.row(vec![
            column::moment(facts.part.since_start(segment.begin)),
            column::duration(segment.nanos()),
            format!("{}{goroutine}", "  ".repeat(usize::from(segment.depth.min(8)))),
            format!("{}{inferred}", class_text(segment.class)),
            stack_part(facts, segment.stack).into_iter().next().unwrap_or_default(),
        ]);
    }
    text.push_str(&table.text());
    let short = path.segments.iter().filter(|segment| !shown(segment)).count();
    if short > 0 {
        let _ = writeln!(text, "… {} of less than 1% each", text::counted(short, "segment"));
    }
}
