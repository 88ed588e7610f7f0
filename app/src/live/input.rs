//! Names of programs that a debugger holds.

use std::path::{Path, PathBuf};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveInput {
    /// `dlv:HOST:PORT`: a debugger that listens there. `dlv:HOST:PORT@FILE:LINE` is the goroutine that reaches this line
    /// next.
    Server {
        /// `HOST:PORT`.
        place: String,
        /// A line or function that is waited for; `None` for all goroutines.
        breakpoint: Option<String>,
    },
    /// `core:EXE:CORE`: a core file with the program that wrote it.
    Core {
        /// The program.
        executable: PathBuf,
        /// The core file.
        core: PathBuf,
    },
}

impl LiveInput {
    /// What a name stands for; `None` for files and addresses, also if there is a file of this name.
    ///
    /// # Errors
    /// A sentence, if it begins as such a name does and is none.
    pub fn of(name: &Path) -> Option<Result<Self, String>> {
        let text = name.to_str()?;
        let (scheme, rest) = text.split_once(':').filter(|(scheme, _)| matches!(*scheme, "dlv" | "core"))?;
        // A host may be called so: `core:6060/debug/pprof/goroutine`.
        let begins_with_port = rest.starts_with(|char: char| char.is_ascii_digit());
        let is_address = begins_with_port && !rest.contains(':') && (scheme == "core" || rest.contains('/'));
        if is_address || std::fs::symlink_metadata(name).is_ok() {
            return None;
        }
        Some(if scheme == "dlv" { server(rest) } else { core(rest) })
    }
}

impl LiveInput {
    /// The line or function that a name waits for.
    pub fn breakpoint(&self) -> Option<&str> {
        match self {
            Self::Server { breakpoint, .. } => breakpoint.as_deref(),
            Self::Core { .. } => None,
        }
    }
}

/// The name of the goroutine that reaches a line or function next; `debugger` is a name without one, `dlv:HOST:PORT`.
pub fn breakpoint_name(debugger: &str, location: &str) -> String {
    format!("{debugger}@{location}")
}

/// A name without the line that it waits for, and that line. Says nothing about names of files.
pub fn split_breakpoint(name: &str) -> (&str, Option<&str>) {
    match name.split_once('@') {
        Some((debugger, location)) if debugger.starts_with("dlv:") => (debugger, Some(location)),
        _ => (name, None),
    }
}

fn server(rest: &str) -> Result<LiveInput, String> {
    let (place, breakpoint) = match rest.split_once('@') {
        Some((_, location)) if location.trim().is_empty() => {
            return Err(format!(
                "dlv:{rest}: no place for a breakpoint; give dlv:HOST:PORT@FILE:LINE or @FUNCTION"
            ));
        }
        Some((place, location)) => (place, Some(location.trim().to_owned())),
        None => (rest, None),
    };
    // `dlv://` is how some write it.
    let place = place.strip_prefix("//").unwrap_or(place).trim_end_matches('/');
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port != 0);
    // `:4000`, as dlv itself writes a port of this machine.
    let whole = match place.rsplit_once(':') {
        Some((host, port)) if is_port(port) => {
            if host.is_empty() {
                format!("localhost:{port}")
            } else {
                place.to_owned()
            }
        }
        _ if is_port(place) => format!("localhost:{place}"),
        _ => {
            return Err(format!(
                "dlv:{place}: no address; give dlv:HOST:PORT, the address of `dlv --headless --listen=HOST:PORT`"
            ));
        }
    };
    Ok(LiveInput::Server { place: whole, breakpoint })
}

fn core(rest: &str) -> Result<LiveInput, String> {
    let splits: Vec<(&str, &str)> =
        rest.match_indices(':').map(|(at, _)| (&rest[..at], &rest[at + 1..])).collect();
    // Names may have colons themselves: then the files tell where one ends.
    let both_are_files =
        |(executable, core): &&(&str, &str)| Path::new(executable).is_file() && Path::new(core).is_file();
    let split = splits.iter().find(both_are_files).or_else(|| splits.last());
    match split {
        Some(&(executable, core)) if !executable.is_empty() && !core.is_empty() => {
            let missing = [executable, core].into_iter().find(|file| !Path::new(file).is_file());
            match missing {
                Some(file) => {
                    Err(format!("core:{rest}: there is no file {file}; give core:PROGRAM:COREFILE"))
                }
                None => Ok(LiveInput::Core { executable: executable.into(), core: core.into() }),
            }
        }
        _ => Err(format!(
            "core:{rest}: give core:PROGRAM:COREFILE, the program and the core file that it left"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str) -> String {
        match LiveInput::of(Path::new(name)) {
            None => "none".to_owned(),
            Some(Ok(LiveInput::Server { place, breakpoint })) => match breakpoint {
                Some(location) => format!("{place} at {location}"),
                None => place,
            },
            Some(Ok(LiveInput::Core { executable, core })) => {
                format!("{} {}", executable.display(), core.display())
            }
            Some(Err(sentence)) => sentence,
        }
    }

    #[test]
    fn names_of_debuggers() {
        let names = [
            "dlv:localhost:4000",
            "dlv:[::1]:4000",
            "dlv::4000",
            "dlv:4000",
            "dlv://h:1",
            "dlv:h",
            "dlv:h:0",
            "dlv:4000@/src/a@v1.2/main.go:12",
            "dlv:h:1@main.f",
            "dlv:h:1@ ",
        ];
        insta::assert_snapshot!(names.map(shown).join("\n"), @r"
        localhost:4000
        [::1]:4000
        localhost:4000
        localhost:4000
        h:1
        dlv:h: no address; give dlv:HOST:PORT, the address of `dlv --headless --listen=HOST:PORT`
        dlv:h:0: no address; give dlv:HOST:PORT, the address of `dlv --headless --listen=HOST:PORT`
        localhost:4000 at /src/a@v1.2/main.go:12
        h:1 at main.f
        dlv:h:1@ : no place for a breakpoint; give dlv:HOST:PORT@FILE:LINE or @FUNCTION
        ");
        let others =
            ["dump.txt", "localhost:6060", "dlv", "dlv:6060/debug/pprof/", "core:6060", "http://dlv:4000"];
        assert_eq!(others.map(shown), ["none"; 6]);
    }

    #[test]
    fn names_of_core_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let [executable, core] = ["a:b", "core.1"].map(|name| folder.path().join(name).display().to_string());
        std::fs::write(&executable, "").expect("written");
        let missing = shown(&format!("core:{executable}:{core}"));
        assert!(
            missing.ends_with(&format!("there is no file {core}; give core:PROGRAM:COREFILE")),
            "{missing}"
        );
        std::fs::write(&core, "").expect("written");
        assert_eq!(shown(&format!("core:{executable}:{core}")), format!("{executable} {core}"));
        assert_eq!(
            shown("core:x"),
            "core:x: give core:PROGRAM:COREFILE, the program and the core file that it left"
        );
    }
}
