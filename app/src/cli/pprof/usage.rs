//! The help of `goscope pprof`, for the command line and for the prompt.

use std::fmt::Write as _;

use clap::{Arg, ArgAction};

use super::commands::{self, COMMANDS, Command, Format};
use super::settings::{self, FIELDS, Field};

const HEAD: &str = "\
goscope pprof: the reports of `go tool pprof`, with its options and its numbers.

  goscope pprof REPORT [OPTION]... [BINARY] PROFILE...   print a report
  goscope pprof [OPTION]... PROFILE...                   a prompt for reports and options
  goscope pprof -http=: [OPTION]... PROFILE...           the same profile in the window

Options have one dash or two, before files or after them. Several profiles are merged.
";

const INPUTS: &str = "
Profiles:
    FILE                 profile.proto, text profiles, folded stacks; plain, gzip or zstd; - is standard input
    http://HOST/PATH     from a running server, or https:// (HOST:PORT alone is its CPU profile)
    https+insecure://…   the same, without a check of its certificate
    -base FILE           subtract this profile; several are merged
    -diff_base FILE      subtract it and show shares of it; several are merged
    -seconds N           how long the server measures
    -timeout N           how long to wait for the server (default: 60 s, or 1.5 times what it measures)
    -tls_ca FILE         certificate authorities to trust instead of the system's
    -tls_cert FILE       client certificate, with -tls_key FILE
    -add_comment TEXT    a comment for the profile
    -buildid ID          build id of a profile that has none
    -all_frames          show frames that the profile says to drop
    BINARY, -symbolize, -tools   accepted; names are shown as the profile has them

Sample types by their old names:
    -inuse_space  -inuse_objects  -alloc_space  -alloc_objects     of a heap profile
    -contentions  -total_delay    -mean_delay                      of a mutex or block profile

Exit codes: 0 success, 2 wrong usage, 3 unreadable input.
";

/// What `goscope pprof -h` prints.
pub(super) fn command_line_help() -> String {
    format!("{HEAD}\n{}{INPUTS}", tables("-"))
}

/// The start and the end of the help: usage, and the flags for inputs, which are in no table.
pub(super) fn inputs_help() -> String {
    format!("{HEAD}{INPUTS}")
}

/// Reports and options as definitions of clap, for completions and manual pages.
pub(super) fn flags() -> Vec<Arg> {
    let is_there = |command: &&Command| !matches!(command.format, Format::Elsewhere(_));
    let reports = COMMANDS.iter().filter(is_there).map(|command| {
        let value = if command.has_pattern { Some("REGEX") } else { None };
        flag(command.name, value, command.help)
    });
    let options = FIELDS.iter().filter(|field| field.choices().next().is_none());
    let options = options.map(|field| {
        let value = if field.is_switch(field.name) { None } else { Some("VALUE") };
        flag(field.name, value, field.summary())
    });
    let choices = FIELDS.iter().flat_map(Field::choices);
    let choices = choices.map(|(choice, help)| flag(choice, None, help));
    reports.chain(options).chain(choices).collect()
}

fn flag(name: &'static str, value: Option<&'static str>, help: &'static str) -> Arg {
    let arg = Arg::new(name).long(name).help(help);
    match value {
        Some(value) => arg.value_name(value),
        None => arg.action(ArgAction::SetTrue),
    }
}

/// What `help` prints at the prompt.
pub(super) fn prompt_help() -> String {
    format!(
        "{}
At the prompt:
    REPORT [N] [FOCUS]... [-IGNORE]... [-cum] [> FILE]   a report; these options count once only
    OPTION=VALUE         set an option from now on
    TYPE                 select a sample type by its name
    :                    clear focus, ignore, hide, tagfocus and tagignore
    o, options           all options and their values
    help NAME            more about a report or option
    q, quit, exit        leave
",
        tables("")
    )
}

/// What `help NAME` prints; `None` if there is neither a report nor an option with that name.
pub(super) fn help_on(name: &str) -> Option<String> {
    if let Some(command) = commands::find(name) {
        return Some(command.usage());
    }
    let field = settings::find(name)?;
    if let Some((choice, help)) = field.choices().find(|(choice, _)| *choice == name) {
        return Some(format!("{help}\n  {}={choice}", field.name));
    }
    let mut text = field.help.to_owned();
    for (choice, help) in field.choices() {
        let _ = write!(text, "\n  {}={choice:<16} {help}", field.name);
    }
    Some(text)
}

/// Reports and options, one per line.
fn tables(dash: &str) -> String {
    let mut text = String::from("Reports:\n");
    for command in COMMANDS {
        let argument = if command.has_pattern { " REGEX" } else { "" };
        line(&mut text, &format!("{dash}{}{argument}", command.name), command.help);
    }
    text.push_str("\nOptions:\n");
    let is_single = |field: &&Field| field.choices().next().is_none();
    for field in FIELDS.iter().filter(is_single) {
        line(&mut text, &format!("{dash}{}", field.name), field.summary());
    }
    for field in FIELDS.iter().filter(|field| !is_single(field)) {
        let _ = writeln!(text, "\n{} (one of them):", field.summary());
        for (choice, help) in field.choices() {
            let name =
                if dash.is_empty() { format!("{}={choice}", field.name) } else { format!("-{choice}") };
            line(&mut text, &name, help);
        }
    }
    text
}

fn line(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "    {name:<24} {help}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_report_and_option() {
        let (flags, prompt) = (command_line_help(), prompt_help());
        for name in COMMANDS.iter().map(|command| command.name).chain(FIELDS.iter().map(|field| field.name)) {
            let is_group = settings::find(name).is_some_and(|field| field.choices().next().is_some());
            assert!(is_group || flags.contains(&format!("    -{name} ")), "-{name} is in the help");
            assert!(prompt.contains(&format!("    {name}")), "{name} is in the help of the prompt");
            assert!(help_on(name).is_some_and(|help| !help.is_empty()), "{name} has help of its own");
        }
        assert!(flags.lines().chain(prompt.lines()).all(|line| line.chars().count() <= 110), "lines fit");
        assert_eq!(help_on("frobnicate"), None);
        insta::assert_snapshot!(help_on("sort").expect("an option"), @r"
        Order of the entries
          sort=cum              Largest cumulative value first
          sort=flat             Largest own value first (the default)
        ");
    }
}
