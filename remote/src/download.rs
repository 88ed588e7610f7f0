//! One GET whose answer is written as it comes: with a limit of size, deadlines, and a flag that ends it at once.
//!
//! ```text
//! who waits ── cancel ──► Watch ◄── bytes, total ── the thread that reads
//!                           ▲
//!                         guard     a thread that closes the connection: canceled, nothing more comes, too long
//! ```

use std::io::{self, Read as _, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::write::MultiGzDecoder;
use ureq::http::Response;
use ureq::{Agent, Body, Proxy, ProxyProtocol, Timeout};

use crate::address::Address;
use crate::credentials::{Credentials, hide};
use crate::fault::{Fault, Refusal};
use crate::redirect::{MAX_REDIRECTS, follow};
use crate::target::Target;
use crate::tls::{NotPem, Trust, tls_config};

/// How often the guard looks.
const TICK: Duration = Duration::from_millis(40);

/// The most of an error page that is read.
const MAX_REFUSAL_BYTES: u64 = 4 << 10;

/// The first bytes of an answer, which tell a web page.
const PREFIX_BYTES: usize = 512;

/// How a server is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Shown to the server that was named, and to no other.
    pub credentials: Credentials,
    /// Whether credentials may be sent over plain http to another machine.
    pub may_send_in_plain: bool,
    /// Certificates other than the system's.
    pub trust: Trust,
    /// Whether any certificate will do.
    pub is_insecure: bool,
    /// Which proxy.
    pub proxy: ProxyChoice,
    /// Whether a web page is what is wanted: an index.
    pub may_be_page: bool,
    /// `goscope/VERSION`.
    pub user_agent: String,
}

/// Which proxy requests go over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProxyChoice {
    /// What the environment says (`HTTPS_PROXY`, `NO_PROXY` …), but never to this machine.
    #[default]
    Environment,
    /// None.
    Direct,
    /// This one.
    Url(String),
}

/// How long each part of a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Until there is a connection.
    pub connect: Duration,
    /// From the request to the header of the answer.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub idle: Duration,
    /// All of it.
    pub total: Duration,
}

impl Deadlines {
    /// What suits an endpoint. A CPU profile and a difference send nothing before they end; a trace comes while it is
    /// taken; a dump of many goroutines and a collection before a heap profile take their time.
    pub fn of(address: &Address) -> Self {
        let is_trace = address.last_element() == "trace";
        let measured = address.seconds_any().unwrap_or(if is_trace { 1.0 } else { 0.0 }).clamp(0.0, 1e7);
        let seconds = Duration::from_secs_f64;
        Self {
            connect: seconds(5.0),
            first_byte: if is_trace {
                seconds(10.0)
            } else if measured > 0.0 {
                seconds(measured + 10.0)
            } else {
                seconds(30.0)
            },
            // A trace of an idle program is flushed once a second.
            idle: seconds(10.0),
            total: seconds(measured * 1.5 + if measured > 0.0 { 30.0 } else { 600.0 }),
        }
    }

    /// The same where somebody said how long to wait for all of it.
    #[must_use]
    pub fn within(self, total: Duration) -> Self {
        Self { connect: self.connect.min(total), first_byte: total, idle: self.idle.max(total / 2), total }
    }
}

/// What both sides of a download know: how much has come, and whether anybody still wants it.
#[derive(Debug, Default)]
pub struct Watch {
    is_canceled: AtomicBool,
    n_bytes: AtomicU64,
    n_expected: AtomicU64,
}

impl Watch {
    /// Ends the download.
    pub fn cancel(&self) {
        self.is_canceled.store(true, Ordering::Relaxed);
    }

    /// Whether it was ended.
    pub fn is_canceled(&self) -> bool {
        self.is_canceled.load(Ordering::Relaxed)
    }

