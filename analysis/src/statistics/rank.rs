//! Mann's and Whitney's test of two small sets of numbers, exact also where some are equal; of large ones as an
//! approximation.

use crate::statistics::special::{t_quantile, t_tail};

/// The result of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankTest {
    /// Pairs in which the second set has the larger number; a tie is half a pair.
    pub u: f64,
    /// Chance of at least this U if the sets are of one kind: the second is larger.
    pub p_greater: f64,
    /// Chance of at most this U: the second is smaller.
    pub p_less: f64,
    /// Chance of a U as far from the middle.
    pub p_two_sided: f64,
}

/// Numbers up to which all orders are counted; above, the sums of ranks would take too much memory.
const MAX_NUMBERS: usize = 400;

/// Tests whether the numbers of `b` are larger than those of `a`. `None` if a set is empty, they are more than 400
/// together, or one is no number.
///
/// All ways to choose the ranks of `b` among all are counted by their sum, in steps of half a rank, for equal numbers share
/// the mean of their ranks (Streitberg and Röhmel 1986).
pub fn mann_whitney(a: &[f64], b: &[f64]) -> Option<RankTest> {
    Counts::default().mann_whitney(a, b)
}

/// What the tests have counted, for tests in a row: most of them have as many numbers, and none that are equal.
#[derive(Debug, Default)]
pub struct Counts {
    /// Ranks, how many of them are chosen, and the ways by their sum.
    last: Option<(Vec<usize>, usize, Vec<f64>)>,
    /// Both sizes, the chance, and the pairs.
    last_pairs: Option<((usize, usize, f64), Option<usize>)>,
}

impl Counts {
    /// As [`mann_whitney`].
    pub fn mann_whitney(&mut self, a: &[f64], b: &[f64]) -> Option<RankTest> {
        test(a, b, self)
    }

    /// As [`least_differing_pairs`].
    pub fn least_differing_pairs(&mut self, n_a: usize, n_b: usize, chance: f64) -> Option<usize> {
        match self.last_pairs {
            Some((of, pairs)) if of == (n_a, n_b, chance) => pairs,
            _ => {
                let pairs = least_differing_pairs(n_a, n_b, chance);
                self.last_pairs = Some(((n_a, n_b, chance), pairs));
                pairs
            }
        }
    }

    fn ways(&mut self, ranks: Vec<usize>, n_chosen: usize) -> &[f64] {
        let is_last = self.last.as_ref().is_some_and(|(of, n, _)| *n == n_chosen && *of == ranks);
        if !is_last {
            let ways = ways_by_sum(&ranks, n_chosen);
            self.last = Some((ranks, n_chosen, ways));
        }
        self.last.as_ref().map_or(&[], |(.., ways)| ways)
    }
}

fn test(a: &[f64], b: &[f64], counts: &mut Counts) -> Option<RankTest> {
    let n = a.len() + b.len();
    let is_sound = a.iter().chain(b).all(|number| !number.is_nan());
    if a.is_empty() || b.is_empty() || n > MAX_NUMBERS || !is_sound {
        return None;
    }
    let mut all: Vec<(f64, bool)> =
        a.iter().map(|&number| (number, false)).chain(b.iter().map(|&number| (number, true))).collect();
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let ranks = doubled_ranks(&all);
    let observed: usize = ranks.iter().zip(&all).filter(|(_, (_, is_b))| *is_b).map(|(rank, _)| rank).sum();
    let ways = counts.ways(ranks, b.len());
    let total: f64 = ways.iter().sum();
    let at_least = ways[observed..].iter().sum::<f64>() / total;
    let at_most = ways[..=observed].iter().sum::<f64>() / total;
    let least = (b.len() * (b.len() + 1)) as f64 / 2.0;
    Some(RankTest {
        u: observed as f64 / 2.0 - least,
        p_greater: at_least,
        p_less: at_most,
        p_two_sided: (2.0 * at_least.min(at_most)).min(1.0),
    })
}

/// The chance, two-sided, that two sets of one kind differ as much, and Cliff's delta: how much more often a number of `a`
/// is the larger of a pair than the smaller, in -1..=1. For sets of any size, by the normal distribution with a
/// correction for equal numbers; good from some ten numbers a set on. `None` if a set is empty or one is no number.
pub fn rank_difference(a: &[f64], b: &[f64]) -> Option<(f64, f64)> {
    let is_sound = a.iter().chain(b).all(|number| !number.is_nan());
    if a.is_empty() || b.is_empty() || !is_sound {
        return None;
    }
    let mut all: Vec<(f64, bool)> =
        a.iter().map(|&number| (number, true)).chain(b.iter().map(|&number| (number, false))).collect();
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let ranks = doubled_ranks(&all);
    let sum: usize = ranks.iter().zip(&all).filter(|(_, (_, is_a))| *is_a).map(|(rank, _)| rank).sum();
    let (n_a, n_b, n) = (a.len() as f64, b.len() as f64, all.len() as f64);
    let u = sum as f64 / 2.0 - n_a * (n_a + 1.0) / 2.0;
    let ties = all.chunk_by(|x, y| x.0 == y.0).map(|group| {
        let size = group.len() as f64;
        size * size * size - size
    });
    let variance = n_a * n_b / 12.0 * (n + 1.0 - ties.sum::<f64>() / (n * (n - 1.0)).max(1.0));
    let delta = 2.0 * u / (n_a * n_b) - 1.0;
    if variance <= 0.0 {
        return Some((1.0, delta));
    }
    let distance = ((u - n_a * n_b / 2.0).abs() - 0.5).max(0.0);
    Some(((2.0 * t_tail(distance / variance.sqrt(), f64::INFINITY)).min(1.0), delta))
}

