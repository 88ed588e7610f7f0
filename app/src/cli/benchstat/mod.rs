//! `goscope benchstat`: the command line and the bytes of benchstat; only what is wrong ends with an exit code of its own.

mod flags;

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::anyhow;
use goscope_analysis::bench::{Benchstat, OptionError, csv, text};
use goscope_parsers::{ParseError, inflate_all, printable_bytes, printable_lines};

use self::flags::{Format, Input, Invocation};
use super::failure::{Failure, say, tell};
use super::output::OutputArgs;
use crate::input_bytes::{Wishes, open_input};

const USAGE: &str = "\
Usage: goscope benchstat [flags] inputs...

Compares Go benchmarks as benchstat does, to the byte: medians, intervals and a test for each benchmark (row) of each
file (column). `label=path` gives a column a name, `-` is standard input. `goscope diff` compares two files with a
verdict, an exit code, and without the faults of these tables.

  -table keys       what makes a table (default .config)
  -row keys         what makes a row (default .fullname)
  -col keys         what makes a column (default .file)
  -ignore keys      what may differ within a cell
  -filter query     which results and values to take (default *)
  -alpha p          a change counts if p is at most this (default 0.05)
  -confidence c     level of the intervals (default 0.95)
  -format f         text or csv; of csv, warnings go to standard error (default text)
";

/// Compressed files, which benchstat does not take, hold no more than this.
const MOST_INFLATED_BYTES: u64 = 4 << 30;

/// Arguments of `goscope benchstat`, parsed in `flags` and not by clap: benchstat's flags have one dash.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(super) struct BenchstatArgs {
    /// Arguments of benchstat; `goscope benchstat -h` explains them
    #[arg(value_name = "ARGUMENT", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Does what benchstat does with these arguments.
pub(super) fn run(args: &BenchstatArgs) -> Result<(), Failure> {
    let invocation = flags::parse(&args.arguments).map_err(|message| {
        say(&format!("{message}\n{USAGE}"));
        Failure::Gate(2)
    })?;
    let Some(Invocation { options, format, inputs }) = invocation else {
        return OutputArgs { output: None }.write_text(USAGE);
    };
    if inputs.is_empty() {
        say(USAGE);
        return Err(Failure::Gate(2));
    }
    let mut benchstat =
        Benchstat::new(&options).map_err(|error: OptionError| complaint(2, &error.to_string()))?;
    let format = match format.as_str() {
        "text" => Format::Text,
        "csv" => Format::Csv,
        _ => return Err(complaint(2, "-format must be text or csv")),
    };
    inputs.iter().try_for_each(|input| read(input, &mut benchstat))?;
    let tables = benchstat.finish();
    let (tables, warnings) = match format {
        Format::Text => (shown(text(&tables)), Vec::new()),
        Format::Csv => csv(&tables),
    };
    // What cannot be said is lost, as it would be in benchstat.
    let _ = io::stderr().write_all(&shown(warnings));
    OutputArgs { output: None }.write(|out| out.write_all(&tables))
}

/// Lines of benchstat's, with what a terminal would obey escaped.
fn shown(lines: Vec<u8>) -> Vec<u8> {
    match std::str::from_utf8(&lines).map(printable_lines) {
        Ok(Cow::Owned(text)) => text.into_bytes(),
        Ok(Cow::Borrowed(_)) => lines,
        Err(_) => {
            let each = lines.split_inclusive(|&byte| byte == b'\n');
            let one = |line: &[u8]| match line.strip_suffix(b"\n") {
                Some(line) => format!("{}\n", printable_bytes(line)).into_bytes(),
                None => printable_bytes(line).into_owned().into_bytes(),
            };
            each.flat_map(one).collect()
        }
    }
}

fn read(input: &Input, benchstat: &mut Benchstat) -> Result<(), Failure> {
    let Input { label, path } = input;
    let name = path.to_string_lossy();
    let failed = |error: ParseError| complaint(3, &open_error(&name, error));
    let file = open_input(Path::new(path), &Wishes::default(), tell).map_err(failed)?;
    let bytes = inflate_all(&file, MOST_INFLATED_BYTES).map_err(failed)?;
    let warn = |line: usize, message: &[u8]| {
        let line = [name.as_bytes(), format!(":{line}: ").as_bytes(), message, b"\n"].concat();
        let _ = io::stderr().write_all(&shown(line));
    };
    let label = label.as_encoded_bytes();
    benchstat.add(label, &bytes, warn).map_err(|error| complaint(3, &format!("{name}:{error}")))
}

/// Says what is wrong as benchstat says it.
fn complaint(code: u8, message: &str) -> Failure {
    say(&format!("benchstat: {message}"));
    Failure::Gate(code)
}

/// What Go says of a file that cannot be opened.
fn open_error(name: &str, error: ParseError) -> String {
    match error {
        ParseError::Io { source, .. } => {
            let reason = source.to_string();
            let reason = reason.split(" (os error").next().unwrap_or_default().to_lowercase();
            format!("open {name}: {reason}")
        }
        error => format!("{name}: {:#}", anyhow!(error)),
    }
}
