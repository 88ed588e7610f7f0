//! One GET: redirects, credentials, timeouts and proxies as Go's client has them, and errors in a sentence.
//!
//! An answer that ends early is an error here, whichever way its end is told: by length, by a last chunk, by TLS.

use std::io::{self, Read as _};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use goscope_parsers::{inflate_all, printable};
use ureq::config::RedirectAuthHeaders;
use ureq::http::Response;
use ureq::{Agent, Body, Proxy};

use crate::address::Address;
use crate::tls::{NotPem, Trust, tls_config};

/// The largest answer that is taken: a guard against answers without end.
pub const MAX_BODY_BYTES: u64 = 2 << 30;

/// Redirects that are followed, as Go does.
const MAX_REDIRECTS: u32 = 10;

/// What a server gets on top of the time that it measures.
const SLACK: Duration = Duration::from_secs(5);

/// How long an answer may take that nobody set a time for, from the address to the end of its header.
const USUAL_WAIT: Duration = Duration::from_secs(60);

/// How long the rest of such an answer may take.
const USUAL_BODY_WAIT: Duration = Duration::from_secs(600);

/// The most of an error page that is shown.
const MAX_REASON_BYTES: u64 = 4 << 10;

/// How to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The longest to wait for the whole answer; where the server measures first, it gets some seconds more.
    pub timeout: Option<Duration>,
    /// Certificates other than the system's.
    pub trust: Trust,
}

/// Why there is no answer, or none that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// Nothing came in time.
    #[error("no answer within {} s", seconds(.wait))]
    NoAnswer {
        /// How long it was waited for.
        wait: Duration,
    },
    /// The answer did not end in time.
    #[error("the answer stopped after {n_bytes} bytes: the rest did not come within {} s", seconds(.wait))]
    Stopped {
        /// Bytes that came.
        n_bytes: u64,
        /// How long it was waited for.
        wait: Duration,
    },
    /// The connection was closed in the middle of the answer.
    #[error("the answer ended early, after {n_bytes} bytes{}", of_bytes(*.expected))]
    CutOff {
        /// Bytes that came.
        n_bytes: u64,
        /// Bytes that were announced.
        expected: Option<u64>,
    },
    /// The answer is larger than [`MAX_BODY_BYTES`].
    #[error("the answer has more than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    /// The server refuses; what it says if it is a handler of Go's pprof.
    #[error("server response: {status}{reason}")]
    Status {
        /// `404 Not Found`.
        status: String,
        /// ` - Unknown profile`, or nothing.
        reason: String,
    },
    /// Servers send us in circles.
    #[error("stopped after {MAX_REDIRECTS} redirects")]
    TooManyRedirects,
    /// A certificate or key that is given cannot be read.
    #[error("the {what} is not in PEM")]
    Pem {
        /// Which.
        what: &'static str,
    },
    /// The content is compressed once more for the way, and that layer is damaged or a bomb.
    #[error("the answer cannot be unpacked: {0}")]
    Unpack(#[from] goscope_parsers::ParseError),
    /// Whatever else went wrong with the connection.
    #[error("{0}")]
    Connection(String),
}

impl From<NotPem> for HttpError {
    fn from(NotPem(what): NotPem) -> Self {
        Self::Pem { what }
    }
}

/// The body of the answer.
///
/// # Errors
/// What [`HttpError`] lists.
pub fn get(address: &Address, request: &Request) -> Result<Vec<u8>, HttpError> {
    let wait = wait(address, request);
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(MAX_REDIRECTS)
        .redirect_auth_headers(RedirectAuthHeaders::SameHost)
        .user_agent("goscope")
        .proxy(if address.is_local() { None } else { Proxy::try_from_env() })
        .tls_config(tls_config(address.is_insecure(), &request.trust)?);
    let config = match request.timeout {
        Some(_) => config.timeout_global(Some(wait)),
        None => config
            .timeout_connect(Some(wait))
            .timeout_recv_response(Some(wait))
            .timeout_recv_body(Some(USUAL_BODY_WAIT)),
    };
    let mut call = config.build().new_agent().get(address.uri());
    if let Some(credentials) = address.credentials() {
        let credentials = BASE64_STANDARD.encode(credentials);
        call = call.header("Authorization", format!("Basic {credentials}"));
    }
    let response = call.call().map_err(|error| error_before_answer(error, wait))?;
    if response.status() != 200 {
        return Err(status_error(response));
    }
    let is_packed = header(&response, "content-encoding").is_some_and(|coding| coding == "gzip");
    let body = read_body(response, request.timeout.map_or(USUAL_BODY_WAIT, |_| wait))?;
    if !is_packed {
        return Ok(body);
    }
    // Not asked for. What a profile cannot be packed to is a bomb.
    let limit = (body.len() as u64).saturating_mul(64).saturating_add(1 << 20).min(MAX_BODY_BYTES);
    Ok(inflate_all(&body, limit)?.into_owned())
}