    /// Bytes that have come over the network.
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes.load(Ordering::Relaxed)
    }

    /// Bytes that will come, if the server said so.
    pub fn n_expected(&self) -> Option<u64> {
        Some(self.n_expected.load(Ordering::Relaxed)).filter(|&n_bytes| n_bytes > 0)
    }
}

/// An answer that came whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Bytes that were written.
    pub n_bytes: u64,
    /// When it was asked, when the header of the answer was there, and when the answer ended.
    pub started: SystemTime,
    /// When the header was there.
    pub first_byte: SystemTime,
    /// When it ended.
    pub ended: SystemTime,
    /// The server's clock, as it says it.
    pub date: Option<String>,
}

/// Gets what an address names and writes it to `out` as it comes.
///
/// # Errors
/// What [`Fault`] lists; `out` then has what came before, which of a trace can be read.
pub fn download(
    address: &Address,
    target: &Target,
    manner: &Manner,
    deadlines: &Deadlines,
    max_bytes: u64,
    watch: &Watch,
    out: &mut dyn Write,
) -> Result<Answer, Fault> {
    check_plain(address, target, manner)?;
    if watch.is_canceled() {
        return Err(Fault::Canceled);
    }
    let agent = agent(address, target, manner, deadlines)?;
    let guard =
        Guard { agent: &agent, watch, deadlines, in_body: AtomicBool::new(false), why: OnceLock::new() };
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        let looks = &guard;
        scope.spawn(move || looks.look(&is_done));
        let result = exchange(address, target, manner, &guard, max_bytes, out);
        drop(done);
        // Where the guard closed the connection, what the reader saw of it is not the reason. An answer that ends with
        // its connection may even seem whole.
        match guard.why.get() {
            Some(why) => Err(why.clone()),
            None => result,
        }
    })
}

/// Closes the connection when there is a reason to.
struct Guard<'a> {
    agent: &'a Agent,
    watch: &'a Watch,
    deadlines: &'a Deadlines,
    in_body: AtomicBool,
    why: OnceLock<Fault>,
}

impl Guard<'_> {
    fn look(&self, is_done: &mpsc::Receiver<()>) {
        let started = Instant::now();
        let mut last = (self.watch.n_bytes(), started);
        while is_done.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            let n_bytes = self.watch.n_bytes();
            if n_bytes != last.0 || !self.in_body.load(Ordering::Relaxed) {
                last = (n_bytes, Instant::now());
            }
            let Deadlines { idle, total, .. } = *self.deadlines;
            let why = if self.watch.is_canceled() {
                Fault::Canceled
            } else if started.elapsed() > total {
                if n_bytes == 0 { Fault::NoAnswer(total) } else { Fault::TooLong { n_bytes, wait: total } }
            } else if last.1.elapsed() > idle {
                Fault::Idle { n_bytes, wait: idle }
            } else {
                continue;
            };
            let _ = self.why.set(why);
            self.agent.clone().shutdown();
            return;
        }
    }
}

/// Credentials go in plain to this machine only, unless somebody says that they may.
fn check_plain(address: &Address, target: &Target, manner: &Manner) -> Result<(), Fault> {
    let has_secret = address.has_user() || !manner.credentials.is_empty();
    let is_readable = address.is_plain() && !address.is_local() && target.socket().is_none();
    if has_secret && is_readable && !manner.may_send_in_plain { Err(Fault::PlainCredentials) } else { Ok(()) }
}

fn agent(address: &Address, target: &Target, manner: &Manner, deadlines: &Deadlines) -> Result<Agent, Fault> {
    let tls = tls_config(manner.is_insecure || address.is_insecure(), &manner.trust)
        .map_err(|NotPem(which)| Fault::NotPem(which))?;
    let config = Agent::config_builder()
        .http_status_as_error(false)
        // Redirects are ours: they have rules.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .user_agent(&manner.user_agent)
        .proxy(if target.socket().is_some() { None } else { proxy(address, &manner.proxy)? })
        .tls_config(tls)
        .timeout_resolve(Some(deadlines.connect))
        .timeout_connect(Some(deadlines.connect))
        .timeout_recv_response(Some(deadlines.first_byte))
        .build();
    #[cfg(unix)]
    if let Some(path) = target.socket() {
        use ureq::unversioned::resolver::DefaultResolver;
        let connector = crate::unix_socket::UnixConnector { path: path.to_owned() };
        return Ok(Agent::with_parts(config, connector, DefaultResolver::default()));
    }
    Ok(config.new_agent())
}

