//! Which redirects are followed: pure rules over two addresses.
//!
//! ```text
//! to the same host and port       followed, credentials go along
//! to another one                  followed without credentials
//! from https to http              refused: what was meant to be secret would not be
//! from elsewhere to this machine  refused: a server may not make us ask our own services
//! to file:, ftp: …                refused
//! ```

use crate::address::Address;
use crate::fault::Fault;

/// Redirects that are followed, as Go does.
pub(crate) const MAX_REDIRECTS: u32 = 10;

/// Where to ask next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) to: Address,
    /// Whether headers and credentials of the user may be sent there.
    pub(crate) is_same_host: bool,
}

/// The next step, from the address that was asked and the `Location` of its answer.
pub(crate) fn follow(from: &Address, location: &str) -> Result<Step, Fault> {
    let refused = |why| Fault::Redirect { to: shown(location), why };
    let to = resolve(from, location).ok_or_else(|| refused("goes to no http or https address"))?;
    if !from.is_plain() && to.is_plain() {
        return Err(refused("leads from https to plain http"));
    }
    if to.is_local_or_link_local() && !from.is_local_or_link_local() {
        return Err(refused("leads from another machine to a local address"));
    }
    let is_same_host = from.authority() == to.authority();
    // A server has no say in who we are there.
    let to = to.without_user();
    Ok(Step { to: if is_same_host { to.with_user_of(from) } else { to }, is_same_host })
}

fn resolve(from: &Address, location: &str) -> Option<Address> {
    let scheme = if from.is_plain() { "http" } else { from.scheme() };
    let absolute = if location.contains("://") && !location.starts_with('/') {
        // Nobody but the user may say that any certificate will do.
        if location.starts_with("https+insecure") {
            return None;
        }
        match (from.scheme(), location.strip_prefix("https://")) {
            ("https+insecure", Some(rest)) if rest.split('/').next() == Some(from.authority()) => {
                format!("https+insecure://{rest}")
            }
            _ => location.to_owned(),
        }
    } else if let Some(rest) = location.strip_prefix("//") {
        let scheme = if scheme == "https+insecure" { "https" } else { scheme };
        format!("{scheme}://{rest}")
    } else if location.starts_with('/') {
        format!("{scheme}://{}{location}", from.authority())
    } else if location.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':')) {
        return None;
    } else {
        let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{}{folder}/{location}", from.authority())
    };
    // An empty path is a server's first page here, and not its CPU profile.
    Address::parse_at(&absolute, "/")
}

/// A location as far as it is shown: without what may be secret in it.
fn shown(location: &str) -> String {
    let without_query = location.split(['?', '#']).next().unwrap_or_default();
    let short: String = without_query.chars().take(100).collect();
    let (scheme, rest) =
        short.split_once("://").map_or(("", short.as_str()), |(scheme, rest)| (scheme, rest));
    let rest = match rest.split_once('/') {
        Some((place, path)) => format!("{}/{path}", place.rsplit('@').next().unwrap_or_default()),
        None => rest.rsplit('@').next().unwrap_or_default().to_owned(),
    };
    goscope_parsers::printable(&if scheme.is_empty() { rest } else { format!("{scheme}://{rest}") })
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(from: &str, location: &str) -> String {
        match follow(&Address::parse(from).expect("an address"), location) {
            Ok(step) => format!("{}{}", step.to, if step.is_same_host { " with credentials" } else { "" }),
            Err(Fault::Redirect { to, why }) => format!("{to} {why}"),
            Err(fault) => format!("{fault:?}"),
        }
    }

    #[test]
    fn where_redirects_lead() {
        for (from, location, expected) in [
            ("http://a:1/x/y", "/z?q=1", "http://a:1/z?q=1 with credentials"),
            ("http://a:1/x/y", "z", "http://a:1/x/z with credentials"),
            ("http://me:pw@a/x", "/y", "http://me:xxxxx@a/y with credentials"),
            ("http://a:1/x", "http://b:1/y", "http://b:1/y"),
            ("http://a:1/x", "http://a:2/y", "http://a:2/y"),
            ("http://a/x", "https://a/x", "https://a/x with credentials"),
            ("http://a/x", "//b/y", "http://b/y"),
            ("http://a/x", "http://you:pw@b/y", "http://b/y"),
            ("http://a/x", "http://b", "http://b/"),
            ("https+insecure://a/x", "/y", "https+insecure://a/y with credentials"),
            ("https+insecure://a/x", "https://b/y", "https://b/y"),
            ("https+insecure://a/x", "//b/y", "https://b/y"),
            ("https://a/x", "http://u:p@a/x?token=1", "http://a/x leads from https to plain http"),
            ("https://a/x", "https+insecure://a/", "https+insecure://a/ goes to no http or https address"),
            ("http://a/x", "file:///etc/passwd", "file:///etc/passwd goes to no http or https address"),
            ("http://a/x", "javascript:x", "javascript:x goes to no http or https address"),
        ] {
            assert_eq!(followed(from, location), expected, "{from} to {location}");
        }
        for local in [
            "127.0.0.1",
            "localhost",
            "[::1]",
            "169.254.169.254",
            "[fe80::1]",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
        ] {
            let expected = format!("http://{local}/x leads from another machine to a local address");
            assert_eq!(followed("http://example.com/x", &format!("http://{local}/x")), expected);
            assert_eq!(
                followed("http://127.0.0.1:1/x", &format!("http://{local}/x")),
                format!("http://{local}/x")
            );
        }
    }
}
