//! Why a request brought nothing, as data, and the sentence that says what to change.

use std::time::Duration;

use goscope_parsers::printable;

/// The most characters of a server's own words that are shown.
const MAX_SAID_CHARS: usize = 200;

/// What a server answered that was not 200.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The status, as 404.
    pub status: u16,
    /// Whether a handler of `net/http/pprof` said it (`X-Go-Pprof`).
    pub is_pprof: bool,
    /// `WWW-Authenticate`: which login it wants.
    pub challenge: Option<String>,
    /// The beginning of what it said; empty for pages, which nobody reads in a terminal.
    pub said: String,
}

/// Why there is no answer, or none that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing listens there.
    NothingListens,
    /// Nobody knows the name of the host.
    NoSuchHost,
    /// No connection within this time.
    NoConnection(Duration),
    /// The request was taken, and nothing came within this time.
    NoAnswer(Duration),
    /// Bytes came, and then none for this time.
    Idle {
        /// Bytes that came.
        n_bytes: u64,
        /// How long nothing more came.
        wait: Duration,
    },
    /// The answer did not end within this time.
    TooLong {
        /// Bytes that came.
        n_bytes: u64,
        /// How long it was read.
        wait: Duration,
    },
    /// The connection ended in the middle of the answer, or before it.
    CutOff {
        /// Bytes that came.
        n_bytes: u64,
        /// Bytes that were announced.
        expected: Option<u64>,
        /// How long after the request.
        after: Duration,
    },
    /// The answer is larger than this limit.
    TooLarge(u64),
    /// Whoever waited did not want to any more.
    Canceled,
    /// A status that is not 200.
    Refused(Refusal),
    /// 200, and a web page.
    WebPage,
    /// The certificate is not to be trusted; what TLS says of it.
    Certificate(String),
    /// TLS failed in another way.
    Tls(String),
    /// No TLS is spoken there.
    NoTls,
    /// Servers send us in circles.
    TooManyRedirects(u32),
    /// A redirect that is not followed.
    Redirect {
        /// Where to, without what may be secret.
        to: String,
        /// Why not.
        why: &'static str,
    },
    /// Credentials would be sent where everybody on the way can read them.
    PlainCredentials,
    /// A certificate or key that is given is not in PEM.
    NotPem(&'static str),
    /// A proxy that cannot be used; why.
    Proxy(String),
    /// The content was compressed for the way, and that layer is damaged.
    Damaged(String),
    /// The file or the disk.
    CannotWrite(String),
    /// Whatever else went wrong with the connection.
    Connection(String),
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A server without pprof, or with pprof elsewhere.
    NoPprof,
    /// pprof is there and has no profile of this name.
    UnknownProfile,
    /// Somebody else takes a CPU profile.
    CpuBusy,
    /// Somebody else takes a trace.
    TraceBusy,
    /// Go 1.22 and older: it would take longer than the server may write.
    WriteTimeout,
    /// This profile has no difference over time, or not as it was asked for.
    NoDelta,
    /// The seconds are no number that this handler takes.
    BadSeconds,
    /// Something in front of the handler had no patience.
    TimeLimit,
    /// A login is needed.
    Login,
    /// A login does not help, or not this one.
    Forbidden,
    /// The port speaks TLS.
    SpeaksTls,
    /// Whatever it says.
    Other,
}

impl Refusal {
    /// What it means, by status and by the words of Go's handlers.
    pub fn meaning(&self) -> Meaning {
        let says = |words: &str| self.said.contains(words);
        match self.status {
            400 if says("HTTP request to an HTTPS server") => Meaning::SpeaksTls,
            400 if says("exceeds server's WriteTimeout") => Meaning::WriteTimeout,
            400 if self.is_pprof && says("invalid value for \"seconds\"") => Meaning::BadSeconds,
            400 if self.is_pprof && (says("\"seconds\"") || says("seconds and debug")) => Meaning::NoDelta,
            401 => Meaning::Login,
            403 => Meaning::Forbidden,
            404 if self.is_pprof => Meaning::UnknownProfile,
            404 => Meaning::NoPprof,
            500 if says("cpu profiling already in use") => Meaning::CpuBusy,
            500 if says("tracer already enabled") || says("tracing is already enabled") => Meaning::TraceBusy,
            408 | 502 | 503 | 504 => Meaning::TimeLimit,
            _ => Meaning::Other,
        }
    }
}

/// What a sentence about a fault names.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// `HOST:PORT`, or the path of a socket.
    pub place: &'a str,
    /// What was asked for: `heap`.
    pub what: &'a str,
    /// Where pprof was looked for: `/debug/pprof`.
    pub base: &'a str,
    /// The time that passed.
    pub elapsed: Duration,
    /// What the server's index lists, if it was read.
    pub listed: &'a [String],
    /// Which command the options belong to that a sentence names.
    pub options: Options,
}

