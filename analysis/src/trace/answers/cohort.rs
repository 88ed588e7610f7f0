//! What slow instances have in common that typical ones do not, beside time.
//!
//! ```text
//! feature                       slow    typical
//! log tenant = north            11/12     3/230     p 2e-14
//! GC mark phase                  4/12    80/230     not shown: chance does that
//! ```
//!
//! A feature is something that an instance has or has not, or a number. What it has is compared by Fisher's exact test,
//! a number by that of Mann and Whitney; p is corrected for the number of features (Benjamini and Hochberg), and only
//! what stays below 5 % is told. The idea is that of Spectroscope (Sambasivan et al., NSDI 2011) and of BubbleUp.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use goscope_parsers::trace::{GoId, StringId, TaskId, Time};
use rayon::prelude::*;

use super::facts::Facts;
use super::instances::{AnswerInstance, AnswerOf, answer_instances};
use super::population::Population;
use super::requests::endpoint_text;
use super::slow::{Cohorts, SlowRule};
use crate::statistics::adjust::benjamini_hochberg;
use crate::statistics::fisher::fisher_exact;
use crate::statistics::rank::rank_difference;
use crate::trace::model::TraceModel;
use crate::trace::store::rows::{RangeKind, RangePhase};
use crate::trace::words::cause::SpanState;

/// Corrected p above which nothing is told.
const ALPHA: f64 = 0.05;
/// Slow instances that must have what is told.
const FEWEST: u64 = 5;
/// Different pairs of a log's category and message that are looked at.
const MOST_LOGS: usize = 1_000;
/// Instances that are named for and against a feature.
const MOST_EXAMPLES: usize = 3;
/// Parts of the trace that instances begin in.
const PARTS: u64 = 10;

/// Asks what slow instances have in common.
#[derive(Clone, Debug)]
pub struct CohortQuestion {
    /// The instances.
    pub population: Population,
    /// The time that they must overlap; `None` for the whole trace.
    pub range: Option<Range<Time>>,
    /// Which of them are slow.
    pub slow: SlowRule,
}

/// What an instance can have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// Its name: task type, region, endpoint.
    Name(StringId),
    /// A region of this name on its goroutine meanwhile.
    Region(StringId),
    /// A log of this category and message.
    Log(StringId, StringId),
    /// The P that it begins on.
    Proc(i64),
    /// A mark phase of the collector meanwhile.
    GcMark,
    /// A pause meanwhile.
    StopTheWorld,
    /// Its goroutine begins with it.
    NewGoroutine,
    /// The function that the goroutine runs that ended its longest wait.
    Waker(StringId),
    /// It begins in this tenth of the trace.
    Part(u64),
    /// Others that were open when it began: a number.
    Burst,
}

/// What was found of a feature.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureRow {
    /// Which.
    pub feature: Feature,
    /// Slow instances that have it; of a number its mean in them.
    pub slow: f64,
    /// Typical instances that have it; of a number its mean in them.
    pub typical: f64,
    /// The difference of the shares; of a number Cliff's delta. In -1..=1.
    pub effect: f64,
    /// Corrected p.
    pub p: f64,
    /// Slow instances with it, slowest first.
    pub examples: Vec<AnswerInstance>,
    /// Slow ones without it, and typical ones with it.
    pub counter_examples: Vec<AnswerInstance>,
}

/// What slow instances have in common.
#[derive(Clone, Debug, Default)]
pub struct Cohort {
    /// Which are slow.
    pub cohorts: Cohorts,
    /// How many are.
    pub slow: u64,
    /// How many are typical.
    pub typical: u64,
    /// Features that tell them apart, the strongest first.
    pub features: Vec<FeatureRow>,
    /// How many were looked at.
    pub looked_at: usize,
    /// Instances whose begin or end the trace does not have.
    pub incomplete: u64,
}

/// What slow instances have in common that typical ones do not. Takes time in proportion to instances and features.
pub fn cohort(model: &TraceModel, question: &CohortQuestion) -> Cohort {
    let facts = Facts::new(model);
    let instances = answer_instances(model, &question.population, question.range.as_ref());
    let mut lengths: Vec<u64> = instances.complete.iter().map(AnswerInstance::nanos).collect();
    let cohorts = Cohorts::new(&mut lengths, question.slow);
    let mut slow: Vec<AnswerInstance> = Vec::new();
    let mut typical: Vec<AnswerInstance> = Vec::new();
    for instance in &instances.complete {
        if cohorts.is_slow(instance.nanos()) {
            slow.push(*instance);
        } else if cohorts.is_typical(instance.nanos()) {
            typical.push(*instance);
        }
    }
    slow.sort_by_key(|it| (std::cmp::Reverse(it.nanos()), it.begin, it.owner));
    let look = Look::new(&facts, &instances.complete);
    let (features, looked_at) =
        if typical.is_empty() { (Vec::new(), 0) } else { look.compare(&slow, &typical) };
    Cohort {
        cohorts,
        slow: slow.len() as u64,
        typical: typical.len() as u64,
        features,
        looked_at,
        incomplete: instances.incomplete,
    }
}

