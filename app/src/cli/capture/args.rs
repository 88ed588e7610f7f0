//! The command line of `goscope capture`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use goscope_remote::{Credentials, Manner, ProxyChoice, Target, Trust, USUAL_BASE};

use super::super::failure::Failure;
use super::super::store::add::label;
use super::forward::Forwards;
use crate::bundle::MAX_BUNDLE_BYTES;
use crate::capture::kind::Kind;
use crate::capture::plan::Wanted;
use crate::capture::take::Rules;

const MORE_HELP: &str = "\
A program needs `import _ \"net/http/pprof\"` and a server. What is taken:
  HOST:PORT                       a bundle: CPU profile and trace at the same time, heap,
                                  goroutines, locks before and after (HOST_PORT.TIME.goscope.zip)
  HOST:PORT --profile heap        one file
  http://HOST/debug/pprof/heap    exactly this request; --as trace where the path does not say it
  --k8s NAMESPACE/POD:PORT        a pod, through kubectl port-forward, which is ended afterwards
  --watch FOLDER                  files that the program writes by itself, as they come
Its name is printed on standard output; a member of a bundle is BUNDLE:cpu.pb.gz.

Limits: an answer has at most --max-size bytes (1 GiB), also after it is inflated, all of
a capture 4080 MiB. Without --timeout: 5 s for a connection, 30 s for the first byte (of a CPU profile
or difference 10 s more than is measured, of a trace 10 s), 10 s without a byte. At most 10
redirects, none from https to http, none from another machine to this one. At most 64 programs.
A folder that is watched has at most 10,000 files; kubectl has 20 s for a port.

Secrets: --user with the password in $GOSCOPE_PASSWORD, --bearer-file, $GOSCOPE_AUTH (all of
an Authorization header), --header. They go to the hosts that are named, not where those
redirect to, over plain http only to this machine, and are written nowhere. Files can be read
by their owner alone. Values of flags like -db-password are left out of cmdline.txt.

Ctrl-C ends it and keeps what is whole, and a trace up to there; a second one ends at once.

Exit codes: 0 something was captured, 1 not all of it (--strict), 2 wrong usage,
3 nothing was captured, 130 ended by Ctrl-C.

Examples:
  goscope capture localhost:6060
  goscope capture localhost:6060 --profile cpu --seconds 10 --open
  goscope capture pod-a:6060 pod-b:6060 --profile cpu      each, and their sum
  goscope capture localhost:6060 --profile heap --every 60s --count 3
  goscope capture pod-a:6060 pod-b:6060 --profile cpu,heap --every 1m --store profiles --label version=1.4
  goscope capture unix:/run/shop.sock --profile trace -o slow.trace
  goscope capture http://localhost:6060/snapshot --as trace
  goscope capture --watch /var/tmp/shop --as trace --count 1 --open";

/// The most programs at a time.
const MOST_TARGETS: usize = 64;

