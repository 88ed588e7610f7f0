//! A program in a debugger as something that can be opened: with usual limits, and variables of the first groups.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use goscope_parsers::Progress;
use goscope_parsers::dump::DumpFile;
use goscope_remote::delve::ListLimits;

use super::facts::LiveFacts;
use super::input::LiveInput;
use super::take::{Asks, LiveFault, LiveWishes, VariableQuestion, take};

/// What it costs to read a program in a debugger, said before it costs it.
pub const COST: &str = "The program stands still while its goroutines are read: 0.3 to 2 s for 1,000 of them, 10 s at most. A dump \
                        over HTTP (/debug/pprof/goroutine?debug=2) costs milliseconds";

/// What it costs to wait for a goroutine at a line, said before it costs it.
pub const BREAK_COST: &str = "The program stands still while the breakpoint is set, and from when a goroutine reaches it until its stack and variables \
                              are read: mostly less than 1 s. If none comes within 30 s, or you cancel, the breakpoint is removed. \
                              In all cases the program runs on";

/// Goroutines that are read, and for how long the program may stand still: as on the command line.
const LIMITS: ListLimits = ListLimits { goroutines: 5_000, stop: Duration::from_secs(10) };
/// How long a line is waited for: as on the command line.
const WAIT: Duration = Duration::from_secs(30);
/// How often it is looked whether it is still wanted.
const TICK: Duration = Duration::from_millis(50);

/// Whether a name stands for a program in a debugger that stands still while it is read; a core file does always.
pub fn stands_still(path: &Path) -> bool {
    matches!(LiveInput::of(path), Some(Ok(LiveInput::Server { .. }) | Err(_)))
}

/// What it costs to read a program in a debugger.
pub fn cost(path: &Path) -> &'static str {
    match LiveInput::of(path) {
        Some(Ok(input)) if input.breakpoint().is_some() => BREAK_COST,
        _ => COST,
    }
}

/// Reads its goroutines, or waits for the one that its name is about; the program is left as it was. `choose` says of which variables are read.
///
/// # Errors
/// One sentence: what went wrong, and how the program was left.
pub fn take_usual(
    input: &LiveInput,
    progress: &Progress,
    choose: &dyn Fn(&DumpFile) -> Vec<VariableQuestion>,
) -> Result<(DumpFile, LiveFacts), LiveFault> {
    let wishes =
        LiveWishes { goroutine: None, breakpoint: None, wait: WAIT, limits: LIMITS, detaches: false };
    let (stop, is_done) = (Arc::new(AtomicBool::new(false)), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::SeqCst) {
                if progress.is_cancelled() {
                    stop.store(true, Ordering::SeqCst);
                }
                std::thread::sleep(TICK);
            }
        });
        let taken = take(input, &wishes, &Asks { stop: &stop, say: &|_| {}, choose });
        is_done.store(true, Ordering::SeqCst);
        taken
    })
}
