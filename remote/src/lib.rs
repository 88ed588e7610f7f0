//! Fetches profiles and traces from running programs, and runs `go`, `git`, `dlv` and `kubectl`: the only crate that opens sockets.
//!
//! ```text
//! http://host:6060/debug/pprof/heap ──► Address ──► get (download, into memory) ──► bytes, or one sentence
//! host:6060, unix:/run/app.sock ──► Target ──► Address ──► download ──► NAME.part ──► NAME, or a Fault
//! NS/POD:PORT ──► PortForward ──► 127.0.0.1:PORT
//! clickhouse://host:8123/db ──► ClickHouse ──► the answer to a statement, or a ClickHouseFault
//! host:4000 ──► delve::Session ──► goroutines, variables, a breakpoint, or a DelveFault
//! ```
//!
//! What the bytes mean is for `parsers` to say. A crate of its own, so that its TLS is built by nothing but the app.

mod address;
pub mod clickhouse;
mod credentials;
pub mod delve;
mod download;
mod fault;
mod http;
mod part_file;
pub mod port_forward;
pub mod program;
mod redirect;
pub mod running;
mod target;
mod tls;
#[cfg(unix)]
mod unix_socket;

pub use address::Address;
pub use credentials::Credentials;
pub use download::{Answer, Deadlines, Manner, ProxyChoice, Watch, download};
pub use fault::{About, Fault, Meaning, Options, Refusal};
pub use http::{HttpError, MAX_BODY_BYTES, Request, get};
pub use part_file::PartFile;
pub use target::{Target, USUAL_BASE};
pub use tls::Trust;
