//! What keeps somebody out is in no file, no name, no message and no manifest, whatever becomes of a capture: also where a
//! server says what it was told.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use super::servers::{GoServer, nobody, says, serve, serve_samples};
use super::{names, said};

/// Every form in which the secret may appear: as it is, and as a login is sent (`dev:s3cretS3cret`).
const FORMS: [&str; 2] = ["s3cretS3cret", "ZGV2OnMzY3JldFMzY3JldA=="];

/// Variables of the environment, and arguments.
type Way = (Vec<(&'static str, String)>, Vec<String>);

/// Each way to show the secret.
fn ways(place: &str, path: &str, token: &Path) -> Vec<Way> {
    let url = format!("http://{place}{path}");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let mut ways = vec![
        (vec![], words(&[&format!("http://dev:s3cretS3cret@{place}{path}")])),
        (vec![], words(&[&url, "-H", "X-Token: s3cretS3cret"])),
        (vec![], words(&[&url, "-H", "Authorization: Bearer s3cretS3cret"])),
        (vec![], words(&[&url, "--bearer-file", &token.display().to_string()])),
        (vec![("GOSCOPE_AUTH", "Bearer s3cretS3cret".to_owned())], words(&[&url])),
        (vec![("GOSCOPE_PASSWORD", "s3cretS3cret".to_owned())], words(&[&url, "--user", "dev"])),
    ];
    if !path.is_empty() {
        ways.push((vec![], words(&[&format!("{url}?token=s3cretS3cret")])));
    }
    ways
}

/// All files below a folder, their names and what is in them; of bundles and profiles, what any tool finds in them.
fn all_bytes(folder: &Path) -> Vec<u8> {
    let mut all = names(folder).join("\n").into_bytes();
    for name in names(folder) {
        let path = folder.join(name);
        let bytes = fs::read(&path).expect("a file");
        let inflated = goscope_parsers::inflate_all(&bytes, 1 << 24).map(|bytes| bytes.into_owned());
        all.extend(inflated.unwrap_or_default());
        all.extend(bytes);
        let info = crate::program::goscope(&["info", &path.display().to_string()]);
        all.extend([info.stdout, info.stderr].concat());
    }
    all
}

/// Captures in every way, and looks for the secret everywhere.
#[track_caller]
fn check(place: &str, path: &str, code: i32, also: &[&str]) {
    let keys = tempfile::tempdir().expect("a folder");
    let token = keys.path().join("token");
    fs::write(&token, "s3cretS3cret\n").expect("a file");
    for (variables, mut arguments) in ways(place, path, &token) {
        let folder = tempfile::tempdir().expect("a folder");
        arguments.extend(also.iter().map(|word| (*word).to_owned()));
        for extra in [&[][..], &["--json"]] {
            let output = Command::new(env!("CARGO_BIN_EXE_goscope"))
                .arg("capture")
                .args(&arguments)
                .args(extra)
                .current_dir(folder.path())
                .env_remove("GOSCOPE_AUTH")
                .envs(variables.iter().map(|(name, value)| (*name, value)))
                .output()
                .expect("goscope starts");
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
            let all = [output.stdout, output.stderr, all_bytes(folder.path())].concat();
            let all = String::from_utf8_lossy(&all).into_owned();
            for form in FORMS {
                let at = all.find(form);
                assert_eq!(at, None, "{arguments:?}: {}", said_around(&all, at));
            }
        }
    }
}

fn said_around(all: &str, at: Option<usize>) -> String {
    let at = at.unwrap_or(0);
    all.chars().skip(at.saturating_sub(100)).take(250).collect()
}

#[test]
fn of_a_capture_that_succeeds_no_secret_stays() {
    let place = serve_samples("X: y");
    check(&place, "", 0, &["--profile", "heap,goroutine"]);
    check(&place, "/debug/pprof/heap", 0, &[]);
}

#[test]
fn of_a_bundle_of_a_go_program_no_secret_stays() {
    let Some(server) = GoServer::start("pprof", &[]) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("http://dev:s3cretS3cret@{}", server.place);
    let arguments = [&*url, "-H", "X-Token: s3cretS3cret", "--seconds", "1", "--trace-seconds", "0.2"];
    let lines = super::captured(folder.path(), &arguments);
    assert_eq!(lines.len(), 1);
    let all = String::from_utf8_lossy(&all_bytes(folder.path())).into_owned();
    assert!(FORMS.iter().all(|form| !all.contains(form)));
}

#[test]
fn of_every_error_no_secret_is_said() {
    check(&nobody(), "/debug/pprof/heap", 3, &[]);
    // Servers that repeat all that they were told.
    for start in
        ["401 Unauthorized", "403 Forbidden", "404 Not Found", "503 Service Unavailable", "418 I'm a teapot"]
    {
        let echo = serve(move |stream, request| {
            let secret =
                request.lines().find(|line| line.contains("s3cret") || line.contains("ZGV2")).unwrap_or("");
            let answer = format!(
                "HTTP/1.1 {start}\r\nWWW-Authenticate: Basic realm=\"not {secret}\"\r\nContent-Length: {}\r\n\r\n{request}",
                request.len()
            );
            let _ = stream.write_all(answer.as_bytes());
        });
        check(&echo, "/debug/pprof/heap", 3, &[]);
    }
    let page = says("200 OK", b"<html>s3cretS3cret</html>");
    check(&page, "/debug/pprof/heap", 3, &[]);
    let cut = says("200 OK", b"");
    check(&cut, "/debug/pprof/heap", 3, &[]);
    // To another machine, where a redirect repeats what was asked.
    let moved = serve(|stream, _| {
        let to = "HTTP/1.1 302 Found\r\nLocation: file:///s3cretS3cret?x=s3cretS3cret\r\nContent-Length: 0\r\n\r\n";
        let _ = stream.write_all(to.as_bytes());
    });
    check(&moved, "/debug/pprof/heap", 3, &[]);
}

#[test]
fn of_a_wrong_command_line_no_secret_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["ftp://dev:s3cretS3cret@h/"][..],
        &["h:1", "-H", "s3cretS3cret"],
        &["h:1", "-H", "X: a\r\nY: s3cretS3cret"],
        &["http://dev:s3cretS3cret@h:1", "http://dev:s3cretS3cret@h:1"],
        &["http://dev:s3cretS3cret@h/debug/pprof/heap", "--profile", "cpu"],
        &["http://dev:s3cretS3cret@192.0.2.1/"],
        &["h.invalid:1", "--proxy", "socks5://dev:s3cretS3cret@127.0.0.1:1"],
        &["h.invalid:1", "--proxy", "http://dev:s3cretS3cret@127.0.0.1:1"],
    ] {
        let output = super::capture(folder.path(), arguments);
        assert!(output.status.code().is_some_and(|code| code > 1), "{arguments:?}");
        assert!(!said(&output).contains("s3cret"), "{arguments:?}: {}", said(&output));
        assert!(!said(&output).is_empty());
    }
}
