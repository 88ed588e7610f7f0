//! Asks a debugger, and leaves the program as it was, whatever happens in between.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use goscope_parsers::dump::DumpFile;
use goscope_remote::delve::{CoreServer, DelveFault, Hit, Leaves, ListLimits, Session};

use super::dump::dump_of;
use super::facts::{GoroutineVariables, LiveFacts, left_text};
use super::input::LiveInput;

/// What is asked.
#[derive(Clone, Debug)]
pub struct LiveWishes {
    /// One goroutine instead of all.
    pub goroutine: Option<u64>,
    /// A line or function: the goroutine that reaches it next.
    pub breakpoint: Option<String>,
    /// How long that may take.
    pub wait: Duration,
    /// How many are read, and for how long.
    pub limits: ListLimits,
    /// Whether dlv lets go of the program and ends, also where it would live on.
    pub detaches: bool,
}

/// Frames of a goroutine whose variables are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableQuestion {
    /// Its number.
    pub goroutine: u64,
    /// Frames, counted from the innermost.
    pub frames: Vec<usize>,
}

/// What the one who asks does meanwhile.
pub struct Asks<'a> {
    /// Set to give it up.
    pub stop: &'a Arc<AtomicBool>,
    /// Gets a sentence on what it will cost, before it costs it.
    pub say: &'a dyn Fn(&str),
    /// Says, while the program stands still, of which goroutines variables are read.
    pub choose: &'a dyn Fn(&DumpFile) -> Vec<VariableQuestion>,
}

/// What went wrong, and how the program was left.
#[derive(Debug, thiserror::Error)]
#[error("{fault}{left}")]
pub struct LiveFault {
    /// What went wrong.
    pub fault: DelveFault,
    /// `; the program runs on`; empty if nothing was done to it.
    pub left: String,
}

impl From<DelveFault> for LiveFault {
    fn from(fault: DelveFault) -> Self {
        Self { fault, left: String::new() }
    }
}

/// What was read before the session ended.
struct Read {
    file: DumpFile,
    hit: Option<Hit>,
    variables: Vec<GoroutineVariables>,
    notes: Vec<String>,
}

/// Reads goroutines through a debugger. The program runs on as before when this returns, also if it fails.
///
/// # Errors
/// One sentence, with how the program was left.
pub fn take(
    input: &LiveInput,
    wishes: &LiveWishes,
    asks: &Asks<'_>,
) -> Result<(DumpFile, LiveFacts), LiveFault> {
    match input {
        LiveInput::Server { place, breakpoint } => {
            let location = wishes.breakpoint.clone().or_else(|| breakpoint.clone());
            take_from(place, &LiveWishes { breakpoint: location, ..wishes.clone() }, asks)
        }
        LiveInput::Core { executable, core } => {
            let mut server = CoreServer::start(executable, core, asks.stop)?;
            let taken = take_from(server.place(), wishes, asks);
            taken.map_err(|LiveFault { fault, left }| LiveFault { fault: server.explain(fault), left })
        }
    }
}

fn take_from(place: &str, wishes: &LiveWishes, asks: &Asks<'_>) -> Result<(DumpFile, LiveFacts), LiveFault> {
    let mut session = Session::open(place, Arc::clone(asks.stop))?;
    if wishes.detaches {
        session.detach_at_end()?;
    }
    if !session.server().is_core {
        announce(place, wishes, asks.say);
    }
    let read = read(&mut session, wishes, asks);
    let ended = session.end();
    let was_running = session.was_running();
    match read {
        Ok(Read { mut file, hit, variables, notes }) => {
            let facts = LiveFacts {
                server: session.server().clone(),
                was_running,
                stood_still: ended.stood_still,
                leaves: ended.leaves,
                hit,
                variables,
                notes,
            };
            for dump in &mut file.dumps {
                dump.reason = facts.sentence();
            }
            Ok((file, facts))
        }
        Err(fault) if session.server().is_core => Err(fault.into()),
        Err(fault) => {
            let is_attached = session.server().is_attached;
            let left = match ended.leaves {
                Leaves::Stopped if !was_running => "; the program stands still as before".to_owned(),
                Leaves::Exited => String::new(),
                leaves => format!("; the program {}", left_text(&leaves, was_running, is_attached)),
            };
            Err(LiveFault { fault, left })
        }
    }
}

/// Says what it will cost.
fn announce(place: &str, wishes: &LiveWishes, say: &dyn Fn(&str)) {
    let most = wishes.limits.stop.as_secs();
    let cost = match &wishes.breakpoint {
        Some(location) => format!(
            "waiting up to {} s for {location} to be reached; the program stands still while the breakpoint is set, and when it is reached",
            wishes.wait.as_secs()
        ),
        None => format!(
            "the program stands still while its goroutines are read, 0.3 to 2 s for 1,000 of them and about {most} s at most (--longest-stop); a dump over HTTP (/debug/pprof/goroutine?debug=2) costs milliseconds"
        ),
    };
    say(&format!("dlv at {place}: {cost}"));
}

fn read(session: &mut Session, wishes: &LiveWishes, asks: &Asks<'_>) -> Result<Read, DelveFault> {
    let is_core = session.server().is_core;
    let mut notes = Vec::new();
    let (file, hit) = if let Some(location) = &wishes.breakpoint {
        let hit = session.wait_for(location, wishes.wait)?;
        let goroutine = session.stack_at(&hit)?;
        (dump_of(&[goroutine], is_core, false), Some(hit))
    } else if let Some(id) = wishes.goroutine {
        (dump_of(&[session.find(id, wishes.limits)?], is_core, false), None)
    } else {
        let listing = session.list(wishes.limits)?;
        if listing.is_cut {
            notes.push(format!(
                "the program has more goroutines than the {} that were read: --max-goroutines and --longest-stop read more",
                listing.goroutines.len()
            ));
        }
        if listing.n_without_stack > 0 {
            notes.push(format!(
                "the stacks of {} of {} goroutines were not read within {} s, and only where they stand is known: --longest-stop reads more",
                listing.n_without_stack,
                listing.goroutines.len(),
                wishes.limits.stop.as_secs()
            ));
        }
        (dump_of(&listing.goroutines, is_core, listing.is_cut), None)
    };
    let variables = variables(session, &(asks.choose)(&file))?;
    Ok(Read { file, hit, variables, notes })
}

fn variables(
    session: &mut Session,
    questions: &[VariableQuestion],
) -> Result<Vec<GoroutineVariables>, DelveFault> {
    let of_goroutine = |question: &VariableQuestion| {
        let frames = question.frames.iter().map(|&frame| session.variables(question.goroutine, frame));
        Ok(GoroutineVariables { goroutine: question.goroutine, frames: frames.collect::<Result<_, _>>()? })
    };
    questions.iter().map(of_goroutine).collect()
}
