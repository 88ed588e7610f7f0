//! Profiles from a running server: one GET by plain HTTP/1.1.
//!
//! Profiling handlers listen on the machine itself or behind a tunnel; for an encrypted connection there are tools
//! that bring certificates, and the message names one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use super::flags::Inputs;

/// Where Go's handler for CPU profiles is, if an address has no path.
const CPU_HANDLER: &str = "/debug/pprof/profile";
/// Largest answer that is read: a guard against answers without end.
const MAX_BODY_BYTES: u64 = 4 << 30;
/// What the server gets on top of the time that it is asked to measure.
const SLACK: Duration = Duration::from_secs(5);

/// An address on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    is_encrypted: bool,
    /// `user:password`, if given.
    user: Option<String>,
    /// `host:port` as written.
    host: String,
    path: String,
    query: Vec<String>,
}

impl Address {
    /// Reads `http://host/path?query`, or `host:port/path` without a scheme; `None` for what can only be a file.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme, rest),
            None if text.contains(':') && !text.starts_with(['/', '.']) => ("http", text),
            None => return None,
        };
        let is_encrypted = match scheme {
            "http" => false,
            "https" | "https+insecure" => true,
            _ => return None,
        };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = place.find('/').map_or((place, ""), |at| place.split_at(at));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user.to_owned()), host),
            None => (None, authority),
        };
        let path = if path.is_empty() || path == "/" { CPU_HANDLER } else { path };
        let query = query.split('&').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        (!host.is_empty()).then(|| Self {
            is_encrypted,
            user,
            host: host.to_owned(),
            path: path.to_owned(),
            query,
        })
    }

    /// The same address with the wished time to measure.
    pub(super) fn of_profile(mut self, inputs: &Inputs) -> Self {
        if let Some(seconds) = inputs.seconds {
            self.query.retain(|part| !part.starts_with("seconds="));
            self.query.push(format!("seconds={seconds}"));
        }
        self
    }

    fn target(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query.join("&"))
        }
    }

    /// How long the answer may take: half as long again as the time to measure, else a minute.
    fn timeout(&self, wished_seconds: Option<NonZeroU32>) -> Duration {
        if let Some(seconds) = wished_seconds {
            return Duration::from_secs(u64::from(seconds.get())) + SLACK;
        }
        let seconds = self.query.iter().find_map(|part| part.strip_prefix("seconds=")?.parse::<u32>().ok());
        let wait = seconds.filter(|&seconds| seconds > 0).map_or(60, |seconds| u64::from(seconds) * 3 / 2);
        Duration::from_secs(wait) + SLACK
    }
}

/// The body of the answer.
#[expect(
    clippy::print_stderr,
    reason = "whoever waits wants to know for what; standard output is the report's"
)]
pub(super) fn fetch(address: &Address, timeout_seconds: Option<NonZeroU32>) -> Result<Vec<u8>> {
    if address.is_encrypted {
        bail!(
            "goscope speaks no https; fetch the profile with `curl -o profile.pb.gz URL` and open the file"
        );
    }
    eprintln!("Fetching profile over HTTP from http://{}{}", address.host, address.target());
    let timeout = address.timeout(timeout_seconds);
    let with_port = if address.host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        address.host.clone()
    } else {
        format!("{}:80", address.host)
    };
    let mut last_error = anyhow!("\"{with_port}\" is no host");
    for socket in with_port.to_socket_addrs()? {
        match TcpStream::connect_timeout(&socket, timeout) {
            Ok(stream) => return ask(stream, address, timeout),
            Err(error) => last_error = error.into(),
        }
    }
    Err(last_error)
}

fn ask(mut stream: TcpStream, address: &Address, timeout: Duration) -> Result<Vec<u8>> {
    stream.set_read_timeout(Some(timeout))?;
    let mut request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: goscope\r\nConnection: close\r\n",
        address.target(),
        address.host
    );
    if let Some(user) = &address.user {
        request += &format!("Authorization: Basic {}\r\n", base64(user.as_bytes()));
    }
    stream.write_all((request + "\r\n").as_bytes())?;
    read_answer(BufReader::new(stream))
}

