//! What every report of coverage reads: files, which of them count, and where their source is.

use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;

use anyhow::anyhow;
use clap::ValueEnum;
use goscope_analysis::coverage::CoverageTree;
use goscope_parsers::coverage::CoverageProfile;

use crate::cli::failure::{Failure, tell, warn};
use crate::cli::input::InputArgs;
use crate::coverage_input::{ReadCoverage, read_coverage};
use crate::document::{Document, Source};
use crate::query::testing::coverage::{Coverage, CoverageQuery};
use crate::query::{Documents, answer};

/// Files without source that are named one by one.
const MOST_NAMED: usize = 5;

/// Files, and which of them count.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = None)]
pub(crate) struct CoverInput {
    /// Coverage profiles and folders of GOCOVERDIR; several are added up
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) scope: Scope,
}

/// Which files count, and where they are.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = None)]
pub(crate) struct Scope {
    /// Leave out files whose name in the profile matches; `*` also matches `/`
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<glob::Pattern>,
    /// Whether files that say `// Code generated … DO NOT EDIT.` count
    #[arg(long, value_enum, value_name = "HOW")]
    generated: Option<Generated>,
    /// Look for the source from this folder, which is inside the module (default: the current one)
    #[arg(short = 'C', value_name = "FOLDER", default_value = ".")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    input: InputArgs,
}

/// Whether generated files count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Generated {
    /// Count them
    Keep,
    /// Leave them out
    Drop,
}

/// Coverage, and what is known of its source: the answer that the window shows as well.
pub(crate) struct Loaded(Coverage);

impl std::ops::Deref for Loaded {
    type Target = Coverage;

    fn deref(&self) -> &Coverage {
        &self.0
    }
}

impl CoverInput {
    /// Reads the files and finds their source. What is odd about the files goes to standard error.
    pub(crate) fn load(&self, usual: Generated) -> Result<Loaded, Failure> {
        self.scope.load(&self.files, usual)
    }
}

impl Scope {
    /// All files, as seen from a folder.
    pub(crate) fn of_folder(folder: &Path, input: &InputArgs) -> Self {
        Self { exclude: Vec::new(), generated: None, folder: folder.to_owned(), input: input.clone() }
    }

    pub(crate) fn load(&self, files: &[PathBuf], usual: Generated) -> Result<Loaded, Failure> {
        let source = Source::File(files.first().cloned().unwrap_or_default());
        let document = Arc::new(Document::from_coverage(source, self.read(files)?.into()));
        let question = CoverageQuery {
            folders: Some(vec![self.folder.clone()]),
            exclude: self.exclude.clone(),
            drops_generated: self.drops_generated(usual),
        };
        Ok(Loaded(answer(&question, Documents::of_tab(slice::from_ref(&document)))?))
    }

    /// Reads the files; their source is not looked for.
    pub(crate) fn load_profile(&self, files: &[PathBuf]) -> Result<CoverageProfile, Failure> {
        let mut profile = self.read(files)?.profile;
        profile.files.retain(|file| !self.excludes(&file.name));
        Ok(profile)
    }

    fn read(&self, files: &[PathBuf]) -> Result<ReadCoverage, Failure> {
        if !self.folder.is_dir() {
            return Err(Failure::Usage(anyhow!("-C {}: there is no such folder", self.folder.display())));
        }
        let read = read_coverage(files, self.input.max_inflated_bytes, tell).map_err(Failure::Input)?;
        warn(&read.warnings);
        Ok(read)
    }

    /// Whether a file is left out by its name.
    pub(crate) fn excludes(&self, name: &str) -> bool {
        self.exclude.iter().any(|pattern| pattern.matches(name))
    }

    /// Whether generated files are left out.
    pub(crate) fn drops_generated(&self, usual: Generated) -> bool {
        self.generated.unwrap_or(usual) == Generated::Drop
    }
}

impl Loaded {
    /// The tree; files without source are named on standard error.
    pub(crate) fn tree(&self) -> CoverageTree {
        let missing: Vec<&String> = (self.found.missing.iter())
            .filter(|(name, _)| self.profile.files.iter().any(|file| file.name == **name))
            .map(|(_, why)| why)
            .collect();
        let mut warnings: Vec<String> = missing.iter().take(MOST_NAMED).map(|why| (*why).clone()).collect();
        if missing.len() > MOST_NAMED {
            warnings.push(format!("{} more files have no source", missing.len() - MOST_NAMED));
        }
        warn(&warnings);
        self.0.tree()
    }
}

/// The folder of the repository that a folder is in, or the folder itself.
pub(crate) fn repository_above(folder: &Path) -> PathBuf {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    folder.ancestors().find(|above| above.join(".git").exists()).unwrap_or(&folder).to_owned()
}
