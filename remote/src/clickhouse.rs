//! ClickHouse by its HTTP interface: a statement, perhaps rows, and an answer.
//!
//! ```text
//! clickhouse://[USER[:PASSWORD]@]HOST[:8123]/DATABASE      clickhouses:// the same over TLS, port 8443
//! ```
//!
//! Name and password go in headers, never in the address. What is not said there comes from `CLICKHOUSE_USER` and
//! `CLICKHOUSE_PASSWORD`, as ClickHouse's own client has it.

use std::io::Read as _;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ureq::Agent;

use crate::tls::{Trust, tls_config};

/// How long a server may take to be reached.
const CONNECT: Duration = Duration::from_secs(10);

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(600);

/// How often a statement is sent whose connection broke, and how long to wait before it is sent again. All that goscope sends
/// may be sent twice.
const WAITS: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// The largest answer that is taken.
const MAX_ANSWER_BYTES: u64 = 2 << 30;

/// The most of a refusal that is read.
const MAX_REFUSAL_BYTES: u64 = 16 << 10;

/// A statement may name thousands of ids: ClickHouse's own limit is 256 KiB.
const MAX_STATEMENT_BYTES: usize = 64 << 20;

/// A database on a server.
#[derive(Debug)]
pub struct ClickHouse {
    agent: Agent,
    url: String,
    user: Option<String>,
    password: Option<String>,
    database: String,
    shown: String,
}

/// Why a statement has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClickHouseFault {
    /// The address makes no sense; a sentence.
    #[error("{0}")]
    Address(String),
    /// The server cannot be reached, or the connection broke; a sentence.
    #[error("{0}")]
    Unreachable(String),
    /// The server refuses: its code (of ClickHouse; 0 if it gives none), and a sentence.
    #[error("{1}")]
    Refused(u32, String),
}

/// The database is not there.
pub const UNKNOWN_DATABASE: u32 = 81;
/// The table is not there.
pub const UNKNOWN_TABLE: u32 = 60;
/// The name or the password is wrong.
const AUTHENTICATION_FAILED: [u32; 3] = [516, 192, 193];

