//! Bytes to a [`Profile`]: looks what they are and calls the reader of that form.
//!
//! [`detect`](crate::detect) decides by the first bytes. Content that is in no known form is decoded as profile.proto
//! only if its first field may be one: a bomb of zeros or a text ends here, after some hundred bytes.

use super::decode::{ParseOptions, decode_profile};
use super::folded::parse_folded;
use super::legacy;
use super::profile::Profile;
use super::shape::begins_like_profile;
use crate::detect::{Detected, FileKind, HEAD_BYTES, detect, is_text};
use crate::error::ParseError;
use crate::inflate::{inflate_all, inflate_prefix};
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

/// Reads a profile: profile.proto, folded stacks, the text profiles of Go, gperftools, jemalloc and Java, and the old
/// binary CPU profile, each plain, gzipped or in zstd.
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
    let parse: ParseContent = match detect(bytes) {
        Ok(Detected { kind: FileKind::Profile, .. }) => return decoded(bytes, options),
        Ok(Detected { kind, .. }) => {
            parser_of(kind).ok_or_else(|| ParseError::NotAProfile { kind: kind.name() })?
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
    let content = inflate_all(bytes, options.max_text_bytes(bytes.len()))?;
    let mut warnings = Vec::new();
    let profile = parse(&content, options.progress, &mut warnings)?;
    Ok(ParsedProfile { profile, warnings })
}

fn decoded(bytes: &[u8], options: &ParseOptions<'_>) -> Result<ParsedProfile, ParseError> {
    decode_profile(bytes, options).map(|profile| ParsedProfile { profile, warnings: Vec::new() })
}

/// What reads a kind of file, if it is a profile but not profile.proto.
fn parser_of(kind: FileKind) -> Option<ParseContent> {
    Some(match kind {
        FileKind::FoldedStacks => parse_folded,
        FileKind::CountText => legacy::parse_count,
        FileKind::HeapText => legacy::parse_heap,
        FileKind::ContentionText => legacy::parse_contention,
        FileKind::ThreadText => legacy::parse_threads,
        FileKind::JavaText => legacy::parse_java,
        FileKind::JemallocText => legacy::parse_jemalloc,
        FileKind::BinaryCpuProfile => legacy::parse_cpu,
        _ => return None,
    })
}
