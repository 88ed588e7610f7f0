//! Profiles and traces from servers, by every command: scripted servers on this machine.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::thread;
use std::time::Duration;

use crate::program::{goscope, sample, stdout};

/// Starts a server that gives the same answer to everybody; gives `HOST:PORT`.
fn serve(answer: Vec<u8>) -> String {
    serve_with(move |stream| drop(stream.write_all(&answer)))
}

fn serve_with(answer: impl Fn(&mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n_read| n_read == 1) {
                request.push(byte[0]);
            }
            answer(&mut stream);
        }
    });
    place
}

/// An answer with a whole body.
fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn every_report_fetches_what_an_address_names() {
    let (profile, trace) = (sample("pprof/cpu.pb.gz"), sample("trace/latency-go1.27.trace"));
    for (file, reports) in [
        (
            &profile,
            &[&["top"][..], &["tree"], &["raw"], &["convert", "--to", "folded"], &["pprof", "-top"]][..],
        ),
        (&trace, &[&["trace", "stw"][..], &["trace", "summary"], &["trace", "footprint"]]),
    ] {
        let place = serve(ok(&fs::read(file).expect("a sample")));
        let url = format!("http://{place}/debug/pprof/heap");
        for report in reports {
            let output = goscope(&[report, &[&*url][..]].concat());
            assert_eq!(output.status.code(), Some(0), "{report:?}: {}", said(&output));
            assert_eq!(said(&output), format!("Fetching profile over HTTP from {url}\n"), "{report:?}");
            let plain = stdout(&[report, &[&**file][..]].concat());
            assert_eq!(String::from_utf8_lossy(&output.stdout), plain, "{report:?}");
        }
        let drawn = if file == &trace { &["svg", "--kind", "sync"][..] } else { &["svg"] };
        for report in [&["info"], drawn] {
            let output = goscope(&[report, &[&*url][..]].concat());
            assert_eq!(output.status.code(), Some(0), "{report:?}: {}", said(&output));
        }
    }
}

#[test]
fn two_addresses_are_compared() {
    let base = serve(ok(&fs::read(sample("diff/base1.cpu.pb.gz")).expect("a sample")));
    let head = serve(ok(&fs::read(sample("diff/head1.cpu.pb.gz")).expect("a sample")));
    let [base, head] = [base, head].map(|place| format!("http://{place}/debug/pprof/heap"));
    let output = goscope(&["diff", "--json", "--totals", &base, &head]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let files = [sample("diff/base1.cpu.pb.gz"), sample("diff/head1.cpu.pb.gz")];
    let files = stdout(&["diff", "--json", "--totals", &files[0], &files[1]]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), files);
}

#[test]
fn who_waits_reads_for_what_and_how_long() {
    let place = serve(ok(&fs::read(sample("pprof/cpu.pb.gz")).expect("a sample")));
    for (arguments, lines) in [
        (
            format!("-seconds=90 {place}"),
            format!("http://{place}/debug/pprof/profile?seconds=90\nPlease wait... (1m30s)"),
        ),
        (place.clone(), format!("http://{place}/debug/pprof/profile\nPlease wait... (30s)")),
        (format!("http://me:pw@{place}/heap"), format!("http://me:xxxxx@{place}/heap")),
    ] {
        let words: Vec<&str> = ["pprof", "-top"].into_iter().chain(arguments.split(' ')).collect();
        let output = goscope(&words);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert_eq!(said(&output), format!("Fetching profile over HTTP from {lines}\n"));
    }
}

#[test]
fn what_ends_early_is_an_error_though_it_reads_well() {
    let text = "goroutine profile: total 6\n1 @ 0x401000 0x410000\n#\t0x401000\tmain.work1+0x10\t/src/main.go:11\n\n";
    let cut = format!("HTTP/1.1 200 OK\r\nContent-Length: 372\r\n\r\n{text}");
    let chunked =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{text}\r\n", text.len());
    for answer in [cut, chunked] {
        let url = format!("http://{}/debug/pprof/goroutine?debug=1", serve(answer.into_bytes()));
        for report in [&["pprof", "-top"][..], &["top"], &["info"]] {
            let output = goscope(&[report, &[&*url][..]].concat());
            assert_eq!(output.status.code(), Some(3), "{report:?}: {}", said(&output));
            assert!(said(&output).contains(" cut goroutine off after "), "{}", said(&output));
            assert!(output.stdout.is_empty());
        }
    }
}

#[test]
fn a_refusal_and_silence_are_one_sentence() {
    let refusal = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nX-Go-Pprof: 1\r\nContent-Length: 16\r\n\r\nUnknown profile\n";
    let url = format!("http://{}/debug/pprof/nosuch", serve(refusal.to_vec()));
    let output = goscope(&["pprof", "-top", &url]);
    assert_eq!(
        said(&output),
        format!(
            "Fetching profile over HTTP from {url}\ngoscope: {url}: {} has no profile nosuch\n",
            place_of(&url)
        )
    );
    let url = format!("http://{}/debug/pprof/heap", serve_with(|_| thread::sleep(Duration::from_secs(20))));
    let output = goscope(&["pprof", "-timeout=1", "-top", &url]);
    assert_eq!(output.status.code(), Some(3));
    let nothing = format!(
        "goscope: {url}: {} took the request for heap and answered nothing within 1 s: a longer goscope capture --timeout waits longer\n",
        place_of(&url)
    );
    assert!(said(&output).ends_with(&nothing), "{}", said(&output));
}

/// `HOST:PORT` of an address.
fn place_of(url: &str) -> &str {
    url.split('/').nth(2).expect("a host")
}
