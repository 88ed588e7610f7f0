//! A port of a pod on this machine, by `kubectl port-forward`: no Kubernetes client of our own.
//!
//! ```text
//! NS/POD:PORT ──► kubectl port-forward --namespace NS pod/POD :PORT ──► "Forwarding from 127.0.0.1:41234 -> 6060"
//! ```

use std::io::{self, BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::fault::said;

/// How long kubectl may take: it asks the API server, and that asks the node.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// How often is asked whether to give up.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// The most that is read of what kubectl says.
const MAX_SAID_BYTES: u64 = 64 << 10;

/// What is forwarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    namespace: Option<String>,
    /// `pod/web-0`, `deployment/web`.
    resource: String,
    port: u16,
}

impl Pod {
    /// Reads `NAMESPACE/POD:PORT`, `POD:PORT` of the current namespace, or `NAMESPACE/KIND/NAME:PORT` (`shop/deployment/web:6060`).
    ///
    /// # Errors
    /// A sentence that says how it is written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            let text = goscope_parsers::printable(text);
            format!("{text}: a pod is written NAMESPACE/POD:PORT, as default/shop-0:6060")
        };
        let (path, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().ok().filter(|&port| port > 0).ok_or_else(wrong)?;
        // Names of Kubernetes; none begins as a flag does.
        let is_inside = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '.');
        let is_name = |name: &&str| {
            name.starts_with(|char: char| char.is_ascii_alphanumeric()) && name.chars().all(is_inside)
        };
        let parts: Vec<&str> = path.split('/').collect();
        if !parts.iter().all(is_name) {
            return Err(wrong());
        }
        let (namespace, resource) = match parts.as_slice() {
            [pod] => (None, format!("pod/{pod}")),
            [namespace, pod] => (Some((*namespace).to_owned()), format!("pod/{pod}")),
            [namespace, kind, name] => (Some((*namespace).to_owned()), format!("{kind}/{name}")),
            _ => return Err(wrong()),
        };
        Ok(Self { namespace, resource, port })
    }

    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["port-forward".to_owned()];
        if let Some(namespace) = &self.namespace {
            arguments.extend(["--namespace".to_owned(), namespace.clone()]);
        }
        arguments.extend([self.resource.clone(), format!(":{}", self.port)]);
        arguments
    }
}

/// A port that is forwarded. Dropped, it is not any more.
#[derive(Debug)]
pub struct PortForward {
    kubectl: Child,
    place: String,
}

impl PortForward {
    /// Starts `kubectl` and waits until the port is there. `gives_up` is asked twenty times a second.
    ///
    /// # Errors
    /// A sentence: there is no kubectl, it fails, or nothing comes in time.
    pub fn start(pod: &Pod, gives_up: &dyn Fn() -> bool) -> Result<Self, String> {
        let mut command = Command::new("kubectl");
        command.args(pod.arguments()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C is for us: the port is needed until what came is kept.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut kubectl = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                "there is no `kubectl` on the PATH: install it, or forward the port yourself and capture from localhost:PORT".to_owned()
            }
            _ => format!("`kubectl` does not run: {error}"),
        })?;
        let lines = lines(kubectl.stdout.take());
        let errors = end_of(kubectl.stderr.take());
        // From here on it is ended with what is returned, or with an error.
        let mut forward = Self { kubectl, place: String::new() };
        forward.place = wait(&lines, pod, gives_up).map_err(|why| {
            forward.end();
            let words = errors.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
            match words.trim() {
                "" => why,
                words => format!("kubectl does not forward {}: {}", pod.resource, said(words)),
            }
        })?;
        Ok(forward)
    }

    /// `127.0.0.1:PORT`, where the pod is reached.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Ends kubectl; it may have ended by itself.
    fn end(&mut self) {
        let _ = self.kubectl.kill();
        let _ = self.kubectl.wait();
    }
}

impl Drop for PortForward {
    fn drop(&mut self) {
        self.end();
    }
}

/// The place in the line that says it.
fn wait(lines: &Receiver<String>, pod: &Pod, gives_up: &dyn Fn() -> bool) -> Result<String, String> {
    let started = Instant::now();
    while started.elapsed() < MAX_WAIT {
        match lines.recv_timeout(ASK_EVERY) {
            Ok(line) => {
                let port = line.strip_prefix("Forwarding from 127.0.0.1:");
                let port: Option<u16> = port.and_then(|rest| rest.split(' ').next()?.parse().ok());
                if let Some(port) = port {
                    return Ok(format!("127.0.0.1:{port}"));
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(format!("kubectl ended without forwarding {}", pod.resource));
            }
            Err(RecvTimeoutError::Timeout) if gives_up() => {
                return Err(format!("the forwarding of {} was stopped", pod.resource));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
    Err(format!(
        "kubectl did not forward {} within {} s: is the pod running, and does it listen on {}?",
        pod.resource,
        MAX_WAIT.as_secs(),
        pod.port
    ))
}

/// Its lines. They are read to the end: kubectl writes one for each connection, and would wait for a reader.
fn lines(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let Some(pipe) = pipe else { return };
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            // Nobody listens any more once the port is there.
            let _ = sender.send(line);
        }
    });
    receiver
}

/// What it says on standard error, once that has ended.
fn end_of(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let Some(mut pipe) = pipe else { return };
        let mut words = Vec::new();
        // What came before an error says enough.
        let _ = pipe.by_ref().take(MAX_SAID_BYTES).read_to_end(&mut words);
        let _ = sender.send(String::from_utf8_lossy(&words).into_owned());
        let _ = io::copy(&mut pipe, &mut io::sink());
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_written_with_a_namespace_and_a_port() {
        for (text, arguments) in [
            ("shop/web-0:6060", "port-forward --namespace shop pod/web-0 :6060"),
            ("web-0:6060", "port-forward pod/web-0 :6060"),
            ("shop/deployment/web:80", "port-forward --namespace shop deployment/web :80"),
        ] {
            assert_eq!(Pod::parse(text).map(|pod| pod.arguments().join(" ")), Ok(arguments.to_owned()));
        }
        for wrong in [
            "web",
            "web:",
            "web:0",
            "web:99999",
            "-x:1",
            "a/-x:1",
            "a/b/c/d:1",
            "a b:1",
            "a//b:1",
            ":1",
            "é:1",
        ] {
            assert!(
                Pod::parse(wrong).is_err_and(|error| error.ends_with("as default/shop-0:6060")),
                "{wrong}"
            );
        }
    }
}
