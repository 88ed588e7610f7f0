//! What a bundle says of itself: its first entry.

use serde::{Deserialize, Serialize};

use super::take::Taken;
use crate::bundle::FORMAT;

/// What is written.
#[derive(Debug, Serialize)]
pub struct Manifest<'a> {
    format: &'static str,
    tool: String,
    started: &'a str,
    hosts: &'a [Taken],
    #[serde(skip_serializing_if = "<[Merged]>::is_empty")]
    merged: &'a [Merged],
}

/// The sum of several programs, an entry.
#[derive(Debug, Serialize)]
pub struct Merged {
    /// Its name.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl<'a> Manifest<'a> {
    /// Of what was taken of some programs, and the sums of it.
    pub fn new(started: &'a str, hosts: &'a [Taken], merged: &'a [Merged]) -> Self {
        let tool = format!("goscope {}", env!("CARGO_PKG_VERSION"));
        Self { format: FORMAT, tool, started, hosts, merged }
    }
}

/// What is read: the part that is shown.
#[derive(Debug, Default, Deserialize)]
pub struct ReadManifest {
    /// What wrote it.
    #[serde(default)]
    pub tool: String,
    /// When it was begun.
    #[serde(default)]
    pub started: String,
    /// What was taken, by program.
    #[serde(default)]
    pub hosts: Vec<ReadHost>,
    /// Sums of several programs.
    #[serde(default)]
    pub merged: Vec<ReadMember>,
}

/// A program in a manifest.
#[derive(Debug, Default, Deserialize)]
pub struct ReadHost {
    /// `HOST:PORT`.
    #[serde(default)]
    pub host: String,
    /// Its files.
    #[serde(default)]
    pub members: Vec<ReadMember>,
    /// How far its clock was ahead, in ms.
    #[serde(default)]
    pub clock_offset_ms: Option<i64>,
    /// By how much that may be wrong, in ms.
    #[serde(default)]
    pub clock_offset_error_ms: Option<i64>,
    /// What failed.
    #[serde(default)]
    pub failed: Vec<ReadFailed>,
    /// What to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A file in a manifest.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ReadMember {
    /// Its entry.
    pub file: String,
    /// When it was asked for, and when it had come.
    #[serde(default)]
    pub started: String,
    /// When it had come.
    #[serde(default)]
    pub ended: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    #[serde(default)]
    pub sha256: String,
}

/// A failure in a manifest.
#[derive(Debug, Deserialize)]
pub struct ReadFailed {
    /// The file that it would have been.
    pub file: String,
    /// Why not.
    pub reason: String,
}
