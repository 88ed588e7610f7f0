//! Requests that a program serves, found in its trace without any annotation.
//!
//! ```text
//! net/http.(*conn).serve   idle wait │ woken  read  handler …  write │ idle wait │ woken …
//!                                    └────────── request ───────────┘
//! ```
//!
//! A goroutine of `net/http.(*conn).serve` serves the requests of a connection one after the other. Between them it
//! waits for the network in `readRequest` or `Peek`. A request begins when such a wait ends (so that the delay until it
//! runs counts), or with the goroutine; it ends with the last write to the connection before the next such wait. Without
//! a write there was no request: the connection was closed. Pipelined requests are taken as one.
//!
//! HTTP/2 and gRPC run each request on a goroutine of its own: its life is the request.
//!
//! The endpoint is the first function outside of the server's library that it calls, on any stack of the request. A
//! handler that never blocked, wrote or logged has no stack: then it is the library.
//!
//! The names are those of Go 1.21 to 1.27, golang.org/x/net/http2 and google.golang.org/grpc.

use std::ops::Range;

use goscope_parsers::trace::{GoId, StackId, StringId, Time};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::instance::{AnswerInstance, AnswerInstances, AnswerOf};
use crate::trace::model::{Span, TraceModel};
use crate::trace::words::cause::SpanState;

/// The goroutine of a connection.
const CONNECTION: &[u8] = b"net/http.(*conn).serve";
/// It calls the handler.
const DISPATCH: &[u8] = b"net/http.serverHandler.ServeHTTP";
/// It writes to the connection.
const WRITE: &[u8] = b"net/http.checkConnErrorWriter.Write";

/// How a server is recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    /// One goroutine a connection.
    Http1,
    /// One goroutine a request.
    Http2,
    Grpc,
}

impl Server {
    fn of_goroutine(start_function: &[u8]) -> Option<Self> {
        if start_function == CONNECTION {
            return Some(Self::Http1);
        }
        let is_http2 = start_function.ends_with(b"erverConn).runHandler");
        if is_http2 && contains(start_function, b"http2") {
            return Some(Self::Http2);
        }
        let is_grpc = start_function.starts_with(b"google.golang.org/grpc.(*Server).")
            && (contains(start_function, b"serveStreams") || contains(start_function, b"handleStream"));
        is_grpc.then_some(Self::Grpc)
    }

    /// The function that calls handlers.
    fn is_dispatch(self, function: &[u8]) -> bool {
        match self {
            Self::Http1 | Self::Http2 => function == DISPATCH,
            Self::Grpc => function == b"google.golang.org/grpc.(*Server).handleStream",
        }
    }

    /// Whether a function is of the server's library.
    fn is_library(self, function: &[u8]) -> bool {
        function.starts_with(self.library().as_bytes())
            && matches!(function.get(self.library().len()), Some(b'.' | b'/'))
    }

    const fn library(self) -> &'static str {
        match self {
            Self::Http1 | Self::Http2 => "net/http",
            Self::Grpc => "google.golang.org/grpc",
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Whether a trace has a goroutine that serves requests.
pub(super) fn has_requests(model: &TraceModel) -> bool {
    model.goroutine_ids().any(|id| server_of(model, id).is_some())
}

fn server_of(model: &TraceModel, id: GoId) -> Option<Server> {
    Server::of_goroutine(model.tables().string(model.start_function(id)))
}

/// The requests to an endpoint, or all, that overlap a range of time.
pub(super) fn requests(model: &TraceModel, endpoint: Option<&str>, range: &Range<Time>) -> AnswerInstances {
    let servers: Vec<(GoId, Server)> =
        model.goroutine_ids().filter_map(|id| Some((id, server_of(model, id)?))).collect();
    let each = servers.par_iter().map(|&(id, server)| match server {
        Server::Http1 => of_connection(model, id, range),
        Server::Http2 | Server::Grpc => of_life(model, id, server, range),
    });
    let mut found = AnswerInstances::default();
    for requests in each.collect::<Vec<_>>() {
        found.incomplete += requests.incomplete;
        let fits = |it: &AnswerInstance| {
            endpoint.is_none_or(|endpoint| endpoint_text(model, it.name).as_bytes() == endpoint.as_bytes())
        };
        found.complete.extend(requests.complete.into_iter().filter(fits));
    }
    found
}

/// The name of a request's endpoint.
pub fn endpoint_text(model: &TraceModel, name: StringId) -> String {
    if name == StringId::NONE {
        "net/http".to_owned()
    } else {
        model.tables().string_lossy(name).into_owned()
    }
}

/// What stacks say about the requests of a connection, each asked once.
struct Stacks<'m> {
    model: &'m TraceModel,
    server: Server,
    known: FxHashMap<StackId, StackSays>,
}

#[derive(Clone, Copy, Debug, Default)]
struct StackSays {
    /// It waits for the next request.
    is_idle: bool,
    /// It writes to the connection.
    is_write: bool,
    endpoint: StringId,
}

impl<'m> Stacks<'m> {
    fn new(model: &'m TraceModel, server: Server) -> Self {
        Self { model, server, known: FxHashMap::default() }
    }

