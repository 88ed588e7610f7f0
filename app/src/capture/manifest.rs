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
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    merged: &'a [String],
}

impl<'a> Manifest<'a> {
    /// Of what was taken of some programs, and the names of the entries that are merged of theirs.
    pub fn new(started: &'a str, hosts: &'a [Taken], merged: &'a [String]) -> Self {
        let tool = format!("goscope {}", env!("CARGO_PKG_VERSION"));
        Self { format: FORMAT, tool, started, hosts, merged }
    }
}

/// What is read: the part that is shown.
#[derive(Debug, Deserialize)]
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
}

/// A program in a manifest.
#[derive(Debug, Deserialize)]
pub struct ReadHost {
    /// `HOST:PORT`.
    #[serde(default)]
    pub host: String,
    /// Its files.
    #[serde(default)]
    pub members: Vec<ReadMember>,
    /// What failed.
    #[serde(default)]
    pub failed: Vec<ReadFailed>,
    /// What to know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A file in a manifest.
#[derive(Debug, Deserialize)]
pub struct ReadMember {
    /// Its entry.
    pub file: String,
    /// When it was asked for, and when it had come.
    #[serde(default)]
    pub started: String,
    /// When it had come.
    #[serde(default)]
    pub ended: String,
}

/// A failure in a manifest.
#[derive(Debug, Deserialize)]
pub struct ReadFailed {
    /// The file that it would have been.
    pub file: String,
    /// Why not.
    pub reason: String,
}
