//! What servers do, and what comes of it: scripted servers on this machine, one connection after the other.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use goscope_remote::{Address, Request, get};

/// What a server does with one connection, whose request has been read.
type Answer = Box<dyn FnOnce(&mut TcpStream) + Send>;

/// Answers that are only bytes.
fn says(text: &str) -> Answer {
    let text = text.to_owned();
    Box::new(move |stream| drop(stream.write_all(text.as_bytes())))
}

/// Starts a server; gives `HOST:PORT` and the requests that it gets.
fn serve(answers: Vec<Answer>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = listener.local_addr().expect("an address").to_string();
    let (sender, requests) = channel();
    thread::spawn(move || {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let _ = sender.send(read_request(&mut stream));
            answer(&mut stream);
        }
    });
    (place, requests)
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n_read| n_read == 1) {
        request.push(byte[0]);
    }
    String::from_utf8_lossy(&request).into_owned()
}

fn fetched(url: &str, timeout: Option<Duration>) -> String {
    let address = Address::parse(url).unwrap_or_else(|| panic!("{url} is an address"));
    match get(&address, &Request { timeout, ..Request::default() }) {
        Ok(body) => String::from_utf8_lossy(&body).into_owned(),
        Err(error) => format!("error: {}", error.to_string().replace(address.authority(), "HOST")),
    }
}

/// What comes of one answer.
fn answered(text: &str) -> String {
    let (place, _requests) = serve(vec![says(text)]);
    fetched(&format!("http://{place}/debug/pprof/heap"), None)
}

#[test]
fn answers_come_whole_in_chunks_or_up_to_the_end_of_the_connection() {
    assert_eq!(answered("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody"), "body");
    assert_eq!(answered("HTTP/1.0 200 OK\r\n\r\nbody"), "body");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    assert_eq!(answered(chunked), "abcde");
}

#[test]
fn an_answer_that_ends_early_is_an_error() {
    assert_eq!(
        answered("HTTP/1.1 200 OK\r\nContent-Length: 372\r\n\r\ngoroutine profile: total 6\n1 @ 0x1\n"),
        "error: HOST cut heap off after 0.0 s and 35 of 372 bytes: did the program or the port-forward end, or does a time limit (WriteTimeout, a proxy) cut?"
    );
    for cut in ["3\r\nabc\r\n", "3\r\nab", "3\r\nabc\r\n0"] {
        let answer = answered(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{cut}"));
        assert!(answer.starts_with("error: HOST cut heap off after "), "{cut:?}: {answer}");
    }
    for nothing in ["HTTP/1.1 200", ""] {
        let answer = answered(nothing);
        let closed =
            "error: HOST closed the connection after 0.0 s without an answer to heap: did the program";
        assert!(answer.starts_with(closed), "{answer}");
    }
}

#[test]
fn interim_answers_are_skipped() {
    for interim in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
    ] {
        assert_eq!(answered(&format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")), "body");
    }
    let late: Answer = Box::new(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
        thread::sleep(Duration::from_millis(50));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
    });
    let (place, _requests) = serve(vec![late]);
    assert_eq!(fetched(&format!("{place}/heap"), None), "body");
}

#[test]
fn redirects_are_followed_up_to_ten() {
    for status in ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 x"] {
        let to = format!(
            "HTTP/1.1 {status}\r\nLocation: /there?x=1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let (place, requests) =
            serve(vec![says(&to), says("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")]);
        assert_eq!(fetched(&format!("http://{place}/here"), None), "body", "{status}");
        assert!(requests.recv().expect("a request").starts_with("GET /here HTTP/1.1\r\n"));
        assert!(requests.recv().expect("a request").starts_with("GET /there?x=1 HTTP/1.1\r\n"));
    }
    let circle = "HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (place, _requests) = serve((0..20).map(|_| says(circle)).collect());
    assert_eq!(
        fetched(&format!("http://{place}/a"), None),
        "error: HOST sends in circles: stopped after 10 redirects"
    );
}

#[test]
fn credentials_are_sent_decoded_and_to_no_other_host() {
    let body = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
    let (place, requests) = serve(vec![says(body)]);
    assert_eq!(fetched(&format!("http://me:p%3Aw@{place}/heap"), None), "body");
    let request = requests.recv().expect("a request").to_ascii_lowercase();
    // me:p:w
    assert!(request.contains("\r\nauthorization: basic bwu6cdp3\r\n"), "{request}");
    assert!(!request.contains("me:p"), "{request}");

    let (elsewhere, requests_elsewhere) = serve(vec![says(body)]);
    let elsewhere = elsewhere.replace("127.0.0.1", "localhost");
    let to = format!("HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/b\r\nContent-Length: 0\r\n\r\n");
    let (place, _requests) = serve(vec![says(&to)]);
    assert_eq!(fetched(&format!("http://me:pw@{place}/a"), None), "body");
    let request = requests_elsewhere.recv().expect("a request").to_ascii_lowercase();
    assert!(!request.contains("authorization"), "{request}");
}

#[test]
fn silence_is_not_waited_for_longer_than_asked() {
    let silent: fn() -> Answer = || Box::new(|_| thread::sleep(Duration::from_secs(10)));
    let started = Instant::now();
    let (place, _requests) = serve(vec![silent()]);
    let second = Some(Duration::from_secs(1));
    let nothing = |what: &str| {
        format!(
            "error: HOST took the request for {what} and answered nothing within 1 s: a longer goscope capture --timeout waits longer"
        )
    };
    assert_eq!(fetched(&format!("http://{place}/heap"), second), nothing("heap"));
    // A CPU profile that takes longer than the timeout has none either.
    let (place, _requests) = serve(vec![silent()]);
    assert_eq!(fetched(&place, second), nothing("profile"));
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

#[test]
fn an_answer_that_stops_or_trickles_is_not_waited_for_either() {
    let stops: Answer = Box::new(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbody");
        thread::sleep(Duration::from_secs(10));
    });
    let trickles: Answer = Box::new(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
        for _ in 0..100 {
            let _ = stream.write_all(b"x");
            thread::sleep(Duration::from_millis(100));
        }
    });
    let header_trickles: Answer = Box::new(|stream| {
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" {
            let _ = stream.write_all(&[*byte]);
            thread::sleep(Duration::from_millis(100));
        }
    });
    let started = Instant::now();
    let second = Some(Duration::from_secs(1));
    let (place, _requests) = serve(vec![stops]);
    assert_eq!(
        fetched(&format!("http://{place}/heap"), second),
        "error: HOST had not ended heap after 1 s and 4 bytes: a longer goscope capture --timeout waits longer"
    );
    let (place, _requests) = serve(vec![trickles]);
    let answer = fetched(&format!("http://{place}/heap"), second);
    assert!(answer.starts_with("error: HOST had not ended heap after 1 s and "), "{answer}");
    let (place, _requests) = serve(vec![header_trickles]);
    let answer = fetched(&format!("http://{place}/heap"), second);
    assert!(answer.contains(" answered nothing within 1 s: "), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(9), "{:?}", started.elapsed());
}

