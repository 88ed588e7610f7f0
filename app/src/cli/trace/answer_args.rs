//! Options that answers share: whose time they are about, what counts as slow, how many rows are listed.

use std::str::FromStr;

use goscope_analysis::trace::answers::population::Population;

use super::about::{function_arg, handle_in};
use super::read::{ModelFacts, ReadArgs};
use crate::cli::failure::Failure;
use crate::query::trace::answers::why::SlowChoice;
use crate::query::trace::times::duration_nanos;

/// The instances of an answer.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Whose time")]
pub(super) struct PopulationArgs {
    /// User tasks of this type; `*` for all
    #[arg(long, value_name = "TYPE", group = "population")]
    task: Option<String>,
    /// User regions with this name; `*` for all
    #[arg(long, value_name = "NAME", group = "population")]
    region: Option<String>,
    /// Goroutines that run this function (its full name, as `main.worker`)
    #[arg(long, value_name = "FUNCTION", group = "population", value_parser = function_arg)]
    function: Option<String>,
    /// Requests that the program serves by HTTP or gRPC, or those to one endpoint (the handler's function)
    #[arg(long, value_name = "ENDPOINT", group = "population", num_args = 0..=1, default_missing_value = "*")]
    http: Option<String>,
}

impl PopulationArgs {
    /// What is asked for; `None` for what the trace has.
    pub(super) fn population(
        &self,
        read: &ReadArgs,
        facts: &ModelFacts,
    ) -> Result<Option<Population>, Failure> {
        let of_options = self.of_options(facts)?;
        match (&facts.about.population, of_options) {
            (Some(_), Some(_)) => {
                let handle = read.about().map_or(String::new(), ToString::to_string);
                let what = format!("give either {handle} or one of --task, --region, --function and --http");
                Err(read.wrong_usage(&what))
            }
            (of_handle, of_options) => Ok(of_handle.clone().or(of_options)),
        }
    }

    fn of_options(&self, facts: &ModelFacts) -> Result<Option<Population>, Failure> {
        let named = |name: &String| (name != "*").then(|| name.clone());
        let one = self.task.as_deref().or(self.region.as_deref()).and_then(handle_in);
        if let Some(handle) = one {
            return Ok(facts.find(&handle)?.population);
        }
        Ok(match (&self.task, &self.region, &self.function, &self.http) {
            (Some(task), ..) => Some(Population::Tasks(named(task))),
            (_, Some(region), ..) => Some(Population::Regions(named(region))),
            (_, _, Some(function), _) => Some(Population::Goroutines(function.clone())),
            (.., Some(endpoint)) => Some(Population::Requests(named(endpoint))),
            _ => None,
        })
    }
}

/// How many rows of a table are listed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct RowLimitArgs {
    /// List no more than N rows; 0 lists all (as text 20 unless it is said, as JSON all)
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl RowLimitArgs {
    /// Rows that are listed as text.
    pub(super) fn of_text(self) -> usize {
        self.limit.map_or(20, |limit| if limit == 0 { usize::MAX } else { limit })
    }

    /// Rows that are listed as JSON.
    pub(super) fn of_json(self) -> usize {
        self.limit.filter(|&limit| limit > 0).unwrap_or(usize::MAX)
    }
}

/// What counts as slow: `auto`, `p95`, `20ms`.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlowArg(pub(super) SlowChoice);

impl FromStr for SlowArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self(SlowChoice::Auto));
        }
        if let Some(percent) = text.strip_prefix('p') {
            let percent: f64 = percent
                .parse::<f64>()
                .ok()
                .ok_or_else(|| format!("{text:?} is no percentile, as p95 or p99.9"))?;
            if !(0.0..=100.0).contains(&percent) {
                return Err(format!("{text:?} is no percentile: it must be from p0 to p100"));
            }
            return Ok(Self(SlowChoice::Quantile((percent * 100.0).round() as u16)));
        }
        let nanos =
            duration_nanos(text).ok().ok_or_else(|| format!("{text:?} is none of auto, p95, 20ms"))?;
        Ok(Self(SlowChoice::Nanos(nanos.unsigned_abs())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_is_a_percentile_or_a_duration() {
        let choice = |text: &str| text.parse::<SlowArg>().map(|slow| slow.0);
        assert_eq!(choice("auto"), Ok(SlowChoice::Auto));
        assert_eq!(choice("p99.9"), Ok(SlowChoice::Quantile(9_990)));
        assert_eq!(choice("20ms"), Ok(SlowChoice::Nanos(20_000_000)));
        assert_eq!(choice("p101").unwrap_err(), "\"p101\" is no percentile: it must be from p0 to p100");
        assert_eq!(choice("fast").unwrap_err(), "\"fast\" is none of auto, p95, 20ms");
    }
}
