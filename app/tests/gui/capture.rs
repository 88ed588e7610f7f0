//! Capturing from a running program: asked for in a dialog, seen while it runs, its files as tabs, once more and compared.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use goscope::capture::wish::{What, Wish};
use goscope::gui::command::Command;
use goscope::gui::workspace::{Content, ContentKind};
use goscope_test_support::sample;

use crate::support::window::{Window, click, press, send, settle, texts, window};

/// What a server of net/http/pprof answers, of Go 1.26; a request for `profile` is held until it is let go.
struct Server {
    place: String,
    is_held: Arc<AtomicBool>,
}

const INDEX: &str = "<html><body><table><thead><td>Count</td><td>Profile</td></thead>\n\
    <tr><td>9</td><td><a href='heap?debug=1'>heap</a></td></tr>\n\
    <tr><td>4</td><td><a href='goroutine?debug=1'>goroutine</a></td></tr>\n\
    <tr><td>0</td><td><a href='profile?debug=1'>profile</a></td></tr></table></body></html>";

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let place = listener.local_addr().expect("an address").to_string();
        let is_held = Arc::new(AtomicBool::new(true));
        let held = Arc::clone(&is_held);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let held = Arc::clone(&held);
                thread::spawn(move || answer(stream, &held));
            }
        });
        Self { place, is_held }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_held.store(false, Ordering::SeqCst);
    }
}

/// One request a connection.
fn answer(mut stream: TcpStream, is_held: &AtomicBool) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        request.push(byte[0]);
    }
    let line = String::from_utf8_lossy(&request).into_owned();
    let path = line.split(' ').nth(1).unwrap_or_default();
    let file = |name: &str| std::fs::read(sample(name)).expect("a sample");
    let (status, body) = match path.split('?').next().unwrap_or_default() {
        "/debug/pprof/" => ("200 OK", INDEX.as_bytes().to_vec()),
        "/debug/pprof/heap" => ("200 OK", file("pprof/heap.pb.gz")),
        "/debug/pprof/profile" => {
            while is_held.load(Ordering::SeqCst) {
                thread::sleep(std::time::Duration::from_millis(5));
            }
            ("200 OK", file("pprof/cpu.pb.gz"))
        }
        _ => ("404 Not Found", b"404 page not found\n".to_vec()),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // A client that has gone away is none of its business.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn wish(server: &Server, what: What, folder: &Path) -> Command {
    Command::StartCapture(Box::new(Wish {
        target: server.place.clone(),
        what,
        seconds: 1,
        folder: folder.to_owned(),
    }))
}

fn titles(window: &Window) -> Vec<String> {
    window.state().workspace().tabs.iter().map(|tab| tab.content.title()).collect()
}

#[test]
fn a_program_is_asked_in_a_dialog_and_its_profile_is_a_tab() {
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    let mut window = window();
    click(&mut window, "Capture from a running program…");
    fill(&mut window, "Program", &server.place);
    fill(&mut window, "Folder for the files", &folder.path().display().to_string());
    click(&mut window, "heap");
    click(&mut window, "Capture");
    settle(&mut window);
    assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
    let [title] = titles(&window).try_into().expect("one tab");
    assert!(title.starts_with("127.0.0.1_") && title.ends_with(".heap.pb.gz"), "{title}");
    assert!(folder.path().join(&title).exists());
    assert_eq!(window.state().preferences().capture.targets, std::slice::from_ref(&server.place));
    assert_eq!(window.state().preferences().capture.what, What::Heap);
    // The next time it is filled in already.
    send(&mut window, Command::AskCapture);
    assert_eq!(window.get_by_label("Program").value().as_deref(), Some(&*server.place));
    click(&mut window, "Cancel");
}

/// Types a text in place of what is in a field.
fn fill(window: &mut Window, field: &str, text: &str) {
    window.get_by_label(field).focus();
    settle(window);
    press(window, Modifiers::COMMAND, Key::A);
    window.get_by_label(field).type_text(text);
    settle(window);
}

#[test]
fn what_was_captured_is_captured_again_and_compared() {
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    let mut window = window();
    send(&mut window, wish(&server, What::Heap, folder.path()));
    send(&mut window, Command::CaptureAgain);
    let tab = window.state().workspace().active_tab().expect("a tab");
    assert_eq!(tab.content.kind(), ContentKind::Diff);
    let Content::Diff(comparison) = &tab.content else { panic!("{:?}", tab.content) };
    assert_ne!(comparison.base, comparison.head);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2);
    // A file that came from somewhere else cannot be had again.
    send(&mut window, Command::OpenSource(goscope::document::Source::File(sample("pprof/heap.pb.gz"))));
    send(&mut window, Command::CaptureAgain);
    let problems = window.state().problems();
    assert!(problems.last().expect("a problem").text.contains("was not captured here"), "{problems:?}");
}

