//! The reports of `goscope pprof`: names, arguments, help; for flags (`-top`) and commands of the prompt (`top`).

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Tree,
    Traces,
    Tags,
    Comments,
    Raw,
    List,
    Weblist,
    Dot,
    Callgrind,
    Proto,
    TopProto,
    Folded,
    /// A flame graph.
    Svg,
    /// The graph as a picture in this format, drawn by Graphviz' `dot`.
    Picture(&'static str),
    /// Opened in the window.
    Window,
    /// Not supported; says what to use instead.
    Elsewhere(&'static str),
}

/// A report.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) format: Format,
    /// Whether it takes a regular expression.
    pub(super) has_pattern: bool,
    /// What it shows, in one line.
    pub(super) help: &'static str,
}

const fn report(name: &'static str, format: Format, help: &'static str) -> Command {
    Command { name, format, has_pattern: false, help }
}

const fn matching(name: &'static str, format: Format, help: &'static str) -> Command {
    Command { name, format, has_pattern: true, help }
}

const NO_MACHINE_CODE: &str =
    "goscope does not disassemble; `list` and `weblist` show values line by line, `-addresses` by address";
const NO_VIEWER: &str = "goscope starts no picture viewers; write a file with svg, png or pdf and open that";

/// All reports, by name.
pub(super) static COMMANDS: &[Command] = &[
    report("callgrind", Format::Callgrind, "The graph for KCachegrind"),
    report("comments", Format::Comments, "The comments of the profile"),
    matching("disasm", Format::Elsewhere(NO_MACHINE_CODE), "Not supported: use list or weblist"),
    report("dot", Format::Dot, "The graph for Graphviz"),
    report("eog", Format::Elsewhere(NO_VIEWER), "Not supported: use svg"),
    report("evince", Format::Elsewhere(NO_VIEWER), "Not supported: use pdf"),
    report("folded", Format::Folded, "One line per stack, as flame graph scripts read it"),
    report("gif", Format::Picture("gif"), "The graph as a GIF picture (needs Graphviz)"),
    report("gv", Format::Elsewhere(NO_VIEWER), "Not supported: use ps"),
    report(
        "kcachegrind",
        Format::Elsewhere("goscope starts no other programs; write a file with callgrind and open that"),
        "Not supported: use callgrind",
    ),
    matching("list", Format::List, "Source of matching functions with values line by line"),
    report("pdf", Format::Picture("pdf"), "The graph as PDF (needs Graphviz)"),
    matching("peek", Format::Tree, "Callers and callees of matching functions"),
    report("png", Format::Picture("png"), "The graph as a PNG picture (needs Graphviz)"),
    report("proto", Format::Proto, "The profile itself, filtered, as profile.proto"),
    report("ps", Format::Picture("ps"), "The graph as PostScript (needs Graphviz)"),
    report("raw", Format::Raw, "Samples, locations and mappings as text"),
    report("svg", Format::Svg, "A flame graph as an SVG picture"),
    report("tags", Format::Tags, "The labels of the samples with their values"),
    report("text", Format::Text, "Entries by value (the same as top)"),
    report("top", Format::Text, "Entries by value"),
    report("topproto", Format::TopProto, "The entries of top as profile.proto"),
    report("traces", Format::Traces, "Every sample with its stack"),
    report("tree", Format::Tree, "Every entry with its callers and callees"),
    report("web", Format::Window, "Open the profile in the window"),
    matching("weblist", Format::Weblist, "Source of matching functions as a web page"),
];

/// The report of a name.
pub(super) fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

impl Command {
    /// Its help at the prompt.
    pub(super) fn usage(&self) -> String {
        let pattern = if self.has_pattern { " REGEX" } else { "" };
        let usage = match self.format {
            Format::Comments | Format::Raw | Format::Proto => " [> FILE]",
            _ => " [N] [FOCUS]... [-IGNORE]... [-cum] [> FILE]",
        };
        format!(
            "{}\n  {}{pattern}{usage}\n  N: show at most N entries. FOCUS, IGNORE: as the options with these names.",
            self.help, self.name
        )
    }

    /// The file name extension of a report that is not for a terminal.
    pub(super) fn file_extension(&self) -> Option<&'static str> {
        match self.format {
            Format::Proto | Format::TopProto => Some("pb.gz"),
            Format::Callgrind => Some("callgraph.out"),
            Format::Svg => Some("svg"),
            Format::Picture(extension) => Some(extension),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::pprof::settings;

    #[test]
    fn reports_are_listed_by_name_and_none_has_the_name_of_an_option() {
        assert!(COMMANDS.is_sorted_by_key(|command| command.name));
        assert!(COMMANDS.iter().all(|command| settings::find(command.name).is_none()));
    }
}