/// Category and message of a log.
type Message = (StringId, StringId);

/// What is looked up for all instances.
struct Look<'m> {
    facts: &'m Facts<'m>,
    marks: Vec<Range<Time>>,
    pauses: Vec<Range<Time>>,
    logs_by_task: BTreeMap<TaskId, BTreeSet<(StringId, StringId)>>,
    logs_by_goroutine: BTreeMap<GoId, Vec<(Time, Message)>>,
    begins: Vec<Time>,
    ends: Vec<Time>,
}

impl<'m> Look<'m> {
    fn new(facts: &'m Facts<'m>, instances: &[AnswerInstance]) -> Self {
        let sorted = |of: fn(&AnswerInstance) -> Time| {
            let mut times: Vec<Time> = instances.iter().map(of).collect();
            times.sort_unstable();
            times
        };
        let mut look = Self {
            facts,
            marks: ranges(facts.model, RangeKind::GcMark),
            pauses: ranges(facts.model, RangeKind::StopTheWorld),
            logs_by_task: BTreeMap::new(),
            logs_by_goroutine: BTreeMap::new(),
            begins: sorted(|it| it.begin),
            ends: sorted(|it| it.end),
        };
        let mut distinct: BTreeSet<(StringId, StringId)> = BTreeSet::new();
        for log in facts.model.logs() {
            let pair = (log.category, log.message);
            if distinct.len() >= MOST_LOGS && !distinct.contains(&pair) {
                continue;
            }
            distinct.insert(pair);
            look.logs_by_task.entry(log.task).or_default().insert(pair);
            look.logs_by_goroutine.entry(log.goroutine).or_default().push((log.time, pair));
        }
        look
    }

    /// What an instance has.
    fn features(&self, it: &AnswerInstance) -> BTreeSet<Feature> {
        let model = self.facts.model;
        let mut features = BTreeSet::from([Feature::Name(it.name)]);
        let regions = model.regions_of(it.owner).iter();
        let meanwhile = regions.filter(|region| {
            !region.is_inherited && region.begin >= it.begin && region.end <= it.end && region.begin < it.end
        });
        let own = match it.of {
            AnswerOf::Region(row) => Some(row),
            _ => None,
        };
        let is_own = |begin| own.is_some_and(|row| model.regions()[row as usize].begin == begin);
        features.extend(meanwhile.filter(|it| !is_own(it.begin)).map(|region| Feature::Region(region.name)));
        features.extend(self.logs(it).into_iter().map(|(category, message)| Feature::Log(category, message)));
        let overlaps = |ranges: &[Range<Time>]| {
            let at = ranges.partition_point(|range| range.end <= it.begin);
            ranges.get(at).is_some_and(|range| range.start < it.end)
        };
        features.extend(overlaps(&self.marks).then_some(Feature::GcMark));
        features.extend(overlaps(&self.pauses).then_some(Feature::StopTheWorld));
        let begins =
            model.goroutine(it.owner).is_some_and(|life| life.is_created && life.creation >= it.begin);
        features.extend(begins.then_some(Feature::NewGoroutine));
        let span = model.span_at(it.owner, it.begin).filter(|span| span.state == SpanState::Running);
        features.extend(span.map(|span| Feature::Proc(model.tables().proc_number(span.proc))));
        features.extend(self.waker(it).map(Feature::Waker));
        let since = it.begin.abs_diff(model.range().start);
        features.insert(Feature::Part((since * PARTS / model.duration_nanos().max(1)).min(PARTS - 1)));
        features
    }

    fn logs(&self, it: &AnswerInstance) -> BTreeSet<(StringId, StringId)> {
        if let AnswerOf::Task(task) = it.of {
            return self.logs_by_task.get(&task).cloned().unwrap_or_default();
        }
        let logs = self.logs_by_goroutine.get(&it.owner).into_iter().flatten();
        logs.filter(|(time, _)| it.range().contains(time)).map(|(_, pair)| *pair).collect()
    }

    /// The function that the goroutine runs that ended the instance's longest wait.
    fn waker(&self, it: &AnswerInstance) -> Option<StringId> {
        let model = self.facts.model;
        let spans: Vec<_> = model.spans_in(it.owner, it.range()).collect();
        let waits = spans.windows(2).filter(|pair| {
            pair[0].state == SpanState::Waiting && pair[1].waker.is_some() && pair[1].start < it.end
        });
        let longest = waits.max_by_key(|pair| pair[0].nanos_in(&it.range()))?;
        Some(model.start_function(longest[1].waker))
    }

    /// Others that were open when it began.
    fn burst(&self, it: &AnswerInstance) -> f64 {
        let begun = self.begins.partition_point(|&begin| begin <= it.begin);
        let ended = self.ends.partition_point(|&end| end <= it.begin);
        begun.saturating_sub(ended) as f64
    }

