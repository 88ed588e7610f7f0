//! Every error that a capture meets: the sentence that says what to change, the exit code, and that nothing half-written
//! stays. A test each, against Go's own server where Go says it, and a scripted one where no Go of today does.

use std::io::Write as _;
use std::time::{Duration, Instant};

use goscope_test_support::sample;

use super::servers::{GoServer, nobody, says, sends, serve, stalls};
use super::{capture, names, said};

/// What a capture of something that fails must say.
struct Row<'a> {
    /// Where it is asked: `HOST` in what is said.
    place: &'a str,
    arguments: &'a [&'a str],
    /// All that is said, a line each, without the line about what will be done.
    says: &'a [&'a str],
}

impl Row<'_> {
    /// Captures, and nothing comes of it.
    #[track_caller]
    fn check(&self) {
        let folder = tempfile::tempdir().expect("a folder");
        let output = capture(folder.path(), self.arguments);
        assert_eq!(plain(&said(&output), self.place), self.says, "{:?}", self.arguments);
        assert_eq!(output.status.code(), Some(3), "{:?}", self.arguments);
        assert!(output.stdout.is_empty(), "no file is named");
        assert_eq!(names(folder.path()), Vec::<String>::new(), "nothing half-written stays");
    }
}

/// Lines without what differs from run to run: the place, and seconds with a fraction.
fn plain(said: &str, place: &str) -> Vec<String> {
    let lines = said.lines().filter(|line| !line.starts_with("Capturing from "));
    let lines = lines.map(|line| line.strip_prefix("goscope: ").unwrap_or(line).replace(place, "HOST"));
    lines
        .map(|line| {
            let mut words: Vec<&str> = line.split(' ').collect();
            for at in 1..words.len() {
                if words[at] == "s" && words[at - 1].contains('.') {
                    words[at - 1] = "N";
                }
            }
            words.join(" ")
        })
        .collect()
}

/// A request of a profile that is answered at once.
fn heap(place: &str) -> String {
    format!("http://{place}/debug/pprof/heap")
}

#[test]
fn nothing_listens() {
    let place = nobody();
    let says = &["nothing listens at HOST: is the service up, and the port forwarded?"];
    Row { place: &place, arguments: &[&place], says }.check();
    Row { place: &place, arguments: &[&heap(&place)], says }.check();
    Row { place: "unix:none.sock", arguments: &["unix:none.sock"], says }.check();
}

#[test]
fn nobody_knows_the_host() {
    let says = &["there is no host of this name: HOST"];
    Row { place: "no-such-host.invalid:6060", arguments: &["no-such-host.invalid:6060"], says }.check();
}

#[test]
fn the_server_has_no_pprof() {
    let Some(server) = GoServer::start("bare", &[]) else { return };
    let says = &[
        "HOST answers, but has no /debug/pprof/heap: import net/http/pprof there, or give the path where it is (--base)",
    ];
    for arguments in [&[&*server.place][..], &[&server.place, "--profile", "heap"], &[&heap(&server.place)]] {
        Row { place: &server.place, arguments, says }.check();
    }
}

#[test]
fn the_server_has_no_profile_of_this_name() {
    let Some(server) = GoServer::start("pprof", &[]) else { return };
    let has =
        "allocs, block, cmdline, goroutine, heap, mutex, profile, shop.pool, symbol, threadcreate, trace";
    for name in ["nosuch", "goroutineleak"] {
        let says = format!("HOST has no profile {name}; it has {has}");
        let arguments = &[&*server.place, "--profile", name];
        Row { place: &server.place, arguments, says: &[&says] }.check();
    }
    let arguments = &[&*format!("http://{}/debug/pprof/nosuch", server.place)];
    Row { place: &server.place, arguments, says: &["HOST has no profile nosuch"] }.check();
}

#[test]
fn the_handler_was_forgotten() {
    let Some(server) = GoServer::start("forgotten", &[]) else { return };
    let says = "HOST has no profile profile; it has allocs, block, cmdline, goroutine, heap, mutex, profile, shop.pool, symbol, threadcreate, trace";
    Row { place: &server.place, arguments: &[&server.place, "--profile", "cpu"], says: &[says] }.check();
}

