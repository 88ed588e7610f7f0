//! Mann's and Whitney's test as benchstat makes it, with its faults: chances above 1, and none at all.
//!
//! [`crate::statistics::rank`] has the test without them, which goscope's own reports use.

use super::go_math::choose;
use super::quantile::normal_below;

/// Values a side up to which all orders are counted.
const EXACT_UP_TO: usize = 50;
/// The same where some values are equal.
const EXACT_WITH_TIES_UP_TO: usize = 25;

/// The chance that two sets of one kind are as far apart as these, in order each; `None` if all values are equal.
pub(super) fn u_test(a: &[f64], b: &[f64]) -> Option<f64> {
    let (n1, n2) = (a.len(), b.len());
    let Ranks { u, ties } = ranks(a, b);
    let all = (n1 * n2) as f64;
    let smaller = u.min(all - u);
    let has_ties = ties.iter().any(|tie| *tie > 1);
    let limit = if has_ties { EXACT_WITH_TIES_UP_TO } else { EXACT_UP_TO };
    if n1 > limit || n2 > limit {
        return approximate(u, [n1, n2], &ties);
    }
    if ties.len() == 1 {
        return None;
    }
    if u == all - u {
        return Some(1.0);
    }
    // Doubled, though with ties and sets of different sizes the tails are not equally thick: hence chances above 1.
    let tail = match ties[..] {
        _ if smaller >= all => 1.0,
        [low, high] => two_values(smaller, [n1, n2], [low, high]),
        _ if has_ties => with_ties(smaller, [n1, n2], &ties),
        _ => without_ties(smaller as usize, n1, n2),
    };
    Some(2.0 * tail)
}

struct Ranks {
    /// Pairs in which the first set has the larger value; a tie is half a pair.
    u: f64,
    /// How often each value comes, from the smallest on.
    ties: Vec<usize>,
}

fn ranks(a: &[f64], b: &[f64]) -> Ranks {
    let mut merged: Vec<(f64, bool)> =
        a.iter().map(|value| (*value, true)).chain(b.iter().map(|value| (*value, false))).collect();
    merged.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (mut ties, mut sum, mut at) = (Vec::new(), 0.0, 0);
    while at < merged.len() {
        let equal = merged[at..].iter().take_while(|it| it.0 == merged[at].0).count().max(1);
        let of_first = merged[at..at + equal].iter().filter(|it| it.1).count();
        sum += (2 * at + equal + 1) as f64 / 2.0 * of_first as f64;
        ties.push(equal);
        at += equal;
    }
    Ranks { u: sum - (a.len() * (a.len() + 1)) as f64 / 2.0, ties }
}

/// P(U ≤ u) without ties, by Mann's and Whitney's recurrence p(n, m, u) = (n p(n−1, m, u−m) + m p(n, m−1, u)) / (n+m).
fn without_ties(u: usize, n1: usize, n2: usize) -> f64 {
    let (n, m) = (n1.min(n2), n1.max(n2));
    // Of the sizes up to n for the larger size at hand.
    let mut chances = vec![vec![0.0; u + 1]; n + 1];
    for larger in 0..=m {
        chances[0][0] = 1.0;
        for smaller in 1..=n.min(larger) {
            // By symmetry: the larger set of the step before was the smaller one.
            let before = if smaller < larger { smaller } else { larger - 1 };
            for at in (0..=u.min(smaller * larger)).rev() {
                let first =
                    at.checked_sub(larger).map_or(0.0, |at| smaller as f64 * chances[smaller - 1][at]);
                let second = larger as f64 * chances[before][at];
                chances[smaller][at] = (first + second) / (smaller + larger) as f64;
            }
        }
    }
    chances[n].iter().sum()
}

/// P(U ≤ u) where there are two values, of which the lower comes `low` times and the higher `high` times. The last term
/// is found by a division that rounds towards 0 and not down.
fn two_values(u: f64, [n1, n2]: [usize; 2], [low, high]: [usize; 2]) -> f64 {
    let (first, low_count) = (n1 as i64, low as i64);
    let last = ((2.0 * u) as i64 - first * (low_count - first)) / (low + high) as i64;
    let begin = (first - low_count).max(0);
    let ways: f64 =
        (begin..=last.min(first)).map(|r| choose(low, (first - r) as usize) * choose(high, r as usize)).sum();
    ways / choose(n1 + n2, n1)
}

/// P(U ≤ u) given how often each value comes: all ways to choose the first set among them are counted by 2U.
fn with_ties(u: f64, [n1, n2]: [usize; 2], ties: &[usize]) -> f64 {
    let most = (2.0 * u) as usize;
    let width = most + 1;
    // ways[k · width + t]: k values of the first set among those so far, with 2U = t.
    let mut ways = vec![0.0; (n1 + 1) * width];
    ways[0] = 1.0;
    let mut so_far = 0;
    for &tie in ties {
        let mut next = vec![0.0; ways.len()];
        for of_first in 0..=n1.min(so_far) {
            let lower_of_second = so_far - of_first;
            for r in 0..=tie.min(n1 - of_first) {
                // Each of the r is larger than those of the second set below it, and equal to those beside it.
                let more = r * (2 * lower_of_second + tie - r);
                if more > most {
                    continue;
                }
                let chosen = choose(tie, r);
                let from = &ways[of_first * width..(of_first + 1) * width - more];
                let to = &mut next[(of_first + r) * width + more..];
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from * chosen);
            }
        }
        ways = next;
        so_far += tie;
    }
    ways[n1 * width..].iter().sum::<f64>() / choose(n1 + n2, n1)
}

/// The same for many values: normal, with corrections for ties and for steps.
fn approximate(u: f64, [n1, n2]: [usize; 2], ties: &[usize]) -> Option<f64> {
    let (pairs, n) = ((n1 * n2) as f64, (n1 + n2) as f64);
    let cube = |tie: usize| (tie as u128).pow(3) - tie as u128;
    let ties = ties.iter().map(|tie| cube(*tie)).sum::<u128>() as f64;
    let deviation = (pairs * ((n + 1.0) - ties / (n * (n - 1.0))) / 12.0).sqrt();
    if deviation == 0.0 {
        return None;
    }
    let distance = u - pairs / 2.0;
    let step = if distance == 0.0 { 0.0 } else { 0.5_f64.copysign(distance) };
    let below = normal_below((distance - step) / deviation);
    // Far above the middle 1 − Φ is exactly 0, far below Φ is not.
    Some(2.0 * below.min(1.0 - below))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(a: &[f64], b: &[f64]) -> f64 {
        u_test(a, b).unwrap_or(f64::NAN)
    }

    #[test]
    fn chances_are_those_of_benchstat() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
        near(p(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 0.1);
        near(p(&[1.0, 3.0, 5.0, 7.0], &[2.0, 4.0, 6.0, 8.0]), 0.685_714_285_714_285_7);
        near(p(&[1.0, 4.0], &[2.0, 3.0]), 1.0);
        assert_eq!(u_test(&[1.0, 1.0], &[1.0, 1.0]), None);
    }

    #[test]
    fn both_ways_to_count_agree() {
        for (n1, n2) in [(3, 5), (4, 4), (6, 2)] {
            for u in 0..=n1 * n2 / 2 {
                let all_different = vec![1; n1 + n2];
                let (a, b) = (without_ties(u, n1, n2), with_ties(u as f64, [n1, n2], &all_different));
                assert!((a - b).abs() < 1e-12, "{n1} {n2} {u}: {a} {b}");
            }
        }
    }
}