/// How long to wait for an answer: pprof's rule, but that a timeout which leaves no time to measure is kept as it is.
fn wait(address: &Address, request: &Request) -> Duration {
    let measured = address.seconds().map(|seconds| Duration::from_secs(u64::from(seconds)));
    match (request.timeout, measured) {
        (Some(timeout), Some(measured)) if timeout >= measured => timeout + SLACK,
        (Some(timeout), _) => timeout,
        (None, Some(measured)) => measured * 3 / 2 + SLACK,
        (None, None) => USUAL_WAIT + SLACK,
    }
}

fn header<'r>(response: &'r Response<Body>, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

fn read_body(response: Response<Body>, wait: Duration) -> Result<Vec<u8>, HttpError> {
    let expected = header(&response, "content-length").and_then(|length| length.parse().ok());
    let mut reader = response.into_body().into_with_config().limit(u64::MAX).reader();
    let mut body = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    loop {
        let n_bytes = body.len() as u64;
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(body),
            Ok(n_read) => body.extend_from_slice(chunk.get(..n_read).unwrap_or(&[])),
            Err(error) => return Err(error_in_body(error, n_bytes, expected, wait)),
        }
        if body.len() as u64 > MAX_BODY_BYTES {
            return Err(HttpError::TooLarge);
        }
    }
}

fn error_before_answer(error: ureq::Error, wait: Duration) -> HttpError {
    match error {
        ureq::Error::Timeout(_) => HttpError::NoAnswer { wait },
        ureq::Error::TooManyRedirects => HttpError::TooManyRedirects,
        ureq::Error::HostNotFound => HttpError::Connection("there is no such host".to_owned()),
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => HttpError::NoAnswer { wait },
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            HttpError::Connection("the server closed the connection without an answer".to_owned())
        }
        ureq::Error::Io(error) => HttpError::Connection(error.to_string()),
        ureq::Error::Rustls(error) => HttpError::Connection(format!(
            "{error}; -tls_ca FILE names whose certificates to trust, https+insecure:// trusts any"
        )),
        error => HttpError::Connection(error.to_string()),
    }
}

fn error_in_body(error: io::Error, n_bytes: u64, expected: Option<u64>, wait: Duration) -> HttpError {
    match ureq::Error::from(error) {
        ureq::Error::Timeout(_) => HttpError::Stopped { n_bytes, wait },
        ureq::Error::Io(error) => match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => HttpError::Stopped { n_bytes, wait },
            _ => HttpError::CutOff { n_bytes, expected },
        },
        ureq::Error::BodyStalled => HttpError::CutOff { n_bytes, expected },
        error => HttpError::Connection(format!("{error}, after {n_bytes} bytes of the answer")),
    }
}

/// The status, and the reason if the handler is one of Go's pprof: others send pages.
fn status_error(response: Response<Body>) -> HttpError {
    let status = response.status();
    let is_text = header(&response, "content-type").is_some_and(|kind| kind.contains("text/plain"));
    let mut reason = String::new();
    if is_text && header(&response, "x-go-pprof").is_some() {
        let mut body = Vec::new();
        // What cannot be read of a reason is no reason to fail in another way.
        let _ =
            response.into_body().into_with_config().reader().take(MAX_REASON_BYTES).read_to_end(&mut body);
        reason = format!(" - {}", printable(String::from_utf8_lossy(&body).trim_end()));
    }
    let name = status.canonical_reason().unwrap_or_default();
    HttpError::Status { status: format!("{} {name}", status.as_u16()).trim_end().to_owned(), reason }
}

fn seconds(wait: &Duration) -> u64 {
    wait.as_secs()
}

fn of_bytes(expected: Option<u64>) -> String {
    expected.map_or(String::new(), |expected| format!(" of {expected}"))
}
