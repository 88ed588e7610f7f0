//! What somebody asks of one running program, in the few words of a dialog.

use std::path::PathBuf;

use goscope_remote::{Credentials, Manner, ProxyChoice, Target, Trust, USUAL_BASE};
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::once::Request;
use super::plan::Wanted;
use super::take::Rules;
use crate::bundle::MAX_BUNDLE_BYTES;

/// The most bytes of one answer: 1 GiB, as on the command line.
const MAX_BYTES: u64 = 1 << 30;

/// What is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum What {
    /// All that overlaps in time: CPU profile and trace, heap, goroutines and locks before and after.
    #[default]
    Bundle,
    /// Where CPU time goes.
    Cpu,
    /// What is in use, and what was allocated.
    Heap,
    /// Where goroutines are.
    Goroutines,
    /// All that happens, for a few seconds.
    Trace,
    /// Who waits for locks.
    Mutex,
}

impl What {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::Bundle, Self::Cpu, Self::Heap, Self::Goroutines, Self::Trace, Self::Mutex];

    /// Its name on the window.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Bundle => "everything",
            Self::Cpu => "CPU",
            Self::Heap => "heap",
            Self::Goroutines => "goroutines",
            Self::Trace => "trace",
            Self::Mutex => "locks",
        }
    }

    /// Whether the server measures for some time.
    pub const fn takes_time(self) -> bool {
        matches!(self, Self::Bundle | Self::Cpu | Self::Trace)
    }

    fn kinds(self) -> Vec<Kind> {
        match self {
            Self::Bundle => Vec::new(),
            Self::Cpu => vec![Kind::Cpu],
            Self::Heap => vec![Kind::Heap],
            Self::Goroutines => vec![Kind::Goroutine],
            Self::Trace => vec![Kind::Trace],
            Self::Mutex => vec![Kind::Mutex],
        }
    }

    /// What takes a kind of profile again, by its name; `None` if nothing here does.
    pub fn of_kind(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.kinds().iter().any(|it| it.name() == kind))
    }
}

/// What is asked of a program, and where files go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// `HOST:PORT`, `http[s]://…`, `unix:PATH`; or an address that says exactly what to take.
    pub target: String,
    /// What is taken; nothing else counts for an exact address.
    pub what: What,
    /// How long the server measures, in s.
    pub seconds: u32,
    /// The folder for files.
    pub folder: PathBuf,
}

impl Wish {
    /// The same as a request.
    ///
    /// # Errors
    /// A sentence: the target is none.
    pub fn request(&self) -> Result<Request, String> {
        let target = Target::parse(self.target.trim(), USUAL_BASE)?;
        let kinds =
            if target.is_exact() { vec![Kind::of_exact(target.address())] } else { self.what.kinds() };
        let seconds = self.seconds.clamp(1, 3600);
        let wanted = Wanted {
            kinds,
            seconds,
            // Of everything, a trace is a part: as long as on the command line.
            trace_seconds: f64::from(if self.what == What::Trace { seconds } else { seconds.min(5) }),
            is_delta: false,
            collects: false,
            has_command_line: true,
        };
        // The separator says that it is a folder, also before it is there.
        let folder = format!("{}{}", self.folder.display(), std::path::MAIN_SEPARATOR);
        Ok(Request {
            programs: vec![(target, wanted)],
            seconds: None,
            output: Some(folder.into()),
            is_side_by_side: true,
        })
    }

    /// The target without what may be secret, to be shown and remembered.
    pub fn place(&self) -> String {
        let text = self.target.trim();
        let is_harmless = !text.contains(['@', '?', '#']);
        match Target::parse(text, USUAL_BASE) {
            Ok(_) if is_harmless => text.to_owned(),
            Ok(target) if target.socket().is_some() => target.place(),
            Ok(target) => target.address().without_secrets().to_string(),
            // Of what is no address, what is before an @ may be a password all the same, and a parameter a token.
            Err(_) => {
                let text = text.rsplit('@').next().unwrap_or_default();
                text.split(['?', '#']).next().unwrap_or_default().to_owned()
            }
        }
    }
}

/// How the window asks: without credentials, trusting what the system trusts, through the proxy of the environment.
pub fn usual_rules() -> Rules {
    let manner = Manner {
        credentials: Credentials::default(),
        may_send_in_plain: false,
        trust: Trust::default(),
        is_insecure: false,
        proxy: ProxyChoice::Environment,
        may_be_page: false,
        user_agent: format!("goscope/{}", env!("CARGO_PKG_VERSION")),
    };
    Rules { manner, max_bytes: MAX_BYTES.min(MAX_BUNDLE_BYTES), timeout: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(target: &str, what: What) -> Wish {
        Wish { target: target.to_owned(), what, seconds: 10, folder: "captures".into() }
    }

    #[test]
    fn a_wish_is_a_request_for_one_program() {
        let request = wish(" localhost:6060 ", What::Trace).request().expect("a request");
        let [(target, wanted)] = request.programs.as_slice() else { panic!("{request:?}") };
        assert_eq!((target.place().as_str(), wanted.trace_seconds), ("localhost:6060", 10.0));
        assert_eq!(wanted.kinds, [Kind::Trace]);
        let exact = wish("http://h:1/debug/pprof/heap", What::Cpu).request().expect("a request");
        assert_eq!(exact.programs[0].1.kinds, [Kind::Heap]);
        assert!(wish("", What::Cpu).request().is_err());
        assert_eq!(What::of_kind("goroutine"), Some(What::Goroutines));
        assert_eq!(What::of_kind("dump"), None);
    }

    #[test]
    fn nothing_secret_is_remembered() {
        for (target, place) in [
            (" h:1", "h:1"),
            ("h:1/admin/pprof/", "h:1/admin/pprof/"),
            ("https://h:1", "https://h:1"),
            ("https://me:pw@h:1/debug/pprof/heap?token=x&gc=1", "https://h:1/debug/pprof/heap?gc=1"),
            ("me:pw@h:1", "http://h:1/debug/pprof"),
            ("h:1/x?token=t0ken", "http://h:1/x"),
            ("unix:/run/x.sock:/admin/pprof", "unix:/run/x.sock:/admin/pprof"),
            ("unix:/run/x.sock:/x?token=t0ken", "unix:/run/x.sock"),
            ("ftp://me:pw@h/x?token=t0ken", "h/x"),
            ("", ""),
        ] {
            assert_eq!(wish(target, What::Heap).place(), place, "{target}");
        }
    }
}
