//! How a tree is built: what its keys hold, and the order of siblings.

use std::cmp::Reverse;

use super::key::Packing;

/// How a tree is built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<const N: usize> {
    pub(super) packing: Packing,
    pub(super) order: SiblingOrder<N>,
    /// Samples up to which a group is finished by one thread.
    pub(super) small: u32,
    /// Nodes of a smaller magnitude get no children; 0 for none.
    pub(super) min_magnitude: f64,
}

impl<const N: usize> Rules<N> {
    /// Whether a node is to have no children, whatever its samples hold.
    #[inline]
    pub(super) fn is_narrow(&self, cum: &[i64; N]) -> bool {
        let magnitude: u128 = cum.iter().map(|value| u128::from(value.unsigned_abs())).sum();
        (magnitude as f64) < self.min_magnitude
    }
}

/// The order of siblings: magnitude, then name.
#[derive(Clone, Copy, Debug)]
pub(super) struct SiblingOrder<const N: usize> {
    /// What each value is multiplied with before it is compared.
    scale: [f64; N],
    is_scaled: bool,
}

impl<const N: usize> SiblingOrder<N> {
    pub(super) fn new(scale: [f64; N]) -> Self {
        Self { scale, is_scaled: scale != [1.0; N] }
    }

    #[inline]
    pub(super) fn key(&self, cum: &[i64; N], code: u32) -> (Reverse<u128>, u32) {
        let magnitude = |(value, scale): (&i64, &f64)| {
            let magnitude = value.unsigned_abs();
            u128::from(if self.is_scaled { (magnitude as f64 * scale).round() as u64 } else { magnitude })
        };
        (Reverse(cum.iter().zip(&self.scale).map(magnitude).sum()), code)
    }
}

pub(super) fn add<const N: usize>(sum: &mut [i64; N], value: &[i64; N]) {
    for (sum, value) in sum.iter_mut().zip(value) {
        *sum = sum.wrapping_add(*value);
    }
}
