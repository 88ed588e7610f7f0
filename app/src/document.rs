//! One loaded file: immutable, shared, named by an id. Whoever holds it can ask queries of it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use goscope_analysis::profile::info::profile_kind;
use goscope_parsers::pprof::{ParseOptions, Profile, parse_profile};
use goscope_parsers::{FileBytes, ParseError, Progress};
use serde::{Deserialize, Serialize};

use crate::samples;

/// Names a loaded document; a file that is loaded again gets a new one, so no answer about the old is mistaken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(u32);

impl DocumentId {
    fn next() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        Self(COUNTER.fetch_add(1, Ordering::Relaxed))
    }
}

/// Where a document comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    /// A file of the user.
    File(PathBuf),
    /// A sample inside the binary, by name.
    Sample(String),
}

impl Source {
    /// What the window calls it.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path
                .file_name()
                .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned()),
            Self::Sample(name) => name.clone(),
        }
    }

    /// Where it is, for a tooltip.
    pub fn place(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Sample(_) => "sample inside goscope".to_owned(),
        }
    }

    /// The folder a file is in.
    pub fn folder(&self) -> String {
        match self {
            Self::File(path) => {
                path.parent().map(Path::display).map(|folder| folder.to_string()).unwrap_or_default()
            }
            Self::Sample(_) => String::new(),
        }
    }
}

/// A loaded file.
#[derive(Debug)]
pub struct Document {
    /// Its name in queries.
    pub id: DocumentId,
    /// Where it comes from.
    pub source: Source,
    /// What was in it.
    pub kind: DocumentKind,
}

/// What can be in a file. Traces will be one more variant.
#[derive(Debug)]
pub enum DocumentKind {
    /// A pprof profile.
    Profile(Box<ProfileDocument>),
}

/// A profile with what every view needs to know about it.
#[derive(Debug)]
pub struct ProfileDocument {
    /// The tables.
    pub profile: Profile,
    /// Its sample types in order, as `(type, unit)`.
    pub sample_types: Vec<(String, String)>,
    /// The one to show first, as an index.
    pub default_sample_type: usize,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// What the parser says, or that there is no such sample.
    pub fn load(source: &Source, progress: &Progress) -> Result<Self, ParseError> {
        let options = ParseOptions { progress: Some(progress), ..ParseOptions::default() };
        let profile = match source {
            Source::File(path) => parse_profile(&FileBytes::open(path)?, &options)?,
            Source::Sample(name) => {
                let sample = samples::sample(name).ok_or(ParseError::Empty)?;
                parse_profile(sample.bytes, &options)?
            }
        };
        Ok(Self::from_profile(source.clone(), profile))
    }

    /// A document that holds a profile.
    pub fn from_profile(source: Source, profile: Profile) -> Self {
        let sample_types: Vec<(String, String)> = profile
            .sample_types
            .iter()
            .map(|column| (profile.text(column.kind).into_owned(), profile.text(column.unit).into_owned()))
            .collect();
        let wished = profile.text(profile.default_sample_type);
        let wished = sample_types.iter().position(|(kind, _)| !wished.is_empty() && *kind == wished);
        // pprof's rule: what the producer wishes, else the last type.
        let default_sample_type = wished.unwrap_or(sample_types.len().saturating_sub(1));
        let kind = ProfileDocument { profile, sample_types, default_sample_type };
        Self { id: DocumentId::next(), source, kind: DocumentKind::Profile(Box::new(kind)) }
    }

    /// The profile in it, if it holds one.
    pub fn profile(&self) -> Option<&ProfileDocument> {
        let DocumentKind::Profile(profile) = &self.kind;
        Some(profile)
    }
}

impl ProfileDocument {
    /// Index of the sample type with this name, else of the default.
    pub fn sample_type_index(&self, name: Option<&str>) -> usize {
        name.and_then(|name| self.sample_types.iter().position(|(kind, _)| kind == name))
            .unwrap_or(self.default_sample_type)
    }

    /// What kind of profile this is, as far as its sample types tell.
    pub fn title(&self) -> &'static str {
        profile_kind(&self.profile).title()
    }
}
