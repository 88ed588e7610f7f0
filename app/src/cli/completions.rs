//! `goscope completions`: a script with which a shell completes subcommands, options and files.

use clap_complete::{Shell, generate};

use super::failure::Failure;
use super::output::OutputArgs;

const MORE_HELP: &str = "\
Examples:
  goscope completions bash -o ~/.local/share/bash-completion/completions/goscope
  goscope completions zsh -o ~/.zfunc/_goscope         a folder in $fpath
  goscope completions fish -o ~/.config/fish/completions/goscope.fish
  goscope completions powershell >> $PROFILE";

/// Arguments of `goscope completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE_HELP)]
pub(super) struct CompletionsArgs {
    /// Shell to write the script for
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
    #[command(flatten)]
    output: OutputArgs,
}

/// Writes the script; `program` is the definition of the whole command line.
pub(super) fn run(args: &CompletionsArgs, mut program: clap::Command) -> Result<(), Failure> {
    let name = program.get_name().to_owned();
    // Into memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    generate(args.shell, &mut program, name, &mut script);
    args.output.write(|out| out.write_all(&script))
}
