//! Work off the window's thread: a few named workers, results by channel, one cancel flag per job.
//!
//! The window never waits: it spawns jobs, keeps drawing, and takes finished results at the start of a frame. Each
//! finished job wakes the window. A job that panics ends as [`JobEnd::Panicked`]; the worker continues.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Names a job, in order of spawning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(u64);

/// Asks a job to stop early; shared between the window and the job.
#[derive(Clone, Debug, Default)]
pub struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    /// Asks the job to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the job was asked to stop.
    pub fn is_canceled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a job ended.
#[derive(Debug)]
pub enum JobEnd<T> {
    /// With a result.
    Done(T),
    /// It was canceled before it started.
    Canceled,
    /// With a panic; its message.
    Panicked(String),
}

type Work<T> = Box<dyn FnOnce() -> T + Send>;
type Wake = Arc<dyn Fn() + Send + Sync>;

struct Job<T> {
    id: JobId,
    cancel: CancelFlag,
    work: Work<T>,
}

/// Worker threads and the channel for their results.
pub struct Jobs<T> {
    queue: Sender<Job<T>>,
    done_sender: Sender<(JobId, JobEnd<T>)>,
    done: Receiver<(JobId, JobEnd<T>)>,
    wake: Wake,
    next_id: u64,
}

impl<T: Send + 'static> Jobs<T> {
    /// Starts `n_workers` threads called `name`. `wake` is called, on a worker, after each job.
    pub fn new(name: &str, n_workers: usize, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (queue, waiting) = channel::<Job<T>>();
        let (done_sender, done) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let wake: Wake = Arc::new(wake);
        for index in 0..n_workers.max(1) {
            let (waiting, done, wake) = (Arc::clone(&waiting), done_sender.clone(), Arc::clone(&wake));
            thread::Builder::new()
                .name(format!("{name}-{index}"))
                .spawn(move || work_until_closed(&waiting, &done, &wake))
                .expect("the system gives a program a few threads");
        }
        Self { queue, done_sender, done, wake, next_id: 0 }
    }

    /// Queues work for the next free worker.
    pub fn spawn(&mut self, cancel: CancelFlag, work: impl FnOnce() -> T + Send + 'static) -> JobId {
        let id = self.new_id();
        let job = Job { id, cancel, work: Box::new(work) };
        self.queue.send(job).expect("workers live as long as the queue");
        id
    }

    /// Runs work that waits for a person (a file dialog) on a thread of its own, so that no worker is blocked.
    pub fn spawn_waiting(&mut self, name: &str, work: impl FnOnce() -> T + Send + 'static) -> JobId {
        let id = self.new_id();
        let (done, wake) = (self.done_sender.clone(), Arc::clone(&self.wake));
        let job = Job { id, cancel: CancelFlag::default(), work: Box::new(work) };
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || report(job, &done, &wake))
            .expect("the system gives a program one more thread");
        id
    }

    /// Takes the jobs that ended since the last call, without waiting.
    pub fn drain(&self) -> Vec<(JobId, JobEnd<T>)> {
        self.done.try_iter().collect()
    }

    fn new_id(&mut self) -> JobId {
        self.next_id += 1;
        JobId(self.next_id)
    }
}

fn work_until_closed<T>(waiting: &Mutex<Receiver<Job<T>>>, done: &Sender<(JobId, JobEnd<T>)>, wake: &Wake) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        report(job, done, wake);
    }
}

/// Runs one job and sends its result; the send fails when the window is closing.
fn report<T>(job: Job<T>, done: &Sender<(JobId, JobEnd<T>)>, wake: &Wake) {
    let Job { id, cancel, work } = job;
    let end = if cancel.is_canceled() {
        JobEnd::Canceled
    } else {
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(result) => JobEnd::Done(result),
            Err(payload) => JobEnd::Panicked(message_of(payload.as_ref())),
        }
    };
    if done.send((id, end)).is_ok() {
        wake();
    }
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|message| (*message).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it stopped without saying why".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use super::*;

    fn wait_for(jobs: &Jobs<i32>) -> JobEnd<i32> {
        jobs.done.recv_timeout(Duration::from_secs(20)).expect("the job ends").1
    }

    #[test]
    fn a_result_comes_back_and_wakes_the_window() {
        let woken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&woken);
        let mut jobs = Jobs::new("test", 1, move || {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        jobs.spawn(CancelFlag::default(), || 41 + 1);
        assert!(matches!(wait_for(&jobs), JobEnd::Done(42)));
        jobs.spawn(CancelFlag::default(), || 0);
        wait_for(&jobs);
        assert!(woken.load(Ordering::SeqCst) >= 1);
    }

    #[test]
    fn a_panic_is_reported_and_the_worker_goes_on() {
        let mut jobs = Jobs::new("test", 1, || ());
        jobs.spawn(CancelFlag::default(), || panic!("a bug"));
        let JobEnd::Panicked(message) = wait_for(&jobs) else { panic!("not reported") };
        assert_eq!(message, "a bug");
        jobs.spawn(CancelFlag::default(), || 7);
        assert!(matches!(wait_for(&jobs), JobEnd::Done(7)));
    }

    #[test]
    fn a_job_canceled_in_the_queue_never_runs() {
        let mut jobs = Jobs::new("test", 1, || ());
        let cancel = CancelFlag::default();
        cancel.cancel();
        jobs.spawn(cancel, || unreachable!("it was canceled"));
        assert!(matches!(wait_for(&jobs), JobEnd::Canceled));
    }
}
