//! Which way imports run inside a crate: in no circle, down the floors, from no view to another.

use std::collections::BTreeSet;
use std::fs;

use super::imports::Imports;
use super::{read, root, rust_files};

/// The crates whose files are looked at.
const CRATES: [&str; 6] = ["parsers", "analysis", "flamegraph", "remote", "store", "app"];

/// The floors of a folder, from the lowest to the highest: files and folders import from their own floor and from lower
/// ones. A file that is named by itself stands where it is named and not on the floor of its folder.
struct House {
    krate: &'static str,
    /// Below `src/`; empty or with a `/` at its end.
    folder: &'static str,
    floors: &'static [&'static [&'static str]],
}

const HOUSES: &[House] = &[
    House {
        krate: "parsers",
        folder: "",
        floors: &[
            &["error", "map_guard", "pipe", "printable", "progress"],
            &["chunks", "file_bytes", "inflate", "json_text", "text_lines"],
            &["bench", "coverage", "dump", "pprof", "test_events", "trace"],
            // Formats of other tools become profiles of `pprof`.
            &["interop"],
            // Asks the formats what they look like.
            &["detect"],
            &["pprof/parse"],
        ],
    },
    House {
        krate: "analysis",
        folder: "",
        floors: &[
            &["histogram", "regex_dialect", "statistics", "symbol", "value"],
            &["bench", "coverage", "dump", "profile", "test_results"],
            &["report"],
            &["trace"],
            &["verdict"],
            // It has names and whose code a function is from verdicts on profiles.
            &["explain"],
            &["testing"],
        ],
    },
    House {
        krate: "analysis",
        folder: "bench/",
        floors: &[
            &["go_math", "go_number", "token", "words"],
            &["grid", "key_order", "quantile", "record", "scale"],
            &["filter", "projection_syntax", "u_test"],
            &["projection", "sample"],
            &["table"],
            &["collect", "csv", "summary", "text"],
        ],
    },
    House {
        krate: "analysis",
        folder: "verdict/",
        floors: &[
            // What a verdict is.
            &[
                "incomparable",
                "line",
                "note",
                "options",
                "outcome",
                "power",
                "regression",
                "row",
                "run",
                "runs",
            ],
            // How it is found.
            &["profiles"],
            // It takes patterns, names and warnings as profiles do.
            &["benchmarks", "traces"],
        ],
    },
    House {
        krate: "analysis",
        folder: "trace/",
        floors: &[
            &["words"],
            &["store"],
            // A fold takes the rule for names from `store/entry.rs`; the store knows no fold.
            &["folds"],
            &["digest", "facts", "proc_time", "timeline"],
            &["model"],
            &["load"],
            &["questions"],
            &["answers"],
        ],
    },
    House {
        krate: "flamegraph",
        folder: "",
        floors: &[
            &["color", "flame_tree", "palette"],
            &["folded", "graph_layout", "layout"],
            &["svg"],
            &["fixture"],
        ],
    },
    House {
        krate: "store",
        folder: "",
        floors: &[
            &["error", "id", "schema"],
            &["column", "one_profile"],
            // A row knows which part it was read from.
            &["folder", "rows"],
            &["selector", "shred", "summarize", "table"],
            &["engine/selection", "engine/sums"],
            &["batch"],
            // What every engine can do, and what is made of that.
            &["engine"],
            &["folder/rewrite"],
            &["address", "engine/clickhouse", "engine/folder", "rebuild"],
            &["store"],
            &["questions"],
            &["add", "sql"],
        ],
    },
    House {
        krate: "app",
        folder: "",
        floors: &[
            &[
                "allocator",
                "archive",
                "bundle",
                "file_mark",
                "git_changes",
                "input_bytes",
                "jobs",
                "memory_limit",
                "notice",
                "samples",
                "store_input",
                "whole_file",
            ],
            &[
                "capture",
                "coverage_input",
                "document",
                "dump_input",
                "live",
                "run_notes",
                "source",
                "store_document",
            ],
            &["text"],
            &["query", "report"],
            // What is open and how it is looked at: both faces know it.
            &["session"],
            &["derived", "export"],
            &["gui"],
            &["cli"],
            &["main"],
        ],
    },
    House {
        krate: "app",
        folder: "cli/",
        floors: &[
            &["args", "failure", "handle_args", "input", "json", "open", "output"],
            &["archive_info", "bundle_info", "report_args", "session_info", "source_page", "unknown"],
            &[
                "bench",
                "benchstat",
                "capture",
                "completions",
                "convert",
                "cover",
                "diff",
                "dump_info",
                "goroutines",
                "info",
                "look_args",
                "man",
                "pprof",
                "query",
                "record",
                "report",
                "store",
                "svg",
                "tags",
                "test",
                "testing_info",
                "top",
                "trace",
                "trace_info",
            ],
            &["mod"],
        ],
    },
    House {
        krate: "app",
        folder: "gui/",
        floors: &[
            &["fonts", "hue", "theme"],
            &["widgets"],
            &["command", "command_list", "held_keys", "preferences", "shortcuts"],
            &["lens_changes", "lens_reading", "update"],
            &["lane_picture"],
            &["view", "view_states"],
            &["parts"],
            &["panels", "views"],
            &["captures", "library", "session_state", "session_store", "store", "tiles"],
            &["exports"],
            &["app", "window"],
        ],
    },
];

/// The one file of the command line that knows the window: it opens it.
const DOOR_TO_THE_WINDOW: &str = "cli/open.rs";

impl House {
    /// The floor of a file; `None` if it is not in this folder.
    ///
    /// # Panics
    /// If it is in this folder and has no floor. A folder's own `mod.rs` only declares and re-exports: it has one where it
    /// is named.
    fn floor(&self, file: &str) -> Option<usize> {
        let inside = file.strip_prefix(self.folder)?;
        let holds = |name: &&&str| {
            inside.strip_prefix(**name).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        let named = |(floor, names): (usize, &&[&str])| {
            names.iter().filter(holds).map(|name| (name.len(), floor)).max()
        };
        let found = self.floors.iter().enumerate().filter_map(named).max().map(|(_, floor)| floor);
        let is_root = ["mod.rs", "lib.rs"].contains(&inside);
        assert!(
            found.is_some() || is_root,
            "{file} of {} has no floor in app/tests/cli/tidy/floors.rs",
            self.krate
        );
        found
    }

    /// The imports that run up.
    fn violations(&self, imports: &Imports) -> Vec<String> {
        let runs_up =
            |from: &str, to: &str| self.floor(from).zip(self.floor(to)).is_some_and(|(from, to)| from < to);
        let upward = imports.by_files.iter().filter(|((from, to), _)| runs_up(from, to));
        upward.map(|((from, to), names)| format!("{from} imports {names:?} of {to}")).collect()
    }
}

/// The imports of one of our crates.
fn imports(krate: &str) -> Imports {
    let prefix = format!("{krate}/src/");
    let manifest = read(&root().join(krate).join("Cargo.toml"));
    let name = manifest.lines().find_map(|line| line.strip_prefix("name = \"")).expect("a name");
    let source = |file: String| {
        let text = fs::read_to_string(root().join(&file)).expect("a source file");
        file.strip_prefix(&prefix).map(|path| (path.to_owned(), text))
    };
    let sources: Vec<(String, String)> = rust_files().into_iter().filter_map(source).collect();
    let imports = Imports::read(&name.trim_end_matches('"').replace('-', "_"), &sources);
    assert!(!imports.by_files.is_empty(), "the imports of {krate} are found");
    imports
}

/// The view that a file below `gui/views/` belongs to; `None` for their registry and all other files.
fn view_of(file: &str) -> Option<&str> {
    let name = file.strip_prefix("gui/views/")?;
    name.split(['/', '.']).next().filter(|view| *view != "mod")
}

/// Imports of a view by another one.
fn imports_between_views(imports: &Imports) -> Vec<String> {
    let views = |(from, to): &(String, String)| Some((view_of(from)?.to_owned(), view_of(to)?.to_owned()));
    let between =
        imports.by_files.iter().filter(|(files, _)| views(files).is_some_and(|(from, to)| from != to));
    between.map(|((from, to), names)| format!("{from} imports {names:?} of {to}")).collect()
}

#[test]
fn files_do_not_import_one_another_in_a_circle() {
    for krate in CRATES {
        let imports = imports(krate);
        let loops = imports.loops();
        let drawn: Vec<String> =
            loops.iter().map(|group| format!("{group:?}\n{}", imports.among(group))).collect();
        assert!(loops.is_empty(), "{krate}: {} loops\n{}", loops.len(), drawn.join("\n"));
    }
}

#[test]
fn imports_run_down_the_floors() {
    let mut upward = Vec::new();
    for house in HOUSES {
        upward.extend(house.violations(&imports(house.krate)));
    }
    assert!(upward.is_empty(), "imports of what is above:\n{}", upward.join("\n"));
}

#[test]
fn no_view_imports_another() {
    let imports = imports("app");
    let views: BTreeSet<&str> = imports.by_files.keys().filter_map(|(from, _)| view_of(from)).collect();
    assert!(views.len() > 10, "the views are found: {views:?}");
    let between = imports_between_views(&imports);
    assert!(between.is_empty(), "{}", between.join("\n"));
}

#[test]
fn the_list_of_subcommands_is_imported_by_the_program_alone() {
    let imports = imports("app");
    let users: Vec<&String> =
        imports.by_files.keys().filter(|(_, to)| to == "cli/mod.rs").map(|(from, _)| from).collect();
    assert_eq!(users, ["main.rs"]);
}

#[test]
fn the_command_line_opens_the_window_and_knows_no_more_of_it() {
    let imports = imports("app");
    let is_cli = |file: &str| file.starts_with("cli/");
    let users: BTreeSet<&str> = (imports.by_files.keys())
        .filter(|(from, to)| is_cli(from) && to.starts_with("gui/"))
        .map(|(from, _)| from.as_str())
        .collect();
    assert_eq!(users, BTreeSet::from([DOOR_TO_THE_WINDOW]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_up(files: &[(&str, &str)]) -> Imports {
        let sources: Vec<(String, String)> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Imports::read("made_up", &sources)
    }

    const HOUSE: House = House {
        krate: "made_up",
        folder: "gui/",
        floors: &[&["widgets"], &["views"], &["app", "widgets/top"]],
    };

    #[test]
    fn an_import_of_a_higher_floor_is_found() {
        let imports = made_up(&[
            ("lib.rs", "pub mod gui;"),
            ("gui/mod.rs", "mod app; mod views; mod widgets;"),
            ("gui/app.rs", "use super::views::list::List; pub struct App;"),
            ("gui/views/list.rs", "use crate::gui::widgets::Button; use crate::gui::app::App;"),
            ("gui/widgets/mod.rs", "mod top; pub struct Button;"),
            ("gui/widgets/top.rs", "use crate::gui::app::App;"),
        ]);
        assert_eq!(HOUSE.violations(&imports), [r#"gui/views/list.rs imports {"App"} of gui/app.rs"#]);
    }

    #[test]
    #[should_panic(expected = "gui/news.rs of made_up has no floor")]
    fn a_file_without_a_floor_is_found() {
        let imports = made_up(&[
            ("lib.rs", "pub mod gui;"),
            ("gui/app.rs", "use super::news::News;"),
            ("gui/news.rs", "pub struct News;"),
        ]);
        HOUSE.violations(&imports);
    }

    #[test]
    fn a_view_that_imports_another_is_found() {
        let imports = made_up(&[
            ("lib.rs", "pub mod gui;"),
            ("gui/views/mod.rs", "mod lanes; mod table; pub use lanes::Lanes; use table::Table;"),
            ("gui/views/lanes/mod.rs", "mod header; use header::Header; pub struct Lanes;"),
            ("gui/views/lanes/header.rs", "pub struct Header;"),
            ("gui/views/table.rs", "fn f() { super::Lanes::new() }"),
        ]);
        let expected = r#"gui/views/table.rs imports {"Lanes::new"} of gui/views/lanes/mod.rs"#;
        assert_eq!(imports_between_views(&imports), [expected]);
    }
}
