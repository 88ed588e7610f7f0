//! How test vectors are compared: absolutely or relatively to 1e-6.

/// Asserts that a number is the expected one to 1e-6 of it, or of 1 where it is small.
#[track_caller]
pub(crate) fn assert_close(found: f64, expected: f64) {
    assert_close_to(found, expected, 1e-6);
}

/// The same with another limit.
#[track_caller]
pub(crate) fn assert_close_to(found: f64, expected: f64, limit: f64) {
    // Small chances are compared relatively: 1e-17 is not 0.
    let is_close = found == expected || (found - expected).abs() <= limit * expected.abs();
    assert!(is_close, "{found:e} is not {expected:e}");
}

/// The whole chain for six functions, three runs a side: dispersion, prior, test, adjustment.
mod chain {
    use super::assert_close;
    use crate::statistics::adjust::holm;
    use crate::statistics::dispersion::{RunCount, pearson};
    use crate::statistics::score::{Noise, Pooled, Scale, ScoreTest};
    use crate::statistics::shrinkage::Prior;

    type Rows = [[f64; 6]; 3];

    const BASE_TOTALS: [f64; 3] = [3000.0, 2950.0, 3050.0];
    const HEAD_TOTALS: [f64; 3] = [3010.0, 2980.0, 3040.0];
    const DF: f64 = 4.0;

    fn chain(base: &Rows, head: &Rows) -> (Vec<f64>, Prior, Vec<ScoreTest>) {
        let side = |rows: &Rows, totals: [f64; 3], function: usize| {
            let run = |(row, exposure): (&[f64; 6], f64)| RunCount { events: row[function], exposure };
            rows.iter().zip(totals).map(run).collect::<Vec<_>>()
        };
        let sides = |function| [side(base, BASE_TOTALS, function), side(head, HEAD_TOTALS, function)];
        let dispersions: Vec<f64> = (0..6)
            .map(|function| {
                let sums = sides(function).map(|side| pearson(side.into_iter(), Scale::Share));
                (sums[0] + sums[1]) / DF
            })
            .collect();
        let prior = Prior::fit(&dispersions, DF).expect("variances");
        let capped = prior.capped(50.0);
        let test = |function: usize| {
            let [base, head] = sides(function).map(|side| Pooled {
                events: side.iter().map(|run| run.events).sum(),
                exposure: side.iter().map(|run| run.exposure).sum(),
                runs: 3.0,
            });
            let dispersion = capped.shrunk(dispersions[function], DF).max(1.0);
            let noise = Noise { dispersion, spread: 0.0, df: DF + capped.df };
            ScoreTest { base, head, scale: Scale::Share, noise }
        };
        let tests = (0..6).map(test).collect();
        (dispersions, prior, tests)
    }

    fn check(found: &[f64], expected: [f64; 6]) {
        found.iter().zip(expected).for_each(|(&found, expected)| assert_close(found, expected));
    }

    #[test]
    fn of_runs_that_differ_by_sampling() {
        let base = [
            [600., 150., 90., 300., 45., 30.],
            [588., 161., 84., 310., 52., 28.],
            [615., 140., 95., 290., 40., 35.],
        ];
        let head = [
            [705., 148., 85., 295., 47., 29.],
            [690., 155., 92., 280., 44., 33.],
            [722., 143., 88., 301., 50., 26.],
        ];
        let (dispersions, prior, tests) = chain(&base, &head);
        check(
            &dispersions,
            [0.0880415592, 0.7918566002, 0.190500681, 0.5391427724, 0.581031074, 0.4048968778],
        );
        assert_close(prior.variance, 0.4440479333);
        assert_close(prior.df, 56.48791936);
        assert!(tests.iter().all(|test| test.noise.dispersion == 1.0 && test.noise.df == 54.0));
        let statistics: Vec<f64> = tests.iter().map(|test| test.statistic(1.0)).collect();
        check(
            &statistics,
            [5.5514357564, -0.2223813327, -0.2147512846, -0.6736547846, 0.213816497, -0.3960258473],
        );
        let chances: Vec<f64> = tests.iter().map(|test| test.p_more_than(1.0)).collect();
        check(
            &chances,
            [4.4181926200e-7, 0.58757199681, 0.58461490373, 0.74829791971, 0.41574772423, 0.65317677552],
        );
        assert_close(holm(&chances)[0], 2.650915572e-6);
        let first = tests[0];
        assert_close(first.head.value() / first.base.value() - 1.0, 0.170253343);
    }

    #[test]
    fn of_runs_that_differ_by_more() {
        let base = [
            [640., 120., 90., 330., 45., 30.],
            [560., 185., 70., 270., 70., 22.],
            [655., 150., 110., 310., 38., 41.],
        ];
        let head = [
            [760., 120., 85., 255., 60., 29.],
            [650., 190., 99., 300., 41., 45.],
            [801., 130., 70., 335., 52., 19.],
        ];
        let (dispersions, prior, tests) = chain(&base, &head);
        check(
            &dispersions,
            [6.3252963015, 9.5216617746, 3.3862337274, 4.2170993713, 3.9659307733, 4.2446919801],
        );
        assert_close(prior.variance, 6.469484976);
        assert!(prior.df.is_infinite());
        let used: Vec<f64> = tests.iter().map(|test| test.noise.dispersion).collect();
        check(&used, [6.4588043338, 6.6955721467, 6.241095995, 6.3026415983, 6.2840365169, 6.3046854952]);
        let first = tests[0];
        assert_close(first.statistic(1.0), 2.448787326);
        assert_close(first.p_more_than(1.0), 0.008805548);
        let chances: Vec<f64> = tests.iter().map(|test| test.p_more_than(1.0)).collect();
        assert_close(holm(&chances)[0], 0.0528332882);
        assert_close(first.statistic(1.05), 1.753865651);
        assert_close(first.p_more_than(1.05), 0.0425637689);
        for (row, low, high) in [(0, 1.03164883, 1.36862491), (3, 0.778493601, 1.22046466)] {
            let interval = tests[row].interval(0.95);
            assert_close(interval.0, low);
            assert_close(interval.1, high);
        }
    }
}