/// Whose options a sentence may name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Options {
    /// Those of the command at hand, `goscope capture`.
    #[default]
    Own,
    /// Those of `goscope capture`, which the command at hand is not.
    OfCapture,
}

impl Options {
    /// What stands before the first option of a sentence.
    const fn command(self) -> &'static str {
        match self {
            Self::Own => "",
            Self::OfCapture => "goscope capture ",
        }
    }

    /// What trusts any certificate.
    const fn insecure(self) -> &'static str {
        match self {
            Self::Own => "--insecure",
            Self::OfCapture => "https+insecure://",
        }
    }

    /// What names an authority.
    const fn authority(self) -> &'static str {
        match self {
            Self::Own => "--cacert FILE",
            Self::OfCapture => "goscope capture --cacert FILE, or goscope pprof -tls_ca FILE,",
        }
    }
}

impl Fault {
    /// Whether the server is busy with somebody else's profile or trace, so that it pays to ask again.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Refused(refusal) if matches!(refusal.meaning(), Meaning::CpuBusy | Meaning::TraceBusy))
    }

    /// Whether nothing of this server can be had, so that other requests need not be tried.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Refused(refusal) => {
                matches!(refusal.meaning(), Meaning::Login | Meaning::Forbidden | Meaning::SpeaksTls)
            }
            Self::NothingListens
            | Self::NoSuchHost
            | Self::NoConnection(_)
            | Self::Canceled
            | Self::Certificate(_)
            | Self::Tls(_)
            | Self::NoTls
            | Self::PlainCredentials
            | Self::NotPem(_)
            | Self::Proxy(_) => true,
            _ => false,
        }
    }

    /// One sentence: what happened, and what to change.
    pub fn sentence(&self, about: &About<'_>) -> String {
        let About { place, what, .. } = about;
        let with = about.options.command();
        match self {
            Self::NothingListens => {
                format!("nothing listens at {place}: is the service up, and the port forwarded?")
            }
            Self::NoSuchHost => format!("there is no host of this name: {place}"),
            Self::NoConnection(wait) => format!(
                "{place} takes no connection within {} s: is it the right address, and is a firewall or proxy between?",
                seconds(*wait)
            ),
            Self::NoAnswer(wait) => format!(
                "{place} took the request for {what} and answered nothing within {} s: a longer {with}--timeout waits longer",
                seconds(*wait)
            ),
            Self::Idle { n_bytes, wait } => format!(
                "{place} stopped in the middle of {what}: after {n_bytes} bytes nothing came for {} s",
                seconds(*wait)
            ),
            Self::TooLong { n_bytes, wait } => format!(
                "{place} had not ended {what} after {} s and {n_bytes} bytes: a longer {with}--timeout waits longer",
                seconds(*wait)
            ),
            Self::CutOff { n_bytes, expected, after } => cut_off(*n_bytes, *expected, *after, about),
            Self::TooLarge(limit) => {
                format!("{what} has more than {limit} bytes, which is the limit: {with}--max-size raises it")
            }
            Self::Canceled => format!("{what} of {place} was stopped before its end"),
            Self::Refused(refusal) => refused(refusal, about),
            Self::WebPage => format!(
                "{place} answers with a web page and not with {what}: is it the right port, and the right path ({with}--base)?"
            ),
            Self::Certificate(said) => certificate(said, about),
            Self::Tls(said) if said.contains("CertificateRequired") => format!(
                "{place} wants to know who asks: {with}--cert FILE and --key FILE, signed by an authority that it trusts"
            ),
            Self::Tls(said) => format!("TLS with {place} failed: {said}"),
            Self::NoTls => format!("{place} does not speak TLS: use http://"),
            Self::TooManyRedirects(most) => {
                format!("{place} sends in circles: stopped after {most} redirects")
            }
            Self::Redirect { to, why } => {
                format!("{place} redirects to {to}, which {why}: give that address yourself if it is meant")
            }
            Self::PlainCredentials => format!(
                "credentials for {place} would go over plain http, readable on the way: use https://, or forward the port to localhost ({with}--send-credentials-in-plain sends them all the same)"
            ),
            Self::NotPem(which) => format!("the {which} is not in PEM"),
            Self::Proxy(said) => format!("the proxy cannot be used: {said}; {with}--proxy none goes without"),
            Self::Damaged(said) => format!("{what} came compressed for the way, and that is damaged: {said}"),
            Self::CannotWrite(said) => format!("{what} cannot be written: {said}"),
            Self::Connection(said) => format!("{place}: {said}"),
        }
    }
}