/// Arguments of `goscope capture`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(crate) struct CaptureArgs {
    /// Programs: HOST:PORT, http[s]://HOST:PORT[/PATH], unix:PATH[:/PATH]
    #[arg(value_name = "TARGET", required_unless_present_any = ["k8s", "watch"])]
    targets: Vec<String>,
    /// Pod to reach by `kubectl port-forward`, POD:PORT in the current namespace; may be given again
    #[arg(long, value_name = "NAMESPACE/POD:PORT")]
    pub(super) k8s: Vec<String>,
    /// Name each new file of this folder once it is whole: where the program writes its own traces (trace.FlightRecorder)
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["targets", "k8s", "json", "every", "profile", "output"])]
    pub(super) watch: Option<PathBuf>,
    /// What an address or the files of a folder must be, where their names do not say it: trace, cpu, heap …
    #[arg(long = "as", value_name = "KIND", conflicts_with = "profile")]
    as_kind: Option<String>,
    /// What to take: cpu, trace, heap, allocs, goroutine, mutex, block, threadcreate, goroutineleak, dump, names of the program's own; all for all of Go's
    #[arg(long, short, value_name = "LIST", value_delimiter = ',')]
    profile: Vec<String>,
    /// Seconds of the CPU profile, and of --delta [default: 30]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(super) seconds: Option<u32>,
    /// Seconds of the trace; a busy server writes 2 to 20 MB a second
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    trace_seconds: f64,
    /// Let the server take a profile twice, --seconds apart, and give the difference
    #[arg(long)]
    delta: bool,
    /// Let the server collect garbage before a heap profile
    #[arg(long)]
    gc: bool,
    /// File to write, or folder if it is one or ends in /; nothing is overwritten: -2, -3 … are added
    #[arg(long, short, value_name = "FILE|FOLDER")]
    pub(super) output: Option<PathBuf>,
    /// Of several programs, keep each alone and add nothing up
    #[arg(long)]
    pub(super) side_by_side: bool,
    /// Capture again, this long after the one before began: 30s, 5m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) every: Option<Duration>,
    /// Put what is captured into a store, and keep no files unless -o says where; with --every until Ctrl-C
    #[arg(long, value_name = "STORE", conflicts_with_all = ["watch", "open"])]
    pub(super) store: Option<String>,
    /// A label of what goes into the store; service= and version= say what is measured
    #[arg(long, value_name = "KEY=VALUE", value_parser = label)]
    pub(super) label: Vec<(String, String)>,
    /// How many times; of --watch, how many files
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) count: Option<u32>,
    /// Open what was captured in the window
    #[arg(long, conflicts_with_all = ["json", "every"])]
    pub(super) open: bool,
    /// Exit with 1 if anything failed
    #[arg(long)]
    pub(super) strict: bool,
    /// Print JSON (docs/json.md)
    #[arg(long)]
    pub(super) json: bool,
    /// Leave the program's command line out of a bundle
    #[arg(long)]
    no_cmdline: bool,
    /// Path of pprof's handlers
    #[arg(long, value_name = "PATH", default_value = USUAL_BASE, help_heading = "How to ask")]
    base: String,
    /// Header to send, which others on this machine may see in the list of processes; may be given again
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE", help_heading = "How to ask")]
    headers: Vec<String>,
    /// Name for a login; its password is in $GOSCOPE_PASSWORD
    #[arg(long, value_name = "NAME", help_heading = "How to ask")]
    user: Option<String>,
    /// File with a bearer token
    #[arg(long, value_name = "FILE", help_heading = "How to ask", conflicts_with = "user")]
    bearer_file: Option<PathBuf>,
    /// Send credentials over plain http to other machines, too
    #[arg(long, help_heading = "How to ask")]
    send_credentials_in_plain: bool,
    /// Certificates of authorities to trust instead of the system's, in PEM
    #[arg(long, value_name = "FILE", help_heading = "How to ask")]
    cacert: Option<PathBuf>,
    /// Certificate to show, in PEM
    #[arg(long, value_name = "FILE", requires = "key", help_heading = "How to ask")]
    cert: Option<PathBuf>,
    /// Its key, in PEM
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "How to ask")]
    key: Option<PathBuf>,
    /// Trust any certificate
    #[arg(long, help_heading = "How to ask")]
    insecure: bool,
    /// Proxy, or `none`; without this, what HTTPS_PROXY, ALL_PROXY and NO_PROXY say
    #[arg(long, value_name = "URL", help_heading = "How to ask")]
    proxy: Option<String>,
    /// Seconds for each answer, from request to end; of --watch, for each file
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..=86_400), help_heading = "How to ask")]
    timeout: Option<u32>,
    /// The most bytes of an answer: 500MB, 2GiB
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size, help_heading = "How to ask")]
    max_size: u64,
}