/// The smallest chance, one-sided, that sets of so many numbers can have: one order of all.
pub fn least_chance(n_a: usize, n_b: usize) -> f64 {
    let (few, all) = (n_a.min(n_b), n_a + n_b);
    (0..few).fold(1.0, |chance, at| chance * (at + 1) as f64 / (all - at) as f64)
}

/// How many of the smallest differences between pairs, and how many of the largest, the test leaves out of an interval at
/// this chance for each side (Bauer 1972); `None` if even the smallest and the largest belong to it. By the normal
/// distribution for more than 20 numbers a set.
pub fn least_differing_pairs(n_a: usize, n_b: usize, chance: f64) -> Option<usize> {
    const EXACT_UP_TO: usize = 20;
    if n_a.max(n_b) > EXACT_UP_TO {
        let (a, b) = (n_a as f64, n_b as f64);
        let reach = t_quantile(chance, f64::INFINITY) * (a * b * (a + b + 1.0) / 12.0).sqrt();
        let cut = (a * b / 2.0 - reach - 0.5).floor();
        return (cut >= 0.0).then_some(cut as usize);
    }
    let ranks: Vec<usize> = (1..=n_a + n_b).collect();
    let ways = ways_by_sum(&ranks, n_b);
    let total: f64 = ways.iter().sum();
    let least = n_b * (n_b + 1) / 2;
    let mut sum = 0.0;
    let rejected = ways[least..].iter().take_while(|ways| {
        sum += **ways / total;
        sum <= chance
    });
    rejected.count().checked_sub(1)
}

/// Twice the rank of each number of a sorted list, from 1; equal numbers share the mean.
fn doubled_ranks(sorted: &[(f64, bool)]) -> Vec<usize> {
    let mut ranks = Vec::with_capacity(sorted.len());
    for group in sorted.chunk_by(|x, y| x.0 == y.0) {
        let first = ranks.len() + 1;
        let last = ranks.len() + group.len();
        ranks.resize(last, first + last);
    }
    ranks
}

/// In how many ways `n_chosen` of the ranks add up to each sum.
fn ways_by_sum(ranks: &[usize], n_chosen: usize) -> Vec<f64> {
    let largest: usize = ranks.iter().rev().take(n_chosen).sum();
    let mut ways = vec![vec![0.0_f64; largest + 1]; n_chosen + 1];
    ways[0][0] = 1.0;
    for &rank in ranks {
        for chosen in (1..=n_chosen).rev() {
            let (fewer, more) = ways.split_at_mut(chosen);
            let fewer = &fewer[chosen - 1];
            for sum in rank..=largest {
                more[0][sum] += fewer[sum - rank];
            }
        }
    }
    ways.swap_remove(n_chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::vectors::assert_close;

    #[test]
    fn five_against_five() {
        let test =
            mann_whitney(&[10.1, 9.8, 10.4, 10.0, 9.9], &[10.6, 10.9, 10.3, 10.8, 11.2]).expect("numbers");
        assert_close(test.u, 24.0);
        assert_close(test.p_greater, 0.007_936_507_936_5);
        assert_close(test.p_less, 1.0 - 1.0 / 252.0);
        assert_close(test.p_two_sided, 0.015_873_015_873);
    }

    #[test]
    fn intervals_leave_out_what_the_test_rejects() {
        // Critical values of U at 2.5% a side (Mann and Whitney): 2 for 5 and 5, 5 for 6 and 6, 23 for 10 and 10.
        assert_eq!(
            [(3, 3), (4, 4), (5, 5), (6, 6), (10, 10)].map(|(a, b)| least_differing_pairs(a, b, 0.025)),
            [None, Some(0), Some(2), Some(5), Some(23)]
        );
        assert_close(least_chance(3, 3), 0.05);
        assert_close(least_chance(5, 4), 1.0 / 126.0);
    }

    #[test]
    fn the_smallest_chance_is_one_of_all_orders() {
        let three = mann_whitney(&[1., 2., 3.], &[4., 5., 6.]).expect("numbers");
        assert_close(three.p_greater, 1.0 / 20.0);
        let four = mann_whitney(&[1., 2., 3., 4.], &[5., 6., 7., 8.]).expect("numbers");
        assert_close(four.p_greater, 1.0 / 70.0);
    }

    #[test]
    fn equal_numbers_share_a_rank() {
        // The six ways to choose two of the ranks 1, 2.5, 2.5, 4: two of them add up to 5, three to 5 or more than 6.5.
        let test = mann_whitney(&[1., 2.], &[2., 3.]).expect("numbers");
        assert_close(test.u, 3.5);
        assert_close(test.p_greater, 2.0 / 6.0);
        let same = mann_whitney(&[1., 1.], &[1., 1.]).expect("numbers");
        assert_close(same.p_two_sided, 1.0);
    }

    #[test]
    fn tests_in_a_row_count_once_and_say_the_same() {
        let sets: [[&[f64]; 2]; 4] = [
            [&[1., 2., 3.], &[4., 5., 6.]],
            [&[3., 1., 2.], &[2.5, 6., 7.]],
            [&[1., 2., 2.], &[2., 5., 6.]],
            [&[1., 2., 3., 9.], &[4., 5.]],
        ];
        let mut counts = Counts::default();
        for [a, b] in sets.into_iter().chain(sets) {
            assert_eq!(counts.mann_whitney(a, b), mann_whitney(a, b), "{a:?} {b:?}");
            let pairs = counts.least_differing_pairs(a.len(), b.len(), 0.1);
            assert_eq!(pairs, least_differing_pairs(a.len(), b.len(), 0.1));
        }
    }

    #[test]
    fn nothing_is_not_tested() {
        assert_eq!(mann_whitney(&[], &[1.0]), None);
        assert_eq!(mann_whitney(&[f64::NAN], &[1.0]), None);
    }
}
