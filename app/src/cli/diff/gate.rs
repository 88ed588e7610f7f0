//! What fails a comparison, and how runs are put on one scale: the options of the verdict.

use clap::ValueEnum;
use goscope_analysis::verdict::{By, Fraction, Gate};

/// What fails.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "What fails (exit code 1)")]
pub(super) struct GateArgs {
    /// Fail if a function grew significantly and by an estimated PERCENT or more
    #[arg(long, value_name = "PERCENT", value_parser = fraction)]
    fail_on: Option<f64>,
    /// Fail only if a function grew significantly more than PERCENT; of a true growth of just that, few are found
    #[arg(long, value_name = "PERCENT", value_parser = fraction)]
    fail_on_at_least: Option<f64>,
    /// Judge only functions of this share of the total or more
    #[arg(long, value_name = "PERCENT", value_parser = fraction, default_value = "1%")]
    min_share: f64,
    /// The chance of any false alarm in a comparison
    #[arg(long, value_name = "PERCENT", value_parser = fraction, default_value = "1%")]
    alpha: f64,
    /// Functions whose growth is known and fails nothing, nor does what their callers grew by it
    #[arg(long, value_name = "REGEX")]
    allow: Option<String>,
    /// Own code, in which the cause is sought (default: the main module)
    #[arg(long, value_name = "REGEX")]
    own: Option<String>,
    /// Which value of a function decides
    #[arg(long, value_enum, value_name = "VALUE", default_value = "cum")]
    by: ByArg,
    /// Fail as well if nothing can be decided (4), and if work only moved between functions (1)
    #[arg(long)]
    strict: bool,
}

/// Which value of a function decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ByArg {
    /// Its own with that of all it calls; inlining does not move it
    Cum,
    /// Its own alone
    Flat,
}

impl GateArgs {
    /// Whether anything can fail: without a threshold a comparison only informs.
    pub(super) const fn is_set(&self) -> bool {
        self.fail_on.is_some() || self.fail_on_at_least.is_some() || self.strict
    }

    /// The gate. `focus` and `ignore` choose the functions that are judged.
    pub(super) fn gate(&self, focus: Option<String>, ignore: Option<String>) -> Gate {
        let default = Gate::default();
        // What must be more than so much is not asked to be 5% as well.
        let threshold = self.fail_on.or(self.fail_on_at_least.map(|_| 0.0));
        Gate {
            fail_on: threshold.map_or(default.fail_on, Fraction),
            fail_on_at_least: self.fail_on_at_least.map(Fraction),
            min_share: Fraction(self.min_share),
            alpha: Fraction(self.alpha),
            by: match self.by {
                ByArg::Cum => By::Cum,
                ByArg::Flat => By::Flat,
            },
            focus,
            ignore,
            allow: self.allow.clone(),
            own: self.own.clone(),
            strict: self.strict,
            ..default
        }
    }
}

/// A part: `5%`, or `0.05`. A plain number above 1 may mean either, so it is refused.
pub(crate) fn fraction(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.trim().strip_suffix('%') {
        Some(number) => (number.trim_end(), 0.01),
        None => (text.trim(), 1.0),
    };
    let number: f64 = number.parse().ok().ok_or_else(|| "write 5% or 0.05".to_owned())?;
    if !number.is_finite() || number < 0.0 {
        return Err("it cannot be negative or infinite".to_owned());
    }
    if unit == 1.0 && number > 1.0 {
        return Err(format!("write {number}% for percent"));
    }
    Ok(number * unit)
}

#[cfg(test)]
mod tests {
    use super::fraction;

    #[test]
    fn parts_are_percent_or_fractions() {
        let read = ["5%", "5 %", "0.05", "1", "150%", "0"].map(fraction);
        assert_eq!(read, [Ok(0.05), Ok(0.05), Ok(0.05), Ok(1.0), Ok(1.5), Ok(0.0)]);
        for wrong in ["5", "x", "", "-1%", "nan", "inf", "%"] {
            assert!(fraction(wrong).is_err(), "{wrong}");
        }
    }
}
