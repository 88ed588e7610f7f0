//! Who reads the output and stops: nothing is wrong with that.

use std::process::{Command, Stdio};

use goscope_test_support::sample;

use crate::commands::readers;

#[test]
fn a_pipe_that_is_closed_is_no_error() {
    for reader in readers() {
        let file = sample(reader.samples()[0]).display().to_string();
        let mut child = Command::new(env!("CARGO_BIN_EXE_goscope"))
            .args(reader.arguments(&file))
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let run = child.wait_with_output().expect("a child");
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(!said.contains("panicked") && !said.contains("roken pipe"), "{}: {said}", reader.name());
        // What finds something, or has too little to say, or no git to ask, says so all the same.
        assert!(matches!(run.status.code(), Some(0..=4)), "{}: {:?}: {said}", reader.name(), run.status);
    }
}

/// Neither is it an error that nobody reads what is wrong.
#[test]
fn a_closed_standard_error_does_not_panic() {
    for arguments in
        [&["info", "/no/such/file"][..], &["top", "--focus", "nothing-like-this"], &["nonsense", "--x"]]
    {
        let mut child = Command::new(env!("CARGO_BIN_EXE_goscope"))
            .args(arguments)
            .args((arguments[0] == "top").then(|| sample("pprof/cpu.pb.gz")))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stderr.take());
        let code = child.wait().expect("a child").code();
        assert!(matches!(code, Some(0..=3)), "{arguments:?}: {code:?}");
    }
}
