//! Parses the command line of `go tool pprof`: Go's flags with one dash or two, before files or after them.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroU32;

use anyhow::{Result, anyhow, bail};

use super::commands::{self, Command};
use super::settings::{self, FIELDS, Settings, Slot};

/// Flags that select a sample type: name, type, whether they select the mean.
const SAMPLE_TYPES: [(&str, &str, bool); 7] = [
    ("total_delay", "delay", false),
    ("mean_delay", "delay", true),
    ("contentions", "contentions", false),
    ("inuse_space", "inuse_space", false),
    ("inuse_objects", "inuse_objects", false),
    ("alloc_space", "alloc_space", false),
    ("alloc_objects", "alloc_objects", false),
];

/// A parsed command line.
#[derive(Debug, Default)]
pub(super) struct Invocation {
    /// The report and its pattern; `None` for the prompt.
    pub(super) report: Option<Report>,
    pub(super) settings: Settings,
    pub(super) inputs: Inputs,
    /// `-http`: the window.
    pub(super) is_window_wanted: bool,
    pub(super) is_help_wanted: bool,
    /// Options that have no effect, one sentence each.
    pub(super) warnings: Vec<String>,
}

/// A report and its pattern.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) command: &'static Command,
    pub(super) pattern: Option<String>,
}

/// Where profiles come from and what happens to them before any report.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Files and addresses, and before them perhaps the binary.
    pub(super) sources: Vec<OsString>,
    pub(super) bases: Vec<OsString>,
    /// Whether the bases are compared with instead of subtracted.
    pub(super) is_comparison: bool,
    pub(super) build_id: String,
    pub(super) comment: String,
    /// How the profile is scaled before the base is subtracted.
    pub(super) is_per_second: bool,
    /// Ignore the profile's own `drop_frames`.
    pub(super) has_all_frames: bool,
    pub(super) seconds: Option<NonZeroU32>,
    pub(super) timeout_seconds: Option<NonZeroU32>,
    pub(super) tls: TlsFiles,
}

/// Files of certificates for HTTPS; empty for none.
#[derive(Debug, Default)]
pub(super) struct TlsFiles {
    pub(super) authorities: String,
    pub(super) certificate: String,
    pub(super) key: String,
}

/// Reads the arguments behind `goscope pprof`.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Invocation> {
    let mut parser = Parser::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let Some((name, value)) = split_flag(&argument) else {
            parser.invocation.inputs.sources.push(argument);
            continue;
        };
        if name.is_empty() {
            // `--`: everything after it is a file.
            parser.invocation.inputs.sources.extend(arguments);
            break;
        }
        parser.flag(&name, value, &mut arguments)?;
    }
    parser.finish()
}

/// Name and value of a flag; `None` for anything else, a single dash included. Empty for `--`.
fn split_flag(argument: &OsStr) -> Option<(String, Option<OsString>)> {
    let text = argument.to_string_lossy();
    let name = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
    if text == "-" {
        return None;
    }
    Some(match name.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.into())),
        None => (name.to_owned(), None),
    })
}

#[derive(Default)]
struct Parser {
    invocation: Invocation,
    /// Reports selected by a switch or by a pattern.
    reports: Vec<Report>,
    /// Choices that are on, with their option.
    choices: Vec<(&'static str, &'static str)>,
    sample_types: Vec<&'static str>,
    bases: Vec<OsString>,
    diff_bases: Vec<OsString>,
    has_no_browser: bool,
}

