//! Stacks of many goroutines while the program stands still: one of each place first, then the others, as long as there
//! is time.

use std::collections::BTreeSet;
use std::time::Instant;

use super::fault::DelveFault;
use super::model::{Argument, Frame, Goroutine};
use super::session::{QUESTION_WAIT, Session};
use super::wire::{LoadConfig, Stack, StackFrame, Stacktrace};

/// Frames of a stack, as many as the runtime prints.
pub(super) const MAX_FRAMES: u32 = 100;
/// Requests that are written at once; so a distant server is waited for once in 32 stacks.
const AT_ONCE: usize = 32;
/// Goroutines up to which arguments are read of all of them, where locks are waited for: 1 to 3 ms each.
const MOST_WITH_ARGUMENTS: usize = 500;

/// `reflect.Pointer` and `reflect.UnsafePointer`.
const POINTER_KINDS: [u32; 2] = [22, 26];

impl Session {
    /// Reads stacks until this moment. Gives how many goroutines were left without.
    pub(super) fn read_stacks(
        &mut self,
        goroutines: &mut [Goroutine],
        until: Instant,
    ) -> Result<usize, DelveFault> {
        let order = one_of_each_place_first(goroutines);
        let has_locks = goroutines.iter().any(waits_for_lock);
        let reads_all_arguments = has_locks && goroutines.len() <= MOST_WITH_ARGUMENTS;
        let mut n_read = 0;
        for rows in order.chunks(AT_ONCE) {
            // The first ones always: they are of most places where goroutines stand.
            if n_read > 0 && Instant::now() >= until {
                break;
            }
            let request = |&row: &usize| {
                let goroutine = &goroutines[row];
                let reads_arguments = reads_all_arguments || waits_for_lock(goroutine);
                stack_of(goroutine.id, reads_arguments.then_some(LoadConfig::ADDRESSES))
            };
            let requests: Vec<Stacktrace> = rows.iter().map(request).collect();
            let stacks = self.connection.call_each::<Stack>("Stacktrace", &requests, QUESTION_WAIT)?;
            for (&row, stack) in rows.iter().zip(stacks) {
                // One that cannot be read keeps what the list said of it.
                if let Ok(stack) = stack {
                    set_stack(&mut goroutines[row], stack.locations.0);
                }
            }
            n_read += rows.len();
        }
        Ok(order.len() - n_read)
    }

    /// Reads one stack.
    pub(super) fn read_stack(&mut self, goroutine: &mut Goroutine) -> Result<(), DelveFault> {
        let request = stack_of(goroutine.id, None);
        let stack: Stack = self.ask("Stacktrace", &request)?;
        set_stack(goroutine, stack.locations.0);
        Ok(())
    }
}

fn stack_of(goroutine: u64, cfg: Option<LoadConfig>) -> Stacktrace {
    let id = i64::try_from(goroutine).unwrap_or(i64::MAX);
    Stacktrace { id, depth: MAX_FRAMES, full: false, cfg }
}

fn waits_for_lock(goroutine: &Goroutine) -> bool {
    goroutine.state.starts_with("sync.") || goroutine.state == "semacquire"
}

/// Rows: of each state and place the first one, then all others in their order.
fn one_of_each_place_first(goroutines: &[Goroutine]) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let is_new = |row: &usize| {
        let Goroutine { state, frames, creator, .. } = &goroutines[*row];
        let line = |frame: Option<&Frame>| frame.map(|frame| (frame.file.clone(), frame.line));
        seen.insert((state.clone(), line(frames.last()), line(creator.as_ref())))
    };
    let (mut first, rest): (Vec<usize>, Vec<usize>) = (0..goroutines.len()).partition(is_new);
    first.extend(rest);
    first
}

fn set_stack(goroutine: &mut Goroutine, frames: Vec<StackFrame>) {
    if frames.is_empty() {
        return;
    }
    let has_bottom = frames.last().is_some_and(|frame| frame.is_bottom);
    goroutine.is_cut = !has_bottom && frames.len() > MAX_FRAMES as usize;
    goroutine.arguments = frames.iter().enumerate().flat_map(|(at, frame)| addresses(at, frame)).collect();
    goroutine.frames = frames.into_iter().take(MAX_FRAMES as usize).map(frame_of).collect();
}

fn addresses(at: usize, frame: &StackFrame) -> impl Iterator<Item = Argument> + use<'_> {
    let is_pointer = |kind: u32| POINTER_KINDS.contains(&kind);
    frame.arguments.0.iter().enumerate().filter_map(move |(position, argument)| {
        let is_known = is_pointer(argument.kind) && argument.unreadable.is_empty();
        let value = argument.value.parse().ok().filter(|&value| is_known && value != 0)?;
        let (frame, position) = (u16::try_from(at).ok()?, u16::try_from(position).ok()?);
        Some(Argument { frame, position, value })
    })
}

fn frame_of(frame: StackFrame) -> Frame {
    let function = frame.location.function.map_or_else(String::new, |function| function.name);
    let function = if function.is_empty() { "?".to_owned() } else { function };
    Frame { function, file: frame.location.file, line: u32::try_from(frame.location.line).unwrap_or(0) }
}