/// What is wrong with a certificate, by the words of rustls 0.23: naming who signed it helps against one thing only.
fn certificate(said: &str, about: &About<'_>) -> String {
    let About { place, options, .. } = about;
    let (authority, insecure) = (options.authority(), options.insecure());
    if said.starts_with("certificate expired") {
        return format!("the certificate of {place} has ended: renew it there; {insecure} trusts any");
    }
    if said.starts_with("certificate not valid yet") {
        return format!(
            "the certificate of {place} is not valid yet: is a clock wrong, here or there? {insecure} trusts any"
        );
    }
    if let Some((_, names)) = said.split_once("certificate is only valid for ") {
        let names = names
            .replace(['"', '[', ']'], "")
            .replace("DnsName(", "")
            .replace("IpAddress(", "")
            .replace(')', "");
        return format!(
            "the certificate of {place} is for other names ({names}): use one of them, or let it have this one; {insecure} trusts any"
        );
    }
    format!(
        "the certificate of {place} is not trusted ({said}): {authority} names who signed it, {insecure} trusts any"
    )
}

fn cut_off(n_bytes: u64, expected: Option<u64>, after: Duration, about: &About<'_>) -> String {
    let About { place, what, .. } = about;
    let of = expected.map_or(String::new(), |expected| format!(" of {expected}"));
    let when = format!("after {:.1} s", after.as_secs_f64());
    if n_bytes == 0 {
        return format!(
            "{place} closed the connection {when} without an answer to {what}: did the program or the port-forward end, or does its WriteTimeout cut?"
        );
    }
    format!(
        "{place} cut {what} off {when} and {n_bytes}{of} bytes: did the program or the port-forward end, or does a time limit (WriteTimeout, a proxy) cut?"
    )
}

fn refused(refusal: &Refusal, about: &About<'_>) -> String {
    let About { place, what, base, .. } = about;
    let with = about.options.command();
    let when = seconds(about.elapsed);
    match refusal.meaning() {
        Meaning::NoPprof => format!(
            "{place} answers, but has no {base}/{what}: import net/http/pprof there, or give the path where it is ({with}--base)"
        ),
        Meaning::UnknownProfile => match about.listed {
            [] => format!("{place} has no profile {what}"),
            listed => format!("{place} has no profile {what}; it has {}", listed.join(", ")),
        },
        Meaning::CpuBusy => format!(
            "somebody else takes a CPU profile of {place} now (often a continuous profiler): try again later"
        ),
        Meaning::TraceBusy => format!("somebody else takes a trace of {place} now: try again later"),
        Meaning::WriteTimeout => format!(
            "{place} may not write that long: use {with}--seconds less than its WriteTimeout, or raise that (Go 1.23 and later need neither)"
        ),
        Meaning::NoDelta => format!(
            "{place} gives {what} not as a difference over time ({}): go without {with}--delta, or without seconds in the address",
            said(&refusal.said)
        ),
        Meaning::BadSeconds => {
            format!("{place} takes whole numbers from 1 as seconds ({})", said(&refusal.said))
        }
        Meaning::TimeLimit => format!(
            "a time limit in front of {place} ended {what} after {when} s ({}): use shorter {with}--seconds, or a port-forward past the proxy",
            status(refusal)
        ),
        Meaning::Login => {
            let wanted = refusal
                .challenge
                .as_deref()
                .map_or(String::new(), |challenge| format!(" ({})", said(challenge)));
            format!(
                "{place} needs a login{wanted}: {with}--user NAME (password in $GOSCOPE_PASSWORD), --bearer-file FILE, --header 'K: V' or $GOSCOPE_AUTH"
            )
        }
        Meaning::Forbidden => {
            format!("{place} forbids {what} ({}): does this login have the right?", status(refusal))
        }
        Meaning::SpeaksTls => format!("{place} speaks TLS: use https://"),
        Meaning::Other => format!("{place} does not give {what}: {}", status(refusal)),
    }
}

/// `503 Service Unavailable, "no upstream"`.
fn status(refusal: &Refusal) -> String {
    let name = ureq::http::StatusCode::from_u16(refusal.status).ok();
    let name = name.and_then(|status| status.canonical_reason()).unwrap_or_default();
    let status = format!("{} {name}", refusal.status);
    match refusal.said.trim() {
        "" => status.trim_end().to_owned(),
        words => format!("{}, \"{}\"", status.trim_end(), said(words)),
    }
}

/// A server's words on one line, not too many, and harmless to a terminal.
pub(crate) fn said(words: &str) -> String {
    let shown = printable(words.trim());
    let mut short: String = shown.chars().take(MAX_SAID_CHARS).collect();
    if short.len() < shown.len() {
        short.push('…');
    }
    short
}

