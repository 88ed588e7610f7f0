//! Arguments and local variables of a frame.

use super::fault::DelveFault;
use super::model::{FrameVariables, Variable, VariableKind};
use super::session::{QUESTION_WAIT, Session};
use super::wire::{Arguments, InScope, LoadConfig, Locals, Scope, WireVariable};
use crate::fault::said;

/// Variables of a frame with all their parts.
const MAX_PARTS: usize = 2000;
/// How deep parts of parts are kept.
const MAX_DEPTH: usize = 8;
/// Bytes of a value.
const MAX_VALUE_BYTES: usize = 1024;

/// Of delve's `VariableFlags`.
const SHADOWED: u32 = 1 << 1;
const RETURNED: u32 = 1 << 4;

impl Session {
    /// Arguments and locals of a frame, counted from the innermost. The program stands still.
    ///
    /// # Errors
    /// If delve does not answer; that it cannot read them is none.
    pub fn variables(&mut self, goroutine: u64, frame: usize) -> Result<FrameVariables, DelveFault> {
        let goroutine = i64::try_from(goroutine).unwrap_or(i64::MAX);
        let request = InScope { scope: Scope { goroutine, frame }, cfg: LoadConfig::SHORT };
        let arguments = self.connection.call::<Arguments>("ListFunctionArgs", &request, QUESTION_WAIT)?;
        let locals = self.connection.call::<Locals>("ListLocalVars", &request, QUESTION_WAIT)?;
        let mut room = MAX_PARTS;
        let mut refusal = String::new();
        let mut kept = |answer: Result<Vec<WireVariable>, String>| match answer {
            Ok(variables) => {
                let shown = variables.into_iter().filter(is_shown);
                shown.map_while(|wire| variable(wire, MAX_DEPTH, &mut room)).collect()
            }
            Err(words) => {
                refusal = said(&words);
                Vec::new()
            }
        };
        let arguments = kept(arguments.map(|answer| answer.variables.0));
        let locals = kept(locals.map(|answer| answer.variables.0));
        Ok(FrameVariables { frame, arguments, locals, refusal })
    }
}

/// Results that are not there yet have the name `~r0` and no value.
fn is_shown(wire: &WireVariable) -> bool {
    wire.flags & RETURNED == 0 || wire.unreadable.is_empty()
}

fn variable(wire: WireVariable, depth: usize, room: &mut usize) -> Option<Variable> {
    *room = room.checked_sub(1)?;
    let children = if depth == 0 { Vec::new() } else { wire.children.0 };
    Some(Variable {
        kind: kind(&wire.type_name, wire.kind),
        name: wire.name,
        type_name: wire.type_name,
        value: cut(wire.value),
        len: u64::try_from(wire.len).unwrap_or(0),
        children: children.into_iter().map_while(|child| variable(child, depth - 1, room)).collect(),
        unreadable: cut(wire.unreadable),
        is_shadowed: wire.flags & SHADOWED != 0,
    })
}

/// By the numbers of `reflect.Kind`.
fn kind(type_name: &str, kind: u32) -> VariableKind {
    match kind {
        17 | 23 => VariableKind::List,
        18 => VariableKind::Channel,
        20 => VariableKind::Interface,
        21 => VariableKind::Map,
        22 => VariableKind::Pointer,
        24 => VariableKind::Text,
        25 => VariableKind::Struct,
        _ if type_name == "string" => VariableKind::Text,
        _ => VariableKind::Basic,
    }
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_VALUE_BYTES {
        let end = (0..=MAX_VALUE_BYTES).rev().find(|&end| text.is_char_boundary(end));
        text.truncate(end.unwrap_or(0));
    }
    text
}
