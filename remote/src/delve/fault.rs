//! Why a conversation with delve failed, each in one sentence.

use crate::fault::said;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DelveFault {
    /// Nothing is there, or it takes no connection.
    #[error(
        "{place} takes no connection ({said}): is `dlv … --headless --listen={place} --api-version=2` running there, and the port forwarded?"
    )]
    NoConnection {
        /// `HOST:PORT`.
        place: String,
        /// What the system said.
        said: String,
    },
    /// Whatever answers is no delve.
    #[error(
        "{place} is not delve's JSON-RPC (it says \"{seen}\"): start dlv with --headless, not `dlv dap`, and give the port of --listen"
    )]
    NotDelve {
        /// `HOST:PORT`.
        place: String,
        /// The begin of what it said.
        seen: String,
    },
    /// The connection was closed or broke.
    #[error("{place} closed the connection ({said}): did dlv end, or the port-forward?")]
    Lost {
        /// `HOST:PORT`.
        place: String,
        /// What was going on.
        said: String,
    },
    /// An answer is larger than is read.
    #[error("{place} answers {what} with more than {limit} bytes: that is the limit")]
    TooLarge {
        /// `HOST:PORT`.
        place: String,
        /// What was asked.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// No answer within the time for it.
    #[error("{place} did not answer {what} within {seconds} s")]
    Silent {
        /// `HOST:PORT`.
        place: String,
        /// What was asked.
        what: &'static str,
        /// How long was waited.
        seconds: u64,
    },
    /// An answer is no JSON, or not of the expected form.
    #[error("{place} answers {what} with what is not delve's JSON ({said})")]
    Damaged {
        /// `HOST:PORT`.
        place: String,
        /// What was asked.
        what: &'static str,
        /// What is wrong with it.
        said: String,
    },
    /// Delve says no.
    #[error("dlv does not {what}: {said}")]
    Refused {
        /// What was asked, as a verb.
        what: String,
        /// What it said.
        said: String,
    },
    /// An interface of another version.
    #[error(
        "dlv at {place} speaks version {version} of its interface, goscope version 2: start it with --api-version=2"
    )]
    OtherVersion {
        /// `HOST:PORT`.
        place: String,
        /// The version.
        version: i64,
    },
    /// Nothing is said on a connection.
    #[error(
        "{place} takes the connection and says nothing for {seconds} s: a dlv that has a client already lets in others with --accept-multiclient only, and `dlv dap` is not spoken"
    )]
    NoGreeting {
        /// `HOST:PORT`.
        place: String,
        /// How long was waited.
        seconds: u64,
    },
    /// A debugger that ends its program when its only client leaves.
    #[error(
        "dlv at {place} started this program, which has not run yet, and ends it when its only client leaves: start dlv with --accept-multiclient --continue, or attach it to a program that runs"
    )]
    OnlyClient {
        /// `HOST:PORT`.
        place: String,
    },
    /// A debugger that would end its program.
    #[error(
        "dlv at {place} started this program and would end it, if it was asked to let go of it: go without --detach"
    )]
    WouldKill {
        /// `HOST:PORT`.
        place: String,
    },
    /// The program has ended.
    #[error("the program at {place} has ended with status {status}")]
    Exited {
        /// `HOST:PORT`.
        place: String,
        /// Its exit status.
        status: i64,
    },
    /// No function or line of this name.
    #[error("there is no place {asked} for a breakpoint: {said}")]
    NoPlace {
        /// What was asked for.
        asked: String,
        /// What delve said.
        said: String,
    },
    /// A function or line that several places fit.
    #[error("{asked} is {n} places ({first}, …): name one of them as FILE:LINE")]
    Ambiguous {
        /// What was asked for.
        asked: String,
        /// How many places fit.
        n: usize,
        /// The first of them.
        first: String,
    },
    /// Nobody came by.
    #[error("{place} was not reached within {seconds} s; the breakpoint is removed")]
    NotHit {
        /// Function, file and line.
        place: String,
        /// How long was waited.
        seconds: u64,
    },
    /// A breakpoint where the program stands still for others.
    #[error(
        "the program stands still, for another client of dlv or because dlv was started without --continue, and a breakpoint would let it run: `continue` it in `dlv connect {place}` first"
    )]
    StandsStill {
        /// `HOST:PORT`.
        place: String,
    },
    /// Something else stopped the program first.
    #[error("the program stopped before {place} was reached: {why}")]
    StoppedElsewhere {
        /// Function, file and line that were waited for.
        place: String,
        /// What stopped it.
        why: String,
    },
    /// There is no such goroutine.
    #[error("there is no goroutine {0}: it has ended, or belongs to the runtime")]
    NoGoroutine(u64),
    /// Somebody pressed Ctrl-C.
    #[error("stopped")]
    Stopped,
    /// `dlv core` does not run.
    #[error("dlv cannot open the core file: {said}")]
    NoCore {
        /// What it said.
        said: String,
    },
    /// There is no `dlv`.
    #[error(
        "there is no `dlv` on the PATH, which core files need: go install github.com/go-delve/delve/cmd/dlv@latest"
    )]
    NoDlv,
}

impl DelveFault {
    /// Whether the connection is of no use any more.
    pub(super) fn is_of_connection(&self) -> bool {
        matches!(
            self,
            Self::NoConnection { .. }
                | Self::NoGreeting { .. }
                | Self::NotDelve { .. }
                | Self::Lost { .. }
                | Self::TooLarge { .. }
                | Self::Silent { .. }
                | Self::Damaged { .. }
        )
    }

    pub(super) fn refused(what: impl Into<String>, words: &str) -> Self {
        Self::Refused { what: what.into(), said: said(words) }
    }
}
