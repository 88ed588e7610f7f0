//! The same store in a folder, in ClickHouse, and as DuckDB reads it: every report and every question gives the same.
//!
//! ClickHouse is the engine itself in a Python process, behind its HTTP interface; where the packages are not there, the tests
//! say that they are skipped.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use goscope_remote::clickhouse::ClickHouse;
use goscope_store::{By, Dialect, Place, Selector, Store, StoreError, Writer};
use goscope_test_support::{Need, corpus, skip};
use tempfile::TempDir;

use crate::conformance::{N_FILES, NOW, add, check, filled};
use crate::made;

fn python() -> String {
    std::env::var("GOSCOPE_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

fn has_package(name: &str) -> bool {
    let found = Command::new(python()).args(["-c", &format!("import {name}")]).stderr(Stdio::null()).status();
    let is_there = found.is_ok_and(|status| status.success());
    if !is_there {
        skip(Need::Python, format_args!("the interpreter has no package {name}"));
    }
    is_there
}

/// ClickHouse behind its HTTP interface, until it is dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(folder: &Path) -> Option<Self> {
        let tool = corpus("interop/tools/clickhouse_http.py")?;
        if !has_package("chdb") {
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
        let mut command = Command::new(python());
        command.arg(tool).arg(port.to_string()).arg(folder).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        assert_eq!(line.trim(), "ready");
        Some(Self { child, port })
    }

    fn place(&self) -> Place {
        Place::named(&format!("clickhouse://127.0.0.1:{}/profiles", self.port))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn selector(text: &str) -> Selector {
    Selector::parse(text, NOW).expect("a selector")
}

/// Selections that questions are asked about.
const SELECTIONS: [&str; 7] = [
    "service=*&kind=cpu",
    "service=shop&type=cpu",
    "service=*&kind=heap&version!=1.3",
    "service~=^s&kind=cpu&from=2026-11-25T10:10:00Z&to=2026-11-25T10:50:00Z",
    "service=*&kind=cpu&endpoint=/cart&endpoint=/again",
    "service=*&kind=cpu&endpoint!=/&pod~=1$",
    "service=*&kind=cpu&endpoint!~=cart",
];

const FUNCTION: &str = "main.(*cache).get";

/// All questions as goscope answers them and as SQL: the name, the rows, the statement.
fn questions(store: &Store, dialect: Dialect) -> Vec<(String, Vec<String>, String)> {
    let mut questions = Vec::new();
    for text in SELECTIONS {
        let meant = selector(text);
        for by in ["all", "hour", "version", "pod"].map(By::named) {
            let name = format!("{text} by {}", by.name());
            let top = store.top(&meant, &by, 5).expect("an answer").value;
            let rows = top.groups.iter().flat_map(|group| {
                group
                    .functions
                    .iter()
                    .map(|it| format!("{}\t{}\t{}\t{}", group.group, it.function, it.flat, it.cum))
            });
            let statement = store.top_sql(&meant, &by, 5, dialect).expect("a statement");
            questions.push((format!("top of {name}"), rows.collect(), statement));
            let share = store.share(&meant, FUNCTION, &by).expect("an answer").value;
            let rows = share.groups.iter().map(|it| {
                let spent = it.spent;
                format!(
                    "{}\t{}\t{}\t{}\t{:.9}\t{:.9}",
                    it.group, it.n_profiles, spent.value, spent.total, it.p50, it.p95
                )
            });
            let statement = store.share_sql(&meant, FUNCTION, &by, dialect).expect("a statement");
            questions.push((format!("share of {name}"), rows.collect(), statement));
        }
        let found = store.find(&meant, FUNCTION).expect("an answer").value;
        let rows = found.found.iter().map(|it| {
            format!(
                "{}\t{}\t{}\t{}\t{}",
                it.row.id, it.row.service, it.row.version, it.spent.value, it.spent.total
            )
        });
        let statement = store.find_sql(&meant, FUNCTION, dialect).expect("a statement");
        questions.push((format!("profiles of {text}"), rows.collect(), statement));
    }
    let (base, head) =
        (selector("service=*&kind=cpu&version=1.3"), selector("service=*&kind=cpu&version=1.4"));
    let changes = store.instances([&base, &head], FUNCTION, "pod").expect("an answer").value.changes;
    let rows = changes.iter().map(|it| {
        let (base, head) = (it.base, it.head);
        format!(
            "{}\t{}\t{}\t{}\t{}\t{:.9}",
            it.instance,
            base.value,
            base.total,
            head.value,
            head.total,
            it.growth()
        )
    });
    let statement = store.instances_sql([&base, &head], FUNCTION, "pod", dialect).expect("a statement");
    questions.push(("instances".to_owned(), rows.collect(), statement));
    questions
}

/// Rows with all fractions to nine digits: engines add up in another order.
fn rounded<T: AsRef<str>>(rows: impl IntoIterator<Item = T>) -> Vec<String> {
    let round = |cell: &str| match cell.parse::<f64>() {
        Ok(number) if cell.contains(['.', 'e']) => {
            format!("{number:.9}").trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => cell.to_owned(),
    };
    rows.into_iter().map(|row| row.as_ref().split('\t').map(round).collect::<Vec<_>>().join("\t")).collect()
}

#[test]
fn clickhouse_gives_the_reports_and_answers_of_the_folder() {
    let folder = TempDir::new().expect("a folder");
    let Some(server) = Server::start(&folder.path().join("clickhouse")) else { return };
    let files = made::write(folder.path(), N_FILES);
    let local = filled(&folder.path().join("store"), &files, 0..N_FILES);
    let local = Store::open(local).expect("a store");
    // Half is copied, all is, and some is added as files.
    let mut writer = Writer::open(&server.place()).expect("a store");
    let half = writer.copy(&local, &selector("version=1.3")).expect("copied");
    let all = writer.copy(&local, &Selector::default()).expect("copied");
    assert_eq!((half.n_new, half.n_new + all.n_new), (all.n_known, N_FILES));
    // Who does not know what is there writes it once more.
    let Place::ClickHouse(address) = server.place() else { return };
    let client = ClickHouse::new(&address).expect("an address");
    client.query("INSERT INTO profiles.samples SELECT * FROM profiles.samples").expect("doubled");
    let mut writer = Writer::open(&server.place()).expect("a store");
    assert_eq!(add(&mut writer, 7, &files[7]).n_known, 1);
    check(&server.place(), &files);

    let store = Store::open(server.place()).expect("a store");
    for ((name, rows, statement), (_, local, _)) in
        questions(&store, Dialect::ClickHouse).into_iter().zip(questions(&local, Dialect::ClickHouse))
    {
        assert_eq!(rows, local, "{name}");
        let answer = client
            .query(&format!("{statement} FORMAT TabSeparatedRaw"))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let answer = String::from_utf8(answer).expect("a text");
        assert_eq!(rounded(answer.lines()), rounded(&rows), "{name}\n{statement}");
    }

    assert!(writer.compact().expect("compacted").n_files[1] > 0);
    check(&server.place(), &files);
    let n_heaps = files.iter().filter(|made| made.is_heap).count();
    assert_eq!(writer.remove(&selector("kind=heap")).expect("removed"), n_heaps);
    assert_eq!(store.profiles(&Selector::default()).expect("profiles").value.len(), N_FILES - n_heaps);
}

#[test]
fn duckdb_reads_the_files_and_gives_the_same_answers() {
    if !has_package("duckdb") {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), N_FILES);
    let local = filled(&folder.path().join("store"), &files, 0..N_FILES);
    // Twice in different parts, as while they are compacted: counted once.
    let other = folder.path().join("other");
    filled(&other, &files, 10..30);
    let mut other_writer = Writer::open(&Place::Folder(other.clone())).expect("a store");
    other_writer.compact().expect("compacted");
    copy_parts(&other, &folder.path().join("store"));
    let store = Store::open(local).expect("a store");
    let questions = questions(&store, Dialect::DuckDb);
    let script = "
import sys, json, duckdb
work = json.load(sys.stdin)
db = duckdb.connect()
db.execute(work['setup'])
out = []
for statement in work['statements']:
    rows = db.execute(statement).fetchall()
    out.append(['\\t'.join(str(cell) for cell in row) for row in rows])
print(json.dumps(out))";
    let statements: Vec<&str> = questions.iter().map(|(_, _, statement)| statement.as_str()).collect();
    let work = serde_json::json!({ "setup": store.sql_setup(Dialect::DuckDb), "statements": statements });
    let mut child = Command::new(python())
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the interpreter");
    child.stdin.take().expect("its input").write_all(work.to_string().as_bytes()).expect("written");
    let output = child.wait_with_output().expect("its end");
    let answers: Vec<Vec<String>> = serde_json::from_slice(&output.stdout).expect("rows");
    for ((name, rows, statement), answer) in questions.iter().zip(answers) {
        assert_eq!(rounded(answer), rounded(rows), "{name}\n{statement}");
    }
}

fn copy_parts(from: &Path, to: &Path) {
    for path in goscope_test_support::files_below(from, &[".parquet"]) {
        let target = to.join(path.strip_prefix(from).expect("below"));
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        std::fs::copy(&path, target).expect("a copy");
    }
}

#[test]
fn what_is_wrong_with_a_server_is_said() {
    let sentence = |address: &str| {
        let opened = Store::open(Place::named(address))
            .and_then(|store| store.profiles(&Selector::default()).map(drop));
        match opened {
            Err(StoreError::Usage(text) | StoreError::Server(text)) => text,
            other => panic!("{address}: {other:?}"),
        }
    };
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
    let nobody =
        sentence(&format!("clickhouse://me:secret@127.0.0.1:{port}/db")).replace(&port.to_string(), "PORT");
    assert!(
        nobody.starts_with("clickhouse://127.0.0.1:PORT/db: ") && nobody.contains("is it there"),
        "{nobody}"
    );
    assert!(!nobody.contains("secret"), "{nobody}");
    assert!(sentence("clickhouse://host").contains("the name of a database"));
}

#[test]
fn a_database_that_is_no_store_is_said() {
    let folder = TempDir::new().expect("a folder");
    let Some(server) = Server::start(folder.path()) else { return };
    let store = Store::open(server.place()).expect("an address");
    let error = store.profiles(&Selector::default()).map(drop).expect_err("no store").to_string();
    assert!(error.ends_with("FILES…` makes one"), "{error}");
}
