//! The prompt: reads reports and options line by line, with pprof's commands, until the user leaves.
//!
//! Reports go to standard output, everything else (greeting, help, errors) to standard error, so that a script that
//! pipes lines in reads reports alone. Every report starts from the whole profile: filters do not add up.

use goscope_parsers::pprof::Profile;

use super::editor::Lines;
use super::line::{self, Line};
use super::report::{Reporter, profile_labels};
use super::settings::{FIELDS, Field, Settings};
use super::usage::{help_on, prompt_help};
use crate::cli::failure::{self, Failure};

/// Options that `:` clears.
const CLEARED: [&str; 5] = ["focus", "ignore", "hide", "tagfocus", "tagignore"];

/// What happens after a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Line,
    Quit,
}

struct Prompt<'a> {
    reporter: &'a Reporter<'a>,
    settings: Settings,
    sample_types: Vec<String>,
}

/// Reads lines from standard input and runs them.
pub(super) fn run(reporter: &Reporter<'_>, settings: Settings) -> Result<(), Failure> {
    let sample_types = sample_types(reporter.profile);
    let settings = Settings { compact_labels: true, ..settings };
    let mut lines =
        Lines::from_stdin(function_names(reporter.profile), sample_types.clone()).map_err(Failure::Input)?;
    let mut prompt = Prompt { reporter, settings, sample_types };
    prompt.greet();
    while let Some(text) = lines.next().map_err(Failure::Input)? {
        for text in prompt.expanded(text.trim()) {
            match prompt.answer(&text) {
                Ok(Next::Quit) | Err(Failure::BrokenPipe) => return Ok(()),
                Ok(Next::Line) => {}
                Err(failure) => say(&failure.sentence()),
            }
        }
    }
    Ok(())
}

impl Prompt<'_> {
    fn greet(&self) {
        if let Some(labels) = profile_labels(self.reporter.profile, &self.settings) {
            say(&labels);
        }
        say("Reports and options by name: `help` lists them, `o` shows the options, `quit` leaves.");
    }

    /// A sample type selects itself, `:` clears the filters.
    fn expanded(&self, text: &str) -> Vec<String> {
        if text == ":" {
            return CLEARED.iter().map(|option| format!("{option}=")).collect();
        }
        for kind in &self.sample_types {
            let choice = format!("sample_index={kind}");
            let mean = match text.strip_suffix(&**kind) {
                Some("") => return vec![choice],
                Some("total_") => "mean=0",
                Some("mean_") => "mean=1",
                _ => continue,
            };
            return vec![mean.to_owned(), choice];
        }
        vec![text.to_owned()]
    }

    fn answer(&mut self, text: &str) -> Result<Next, Failure> {
        match line::parse(text, &self.settings).map_err(Failure::Usage)? {
            Line::Nothing => {}
            Line::Quit => return Ok(Next::Quit),
            Line::Options => say(&self.options()),
            Line::Help(name) if name.is_empty() => say(&prompt_help()),
            Line::Help(name) => {
                let unknown = || format!("there is no report or option \"{name}\"; `help` lists them");
                say(&help_on(&name).unwrap_or_else(unknown));
            }
            Line::Set { name, value } => {
                let value = if name == "sample_index" { self.sample_type(&value)? } else { value };
                self.settings.set(&name, &value).map_err(Failure::Usage)?;
            }
            Line::Report { report, settings } => self.reporter.run(&report, &settings)?,
        }
        Ok(Next::Line)
    }

    /// The name of the selected sample type, for the list of options.
    fn sample_type(&self, wanted: &str) -> Result<String, Failure> {
        let index = goscope_analysis::profile::sample_type_index(self.reporter.profile, Some(wanted))?;
        Ok(self.sample_types[index].clone())
    }

    fn options(&self) -> String {
        let lines: Vec<String> = FIELDS
            .iter()
            .filter(|field| field.name != "source_path")
            .map(|field| self.option(field).trim_end().to_owned())
            .collect();
        lines.join("\n")
    }

    fn option(&self, field: &Field) -> String {
        let mut value = field.text(&self.settings);
        let mut choices: Vec<&str> = field.choices().map(|(choice, _)| choice).collect();
        choices.sort_unstable();
        let mut comment = String::new();
        if !choices.is_empty() {
            comment = format!("//: [{}]", choices.join(" | "));
        } else if field.name == "sample_index" {
            comment = format!("//: [{}]", self.sample_types.join(" | "));
        } else if field.name == "nodecount" && value == "-1" {
            "//: default".clone_into(&mut comment);
        }
        if value.is_empty() {
            value = match field.name {
                "granularity" => "(default)".to_owned(),
                "sample_index" => self.sample_types.last().cloned().unwrap_or_default(),
                _ => "\"\"".to_owned(),
            };
        }
        format!("  {:<25} = {value:<20} {comment}", field.name)
    }
}

fn say(text: &str) {
    failure::say(text.trim_end());
}

fn sample_types(profile: &Profile) -> Vec<String> {
    profile.sample_types.iter().map(|sample_type| profile.text(sample_type.kind).into_owned()).collect()
}

fn function_names(profile: &Profile) -> Vec<String> {
    let mut names: Vec<String> =
        profile.functions.iter().map(|function| profile.text(function.name).into_owned()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
