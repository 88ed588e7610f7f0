//! Why instances are slow, as JSON: `goscope.trace_why/1`.

use goscope_analysis::trace::answers::critical_path::PathSegment;
use goscope_analysis::trace::answers::instances::AnswerOf;
use goscope_analysis::trace::answers::why::PathOfInstance;
use goscope_analysis::trace::names::given_name;
use goscope_parsers::trace::StringId;
use serde::Serialize;

use super::json::{DurationsJson, HeadJson};
use super::read::ModelFacts;
use super::why_report::{WhyReport, stack_part};
use crate::query::trace::answers::why_sentence::{instance_name, why_notes, why_sentence};

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct WhyJson {
    #[serde(flatten)]
    head: HeadJson,
    about: String,
    sentence: String,
    notes: Vec<String>,
    wall: DurationsJson,
    incomplete: u64,
    slow_from_nanos: u64,
    slow_rule: &'static str,
    slow: CohortJson,
    typical: CohortJson,
    answers: Vec<AnswerJson>,
    instances: Vec<InstanceJson>,
    instances_left_out: u64,
}

#[derive(Serialize)]
struct CohortJson {
    count: u64,
    mean_nanos: u64,
}

#[derive(Serialize)]
struct AnswerJson {
    class: &'static str,
    is_own: bool,
    goroutine_function: Option<String>,
    behind: Option<String>,
    function: String,
    path: Vec<String>,
    waiter: Option<String>,
    waiter_path: Vec<String>,
    waker: Option<String>,
    waker_path: Vec<String>,
    is_inferred: bool,
    total_nanos: u64,
    instances: u64,
    slow_instances: u64,
    slow_mean_nanos: f64,
    typical_mean_nanos: f64,
    slow_share: f64,
    gap_share: Option<f64>,
}

#[derive(Serialize)]
struct InstanceJson {
    handle: String,
    name: String,
    task: Option<u64>,
    goroutine: Option<i64>,
    begin_nanos: i64,
    end_nanos: i64,
    length_nanos: u64,
    segments: Vec<SegmentJson>,
}

#[derive(Serialize)]
struct SegmentJson {
    begin_nanos: i64,
    end_nanos: i64,
    goroutine: Option<i64>,
    class: &'static str,
    reason: String,
    behind: Option<String>,
    depth: u16,
    is_inferred: bool,
    stack: Vec<String>,
}

pub(super) fn json(report: &WhyReport) -> WhyJson {
    let WhyReport { facts, population, answer } = report;
    let why = &answer.why;
    let cohort = |(count, _), mean: f64| CohortJson { count, mean_nanos: mean.round() as u64 };
    WhyJson {
        head: facts.head("goscope.trace_why/1"),
        about: population.text(),
        sentence: why_sentence(facts.model(), answer).map_or(String::new(), |sentence| sentence.text()),
        notes: why_notes(answer),
        wall: (&why.wall).into(),
        incomplete: why.incomplete,
        slow_from_nanos: why.cohorts.slow_from_nanos,
        slow_rule: why.cohorts.rule,
        slow: cohort(why.slow, why.slow_mean()),
        typical: cohort(why.typical, why.typical_mean()),
        answers: answers(report),
        instances: why.slowest.iter().map(|it| instance(report, it)).collect(),
        instances_left_out: why.wall.count() - why.slowest.len() as u64,
    }
}

fn answers(report: &WhyReport) -> Vec<AnswerJson> {
    let (facts, why) = (&report.facts, &report.answer.why);
    let names = |path: &[StringId]| path.iter().map(|name| facts.text(*name)).collect::<Vec<_>>();
    let named = |name: StringId| (name != StringId::NONE).then(|| facts.text(name));
    let rows = why.answers.iter().map(|answer| AnswerJson {
        class: answer.key.class.name(),
        is_own: answer.key.role.is_none(),
        goroutine_function: answer.key.role.map(|role| facts.text(role)),
        behind: answer.key.behind.map(|name| given_name(facts.model().tables(), name)),
        function: facts.text(answer.function),
        path: names(&answer.path),
        waiter: named(answer.waiter),
        waiter_path: names(&answer.waiter_path),
        waker: named(answer.waker),
        waker_path: names(&answer.waker_path),
        is_inferred: answer.is_inferred,
        total_nanos: answer.total_nanos,
        instances: answer.instances,
        slow_instances: answer.slow_instances,
        slow_mean_nanos: why.slow_mean_of(answer),
        typical_mean_nanos: why.typical_mean_of(answer),
        slow_share: why.slow_share_of(answer),
        gap_share: why.gap_share_of(answer),
    });
    rows.collect()
}

fn instance(report: &WhyReport, path: &PathOfInstance) -> InstanceJson {
    let WhyReport { facts, population, .. } = report;
    let it = &path.instance;
    let task = match it.of {
        AnswerOf::Task(task) => Some(facts.model().tables().task_number(task)),
        _ => None,
    };
    InstanceJson {
        handle: facts.handle(it),
        name: instance_name(facts.model(), population, it.name),
        task,
        goroutine: facts.goid(it.owner),
        begin_nanos: facts.part.since_start(it.begin),
        end_nanos: facts.part.since_start(it.end),
        length_nanos: it.nanos(),
        segments: path.segments.iter().map(|segment| segment_json(facts, segment)).collect(),
    }
}

fn segment_json(facts: &ModelFacts, segment: &PathSegment) -> SegmentJson {
    SegmentJson {
        begin_nanos: facts.part.since_start(segment.begin),
        end_nanos: facts.part.since_start(segment.end),
        goroutine: facts.goid(segment.goroutine),
        class: segment.class.name(),
        reason: facts.text(segment.reason),
        behind: segment.behind.map(|name| given_name(facts.model().tables(), name)),
        depth: segment.depth,
        is_inferred: segment.is_inferred,
        stack: stack_part(facts, segment.stack),
    }
}