/// Reads status, header and body.
fn read_answer(mut stream: BufReader<impl std::io::Read>) -> Result<Vec<u8>> {
    let mut status = String::new();
    stream.read_line(&mut status).context("the server does not answer")?;
    let status = status.split_once(' ').map_or("", |(_, status)| status.trim()).to_owned();
    let (mut is_chunked, mut is_pprof) = (false, false);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "transfer-encoding" => is_chunked = value.eq_ignore_ascii_case("chunked"),
            "x-go-pprof" => is_pprof = true,
            _ => {}
        }
    }
    let mut body = Vec::new();
    if is_chunked {
        read_chunks(&mut stream, &mut body)?;
    } else {
        stream.take(MAX_BODY_BYTES).read_to_end(&mut body)?;
    }
    if status.starts_with("200") {
        return Ok(body);
    }
    let reason =
        if is_pprof { format!(": {}", String::from_utf8_lossy(&body).trim()) } else { String::new() };
    Err(anyhow!("the server answers {status}{reason}"))
}

fn read_chunks(stream: &mut BufReader<impl std::io::Read>, body: &mut Vec<u8>) -> Result<()> {
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).context("the server's answer is cut off")?;
        if size == 0 {
            return Ok(());
        }
        if body.len() as u64 + size > MAX_BODY_BYTES {
            bail!("the server's answer is larger than {MAX_BODY_BYTES} bytes");
        }
        let n_read = stream.by_ref().take(size).read_to_end(body)?;
        if n_read as u64 != size {
            bail!("the server's answer is cut off");
        }
        stream.read_line(&mut line)?;
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            (0..3).fold(0_u32, |word, index| word << 8 | u32::from(chunk.get(index).copied().unwrap_or(0)));
        for index in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * index) & 63) as usize];
            text.push(if index <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap_or_else(|| panic!("{text} is an address"))
    }

    #[test]
    fn addresses_are_told_from_files() {
        for file in ["cpu.pb.gz", "./a:b", "/tmp/a:b", "ftp://x/y", "http://"] {
            assert_eq!(Address::parse(file), None, "{file}");
        }
        assert_eq!(address("localhost:6060").target(), "/debug/pprof/profile");
        assert_eq!(address("http://h/").target(), "/debug/pprof/profile");
        assert_eq!(address("h:1/debug/pprof/heap?gc=1").target(), "/debug/pprof/heap?gc=1");
        assert!(address("https://h/x").is_encrypted);
        assert_eq!(address("http://me:pw@h:1/x").user.as_deref(), Some("me:pw"));
    }

    #[test]
    fn the_wished_time_is_asked_for_and_waited_for() {
        let inputs = Inputs { seconds: NonZeroU32::new(10), ..Inputs::default() };
        let address = address("h:1/debug/pprof/heap?seconds=3&gc=1").of_profile(&inputs);
        assert_eq!(address.target(), "/debug/pprof/heap?gc=1&seconds=10");
        assert_eq!(address.timeout(None), Duration::from_secs(20));
        assert_eq!(address.timeout(NonZeroU32::new(7)), Duration::from_secs(12));
    }

    fn answer(text: &str) -> Result<String> {
        read_answer(BufReader::new(text.as_bytes())).map(|body| String::from_utf8_lossy(&body).into_owned())
    }

    #[test]
    fn answers_come_whole_or_in_chunks() {
        assert_eq!(answer("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody").expect("a body"), "body");
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(answer(chunked).expect("a body"), "abcde");
        assert!(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc").is_err());
        assert!(answer("").is_err());
    }

    #[test]
    fn errors_of_the_server_are_told_with_its_reason() {
        let error =
            answer("HTTP/1.1 500 Internal\r\nX-Go-Pprof: 1\r\n\r\nprofiling in use\n").expect_err("500");
        assert_eq!(error.to_string(), "the server answers 500 Internal: profiling in use");
        let error = answer("HTTP/1.1 404 Not Found\r\n\r\n<html>").expect_err("404");
        assert_eq!(error.to_string(), "the server answers 404 Not Found");
    }

    #[test]
    fn users_are_sent_in_base64() {
        for (text, encoded) in [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("me:pw", "bWU6cHc=")] {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
    }
}