#[test]
fn a_web_page_is_no_profile() {
    let Some(server) = GoServer::start("page", &[]) else { return };
    let index = "HOST answers with a web page and not with pprof's index: is it the right port, and the right path (--base)?";
    Row { place: &server.place, arguments: &[&server.place], says: &[index] }.check();
    let page =
        "HOST answers with a web page and not with heap: is it the right port, and the right path (--base)?";
    Row { place: &server.place, arguments: &[&heap(&server.place)], says: &[page] }.check();
}

#[test]
fn what_is_no_profile_is_named() {
    let text = says("200 OK", b"pong\n");
    let nothing = "HOST answers heap with what is no profile: it begins with the text \"pong\"";
    Row { place: &text, arguments: &[&heap(&text)], says: &[nothing] }.check();
    let trace = says("200 OK", &std::fs::read(sample("trace/latency-go1.27.trace")).expect("a sample"));
    let other = "HOST answers heap with a Go execution trace";
    Row { place: &trace, arguments: &[&heap(&trace)], says: &[other] }.check();
}

#[test]
fn somebody_else_takes_a_cpu_profile() {
    let Some(server) = GoServer::start("pprof", &[]) else { return };
    let other = super::begin(&server, "profile?seconds=60");
    let started = Instant::now();
    let says = "somebody else takes a CPU profile of HOST now (often a continuous profiler): try again later";
    let arguments = &[&*server.place, "--profile", "cpu", "--seconds", "1"];
    Row { place: &server.place, arguments, says: &[says] }.check();
    // Asked again three times, and waited for no longer than it measures.
    assert_eq!(server.requests().matches("GET /debug/pprof/profile?seconds=1 ").count(), 4);
    assert!((3..8).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    drop(other);
}

#[test]
fn somebody_else_is_waited_for() {
    let Some(server) = GoServer::start("pprof", &[]) else { return };
    let other = super::begin(&server, "profile?seconds=2");
    let folder = tempfile::tempdir().expect("a folder");
    let output = capture(folder.path(), &[&server.place, "--profile", "cpu", "--seconds", "1", "-o", "x"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(names(folder.path()), ["x"]);
    drop(other);
}

#[test]
fn somebody_else_takes_a_trace() {
    let Some(server) = GoServer::start("pprof", &[]) else { return };
    let other = super::begin(&server, "trace?seconds=60");
    let arguments = &[&*server.place, "--profile", "trace", "--trace-seconds", "0.5"];
    let says = "somebody else takes a trace of HOST now: try again later";
    Row { place: &server.place, arguments, says: &[says] }.check();
    drop(other);
    // Go 1.21 to 1.24 had other words.
    let old = "500 Internal Server Error\r\nX-Go-Pprof: 1";
    let old = super::servers::says(old, b"Could not enable tracing: tracing is already enabled\n");
    let arguments = &[&*format!("http://{old}/debug/pprof/trace?seconds=0.5")];
    Row { place: &old, arguments, says: &[says] }.check();
}

#[test]
fn an_old_server_may_not_write_that_long() {
    let old = "400 Bad Request\r\nX-Go-Pprof: 1";
    let place = super::servers::says(old, b"profile duration exceeds server's WriteTimeout\n");
    let arguments = &[&*format!("http://{place}/debug/pprof/profile?seconds=30")];
    let says = "HOST may not write that long: use --seconds less than its WriteTimeout, or raise that (Go 1.23 and later need neither)";
    Row { place: &place, arguments, says: &[says] }.check();
}

#[test]
fn a_write_timeout_cuts_where_a_wrapper_hides_it() {
    let Some(server) = GoServer::start("wrapped", &[]) else { return };
    let arguments = &[&*server.place, "--profile", "cpu", "--seconds", "2"];
    let says = "HOST closed the connection after N s without an answer to profile: did the program or the port-forward end, or does its WriteTimeout cut?";
    Row { place: &server.place, arguments, says: &[says] }.check();
    // Without one, Go 1.23 and later write as long as they measure.
    let Some(server) = GoServer::start("short", &[]) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let output = capture(folder.path(), &[&server.place, "--profile", "cpu", "--seconds", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn a_time_limit_ends_the_request() {
    let Some(server) = GoServer::start("limited", &[]) else { return };
    let arguments = &[&*server.place, "--profile", "cpu", "--seconds", "2"];
    let says = "a time limit in front of HOST ended profile after 1 s (503 Service Unavailable, \"too slow\"): use shorter --seconds, or a port-forward past the proxy";
    Row { place: &server.place, arguments, says: &[says] }.check();
    for (status, words) in [("502 Bad Gateway", "<html>nginx</html>"), ("504 Gateway Timeout", "")] {
        let place = super::servers::says(status, words.as_bytes());
        let says = format!(
            "a time limit in front of HOST ended heap after 1 s ({status}): use shorter --seconds, or a port-forward past the proxy"
        );
        Row { place: &place, arguments: &[&heap(&place)], says: &[&says] }.check();
    }
}

#[test]
fn a_login_is_needed() {
    let Some(server) = GoServer::start("login", &[]) else { return };
    let says = "HOST needs a login (Basic realm=\"ops\"): --user NAME (password in $GOSCOPE_PASSWORD), --bearer-file FILE, --header 'K: V' or $GOSCOPE_AUTH";
    Row { place: &server.place, arguments: &[&server.place], says: &[says] }.check();
    Row { place: &server.place, arguments: &[&heap(&server.place), "-H", "X-Token: wr0ng"], says: &[says] }
        .check();
}

#[test]
fn a_login_does_not_suffice() {
    let Some(server) = GoServer::start("forbidden", &[]) else { return };
    let says = "HOST forbids heap (403 Forbidden, \"not for you\"): does this login have the right?";
    Row { place: &server.place, arguments: &[&heap(&server.place)], says: &[says] }.check();
}

#[test]
fn a_certificate_is_not_trusted() {
    let Some(server) = GoServer::start("tls", &[]) else { return };
    let url = format!("https://{}", server.place);
    let says = "the certificate of HOST is not trusted (UnknownIssuer): --cacert FILE names who signed it, --insecure trusts any";
    Row { place: &server.place, arguments: &[&url], says: &[says] }.check();
    let key = server.file("client.key");
    let says = "the file of certificate authorities is not in PEM";
    Row { place: &server.place, arguments: &[&url, "--cacert", &key], says: &[says] }.check();
    // An empty file would trust whom the system trusts.
    let empty = server.file("requests.log");
    Row { place: &empty, arguments: &[&url, "--cacert", &empty], says: &["HOST is empty"] }.check();
}

#[test]
fn a_certificate_has_ended_or_has_another_name() {
    let Some(old) = GoServer::start("tls-old", &[]) else { return };
    let (url, authority) = (format!("https://{}", old.place), old.file("ca.pem"));
    let says = "the certificate of HOST has ended: renew it there; --insecure trusts any";
    Row { place: &old.place, arguments: &[&url, "--cacert", &authority], says: &[says] }.check();
    let Some(named) = GoServer::start("tls-name", &[]) else { return };
    let (url, authority) = (format!("https://{}", named.place), named.file("ca.pem"));
    let says = "the certificate of HOST is for other names (shop.example): use one of them, or let it have this one; --insecure trusts any";
    Row { place: &named.place, arguments: &[&url, "--cacert", &authority], says: &[says] }.check();
}

#[test]
fn a_certificate_is_asked_for() {
    let Some(server) = GoServer::start("tls-client", &[]) else { return };
    let (url, authority) = (format!("https://{}", server.place), server.file("ca.pem"));
    let says =
        "HOST wants to know who asks: --cert FILE and --key FILE, signed by an authority that it trusts";
    Row { place: &server.place, arguments: &[&url, "--cacert", &authority], says: &[says] }.check();
}

#[test]
fn tls_is_spoken_or_is_not() {
    let Some(server) = GoServer::start("tls", &[]) else { return };
    let says = "HOST speaks TLS: use https://";
    Row { place: &server.place, arguments: &[&server.place], says: &[says] }.check();
    let Some(server) = GoServer::start("pprof", &[]) else { return };
    let url = format!("https://{}", server.place);
    let says = "HOST does not speak TLS: use http://";
    Row { place: &server.place, arguments: &[&url], says: &[says] }.check();
}

#[test]
fn redirects_that_are_not_followed() {
    let Some(circle) = GoServer::start("moved", &["-to", "/debug/pprof/heap"]) else { return };
    let says = "HOST sends in circles: stopped after 10 redirects";
    Row { place: &circle.place, arguments: &[&heap(&circle.place)], says: &[says] }.check();
    let file = GoServer::start("moved", &["-to", "file:///etc/passwd"]).expect("Go is there");
    let says = "HOST redirects to file:///etc/passwd, which goes to no http or https address: give that address yourself if it is meant";
    Row { place: &file.place, arguments: &[&heap(&file.place)], says: &[says] }.check();
}

#[test]
fn an_answer_is_cut_off() {
    let profile = std::fs::read(sample("pprof/cpu.pb.gz")).expect("a sample");
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", profile.len());
    let place = sends(&[head.as_bytes(), &profile[..1000]]);
    let says = format!(
        "HOST cut heap off after N s and 1000 of {} bytes: did the program or the port-forward end, or does a time limit (WriteTimeout, a proxy) cut?",
        profile.len()
    );
    Row { place: &place, arguments: &[&heap(&place)], says: &[&says] }.check();
    let chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n";
    let place = sends(&[chunk, &profile[..1000], b"\r\n"]);
    let says = "HOST cut heap off after N s and 1000 bytes: did the program or the port-forward end, or does a time limit (WriteTimeout, a proxy) cut?";
    Row { place: &place, arguments: &[&heap(&place)], says: &[says] }.check();
    // Less is announced than a whole profile has.
    let place = sends(&[b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", &profile]);
    let says = "HOST answers heap with what is no whole profile (gzip data is damaged after 1193 inflated bytes: incomplete deflate stream)";
    Row { place: &place, arguments: &[&heap(&place)], says: &[says] }.check();
}

#[test]
fn an_answer_stops_or_never_comes() {
    let place = stalls(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    let says = "HOST had not ended heap after 1 s and 4 bytes: a longer --timeout waits longer";
    Row { place: &place, arguments: &[&heap(&place), "--timeout", "1"], says: &[says] }.check();
    let place = stalls(b"");
    let says =
        "HOST took the request for heap and answered nothing within 1 s: a longer --timeout waits longer";
    Row { place: &place, arguments: &[&heap(&place), "--timeout", "1"], says: &[says] }.check();
    // Nobody answers who should speak TLS.
    let says =
        "HOST takes no connection within 5 s: is it the right address, and is a firewall or proxy between?";
    Row { place: &place, arguments: &[&format!("https://{place}/debug/pprof/heap")], says: &[says] }.check();
}

#[test]
fn an_answer_without_end_stops_at_the_limit() {
    let place = serve(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[0; 4096]).is_ok() {}
    });
    let says = "heap has more than 100000 bytes, which is the limit: --max-size raises it";
    Row { place: &place, arguments: &[&heap(&place), "--max-size", "100kB"], says: &[says] }.check();
}

#[test]
fn seconds_that_a_handler_does_not_take() {
    let Some(server) = GoServer::start("pprof", &[]) else { return };
    let ask = |query: &str| format!("http://{}/debug/pprof/{query}", server.place);
    for (query, says) in [
        (
            "heap?seconds=abc",
            "HOST takes whole numbers from 1 as seconds (invalid value for \"seconds\" - must be a positive integer)",
        ),
        (
            "heap?debug=1&seconds=1",
            "HOST gives heap not as a difference over time (seconds and debug params are incompatible): go without --delta, or without seconds in the address",
        ),
        (
            "shop.pool?seconds=1",
            "HOST gives shop.pool not as a difference over time (\"seconds\" parameter is not supported for this profile type): go without --delta, or without seconds in the address",
        ),
    ] {
        Row { place: &server.place, arguments: &[&ask(query)], says: &[says] }.check();
    }
}

#[test]
fn the_words_of_a_server_are_short_and_harmless() {
    let words = format!("\x1b[31m{}", "x".repeat(5000));
    let place = says("418 I'm a teapot", words.as_bytes());
    let says = format!("HOST does not give heap: 418 I'm a teapot, \"\\x1b[31m{}…\"", "x".repeat(200 - 8));
    Row { place: &place, arguments: &[&heap(&place)], says: &[&says] }.check();
}

#[test]
fn a_proxy_that_is_none() {
    let place = nobody();
    let says = "the proxy cannot be used: it is written http://HOST:PORT; --proxy none goes without";
    Row { place: "HOST", arguments: &[&place, "--proxy", "http://"], says: &[says] }.check();
    let says = "the proxy cannot be used: goscope speaks to HTTP proxies, and this one is for SOCKS; --proxy none goes without";
    Row { place: "HOST", arguments: &[&place, "--proxy", "socks5://127.0.0.1:1"], says: &[says] }.check();
    let refuses = super::servers::says("407 Proxy Authentication Required", b"");
    let says = "the proxy cannot be used: it needs a login: http://NAME:PASSWORD@HOST:PORT in $HTTPS_PROXY; --proxy none goes without";
    let proxy = format!("http://{refuses}");
    Row { place: "HOST", arguments: &["http://shop.invalid", "--proxy", &proxy], says: &[says] }.check();
    let (gone, says) = (
        format!("http://{place}"),
        "the proxy cannot be used: nothing listens there; --proxy none goes without",
    );
    Row { place: "HOST", arguments: &["http://shop.invalid", "--proxy", &gone], says: &[says] }.check();
}

#[test]
fn credentials_do_not_go_in_plain_to_another_machine() {
    let says = "credentials for HOST would go over plain http, readable on the way: use https://, or forward the port to localhost (--send-credentials-in-plain sends them all the same)";
    let place = "192.0.2.1:6060";
    for arguments in [&["http://me:pa55word@192.0.2.1:6060"][..], &[place, "-H", "X-Token: s3cret"]] {
        Row { place, arguments, says: &[says] }.check();
    }
}

#[test]
fn of_several_programs_one_is_dead() {
    let (Some(one), Some(two)) = (GoServer::start("pprof", &[]), GoServer::start("pprof", &[])) else {
        return;
    };
    let (folder, gone) = (tempfile::tempdir().expect("a folder"), nobody());
    let arguments = [&*one.place, &gone, &two.place, "--profile", "heap", "--side-by-side"];
    let output = capture(folder.path(), &arguments);
    assert_eq!(
        plain(&said(&output), &gone),
        ["nothing listens at HOST: is the service up, and the port forwarded?"]
    );
    assert_eq!((output.status.code(), names(folder.path()).len()), (Some(0), 2));
    let strict = capture(folder.path(), &[&arguments[..], &["--strict"]].concat());
    assert_eq!(strict.status.code(), Some(1));
    let json = capture(folder.path(), &[&arguments[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let failed = &json["captures"][0]["hosts"][1]["failed"][0];
    assert_eq!(failed["kind"], "index", "{json}");
    assert!(failed["reason"].as_str().is_some_and(|reason| reason.contains("nothing listens")), "{json}");
}

#[test]
fn an_answer_may_take_its_time() {
    let profile = std::fs::read(sample("pprof/cpu.pb.gz")).expect("a sample");
    let place = serve(move |stream, _| {
        std::thread::sleep(Duration::from_secs(2));
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"../../x\"\r\nContent-Length: {}\r\n\r\n",
            profile.len()
        );
        let _ = stream.write_all(&[head.as_bytes(), &profile].concat());
    });
    let folder = tempfile::tempdir().expect("a folder");
    let output = capture(folder.path(), &[&heap(&place), "-o", "in/"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    // The names are ours.
    assert_eq!(names(folder.path()), ["in"]);
    assert!(names(&folder.path().join("in"))[0].ends_with(".heap.pb.gz"));
}
