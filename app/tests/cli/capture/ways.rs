//! Every way to ask: headers and logins, TLS, Unix sockets, proxies, redirects, layers of gzip, other paths, and the flags
//! that say what is asked for. The server tells what it was asked.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::mpsc::channel;

use serde_json::Value;

use super::servers::{GoServer, proxy};
use super::{capture, captured, names, said};
use crate::program::stdout;

/// Captures with variables of the environment.
fn capture_in(variables: &[(&str, &str)], folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goscope"));
    command.arg("capture").args(arguments).current_dir(folder).env_remove("GOSCOPE_AUTH");
    command.envs(variables.iter().copied()).output().expect("goscope starts")
}

/// What a server is asked by a capture that must succeed, the index aside.
#[track_caller]
fn asked(server: &GoServer, arguments: &[&str]) -> Vec<String> {
    asked_in(&[], server, arguments)
}

#[track_caller]
fn asked_in(variables: &[(&str, &str)], server: &GoServer, arguments: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let before = server.requests().len();
    let output = capture_in(variables, folder.path(), arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    assert_eq!(names(folder.path()).len(), 1, "{arguments:?}");
    let requests = server.requests();
    let lines =
        requests[before..].lines().filter(|line| !line.starts_with("end ") && !line.contains("/pprof/ "));
    lines.map(|line| line.replace(&server.place, "HOST")).collect()
}

#[test]
fn a_login_is_shown_in_every_way() {
    let Some(server) = GoServer::start("login", &[]) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let token = folder.path().join("token");
    std::fs::write(&token, "s3cret\n").expect("a file");
    let token = token.display().to_string();
    let place = &*server.place;
    let with_user = format!("http://dev:s3cret@{place}");
    let (basic, bearer) = ("\"Basic ZGV2OnMzY3JldA==\"", "\"Bearer s3cret\"");
    for (variables, arguments, secret) in [
        (&[][..], &[&*with_user][..], basic),
        (&[("GOSCOPE_PASSWORD", "s3cret")], &[place, "--user", "dev"], basic),
        (&[], &[place, "--bearer-file", &token], bearer),
        (&[("GOSCOPE_AUTH", "Bearer s3cret")], &[place], bearer),
        (&[], &[place, "--header", "Authorization: Bearer s3cret"], bearer),
        (&[], &[place, "-H", "X-Token: s3cret", "-H", "X-Other: 1"], "\"s3cret\""),
    ] {
        let arguments = [arguments, &["--profile", "heap"]].concat();
        let requests = asked_in(variables, &server, &arguments);
        assert_eq!(requests, [format!("GET /debug/pprof/heap HOST {secret}")], "{arguments:?}");
    }
}

#[test]
fn certificates_are_trusted_by_flags() {
    let Some(server) = GoServer::start("tls", &[]) else { return };
    let authority = server.file("ca.pem");
    let (url, insecure) = (format!("https://{}", server.place), format!("https+insecure://{}", server.place));
    for arguments in [&[&*url, "--cacert", &authority][..], &[&url, "--insecure"], &[&insecure]] {
        let arguments = [arguments, &["--profile", "heap"]].concat();
        assert_eq!(asked(&server, &arguments), ["GET /debug/pprof/heap HOST \"\""]);
    }
    let Some(server) = GoServer::start("tls-client", &[]) else { return };
    let url = format!("https://{}", server.place);
    let file = |name: &str| server.file(name);
    let (authority, certificate, key) = (file("ca.pem"), file("client.pem"), file("client.key"));
    let arguments =
        [&*url, "--profile", "heap", "--cacert", &authority, "--cert", &certificate, "--key", &key];
    assert_eq!(asked(&server, &arguments), ["GET /debug/pprof/heap HOST \"\""]);
    // A bundle goes over TLS like anything else.
    let arguments = [&*url, "--insecure", "--cert", &certificate, "--key", &key];
    let short = [&arguments[..], &["--seconds", "1", "--trace-seconds", "0.2"]].concat();
    assert!(asked(&server, &short).len() > 10);
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_asked() {
    let Some(server) = GoServer::start("unix", &[]) else { return };
    let target = format!("unix:{}", server.place);
    let requests = asked(&server, &[&target, "--profile", "heap"]);
    assert_eq!(requests, ["GET /debug/pprof/heap localhost \"\""]);
}

#[test]
fn a_proxy_is_used_as_it_is_said() {
    let Some(server) = GoServer::start("login", &[]) else { return };
    let (sender, asked_of_proxy) = channel();
    let proxy = format!("http://{}", proxy(&server.place, sender));
    let secret = ["--profile", "heap", "-H", "X-Token: s3cret"];
    // By a flag, even to this machine: whoever says so means it.
    let requests = asked(&server, &[&[&*server.place, "--proxy", &proxy], &secret[..]].concat());
    assert_eq!(requests, ["GET /debug/pprof/heap HOST \"s3cret\""]);
    // By the environment to other machines; the proxy sees no secret.
    let other = ["http://shop.invalid:6060", "--send-credentials-in-plain"];
    let variables = [("HTTP_PROXY", &*proxy), ("ALL_PROXY", &proxy), ("NO_PROXY", "")];
    let requests = asked_in(&variables, &server, &[&other, &secret[..]].concat());
    assert_eq!(requests, ["GET /debug/pprof/heap shop.invalid:6060 \"s3cret\""]);
    let heads: Vec<String> = asked_of_proxy.try_iter().collect();
    assert_eq!(heads.len(), 4, "index and heap, twice: {heads:?}");
    assert!(heads[0].starts_with(&format!("CONNECT {} HTTP/1.1\r\n", server.place)), "{heads:?}");
    assert!(heads[2].starts_with("CONNECT shop.invalid:6060 HTTP/1.1\r\n"), "{heads:?}");
    assert!(heads.iter().all(|head| !head.contains("s3cret")), "{heads:?}");
    // Not by the environment to this machine, and not if it is said.
    let requests = asked_in(&variables, &server, &[&[&*server.place], &secret[..]].concat());
    assert_eq!(requests.len(), 1);
    let folder = tempfile::tempdir().expect("a folder");
    let output = capture_in(&variables, folder.path(), &["http://shop.invalid:6060", "--proxy", "none"]);
    assert!(said(&output).contains("there is no host of this name"), "{}", said(&output));
    assert_eq!(asked_of_proxy.try_iter().count(), 0);
}

#[test]
fn redirects_are_followed_and_secrets_stay_behind() {
    let Some(server) = GoServer::start("pprof", &[]) else { return };
    let to = format!("http://{}/debug/pprof/heap", server.place);
    let moved = GoServer::start("moved", &["-to", &to]).expect("Go is there");
    let from = format!("http://dev:s3cret@{}/debug/pprof/heap", moved.place);
    assert_eq!(asked(&server, &[&from, "-H", "X-Token: s3cret"]), ["GET /debug/pprof/heap HOST \"\""]);
    assert!(moved.requests().contains("s3cret"), "{}", moved.requests());
    // Without the slash, Go itself redirects to its index.
    assert!(asked(&server, &[&format!("http://{}/debug/pprof", server.place), "--seconds", "1"]).len() > 10);
}

#[test]
fn a_layer_of_gzip_for_the_way_is_taken_off() {
    let Some(server) = GoServer::start("gzip", &[]) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for (profile, format) in
        [("heap", "pprof profile"), ("trace", "Go execution trace"), ("dump", "goroutine dump")]
    {
        let arguments =
            [&*server.place, "--profile", profile, "--trace-seconds", "0.2", "-o", profile, "--json"];
        let json: Value =
            serde_json::from_str(&captured(folder.path(), &arguments).join("\n")).expect("JSON");
        assert_eq!(json["captures"][0]["hosts"][0]["members"][0]["format"], format);
        let path = folder.path().join(profile).display().to_string();
        assert!(stdout(&["info", &path]).contains(format), "{profile}");
    }
}

#[test]
fn handlers_may_be_elsewhere_or_few() {
    let Some(server) = GoServer::start("elsewhere", &[]) else { return };
    let slash = format!("{}/admin/pprof/", server.place);
    for arguments in [&[&*server.place, "--base", "/admin/pprof"][..], &[&slash]] {
        let requests = asked(&server, &[arguments, &["--profile", "heap"]].concat());
        assert_eq!(requests, ["GET /admin/pprof/heap HOST \"\""]);
    }
    let Some(server) = GoServer::start("no-index", &[]) else { return };
    let requests = asked(&server, &[&server.place, "--profile", "heap"]);
    assert_eq!(requests, ["GET /debug/pprof/heap HOST \"\""]);
}

#[test]
fn flags_become_requests() {
    let Some(server) = GoServer::start("pprof", &[]) else { return };
    let exact = |query: &str| format!("http://{}/debug/pprof/{query}", server.place);
    let place = &*server.place;
    for (arguments, request) in [
        (&[place, "--profile", "heap", "--gc"][..], "heap?gc=1"),
        (&[place, "--profile", "allocs", "--delta", "--seconds", "1"], "allocs?seconds=1"),
        (&[place, "--profile", "goroutine", "--delta", "--seconds", "1"], "goroutine?seconds=1"),
        (&[place, "--profile", "dump"], "goroutine?debug=2"),
        (&[place, "--profile", "shop.pool"], "shop.pool"),
        (&[place, "--profile", "cpu", "--seconds", "1"], "profile?seconds=1"),
        (&[place, "--profile", "trace", "--trace-seconds", "0.2"], "trace?seconds=0.2"),
        (&[&exact("trace"), "--seconds", "1"], "trace?seconds=1"),
        (&[&exact("heap?gc=1")], "heap?gc=1"),
        (&[&exact("goroutine?debug=1")], "goroutine?debug=1"),
        (&[&exact("cmdline")], "cmdline"),
    ] {
        let requests = asked(&server, arguments);
        assert_eq!(requests, [format!("GET /debug/pprof/{request} HOST \"\"")], "{arguments:?}");
    }
}

#[test]
fn a_bundle_has_what_the_index_lists() {
    let Some(server) = GoServer::start("pprof", &[]) else { return };
    let mut requests = asked(&server, &[&server.place, "--seconds", "1", "--trace-seconds", "0.2"]);
    requests.sort();
    let names: Vec<&str> = requests
        .iter()
        .filter_map(|request| request.strip_prefix("GET /debug/pprof/")?.split(' ').next())
        .collect();
    let twice =
        ["block", "block", "cmdline", "goroutine", "goroutine", "goroutine?debug=2", "goroutine?debug=2"];
    let rest = [
        "heap",
        "heap",
        "mutex",
        "mutex",
        "profile?seconds=1",
        "shop.pool",
        "threadcreate",
        "trace?seconds=0.2",
    ];
    assert_eq!(names, [&["allocs"], &twice[..], &rest[..]].concat());
    assert!(requests.iter().all(|request| request.starts_with("GET ")), "never HEAD, which profiles as well");
}

#[test]
fn moments_are_captured_again_and_again() {
    let Some(server) = GoServer::start("pprof", &[]) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = [&*server.place, "--profile", "dump", "--every", "1100ms", "--count", "3", "-o", "in/"];
    let files = captured(folder.path(), &arguments);
    assert_eq!(files.len(), 3);
    assert!(files.is_sorted(), "{files:?}");
    // They are what the verdict on leaks reads.
    let paths: Vec<String> =
        files.iter().map(|file| folder.path().join(file).display().to_string()).collect();
    let words: Vec<&str> = ["goroutines"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let output = crate::program::goscope(&words);
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", said(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("compared with those before: "), "{text}");
}

#[test]
fn help_says_the_limits() {
    let folder = tempfile::tempdir().expect("a folder");
    let help = String::from_utf8_lossy(&capture(folder.path(), &["--help"]).stdout).into_owned();
    for limit in [
        "--max-size bytes (1 GiB)",
        "a capture 4080 MiB",
        "5 s for a connection",
        "30 s for the first byte",
        "10 s without a byte",
        "At most 10\nredirects",
        "At most 64 programs",
        "over plain http only to this machine",
        "written nowhere",
    ] {
        assert!(help.contains(limit), "{limit:?} is not in\n{help}");
    }
}
