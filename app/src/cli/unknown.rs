//! Words on the command line that are neither a command nor a file: said before any window opens.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::error::{ContextKind, ContextValue};

use super::failure::Failure;
use crate::input_bytes::{address, sample_named};
use crate::live::LiveInput;

/// Checks that there is something behind each name. `program` knows the commands that one may be a slip of.
pub(super) fn check_names(names: &[PathBuf], program: &clap::Command) -> Result<(), Failure> {
    if let Some(Err(sentence)) = names.iter().find_map(|name| LiveInput::of(name).filter(Result::is_err)) {
        return Err(Failure::Usage(anyhow!(sentence)));
    }
    let is_there = |name: &Path| {
        name == Path::new("-")
            || name.exists()
            || address(name).is_some()
            || sample_named(name).is_some()
            || LiveInput::of(name).is_some()
    };
    let Some(unknown) = names.iter().find(|name| !is_there(name)) else { return Ok(()) };
    let unknown = unknown.display().to_string();
    let hint = similar_command(&unknown, program).map_or_else(
        || "`goscope --help` lists the commands".to_owned(),
        |command| format!("did you mean `goscope {command}`?"),
    );
    Err(Failure::Usage(anyhow!("there is no file or command {unknown:?}; {hint}")))
}

/// The command that clap thinks was meant.
fn similar_command(word: &str, program: &clap::Command) -> Option<String> {
    let commands = program.get_subcommands().cloned();
    let only_commands = clap::Command::new("goscope").subcommands(commands).subcommand_required(true);
    let error = only_commands.try_get_matches_from(["goscope", word]).err()?;
    match error.get(ContextKind::SuggestedSubcommand)? {
        ContextValue::String(command) => Some(command.clone()),
        ContextValue::Strings(commands) => commands.first().cloned(),
        _ => None,
    }
}
