//! What a browser lets a picture do: nothing is fetched, and no script runs but the picture's own.
//!
//! SVG has no element for it. HTML's stands in the picture's metadata: browsers of Chromium's family obey it there, others skip
//! it. Names are text without it, too; it is the second lock.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

/// What the root element runs when the picture is there.
const ON_LOAD: &str = "init(evt)";

/// The element that says it, for a picture with this script as it stands in the file, or with none.
pub(super) fn policy(script: Option<&str>) -> String {
    let scripts = script.map_or_else(String::new, |script| {
        // What the browser runs is what XML says it is.
        let text = script.replace("<![CDATA[", "").replace("]]>", "");
        format!("; script-src 'unsafe-hashes' '{}' '{}'", digest(&text), digest(ON_LOAD))
    });
    format!(
        "<metadata><head xmlns=\"http://www.w3.org/1999/xhtml\"><meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'{scripts}\"/></head></metadata>"
    )
}

fn digest(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_without_a_script_runs_none() {
        assert!(policy(None).contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    }

    #[test]
    fn a_script_is_known_by_its_digest() {
        // printf 'init(evt)' | openssl dgst -sha256 -binary | base64
        let own = policy(Some("<![CDATA[init]]><![CDATA[(evt)]]>"));
        let digest = "'sha256-WiAVSnuYekflqQvM3Bgx4QYmF4g+iml28eRUaqE8Qeo='";
        assert_eq!(own.matches(digest).count(), 2, "{own}");
    }
}
