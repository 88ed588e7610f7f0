//! Paths as they are typed and pasted.

use std::path::PathBuf;

/// The path that was meant: `~` is the home of the user.
pub fn expanded(text: &str) -> PathBuf {
    let home = std::env::home_dir().filter(|_| text == "~" || text.starts_with("~/"));
    match home {
        Some(home) => home.join(text[1..].trim_start_matches('/')),
        None => PathBuf::from(text),
    }
}
