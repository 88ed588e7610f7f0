//! Captures from servers that behave and servers that do not: scripted ones on this machine, a thread a connection.

mod scripted;

use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use goscope_remote::{
    About, Answer, Credentials, Deadlines, Fault, Manner, ProxyChoice, Target, Trust, USUAL_BASE, Watch,
    download,
};
use scripted::{Answering, ok, says, serve, serve_each};

const MAX_BYTES: u64 = 1 << 20;

/// Deadlines that a test can wait for.
fn short() -> Deadlines {
    let second = Duration::from_secs(1);
    Deadlines { connect: second, first_byte: second, idle: second, total: second * 3 }
}

struct Got {
    result: Result<Answer, Fault>,
    body: Vec<u8>,
    place: String,
    elapsed: Duration,
}

impl Got {
    /// The body, or the sentence about the fault.
    fn text(&self) -> String {
        match &self.result {
            Ok(_) => String::from_utf8_lossy(&self.body).into_owned(),
            Err(fault) => fault
                .sentence(&About {
                    place: "HOST",
                    what: "heap",
                    base: USUAL_BASE,
                    elapsed: self.elapsed,
                    listed: &[],
                    options: goscope_remote::Options::Own,
                })
                .replace(&self.place, "HOST"),
        }
    }
}

fn get_with(text: &str, manner: &Manner, deadlines: &Deadlines, max_bytes: u64) -> Got {
    let target = Target::parse(text, USUAL_BASE).unwrap_or_else(|error| panic!("{error}"));
    let address = target.request("heap", &[]);
    let (mut body, started) = (Vec::new(), Instant::now());
    let result = download(&address, &target, manner, deadlines, max_bytes, &Watch::default(), &mut body);
    Got { result, body, place: target.place(), elapsed: started.elapsed() }
}

fn get(text: &str) -> Got {
    get_with(text, &Manner::default(), &short(), MAX_BYTES)
}

fn answered(text: &str) -> Got {
    let (place, _requests) = serve(says(text.as_bytes()));
    get(&place)
}

#[test]
fn an_answer_is_written_with_its_times() {
    let (place, requests) = serve(ok(b"body"));
    let got = get(&place);
    assert_eq!(got.text(), "body");
    let answer = got.result.expect("an answer");
    assert_eq!(answer.n_bytes, 4);
    assert!(answer.started <= answer.first_byte && answer.first_byte <= answer.ended);
    let request = requests.recv().expect("a request");
    assert!(request.starts_with("GET /debug/pprof/heap HTTP/1.1\r\n"), "{request}");
    assert!(
        !request.to_ascii_lowercase().contains("accept-encoding: gzip"),
        "profiles are packed: {request}"
    );
}

#[test]
fn each_refusal_is_a_sentence_that_says_what_to_change() {
    let plain = "Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n";
    for (head, body, expected) in [
        (
            "404 Not Found\r\n",
            "404 page not found\n",
            "HOST answers, but has no /debug/pprof/heap: import net/http/pprof there, or give the path where it is (--base)",
        ),
        ("404 Not Found\r\nX-Go-Pprof: 1\r\n", "Unknown profile\n", "HOST has no profile heap"),
        (
            "500 Internal Server Error\r\nX-Go-Pprof: 1\r\n",
            "Could not enable CPU profiling: cpu profiling already in use\n",
            "somebody else takes a CPU profile of HOST now (often a continuous profiler): try again later",
        ),
        (
            "500 Internal Server Error\r\nX-Go-Pprof: 1\r\n",
            "Could not enable tracing: execution tracer already enabled\n",
            "somebody else takes a trace of HOST now: try again later",
        ),
        (
            "400 Bad Request\r\nX-Go-Pprof: 1\r\n",
            "profile duration exceeds server's WriteTimeout\n",
            "HOST may not write that long: use --seconds less than its WriteTimeout, or raise that (Go 1.23 and later need neither)",
        ),
        (
            "503 Service Unavailable\r\n",
            "timeout\n",
            "a time limit in front of HOST ended heap after 1 s (503 Service Unavailable, \"timeout\"): use shorter --seconds, or a port-forward past the proxy",
        ),
        (
            "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"ops\"\r\n",
            "",
            "HOST needs a login (Basic realm=\"ops\"): --user NAME (password in $GOSCOPE_PASSWORD), --bearer-file FILE, --header 'K: V' or $GOSCOPE_AUTH",
        ),
        (
            "403 Forbidden\r\n",
            "<html>no</html>",
            "HOST forbids heap (403 Forbidden): does this login have the right?",
        ),
        (
            "400 Bad Request\r\n",
            "Client sent an HTTP request to an HTTPS server.\n",
            "HOST speaks TLS: use https://",
        ),
        (
            "200 OK\r\n",
            "  <!DOCTYPE html><html></html>",
            "HOST answers with a web page and not with heap: is it the right port, and the right path (--base)?",
        ),
    ] {
        let answer = format!("HTTP/1.1 {head}{plain}Content-Length: {}\r\n\r\n{body}", body.len());
        assert_eq!(answered(&answer).text(), expected);
    }
}

