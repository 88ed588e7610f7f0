//! Chances of many tests, adjusted for their number.

/// Holm's step-down adjustment: at most α false alarms in a family if what is below α counts.
pub fn holm(chances: &[f64]) -> Vec<f64> {
    let order = ascending(chances);
    let n = chances.len();
    let mut adjusted = vec![0.0; n];
    let mut largest = 0.0_f64;
    for (place, &at) in order.iter().enumerate() {
        largest = largest.max(chances[at] * (n - place) as f64).min(1.0);
        adjusted[at] = largest;
    }
    adjusted
}

/// Benjamini's and Hochberg's step-up adjustment: at most that part of what counts is false.
pub fn benjamini_hochberg(chances: &[f64]) -> Vec<f64> {
    let order = ascending(chances);
    let n = chances.len() as f64;
    let mut adjusted = vec![0.0; chances.len()];
    let mut smallest = 1.0_f64;
    for (place, &at) in order.iter().enumerate().rev() {
        smallest = smallest.min(chances[at] * n / (place + 1) as f64);
        adjusted[at] = smallest;
    }
    adjusted
}

fn ascending(chances: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|&a, &b| chances[a].total_cmp(&chances[b]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::vectors::assert_close;

    const CHANCES: [f64; 8] = [0.0001, 0.004, 0.019, 0.0095, 0.02, 0.03, 0.5, 0.9];

    fn check(found: &[f64], expected: [f64; 8]) {
        assert_eq!(found.len(), expected.len());
        found.iter().zip(expected).for_each(|(&found, expected)| assert_close(found, expected));
    }

    #[test]
    fn of_holm() {
        check(&holm(&CHANCES), [0.0008, 0.028, 0.095, 0.057, 0.095, 0.095, 1.0, 1.0]);
    }

    #[test]
    fn of_benjamini_and_hochberg() {
        let expected = [0.0008, 0.016, 0.032, 0.025_333_333_3, 0.032, 0.04, 0.571_428_571_4, 0.9];
        check(&benjamini_hochberg(&CHANCES), expected);
    }

    #[test]
    fn of_none() {
        assert!(holm(&[]).is_empty() && benjamini_hochberg(&[]).is_empty());
    }
}