#[test]
fn a_refusal_says_what_to_change() {
    let plain = "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 16\r\n";
    assert_eq!(
        answered(&format!("{plain}X-Go-Pprof: 1\r\n\r\nUnknown profile\n")),
        "error: HOST has no profile heap"
    );
    assert_eq!(
        answered(&format!("{plain}\r\nUnknown profile\n")),
        "error: HOST answers, but has no /debug/pprof/heap: import net/http/pprof there, or give the path where it is (goscope capture --base)"
    );
    assert_eq!(
        answered("HTTP/1.1 401 Unauthorized\r\nContent-Length: 6\r\n\r\n<html>"),
        "error: HOST needs a login: goscope capture --user NAME (password in $GOSCOPE_PASSWORD), --bearer-file FILE, --header 'K: V' or $GOSCOPE_AUTH"
    );
    assert_eq!(
        answered("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<!DOCTYPE html>"),
        "error: HOST answers with a web page and not with heap: is it the right port, and the right path (goscope capture --base)?"
    );
}

#[test]
fn a_bomb_is_not_unpacked() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; 16 << 20]).expect("a vector");
    let packed = encoder.finish().expect("a vector");
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len());
    let answer = [head.as_bytes(), &packed].concat();
    let (place, _requests) = serve(vec![Box::new(move |stream| drop(stream.write_all(&answer)))]);
    assert_eq!(
        fetched(&format!("{place}/heap"), None),
        "error: heap came compressed for the way, and that is damaged: it grows as no profile does when it is unpacked"
    );
}

#[test]
fn what_a_server_packs_on_the_way_is_unpacked() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"a;b 12\n").expect("a vector");
    let packed = encoder.finish().expect("a vector");
    for (coding, expected) in [("Content-Encoding: gzip\r\n", &b"a;b 12\n"[..]), ("", &packed)] {
        let head = format!("HTTP/1.1 200 OK\r\n{coding}Content-Length: {}\r\n\r\n", packed.len());
        let answer = [head.as_bytes(), &packed].concat();
        let (place, _requests) = serve(vec![Box::new(move |stream| drop(stream.write_all(&answer)))]);
        let address = Address::parse(&format!("{place}/heap")).expect("an address");
        assert_eq!(get(&address, &Request::default()).expect("a body"), expected);
    }
}

#[test]
fn nobody_at_home_is_said_in_one_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = listener.local_addr().expect("an address");
    drop(listener);
    assert_eq!(
        fetched(&format!("http://{place}/x"), None),
        "error: nothing listens at HOST: is the service up, and the port forwarded?"
    );
    let answer = fetched("http://no-such-host.invalid/x", Some(Duration::from_secs(5)));
    assert!(answer.starts_with("error: "), "{answer}");
}
