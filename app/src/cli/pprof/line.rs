//! Parses one line of the prompt: a setting, a command of the prompt, or a report with options for this time only.

use anyhow::{Result, anyhow, bail};

use super::commands;
use super::flags::Report;
use super::settings::{self, Settings};

/// A parsed line.
#[derive(Debug)]
pub(super) enum Line {
    Nothing,
    /// An option from now on.
    Set {
        name: String,
        value: String,
    },
    /// A report, with its settings.
    Report {
        report: Report,
        settings: Box<Settings>,
    },
    Options,
    Help(String),
    Quit,
}

/// Marks the rest of a value as a comment.
const COMMENT: &str = "//:";

/// Parses a line; `current` are the settings in force.
pub(super) fn parse(line: &str, current: &Settings) -> Result<Line> {
    if let Some(setting) = parse_setting(line)? {
        return Ok(setting);
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    Ok(match *words {
        [] => Line::Nothing,
        ["o" | "options", ..] => Line::Options,
        ["q" | "quit" | "exit", ..] => Line::Quit,
        ["help", ref rest @ ..] => Line::Help(rest.join(" ")),
        [command, ref rest @ ..] => parse_report(command, rest, current)?,
    })
}

/// `name=value`, or the bare name of a switch.
fn parse_setting(line: &str) -> Result<Option<Line>> {
    let (name, value) = line.split_once('=').map_or((line, None), |(name, value)| (name, Some(value)));
    let name = name.trim();
    let Some(field) = settings::find(name) else { return Ok(None) };
    let value = match value {
        Some(value) => value.rfind(COMMENT).map_or(value, |at| &value[..at]).trim(),
        None if field.is_switch(name) => "",
        None => bail!("{name} needs a value: {name}=…"),
    };
    Ok(Some(Line::Set { name: name.to_owned(), value: value.to_owned() }))
}

fn parse_report(word: &str, rest: &[&str], current: &Settings) -> Result<Line> {
    let mut words = rest.to_vec();
    let mut command = commands::find(word);
    // `top10` is `top 10`.
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if command.is_none() && name.len() < word.len() {
        command = commands::find(name);
        words.insert(0, &word[name.len()..]);
    }
    let command = command.ok_or_else(|| not_a_command(word, rest))?;
    let pattern = match command.has_pattern {
        true if words.is_empty() => {
            bail!("{} needs a regular expression: {} NAME", command.name, command.name)
        }
        true => Some(words.remove(0).to_owned()),
        false => None,
    };
    let mut settings = current.clone();
    apply_words(&words, command.name, &mut settings)?;
    if settings.nodecount == -1 && matches!(command.name, "text" | "top") {
        settings.nodecount = 10;
    }
    Ok(Line::Report { report: Report { command, pattern }, settings: Box::new(settings) })
}

/// A number, expressions to focus on and to ignore, an order, a file.
fn apply_words(words: &[&str], command: &str, settings: &mut Settings) -> Result<()> {
    let (mut focus, mut ignore): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        if let Ok(count) = word.parse::<i32>() {
            settings.nodecount = i64::from(count);
        } else if let Some(file) = word.strip_prefix('>') {
            let file = if file.is_empty() { words.next().copied() } else { Some(file) };
            settings.output = file.ok_or_else(|| anyhow!("> needs the name of a file"))?.to_owned();
        } else if matches!(word, "-cum" | "--cum") {
            "cum".clone_into(&mut settings.sort);
        } else if let Some(ignored) = word.strip_prefix('-') {
            ignore.push(ignored);
        } else {
            focus.push(word);
        }
    }
    let (focus_option, ignore_option) = match command {
        "tags" => (&mut settings.tagfocus, &mut settings.tagignore),
        _ => (&mut settings.focus, &mut settings.ignore),
    };
    for (words, option) in [(focus, focus_option), (ignore, ignore_option)] {
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        if !words.is_empty() {
            *option = words.join("|");
        }
    }
    Ok(())
}

fn not_a_command(word: &str, rest: &[&str]) -> anyhow::Error {
    if settings::find(word).is_some() {
        return anyhow!("{word} is an option: {word}={}", rest.first().unwrap_or(&"…"));
    }
    anyhow!("there is no report \"{word}\"; `help` lists them")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        match parse(line, &Settings::default()) {
            Ok(Line::Report { report, settings }) => {
                let s = &settings;
                let mut text = report.command.name.to_owned();
                let parts = [
                    ("pattern", report.pattern.as_deref().unwrap_or("")),
                    ("focus", &s.focus),
                    ("ignore", &s.ignore),
                    ("tagfocus", &s.tagfocus),
                    ("tagignore", &s.tagignore),
                    ("sort", if s.sort == "cum" { "cum" } else { "" }),
                    ("output", &s.output),
                ];
                for (name, value) in parts.iter().filter(|(_, value)| !value.is_empty()) {
                    text += &format!(" {name}={value}");
                }
                format!("{text} n={}", s.nodecount)
            }
            Ok(other) => format!("{other:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn reports_take_words_for_this_time() {
        insta::assert_snapshot!(shown("top"), @"top n=10");
        insta::assert_snapshot!(shown("top10"), @"top n=10");
        insta::assert_snapshot!(shown("top 5 foo bar -baz -qux"), @"top focus=foo|bar ignore=baz|qux n=5");
        insta::assert_snapshot!(shown("tree -cum >out.txt"), @"tree sort=cum output=out.txt n=-1");
        insta::assert_snapshot!(shown("peek main.* > out.txt"), @"peek pattern=main.* output=out.txt n=-1");
        insta::assert_snapshot!(shown("list5 x"), @"list pattern=5 focus=x n=-1");
        insta::assert_snapshot!(shown("tags a -b"), @"tags tagfocus=a tagignore=b n=-1");
    }

    #[test]
    fn options_are_set_with_an_equals_sign() {
        insta::assert_snapshot!(shown("focus = main|x //: only these"), @r#"Set { name: "focus", value: "main|x" }"#);
        insta::assert_snapshot!(shown("focus="), @r#"Set { name: "focus", value: "" }"#);
        insta::assert_snapshot!(shown("mean"), @r#"Set { name: "mean", value: "" }"#);
        insta::assert_snapshot!(shown("focus"), @"focus needs a value: focus=…");
        insta::assert_snapshot!(shown("focus main"), @"focus is an option: focus=main");
    }

    #[test]
    fn other_words_are_the_prompts_own() {
        insta::assert_snapshot!(shown(" o "), @"Options");
        insta::assert_snapshot!(shown("quit"), @"Quit");
        insta::assert_snapshot!(shown("help top"), @r#"Help("top")"#);
        insta::assert_snapshot!(shown(""), @"Nothing");
        insta::assert_snapshot!(shown("frobnicate"), @r#"there is no report "frobnicate"; `help` lists them"#);
        insta::assert_snapshot!(shown("peek"), @"peek needs a regular expression: peek NAME");
        insta::assert_snapshot!(shown("top >"), @"> needs the name of a file");
    }
}