#[test]
fn nobody_there_and_a_cut_are_told_apart() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = listener.local_addr().expect("an address").to_string();
    drop(listener);
    assert_eq!(get(&place).text(), "nothing listens at HOST: is the service up, and the port forwarded?");
    assert_eq!(get("http://no-such-host.invalid").result, Err(Fault::NoSuchHost));
    assert!(matches!(answered("").result, Err(Fault::CutOff { n_bytes: 0, expected: None, .. })));
    let half = answered("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    assert!(matches!(half.result, Err(Fault::CutOff { n_bytes: 4, expected: Some(100), .. })));
    assert_eq!(half.body, b"half", "what came is kept: of a trace it can be read");
    let half = answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    assert!(matches!(half.result, Err(Fault::CutOff { n_bytes: 4, .. })), "{:?}", half.result);
    let long = answered("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody and more");
    assert_eq!(long.text(), "body", "what is more than announced belongs to no answer");
}

#[test]
fn silence_and_a_stall_end_in_time() {
    let silent = serve(Box::new(|_: &mut dyn Answering| thread::sleep(Duration::from_secs(30)))).0;
    let got = get(&silent);
    assert_eq!(got.result, Err(Fault::NoAnswer(Duration::from_secs(1))));
    let stalls = serve(Box::new(|stream: &mut dyn Answering| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        thread::sleep(Duration::from_secs(30));
    }));
    let got = get(&stalls.0);
    assert_eq!(got.result, Err(Fault::Idle { n_bytes: 4, wait: Duration::from_secs(1) }));
    assert!(got.elapsed < Duration::from_secs(3), "{:?}", got.elapsed);
    let trickles = serve(Box::new(|stream: &mut dyn Answering| {
        let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    }));
    let got = get(&trickles.0);
    assert!(matches!(got.result, Err(Fault::TooLong { .. })), "{:?}", got.result);
    assert!(got.elapsed < Duration::from_secs(5), "{:?}", got.elapsed);
}

#[test]
fn an_endless_answer_and_a_bomb_stop_at_the_limit() {
    let endless = serve(Box::new(|stream: &mut dyn Answering| {
        let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    }));
    let got = get_with(&endless.0, &Manner::default(), &short(), 100_000);
    assert_eq!((got.result, got.body.len()), (Err(Fault::TooLarge(100_000)), 100_000));
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![0; 50 << 20]).expect("a vector");
    let bomb = bomb.finish().expect("a vector");
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
    let (place, _requests) = serve(says(&[head.as_bytes(), &bomb].concat()));
    let got = get_with(&place, &Manner::default(), &short(), 100_000);
    assert_eq!((got.result, got.body.len()), (Err(Fault::TooLarge(100_000)), 100_000));
}

#[test]
fn the_layer_for_the_way_is_taken_off_and_no_other() {
    let packed = |content: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(content).expect("a vector");
        encoder.finish().expect("a vector")
    };
    let profile = packed(b"profile");
    let twice = packed(&profile);
    for (coding, body) in [("Content-Encoding: gzip\r\n", &twice), ("", &profile)] {
        let head = format!("HTTP/1.1 200 OK\r\n{coding}Content-Length: {}\r\n\r\n", body.len());
        let (place, _requests) = serve(says(&[head.as_bytes(), body].concat()));
        assert_eq!(get(&place).body, profile);
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n";
    let (place, _requests) = serve(says(&[head.as_bytes(), &twice[..20]].concat()));
    let got = get(&place);
    assert!(matches!(got.result, Err(Fault::Damaged(_))), "{:?}", got.result);
}

