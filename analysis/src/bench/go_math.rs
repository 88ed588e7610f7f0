//! Logarithm and exponential to the bit as Go's math package computes them on amd64: benchstat's CSV prints geometric
//! means with all their digits, and the system's functions differ from Go's in the last one.

use std::f64::consts::{LOG2_E, SQRT_2};

/// ln 2 in two parts, of which the first has zeros at its end, so that its multiples are exact.
const LN_2: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);

/// The coefficients of the minimax polynomial of FreeBSD's `e_log.c`.
const LOG: [f64; 7] = [
    0.666_666_666_666_673_5,
    0.399_999_999_994_094_2,
    0.285_714_287_436_623_9,
    0.222_221_984_321_497_84,
    0.181_835_721_616_180_5,
    0.153_138_376_992_093_73,
    0.147_981_986_051_165_86,
];

/// The logarithm of a number above 0; of a subnormal one, whose bits Go takes for those of others, something else.
pub(super) fn ln(x: f64) -> f64 {
    if !x.is_finite() || x <= 0.0 {
        return x.ln();
    }
    let bits = x.to_bits();
    let mut fraction = f64::from_bits(bits & ((1 << 52) - 1) | 0.5_f64.to_bits());
    let mut exponent = (bits >> 52) as f64 - 1022.0;
    if fraction < SQRT_2 / 2.0 {
        fraction *= 2.0;
        exponent -= 1.0;
    }
    let f = fraction - 1.0;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (LOG[0] + s4 * (LOG[2] + s4 * (LOG[4] + s4 * LOG[6])));
    let even = s4 * (LOG[1] + s4 * (LOG[3] + s4 * LOG[5]));
    let half = 0.5 * f * f;
    exponent * LN_2.0 - ((half - (s * (half + (odd + even)) + exponent * LN_2.1)) - f)
}

/// ln 2 in the two parts that Shibata's exponential takes.
const LN_2_OF_EXP: (f64, f64) = (0.693_147_180_559_663, 2.823_529_056_303_157_7e-13);

/// The exponential, by Shibata's method ("Efficient evaluation methods of elementary functions suitable for SIMD
/// computation", ISC 2010), with fused multiplications, as Go does where the machine has them.
pub(super) fn exp(x: f64) -> f64 {
    if !x.is_finite() || !(-708.0..=709.0).contains(&x) {
        return x.exp();
    }
    let exponent = (x * LOG2_E).round_ties_even();
    let x = (-exponent).mul_add(LN_2_OF_EXP.0, x);
    let x = (-exponent).mul_add(LN_2_OF_EXP.1, x) * 0.0625;
    let factorials = [40_320.0, 5_040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0];
    let series = factorials.into_iter().fold(0.0, |sum: f64, factorial| sum.mul_add(x, 1.0 / factorial));
    // e^(2x) − 1 = (e^x − 1)(e^x − 1 + 2), four times.
    let mut y = x * series;
    for _ in 0..3 {
        y *= y + 2.0;
    }
    y.mul_add(y + 2.0, 1.0) * f64::from_bits(((exponent as i64 + 1023) as u64) << 52)
}

/// The geometric mean by a running mean of logarithms; none if there is no number or one is not above 0.
pub(super) fn geometric_mean(numbers: &[f64]) -> Option<f64> {
    let mut mean = 0.0;
    for (at, &number) in numbers.iter().enumerate() {
        if number <= 0.0 {
            return None;
        }
        mean += (ln(number) - mean) / (at + 1) as f64;
    }
    Some(exp(mean)).filter(|mean| !numbers.is_empty() && !mean.is_nan())
}

/// How many ways there are to choose `k` of `n`.
pub(super) fn choose(n: usize, k: usize) -> f64 {
    // Exact up to 2^53, and rounded a few times beyond.
    if k > n { 0.0 } else { (0..k.min(n - k)).fold(1.0, |ways, at| ways * (n - at) as f64 / (at + 1) as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_go() {
        // Printed by math.Log and math.Exp of Go 1.27.3 on amd64.
        let logarithms = [
            (1.5575e-6, 0xc02a_beae_f5ac_60a3),
            (3.0, 0x3ff1_93ea_7aad_030a),
            (0.7, 0xbfd6_d3c3_24e1_3f50),
            (1e300, 0x4085_9634_47f8_7fb5),
            (72.04e-9, 0xc030_722f_f5d8_879a_u64),
        ];
        for (x, expected) in logarithms {
            assert_eq!(ln(x).to_bits(), expected, "ln {x}");
        }
        let exponentials = [
            (-16.5, 0x3e72_5284_d838_ef8c),
            (1.0, 0x4005_bf0a_8b14_5769),
            (0.3, 0x3ff5_9905_8c8c_1a96),
            (-20.123, 0x3e1f_4fe4_d4b0_f243),
            (23.7, 0x4212_46a2_fa0e_9afa_u64),
        ];
        for (x, expected) in exponentials {
            assert_eq!(exp(x).to_bits(), expected, "exp {x}");
        }
    }

    #[test]
    fn ways_to_choose_are_exact() {
        assert_eq!(choose(50, 25), 126_410_606_437_752.0);
        assert_eq!(choose(4, 5), 0.0);
        assert_eq!(choose(0, 0), 1.0);
    }
}
