//! `--min`, `--min-file`, `--min-func`: coverage that is too low fails the command, with exit code 1.

use goscope_analysis::coverage::{CoverageTree, Statements};

use crate::cli::failure::{Failure, warn};
use crate::text;

/// Names below the bar that are listed.
const MOST_NAMED: usize = 20;

/// The bars.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Gate")]
pub(crate) struct GateArgs {
    /// Fail with exit code 1 if fewer statements of all are covered
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min: Option<f64>,
    /// The same of any file
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_file: Option<f64>,
    /// The same of any function
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_func: Option<f64>,
}

/// A number of percent, `80` or `80%`.
pub(super) fn percent(word: &str) -> Result<f64, String> {
    let number: Option<f64> = word.strip_suffix('%').unwrap_or(word).parse().ok();
    number
        .filter(|number| (0.0..=100.0).contains(number))
        .ok_or_else(|| format!("{word:?} is no number of percent, from 0 to 100"))
}

impl GateArgs {
    /// Whether there is a bar.
    pub(crate) const fn is_set(&self) -> bool {
        self.min.is_some() || self.min_file.is_some() || self.min_func.is_some()
    }

    /// Fails if something is below its bar. Without statements there is nothing to cover, and nothing fails.
    pub(crate) fn check(&self, tree: &CoverageTree) -> Result<(), Failure> {
        let mut low = Vec::new();
        if let Some(least) = self.min.filter(|&least| is_below(tree.statements, least)) {
            low.push(sentence("all files", tree.statements, "--min", least));
        }
        for file in tree.files() {
            if let Some(least) = self.min_file.filter(|&least| is_below(file.statements, least)) {
                low.push(sentence(&file.name, file.statements, "--min-file", least));
            }
            for function in &file.functions {
                if let Some(least) = self.min_func.filter(|&least| is_below(function.statements, least)) {
                    let name = format!("{}:{} {}", file.name, function.line, function.full_name);
                    low.push(sentence(&name, function.statements, "--min-func", least));
                }
            }
        }
        if low.is_empty() {
            return Ok(());
        }
        let n_more = low.len().saturating_sub(MOST_NAMED);
        low.truncate(MOST_NAMED);
        if n_more > 0 {
            low.push(format!("and {n_more} more below the bar"));
        }
        warn(&low);
        Err(Failure::Gate(1))
    }
}

/// By the exact share, not by the rounded one that is printed.
pub(super) fn is_below(statements: Statements, least: f64) -> bool {
    statements.total > 0 && statements.percent() < least
}

fn sentence(name: &str, statements: Statements, option: &str, least: f64) -> String {
    let share = text::fine_percent(statements.percent() / 100.0);
    format!(
        "{}: {share} of statements covered ({} of {}), below {option} {least}",
        text::name(name),
        statements.covered,
        statements.total
    )
}