#[test]
fn who_does_not_want_it_any_more_closes_the_connection() {
    for has_begun in [false, true] {
        let (sender, is_closed) = std::sync::mpsc::channel();
        let (place, requests) = serve(Box::new(move |stream: &mut dyn Answering| {
            if has_begun {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            }
            let mut byte = [0];
            let _ = sender.send(stream.read(&mut byte).unwrap_or(0));
        }));
        let target = Target::parse(&place, USUAL_BASE).expect("a target");
        let address = target.request("profile", &[]);
        let deadlines = Deadlines::of(&address);
        assert_eq!(deadlines.first_byte, Duration::from_secs(40), "30 s are measured first");
        let (watch, mut body) = (Watch::default(), Vec::new());
        let started = Instant::now();
        let result = thread::scope(|scope| {
            let watch = &watch;
            scope.spawn(move || {
                requests.recv().expect("a request");
                thread::sleep(Duration::from_millis(200));
                watch.cancel();
            });
            download(&address, &target, &Manner::default(), &deadlines, MAX_BYTES, watch, &mut body)
        });
        assert_eq!(result, Err(Fault::Canceled));
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        assert_eq!(is_closed.recv_timeout(Duration::from_secs(2)), Ok(0), "the server sees the end");
        assert_eq!(body, if has_begun { &b"half"[..] } else { b"" });
    }
}

fn with_secrets() -> Manner {
    let mut manner = Manner::default();
    manner.credentials.add_bearer("t0ken").expect("a token");
    manner.credentials.add_header("X-Secret: s3cret").expect("a header");
    manner
}

#[test]
fn secrets_go_to_the_server_that_was_named_and_to_no_other() {
    let (place, requests) = serve(ok(b"body"));
    assert_eq!(get_with(&place, &with_secrets(), &short(), MAX_BYTES).text(), "body");
    let request = requests.recv().expect("a request").to_ascii_lowercase();
    assert!(request.contains("\r\nauthorization: bearer t0ken\r\n"), "{request}");
    assert!(request.contains("\r\nx-secret: s3cret\r\n"), "{request}");

    let (elsewhere, requests_elsewhere) = serve(ok(b"body"));
    let to = format!("HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/b\r\nContent-Length: 0\r\n\r\n");
    let (place, _requests) = serve(says(to.as_bytes()));
    assert_eq!(
        get_with(&format!("http://me:pw@{place}"), &with_secrets(), &short(), MAX_BYTES).text(),
        "body"
    );
    let request = requests_elsewhere.recv().expect("a request").to_ascii_lowercase();
    assert!(!request.contains("authorization") && !request.contains("secret"), "{request}");
}

#[test]
fn secrets_do_not_go_over_plain_http_to_another_machine() {
    let started = Instant::now();
    for text in ["http://me:pw@example.invalid:6060", "http://example.invalid:6060"] {
        let manner = if text.contains('@') { Manner::default() } else { with_secrets() };
        let got = get_with(text, &manner, &short(), MAX_BYTES);
        assert_eq!(got.result, Err(Fault::PlainCredentials), "{text}");
        assert!(!got.text().contains("pw"));
        let told = Manner { may_send_in_plain: true, ..manner };
        assert_eq!(get_with(text, &told, &short(), MAX_BYTES).result, Err(Fault::NoSuchHost));
    }
    let none = get_with("http://example.invalid:6060", &Manner::default(), &short(), MAX_BYTES);
    assert_eq!(none.result, Err(Fault::NoSuchHost));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn circles_end_and_redirects_to_files_are_refused() {
    let circle = "HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(answered(circle).result, Err(Fault::TooManyRedirects(10)));
    let file = "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(
        answered(file).text(),
        "HOST redirects to file:///etc/passwd, which goes to no http or https address: give that address yourself if it is meant"
    );
}

#[test]
fn names_that_a_server_suggests_are_not_taken() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"../../x\"\r\nContent-Length: 4\r\n\r\nbody";
    assert_eq!(answered(answer).text(), "body");
}

