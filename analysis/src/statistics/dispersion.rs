//! How much the runs of a side differ, as a multiple of what sampling alone makes.

use super::score::Scale;

/// One run's count of a function, and what it is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunCount {
    /// Events (y).
    pub events: f64,
    /// Exposure (e).
    pub exposure: f64,
}

/// The sum of Pearson's residuals of a side's runs about their common share or rate; divided by the degrees of freedom
/// of all sides, it is the dispersion φ. Half an event is added, so that a function without any has a share.
pub fn pearson(runs: impl Iterator<Item = RunCount> + Clone, scale: Scale) -> f64 {
    residuals(runs, scale).map(|residual| residual * residual).sum()
}

/// The standardized residual of each run.
pub fn residuals(runs: impl Iterator<Item = RunCount> + Clone, scale: Scale) -> impl Iterator<Item = f64> {
    let (events, exposure) = runs
        .clone()
        .fold((0.0, 0.0), |(events, exposure), run| (events + run.events, exposure + run.exposure));
    let (value, binomial) = match scale {
        Scale::Share => {
            let share = (events + 0.5) / (exposure + 1.0);
            (share, 1.0 - share)
        }
        Scale::Rate => ((events + 0.5) / exposure, 1.0),
    };
    runs.map(move |run| {
        let expected = run.exposure * value;
        let variance = expected * binomial;
        if variance > 0.0 { (run.events - expected) / variance.sqrt() } else { 0.0 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::vectors::assert_close;

    fn dispersion(base: [f64; 3], head: [f64; 3]) -> f64 {
        let side = |events: [f64; 3], exposure: [f64; 3]| {
            let runs: Vec<RunCount> = events
                .into_iter()
                .zip(exposure)
                .map(|(events, exposure)| RunCount { events, exposure })
                .collect();
            pearson(runs.into_iter(), Scale::Share)
        };
        (side(base, [3000.0, 2950.0, 3050.0]) + side(head, [3010.0, 2980.0, 3040.0])) / 4.0
    }

    #[test]
    fn of_three_runs_a_side() {
        assert_close(dispersion([600., 588., 615.], [705., 690., 722.]), 0.088_041_559_2);
        assert_close(dispersion([150., 161., 140.], [148., 155., 143.]), 0.791_856_600_2);
        assert_close(dispersion([640., 560., 655.], [760., 650., 801.]), 6.325_296_301_5);
    }

    #[test]
    fn runs_without_any_exposure_differ_by_nothing() {
        let runs = [RunCount { events: 0.0, exposure: 0.0 }; 2];
        assert_eq!(pearson(runs.into_iter(), Scale::Share), 0.0);
    }
}
