//! Names on a command line: what is said of those that lead nowhere, and commands that are copied out of the window.

use std::process::Command;

use goscope::text::shell_word;
use goscope_test_support::nasty::NASTY;
use tempfile::TempDir;

use super::{checks, inputs, output_in};

/// Arguments hold no NUL.
fn arguments() -> impl Iterator<Item = &'static str> {
    NASTY.iter().copied().filter(|name| !name.contains('\0'))
}

#[test]
fn errors_show_what_was_typed_as_text() {
    let folder = TempDir::new().expect("a folder");
    inputs::write_inputs(folder.path());
    for name in arguments() {
        for words in [
            vec!["top", "--", name],
            vec!["--", name],
            vec!["peek", "--", name, "base0.pb.gz"],
            vec!["svg", "--sandwich", name, "base0.pb.gz"],
            vec!["trace", "why", "shop.trace", "--task", name],
            vec!["trace", "blame", "--", "shop.trace", name],
            vec!["top", "--focus", name, "base0.pb.gz"],
        ] {
            let output = output_in(folder.path(), &words);
            // What clap says of a value that looks like an option, it says of the user's own words.
            if output.stderr.starts_with(b"error:") {
                continue;
            }
            let text = [output.stderr, output.stdout].concat();
            assert_eq!(checks::lines_of_text(&text), [""; 0], "{words:?}");
        }
    }
}

#[test]
fn a_copied_word_is_one_argument_of_any_shell() {
    for name in arguments() {
        let word = shell_word(name);
        let obeyed = checks::lines_of_text(word.as_bytes());
        assert!(obeyed.is_empty(), "{word}: {obeyed:?}");
        for shell in ["sh", "bash"] {
            let line = format!("printf '%s\\0' {word} end");
            let output = Command::new(shell).args(["-c", &line]).output().expect("a shell starts");
            assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{name}\0end\0"), "{shell}: {line}");
        }
    }
}
