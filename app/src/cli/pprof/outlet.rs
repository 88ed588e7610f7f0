//! Where a report goes: standard output, the file of `-output`, a file that is opened, or, for a report that is not
//! text, a new file in this directory.

use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use anyhow::anyhow;

use super::commands::{Command, Format};
use super::settings::{Mode, Settings};
use crate::cli::failure::{Failure, say};
use crate::cli::output::OutputArgs;

/// The target of a report.
pub(super) struct Outlet {
    /// `None` for standard output.
    file: Option<PathBuf>,
    /// The format that Graphviz draws it in.
    picture: Option<&'static str>,
    /// Whether to open the file in a browser.
    is_opened: bool,
    /// Whether the file was created here, and is removed if the report fails.
    is_new: bool,
}

impl Outlet {
    /// The target of this report with these settings.
    pub(super) fn of(command: &Command, settings: &Settings, mode: Mode) -> Result<Self, Failure> {
        let picture = match command.format {
            Format::Picture(format) => Some(format),
            _ => None,
        };
        if !settings.output.is_empty() {
            announce(&settings.output);
            return Ok(Self {
                file: Some(PathBuf::from(&settings.output)),
                picture,
                is_opened: false,
                is_new: false,
            });
        }
        let is_for_people = mode == Mode::Prompt || io::stdout().is_terminal();
        if command.format == Format::Weblist && is_for_people {
            let file = new_file(&std::env::temp_dir(), "pprof", "html")?;
            return Ok(Self { file: Some(file), picture, is_opened: true, is_new: true });
        }
        let file = match command.file_extension() {
            Some(extension) if is_for_people => {
                let file = new_file(Path::new(""), "profile", extension)?;
                announce(&file.display().to_string());
                Some(file)
            }
            _ => None,
        };
        Ok(Self { is_new: file.is_some(), file, picture, is_opened: false })
    }

    /// Calls `write` to produce the report.
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let written = self.fill(write);
        if let (Err(_), true, Some(file)) = (&written, self.is_new, &self.file) {
            // The error of the report is enough; that the empty file stays is not worth another one.
            let _ = fs::remove_file(file);
        }
        written
    }

    fn fill(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let target = OutputArgs { output: self.file.clone() };
        let Some(format) = self.picture else {
            target.write(write)?;
            if let (Some(file), true) = (&self.file, self.is_opened) {
                open_in_browser(file)?;
            }
            return Ok(());
        };
        let mut graph = Vec::new();
        write(&mut graph).map_err(|error| Failure::from_write(error, "the graph"))?;
        let picture = drawn(format, &graph)?;
        target.write(|out| out.write_all(&picture))
    }
}

/// The graph drawn by Graphviz.
fn drawn(format: &str, graph: &[u8]) -> Result<Vec<u8>, Failure> {
    let missing = || {
        Failure::Usage(anyhow!(
            "{format} is drawn by Graphviz, whose `dot` is not on the PATH; svg draws a flame graph without it, and \
             dot writes the graph as text"
        ))
    };
    let failed = |error: io::Error| Failure::Usage(anyhow::Error::new(error).context("Graphviz' dot"));
    let mut process = Process::new("dot")
        .arg(format!("-T{format}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| if error.kind() == io::ErrorKind::NotFound { missing() } else { failed(error) })?;
    let input = process.stdin.take();
    let output = std::thread::scope(|scope| {
        // On a thread of its own: `dot` may write before it has read all of the graph.
        scope.spawn(move || input.map(|mut input| input.write_all(graph)));
        process.wait_with_output()
    })
    .map_err(failed)?;
    if !output.status.success() {
        return Err(Failure::Usage(anyhow!("Graphviz' dot could not draw the graph ({})", output.status)));
    }
    Ok(output.stdout)
}

/// Creates a new file: `profile001.pb.gz`, `profile002.pb.gz`, …
pub(super) fn new_file(directory: &Path, prefix: &str, extension: &str) -> Result<PathBuf, Failure> {
    for number in 1..10_000 {
        let path = directory.join(format!("{prefix}{number:03}.{extension}"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Failure::from_write(error, &path.display().to_string())),
        }
    }
    Err(Failure::Usage(anyhow!("there are 9999 files {prefix}NNN.{extension} already: remove some")))
}

fn announce(file: &str) {
    say(&format!("Generating report in {file}"));
}

/// Opens a file in the user's browser: `$BROWSER`, else the system's own.
fn open_in_browser(file: &Path) -> Result<(), Failure> {
    let own = std::env::var_os("BROWSER").into_iter();
    let usual: &[&str] = if cfg!(target_os = "macos") {
        &["open"]
    } else if cfg!(windows) {
        &["explorer"]
    } else {
        &["xdg-open", "sensible-browser", "firefox", "chromium", "google-chrome"]
    };
    for browser in own.chain(usual.iter().map(|name| (*name).into())) {
        if Process::new(browser).arg(file).stdout(Stdio::null()).spawn().is_ok() {
            return Ok(());
        }
    }
    let place = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    Err(Failure::Usage(anyhow!("no browser found; the page is in {}", place.display())))
}
