//! What `goscope info` says of a bundle: what is in it, what its manifest says of how it came, and what is damaged.

use std::path::Path;

use anyhow::anyhow;
use goscope_parsers::FileBytes;
use serde::Serialize;

use super::failure::{Failure, warn};
use crate::archive::zip::{Entry, content, entries, is_cut};
use crate::bundle::{MANIFEST, is_bundle};
use crate::capture::digest::{Checked, check};
use crate::capture::manifest::{ReadHost, ReadManifest};

/// The longest manifest that is read.
const MAX_MANIFEST_BYTES: u64 = 16 << 20;

/// A bundle that has been read.
pub(super) struct Bundle {
    entries: Vec<Entry>,
    manifest: serde_json::Value,
    /// The same, as far as it is understood.
    read: Option<ReadManifest>,
    checked: Checked,
    is_cut: bool,
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
    let Some(manifest) = found.iter().find(|entry| entry.name == MANIFEST).filter(|_| found.len() > 1) else {
        return Err(wrong("the bundle is damaged or cut off: nothing in it is whole".to_owned()));
    };
    let manifest = content(&bytes, manifest, MAX_MANIFEST_BYTES).map_err(wrong)?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest)
        .map_err(|error| wrong(format!("its {MANIFEST} cannot be read: {error}")))?;
    // What is not as it should be is left out: the entries are there all the same.
    let read = serde_json::from_value::<ReadManifest>(manifest.clone()).ok();
    let checked = read.as_ref().map(|manifest| check(&bytes, &found, manifest)).unwrap_or_default();
    Ok(Some(Bundle { entries: found, manifest, read, checked, is_cut: is_cut(&bytes) }))
}

/// What is damaged makes it an unreadable input.
pub(super) fn check_whole(file: &str, bundle: &Bundle) -> Result<(), Failure> {
    let n_damaged = bundle.checked.damaged.len();
    if n_damaged == 0 && !bundle.is_cut {
        return Ok(());
    }
    let n_members = n_damaged + bundle.checked.n_sound;
    let what = if bundle.is_cut { "is cut off" } else { "is damaged" };
    warn(&[format!("{file} {what}: {n_damaged} of {n_members} members are not as they were captured")]);
    Err(Failure::Gate(3))
}

/// Facts, a line each.
pub(super) fn lines(file: &str, bundle: &Bundle) -> Vec<(&'static str, String)> {
    let mut lines = vec![("file", file.to_owned()), ("format", "goscope bundle".to_owned())];
    let manifest = bundle.read.as_ref();
    if let Some(manifest) = manifest {
        lines.push(("taken", format!("{} by {}", manifest.started, manifest.tool)));
        let hosts: Vec<&str> = manifest.hosts.iter().map(|host| host.host.as_str()).collect();
        lines.push(("hosts", hosts.join(", ")));
        lines.extend(manifest.hosts.iter().filter_map(clock).map(|sentence| ("clock", sentence)));
    }
    let members = || bundle.entries.iter().filter(|entry| entry.name != MANIFEST);
    lines.extend(members().map(|entry| ("member", format!("{} ({} bytes)", entry.name, entry.n_bytes))));
    if manifest.is_some() {
        let Checked { n_sound, damaged } = &bundle.checked;
        let n_all = n_sound + damaged.len();
        lines.push(("checked", format!("{n_sound} of {n_all} members are as they were captured (SHA-256)")));
        lines.extend(damaged.iter().map(|damage| ("damaged", format!("{} {}", damage.file, damage.reason))));
    }
    for host in manifest.iter().flat_map(|manifest| &manifest.hosts) {
        lines.extend(
            host.failed.iter().map(|failed| ("failed", format!("{}: {}", failed.file, failed.reason))),
        );
        lines.extend(host.notes.iter().map(|note| ("note", note.clone())));
    }
    let first = members().find(|entry| entry.name.ends_with("cpu.pb.gz"));
    let first = first.or_else(|| members().find(|entry| entry.name.ends_with(".pb.gz")));
    lines.extend(first.map(|entry| ("open", format!("goscope top {file}:{}", entry.name))));
    lines
}

/// How far a program's clock was from ours: `shop:6060 was 3 ms ahead, ± 120 ms`.
fn clock(host: &ReadHost) -> Option<String> {
    let (offset, error) = (host.clock_offset_ms?, host.clock_offset_error_ms?);
    let name = &host.host;
    if offset.unsigned_abs() <= error.unsigned_abs() {
        return Some(format!("{name} had the same time as the machine that captured, ± {error} ms"));
    }
    let side = if offset > 0 { "ahead of" } else { "behind" };
    let offset = offset.unsigned_abs();
    Some(format!("{name} was {offset} ms {side} the machine that captured, ± {error} ms"))
}

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct BundleJson<'a> {
    schema: &'static str,
    file: &'a str,
    entries: Vec<EntryJson<'a>>,
    cut: bool,
    sound: usize,
    damaged: Vec<DamageJson<'a>>,
    manifest: &'a serde_json::Value,
}

#[derive(Serialize)]
struct DamageJson<'a> {
    file: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct EntryJson<'a> {
    name: &'a str,
    bytes: u64,
}

pub(super) fn json<'a>(file: &'a str, bundle: &'a Bundle) -> BundleJson<'a> {
    let entries = bundle.entries.iter().map(|entry| EntryJson { name: &entry.name, bytes: entry.n_bytes });
    let Checked { n_sound, damaged } = &bundle.checked;
    let damaged = damaged.iter().map(|damage| DamageJson { file: &damage.file, reason: &damage.reason });
    BundleJson {
        schema: "goscope.bundle_info/1",
        file,
        entries: entries.collect(),
        cut: bundle.is_cut,
        sound: *n_sound,
        damaged: damaged.collect(),
        manifest: &bundle.manifest,
    }
}