    fn say(&mut self, stack: StackId) -> StackSays {
        let (model, server) = (self.model, self.server);
        *self.known.entry(stack).or_insert_with(|| StackSays::of(model, server, stack))
    }
}

impl StackSays {
    fn of(model: &TraceModel, server: Server, stack: StackId) -> Self {
        let tables = model.tables();
        let frames = tables.stack(stack);
        let name = |at: usize| tables.string(tables.frame(frames[at]).function);
        let dispatch = (0..frames.len()).find(|&at| server.is_dispatch(name(at)));
        let waits = [b"net/http.(*conn).readRequest".as_slice(), b"bufio.(*Reader).Peek"];
        let handler = dispatch.and_then(|at| (0..at).rev().find(|&at| !server.is_library(name(at))));
        Self {
            is_idle: dispatch.is_none() && (0..frames.len()).any(|at| waits.contains(&name(at))),
            is_write: (0..frames.len()).any(|at| name(at) == WRITE),
            endpoint: handler.map_or(StringId::NONE, |at| tables.frame(frames[at]).function),
        }
    }
}

/// A request that is being read off the spans of its connection.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// `None` if the connection was there before the trace.
    begin: Option<Time>,
    /// When the last write so far ended.
    written: Option<Time>,
    endpoint: StringId,
}

fn of_connection(model: &TraceModel, id: GoId, range: &Range<Time>) -> AnswerInstances {
    let mut found = AnswerInstances::default();
    let Some(life) = model.goroutine(id) else { return found };
    let mut stacks = Stacks::new(model, Server::Http1);
    let begun = |begin| Open { begin, written: None, endpoint: StringId::NONE };
    let mut open = begun(life.is_created.then_some(life.creation));
    let network = |span: &Span| model.tables().string(model.cause(span.cause).reason) == b"network";
    let mut close = |open: Open, is_last: bool| match (open.begin, open.written) {
        (Some(begin), Some(end)) if !is_last || life.is_ended => {
            let endpoint = if open.endpoint == StringId::NONE {
                logged_endpoint(model, id, &(begin..end))
            } else {
                open.endpoint
            };
            let of = AnswerOf::Request;
            found.add(AnswerInstance { of, name: endpoint, goroutine: id, owner: id, begin, end }, range);
        }
        (_, Some(_)) => found.incomplete += 1,
        _ => {}
    };
    for span in model.spans(id) {
        let is_own_stack =
            matches!(span.state, SpanState::Waiting | SpanState::Syscall | SpanState::SyscallBlocked);
        if !is_own_stack {
            continue;
        }
        let says = stacks.say(model.cause(span.cause).stack);
        if span.state == SpanState::Waiting && says.is_idle && network(&span) {
            close(open, false);
            open = begun(Some(span.end));
            continue;
        }
        if open.endpoint == StringId::NONE {
            open.endpoint = says.endpoint;
        }
        if says.is_write && span.state != SpanState::Waiting {
            open.written = Some(span.end);
        }
    }
    close(open, true);
    found
}

/// The endpoint by logs and regions of the goroutine, for a handler that never blocked.
fn logged_endpoint(model: &TraceModel, id: GoId, range: &Range<Time>) -> StringId {
    let regions = model.regions_of(id).iter().filter(|region| range.contains(&region.begin));
    let from = model.samples().partition_point(|sample| sample.time < range.start);
    let samples = model.samples()[from..].iter().take_while(|sample| sample.time < range.end);
    let samples = samples.filter(|sample| sample.goroutine == id).map(|sample| sample.stack);
    let mut stacks = regions.map(|region| region.begin_stack).chain(samples);
    let endpoint = |stack| StackSays::of(model, Server::Http1, stack).endpoint;
    stacks.find_map(|stack| Some(endpoint(stack)).filter(|name| *name != StringId::NONE)).unwrap_or_default()
}

fn of_life(model: &TraceModel, id: GoId, server: Server, range: &Range<Time>) -> AnswerInstances {
    let mut found = AnswerInstances::default();
    let Some(life) = model.goroutine(id) else { return found };
    if !(life.is_created && life.is_ended) {
        found.incomplete += 1;
        return found;
    }
    let mut stacks = Stacks::new(model, server);
    let own = model.spans(id).filter(|span| !matches!(span.state, SpanState::Running | SpanState::Runnable));
    let mut names = own.map(|span| stacks.say(model.cause(span.cause).stack).endpoint);
    let name = names.find(|name| *name != StringId::NONE).unwrap_or_default();
    let (of, begin, end) = (AnswerOf::Request, life.creation, life.end);
    found.add(AnswerInstance { of, name, goroutine: id, owner: id, begin, end }, range);
    found
}