impl Parser {
    fn flag(
        &mut self,
        name: &str,
        value: Option<OsString>,
        rest: &mut impl Iterator<Item = OsString>,
    ) -> Result<()> {
        if let Some(field) = settings::find(name) {
            return self.option(field, name, value, rest);
        }
        if let Some(command) = commands::find(name) {
            return self.report(command, value, rest);
        }
        let is_switch = |value| switch(name, value);
        if let Some((_, (name, ..))) = SAMPLE_TYPES.iter().enumerate().find(|(_, known)| known.0 == name) {
            self.sample_types.retain(|other| other != name);
            if is_switch(value)? {
                self.sample_types.push(name);
            }
            return Ok(());
        }
        let inputs = &mut self.invocation.inputs;
        match name {
            "h" | "help" => self.invocation.is_help_wanted = true,
            "no_browser" => self.has_no_browser = is_switch(value)?,
            "all_frames" => inputs.has_all_frames = is_switch(value)?,
            // Not in pprof.
            "per_second" => inputs.is_per_second = is_switch(value)?,
            "signed_percentages" => self.invocation.settings.signed_percentages = is_switch(value)?,
            "base" => self.bases.push(text_of(name, value, rest)?),
            "diff_base" => self.diff_bases.push(text_of(name, value, rest)?),
            "buildid" => inputs.build_id = lossy(name, value, rest)?,
            "add_comment" => inputs.comment = lossy(name, value, rest)?,
            "seconds" => inputs.seconds = seconds(name, value, rest)?,
            "timeout" => inputs.timeout_seconds = seconds(name, value, rest)?,
            "http" => self.invocation.is_window_wanted = !lossy(name, value, rest)?.is_empty(),
            "symbolize" => check_symbolize(&lossy(name, value, rest)?)?,
            "tls_ca" => inputs.tls.authorities = lossy(name, value, rest)?,
            "tls_cert" => inputs.tls.certificate = lossy(name, value, rest)?,
            "tls_key" => inputs.tls.key = lossy(name, value, rest)?,
            // goscope reads no binaries.
            "tools" => _ = lossy(name, value, rest)?,
            _ => bail!("there is no option -{name}; `goscope pprof -h` lists them all"),
        }
        Ok(())
    }

    fn option(
        &mut self,
        field: &'static settings::Field,
        name: &str,
        value: Option<OsString>,
        rest: &mut impl Iterator<Item = OsString>,
    ) -> Result<()> {
        match field.slot {
            Slot::Choice(..) if name == field.name => {
                let all: Vec<String> = field.choices().map(|(choice, _)| format!("-{choice}")).collect();
                bail!("there is no option -{name}: say one of {}", all.join(", "))
            }
            Slot::Choice(..) => {
                let choice =
                    field.choices().find(|(choice, _)| *choice == name).map_or("", |(choice, _)| choice);
                self.choices.retain(|&(_, other)| other != choice);
                if switch(name, value)? {
                    self.choices.push((field.name, choice));
                }
                Ok(())
            }
            Slot::Bool(_) => {
                let is_on = switch(name, value)?;
                self.invocation.settings.set(name, if is_on { "true" } else { "false" })
            }
            _ => {
                let value = lossy(name, value, rest)?;
                self.invocation.settings.set(name, &value)
            }
        }
    }