fn proxy(address: &Address, choice: &ProxyChoice) -> Result<Option<Proxy>, Fault> {
    let proxy = match choice {
        ProxyChoice::Direct => None,
        ProxyChoice::Environment if address.is_local() => None,
        ProxyChoice::Environment => Proxy::try_from_env(),
        ProxyChoice::Url(url) => {
            let wrong = |_| Fault::Proxy("it is written http://HOST:PORT".to_owned());
            Some(Proxy::new(url).map_err(wrong)?)
        }
    };
    match proxy {
        Some(proxy) if !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) => {
            Err(Fault::Proxy("goscope speaks to HTTP proxies, and this one is for SOCKS".to_owned()))
        }
        proxy => Ok(proxy),
    }
}

fn exchange(
    address: &Address,
    target: &Target,
    manner: &Manner,
    guard: &Guard<'_>,
    max_bytes: u64,
    out: &mut dyn Write,
) -> Result<Answer, Fault> {
    let started = SystemTime::now();
    let (mut address, mut is_same_host) = (address.clone(), true);
    for _ in 0..=MAX_REDIRECTS {
        let asked = Instant::now();
        let response = ask(&address, manner, guard, is_same_host)
            .map_err(|error| before_answer(error, guard.deadlines, asked.elapsed()))
            .map_err(|fault| if guard.agent.config().proxy().is_some() { of_proxy(fault) } else { fault })?;
        match response.status().as_u16() {
            200 => {
                let out = Sink {
                    out,
                    prefix: Vec::new(),
                    n_bytes: 0,
                    max_bytes,
                    may_be_page: manner.may_be_page,
                    fault: None,
                };
                return take(response, guard, out, started, asked);
            }
            301 | 302 | 303 | 307 | 308 => {
                let location = header(&response, "location").unwrap_or_default();
                let step = follow(&address, location).map_err(|fault| match fault {
                    Fault::Redirect { to, why } => Fault::Redirect { to: shown(&to, &address, manner), why },
                    fault => fault,
                })?;
                // A way back to the first host is no way to get its credentials again.
                is_same_host = is_same_host && step.is_same_host;
                address = step.to;
                check_plain(
                    &address,
                    target,
                    &Manner { credentials: sent(manner, is_same_host), ..manner.clone() },
                )?;
            }
            _ => return Err(refused(response, |words| shown(words, &address, manner))),
        }
    }
    Err(Fault::TooManyRedirects(MAX_REDIRECTS))
}

/// What a server says, as far as it is shown: it may repeat what it was told in confidence.
fn shown(words: &str, address: &Address, manner: &Manner) -> String {
    hide(&manner.credentials.hide(words), address.secrets().iter().map(String::as_str))
}

fn sent(manner: &Manner, is_same_host: bool) -> Credentials {
    if is_same_host { manner.credentials.clone() } else { Credentials::default() }
}

fn ask(
    address: &Address,
    manner: &Manner,
    guard: &Guard<'_>,
    is_same_host: bool,
) -> Result<Response<Body>, ureq::Error> {
    let mut call = guard.agent.get(address.uri());
    if is_same_host {
        for (name, value) in manner.credentials.headers() {
            call = call.header(name, value);
        }
        if let Some(user) = address.credentials().filter(|_| !manner.credentials.has_authorization()) {
            call = call.header("Authorization", format!("Basic {}", BASE64_STANDARD.encode(user)));
        }
    }
    call.call()
}

