//! The runs that a side of a comparison stands for: files, what is in a folder or an archive, what a pattern matches, what a
//! store holds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use goscope_parsers::{FileBytes, FileKind, detect};

use crate::archive::{Archive, Member};
use crate::cli::failure::{Failure, tell, warn};
use crate::cli::input::InputArgs;
use crate::input_bytes::{address, shown_name};
use crate::store_input::{open_runs, store_named};

/// The runs that the arguments of a side stand for, opened: of a store each profile that is meant is one.
pub(super) fn runs_of(
    side: &str,
    arguments: &[PathBuf],
    input: &InputArgs,
) -> Result<Vec<(PathBuf, FileBytes)>, Failure> {
    let mut runs = Vec::new();
    for argument in arguments {
        if let Some((place, selector)) = store_named(argument) {
            let opened = open_runs(&place, &selector, tell);
            runs.extend(opened.map_err(|error| Failure::from_parse(error, argument))?);
            continue;
        }
        let archive = Archive::at(argument).map_err(|error| Failure::from_parse(error, argument))?;
        if let Some(archive) = archive.filter(|archive| archive.only().is_none()) {
            runs.extend(profiles_of_archive(argument, &archive)?);
            continue;
        }
        let files = files_of_argument(argument)?;
        let opened = input.open_all(&files)?;
        runs.extend(files.into_iter().zip(opened));
    }
    if runs.is_empty() {
        return Err(Failure::Usage(anyhow!("the {side} side of the comparison holds no run")));
    }
    Ok(runs)
}

fn files_of_argument(argument: &Path) -> Result<Vec<PathBuf>, Failure> {
    if argument.is_dir() {
        return profiles_of_folder(argument);
    }
    let pattern = argument.to_str().filter(|text| text.contains(['*', '?', '[']));
    let Some(pattern) = pattern.filter(|_| !argument.exists() && address(argument).is_none()) else {
        // A missing file is for the reader to report.
        return Ok(vec![argument.to_owned()]);
    };
    let matches = glob::glob(pattern)
        .map_err(|error| Failure::Usage(anyhow!("\"{pattern}\" is no pattern of file names: {error}")))?;
    // They come sorted; what cannot be read is no match.
    let matches: Vec<PathBuf> = matches.flatten().collect();
    if matches.is_empty() {
        return Err(Failure::Usage(anyhow!("no file matches {pattern}")));
    }
    let mut files = Vec::new();
    for path in matches {
        files.extend(if path.is_dir() { profiles_of_folder(&path)? } else { vec![path] });
    }
    Ok(files)
}

/// The profiles of a folder.
fn profiles_of_folder(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = entries(folder)?;
    let profiles_in = |entries: &[PathBuf]| -> Vec<PathBuf> {
        entries.iter().filter(|path| is_profile(path)).cloned().collect()
    };
    let direct = profiles_in(&entries);
    if !direct.is_empty() {
        return Ok(direct);
    }
    let mut below = Vec::new();
    for run in entries.iter().filter(|path| path.is_dir()) {
        below.extend(profiles_in(&self::entries(run)?));
    }
    let names = below.iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    check_names(&shown_name(folder), names.collect(), |name| {
        format!("choose one, as in \"{}\"", folder.join("*").join(name).display())
    })?;
    Ok(below)
}

/// The profiles of an archive, by the same rule; a folder that all of it is in does not count.
fn profiles_of_archive(path: &Path, archive: &Archive) -> Result<Vec<(PathBuf, FileBytes)>, Failure> {
    let shown = shown_name(path);
    warn(archive.damage().map(|damage| format!("{shown}: {damage}")).as_slice());
    let members = archive.members();
    let mut profiles: Vec<&Member> =
        members.iter().filter(|member| archive.kind(member).is_some_and(is_binary_profile)).collect();
    let depth = |member: &Member| member.name.matches('/').count();
    let folder = |member: &Member| member.name.split_once('/').map(|(folder, _)| folder.to_owned());
    let first = members.first().and_then(folder);
    let n_around = usize::from(first.is_some() && members.iter().all(|member| folder(member) == first));
    let is_direct = |member: &&Member| depth(member) == n_around;
    if profiles.iter().any(is_direct) {
        profiles.retain(is_direct);
    } else {
        profiles.retain(|member| depth(member) == n_around + 1);
        let names = profiles.iter().filter_map(|member| Some(member.name.rsplit_once('/')?.1.to_owned()));
        check_names(&shown, names.collect(), |name| {
            let example = profiles.iter().find(|member| member.name.ends_with(name));
            format!("name those that are meant, as {shown}:{}", example.map_or(name, |member| &member.name))
        })?;
    }
    profiles.sort_by(|a, b| a.name.cmp(&b.name));
    let opened = profiles.into_iter().map(|member| {
        let name = PathBuf::from(format!("{}:{}", path.display(), member.name));
        let content =
            archive.content(member).map_err(|reason| Failure::Input(anyhow!("{shown}: {reason}")))?;
        Ok((name, FileBytes::from(content.into_owned())))
    });
    opened.collect()
}

/// Whether the profiles in the folders of a folder or archive are all of one name, so that they are runs of one program.
fn check_names(shown: &str, mut names: Vec<String>, advice: impl Fn(&str) -> String) -> Result<(), Failure> {
    names.sort();
    names.dedup();
    match &*names {
        [] => Err(Failure::Usage(anyhow!("{shown} holds no profile, nor do the folders in it"))),
        [_] => Ok(()),
        [first, ..] => Err(Failure::Usage(anyhow!(
            "the folders in {shown} hold several profiles ({}): {}",
            names.join(", "),
            advice(first)
        ))),
    }
}

/// What is in a folder, sorted by name, without what is hidden.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error| Failure::Input(anyhow::Error::new(error).context(shown_name(folder)));
    let is_hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?.path());
    }
    entries.retain(|path| !is_hidden(path));
    entries.sort();
    Ok(entries)
}

/// Whether a file is a profile by its first bytes. Texts are not taken for profiles unless they are named: many a table
/// looks like folded stacks.
fn is_profile(path: &Path) -> bool {
    let detected = path.is_file().then(|| FileBytes::open(path).ok()).flatten();
    let kind = detected.and_then(|bytes| detect(&bytes).ok()).map(|found| found.kind);
    kind.is_some_and(is_binary_profile)
}

const fn is_binary_profile(kind: FileKind) -> bool {
    matches!(kind, FileKind::Profile | FileKind::BinaryCpuProfile)
}