    fn report(
        &mut self,
        command: &'static Command,
        value: Option<OsString>,
        rest: &mut impl Iterator<Item = OsString>,
    ) -> Result<()> {
        self.reports.retain(|other| other.command.name != command.name);
        if command.has_pattern {
            let pattern = lossy(command.name, value, rest)?;
            if !pattern.is_empty() {
                self.reports.push(Report { command, pattern: Some(pattern) });
            }
        } else if switch(command.name, value)? {
            self.reports.push(Report { command, pattern: None });
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Invocation> {
        if self.invocation.is_help_wanted {
            return Ok(self.invocation);
        }
        self.check_reports()?;
        self.take_choices()?;
        self.take_sample_type();
        self.take_bases()?;
        let invocation = self.invocation;
        if invocation.inputs.sources.is_empty() {
            bail!("no profile to read: name a file or an address (`goscope pprof -h` for help)");
        }
        if invocation.settings.normalize && invocation.inputs.bases.is_empty() {
            bail!("-normalize scales to a base: give one with -base or -diff_base");
        }
        if invocation.inputs.is_per_second {
            if invocation.settings.normalize {
                bail!("-normalize and -per_second scale differently: give one of them");
            }
            if invocation.inputs.bases.is_empty() {
                bail!("-per_second scales to the duration of a base: give one with -base or -diff_base");
            }
        }
        Ok(invocation)
    }

    fn check_reports(&mut self) -> Result<()> {
        if let [first, second, ..] = &*self.reports {
            let (first, second) = (first.command.name, second.command.name);
            bail!("-{first} and -{second} are two reports: ask for one at a time");
        }
        self.invocation.report = self.reports.pop();
        let invocation = &self.invocation;
        if let (Some(report), true) = (&invocation.report, invocation.is_window_wanted) {
            bail!("-http opens the window and -{} prints a report: ask for one of them", report.command.name);
        }
        if self.has_no_browser && !invocation.is_window_wanted {
            bail!("-no_browser means something with -http only");
        }
        Ok(())
    }

    fn take_choices(&mut self) -> Result<()> {
        for field in FIELDS {
            let chosen: Vec<&str> = self
                .choices
                .iter()
                .filter(|(option, _)| *option == field.name)
                .map(|&(_, choice)| choice)
                .collect();
            match *chosen {
                [] => {}
                [choice] => self.invocation.settings.set(field.name, choice)?,
                [first, second, ..] => bail!("-{first} and -{second} exclude each other"),
            }
        }
        Ok(())
    }

    /// `-inuse_space` and the like stand for `-sample_index`; of several, pprof takes the first in its own order.
    fn take_sample_type(&mut self) {
        let settings = &mut self.invocation.settings;
        for (flag, sample_type, is_mean) in SAMPLE_TYPES {
            if !self.sample_types.contains(&flag) {
                continue;
            }
            settings.mean |= is_mean;
            if settings.sample_index.is_empty() {
                sample_type.clone_into(&mut settings.sample_index);
            } else {
                let chosen = &settings.sample_index;
                self.invocation
                    .warnings
                    .push(format!("-{flag} is ignored: the sample type is {chosen} already"));
            }
        }
    }

    fn take_bases(&mut self) -> Result<()> {
        let Self { bases, diff_bases, invocation, .. } = self;
        bases.retain(|base| !base.is_empty());
        diff_bases.retain(|base| !base.is_empty());
        if !bases.is_empty() && !diff_bases.is_empty() {
            bail!("-base subtracts and -diff_base compares: give one of them");
        }
        invocation.inputs.is_comparison = !diff_bases.is_empty();
        invocation.inputs.bases = bases.drain(..).chain(diff_bases.drain(..)).collect();
        Ok(())
    }
}

/// The value of a boolean flag; without a value it is on.
fn switch(name: &str, value: Option<OsString>) -> Result<bool> {
    let Some(value) = value else { return Ok(true) };
    match &*value.to_string_lossy() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        other => Err(anyhow!("-{name}: \"{other}\" is not true or false")),
    }
}

/// The value of a flag that needs one: after `=`, else the next argument.
fn text_of(
    name: &str,
    value: Option<OsString>,
    rest: &mut impl Iterator<Item = OsString>,
) -> Result<OsString> {
    value.or_else(|| rest.next()).ok_or_else(|| anyhow!("-{name} needs a value"))
}

fn lossy(name: &str, value: Option<OsString>, rest: &mut impl Iterator<Item = OsString>) -> Result<String> {
    Ok(text_of(name, value, rest)?.to_string_lossy().into_owned())
}

/// A number of seconds; `None` for zero and less.
fn seconds(
    name: &str,
    value: Option<OsString>,
    rest: &mut impl Iterator<Item = OsString>,
) -> Result<Option<NonZeroU32>> {
    let text = lossy(name, value, rest)?;
    let number: i64 =
        text.parse().ok().ok_or_else(|| anyhow!("-{name}: \"{text}\" is not a whole number of seconds"))?;
    Ok(u32::try_from(number).ok().and_then(NonZeroU32::new))
}

/// `-symbolize` takes a list of words. None of them changes anything: goscope shows the names in the profile.
fn check_symbolize(list: &str) -> Result<()> {
    const WORDS: [&str; 6] = ["", "none", "local", "fastlocal", "remote", "force"];
    for word in list.to_ascii_lowercase().split(':') {
        if !WORDS.contains(&word) && !word.starts_with("demangle=") && word != "no" {
            bail!("-symbolize: \"{word}\" is none of none, local, fastlocal, remote, force, demangle=…");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Invocation> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[track_caller]
    fn good(line: &str) -> Invocation {
        parsed(line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    #[track_caller]
    fn bad(line: &str) -> String {
        parsed(line).map(|_| ()).expect_err("wrong usage").to_string()
    }

    #[test]
    fn flags_have_one_dash_or_two_and_stand_anywhere() {
        let usual = good("-top -cum -nodecount=20 -focus=x f.pb.gz");
        for line in [
            "--top --cum --nodecount 20 --focus x f.pb.gz",
            "f.pb.gz -top -cum -nodecount 20 -focus=x",
            "-top=true -cum=1 f.pb.gz -nodecount=20 -focus x -call_tree=false",
        ] {
            let other = good(line);
            assert_eq!(other.settings, usual.settings, "{line}");
            assert_eq!(other.inputs.sources, usual.inputs.sources, "{line}");
            assert_eq!(other.report.expect("top").command.name, "top", "{line}");
        }
        assert_eq!(usual.settings.nodecount, 20);
        assert_eq!(usual.settings.sort, "cum");
    }

    #[test]
    fn a_value_may_look_like_a_flag_and_dashes_end_flags() {
        assert_eq!(good("-focus -x f").settings.focus, "-x");
        assert_eq!(good("-top -- -f").inputs.sources, ["-f"]);
        assert_eq!(good("-top -").inputs.sources, ["-"], "a single dash is a file");
    }

    #[test]
    fn a_report_may_have_a_pattern() {
        let report = good("-peek=a|b f").report.expect("peek");
        assert_eq!((report.command.name, report.pattern.as_deref()), ("peek", Some("a|b")));
        assert!(good("-list= f").report.is_none(), "an empty pattern is none");
    }

    #[test]
    fn old_flags_choose_the_sample_type_and_the_first_wins() {
        let heap = good("-inuse_space -alloc_space f");
        assert_eq!(heap.settings.sample_index, "inuse_space");
        assert_eq!(heap.warnings.len(), 1);
        let mean = good("-mean_delay f");
        assert!(mean.settings.mean && mean.settings.sample_index == "delay");
    }

    #[test]
    fn several_bases_are_taken() {
        let both = good("-base=a -base b f");
        assert_eq!(both.inputs.bases, ["a", "b"]);
        assert!(good("-per_second -signed_percentages -base a f").settings.signed_percentages);
        assert!(!both.inputs.is_comparison && good("-diff_base a f").inputs.is_comparison);
    }

    #[test]
    fn what_makes_no_sense_is_said_in_a_sentence() {
        insta::assert_snapshot!(bad("-top -tree f"), @"-top and -tree are two reports: ask for one at a time");
        insta::assert_snapshot!(bad("-top -peek=x f"), @"-top and -peek are two reports: ask for one at a time");
        insta::assert_snapshot!(bad("-lines -files f"), @"-lines and -files exclude each other");
        insta::assert_snapshot!(bad("-flat -cum f"), @"-flat and -cum exclude each other");
        insta::assert_snapshot!(bad("-base=a -diff_base=b f"), @"-base subtracts and -diff_base compares: give one of them");
        insta::assert_snapshot!(bad("-normalize f"), @"-normalize scales to a base: give one with -base or -diff_base");
        insta::assert_snapshot!(bad("-per_second f"), @"-per_second scales to the duration of a base: give one with -base or -diff_base");
        insta::assert_snapshot!(bad("-per_second -normalize -base=a f"), @"-normalize and -per_second scale differently: give one of them");
        insta::assert_snapshot!(bad("-top"), @"no profile to read: name a file or an address (`goscope pprof -h` for help)");
        insta::assert_snapshot!(bad("-nonsense f"), @"there is no option -nonsense; `goscope pprof -h` lists them all");
        insta::assert_snapshot!(bad("-granularity=lines f"), @"there is no option -granularity: say one of -functions, -filefunctions, -files, -lines, -addresses");
        insta::assert_snapshot!(bad("-http=: -top f"), @"-http opens the window and -top prints a report: ask for one of them");
        insta::assert_snapshot!(bad("-no_browser f"), @"-no_browser means something with -http only");
        insta::assert_snapshot!(bad("-top=maybe f"), @r#"-top: "maybe" is not true or false"#);
        insta::assert_snapshot!(bad("-seconds=x f"), @r#"-seconds: "x" is not a whole number of seconds"#);
        insta::assert_snapshot!(bad("-symbolize=magic f"), @r#"-symbolize: "magic" is none of none, local, fastlocal, remote, force, demangle=…"#);
        insta::assert_snapshot!(bad("f -focus"), @"-focus needs a value");
        insta::assert_snapshot!(format!("{:#}", parsed("-nodecount=x f").map(|_| ()).expect_err("wrong")), @r#"nodecount: "x" is not a whole number"#);
    }
}
