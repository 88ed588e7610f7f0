//! Addresses on the network, as `go tool pprof` takes them.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Where Go's handler for CPU profiles is: what an address without a path means.
const CPU_HANDLER: &str = "/debug/pprof/profile";

/// How long that handler measures if it is not told.
const CPU_SECONDS: u32 = 30;

/// The parameters of `net/http/pprof` (Go 1.26): they say what is measured and keep nobody out.
const PUBLIC_PARAMETERS: [&str; 3] = ["debug", "gc", "seconds"];

/// What stands for a password, as Go prints it.
const HIDDEN: &str = "xxxxx";

/// What may not stand in a path as it is. `%` may: it begins an escape.
const NOT_IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What may not stand in a query: Go escapes all but letters, digits and these.
const NOT_IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
    /// HTTPS with any certificate, as pprof has it.
    HttpsInsecure,
}

/// An address of a profile or trace.
///
/// Shown as pprof prints it, but for a password, which it hides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    scheme: Scheme,
    /// Name and password, escapes decoded.
    user: Option<(String, Option<String>)>,
    /// Host and port as written.
    authority: String,
    path: String,
    /// Sorted by name, as Go sorts them.
    query: Vec<(String, String)>,
}

impl Address {
    /// Reads `http://`, `https://` or `https+insecure://` with `[USER[:PASSWORD]@]HOST[:PORT][/PATH][?QUERY]`, or
    /// `HOST:PORT/PATH` without a scheme. An address without a path is that of the CPU profile. `None` for what can
    /// only be a file.
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_at(text, CPU_HANDLER)
    }

    /// The same where an address without a path means another place.
    pub(crate) fn parse_at(text: &str, usual_path: &str) -> Option<Self> {
        let (scheme, rest) = match text.split_once("://") {
            Some(("http", rest)) => (Scheme::Http, rest),
            Some(("https", rest)) => (Scheme::Https, rest),
            Some(("https+insecure", rest)) => (Scheme::HttpsInsecure, rest),
            Some(_) => return None,
            None if has_port(text) => (Scheme::Http, text),
            None => return None,
        };
        let (rest, _fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = place.find('/').map_or((place, ""), |at| place.split_at(at));
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(parse_user(user)), authority),
            None => (None, authority),
        };
        if authority.is_empty() || authority.starts_with(':') {
            return None;
        }
        let path = if path.is_empty() || path == "/" { usual_path } else { path };
        let path = utf8_percent_encode(path, NOT_IN_PATH).to_string();
        let mut query: Vec<(String, String)> =
            query.split('&').filter(|part| !part.is_empty()).map(parse_parameter).collect();
        query.sort_by(|(a, _), (b, _)| a.cmp(b));
        Some(Self { scheme, user, authority: authority.to_owned(), path, query })
    }

    /// The same address, asked to measure so many seconds.
    #[must_use]
    pub fn with_seconds(mut self, seconds: u32) -> Self {
        self.query.retain(|(name, _)| name != "seconds");
        self.query.push(("seconds".to_owned(), seconds.to_string()));
        self.query.sort_by(|(a, _), (b, _)| a.cmp(b));
        self
    }

    /// The same server, asked for another path with these parameters.
    #[must_use]
    pub fn with_target(&self, path: &str, parameters: &[(&str, &str)]) -> Self {
        let mut query: Vec<(String, String)> =
            parameters.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        query.sort();
        Self { path: utf8_percent_encode(path, NOT_IN_PATH).to_string(), query, ..self.clone() }
    }

    /// The path, escaped.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(asked, _)| asked == name).map(|(_, value)| value.as_str())
    }

    /// The last element of the path: what the server is asked for.
    pub fn last_element(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Host and port as written, without a name or password.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether a name, with or without a password, stands in it.
    pub fn has_user(&self) -> bool {
        self.user.is_some()
    }

    /// The same address without the name and password in it.
    #[must_use]
    pub fn without_user(&self) -> Self {
        Self { user: None, ..self.clone() }
    }

    /// The same address with the name and password of another.
    pub(crate) fn with_user_of(self, other: &Self) -> Self {
        Self { user: other.user.clone(), ..self }
    }

    /// `http`, `https` or `https+insecure`.
    pub(crate) fn scheme(&self) -> &'static str {
        match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
            Scheme::HttpsInsecure => "https+insecure",
        }
    }

    /// Whether everybody on the way can read what is sent.
    pub fn is_plain(&self) -> bool {
        self.scheme == Scheme::Http
    }

    /// How long the server measures before it answers; `None` if it answers at once.
    pub fn seconds(&self) -> Option<u32> {
        let asked = self.query.iter().find(|(name, _)| name == "seconds");
        match asked.and_then(|(_, value)| value.parse().ok()) {
            Some(seconds) => Some(seconds).filter(|&seconds| seconds > 0),
            None => (self.path == CPU_HANDLER).then_some(CPU_SECONDS),
        }
    }

    /// The same with a fraction: traces are measured in parts of seconds.
    pub(crate) fn seconds_any(&self) -> Option<f64> {
        let asked = self.parameter("seconds").and_then(|value| value.parse::<f64>().ok());
        asked.filter(|seconds| *seconds > 0.0).or_else(|| self.seconds().map(f64::from))
    }

    /// Whether it holds what nobody else may read.
    pub fn has_password(&self) -> bool {
        self.user.as_ref().is_some_and(|(_, password)| password.is_some())
    }

    /// The same address as messages and titles show it: as [`Self`] is printed, and values of parameters that Go's
    /// handlers do not take are hidden as passwords are.
    pub fn shown(&self) -> String {
        let hidden = |(name, value): &(String, String)| {
            let is_public = PUBLIC_PARAMETERS.contains(&name.as_str()) || value.is_empty();
            (name.clone(), if is_public { value.clone() } else { HIDDEN.to_owned() })
        };
        Self { query: self.query.iter().map(hidden).collect(), ..self.clone() }.to_string()
    }

    /// The same address without what may be secret: name, password, and all parameters but those that Go's handlers take.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let is_public = |(name, _): &&(String, String)| PUBLIC_PARAMETERS.contains(&name.as_str());
        let query = self.query.iter().filter(is_public).cloned().collect();
        Self { user: None, query, ..self.clone() }
    }

    /// What may be secret in it: name and password as they are sent, and values of parameters that Go's handlers do not
    /// take.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let is_secret = |(name, _): &&(String, String)| !PUBLIC_PARAMETERS.contains(&name.as_str());
        let user =
            self.user.iter().flat_map(|(name, password)| [Some(name.clone()), password.clone()]).flatten();
        let encoded = self.credentials().map(|credentials| BASE64_STANDARD.encode(credentials));
        user.chain(encoded)
            .chain(self.query.iter().filter(is_secret).map(|(_, value)| value.clone()))
            .collect()
    }

    /// Whether any certificate will do.
    pub(crate) fn is_insecure(&self) -> bool {
        self.scheme == Scheme::HttpsInsecure
    }

    /// Whether it is this machine, which no proxy can reach for us.
    pub fn is_local(&self) -> bool {
        let host = self.host();
        let is_loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        is_loopback || host.eq_ignore_ascii_case("localhost")
    }

    /// Whether it is this machine, or one that is only known on the cable: also where clouds keep their secrets.
    pub(crate) fn is_local_or_link_local(&self) -> bool {
        let is_link_local = match self.host().parse() {
            Ok(std::net::IpAddr::V4(address)) => address.is_link_local() || address.is_unspecified(),
            Ok(std::net::IpAddr::V6(address)) => {
                let v4 = address.to_ipv4_mapped();
                let is_v4 = v4.is_some_and(|address| address.is_link_local() || address.is_loopback());
                is_v4 || address.is_unicast_link_local() || address.is_unspecified()
            }
            Err(_) => false,
        };
        is_link_local || self.is_local()
    }

    /// The host without its port.
    pub fn host(&self) -> &str {
        match self.authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, _)) => host,
            None => self.authority.split(':').next().unwrap_or_default(),
        }
    }

    /// `name:password`, if a name is given.
    pub(crate) fn credentials(&self) -> Option<String> {
        let (name, password) = self.user.as_ref()?;
        Some(format!("{name}:{}", password.as_deref().unwrap_or_default()))
    }

    /// What is asked for: without name and password, which go into a header.
    pub(crate) fn uri(&self) -> String {
        let scheme = if self.scheme == Scheme::Http { "http" } else { "https" };
        format!("{scheme}://{}{}", self.authority, self.target())
    }

    fn target(&self) -> String {
        let escape = |text: &str| utf8_percent_encode(text, NOT_IN_QUERY).to_string().replace("%20", "+");
        let parameters: Vec<String> =
            self.query.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        let mark = if parameters.is_empty() { "" } else { "?" };
        format!("{}{mark}{}", self.path, parameters.join("&"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.scheme();
        let user = match &self.user {
            Some((name, Some(_))) => format!("{name}:{HIDDEN}@"),
            Some((name, None)) => format!("{name}@"),
            None => String::new(),
        };
        write!(f, "{scheme}://{user}{}{}", self.authority, self.target())
    }
}

/// Whether a text without a scheme begins with `HOST:PORT`.
fn has_port(text: &str) -> bool {
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    authority
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && !host.starts_with('.') && port.parse::<u16>().is_ok())
}

