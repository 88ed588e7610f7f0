//! What a user shows a server to be let in: sent to no other one, and never shown.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Headers that are sent along, any of which may be a secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    headers: Vec<(String, String)>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({} headers)", self.headers.len())
    }
}

impl Credentials {
    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }

    /// A name and a password.
    pub fn add_user(&mut self, name: &str, password: &str) {
        let encoded = BASE64_STANDARD.encode(format!("{name}:{password}"));
        self.headers.push(("Authorization".to_owned(), format!("Basic {encoded}")));
    }

    /// A bearer token.
    ///
    /// # Errors
    /// It has characters that no token has; it is not shown.
    pub fn add_bearer(&mut self, token: &str) -> Result<(), String> {
        let token = token.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("the bearer token is empty, or has blanks or control characters".to_owned());
        }
        self.headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
        Ok(())
    }

    /// A header, as `Name: value`.
    ///
    /// # Errors
    /// A sentence that names the header and does not show its value.
    pub fn add_header(&mut self, text: &str) -> Result<(), String> {
        let Some((name, value)) = text.split_once(':') else {
            return Err("a header is written 'Name: value'".to_owned());
        };
        let (name, value) = (name.trim(), value.trim());
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err("the name of a header has letters, digits and hyphens".to_owned());
        }
        let is_ours = ["host", "content-length", "transfer-encoding", "connection", "accept-encoding"];
        if is_ours.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(format!("the header {name} is not for the user to set"));
        }
        if !value.chars().all(|char| char == '\t' || !char.is_control()) || !value.is_ascii() {
            return Err(format!(
                "the value of the header {name} has line breaks or other characters that headers cannot have"
            ));
        }
        self.headers.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// A text without what may be secret in these headers: a server may say what it was told.
    pub(crate) fn hide(&self, text: &str) -> String {
        let words = self
            .headers
            .iter()
            .flat_map(|(_, value)| std::iter::once(value.as_str()).chain(value.split(' ')));
        let decoded: Vec<String> = words.clone().filter_map(decoded).collect();
        let parts =
            decoded.iter().flat_map(|text| std::iter::once(text.as_str()).chain(text.splitn(2, ':').skip(1)));
        hide(text, words.chain(parts))
    }

    pub(crate) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    pub(crate) fn has_authorization(&self) -> bool {
        self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"))
    }
}

/// A name and a password in base64, as they are sent.
fn decoded(word: &str) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(word).ok()?;
    String::from_utf8(bytes).ok().filter(|text| text.contains(':'))
}

/// A text in which each of these words is replaced. What is shorter than a secret is left: a server says `1` often.
pub(crate) fn hide<'a>(text: &str, secrets: impl Iterator<Item = &'a str>) -> String {
    const LEAST_CHARS: usize = 4;
    const SCHEMES: [&str; 2] = ["Basic", "Bearer"];
    let mut secrets: Vec<&str> =
        secrets.filter(|word| word.chars().count() >= LEAST_CHARS && !SCHEMES.contains(word)).collect();
    // The longest first: one may be a part of another.
    secrets.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_repeats_is_hidden() {
        let mut credentials = Credentials::default();
        credentials.add_header("X-Token: s3cret").expect("a header");
        credentials.add_header("X-Short: 1").expect("a header");
        credentials.add_bearer("t0ken").expect("a token");
        credentials.add_user("dev", "pa55");
        for (text, hidden) in [
            ("no s3cret here, 1", "no *** here, 1"),
            ("Bearer t0ken is wrong", "*** is wrong"),
            ("t0ken", "***"),
            ("dev:pa55", "***"),
            ("pa55 of dev", "*** of dev"),
            ("Basic ZGV2OnBhNTU=", "***"),
            ("a Bearer", "a Bearer"),
        ] {
            assert_eq!(credentials.hide(text), hidden);
        }
    }

    #[test]
    fn headers_cannot_smuggle_lines_and_errors_show_no_value() {
        let mut credentials = Credentials::default();
        for bad in ["X: a\r\nY: s3cret", "s3cret", "X Y: s3cret", ": s3cret", "Host: s3cret", "X: s3crét"] {
            let error = credentials.add_header(bad).expect_err(bad);
            assert!(!error.contains("s3cr"), "{error}");
        }
        assert!(credentials.add_bearer("s3cret token").is_err_and(|error| !error.contains("s3cret")));
        assert!(credentials.is_empty());
        credentials.add_header("X-Token:  s3cret ").expect("a header");
        credentials.add_bearer("s3cret\n").expect("a token");
        credentials.add_user("me", "s3cret");
        assert_eq!(credentials.headers()[1].1, "Bearer s3cret");
        assert_eq!(format!("{credentials:?}"), "Credentials(3 headers)");
    }
}