impl CaptureArgs {
    /// The programs, and those that are reached over forwarded ports.
    pub(super) fn targets(&self, forwards: &Forwards) -> Result<Vec<Target>, Failure> {
        let parse =
            |text: &str| Target::parse(text, &self.base).map_err(|error| Failure::Usage(anyhow!(error)));
        let named = self.targets.iter().map(|text| parse(text));
        let forwarded = forwards.places();
        let forwarded = forwarded.iter().map(|(name, place)| parse(place).map(|target| target.called(name)));
        let targets: Vec<Target> = named.chain(forwarded).collect::<Result<_, _>>()?;
        if targets.len() > MOST_TARGETS {
            return Err(Failure::Usage(anyhow!(
                "{} programs; at most {MOST_TARGETS} at a time",
                targets.len()
            )));
        }
        if let Some(twice) = targets.iter().enumerate().find(|(at, target)| targets[..*at].contains(target)) {
            return Err(Failure::Usage(anyhow!("{} is given twice", twice.1.place())));
        }
        if self.as_kind.is_some() && !targets.iter().all(Target::is_exact) {
            return Err(Failure::Usage(anyhow!(
                "--as goes with an address that says exactly what to take, as http://HOST:PORT/PATH, or with --watch"
            )));
        }
        if !self.profile.is_empty() && targets.iter().any(Target::is_exact) {
            return Err(Failure::Usage(anyhow!(
                "an address that says exactly what to take goes without --profile; give HOST:PORT alone"
            )));
        }
        Ok(targets)
    }

    /// What to take of a program.
    pub(super) fn wanted(&self, target: &Target) -> Result<Wanted, Failure> {
        let kinds = match target.is_exact() {
            true => vec![self.as_kind()?.unwrap_or_else(|| Kind::of_exact(target.address()))],
            false => self.kinds()?,
        };
        if self.delta && kinds.iter().all(|kind| !kind.has_delta()) {
            return Err(Failure::Usage(anyhow!(
                "--delta goes with --profile heap, allocs, goroutine, mutex, block or threadcreate; a bundle has both ends already"
            )));
        }
        if !(self.trace_seconds > 0.0 && self.trace_seconds <= 3600.0) {
            return Err(Failure::Usage(anyhow!("--trace-seconds is more than 0 and at most 3600")));
        }
        Ok(Wanted {
            kinds,
            seconds: self.seconds.unwrap_or(30),
            trace_seconds: self.trace_seconds,
            is_delta: self.delta,
            collects: self.gc,
            has_command_line: !self.no_cmdline,
        })
    }

    /// What `--as` says.
    pub(super) fn as_kind(&self) -> Result<Option<Kind>, Failure> {
        let named = |name: &String| {
            Kind::named(name).ok_or_else(|| {
                let names: Vec<&str> = Kind::NAMED.iter().map(Kind::name).collect();
                Failure::Usage(anyhow!("--as: {name:?} is none of {}", names.join(", ")))
            })
        };
        self.as_kind.as_ref().map(named).transpose()
    }

    fn kinds(&self) -> Result<Vec<Kind>, Failure> {
        let mut kinds: Vec<Kind> = Vec::new();
        for name in self.profile.iter().map(|name| name.trim()) {
            let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-');
            match Kind::named(name) {
                _ if name == "all" => kinds.extend(Kind::NAMED),
                Some(kind) => kinds.push(kind),
                None if !name.is_empty() && name.chars().all(is_name) && !name.starts_with('.') => {
                    kinds.push(Kind::Other(name.to_owned()));
                }
                None => return Err(Failure::Usage(anyhow!("--profile: {name:?} is no name of a profile"))),
            }
        }
        kinds.sort();
        kinds.dedup();
        Ok(kinds)
    }

