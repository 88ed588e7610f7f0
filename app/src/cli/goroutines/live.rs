//! Goroutines through a debugger: Ctrl-C, what it costs, and how what goes wrong ends the command.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Error, anyhow};
use goscope_parsers::dump::DumpFile;
use goscope_remote::delve::{DelveFault, Leaves};

use super::args::GoroutinesArgs;
use crate::cli::failure::{Failure, say, warn};
use crate::dump_input::{DumpText, read_live};
use crate::live::{Asks, LiveFault, LiveInput};
use crate::query::dumps::DumpsQuery;

/// How a command ends that Ctrl-C ended: 128 and the number of the signal, as shells have it.
const STOPPED: u8 = 130;

/// The debuggers among the inputs, checked before anything is read.
pub(super) fn inputs(args: &GoroutinesArgs) -> Result<Vec<Option<LiveInput>>, Failure> {
    let of_name = |name: &std::path::PathBuf| LiveInput::of(name).transpose();
    let inputs: Result<Vec<Option<LiveInput>>, String> = args.files.iter().map(of_name).collect();
    let inputs = inputs.map_err(|sentence| Failure::Usage(anyhow!(sentence)))?;
    let n_servers = inputs.iter().flatten().filter(|input| matches!(input, LiveInput::Server { .. })).count();
    args.live.check(n_servers, inputs.iter().flatten().count() - n_servers)?;
    args.live.check_breakpoints(inputs.iter().flatten())?;
    Ok(inputs)
}

/// What Ctrl-C does, and signals that end a program: while a debugger is asked, a flag is set, and the program that is
/// looked at is left as it was, which a second Ctrl-C does not cut short; else goscope ends at once.
pub(super) struct Interrupt {
    stop: Arc<AtomicBool>,
    is_asking: Arc<AtomicBool>,
}

impl Interrupt {
    pub(super) fn watch() -> Result<Self, Failure> {
        let interrupt = Self { stop: Arc::default(), is_asking: Arc::default() };
        let (stop, is_asking) = (Arc::clone(&interrupt.stop), Arc::clone(&interrupt.is_asking));
        let signaled = move || {
            if !is_asking.load(Ordering::SeqCst) {
                std::process::exit(i32::from(STOPPED));
            }
            stop.store(true, Ordering::SeqCst);
        };
        ctrlc::set_handler(signaled)
            .map_err(|error| Failure::Usage(anyhow!("Ctrl-C cannot be watched for: {error}")))?;
        Ok(interrupt)
    }
}

/// Reads goroutines, with variables if they are asked for.
pub(super) fn read(
    path: &Path,
    input: &LiveInput,
    args: &GoroutinesArgs,
    query: &DumpsQuery,
    interrupt: &Interrupt,
) -> Result<DumpText, Failure> {
    let shown_groups = if args.limit == 0 { usize::MAX } else { args.limit };
    let limits = args.live.variables(shown_groups, args.full, input.breakpoint().is_some());
    let choose = |file: &DumpFile| query.variable_questions(file, limits);
    let say = |sentence: &str| say(&goscope_parsers::printable(sentence));
    let asks = Asks { stop: &interrupt.stop, say: &say, choose: &choose };
    interrupt.is_asking.store(true, Ordering::SeqCst);
    let text = read_live(path, input, &args.live.wishes(), &asks);
    interrupt.is_asking.store(false, Ordering::SeqCst);
    let text = text.map_err(|fault| failure(path, fault))?;
    if let Some(facts) = &text.live {
        warn(&facts.notes);
        if let Leaves::Unknown(sentence) = &facts.leaves {
            warn(std::slice::from_ref(sentence));
        }
    }
    if text.file.dumps.is_empty() {
        return Err(Failure::NoData(anyhow!("{}: dlv lists no goroutine", text.name)));
    }
    Ok(text)
}

fn failure(path: &Path, fault: LiveFault) -> Failure {
    let name = path.display().to_string();
    match &fault.fault {
        DelveFault::Stopped => {
            warn(&[format!("{name}: {fault}")]);
            Failure::Gate(STOPPED)
        }
        DelveFault::NoPlace { .. } | DelveFault::Ambiguous { .. } | DelveFault::WouldKill { .. } => {
            Failure::Usage(Error::new(fault).context(name))
        }
        DelveFault::NotHit { .. } | DelveFault::StoppedElsewhere { .. } | DelveFault::NoGoroutine(_) => {
            Failure::NoData(Error::new(fault).context(name))
        }
        _ => Failure::Input(Error::new(fault).context(name)),
    }
}