#[test]
fn a_capture_is_seen_while_it_runs_and_can_be_stopped() {
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    let mut window = window();
    window.state().send(wish(&server, What::Cpu, folder.path()));
    let band = format!("Capturing from {}", server.place);
    let mut n_steps = 0;
    while window.query_by_label_contains(&format!("{} cpu", server.place)).is_none() {
        window.step();
        thread::sleep(std::time::Duration::from_millis(2));
        n_steps += 1;
        assert!(n_steps < 5_000, "the request is never seen");
    }
    assert!(window.query_by_label_contains(&band).is_some());
    // One at a time.
    window.state().send(wish(&server, What::Heap, folder.path()));
    window.step();
    window.step();
    assert!(window.state().problems().iter().any(|it| it.text.contains("another capture is running")));
    click(&mut window, "Stop");
    settle(&mut window);
    assert!(titles(&window).is_empty(), "{:?}", titles(&window));
    assert!(window.query_by_label_contains("Capturing from").is_none());
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing half is left");
}

#[test]
fn what_a_program_refuses_is_a_sentence() {
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    let mut window = window();
    send(&mut window, wish(&server, What::Mutex, folder.path()));
    let text =
        |window: &Window| window.state().problems().iter().map(|it| it.text.clone()).collect::<String>();
    assert!(text(&window).contains("mutex"), "{}", text(&window));
    assert!(titles(&window).is_empty());

    // Nobody listens there any more.
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let gone = Wish { target: port.to_string(), what: What::Heap, seconds: 1, folder: folder.path().into() };
    send(&mut window, Command::StartCapture(Box::new(gone)));
    assert!(text(&window).contains(&port.to_string()), "{}", text(&window));

    // What is no address does not begin.
    send(&mut window, Command::AskCapture);
    fill(&mut window, "Program", "ftp://x");
    click(&mut window, "Capture");
    assert!(window.query_by_label("Cancel").is_some(), "the dialog stays");
}

#[test]
fn a_password_is_shown_and_remembered_nowhere() {
    const SECRET: &str = "s3cretS3cret";
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    let mut window = window();
    let program = format!("http://dev:{SECRET}@{}", server.place);
    let wish = |target: &str, what| {
        let folder = folder.path().join("captures");
        Command::StartCapture(Box::new(Wish { target: target.to_owned(), what, seconds: 1, folder }))
    };
    let mut seen = String::new();
    // While it runs, when it is stopped, when it succeeds, when it is refused, and when nobody is there.
    window.state().send(wish(&program, What::Cpu));
    while window.query_by_label_contains(&format!("{} cpu", server.place)).is_none() {
        window.step();
    }
    seen += &texts(&window);
    click(&mut window, "Stop");
    send(&mut window, wish(&program, What::Heap));
    seen += &texts(&window);
    send(&mut window, wish(&program, What::Mutex));
    seen += &texts(&window);
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    send(
        &mut window,
        wish(&format!("http://dev:{SECRET}@{gone}/debug/pprof/heap?token={SECRET}"), What::Heap),
    );
    send(&mut window, wish(&format!("ftp://dev:{SECRET}@h"), What::Heap));
    send(&mut window, Command::AskCapture);
    seen += &texts(&window);
    click(&mut window, "Cancel");
    // An address that is opened, and captured again.
    let address = format!("{program}/debug/pprof/heap?token={SECRET}");
    send(&mut window, Command::OpenSource(goscope::document::Source::File(address.into())));
    seen += &texts(&window);
    send(&mut window, Command::CaptureAgain);
    seen += &texts(&window);
    let session = folder.path().join("x.goscope");
    send(&mut window, Command::SaveSessionTo(session.clone()));
    seen += &texts(&window);
    assert!(titles(&window).len() >= 3, "{:?}", titles(&window));

    seen += &titles(&window).join("\n");
    seen += &format!("{:?} {:?}", window.state().problems(), window.state().preferences());
    seen += &std::fs::read_to_string(session).expect("a session");
    let files = std::fs::read_dir(folder.path().join("captures")).expect("a folder");
    files.for_each(|file| seen += &file.expect("a file").file_name().to_string_lossy());
    assert!(seen.contains(&server.place), "{seen}");
    let told: Vec<&str> = seen.lines().filter(|line| line.contains(SECRET)).collect();
    assert_eq!(told, [""; 0]);
}
