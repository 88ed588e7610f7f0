//! `goscope man`: a manual page for the program and one for each subcommand, from the definitions behind `--help`.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::failure::Failure;
use super::output::OutputArgs;

/// Arguments of `goscope man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  goscope man ~/.local/share/man/man1 && man goscope-trace-latency")]
pub(super) struct ManArgs {
    /// Folder for the pages; created if it does not exist
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// A page: the name of its file, and its text in roff.
struct Page {
    name: String,
    text: Vec<u8>,
}

/// Writes the pages; `program` is the definition of the whole command line.
pub(super) fn run(args: &ManArgs, program: Command) -> Result<(), Failure> {
    let mut program = program.disable_help_subcommand(true);
    // Gives each subcommand its full name: `goscope-trace-latency`.
    program.build();
    let target = args.folder.display().to_string();
    let failed = |error| Failure::from_write(error, &target);
    let mut pages = Vec::new();
    add_pages(&program, &mut pages).map_err(failed)?;
    fs::create_dir_all(&args.folder).map_err(failed)?;
    for page in pages {
        let output = OutputArgs { output: Some(args.folder.join(page.name)) };
        output.write(|out| out.write_all(&page.text))?;
    }
    Ok(())
}

/// Adds the page of a command and those of its subcommands.
fn add_pages(command: &Command, pages: &mut Vec<Page>) -> io::Result<()> {
    pages.push(page(command)?);
    command
        .get_subcommands()
        .filter(|subcommand| !subcommand.is_hide_set())
        .try_for_each(|subcommand| add_pages(subcommand, pages))
}

/// The page of one command: what `clap_mangen` makes, but with the examples below the options line by line.
fn page(command: &Command) -> io::Result<Page> {
    let man = Man::new(command.clone());
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    if command.get_arguments().next().is_some() {
        man.render_options_section(&mut text)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    if let Some(notes) = command.get_after_help() {
        render_notes(&notes.to_string(), &mut text)?;
    }
    Ok(Page { name: man.get_filename(), text })
}

/// The text below the options of `--help`, with its line breaks: it holds examples and tables.
fn render_notes(notes: &str, text: &mut Vec<u8>) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", ["NOTES"]).control("nf", []);
    for line in notes.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff.to_writer(text)
}
