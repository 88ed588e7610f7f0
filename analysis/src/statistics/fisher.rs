//! Fisher's exact test: whether two groups have something equally often.

use statrs::function::factorial::ln_factorial;

/// Counts of a table are summed up to this relative difference, so that equal chances are found equal.
const SAME: f64 = 1e-7;

/// The chance of counts at least as unlikely as these, two-sided: `with` and `without` of the first group, then of the
/// second (Fisher 1935). 1 for an empty table.
pub fn fisher_exact([with, without, other_with, other_without]: [u64; 4]) -> f64 {
    let (first, second) = (with + without, other_with + other_without);
    let (all_with, all) = (with + other_with, first + second);
    let ln_choose = |n: u64, k: u64| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    let ln_whole = ln_choose(all, all_with);
    let chance = |k: u64| (ln_choose(first, k) + ln_choose(second, all_with - k) - ln_whole).exp();
    let observed = chance(with);
    let possible = all_with.saturating_sub(second)..=first.min(all_with);
    let unlikely = possible.map(chance).filter(|chance| *chance <= observed * (1.0 + SAME));
    unlikely.sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::fisher_exact;

    #[test]
    fn chances_are_those_of_the_literature() {
        // The lady who tastes tea, and a table of Agresti's; SciPy 1.17.1 prints the same.
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
        near(fisher_exact([3, 1, 1, 3]), 0.485_714_285_714_285_7);
        near(fisher_exact([4, 0, 0, 4]), 0.028_571_428_571_428_57);
        near(fisher_exact([8, 2, 1, 5]), 0.034_965_034_965_034_96);
        near(fisher_exact([0, 0, 0, 0]), 1.0);
        near(fisher_exact([5, 0, 7, 0]), 1.0);
    }

    #[test]
    fn thousands_are_no_trouble() {
        let p = fisher_exact([60, 40, 100_000, 900_000]);
        assert!(p > 0.0 && p < 1e-20, "{p}");
    }
}