fn parse_user(text: &str) -> (String, Option<String>) {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    match text.split_once(':') {
        Some((name, password)) => (decode(name), Some(decode(password))),
        None => (decode(text), None),
    }
}

fn parse_parameter(part: &str) -> (String, String) {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    (decode(name), decode(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn address(text: &str) -> Address {
        Address::parse(text).unwrap_or_else(|| panic!("{text} is an address"))
    }

    #[test]
    fn addresses_are_told_from_files() {
        for file in ["cpu.pb.gz", "./a:1", "/tmp/a:1", "a:b", "mem_03:55:x", "ftp://x/y", "http://", ":6060"]
        {
            assert_eq!(Address::parse(file), None, "{file}");
        }
        for address in ["h:1", "h:1/x", "[::1]:6060/x", "http://h", "https://h/x", "https+insecure://h"] {
            assert!(Address::parse(address).is_some(), "{address}");
        }
    }

    #[test]
    fn an_address_is_shown_as_pprof_shows_it_but_for_the_password() {
        for (text, shown) in [
            ("localhost:6060", "http://localhost:6060/debug/pprof/profile"),
            ("http://h/", "http://h/debug/pprof/profile"),
            ("http://h/heap?seconds=3&gc=1", "http://h/heap?gc=1&seconds=3"),
            ("http://h/heap?debug", "http://h/heap?debug="),
            ("http://h/a b?x=a b&y=%2f", "http://h/a%20b?x=a+b&y=%2F"),
            ("https+insecure://h/heap#top", "https+insecure://h/heap"),
            ("http://me:p%3Aw@h/heap", "http://me:xxxxx@h/heap"),
        ] {
            assert_eq!(address(text).to_string(), shown);
        }
        assert_eq!(address("https+insecure://me:pw@h/heap").uri(), "https://h/heap");
    }

    #[test]
    fn what_may_be_a_token_is_shown_as_a_password_is() {
        for (text, shown) in [
            ("http://me:pw@h/heap?gc=1&token=abc", "http://me:xxxxx@h/heap?gc=1&token=xxxxx"),
            ("http://h/heap?debug=1&x=", "http://h/heap?debug=1&x="),
        ] {
            assert_eq!(address(text).shown(), shown);
        }
    }

    #[test]
    fn an_address_is_kept_without_what_may_be_secret() {
        for (text, kept) in [
            ("http://me:pw@h/heap?gc=1&token=abc&seconds=5", "http://h/heap?gc=1&seconds=5"),
            ("https://t0ken@h/x?X-Amz-Signature=1", "https://h/x"),
            ("localhost:6060", "http://localhost:6060/debug/pprof/profile"),
        ] {
            assert_eq!(address(text).without_secrets().to_string(), kept);
        }
        let harmless = address("http://h/heap?debug=1");
        assert_eq!(harmless.without_secrets(), harmless);
    }

    #[test]
    fn escapes_in_names_and_passwords_are_decoded() {
        let credentials = |text: &str| address(text).credentials();
        assert_eq!(credentials("http://me:pw@h/x").as_deref(), Some("me:pw"));
        assert_eq!(credentials("http://m%40e:p%3Aw:x@h/x").as_deref(), Some("m@e:p:w:x"));
        assert_eq!(credentials("http://me@h/x").as_deref(), Some("me:"));
        assert_eq!(credentials("http://h/x@y"), None);
    }

    #[test]
    fn the_time_to_measure_is_known() {
        assert_eq!(address("h:1").seconds(), Some(30), "Go's default for CPU profiles");
        assert_eq!(address("h:1/debug/pprof/profile?seconds=5").seconds(), Some(5));
        assert_eq!(address("h:1/debug/pprof/heap").seconds(), None);
        let asked = address("h:1/heap?seconds=3&gc=1").with_seconds(10);
        assert_eq!((asked.seconds(), asked.target()), (Some(10), "/heap?gc=1&seconds=10".to_owned()));
    }

    #[test]
    fn this_machine_is_known() {
        for (text, is_local) in [
            ("localhost:1", true),
            ("http://127.0.0.1/x", true),
            ("http://127.9.9.9:80/x", true),
            ("http://[::1]:6060/x", true),
            ("http://example.com/x", false),
        ] {
            assert_eq!(address(text).is_local(), is_local, "{text}");
        }
    }
}