    /// What goes together, where the command line cannot say it.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let wrong = |what: &'static str| Err(Failure::Usage(anyhow!(what)));
        match (self.count, self.every, &self.watch) {
            (Some(_), None, None) => wrong("--count goes with --every TIME, or with --watch FOLDER"),
            (None, _, Some(_)) if self.open => {
                wrong("--watch with --open goes with --count N: the window opens when they are there")
            }
            _ => Ok(()),
        }
    }

    /// How long to wait for one answer or file, if it was said.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.timeout.map(|seconds| Duration::from_secs(u64::from(seconds)))
    }

    /// How to ask.
    pub(super) fn rules(&self) -> Result<Rules, Failure> {
        let read = |path: &Option<PathBuf>| path.as_deref().map_or(Ok(Vec::new()), read_file);
        let trust =
            Trust { authorities: read(&self.cacert)?, certificate: read(&self.cert)?, key: read(&self.key)? };
        let proxy = match self.proxy.as_deref() {
            None => ProxyChoice::Environment,
            Some("none") => ProxyChoice::Direct,
            Some(url) => ProxyChoice::Url(url.to_owned()),
        };
        let manner = Manner {
            credentials: self.credentials()?,
            may_send_in_plain: self.send_credentials_in_plain,
            trust,
            is_insecure: self.insecure,
            proxy,
            may_be_page: false,
            user_agent: format!("goscope/{}", env!("CARGO_PKG_VERSION")),
        };
        Ok(Rules { manner, max_bytes: self.max_size.min(MAX_BUNDLE_BYTES), timeout: self.wait() })
    }

    fn credentials(&self) -> Result<Credentials, Failure> {
        let wrong = |error: String| Failure::Usage(anyhow!(error));
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let mut credentials = Credentials::default();
        for header in &self.headers {
            credentials.add_header(header).map_err(|error| wrong(format!("--header: {error}")))?;
        }
        if let Some(user) = &self.user {
            let password = variable("GOSCOPE_PASSWORD").ok_or_else(|| {
                wrong("--user takes the password from $GOSCOPE_PASSWORD, and there is none".to_owned())
            })?;
            credentials.add_user(user, &password);
        } else if let Some(file) = &self.bearer_file {
            let token = read_file(file)?;
            let token = String::from_utf8_lossy(&token).into_owned();
            credentials.add_bearer(&token).map_err(|error| wrong(format!("{}: {error}", file.display())))?;
        } else if let Some(value) = variable("GOSCOPE_AUTH") {
            let header = format!("Authorization: {value}");
            credentials.add_header(&header).map_err(|error| wrong(format!("$GOSCOPE_AUTH: {error}")))?;
        }
        Ok(credentials)
    }
}

/// A small file: a certificate, a token. An empty one would be as good as none, and nobody means that.
fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let shown = || goscope_parsers::printable(&path.display().to_string()).into_owned();
    let content = fs::read(path).with_context(shown).map_err(Failure::Input)?;
    if content.is_empty() { Err(Failure::Input(anyhow!("{} is empty", shown()))) } else { Ok(content) }
}

/// `500MB`, `2GiB`, `1048576`.
fn size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 8] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("kB", 1_000),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
    ];
    let unit = UNITS.iter().find_map(|(name, bytes)| Some((text.strip_suffix(name)?, *bytes)));
    let (number, bytes) = unit.unwrap_or((text, 1));
    let number: u64 = number.trim().parse().map_err(|_error| "a size is written 500MB or 2GiB".to_owned())?;
    number.checked_mul(bytes).filter(|&bytes| bytes > 0).ok_or_else(|| "a size is more than 0".to_owned())
}

/// `30s`, `5m`, `1h`, `2.5s`.
fn duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 4] = [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let found = UNITS.iter().find_map(|(name, seconds)| {
        let number: f64 = text.strip_suffix(name)?.parse().ok()?;
        Some(number * seconds)
    });
    let seconds = found.filter(|seconds| (0.0..=1e7).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "a time is written 30s, 5m or 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_have_units() {
        assert_eq!(
            ["1GiB", "500MB", "64 kB", "12"].map(size),
            [Ok(1 << 30), Ok(500_000_000), Ok(64_000), Ok(12)]
        );
        assert!(["", "x", "0", "-1", "99999999999GiB"].map(size).iter().all(Result::is_err));
        assert_eq!(
            ["60s", "5m", "200ms"].map(|text| duration(text).map(|time| time.as_millis())),
            [Ok(60_000), Ok(300_000), Ok(200)]
        );
        assert!(["", "5", "-1s", "NaNs", "infs"].map(duration).iter().all(Result::is_err));
    }
}
