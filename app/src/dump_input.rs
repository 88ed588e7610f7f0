//! Goroutine dumps, read for both faces: texts of any form, pprof profiles of goroutines, and programs that a debugger holds.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, anyhow, bail};
use goscope_analysis::dump::{DumpFilter, Grouping};
use goscope_parsers::dump::{DumpFile, dump_of_profile, read_dumps};
use goscope_parsers::pprof::{ParseOptions, parse_profile};
use goscope_parsers::{FileKind, ParseError, Progress, TextOptions, detect, printable_cut};

use crate::input_bytes::shown_name;
use crate::live::{
    Asks, LiveFacts, LiveFault, LiveInput, LiveWishes, VariableLimits, take, take_usual, variable_questions,
};

/// A text with dumps, under its name.
#[derive(Debug)]
pub struct DumpText {
    /// The name as it was given.
    pub name: String,
    /// What is in it.
    pub file: DumpFile,
    /// When the file was written, in seconds since 1970; `None` for what is no file.
    pub written_seconds: Option<f64>,
    /// What is known besides of a program that a debugger holds; `None` for texts.
    pub live: Option<Box<LiveFacts>>,
}

/// Reads goroutines through a debugger.
///
/// # Errors
/// One sentence: what went wrong, and how the program was left.
pub fn read_live(
    path: &Path,
    input: &LiveInput,
    wishes: &LiveWishes,
    asks: &Asks<'_>,
) -> Result<DumpText, LiveFault> {
    let (file, facts) = take(input, wishes, asks)?;
    Ok(DumpText::live(path, file, facts))
}

/// Groups and frames whose variables are read of a program that is opened.
const VARIABLES: VariableLimits = VariableLimits { groups: 5, frames: 3, is_full: false };

/// The same of the only goroutine, where a line was waited for: as on the command line.
const VARIABLES_AT_LINE: VariableLimits = VariableLimits { groups: 1, frames: 20, is_full: false };

/// Reads a program in a debugger, or a core file, as it is opened: with usual limits.
///
/// # Errors
/// One sentence: the name is none, or what went wrong and how the program was left.
pub fn read_opened_live(path: &Path, progress: &Progress) -> Result<DumpText, String> {
    let input = LiveInput::of(path).unwrap_or_else(|| Err("it is no program in a debugger".to_owned()))?;
    let (filter, grouping) = (DumpFilter::default(), Grouping::default());
    let limits = if input.breakpoint().is_some() { VARIABLES_AT_LINE } else { VARIABLES };
    let choose = |file: &DumpFile| variable_questions(file, &filter, &grouping, limits);
    let (file, facts) = take_usual(&input, progress, &choose).map_err(|fault| fault.to_string())?;
    Ok(DumpText::live(path, file, facts))
}

/// Reads a text with goroutines, panics or race reports, or a profile of goroutines.
///
/// # Errors
/// One sentence: what the file is instead, or what is wrong with it.
pub fn read_dump_text(
    path: &Path,
    bytes: &[u8],
    max_inflated_bytes: u64,
    progress: Option<&Progress>,
) -> anyhow::Result<DumpText> {
    let file = read(bytes, max_inflated_bytes, progress).with_context(|| shown_name(path))?;
    Ok(DumpText::new(path, file))
}

/// The same for who opens anything: `None` for what is something else, also for profiles of goroutines. A text of no known
/// kind is one if it holds a panic: with `GOTRACEBACK=none` that is all that a program says.
pub fn read_if_dump(
    path: &Path,
    bytes: &[u8],
    max_inflated_bytes: u64,
    progress: Option<&Progress>,
) -> Option<Result<DumpText, ParseError>> {
    let options = TextOptions { max_inflated_bytes, progress };
    match detect(bytes).map(|detected| detected.kind) {
        Ok(FileKind::GoroutineDump) => {
            Some(read_dumps(bytes, &options).map(|file| DumpText::new(path, file)))
        }
        Err(ParseError::UnknownFormat { .. }) => {
            let file = read_dumps(bytes, &options).ok().filter(|file| !is_empty(file))?;
            Some(Ok(DumpText::new(path, file)))
        }
        _ => None,
    }
}

impl DumpText {
    fn live(path: &Path, file: DumpFile, facts: LiveFacts) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        let written_seconds = now.filter(|_| !facts.server.is_core).map(|since| since.as_secs_f64());
        Self { name: shown_name(path), file, written_seconds, live: Some(Box::new(facts)) }
    }

    fn new(path: &Path, file: DumpFile) -> Self {
        let modified = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
        let modified = modified.and_then(|facts| facts.modified().ok()?.duration_since(UNIX_EPOCH).ok());
        Self {
            name: shown_name(path),
            file,
            written_seconds: modified.map(|since| since.as_secs_f64()),
            live: None,
        }
    }
}

/// Whether nothing of a program that died or was asked is in it.
const fn is_empty(file: &DumpFile) -> bool {
    file.dumps.is_empty() && file.races.is_empty() && file.panics.is_empty() && file.fatal_errors.is_empty()
}

fn read(bytes: &[u8], max_inflated_bytes: u64, progress: Option<&Progress>) -> anyhow::Result<DumpFile> {
    let kind = match detect(bytes) {
        Ok(detected) => Some(detected.kind),
        Err(ParseError::UnknownFormat { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    match kind {
        Some(FileKind::Profile | FileKind::CountText) => {
            let profile = parse_profile(bytes, &ParseOptions { max_inflated_bytes, progress })?;
            let types: Vec<String> =
                profile.sample_types.iter().map(|known| profile.text(known.kind).into_owned()).collect();
            let file = dump_of_profile(&profile).ok_or_else(|| {
                anyhow!(
                    "this is a pprof profile of {}, not of goroutines; see goscope top",
                    printable_cut(&types.join(", "), 60)
                )
            })?;
            if file.dumps.is_empty() {
                bail!("this profile has no goroutine");
            }
            return Ok(file);
        }
        Some(FileKind::Trace { .. }) => {
            bail!("this is an execution trace, not a goroutine dump; see goscope trace goroutines")
        }
        _ => {}
    }
    let file = read_dumps(bytes, &TextOptions { max_inflated_bytes, progress })?;
    if is_empty(&file) {
        let what = match kind {
            Some(FileKind::GoroutineDump) | None => String::new(),
            Some(kind) => format!(" (it looks like this: {})", kind.name()),
        };
        bail!(
            "there is no goroutine, panic or race report in it{what}; a dump comes from /debug/pprof/goroutine?debug=2, \
             kill -QUIT, or a crash with GOTRACEBACK=all"
        );
    }
    Ok(file)
}
