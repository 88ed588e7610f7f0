//! Which program is captured from, as it is written on a command line.

use std::path::PathBuf;

use crate::address::Address;

/// Where `net/http/pprof` puts its handlers.
pub const USUAL_BASE: &str = "/debug/pprof";

/// The name that requests over a socket of the machine carry: Go's server wants one.
const SOCKET_HOST: &str = "localhost";

/// A program with pprof in it: over the network, or over a Unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its base, such as `http://localhost:6060/debug/pprof`; or exactly what was asked for.
    address: Address,
    socket: Option<PathBuf>,
    is_exact: bool,
    /// What it is called, if not by its address.
    name: Option<String>,
}

impl Target {
    /// Reads `[http[s]://]HOST:PORT[/PATH]` or `unix:PATH[:/PATH]`. Without a path, or with one that ends in `/pprof` or
    /// in a slash, it is where profiles are looked for; any other is exactly what is asked for.
    ///
    /// # Errors
    /// A sentence that names what was given.
    pub fn parse(text: &str, base: &str) -> Result<Self, String> {
        let base = base.trim_end_matches('/');
        let unknown = || {
            format!(
                "{}: no address; give HOST:PORT, http://HOST:PORT/PATH, https://… or unix:/PATH/OF/SOCKET",
                shown(text)
            )
        };
        let (address, socket) = match text.strip_prefix("unix:") {
            Some(rest) => {
                let (socket, path) = rest.split_once(":/").unwrap_or((rest, ""));
                if socket.is_empty() {
                    return Err(unknown());
                }
                let url = format!("http://{SOCKET_HOST}/{path}");
                (Address::parse_at(&url, base).ok_or_else(unknown)?, Some(PathBuf::from(socket)))
            }
            None => (Address::parse_at(text, base).ok_or_else(unknown)?, None),
        };
        if cfg!(not(unix)) && socket.is_some() {
            return Err(format!("{text}: Unix sockets can be reached on Unix only"));
        }
        let path = address.path().to_owned();
        let is_base = path == base || path.ends_with('/') || path.ends_with("/pprof");
        let address = if is_base { address.with_target(path.trim_end_matches('/'), &[]) } else { address };
        Ok(Self { address, socket, is_exact: !is_base, name: None })
    }

    /// Exactly what an address asks for.
    pub(crate) fn exactly(address: &Address) -> Self {
        Self { address: address.clone(), socket: None, is_exact: true, name: None }
    }

    /// The same, where exactly what is asked for is asked to measure so many seconds.
    #[must_use]
    pub fn with_seconds(&self, seconds: u32) -> Self {
        Self { address: self.address.clone().with_seconds(seconds), ..self.clone() }
    }

    /// The same under another name: of what is reached over a forwarded port, that port says nothing.
    #[must_use]
    pub fn called(&self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self.clone() }
    }

    /// Whether it says exactly what is asked for.
    pub fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Its base, or exactly what is asked for.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The socket it is reached over.
    pub fn socket(&self) -> Option<&std::path::Path> {
        self.socket.as_deref()
    }

    /// One request below the base; with an empty name, its index. It keeps exactly what was asked for.
    pub fn request(&self, name: &str, parameters: &[(&str, &str)]) -> Address {
        if self.is_exact {
            return self.address.clone();
        }
        self.address.with_target(&format!("{}/{name}", self.address.path()), parameters)
    }

    /// `HOST:PORT`, the path of the socket, or its name: what messages say.
    pub fn place(&self) -> String {
        match (&self.name, &self.socket) {
            (Some(name), _) => name.clone(),
            (None, Some(socket)) => format!("unix:{}", socket.display()),
            (None, None) => self.address.authority().to_owned(),
        }
    }

    /// The place as the name of a file or folder: `127.0.0.1_6060`, `unix_run_app.sock`.
    pub fn file_name(&self) -> String {
        let is_safe = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-');
        let safe: String =
            self.place().chars().map(|char| if is_safe(char) { char } else { '_' }).take(100).collect();
        let words: Vec<&str> = safe.split('_').filter(|word| !word.is_empty()).collect();
        // No name of a folder begins with a dot, and none is only dots.
        let name = words.join("_");
        match name.trim_start_matches(['.', '-']) {
            "" => "host".to_owned(),
            name => name.to_owned(),
        }
    }
}

/// What was given, as far as it may be shown: what stands before an `@` may be a password.
fn shown(text: &str) -> String {
    let shown = match text.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => text.to_owned(),
    };
    goscope_parsers::printable(&shown).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn target(text: &str) -> Target {
        Target::parse(text, USUAL_BASE).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_path_is_a_base_or_exactly_what_is_asked_for() {
        for (text, index, is_exact) in [
            ("localhost:6060", "http://localhost:6060/debug/pprof/", false),
            ("http://h/", "http://h/debug/pprof/", false),
            ("https://h/debug/pprof/", "https://h/debug/pprof/", false),
            ("h:1/internal/pprof", "http://h:1/internal/pprof/", false),
            ("h:1/admin/?x=1", "http://h:1/admin/", false),
            ("http://h/debug/pprof/heap?gc=1", "http://h/debug/pprof/heap?gc=1", true),
            ("http://h/snapshot", "http://h/snapshot", true),
        ] {
            let target = target(text);
            assert_eq!((target.request("", &[]).to_string().as_str(), target.is_exact()), (index, is_exact));
        }
        let asked = target("h:1").request("profile", &[("seconds", "5")]);
        assert_eq!(asked.to_string(), "http://h:1/debug/pprof/profile?seconds=5");
    }

    #[cfg(unix)]
    #[test]
    fn sockets_are_named_by_their_path() {
        for (text, socket, index) in [
            ("unix:/run/app.sock", "/run/app.sock", "http://localhost/debug/pprof/"),
            ("unix:app.sock:/admin/pprof", "app.sock", "http://localhost/admin/pprof/"),
            ("unix:/run/a:b.sock", "/run/a:b.sock", "http://localhost/debug/pprof/"),
        ] {
            let target = target(text);
            assert_eq!(target.socket(), Some(std::path::Path::new(socket)));
            assert_eq!(target.request("", &[]).to_string(), index);
        }
        assert!(Target::parse("unix:", USUAL_BASE).is_err());
        let pod = target("127.0.0.1:41234").called("shop/web-0:6060");
        assert_eq!(
            (pod.place(), pod.file_name()),
            ("shop/web-0:6060".to_owned(), "shop_web-0_6060".to_owned())
        );
        assert_eq!(pod.request("", &[]).to_string(), "http://127.0.0.1:41234/debug/pprof/");
    }

    #[test]
    fn names_of_files_are_harmless() {
        for (text, name) in [
            ("127.0.0.1:6060", "127.0.0.1_6060"),
            ("http://me:pw@h:1/x", "h_1"),
            ("http://[::1]:6060", "1_6060"),
            ("http://../x", "host"),
            ("unix:/run/../app.sock", "unix_run_.._app.sock"),
        ] {
            assert_eq!(Target::parse(text, USUAL_BASE).map(|target| target.file_name()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn what_is_no_address_is_said_without_its_password() {
        assert_eq!(
            Target::parse("ftp://me:pw@h", USUAL_BASE),
            Err("…@h: no address; give HOST:PORT, http://HOST:PORT/PATH, https://… or unix:/PATH/OF/SOCKET"
                .to_owned())
        );
    }
}
