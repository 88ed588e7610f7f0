//! One address, as it stands on a command line: the same request as a capture makes, into memory.
//!
//! An answer that ends early is an error here, whichever way its end is told: by length, by a last chunk, by TLS. Names and
//! passwords in an address are sent as they are asked for, over plain http too, as pprof does.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::download::{Deadlines, Manner, Watch, download};
use crate::fault::{About, Fault, Options};
use crate::target::Target;
use crate::tls::Trust;

/// The largest answer that is taken: a guard against answers without end.
pub const MAX_BODY_BYTES: u64 = 2 << 30;

/// What a server gets on top of the time that it measures.
const SLACK: Duration = Duration::from_secs(5);

/// How long an answer may take that nobody set a time for, from the address to the end of its header.
const USUAL_WAIT: Duration = Duration::from_secs(60);

/// How long the rest of such an answer may take.
const USUAL_BODY_WAIT: Duration = Duration::from_secs(600);

/// What a profile cannot be packed to: more is a bomb.
const MOST_UNPACKED: u64 = 64;

/// How to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The longest to wait for the whole answer; where the server measures first, it gets some seconds more.
    pub timeout: Option<Duration>,
    /// Certificates other than the system's.
    pub trust: Trust,
}

/// Why there is no answer, or none that can be used, in one sentence that says what to change.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HttpError(String);

/// The body of the answer.
///
/// # Errors
/// The sentence of a [`Fault`].
pub fn get(address: &Address, request: &Request) -> Result<Vec<u8>, HttpError> {
    let manner = Manner {
        trust: request.trust.clone(),
        may_send_in_plain: true,
        user_agent: "goscope".to_owned(),
        ..Manner::default()
    };
    let (started, watch) = (Instant::now(), Watch::default());
    let mut body = Body { bytes: Vec::new(), watch: &watch };
    let target = Target::exactly(address);
    let deadlines = deadlines(address, request);
    download(address, &target, &manner, &deadlines, MAX_BODY_BYTES, &watch, &mut body)
        .map(|_| body.bytes)
        .map_err(|fault| match fault {
            // Nothing else keeps bytes from memory.
            Fault::CannotWrite(bomb) => Fault::Damaged(bomb),
            fault => fault,
        })
        .map_err(|fault| HttpError(sentence(&fault, address, started.elapsed())))
}

/// Says what went wrong, with the options of the command that has some.
fn sentence(fault: &Fault, address: &Address, elapsed: Duration) -> String {
    let what = address.last_element();
    let base = address.path().strip_suffix(what).unwrap_or_default().trim_end_matches('/');
    let options = Options::OfCapture;
    fault.sentence(&About { place: address.authority(), what, base, elapsed, listed: &[], options })
}

/// How long to wait: pprof's rule, but that a timeout which leaves no time to measure is kept as it is.
fn deadlines(address: &Address, request: &Request) -> Deadlines {
    let measured = address.seconds().map(|seconds| Duration::from_secs(u64::from(seconds)));
    let (wait, rest) = match (request.timeout, measured) {
        (Some(timeout), Some(measured)) if timeout >= measured => (timeout + SLACK, Duration::ZERO),
        (Some(timeout), _) => (timeout, Duration::ZERO),
        (None, Some(measured)) => (measured * 3 / 2 + SLACK, USUAL_BODY_WAIT),
        (None, None) => (USUAL_WAIT + SLACK, USUAL_BODY_WAIT),
    };
    Deadlines { connect: wait, first_byte: wait, idle: wait + rest, total: wait + rest }
}

/// Takes the body, unless it grows as no profile does while it is unpacked.
struct Body<'w> {
    bytes: Vec<u8>,
    watch: &'w Watch,
}

impl Write for Body<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = self.watch.n_bytes().saturating_mul(MOST_UNPACKED).saturating_add(1 << 20);
        if (self.bytes.len() + bytes.len()) as u64 > most {
            return Err(io::Error::other("it grows as no profile does when it is unpacked"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
