//! The rows of a verdict on traces: every quantile of every measure, with what was found about it.

use super::judge::{Judged, Judgment};
use super::table::{Line, LineRun};
use crate::verdict::options::Gate;
use crate::verdict::outcome::Decided;
use crate::verdict::row::{Presence, Row, Significance, Untested, Values};

/// A row by line, in the same order.
pub(super) fn rows(lines: &[Line], judgment: &Judgment, n_base: usize, gate: &Gate) -> Vec<Row> {
    let mut hypotheses = 0..;
    let row = |(line, judged): (&Line, &Option<Judged>)| {
        let (base, head) = line.runs.split_at(n_base);
        let (base, head) = (values(base), values(head));
        Row {
            name: line.group.text().into(),
            base_name: None,
            measure: line.measured.quantile(line.percent()),
            presence: presence(line, n_base),
            ratio: judged.map_or(head.normalized / base.normalized, |judged| judged.ratio),
            slowdown: None,
            interval: judged.map(|judged| judged.interval),
            test: judged.map(|judged| judged.test),
            significance: significance(line, *judged, judgment.method.decided, gate),
            hypothesis: judged.and_then(|_| hypotheses.next()),
            is_shown: true,
            is_shift: false,
            is_own: true,
            base,
            head,
        }
    };
    lines.iter().zip(&judgment.judged).map(row).collect()
}

/// The geometric mean of the runs' quantiles, whose ratio is what is tested; the plain mean if one is 0.
fn values(runs: &[LineRun]) -> Values {
    let nanos: Vec<f64> = runs.iter().map(|run| run.quantile.nanos as f64).collect();
    let n = nanos.len() as f64;
    let normalized = if nanos.contains(&0.0) {
        nanos.iter().sum::<f64>() / n
    } else {
        (nanos.iter().map(|nanos| nanos.ln()).sum::<f64>() / n).exp()
    };
    Values {
        normalized,
        total: runs.iter().map(|run| run.total_nanos as f64).sum(),
        samples: runs.iter().map(|run| run.count as f64).sum(),
        runs: nanos,
    }
}

/// On which sides there are instances.
fn presence(line: &Line, n_base: usize) -> Presence {
    let (base, head) = line.runs.split_at(n_base);
    let is_there = |runs: &[LineRun]| runs.iter().any(|run| run.count > 0);
    match (is_there(base), is_there(head)) {
        (false, true) => Presence::New,
        (true, false) => Presence::Gone,
        _ => Presence::Both,
    }
}

fn significance(line: &Line, judged: Option<Judged>, decided: Decided, gate: &Gate) -> Significance {
    let Some(judged) = judged else {
        return Significance::Untested(line.untested.unwrap_or(Untested::NoModel));
    };
    if decided != Decided::WithinRecordings && is_regression(&judged, gate) {
        Significance::Regressed
    } else if judged.test.q > gate.max_false_discoveries.0 {
        Significance::Unclear
    } else if judged.test.statistic > 0.0 {
        Significance::Grew
    } else {
        Significance::Fell
    }
}

fn is_regression(judged: &Judged, gate: &Gate) -> bool {
    let least = gate.fail_on_at_least.unwrap_or(gate.fail_on).0;
    judged.test.holm <= gate.alpha.0 && judged.ratio > 1.0 && judged.ratio - 1.0 >= least
}

/// Whether a quantile fell by as much as would fail if it had grown.
pub(super) fn is_improvement(judged: &Judged, gate: &Gate) -> bool {
    judged.holm_less <= gate.alpha.0 && 1.0 - judged.ratio >= gate.fail_on.0
}