#[test]
fn a_proxy_is_asked_to_connect() {
    let (behind, requests_behind) = serve(ok(b"body"));
    let target = behind.clone();
    let (proxy, requests) = serve(Box::new(move |stream: &mut dyn Answering| {
        let Ok(mut onward) = std::net::TcpStream::connect(&target) else { return };
        let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
        let _ = onward.write_all(scripted::read_head(stream).as_bytes());
        let _ = std::io::copy(&mut onward, stream);
    }));
    let manner = Manner { proxy: ProxyChoice::Url(format!("http://{proxy}")), ..with_secrets() };
    assert_eq!(get_with(&behind, &manner, &short(), MAX_BYTES).text(), "body");
    let asked = requests.recv().expect("a request");
    assert!(asked.starts_with(&format!("CONNECT {behind} HTTP/1.1\r\n")), "{asked}");
    assert!(!asked.contains("t0ken"), "the proxy gets no secret: {asked}");
    assert!(requests_behind.recv().expect("a request").contains("t0ken"));
    let socks = Manner { proxy: ProxyChoice::Url("socks5://127.0.0.1:1".to_owned()), ..Manner::default() };
    assert!(matches!(get_with(&behind, &socks, &short(), MAX_BYTES).result, Err(Fault::Proxy(_))));
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_a_place_like_any_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.sock");
    let requests = scripted::serve_unix(&path, ok(b"body"));
    let text = format!("unix:{}", path.display());
    assert_eq!(get_with(&text, &with_secrets(), &short(), MAX_BYTES).text(), "body");
    let request = requests.recv().expect("a request").to_ascii_lowercase();
    assert!(request.starts_with("get /debug/pprof/heap http/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nhost: localhost\r\n"), "{request}");
    let got = get(&format!("unix:{}", folder.path().join("none.sock").display()));
    assert_eq!(got.result, Err(Fault::NothingListens));
    // Silence ends here, too.
    let path = folder.path().join("silent.sock");
    let _requests = scripted::serve_unix(&path, Box::new(|_| thread::sleep(Duration::from_secs(30))));
    assert!(matches!(get(&format!("unix:{}", path.display())).result, Err(Fault::NoAnswer(_))));
}

#[test]
fn certificates_are_checked_unless_they_need_not_be() {
    let pem = |name: &str| {
        std::fs::read(format!("{}/tests/tls/{name}", env!("CARGO_MANIFEST_DIR"))).expect("a certificate")
    };
    let place = scripted::serve_tls(false, 4);
    let url = format!("https://{place}");
    let got = get(&url);
    assert_eq!(
        got.text(),
        "the certificate of HOST is not trusted (UnknownIssuer): --cacert FILE names who signed it, --insecure trusts any"
    );
    let insecure = Manner { is_insecure: true, ..Manner::default() };
    assert_eq!(get_with(&url, &insecure, &short(), MAX_BYTES).text(), "body");
    assert_eq!(get(&format!("https+insecure://{place}")).text(), "body");
    let trust = Trust { authorities: pem("ca.pem"), ..Trust::default() };
    let trusting = Manner { trust, ..Manner::default() };
    assert_eq!(get_with(&url, &trusting, &short(), MAX_BYTES).text(), "body");
    let no_pem =
        Manner { trust: Trust { authorities: b"x".to_vec(), ..Trust::default() }, ..Manner::default() };
    let got = get_with(&url, &no_pem, &short(), MAX_BYTES);
    assert_eq!(got.text(), "the file of certificate authorities is not in PEM");

    // A server that wants to know who asks.
    let url = format!("https://{}", scripted::serve_tls(true, 2));
    let got = get_with(&url, &trusting, &short(), MAX_BYTES);
    assert!(matches!(got.result, Err(Fault::Tls(_))), "{:?}", got.result);
    let trust = Trust { certificate: pem("client.pem"), key: pem("client.key"), ..trusting.trust };
    let known = Manner { trust, ..Manner::default() };
    assert_eq!(get_with(&url, &known, &short(), MAX_BYTES).text(), "body");

    // Go's server answers what it cannot read, and does not wait for the rest.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let plain = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request");
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    assert_eq!(get(&format!("https://{plain}")).text(), "HOST does not speak TLS: use http://");
}

#[test]
fn a_busy_server_says_so_until_it_is_free() {
    let busy = b"HTTP/1.1 500 Internal Server Error\r\nX-Go-Pprof: 1\r\nContent-Length: 61\r\nConnection: close\r\n\r\nCould not enable CPU profiling: cpu profiling already in use\n";
    let (place, _requests) = serve_each(vec![says(busy), says(busy), ok(b"body")]);
    let results: Vec<bool> = (0..3).map(|_| get(&place).result.is_err_and(|fault| fault.is_busy())).collect();
    assert_eq!(results, [true, true, false]);
}

#[test]
fn what_is_shown_of_credentials_is_nothing() {
    let manner = with_secrets();
    let shown = format!("{manner:?}");
    assert!(!shown.contains("t0ken") && !shown.contains("s3cret"), "{shown}");
    assert!(Credentials::default().is_empty());
}