    fn compare(&self, slow: &[AnswerInstance], typical: &[AnswerInstance]) -> (Vec<FeatureRow>, usize) {
        let of = |instances: &[AnswerInstance]| -> Vec<BTreeSet<Feature>> {
            instances.par_iter().map(|it| self.features(it)).collect()
        };
        let (slow_has, typical_has) = (of(slow), of(typical));
        let mut counts: BTreeMap<&Feature, (u64, u64)> = BTreeMap::new();
        slow_has.iter().flatten().for_each(|feature| counts.entry(feature).or_default().0 += 1);
        typical_has.iter().flatten().for_each(|feature| counts.entry(feature).or_default().1 += 1);
        let (n_slow, n_typical) = (slow.len() as u64, typical.len() as u64);
        let mut rows: Vec<FeatureRow> = Vec::new();
        for (feature, (in_slow, in_typical)) in counts {
            rows.push(FeatureRow {
                feature: feature.clone(),
                slow: in_slow as f64,
                typical: in_typical as f64,
                effect: in_slow as f64 / n_slow.max(1) as f64 - in_typical as f64 / n_typical.max(1) as f64,
                p: fisher_exact([in_slow, n_slow - in_slow, in_typical, n_typical - in_typical]),
                examples: Vec::new(),
                counter_examples: Vec::new(),
            });
        }
        rows.extend(self.burst_row(slow, typical));
        let looked_at = rows.len();
        let q = benjamini_hochberg(&rows.iter().map(|row| row.p).collect::<Vec<f64>>());
        rows.iter_mut().zip(q).for_each(|(row, q)| row.p = q);
        rows.retain(|row| row.p < ALPHA && (row.feature == Feature::Burst || row.slow >= FEWEST as f64));
        rows.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()).then(a.feature.cmp(&b.feature)));
        for row in &mut rows {
            let with = |all: &[AnswerInstance], has: &[BTreeSet<Feature>], wanted: bool| {
                let pairs = all.iter().zip(has).filter(|(_, has)| has.contains(&row.feature) == wanted);
                pairs.map(|(it, _)| *it).take(MOST_EXAMPLES).collect::<Vec<_>>()
            };
            row.examples = with(slow, &slow_has, true);
            row.counter_examples = with(slow, &slow_has, false);
            row.counter_examples.extend(with(typical, &typical_has, true));
        }
        (rows, looked_at)
    }

    fn burst_row(&self, slow: &[AnswerInstance], typical: &[AnswerInstance]) -> Option<FeatureRow> {
        let of =
            |instances: &[AnswerInstance]| instances.iter().map(|it| self.burst(it)).collect::<Vec<f64>>();
        let (slow, typical) = (of(slow), of(typical));
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let (p, effect) = rank_difference(&slow, &typical)?;
        let feature = Feature::Burst;
        let (slow, typical) = (mean(&slow), mean(&typical));
        Some(FeatureRow {
            feature,
            slow,
            typical,
            effect,
            p,
            examples: Vec::new(),
            counter_examples: Vec::new(),
        })
    }
}

/// The ranges of a kind in the whole trace, in order, joined where they overlap.
fn ranges(model: &TraceModel, kind: RangeKind) -> Vec<Range<Time>> {
    let mut found: Vec<Range<Time>> = Vec::new();
    let (mut open, mut begin) = (0_u32, model.range().start);
    for row in model.range_events().iter().filter(|row| row.kind == kind) {
        match row.phase {
            RangePhase::Begin | RangePhase::Active => {
                begin = if open == 0 { row.time } else { begin };
                open = if row.phase == RangePhase::Active { open.max(1) } else { open + 1 };
            }
            RangePhase::End => {
                open = open.saturating_sub(1);
                if open == 0 {
                    found.push(begin..row.time);
                }
            }
        }
    }
    if open > 0 {
        found.push(begin..model.range().end);
    }
    found
}

impl Feature {
    /// What it is called, and its value: `log tenant` and `north`.
    pub fn text(&self, model: &TraceModel, population: &Population) -> (String, String) {
        let name = |id: StringId| model.tables().string_lossy(id).into_owned();
        match self {
            Self::Name(id) => match population {
                Population::Requests(_) => ("endpoint".to_owned(), endpoint_text(model, *id)),
                _ => (population.noun().to_owned(), name(*id)),
            },
            Self::Region(id) => ("region".to_owned(), name(*id)),
            Self::Log(category, message) => (format!("log {}", name(*category)), name(*message)),
            Self::Proc(number) => ("begins on P".to_owned(), number.to_string()),
            Self::GcMark => ("GC mark phase meanwhile".to_owned(), String::new()),
            Self::StopTheWorld => ("STW pause meanwhile".to_owned(), String::new()),
            Self::NewGoroutine => ("on a goroutine of its own".to_owned(), String::new()),
            Self::Waker(id) => ("longest wait ended by".to_owned(), name(*id)),
            Self::Part(tenth) => ("begins in tenth".to_owned(), (tenth + 1).to_string()),
            Self::Burst => ("others open when it begins".to_owned(), String::new()),
        }
    }
}