impl ClickHouse {
    /// Reads an address. Nothing is sent.
    ///
    /// # Errors
    /// [`ClickHouseFault::Address`].
    pub fn new(address: &str) -> Result<Self, ClickHouseFault> {
        let wrong = |reason: &str| {
            ClickHouseFault::Address(format!(
                "{}: {reason}; write clickhouse://HOST:8123/DATABASE",
                without_password(address)
            ))
        };
        let (scheme, rest) = match address.split_once("://") {
            Some(("clickhouse", rest)) => (("http", 8123), rest),
            Some(("clickhouses", rest)) => (("https", 8443), rest),
            _ => return Err(wrong("this is no address of ClickHouse")),
        };
        let (user, rest) = rest.rsplit_once('@').map_or((None, rest), |(user, rest)| (Some(user), rest));
        let (host, database) = rest.split_once('/').unwrap_or((rest, ""));
        if host.is_empty() {
            return Err(wrong("it has no host"));
        }
        let database = database.trim_end_matches('/');
        let is_name = |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if database.is_empty() || !is_name(database) {
            return Err(wrong("the name of a database (letters, digits and _) has to follow the host"));
        }
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let host = if has_port { host.to_owned() } else { format!("{host}:{}", scheme.1) };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = match user {
            Some(user) => {
                let (name, password) =
                    user.split_once(':').map_or((user, None), |(name, password)| (name, Some(password)));
                (Some(decoded(name)), password.map(decoded))
            }
            None => (None, None),
        };
        let of_environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let tls =
            tls_config(false, &Trust::default()).map_err(|_nothing_given| wrong("TLS cannot be set up"))?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent("goscope")
            .tls_config(tls)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(ANSWER))
            .build()
            .new_agent();
        Ok(Self {
            agent,
            url: format!("{}://{host}/", scheme.0),
            user: user.or_else(|| of_environment("CLICKHOUSE_USER")),
            password: password.or_else(|| of_environment("CLICKHOUSE_PASSWORD")),
            database: database.to_owned(),
            shown: format!("clickhouse://{host}/{database}"),
        })
    }

    /// The database, which is a plain name.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The address without name and password.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Sends a statement; gives its answer in the format that it asks for.
    ///
    /// # Errors
    /// [`ClickHouseFault::Unreachable`], [`ClickHouseFault::Refused`].
    pub fn query(&self, statement: &str) -> Result<Vec<u8>, ClickHouseFault> {
        self.send("", statement.as_bytes())
    }

    /// Sends `INSERT … FORMAT …` with its rows.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn insert(&self, statement: &str, rows: &[u8]) -> Result<(), ClickHouseFault> {
        self.send(statement, rows).map(drop)
    }

    /// Sends it, once more where the connection broke.
    fn send(&self, statement: &str, body: &[u8]) -> Result<Vec<u8>, ClickHouseFault> {
        for wait in WAITS {
            match self.send_once(statement, body) {
                Err(ClickHouseFault::Unreachable(_)) => std::thread::sleep(wait),
                answer => return answer,
            }
        }
        self.send_once(statement, body)
    }

    fn send_once(&self, statement: &str, body: &[u8]) -> Result<Vec<u8>, ClickHouseFault> {
        // An error in the middle of an answer would come after the header that says all is well.
        let mut url = format!("{}?wait_end_of_query=1&max_query_size={MAX_STATEMENT_BYTES}", self.url);
        if !statement.is_empty() {
            url += &format!("&query={}", utf8_percent_encode(statement, NON_ALPHANUMERIC));
        }
        let mut request = self.agent.post(&url);
        if let Some(user) = &self.user {
            request = request.header("X-ClickHouse-User", user);
        }
        if let Some(password) = &self.password {
            request = request.header("X-ClickHouse-Key", password);
        }
        let broken = |error: ureq::Error| {
            ClickHouseFault::Unreachable(format!(
                "{}: {error}; is it there, and is this its port for HTTP (8123, with TLS 8443)?",
                self.shown
            ))
        };
        let mut response = request.send(body).map_err(broken)?;
        let status = response.status().as_u16();
        if status == 200 {
            let reader = response.body_mut().with_config().limit(MAX_ANSWER_BYTES);
            return reader.read_to_vec().map_err(broken);
        }
        let code = response.headers().get("x-clickhouse-exception-code");
        let code: u32 = code.and_then(|code| code.to_str().ok()?.parse().ok()).unwrap_or(0);
        let mut text = Vec::new();
        // What cannot be read of a refusal is left out: that it refuses is known.
        let _ = response.body_mut().as_reader().take(MAX_REFUSAL_BYTES).read_to_end(&mut text);
        Err(ClickHouseFault::Refused(code, self.refusal(status, code, &String::from_utf8_lossy(&text))))
    }

    fn refusal(&self, status: u16, code: u32, text: &str) -> String {
        let shown = &self.shown;
        if AUTHENTICATION_FAILED.contains(&code) || matches!(status, 401 | 403) {
            let user = self.user.as_deref().unwrap_or("default");
            return format!(
                "{shown} refuses the user {user}: name and password go into the address, as clickhouse://USER:PASSWORD@HOST/DATABASE, \
                 or into CLICKHOUSE_USER and CLICKHOUSE_PASSWORD"
            );
        }
        let message = text.split_once("DB::Exception: ").map_or(text, |(_, message)| message);
        let message = message.split(" (version ").next().unwrap_or(message).trim();
        // A stack trace of the server is nobody's business here.
        let message = message.lines().next().unwrap_or_default();
        let hidden = self.password.as_deref().filter(|password| !password.is_empty());
        let message =
            hidden.map_or_else(|| message.to_owned(), |password| message.replace(password, "xxxxx"));
        format!("{shown} answers {status}: {message}")
    }
}

/// An address without what may be secret.
fn without_password(address: &str) -> String {
    match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_its_password_is_never_shown() {
        let server = ClickHouse::new("clickhouse://me:s%3Acret@ch.example/profiles").expect("an address");
        assert_eq!(server.shown(), "clickhouse://ch.example:8123/profiles");
        assert_eq!(server.url, "http://ch.example:8123/");
        assert_eq!((server.user.as_deref(), server.password.as_deref()), (Some("me"), Some("s:cret")));
        let refused = server.refusal(500, 1, "Code: 1. DB::Exception: no s:cret here (version 26.9)\nstack");
        assert_eq!(refused, "clickhouse://ch.example:8123/profiles answers 500: no xxxxx here");
    }

    #[test]
    fn what_is_no_address_is_said_without_its_password() {
        for address in [
            "clickhouse://me:secret@/db",
            "clickhouse://me:secret@host",
            "clickhouse://me:secret@host/a`b",
            "http://host/db",
        ] {
            let error = ClickHouse::new(address).expect_err("no address").to_string();
            assert!(error.contains("write clickhouse://HOST:8123/DATABASE"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
