//! Pods through `kubectl port-forward`: by a script that stands for it on the PATH.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::servers::serve_samples;
use super::{names, said};

/// A folder with a `kubectl` that does what a script says; `$NAMES` is where it writes what it was asked.
fn kubectl(script: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kubectl");
    let log = folder.path().join("asked").display().to_string();
    fs::write(&path, format!("#!/bin/sh\necho \"$$ $*\" >> '{log}'\n{script}\n")).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("it can run");
    folder
}

fn capture_with(kubectl: &Path, folder: &Path, arguments: &[&str]) -> Output {
    let path = format!("{}:/usr/bin:/bin", kubectl.display());
    // Where there is none, not even a real one may be found.
    let path = if kubectl.join("kubectl").exists() { path } else { kubectl.display().to_string() };
    Command::new(env!("CARGO_BIN_EXE_goscope"))
        .arg("capture")
        .args(arguments)
        .current_dir(folder)
        .env_remove("GOSCOPE_AUTH")
        .env("PATH", path)
        .output()
        .expect("goscope starts")
}

/// What kubectl was asked, and whether those processes are gone.
fn asked(kubectl: &Path) -> Vec<String> {
    let log = fs::read_to_string(kubectl.join("asked")).expect("it was asked");
    let lines = log.lines().map(|line| line.split_once(' ').expect("a number before"));
    lines
        .map(|(process, arguments)| {
            let gone = Command::new("kill").args(["-0", process]).output().expect("kill runs");
            assert!(!gone.status.success(), "kubectl was ended");
            arguments.to_owned()
        })
        .collect()
}

#[test]
fn a_pod_is_captured_over_a_port_that_is_forwarded() {
    let place = serve_samples("X: y");
    let (_, port) = place.rsplit_once(':').expect("a port");
    // As it prints it, with a line for each connection that somebody has to read.
    let kubectl = kubectl(&format!(
        "echo 'Forwarding from 127.0.0.1:{port} -> 6060'; echo 'Forwarding from [::1]:{port} -> 6060'\n\
         i=0; while [ $i -lt 3000 ]; do echo 'Handling connection for {port}, and more of it'; i=$((i+1)); done\n\
         exec sleep 60"
    ));
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["--k8s", "shop/web-0:6060", "--profile", "heap"];
    let output = capture_with(kubectl.path(), folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let [name] = names(folder.path()).try_into().expect("a file");
    assert!(name.starts_with("shop_web-0_6060.") && name.ends_with(".heap.pb.gz"), "{name}");
    assert_eq!(asked(kubectl.path()), ["port-forward --namespace shop pod/web-0 :6060"]);

    // Two of them, and a profile that is not there: names of pods stand in what is said.
    let arguments = ["--k8s", "web-0:1", "--k8s", "a/deployment/web:2", "--profile", "nosuch"];
    let output = capture_with(kubectl.path(), folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    for pod in ["web-0:1", "a/deployment/web:2"] {
        assert!(said(&output).contains(&format!("{pod} ")), "{}", said(&output));
    }
    let all = asked(kubectl.path());
    assert_eq!(all[1..], ["port-forward pod/web-0 :1", "port-forward --namespace a deployment/web :2"]);
}

#[test]
fn why_a_pod_cannot_be_reached_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    for (script, expected) in [
        (
            "echo 'Error from server (NotFound): pods \"web-0\" not found' >&2; exit 1",
            "goscope: --k8s shop/web-0:6060: kubectl does not forward pod/web-0: Error from server (NotFound): pods \"web-0\" not found\n",
        ),
        ("exit 0", "goscope: --k8s shop/web-0:6060: kubectl ended without forwarding pod/web-0\n"),
    ] {
        let kubectl = kubectl(script);
        let output = capture_with(kubectl.path(), folder.path(), &["--k8s", "shop/web-0:6060"]);
        assert_eq!((output.status.code(), said(&output).as_str()), (Some(3), expected));
        asked(kubectl.path());
    }
    let nowhere = tempfile::tempdir().expect("a folder");
    let output = capture_with(nowhere.path(), folder.path(), &["--k8s", "shop/web-0:6060"]);
    assert_eq!(
        (output.status.code(), said(&output).as_str()),
        (
            Some(3),
            "goscope: --k8s shop/web-0:6060: there is no `kubectl` on the PATH: install it, or forward the port yourself and capture from localhost:PORT\n"
        )
    );
    let output = capture_with(nowhere.path(), folder.path(), &["--k8s", "--all:1"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn ctrl_c_ends_the_forwarding_too() {
    // It never says that the port is there.
    let kubectl = kubectl("exec sleep 60");
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(["capture", "--k8s", "shop/web-0:6060"])
        .current_dir(folder.path())
        .env("PATH", format!("{}:/usr/bin:/bin", kubectl.path().display()))
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("goscope starts");
    let started = Instant::now();
    while !kubectl.path().join("asked").exists() {
        assert!(started.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(20));
    }
    let stop = Command::new("kill").args(["-INT", &process.id().to_string()]).status().expect("kill runs");
    assert!(stop.success());
    assert_eq!(process.wait().expect("it ends").code(), Some(130));
    asked(kubectl.path());
}
