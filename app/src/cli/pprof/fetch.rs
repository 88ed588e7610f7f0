//! Makes one profile of the inputs on the command line: reads and merges them, and subtracts the base.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read as _;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use goscope_analysis::profile::info::overflow_warnings;
use goscope_analysis::profile::merge::{BaseUse, SourceScale, merge, subtract};
use goscope_parsers::pprof::{ParseOptions, ParsedProfile, Profile, StringId, parse_with_warnings};
use goscope_remote::{Request, Trust};

use super::flags::{Inputs, TlsFiles};
use crate::cli::failure::{Failure, sentence, tell};
use crate::input_bytes::{Wishes, open_input, shown_name};

/// How many profiles are read before they are merged.
const CHUNK: usize = 128;

/// The combined profile, and the errors that were not fatal.
pub(super) struct Fetched {
    pub(super) profile: Profile,
    pub(super) warnings: Vec<String>,
}

/// Reads and combines everything.
pub(super) fn fetch(inputs: &Inputs, is_normalized: bool) -> Result<Fetched, Failure> {
    let mut warnings = Vec::new();
    let (binary, sources) = split_binary(&inputs.sources);
    let fetcher = Fetcher { inputs, binary, wishes: wishes(inputs)? };
    let mut profile = fetcher.side(sources, "source", &mut warnings)?;
    if !inputs.bases.is_empty() {
        let base = fetcher.side(&inputs.bases, "base", &mut warnings)?;
        let base_use = if inputs.is_comparison { BaseUse::Compare } else { BaseUse::Subtract };
        let scale = match (is_normalized, inputs.is_per_second) {
            (true, _) => SourceScale::ToBase,
            (false, true) => SourceScale::ToDuration,
            (false, false) => SourceScale::Unchanged,
        };
        profile = subtract(profile, base, base_use, scale).map_err(|error| Failure::Usage(error.into()))?;
    }
    forget_addresses_of_sources(&mut profile);
    if inputs.has_all_frames {
        (profile.drop_frames, profile.keep_frames) = (StringId(0), StringId(0));
    }
    if !inputs.comment.is_empty() {
        let comment = profile.strings.push(inputs.comment.as_bytes());
        profile.comments.push(comment);
    }
    warnings.extend(overflow_warnings(&profile));
    Ok(Fetched { profile, warnings })
}

/// How addresses are asked.
fn wishes(inputs: &Inputs) -> Result<Wishes, Failure> {
    let TlsFiles { authorities, certificate, key } = &inputs.tls;
    if certificate.is_empty() != key.is_empty() {
        return Err(Failure::Usage(anyhow!("-tls_cert and -tls_key go together: give both or none")));
    }
    let read = |file: &String| {
        let content = if file.is_empty() { Ok(Vec::new()) } else { fs::read(file) };
        content.with_context(|| file.clone()).map_err(Failure::Input)
    };
    let trust = Trust { authorities: read(authorities)?, certificate: read(certificate)?, key: read(key)? };
    let timeout = inputs.timeout_seconds.map(|seconds| Duration::from_secs(u64::from(seconds.get())));
    Ok(Wishes { seconds: inputs.seconds.map(NonZeroU32::get), request: Request { timeout, trust } })
}

/// The binary if the first argument is one, and the profiles after it.
fn split_binary(sources: &[OsString]) -> (Option<&OsStr>, &[OsString]) {
    match sources {
        [first, rest @ ..] if !rest.is_empty() && is_program(Path::new(first)) => (Some(first), rest),
        _ => (None, sources),
    }
}

/// Whether a file starts like a program or object file: ELF, Mach-O, PE, Go's own.
fn is_program(path: &Path) -> bool {
    let mut start = [0_u8; 10];
    let Ok(n_read) = fs::File::open(path).and_then(|mut file| file.read(&mut start)) else { return false };
    let magics: [&[u8]; 8] = [
        b"\x7fELF",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
        b"MZ",
        b"go object ",
    ];
    magics.iter().any(|magic| start[..n_read].starts_with(magic))
}

