//! Bytes to a [`Profile`]: looks what they are and calls the reader of that form.
//!
//! [`detect`](crate::detect) decides by the first bytes. Content that is in no known form is decoded as profile.proto
//! only if its first field may be one: a bomb of zeros or a text ends here, after some hundred bytes.

use super::decode::{ParseOptions, decode_profile};
use super::folded::parse_folded;
use super::legacy;
use super::lines::without_byte_order_mark;
use super::profile::Profile;
use super::shape::begins_like_profile;
use crate::detect::{Detected, FileKind, HEAD_BYTES, detect, is_text};
use crate::error::ParseError;
use crate::inflate::{inflate_all, inflate_prefix};
use crate::interop::{
    Content, parse_cpuprofile, parse_firefox, parse_otlp, parse_otlp_json, parse_perf_script,
    parse_speedscope,
};
use crate::progress::Progress;

/// A profile, and what was odd about the bytes without making them useless.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedProfile {
    /// The tables.
    pub profile: Profile,
    /// One sentence each: the file may have been cut off, a line can be read in two ways.
    pub warnings: Vec<String>,
}

/// Reads text or words into a profile; adds to the warnings.
type ParseContent = fn(&[u8], Option<&Progress>, &mut Vec<String>) -> Result<Profile, ParseError>;

/// The same for formats of other tools, whose tables may be much larger than their files.
type ParseForeign = fn(&Content<'_>, &mut Vec<String>) -> Result<Profile, ParseError>;

/// What reads a kind of file.
enum Reader {
    Text(ParseContent),
    Foreign(ParseForeign),
}

/// Reads a profile: profile.proto, folded stacks, the text profiles of Go, gperftools, jemalloc and Java, the old binary
/// CPU profile, and profiles of OTLP, speedscope, Firefox, V8 and perf script, each plain, gzipped or in zstd.
///
/// # Errors
/// What [`ParseError`] lists; a malformed profile is named by field, id and byte of the inflated data, malformed text
/// by line.
pub fn parse_profile(bytes: &[u8], options: &ParseOptions<'_>) -> Result<Profile, ParseError> {
    parse_with_warnings(bytes, options).map(|parsed| parsed.profile)
}

/// The same, with what was odd about the bytes.
///
/// # Errors
/// As [`parse_profile`].
pub fn parse_with_warnings(bytes: &[u8], options: &ParseOptions<'_>) -> Result<ParsedProfile, ParseError> {
    let reader = match detect(bytes) {
        Ok(Detected { kind: FileKind::Profile, .. }) => return decoded(bytes, options),
        Ok(Detected { kind, .. }) => {
            reader_of(kind).ok_or_else(|| ParseError::NotAProfile { kind: kind.name() })?
        }
        Err(unknown @ ParseError::UnknownFormat { .. }) => {
            let head = inflate_prefix(bytes, HEAD_BYTES)?;
            // Profiles may begin with fields that nobody knows yet, so an unusual shape proves nothing.
            if is_text(&head) || !begins_like_profile(&head) {
                return Err(unknown);
            }
            return decoded(bytes, options).map_err(|error| match error {
                ParseError::Profile { offset: 0, .. } => unknown,
                error => error,
            });
        }
        Err(error) => return Err(error),
    };
    let compressed_bytes = bytes.len();
    let max_text_bytes = options.max_text_bytes(compressed_bytes);
    let content = inflate_all(bytes, max_text_bytes)?;
    let mut warnings = Vec::new();
    let profile = match reader {
        Reader::Text(parse) => parse(&content, options.progress, &mut warnings)?,
        Reader::Foreign(parse) => {
            let bytes = without_byte_order_mark(&content);
            // Ten times the content is more than any real file takes; of a compressed one, which may be a bomb, no more
            // than the tables of profile.proto.
            let in_proportion = (10 * bytes.len() as u64).min(options.max_table_bytes(compressed_bytes));
            let max_table_bytes = max_text_bytes.max(in_proportion);
            let content = Content { bytes, progress: options.progress, max_table_bytes };
            parse(&content, &mut warnings)?
        }
    };
    Ok(ParsedProfile { profile, warnings })
}

fn decoded(bytes: &[u8], options: &ParseOptions<'_>) -> Result<ParsedProfile, ParseError> {
    decode_profile(bytes, options).map(|profile| ParsedProfile { profile, warnings: Vec::new() })
}

/// What reads a kind of file, if it is a profile but not profile.proto.
fn reader_of(kind: FileKind) -> Option<Reader> {
    Some(match kind {
        FileKind::FoldedStacks => Reader::Text(parse_folded),
        FileKind::CountText => Reader::Text(legacy::parse_count),
        FileKind::HeapText => Reader::Text(legacy::parse_heap),
        FileKind::ContentionText => Reader::Text(legacy::parse_contention),
        FileKind::ThreadText => Reader::Text(legacy::parse_threads),
        FileKind::JavaText => Reader::Text(legacy::parse_java),
        FileKind::JemallocText => Reader::Text(legacy::parse_jemalloc),
        FileKind::BinaryCpuProfile => Reader::Text(legacy::parse_cpu),
        FileKind::Otlp => Reader::Foreign(parse_otlp),
        FileKind::OtlpJson => Reader::Foreign(parse_otlp_json),
        FileKind::Speedscope => Reader::Foreign(parse_speedscope),
        FileKind::Firefox => Reader::Foreign(parse_firefox),
        FileKind::CpuProfile => Reader::Foreign(parse_cpuprofile),
        FileKind::PerfScript => Reader::Foreign(parse_perf_script),
        _ => return None,
    })
}