/// Reads the body.
fn take(
    response: Response<Body>,
    guard: &Guard<'_>,
    sink: Sink<'_>,
    started: SystemTime,
    asked: Instant,
) -> Result<Answer, Fault> {
    let first_byte = SystemTime::now();
    let expected = header(&response, "content-length").and_then(|length| length.parse().ok());
    let date = header(&response, "date").map(crate::fault::said);
    let is_packed =
        header(&response, "content-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
    guard.watch.n_bytes.store(0, Ordering::Relaxed);
    guard.watch.n_expected.store(expected.unwrap_or(0), Ordering::Relaxed);
    guard.in_body.store(true, Ordering::Relaxed);
    let mut layer =
        if is_packed { Layer::Gzip(Box::new(MultiGzDecoder::new(sink))) } else { Layer::Plain(sink) };
    let mut reader = response.into_body().into_with_config().limit(u64::MAX).reader();
    let mut chunk = vec![0; 64 << 10];
    let mut n_bytes = 0;
    loop {
        let n_read = match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(n_read) => n_read,
            Err(error) => return Err(in_body(error, n_bytes, expected, asked.elapsed())),
        };
        n_bytes += n_read as u64;
        guard.watch.n_bytes.store(n_bytes, Ordering::Relaxed);
        layer.write(chunk.get(..n_read).unwrap_or_default())?;
    }
    if let Some(expected) = expected.filter(|&expected| n_bytes < expected) {
        return Err(Fault::CutOff { n_bytes, expected: Some(expected), after: asked.elapsed() });
    }
    let n_bytes = layer.finish()?;
    Ok(Answer { n_bytes, started, first_byte, ended: SystemTime::now(), date })
}

/// Where the body goes: with a limit, and no web page.
struct Sink<'a> {
    out: &'a mut dyn Write,
    prefix: Vec<u8>,
    n_bytes: u64,
    max_bytes: u64,
    may_be_page: bool,
    /// Why a write failed: through the decoder only an error of the system comes.
    fault: Option<Fault>,
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let stopped = |sink: &mut Self, fault| {
            sink.fault = Some(fault);
            Err(io::Error::other("stopped"))
        };
        if self.prefix.len() < PREFIX_BYTES {
            self.prefix.extend(bytes.iter().take(PREFIX_BYTES - self.prefix.len()));
            if !self.may_be_page && is_web_page(&self.prefix) {
                return stopped(self, Fault::WebPage);
            }
        }
        let left = usize::try_from(self.max_bytes - self.n_bytes).unwrap_or(usize::MAX);
        let kept = bytes.get(..left.min(bytes.len())).unwrap_or_default();
        if let Err(error) = self.out.write_all(kept) {
            return stopped(self, Fault::CannotWrite(error.to_string()));
        }
        self.n_bytes += kept.len() as u64;
        if kept.len() < bytes.len() {
            let limit = self.max_bytes;
            return stopped(self, Fault::TooLarge(limit));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What a compressing proxy put around the body is taken off on the way.
enum Layer<'a> {
    Plain(Sink<'a>),
    Gzip(Box<MultiGzDecoder<Sink<'a>>>),
}

impl Layer<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let result = match self {
            Self::Plain(sink) => sink.write_all(bytes),
            Self::Gzip(decoder) => decoder.write_all(bytes),
        };
        result.map_err(|error| self.fault(&error))
    }

    fn finish(mut self) -> Result<u64, Fault> {
        let result = match &mut self {
            Self::Plain(sink) => sink.flush(),
            Self::Gzip(decoder) => decoder.try_finish().and_then(|()| decoder.get_mut().flush()),
        };
        result.map_err(|error| self.fault(&error))?;
        Ok(match self {
            Self::Plain(sink) => sink.n_bytes,
            Self::Gzip(decoder) => decoder.get_ref().n_bytes,
        })
    }

    fn fault(&mut self, error: &io::Error) -> Fault {
        let sink = match self {
            Self::Plain(sink) => sink,
            Self::Gzip(decoder) => decoder.get_mut(),
        };
        sink.fault.take().unwrap_or_else(|| Fault::Damaged(error.to_string()))
    }
}

