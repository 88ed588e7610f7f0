//! Coverage and what belongs to it, read for both faces: text profiles, folders of `GOCOVERDIR`, and the source of the files
//! that they name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use goscope_analysis::coverage::{GoSource, SourceFile, Sources};
use goscope_parsers::coverage::{CounterSums, CoverageProfile, read_counters, read_meta, read_text_profile};
use goscope_parsers::{FileBytes, TextOptions, detect};

use crate::input_bytes::{Wishes, open_input, shown_name};
use crate::notice::Notice;
use crate::source::GoPackages;

/// Source above this size is not read.
const MAX_SOURCE_BYTES: u64 = 64 << 20;

/// Coverage that was read, and what is odd about it, a sentence each.
#[derive(Debug, Default)]
pub struct ReadCoverage {
    /// All files together.
    pub profile: CoverageProfile,
    /// What is odd.
    pub warnings: Vec<String>,
}

/// Reads files, standard input (`-`), addresses and folders, and adds them up. `tell` gets what somebody who waits
/// wants to read.
///
/// # Errors
/// One sentence: which file, what is wrong.
pub fn read_coverage(
    paths: &[PathBuf],
    max_inflated_bytes: u64,
    tell: impl Fn(Notice<'_>) + Copy,
) -> anyhow::Result<ReadCoverage> {
    let mut read = ReadCoverage::default();
    for path in paths {
        let name = shown_name(path);
        let profile = if path.is_dir() {
            read_folder(path, &mut read.warnings)?
        } else {
            let bytes = open_input(path, &Wishes::default(), tell).with_context(|| name.clone())?;
            let read = read_file(&bytes, max_inflated_bytes);
            bytes.check_whole().map_err(Into::into).and(read).with_context(|| name.clone())?
        };
        read.profile.merge(profile).with_context(|| name)?;
    }
    Ok(read)
}

fn read_file(bytes: &FileBytes, max_inflated_bytes: u64) -> anyhow::Result<CoverageProfile> {
    let options = TextOptions { max_inflated_bytes, progress: None };
    // `go test` of no package writes an empty file.
    read_text_profile(bytes, &options).map_err(|error| match detect(bytes) {
        Ok(found) if found.kind.name() != "go test -coverprofile output" => {
            anyhow!("expected a coverage profile, found: {}", found.kind.name())
        }
        _ => error.into(),
    })
}

/// The files of a folder that `GOCOVERDIR` named.
fn read_folder(folder: &Path, warnings: &mut Vec<String>) -> anyhow::Result<CoverageProfile> {
    let shown = folder.display();
    let entries = fs::read_dir(folder).with_context(|| format!("{shown} cannot be listed"))?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()
        .with_context(|| shown.to_string())?;
    paths.sort();
    let named = |prefix: &str| {
        let is_named =
            |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix));
        paths.iter().filter(is_named).collect::<Vec<_>>()
    };
    let (metas, runs) = (named("covmeta."), named("covcounters."));
    if metas.is_empty() {
        bail!(
            "{shown} has no covmeta files; name a folder that GOCOVERDIR named, or the file of go test -coverprofile"
        );
    }
    let mut programs = Vec::new();
    for path in metas {
        let name = path.display().to_string();
        let bytes = FileBytes::open(path).with_context(|| name.clone())?;
        let meta = read_meta(&bytes);
        programs.push(CounterSums::new(bytes.check_whole().and(meta).with_context(|| name)?));
    }
    for path in runs {
        let name = path.display();
        // A program that was killed leaves half a file: the other runs still count.
        let counters = FileBytes::open(path).and_then(|bytes| {
            let counters = read_counters(&bytes);
            bytes.check_whole().and(counters)
        });
        let Ok(counters) =
            counters.inspect_err(|error| warnings.push(format!("{name} is left out: {error}")))
        else {
            continue;
        };
        let program = programs.iter_mut().find(|program| program.hash() == counters.meta_hash);
        match program {
            Some(program) => program.add(&counters),
            None => warnings.push(format!("{name} is left out: the covmeta file of its program is missing")),
        }
    }
    let mut profile = CoverageProfile::default();
    for program in programs {
        if program.n_unknown() > 0 {
            let n_unknown = program.n_unknown();
            warnings.push(format!("{shown}: {n_unknown} counters are of functions that no covmeta file has"));
        }
        let of_program = program.into_profile().with_context(|| shown.to_string())?;
        profile.merge(of_program).with_context(|| shown.to_string())?;
    }
    Ok(profile)
}

/// Where the source of a profile is.
#[derive(Debug, Default)]
pub struct FoundSources {
    /// What is known of each file of the profile.
    pub sources: Sources,
    /// Where it is, if it was found.
    pub paths: BTreeMap<String, PathBuf>,
    /// Files without source, and why.
    pub missing: BTreeMap<String, String>,
}

impl FoundSources {
    /// Looks for the files of a profile, as seen from the first of some folders, each inside a module, that knows them.
    pub fn of(profile: &CoverageProfile, folders: &[impl AsRef<Path>]) -> Self {
        let packages: Vec<GoPackages> =
            folders.iter().map(|folder| GoPackages::of_folder(folder.as_ref())).collect();
        let mut found = Self::default();
        for file in &profile.files {
            let known = found.read_from_first(&file.name, &packages);
            found.sources.insert(file.name.clone(), known);
        }
        found
    }

    fn read_from_first(&mut self, name: &str, packages: &[GoPackages]) -> SourceFile {
        let mut missing: Option<(String, String)> = None;
        for packages in packages {
            match self.read(name, packages) {
                Ok(known) => return known,
                // What the first one says, but a module that is known by another.
                Err((module, why)) => match &mut missing {
                    Some((known, _)) if known.is_empty() => *known = module,
                    Some(_) => {}
                    None => missing = Some((module, why)),
                },
            }
        }
        let (module, why) = missing.unwrap_or_default();
        self.missing.insert(name.to_owned(), why);
        SourceFile { module, source: None }
    }

    /// A file; or the module that it is in, and why it cannot be read.
    fn read(&mut self, name: &str, packages: &GoPackages) -> Result<SourceFile, (String, String)> {
        let not_there = || {
            let why = format!(
                "{name}: there is no source; run goscope inside the module, or name its folder with -C"
            );
            (packages.module_of(name), why)
        };
        let place = packages.find(name).ok_or_else(not_there)?;
        let module = place.module;
        let shown = place.path.display();
        let is_go = Path::new(name).extension().is_some_and(|extension| extension == "go");
        if !is_go {
            return Err((
                module,
                format!("{name}: no Go source, named by a //line directive; its functions are not known"),
            ));
        }
        let text = read_source(&place.path).map_err(|error| (module.clone(), format!("{shown}: {error}")))?;
        let source = GoSource::new(&text, name);
        if source.is_unbalanced {
            return Err((module, format!("{shown}: the brackets do not match; is this Go source?")));
        }
        self.paths.insert(name.to_owned(), place.path);
        Ok(SourceFile { module, source: Some(source) })
    }

    /// The text of a file, for those who show it.
    pub fn text(&self, name: &str) -> Option<String> {
        let text = read_source(self.paths.get(name)?).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    }
}

/// Reads a source file.
///
/// # Errors
/// What the system says, or that it is too large.
pub fn read_source(path: &Path) -> std::io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > MAX_SOURCE_BYTES {
        return Err(std::io::Error::other("larger than any source file"));
    }
    fs::read(path)
}
