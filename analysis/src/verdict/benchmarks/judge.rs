//! The tests of all lines at once.

use rayon::prelude::*;

use super::pairs::{Ratio, ratio};
use super::table::Line;
use crate::statistics::adjust::{benjamini_hochberg, holm};
use crate::statistics::rank::{Counts, rank_difference};
use crate::verdict::options::Gate;
use crate::verdict::row::{Interval, Test};

/// What was found about a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    pub(super) test: Test,
    /// Chance of as much change for the better, adjusted by Holm.
    pub(super) holm_better: f64,
    pub(super) ratio: f64,
    pub(super) interval: Option<Interval>,
}

/// Chances before they are adjusted: for the worse, for the better, for either.
#[derive(Clone, Copy, Debug)]
struct Chances {
    worse: f64,
    better: f64,
    either: f64,
}

/// Tests all lines that are to be; none of the others. Lines that do not depend on chance are not counted among the tests.
pub(super) fn judge(lines: &[Line], gate: &Gate) -> Vec<Option<Judged>> {
    let least = gate.fail_on_at_least.map_or(0.0, |least| least.0);
    let of_line = |counts: &mut Counts, line: &Line| {
        line.untested.is_none().then(|| chances(line, least, counts)).flatten()
    };
    let chances: Vec<Option<Chances>> = lines.par_iter().map_init(Counts::default, of_line).collect();
    let tested: Vec<usize> =
        (0..lines.len()).filter(|at| chances[*at].is_some() && !lines[*at].is_constant()).collect();
    let of = |chance: fn(&Chances) -> f64| -> Vec<f64> {
        tested.iter().filter_map(|at| chances[*at].as_ref().map(chance)).collect()
    };
    let worse = holm(&of(|it| it.worse));
    let better = holm(&of(|it| it.better));
    let either = benjamini_hochberg(&of(|it| it.either));
    let mut judged: Vec<Option<Judged>> = lines
        .par_iter()
        .zip(&chances)
        .map_init(Counts::default, |counts, (line, chances)| {
            chances.map(|chances| Judged::new(line, chances, counts))
        })
        .collect();
    for (place, at) in tested.into_iter().enumerate() {
        if let Some(judged) = &mut judged[at] {
            (judged.test.holm, judged.holm_better, judged.test.q) =
                (worse[place], better[place], either[place]);
        }
    }
    judged
}

/// How many lines depend on chance and are tested.
pub(super) fn n_tests(lines: &[Line], judged: &[Option<Judged>]) -> usize {
    lines.iter().zip(judged).filter(|(line, judged)| judged.is_some() && !line.is_constant()).count()
}

impl Judged {
    fn new(line: &Line, chances: Chances, counts: &mut Counts) -> Self {
        let mut sorted = line.values.clone();
        sorted.iter_mut().for_each(|values| values.sort_by(f64::total_cmp));
        let [base, head] = &sorted;
        let found = ratio(base, head, counts);
        let middle = |values: &[f64]| crate::bench::median(values);
        let (base, head) = (middle(base), middle(head));
        // Where some values are 0 there are no ratios but that of the medians.
        let of_medians = if base == head { 1.0 } else { head / base };
        let Ratio { ratio, interval } = found.unwrap_or(Ratio { ratio: of_medians, interval: None });
        let test = Test {
            statistic: 0.0,
            df: f64::INFINITY,
            dispersion: 1.0,
            p: chances.worse,
            p_two_sided: chances.either,
            holm: chances.worse,
            q: chances.either,
        };
        let interval = interval.map(|(low, high)| Interval { low, high });
        Self { test, holm_better: chances.better, ratio, interval }
    }
}

/// The chances of a line; `least` is the growth that is no growth yet.
fn chances(line: &Line, least: f64, counts: &mut Counts) -> Option<Chances> {
    let [base, head] = &line.values;
    let is_sound = |values: &Vec<f64>| !values.is_empty() && values.iter().all(|value| !value.is_nan());
    if !is_sound(base) || !is_sound(head) {
        return None;
    }
    let factor = if line.is_more_better { 1.0 / (1.0 + least) } else { 1.0 + least };
    let limit: Vec<f64> = base.iter().map(|value| value * factor).collect();
    if line.is_constant() {
        let certain = |is_so: bool| if is_so { 0.0 } else { 1.0 };
        let (is_more, is_less) = (head[0] > limit[0], head[0] < limit[0]);
        let (is_worse, is_better) = if line.is_more_better { (is_less, is_more) } else { (is_more, is_less) };
        let either = certain(head[0] != base[0]);
        return Some(Chances { worse: certain(is_worse), better: certain(is_better), either });
    }
    let (more, less) = one_sided(base, head, counts)?;
    let (more_than_limit, less_than_limit) =
        if least == 0.0 { (more, less) } else { one_sided(&limit, head, counts)? };
    let either = (2.0 * more.min(less)).min(1.0);
    let (worse, better) = if line.is_more_better { (less_than_limit, more) } else { (more_than_limit, less) };
    Some(Chances { worse, better, either })
}

/// Chance that `b` is as much larger than `a`, and as much smaller, if both are of one kind.
fn one_sided(a: &[f64], b: &[f64], counts: &mut Counts) -> Option<(f64, f64)> {
    if let Some(test) = counts.mann_whitney(a, b) {
        return Some((test.p_greater, test.p_less));
    }
    let (p, delta) = rank_difference(a, b)?;
    // Delta is how much more often a value of `a` is the larger one.
    let (near, far) = (p / 2.0, 1.0 - p / 2.0);
    Some(if delta < 0.0 { (near, far) } else { (far, near) })
}
