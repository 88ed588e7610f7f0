//! What came, by its content: whether it is what was asked for and whole, and what it says of the program.

use std::path::Path;

use goscope_analysis::profile::info::profile_info;
use goscope_parsers::pprof::{ParseOptions, parse_with_warnings};
use goscope_parsers::{Compression, FileBytes, FileKind, ParseError, detect};

use super::kind::Kind;

/// What is known of a file that was captured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// Its format, in words.
    pub(super) format: String,
    /// Why it is empty, if the program has to ask for it to be filled.
    pub(super) hint: Option<String>,
    /// The version of Go that wrote it: `go1.26`; empty if it does not say.
    pub(super) go: String,
    /// The build of the program; empty if it does not say.
    pub(super) build_id: String,
}

/// What a file is; or what it is instead of what was asked for.
pub(super) fn recognized(kind: &Kind, bytes: &[u8]) -> Result<Content, String> {
    if *kind == Kind::CommandLine {
        return Ok(Content { format: "text".to_owned(), ..Content::default() });
    }
    let found = detect(bytes).map_err(|error| match error {
        ParseError::UnknownFormat { seen } => format!("what is no profile: it begins with {seen}"),
        error => format!("what is no profile ({error})"),
    });
    let found = found?.kind;
    let is_right = match kind {
        Kind::Trace => matches!(found, FileKind::Trace { .. }),
        Kind::Dump => found == FileKind::GoroutineDump,
        Kind::Other(_) => true,
        _ => found.is_profile(),
    };
    if !is_right {
        return Err(format!("a {}", found.name()));
    }
    let mut content = Content { format: found.name().to_owned(), ..Content::default() };
    if let FileKind::Trace { go_minor } = found {
        content.go = format!("go1.{go_minor}");
    }
    if found.is_profile() {
        // To its end: a length that was wrong, or a layer on the way, may have cut it.
        let parsed = parse_with_warnings(bytes, &ParseOptions::default());
        let profile = parsed.map_err(|error| format!("what is no whole profile ({error})"))?.profile;
        content.build_id = profile_info(&profile).build_id;
        content.hint = why_empty(kind).filter(|_| profile.samples.is_empty());
    }
    Ok(content)
}

/// Why a table is empty if it is, where the program has to ask for it to be filled.
fn why_empty(kind: &Kind) -> Option<String> {
    let call = match kind {
        Kind::Mutex => {
            "the program has to call runtime.SetMutexProfileFraction(5) for it, or nobody waited for a lock"
        }
        Kind::Block => {
            "the program has to call runtime.SetBlockProfileRate(10000) for it, or nothing blocked"
        }
        Kind::Cpu => "the program used no CPU time while it was measured",
        _ => return None,
    };
    Some(format!("the {} profile is empty: {call}", kind.name()))
}

/// How the name of such a file ends.
pub(super) fn ending(bytes: &[u8]) -> &'static str {
    match detect(bytes).map(|found| (found.kind, found.compression)) {
        Ok((FileKind::Trace { .. }, _)) => ".out",
        Ok((FileKind::Profile, Compression::Gzip)) => ".pb.gz",
        Ok((FileKind::Profile, _)) => ".pb",
        _ => ".txt",
    }
}

/// Whether a file is an execution trace: of what was cut, one can be read.
pub(super) fn is_trace(path: &Path) -> bool {
    let bytes = FileBytes::open(path);
    bytes.is_ok_and(|bytes| detect(&bytes).is_ok_and(|found| matches!(found.kind, FileKind::Trace { .. })))
}
