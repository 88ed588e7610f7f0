//! Finds what is to be known about an explanation.

use super::answer::Answer;
use super::explanation::{Explanation, SideFigures};
use super::notes::ExplainNote;
use super::owner::Part;
use super::rows::FEW_SAMPLES;

/// CPU time below this part of the wall time: it waited, or was not scheduled.
const WAITED: f64 = 0.7;

/// CPU time above so many times the wall time: several cores at once.
const PARALLEL: f64 = 1.3;

/// Results may stand for so many times the time that the profiles do, before they are taken for those of other runs.
const LONGER: f64 = 1.1;

/// Set-up is told of from this part of a profile on.
const MUCH_SETUP: f64 = 0.05;

/// Differences between runs are told of from so many times the variance of sampling on.
const MUCH_DISPERSION: f64 = 1.5;

/// All of them, in the order in which they are said.
pub(super) fn notes(explanation: &Explanation) -> Vec<ExplainNote> {
    let Explanation { base, head, is_exact, .. } = explanation;
    let mut notes = Vec::new();
    let name = |at: &'static str| if base.is_some() { at } else { "" };
    let sides: Vec<(&'static str, &SideFigures)> =
        base.iter().map(|side| ("base", side)).chain([(name("head"), head)]).collect();
    let shared = sides.iter().map(|(_, side)| &side.names).max_by_key(|names| names.len());
    notes.extend(
        shared.filter(|names| names.len() > 1).map(|names| ExplainNote::Shared { names: names.clone() }),
    );
    if !is_exact && !explanation.rows.is_empty() {
        notes.push(ExplainNote::Approximate);
    }
    for (side, figures) in &sides {
        notes.extend(of_clock(side, figures));
    }
    notes.extend(of_change(explanation));
    if sides.iter().any(|(_, side)| side.has_timer) {
        notes.push(ExplainNote::Timer);
    }
    for (side, figures) in &sides {
        notes.extend(of_recording(side, figures));
    }
    notes
}

/// CPU time beside wall time.
fn of_clock(side: &'static str, figures: &SideFigures) -> Option<ExplainNote> {
    let ratio = figures.cpu_per_op?.per_op / figures.wall.as_ref()?.mean;
    if figures.samples < FEW_SAMPLES {
        return None;
    }
    if ratio < WAITED {
        Some(ExplainNote::Waited { side, ratio })
    } else {
        (ratio > PARALLEL && ratio.is_finite()).then_some(ExplainNote::Parallel { side, ratio })
    }
}

fn of_change(explanation: &Explanation) -> Vec<ExplainNote> {
    let mut notes = Vec::new();
    let background = explanation.rows.iter().find(|row| row.part == Part::Background);
    let change = background.filter(|row| row.is_clear() && explanation.is_alone).and_then(|row| row.change);
    notes.extend(change.map(|change| ExplainNote::Background { change }));
    let is_changed =
        matches!(explanation.answer, Answer::Changed { .. } | Answer::InNoFunction | Answer::Alike);
    let Explanation { base, head, change, .. } = explanation;
    let walls = base.as_ref().and_then(|base| base.wall.as_ref()).zip(head.wall.as_ref());
    if let Some((before, after)) = walls.filter(|_| is_changed && explanation.is_exact)
        && let Some(change) = change
    {
        let delta = after.mean - before.mean;
        let is_opposite = delta.signum() != change.delta.signum();
        if is_opposite || !before.is_clearly_other(after) {
            notes.push(ExplainNote::ClockDisagrees { delta, is_opposite });
        }
    }
    notes
}

/// What a side was recorded with.
fn of_recording(side: &'static str, figures: &SideFigures) -> Vec<ExplainNote> {
    let mut notes = Vec::new();
    let share = figures.setup_samples / (figures.setup_samples + figures.samples).max(1.0);
    if share >= MUCH_SETUP {
        notes.push(ExplainNote::Setup { side, share });
    }
    let [results, profiles] = figures.seconds;
    if results > profiles * LONGER {
        notes.push(ExplainNote::LongerThanProfile { side, results, profiles });
    }
    if figures.dispersion >= MUCH_DISPERSION {
        notes.push(ExplainNote::Dispersed { side, factor: figures.dispersion.sqrt() });
    }
    notes
}
