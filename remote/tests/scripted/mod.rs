//! Servers that do as they are told: each connection gets an answer, its request goes to the test.
//!
//! The certificates and keys in `tests/tls` were made with `openssl ca` for this machine's own address, from 2020 to 2120,
//! by an authority whose key was thrown away. They keep nobody out.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// A connection, whatever it runs over.
pub(crate) trait Answering: Read + Write {}

impl<T: Read + Write> Answering for T {}

/// What a server does with a connection, whose request has been read.
pub(crate) type Script = Box<dyn Fn(&mut dyn Answering) + Send + Sync>;

/// An answer that is only bytes.
pub(crate) fn says(bytes: &[u8]) -> Script {
    let bytes = bytes.to_vec();
    Box::new(move |stream| drop(stream.write_all(&bytes)))
}

/// An answer with a whole body.
pub(crate) fn ok(body: &[u8]) -> Script {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    says(&[head.as_bytes(), body].concat())
}

/// Everybody gets the same; gives `HOST:PORT` and the requests.
pub(crate) fn serve(script: Script) -> (String, Receiver<String>) {
    serve_each(vec![script])
}

/// The first connection gets the first answer, and so on; the last one is given again and again.
pub(crate) fn serve_each(scripts: Vec<Script>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = listener.local_addr().expect("an address").to_string();
    let (sender, requests) = channel();
    let scripts: Vec<Arc<Script>> = scripts.into_iter().map(Arc::new).collect();
    thread::spawn(move || {
        for at in 0.. {
            let Ok((stream, _)) = listener.accept() else { return };
            let script = Arc::clone(&scripts[at.min(scripts.len() - 1)]);
            answer_beside(stream, script, sender.clone());
        }
    });
    (place, requests)
}

#[cfg(unix)]
pub(crate) fn serve_unix(path: &std::path::Path, script: Script) -> Receiver<String> {
    let listener = std::os::unix::net::UnixListener::bind(path).expect("a socket");
    let (sender, requests) = channel();
    let script = Arc::new(script);
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            answer_beside(stream, Arc::clone(&script), sender.clone());
        }
    });
    requests
}

fn answer_beside(mut stream: impl Answering + Send + 'static, script: Arc<Script>, sender: Sender<String>) {
    thread::spawn(move || {
        let _ = sender.send(read_head(&mut stream));
        script(&mut stream);
    });
}

/// A request up to its empty line.
pub(crate) fn read_head(stream: &mut dyn Answering) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n_read| n_read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// A server with a certificate of an authority that no system knows; it answers `body` this many times.
pub(crate) fn serve_tls(asks_for_certificate: bool, n_answers: usize) -> String {
    let file = |name: &str| format!("{}/tests/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    let certificate = |name: &str| CertificateDer::from_pem_file(file(name)).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("versions");
    let mut roots = RootCertStore::empty();
    roots.add(certificate("ca.pem")).expect("an authority");
    let config = if asks_for_certificate {
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        config.with_client_cert_verifier(verifier.build().expect("a verifier"))
    } else {
        config.with_no_client_auth()
    };
    let key = PrivateKeyDer::from_pem_file(file("server.key")).expect("a key");
    let config = Arc::new(config.with_single_cert(vec![certificate("server.pem")], key).expect("a config"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for _ in 0..n_answers {
            let Ok((stream, _)) = listener.accept() else { return };
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut stream = StreamOwned::new(connection, stream);
            read_head(&mut stream);
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    place
}
