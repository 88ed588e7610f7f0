//! Parses the command line of benchstat: Go's flags with one dash or two, before the files.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};

use goscope_analysis::bench::BenchstatOptions;
use goscope_parsers::bench::parse_go_float;

/// A parsed command line.
#[derive(Debug, Default)]
pub(super) struct Invocation {
    pub(super) options: BenchstatOptions,
    /// As it was written.
    pub(super) format: String,
    pub(super) inputs: Vec<Input>,
}

/// How tables are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Csv,
}

/// A file and the name of its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) label: OsString,
    pub(super) path: OsString,
}

/// Parses arguments; `None` if help is asked for.
pub(super) fn parse(arguments: &[OsString]) -> Result<Option<Invocation>, String> {
    let mut invocation = Invocation { format: "text".to_owned(), ..Invocation::default() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.as_slice().first() {
        let text = argument.to_string_lossy();
        let Some(flag) = text.strip_prefix('-').filter(|flag| !flag.is_empty()) else { break };
        rest.next();
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        if flag.is_empty() {
            break;
        }
        let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
        if name.is_empty() || name.starts_with('-') {
            return Err(format!("bad flag syntax: {text}"));
        }
        if matches!(name, "h" | "help") {
            return Ok(None);
        }
        let mut next = || rest.next().map(|value| value.to_string_lossy().into_owned());
        set(&mut invocation, name, || value.map(str::to_owned).or_else(&mut next))?;
    }
    invocation.inputs = inputs(rest.as_slice());
    Ok(Some(invocation))
}

fn set(
    invocation: &mut Invocation,
    name: &str,
    value: impl FnOnce() -> Option<String>,
) -> Result<(), String> {
    let options = &mut invocation.options;
    let (text, number) = match name {
        "table" => (Some(&mut options.table), None),
        "row" => (Some(&mut options.row), None),
        "col" => (Some(&mut options.column), None),
        "ignore" => (Some(&mut options.ignore), None),
        "filter" => (Some(&mut options.filter), None),
        "format" => (Some(&mut invocation.format), None),
        "alpha" => (None, Some(&mut options.alpha)),
        "confidence" => (None, Some(&mut options.confidence)),
        _ => return Err(format!("flag provided but not defined: -{name}")),
    };
    let value = value().ok_or_else(|| format!("flag needs an argument: -{name}"))?;
    if let Some(number) = number {
        *number = parse_go_float(value.as_bytes())
            .map_err(|_error| format!("invalid value {value:?} for flag -{name}: parse error"))?;
    } else if let Some(text) = text {
        *text = value;
    }
    Ok(())
}

/// Files by their labels: what stands before the first `=`, else the path, with a number if it is given several times.
fn inputs(arguments: &[OsString]) -> Vec<Input> {
    let mut times: HashMap<&OsStr, (usize, usize)> = HashMap::new();
    let split: Vec<Option<Input>> = arguments.iter().map(|argument| labeled(argument)).collect();
    for (argument, _) in arguments.iter().zip(&split).filter(|(_, labeled)| labeled.is_none()) {
        times.entry(argument).or_default().0 += 1;
    }
    let unlabeled = |argument: &OsString| {
        let mut label = argument.clone();
        if let Some((count, next)) = times.get_mut(argument.as_os_str())
            && *count > 1
        {
            label.push(format!("#{next}"));
            *next += 1;
        }
        Input { label, path: argument.clone() }
    };
    let mut unlabeled = unlabeled;
    arguments
        .iter()
        .zip(split)
        .map(|(argument, input)| input.unwrap_or_else(|| unlabeled(argument)))
        .collect()
}

fn labeled(argument: &OsStr) -> Option<Input> {
    // Names that are no text are taken whole.
    let (label, path) = argument.to_str()?.split_once('=')?;
    Some(Input { label: label.into(), path: path.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        match parse(&arguments) {
            Err(message) => message,
            Ok(None) => "help".to_owned(),
            Ok(Some(it)) => {
                let input = |it: &Input| format!("{}={}", it.label.display(), it.path.display());
                let inputs: Vec<String> = it.inputs.iter().map(input).collect();
                format!("{} {} {} | {}", it.options.row, it.options.alpha, it.format, inputs.join(" "))
            }
        }
    }

    #[test]
    fn flags_stand_before_files() {
        assert_eq!(shown("-row .name --alpha=0.1 a b=c"), ".name 0.1 text | a=a b=c");
        assert_eq!(shown("-format csv -- -x"), ".fullname 0.05 csv | -x=-x");
        assert_eq!(shown("a -row x a"), ".fullname 0.05 text | a#0=a -row=-row x=x a#1=a");
        assert_eq!(shown("- =x"), ".fullname 0.05 text | -=- =x");
        assert_eq!(shown("-help"), "help");
        assert_eq!(shown("-nosuch 1"), "flag provided but not defined: -nosuch");
        assert_eq!(shown("-alpha x"), "invalid value \"x\" for flag -alpha: parse error");
        assert_eq!(shown("-row"), "flag needs an argument: -row");
        assert_eq!(shown("-=x"), "bad flag syntax: -=x");
    }
}
