//! What `goscope info` says of a bundle: what is in it, and what its manifest says of how it came.

use std::path::Path;

use anyhow::anyhow;
use goscope_parsers::FileBytes;
use serde::Serialize;

use super::failure::Failure;
use crate::bundle::{Entry, MANIFEST, entries, is_bundle, member};
use crate::capture::manifest::ReadManifest;

/// The longest manifest that is read.
const MAX_MANIFEST_BYTES: usize = 16 << 20;

/// A bundle that has been read.
pub(super) struct Bundle {
    entries: Vec<Entry>,
    manifest: serde_json::Value,
}

/// The bundle in a file; `None` if it is something else.
pub(super) fn bundle_at(path: &Path) -> Result<Option<Bundle>, Failure> {
    // A pipe is read once, and not here.
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = FileBytes::open(path).map_err(|error| Failure::from_parse(error, path))?;
    if !is_bundle(&bytes) {
        return Ok(None);
    }
    let wrong = |reason: String| Failure::Input(anyhow!("{}: {reason}", path.display()));
    let found = entries(&bytes).map_err(wrong)?;
    let manifest = member(&bytes, MANIFEST).map_err(wrong)?;
    if manifest.len() > MAX_MANIFEST_BYTES {
        return Err(wrong("its manifest is too long".to_owned()));
    }
    let manifest = serde_json::from_slice(manifest)
        .map_err(|error| wrong(format!("its {MANIFEST} cannot be read: {error}")))?;
    Ok(Some(Bundle { entries: found, manifest }))
}

/// Facts, a line each.
pub(super) fn lines(file: &str, bundle: &Bundle) -> Vec<(&'static str, String)> {
    let mut lines = vec![("file", file.to_owned()), ("format", "goscope bundle".to_owned())];
    // What is not as it should be is left out: the entries are there all the same.
    let manifest = serde_json::from_value::<ReadManifest>(bundle.manifest.clone()).ok();
    if let Some(manifest) = &manifest {
        lines.push(("taken", format!("{} by {}", manifest.started, manifest.tool)));
        let hosts: Vec<&str> = manifest.hosts.iter().map(|host| host.host.as_str()).collect();
        lines.push(("hosts", hosts.join(", ")));
    }
    let members = bundle.entries.iter().filter(|entry| entry.name != MANIFEST);
    lines.extend(members.map(|entry| ("member", format!("{} ({} bytes)", entry.name, entry.n_bytes))));
    for host in manifest.iter().flat_map(|manifest| &manifest.hosts) {
        lines.extend(
            host.failed.iter().map(|failed| ("failed", format!("{}: {}", failed.file, failed.reason))),
        );
        lines.extend(host.notes.iter().map(|note| ("note", note.clone())));
    }
    let others = || bundle.entries.iter().filter(|entry| entry.name != MANIFEST);
    let first = others().find(|entry| entry.name.ends_with("cpu.pb.gz"));
    let first = first.or_else(|| others().find(|entry| entry.name.ends_with(".pb.gz")));
    lines.extend(first.map(|entry| ("open", format!("goscope top {file}:{}", entry.name))));
    lines
}

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct BundleJson<'a> {
    schema: &'static str,
    file: &'a str,
    entries: Vec<EntryJson<'a>>,
    manifest: &'a serde_json::Value,
}

#[derive(Serialize)]
struct EntryJson<'a> {
    name: &'a str,
    bytes: usize,
}

pub(super) fn json<'a>(file: &'a str, bundle: &'a Bundle) -> BundleJson<'a> {
    let entries = bundle.entries.iter().map(|entry| EntryJson { name: &entry.name, bytes: entry.n_bytes });
    BundleJson {
        schema: "goscope.bundle_info/1",
        file,
        entries: entries.collect(),
        manifest: &bundle.manifest,
    }
}
