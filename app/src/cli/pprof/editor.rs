//! Reads the lines of the prompt: on a terminal with history and completion, from a pipe line by line.

use std::borrow::Cow;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anyhow::Result;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use super::commands::{self, COMMANDS};
use super::settings::{self, FIELDS};

/// What the user sees before each line.
const PROMPT: &str = "(pprof) ";
/// The most function names to offer at once.
const MAX_OFFERED: usize = 100;

/// A source of lines.
pub(super) enum Lines {
    Terminal(Box<Editor<Names, DefaultHistory>>),
    Pipe(io::Lines<io::StdinLock<'static>>),
}

impl Lines {
    /// Lines from standard input; names are completed from `functions`.
    pub(super) fn from_stdin(functions: Vec<String>, sample_types: Vec<String>) -> Result<Self> {
        if !io::stdin().is_terminal() {
            return Ok(Self::Pipe(io::stdin().lock().lines()));
        }
        let config = Config::builder()
            .auto_add_history(true)
            .max_history_size(1000)?
            .completion_type(CompletionType::List)
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(Names { functions, sample_types }));
        Ok(Self::Terminal(Box::new(editor)))
    }

    /// The next line; `None` at the end. A canceled line (^C) is empty.
    pub(super) fn next(&mut self) -> Result<Option<String>> {
        match self {
            Self::Terminal(editor) => match editor.readline(PROMPT) {
                Ok(line) => Ok(Some(line)),
                Err(ReadlineError::Interrupted) => Ok(Some(String::new())),
                Err(ReadlineError::Eof) => Ok(None),
                Err(error) => Err(error.into()),
            },
            Self::Pipe(lines) => {
                // As in pprof: a program that drives the prompt sees where an answer ends.
                let mut out = io::stdout();
                out.write_all(PROMPT.as_bytes())?;
                out.flush()?;
                Ok(lines.next().transpose()?)
            }
        }
    }
}

/// What can be completed: reports, options and their values, sample types, functions.
pub(super) struct Names {
    functions: Vec<String>,
    sample_types: Vec<String>,
}

impl Names {
    /// The start of the last word in `line`, and its completions.
    fn candidates(&self, line: &str) -> (usize, Vec<String>) {
        let start = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let (before, word) = (line[..start].trim(), &line[start..]);
        if before.is_empty() {
            return self.first_word(word);
        }
        if before == "help" {
            return (start, self.starting(word, ""));
        }
        let command = before.split_whitespace().next().unwrap_or_default();
        let name = command.trim_end_matches(|c: char| c.is_ascii_digit());
        if commands::find(name).is_none() || name == "tags" {
            return (start, Vec::new());
        }
        let (start, part) = match word.strip_prefix('-') {
            Some(rest) => (start + 1, rest),
            None => (start, word),
        };
        (start, self.functions_with(part))
    }

    /// Completes a report, an option up to its `=`, or the value after it.
    fn first_word(&self, word: &str) -> (usize, Vec<String>) {
        let Some((name, value)) = word.split_once('=') else { return (0, self.starting(word, "=")) };
        let start = name.len() + 1;
        let Some(field) = settings::find(name) else { return (start, Vec::new()) };
        let mut values: Vec<String> = field.choices().map(|(choice, _)| choice.to_owned()).collect();
        if matches!(field.slot, settings::Slot::Bool(_)) {
            values = vec!["true".to_owned(), "false".to_owned()];
        } else if name == "sample_index" {
            values.clone_from(&self.sample_types);
        } else if matches!(name, "focus" | "ignore" | "hide" | "show" | "show_from" | "prune_from") {
            return (start, self.functions_with(value));
        }
        values.retain(|candidate| candidate.starts_with(value));
        (start, values)
    }

    /// Reports and options with this prefix; options end with `sign`.
    fn starting(&self, word: &str, sign: &str) -> Vec<String> {
        let fixed = ["help", "options", "quit"].into_iter();
        let reports = COMMANDS.iter().map(|command| command.name).chain(fixed).map(str::to_owned);
        let options = FIELDS.iter().map(|field| format!("{}{sign}", field.name));
        let types = self.sample_types.iter().cloned();
        let mut all: Vec<String> =
            reports.chain(options).chain(types).filter(|name| name.starts_with(word)).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Functions whose name contains the text (nobody types a whole import path), as expressions that match them: a
    /// method's `(*T)` would mean something else, and a space would end the word.
    fn functions_with(&self, part: &str) -> Vec<String> {
        if part.is_empty() {
            return Vec::new();
        }
        let expression = |name: &String| regex::escape(name).replace(' ', ".");
        let expressions = self.functions.iter().map(|name| (name, expression(name)));
        let matching =
            expressions.filter(|(name, expression)| name.contains(part) || expression.contains(part));
        matching.take(MAX_OFFERED).map(|(_, expression)| expression).collect()
    }
}

impl Completer for Names {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, candidates) = self.candidates(&line[..position]);
        let pair = |text: String| Pair { display: text.clone(), replacement: text };
        Ok((start, candidates.into_iter().map(pair).collect()))
    }
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Borrowed(prompt)
    }
}

impl Validator for Names {}

impl Helper for Names {}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let functions = ["main.main", "main.serve", "net/http.(*conn).serve"].map(str::to_owned).to_vec();
        Names { functions, sample_types: vec!["samples".to_owned(), "cpu".to_owned()] }
    }

    fn completed(line: &str) -> String {
        let (start, candidates) = names().candidates(line);
        candidates.iter().map(|text| format!("{}{text}", &line[..start])).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn reports_options_and_types_are_completed() {
        assert_eq!(completed("tr"), "traces\ntree\ntrim=\ntrim_path=");
        assert_eq!(completed("cp"), "cpu");
        assert_eq!(completed("help foc"), "help focus");
        assert_eq!(completed("xyz"), "");
    }

    #[test]
    fn values_of_options_are_completed() {
        assert_eq!(completed("sort="), "sort=cum\nsort=flat");
        assert_eq!(completed("sample_index=s"), "sample_index=samples");
        assert_eq!(completed("trim=f"), "trim=false");
        assert_eq!(completed("focus=main.m"), r"focus=main\.main");
    }

    #[test]
    fn functions_are_completed_by_any_part_of_their_name() {
        assert_eq!(completed("peek http"), r"peek net/http\.\(\*conn\)\.serve");
        assert_eq!(completed("top10 -serve"), "top10 -main\\.serve\ntop10 -net/http\\.\\(\\*conn\\)\\.serve");
        assert_eq!(completed(r"peek main\.s"), r"peek main\.serve", "what is completed already stays so");
        assert_eq!(completed("tags serve"), "", "labels are no functions");
        assert_eq!(completed("peek "), "");
    }
}