struct Fetcher<'a> {
    inputs: &'a Inputs,
    binary: Option<&'a OsStr>,
    wishes: Wishes,
}

impl Fetcher<'_> {
    /// All profiles of one side, merged. A profile that cannot be read is a warning if another one can.
    fn side(&self, sources: &[OsString], side: &str, warnings: &mut Vec<String>) -> Result<Profile, Failure> {
        let mut merged: Option<Profile> = None;
        let mut failures: Vec<anyhow::Error> = Vec::new();
        for chunk in sources.chunks(CHUNK) {
            let mut profiles: Vec<Profile> = merged.take().into_iter().collect();
            for result in self.read_all(chunk) {
                match result {
                    Ok(parsed) => {
                        warnings.extend(parsed.warnings);
                        profiles.push(parsed.profile);
                    }
                    Err(error) => failures.push(error),
                }
            }
            if !profiles.is_empty() {
                merged = Some(merge(profiles).map_err(|error| Failure::Usage(error.into()))?);
            }
        }
        let Some(merged) = merged else {
            let first = failures.into_iter().next().unwrap_or_else(|| anyhow!("no {side} profile to read"));
            return Err(Failure::Input(first));
        };
        if !failures.is_empty() {
            let n_good = sources.len() - failures.len();
            warnings.extend(failures.iter().map(sentence));
            warnings.push(format!("read {n_good} {side} profiles out of {}", sources.len()));
        }
        Ok(merged)
    }

    /// Reads profiles, as many at a time as there are cores, in the order of the list.
    fn read_all(&self, sources: &[OsString]) -> Vec<anyhow::Result<ParsedProfile>> {
        let n_threads = thread::available_parallelism().map_or(1, usize::from).min(sources.len());
        if n_threads <= 1 {
            return sources.iter().map(|source| self.read(source)).collect();
        }
        let next = AtomicUsize::new(0);
        let work = || {
            let mut results = Vec::new();
            while let Some((index, source)) = {
                let index = next.fetch_add(1, Ordering::Relaxed);
                sources.get(index).map(|source| (index, source))
            } {
                results.push((index, self.read(source)));
            }
            results
        };
        let mut results: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
        });
        results.sort_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }

    fn read(&self, source: &OsStr) -> anyhow::Result<ParsedProfile> {
        let name = shown_name(Path::new(source));
        let mut parsed = self.load(source).with_context(|| name.clone())?;
        for warning in &mut parsed.warnings {
            *warning = format!("{name}: {warning}");
        }
        self.name_binary(&mut parsed.profile);
        Ok(parsed)
    }

    /// Gives the profile the binary and the build id of the command line.
    fn name_binary(&self, profile: &mut Profile) {
        profile.add_missing_mapping();
        let Some(main) = profile.mappings.first_mut() else { return };
        if let Some(binary) = self.binary {
            main.filename = profile.strings.push(binary.as_encoded_bytes());
        }
        if !self.inputs.build_id.is_empty() && profile.strings.bytes(main.build_id).is_empty() {
            main.build_id = profile.strings.push(self.inputs.build_id.as_bytes());
        }
    }

    fn load(&self, source: &OsStr) -> anyhow::Result<ParsedProfile> {
        let bytes = open_input(Path::new(source), &self.wishes, tell)?;
        Ok(parse_with_warnings(&bytes, &ParseOptions::default())?)
    }
}

/// A binary that is named by an address is where a profile came from, and no binary.
fn forget_addresses_of_sources(profile: &mut Profile) {
    for mapping in &mut profile.mappings {
        let name = profile.strings.bytes(mapping.filename);
        let scheme = name.iter().position(|&byte| byte == b':').map(|end| &name[..end]);
        let is_address = scheme.is_some_and(|scheme| {
            scheme.first().is_some_and(u8::is_ascii_alphabetic)
                && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
        });
        if is_address && profile.strings.bytes(mapping.build_id).is_empty() {
            mapping.filename = StringId(0);
        }
    }
}