fn is_web_page(prefix: &[u8]) -> bool {
    let start = prefix.trim_ascii_start();
    let begins = |tag: &[u8]| start.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    begins(b"<!doctype") || begins(b"<html") || begins(b"<head") || begins(b"<?xml")
}

fn header<'r>(response: &'r Response<Body>, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

/// What a server says that does not give what was asked for.
fn refused(response: Response<Body>, shown: impl Fn(&str) -> String) -> Fault {
    let status = response.status().as_u16();
    let is_pprof = header(&response, "x-go-pprof").is_some();
    let challenge = header(&response, "www-authenticate").map(&shown);
    let mut body = Vec::new();
    // What cannot be read of a reason is no reason to fail in another way.
    let _ = response.into_body().into_with_config().reader().take(MAX_REFUSAL_BYTES).read_to_end(&mut body);
    let said = if is_web_page(&body) { String::new() } else { shown(String::from_utf8_lossy(&body).trim()) };
    Fault::Refused(Refusal { status, is_pprof, challenge, said })
}

fn before_answer(error: ureq::Error, deadlines: &Deadlines, after: Duration) -> Fault {
    use io::ErrorKind;
    match error {
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => Fault::NoConnection(deadlines.connect),
        ureq::Error::Timeout(_) => Fault::NoAnswer(deadlines.first_byte),
        ureq::Error::HostNotFound => Fault::NoSuchHost,
        ureq::Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused | ErrorKind::NotFound => Fault::NothingListens,
            ErrorKind::TimedOut => Fault::NoConnection(deadlines.connect),
            ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe => Fault::CutOff { n_bytes: 0, expected: None, after },
            // TLS fails within a read.
            ErrorKind::InvalidData => of_tls(&error.to_string()),
            // The standard library has no kind for a name that nobody knows.
            _ if error.to_string().contains("lookup address") => Fault::NoSuchHost,
            _ => Fault::Connection(error.to_string()),
        },
        ureq::Error::Rustls(error) => of_tls(&error.to_string()),
        ureq::Error::ConnectProxyFailed(said) if said.contains("407") => {
            Fault::Proxy("it needs a login: http://NAME:PASSWORD@HOST:PORT in $HTTPS_PROXY".to_owned())
        }
        ureq::Error::ConnectProxyFailed(said) => Fault::Proxy(crate::fault::said(&said)),
        ureq::Error::InvalidProxyUrl => Fault::Proxy("it is written http://HOST:PORT".to_owned()),
        error => Fault::Connection(error.to_string()),
    }
}

/// Where a proxy is between, it is the proxy that cannot be reached.
fn of_proxy(fault: Fault) -> Fault {
    match fault {
        Fault::NothingListens => Fault::Proxy("nothing listens there".to_owned()),
        Fault::NoSuchHost => Fault::Proxy("there is no host of its name".to_owned()),
        Fault::NoConnection(_) => Fault::Proxy("it takes no connection".to_owned()),
        fault => fault,
    }
}

fn of_tls(said: &str) -> Fault {
    let said = crate::fault::said(said);
    if let Some(why) = said.strip_prefix("invalid peer certificate: ") {
        Fault::Certificate(why.to_owned())
    } else if said.contains("InvalidContentType") || said.contains("corrupt message") {
        Fault::NoTls
    } else {
        Fault::Tls(said)
    }
}

fn in_body(error: io::Error, n_bytes: u64, expected: Option<u64>, after: Duration) -> Fault {
    match ureq::Error::from(error) {
        ureq::Error::Timeout(_) => Fault::TooLong { n_bytes, wait: after },
        ureq::Error::Io(_) | ureq::Error::BodyStalled => Fault::CutOff { n_bytes, expected, after },
        error => Fault::Connection(format!("{error}, after {n_bytes} bytes of the answer")),
    }
}