/// Seconds without a fraction; at least one.
fn seconds(wait: Duration) -> u64 {
    (wait.as_secs_f64().round() as u64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About<'static> {
        About {
            place: "h:6060",
            what: "profile",
            base: "/debug/pprof",
            elapsed: Duration::from_secs(60),
            listed: &[],
            options: Options::Own,
        }
    }

    #[track_caller]
    fn meaning(status: u16, is_pprof: bool, said: &str) -> Meaning {
        Refusal { status, is_pprof, challenge: None, said: said.to_owned() }.meaning()
    }

    #[test]
    fn what_gos_handlers_say_is_understood() {
        for (status, is_pprof, said, expected) in [
            (404, false, "404 page not found", Meaning::NoPprof),
            (404, true, "Unknown profile", Meaning::UnknownProfile),
            (500, true, "Could not enable CPU profiling: cpu profiling already in use", Meaning::CpuBusy),
            (500, true, "Could not enable tracing: execution tracer already enabled", Meaning::TraceBusy),
            (500, true, "Could not enable tracing: tracing is already enabled", Meaning::TraceBusy),
            (400, true, "profile duration exceeds server's WriteTimeout", Meaning::WriteTimeout),
            (400, true, "\"seconds\" parameter is not supported for this profile type", Meaning::NoDelta),
            (400, true, "seconds and debug params are incompatible", Meaning::NoDelta),
            (400, true, "invalid value for \"seconds\" - must be a positive integer", Meaning::BadSeconds),
            (400, false, "Client sent an HTTP request to an HTTPS server.", Meaning::SpeaksTls),
            (503, false, "Timeout", Meaning::TimeLimit),
            (504, false, "", Meaning::TimeLimit),
            (401, false, "", Meaning::Login),
            (403, false, "", Meaning::Forbidden),
            (418, false, "", Meaning::Other),
            (500, false, "oops", Meaning::Other),
        ] {
            assert_eq!(meaning(status, is_pprof, said), expected, "{status} {said}");
        }
    }

    #[test]
    fn each_fault_says_what_to_change() {
        let refused = |status, is_pprof, said: &str| {
            Fault::Refused(Refusal { status, is_pprof, challenge: None, said: said.to_owned() })
        };
        let second = Duration::from_secs(1);
        let cut = |n_bytes, expected| Fault::CutOff { n_bytes, expected, after: Duration::from_millis(2040) };
        for (fault, expected) in [
            (Fault::NothingListens, "nothing listens at h:6060: is the service up, and the port forwarded?"),
            (
                Fault::NoAnswer(second),
                "h:6060 took the request for profile and answered nothing within 1 s: a longer --timeout waits longer",
            ),
            (
                Fault::Idle { n_bytes: 7, wait: second * 10 },
                "h:6060 stopped in the middle of profile: after 7 bytes nothing came for 10 s",
            ),
            (
                cut(0, None),
                "h:6060 closed the connection after 2.0 s without an answer to profile: did the program or the port-forward end, or does its WriteTimeout cut?",
            ),
            (
                cut(7, Some(70)),
                "h:6060 cut profile off after 2.0 s and 7 of 70 bytes: did the program or the port-forward end, or does a time limit (WriteTimeout, a proxy) cut?",
            ),
            (
                Fault::WebPage,
                "h:6060 answers with a web page and not with profile: is it the right port, and the right path (--base)?",
            ),
            (
                refused(404, false, "404 page not found"),
                "h:6060 answers, but has no /debug/pprof/profile: import net/http/pprof there, or give the path where it is (--base)",
            ),
            (
                refused(503, false, "\u{1b}[31mslow\n"),
                "a time limit in front of h:6060 ended profile after 60 s (503 Service Unavailable, \"\\x1b[31mslow\"): use shorter --seconds, or a port-forward past the proxy",
            ),
            (refused(418, false, ""), "h:6060 does not give profile: 418 I'm a teapot"),
        ] {
            assert_eq!(fault.sentence(&about()), expected);
        }
        let login =
            Refusal { status: 401, challenge: Some("Basic realm=\"ops\"".to_owned()), ..Refusal::default() };
        assert_eq!(
            Fault::Refused(login).sentence(&about()),
            "h:6060 needs a login (Basic realm=\"ops\"): --user NAME (password in $GOSCOPE_PASSWORD), --bearer-file FILE, --header 'K: V' or $GOSCOPE_AUTH"
        );
        let listed = ["heap", "goroutine"].map(str::to_owned);
        assert_eq!(
            refused(404, true, "Unknown profile").sentence(&About { listed: &listed, ..about() }),
            "h:6060 has no profile profile; it has heap, goroutine"
        );
    }

    #[test]
    fn long_words_of_a_server_are_cut() {
        let text = said(&"x".repeat(5000));
        assert_eq!((text.chars().count(), text.ends_with('…')), (201, true));
    }
}
