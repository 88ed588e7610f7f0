//! Tails and quantiles of the normal and t distributions, and the derivatives of ln Γ.

use statrs::distribution::{ContinuousCDF as _, Normal, StudentsT};
pub use statrs::function::gamma::digamma;

/// P(t > x) at `df` degrees of freedom; infinite ones make it the normal distribution.
pub fn t_tail(x: f64, df: f64) -> f64 {
    if x.is_nan() || df.is_nan() {
        return f64::NAN;
    }
    if df.is_infinite() {
        return Normal::standard().sf(x);
    }
    StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |distribution| distribution.sf(x))
}

/// The x that t exceeds with a chance of `tail`, between 0 and 1.
pub fn t_quantile(tail: f64, df: f64) -> f64 {
    if !(tail > 0.0 && tail < 1.0) {
        return f64::NAN;
    }
    // By the lower tail, where a small chance keeps its digits.
    if df.is_infinite() {
        return -Normal::standard().inverse_cdf(tail);
    }
    StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |distribution| -distribution.inverse_cdf(tail))
}

/// The x from which a recurrence is left and the asymptotic series is exact to 1e-13.
const ASYMPTOTIC_FROM: f64 = 10.0;

/// ψ₁, the second derivative of ln Γ, for x > 0.
pub fn trigamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < ASYMPTOTIC_FROM {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = 1.0 / 6.0
        - square * (1.0 / 30.0 - square * (1.0 / 42.0 - square * (1.0 / 30.0 - square * 5.0 / 66.0)));
    sum + 1.0 / x + square / 2.0 + square / x * series
}

/// ψ₂, the third derivative of ln Γ, for x > 0.
pub fn tetragamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < ASYMPTOTIC_FROM {
        sum -= 2.0 / (x * x * x);
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series =
        1.0 / 2.0 - square * (1.0 / 6.0 - square * (1.0 / 6.0 - square * (3.0 / 10.0 - square * 5.0 / 6.0)));
    sum - square - square / x - square * square * series
}

/// The y with ψ₁(y) = x, for x > 0: Newton's method as in limma's `trigammaInverse` (Smyth 2004).
pub fn inverse_trigamma(x: f64) -> f64 {
    if x > 1e7 {
        return 1.0 / x.sqrt();
    }
    if x < 1e-6 {
        return 1.0 / x;
    }
    let mut y = 0.5 + 1.0 / x;
    // It converges from below and monotonically; the limit is for numbers that are none.
    for _ in 0..50 {
        let value = trigamma(y);
        let step = value * (1.0 - value / x) / tetragamma(y);
        y += step;
        if -step / y < 1e-10 {
            break;
        }
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::vectors::assert_close;

    #[test]
    fn tails_of_t() {
        for (x, df, tail) in [
            (2.0, 4.0, 0.058_058_261_76),
            (3.5, 8.0, 0.004_039_541_13),
            (3.5, 20.7, 0.001_083_767_069),
            (5.0, 58.0, 2.809_210_349e-6),
            (0.5, 1.0, 0.352_416_382_3),
        ] {
            assert_close(t_tail(x, df), tail);
            assert_close(t_tail(-x, df), 1.0 - tail);
        }
    }

    #[test]
    fn quantiles_of_t_and_normal() {
        for (tail, df, x) in [
            (0.025, 4.0, 2.776_445_105),
            (0.01, 8.0, 2.896_459_448),
            (1e-4, 20.7, 4.506_018_402),
            (6.756_756_757e-5, 58.0, 4.089_094_099),
            (0.01, f64::INFINITY, 2.326_347_874),
            (1e-6, f64::INFINITY, 4.753_424_309),
        ] {
            assert_close(t_quantile(tail, df), x);
        }
        assert!(t_quantile(0.0, 4.0).is_nan() && t_quantile(1.0, 4.0).is_nan());
    }

    #[test]
    fn derivatives_of_ln_gamma() {
        for (x, psi, psi1) in [
            (0.5, -1.963_510_026_02, 4.934_802_200_54),
            (2.0, 0.422_784_335_098, 0.644_934_066_848),
            (4.0, 1.256_117_668_43, 0.283_822_955_737),
            (10.0, 2.251_752_589_07, 0.105_166_335_682),
        ] {
            assert_close(digamma(x), psi);
            assert_close(trigamma(x), psi1);
            let slope = (trigamma(x + 1e-5) - trigamma(x - 1e-5)) / 2e-5;
            assert!((tetragamma(x) / slope - 1.0).abs() < 1e-6, "{} is not {slope}", tetragamma(x));
        }
    }

    #[test]
    fn inverse_of_trigamma() {
        for (x, y) in [
            (0.01, 100.499_166_682),
            (0.5, 2.459_952_948_35),
            (1.0, 1.426_255_120_22),
            (10.0, 0.335_081_044_378),
        ] {
            assert_close(inverse_trigamma(x), y);
        }
        assert_close(inverse_trigamma(1e8), 1e-4);
        assert_close(inverse_trigamma(1e-7), 1e7);
    }
}
