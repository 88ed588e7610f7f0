//! The four golden signals of tasks, regions, requests or goroutines.

use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::signals::{ERROR_CATEGORY, ErrorRule, SignalsQuestion, signals};
pub use goscope_analysis::trace::answers::signals::{PARTS, SignalRow, Signals};
use goscope_analysis::trace::model::TraceModel;
use regex::bytes::Regex;

use super::sentence::{Link, Sentence};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};
use crate::query::trace::selection::TimeRange;
use crate::query::trace::subject::on_clock;
use crate::text;

/// Asks for the four signals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SignalsQuery {
    /// The instances; `None` for what the trace has: tasks, else regions, else requests.
    pub population: Option<Population>,
    /// When; `None` for the whole trace.
    pub range: Option<TimeRange>,
    /// The pattern, valid, of logs ("category message") that are errors; `None` for the usual categories.
    pub error_log: Option<String>,
}

/// The four signals.
#[derive(Clone, Debug, Default)]
pub struct SignalsAnswer {
    /// The instances; `None` if the trace has none of any kind.
    pub population: Option<Population>,
    /// The answer.
    pub signals: Signals,
}

impl Question for SignalsQuery {
    type Answer = SignalsAnswer;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<SignalsAnswer, QuestionError> {
        let model = documents.model()?;
        let Some(population) = self.population.clone().or_else(|| Population::of_trace(model)) else {
            return Ok(SignalsAnswer::default());
        };
        let range = self.range.map(|range| on_clock(model, Some(range)));
        let pattern = self.error_log.as_deref().unwrap_or(ERROR_CATEGORY);
        let regex = Regex::new(pattern).map_err(|error| {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            QuestionError::Pattern { pattern: pattern.to_owned(), why }
        })?;
        let errors = match self.error_log {
            Some(_) => ErrorRule::Text(regex),
            None => ErrorRule::Category(regex),
        };
        let question = SignalsQuestion { population: population.clone(), range, errors };
        Ok(SignalsAnswer { signals: signals(model, &question), population: Some(population) })
    }
}

/// The four signals in one sentence; `None` if there is no instance.
pub fn signals_sentence(answer: &SignalsAnswer) -> Option<Sentence> {
    let population = answer.population.as_ref().filter(|_| answer.signals.all.count() > 0)?;
    let all = &answer.signals.all;
    let duration = |nanos: u64| text::duration(i64::try_from(nanos).unwrap_or(i64::MAX));
    let p = all.latency.percentiles();
    let errors = match all.errors.count {
        0 => "no errors logged".to_owned(),
        _ => format!("errors in {} of {}", all.errors.instances, all.count()),
    };
    let busy = answer
        .signals
        .saturation
        .busy_share()
        .map_or(String::new(), |share| format!(", Ps in use {:.0}% of their time", share * 100.0));
    let numbers = format!(
        ": {:.1} a second, p50 {}, p99 {}, {errors}{busy}",
        answer.signals.per_second(all.count()),
        duration(p.p50),
        duration(p.p99),
    );
    Some(Sentence::default().noun(population.text(), Link::Population(population.clone())).plain(numbers))
}

/// How full the machine was, in two lines.
pub fn saturation_lines(answer: &SignalsAnswer) -> [String; 2] {
    let it = &answer.signals.saturation;
    let nanos = |nanos: u64| text::duration(i64::try_from(nanos).unwrap_or(i64::MAX));
    let share = |part: u64, whole: u64| match whole {
        0 => "an unknown part".to_owned(),
        _ => text::percent(part as f64 / whole as f64),
    };
    [
        format!(
            "Ps in use {}, {:.2} goroutines runnable on average, {} of them starved; scheduling latency p99 {}",
            it.busy_share().map_or("not known".to_owned(), text::percent),
            runnable_mean(answer),
            nanos(it.runnable.starved_nanos + it.runnable.lost_p_nanos),
            nanos(it.latency.percentiles().p99),
        ),
        format!(
            "process stopped {} of the time, collector {} of P time",
            share(it.gaps.total_nanos, it.nanos),
            share(it.gc_nanos, it.proc_nanos)
        ),
    ]
}

/// How many goroutines were runnable on average.
pub fn runnable_mean(answer: &SignalsAnswer) -> f64 {
    let it = &answer.signals.saturation;
    it.runnable.nanos() as f64 / it.nanos.max(1) as f64
}

/// Counts as a line of blocks, the highest as high as the line.
pub fn sparkline(counts: &[u64; PARTS]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let block = |&count: &u64| match count {
        0 => ' ',
        _ => BLOCKS[usize::try_from(u128::from(count) * 7 / u128::from(most)).unwrap_or(7).min(7)],
    };
    counts.iter().map(block).collect()
}

/// What a trace cannot tell, in sentences.
pub fn signals_notes(model: &TraceModel, answer: &SignalsAnswer) -> Vec<String> {
    let mut notes = Vec::new();
    if answer.signals.incomplete > 0 {
        notes.push(format!(
            "{} more begin or end outside of the trace: how long they took is not known.",
            answer.signals.incomplete
        ));
    }
    if model.logs().is_empty() {
        notes.push(
            "The program logs nothing with trace.Log: whether there were errors cannot be told.".to_owned(),
        );
    }
    if answer.signals.saturation.gomaxprocs.is_none() {
        notes.push("The trace does not say GOMAXPROCS: how full the Ps were cannot be told.".to_owned());
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_over_time_is_a_line_of_blocks() {
        assert_eq!(sparkline(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 8]), " ▁▂▃▄▅▆▇██");
        assert_eq!(sparkline(&[0; PARTS]), " ".repeat(PARTS));
    }
}
