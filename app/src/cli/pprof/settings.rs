//! The options of `goscope pprof` under pprof's names: as flags, and as `name=value` at the prompt.
//!
//! Flags, prompt, help and completion all read the one table of options.

use anyhow::{Result, anyhow, bail};

/// Whether `goscope pprof` makes one report, or one after the other at its prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Once,
    Prompt,
}

/// All options with their values; the defaults are pprof's.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) output: String,
    pub(super) call_tree: bool,
    pub(super) relative_percentages: bool,
    pub(super) unit: String,
    pub(super) compact_labels: bool,
    pub(super) source_path: String,
    pub(super) trim_path: String,
    pub(super) intel_syntax: bool,
    pub(super) mean: bool,
    pub(super) sample_index: String,
    pub(super) divide_by: f64,
    pub(super) normalize: bool,
    pub(super) sort: String,
    pub(super) tagroot: String,
    pub(super) tagleaf: String,
    pub(super) drop_negative: bool,
    /// -1 for the default of the report.
    pub(super) nodecount: i64,
    pub(super) nodefraction: f64,
    pub(super) edgefraction: f64,
    pub(super) trim: bool,
    pub(super) focus: String,
    pub(super) ignore: String,
    pub(super) prune_from: String,
    pub(super) hide: String,
    pub(super) show: String,
    pub(super) show_from: String,
    pub(super) tagfocus: String,
    pub(super) tagignore: String,
    pub(super) tagshow: String,
    pub(super) taghide: String,
    pub(super) noinlines: bool,
    pub(super) showcolumns: bool,
    /// Not in pprof, so only a flag and not in the lists.
    pub(super) signed_percentages: bool,
    /// Empty for the default of the report.
    pub(super) granularity: String,
}

impl Default for Settings {
    fn default() -> Self {
        let text = String::new;
        Self {
            output: text(),
            call_tree: false,
            relative_percentages: false,
            unit: "minimum".to_owned(),
            compact_labels: false,
            source_path: text(),
            trim_path: text(),
            intel_syntax: false,
            mean: false,
            sample_index: text(),
            divide_by: 1.0,
            normalize: false,
            sort: "flat".to_owned(),
            tagroot: text(),
            tagleaf: text(),
            drop_negative: false,
            nodecount: -1,
            nodefraction: 0.005,
            edgefraction: 0.001,
            trim: true,
            focus: text(),
            ignore: text(),
            prune_from: text(),
            hide: text(),
            show: text(),
            show_from: text(),
            tagfocus: text(),
            tagignore: text(),
            tagshow: text(),
            taghide: text(),
            noinlines: false,
            showcolumns: false,
            signed_percentages: false,
            granularity: text(),
        }
    }
}

/// The field of an option in [`Settings`], and so the type of its values.
#[derive(Clone, Copy)]
pub(super) enum Slot {
    Bool(fn(&mut Settings) -> &mut bool),
    Integer(fn(&mut Settings) -> &mut i64),
    Number(fn(&mut Settings) -> &mut f64),
    Text(fn(&mut Settings) -> &mut String),
    /// One of a few words, each of which is also a flag.
    Choice(fn(&mut Settings) -> &mut String, &'static [Choice]),
}

/// A value of an option, and what it does.
pub(super) type Choice = (&'static str, &'static str);

/// An option.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// What it does; lists show the first line.
    pub(super) help: &'static str,
    pub(super) slot: Slot,
}

const fn field(name: &'static str, slot: Slot, help: &'static str) -> Field {
    Field { name, help, slot }
}

const SORTS: &[Choice] =
    &[("cum", "Largest cumulative value first"), ("flat", "Largest own value first (the default)")];

const GRANULARITIES: &[Choice] = &[
    ("functions", "One entry per function name"),
    ("filefunctions", "One entry per function name and source file"),
    ("files", "One entry per source file"),
    ("lines", "One entry per source line"),
    ("addresses", "One entry per instruction address"),
];

const TAG_FILTER_HELP: &str = "\
Keep samples with a matching label
`key=…` matches the values of one key; without it the pattern is matched against `key:value`.
Text: foo, foo.*bar, mytag=foo|bar. Numbers: 1kb, 1kb:10kb, :4ms, memory=32mb:";

/// Every option, by name.
pub(super) static FIELDS: &[Field] = &[
    field(
        "call_tree",
        Slot::Bool(|s| &mut s.call_tree),
        "One node per call path instead of one per function\nFor dot and callgrind only.",
    ),
    field(
        "compact_labels",
        Slot::Bool(|s| &mut s.compact_labels),
        "Leave out the header lines that describe the profile",
    ),
    field("divide_by", Slot::Number(|s| &mut s.divide_by), "Divide all printed values by this number"),
    field("drop_negative", Slot::Bool(|s| &mut s.drop_negative), "Leave out entries that became smaller"),
    field(
        "edgefraction",
        Slot::Number(|s| &mut s.edgefraction),
        "Leave out calls below this share of the total",
    ),
    field(
        "focus",
        Slot::Text(|s| &mut s.focus),
        "Keep samples with a matching frame\nThe pattern is matched against function, file and binary.",
    ),
    field("granularity", Slot::Choice(|s| &mut s.granularity, GRANULARITIES), "What counts as one entry"),
    field("hide", Slot::Text(|s| &mut s.hide), "Remove matching frames; their value moves to the caller"),
    field("ignore", Slot::Text(|s| &mut s.ignore), "Drop samples with a matching frame; wins over focus"),
    field(
        "intel_syntax",
        Slot::Bool(|s| &mut s.intel_syntax),
        "Accepted and ignored: goscope does not disassemble",
    ),
    field("mean", Slot::Bool(|s| &mut s.mean), "Values divided by the first sample type (the count)"),
    field(
        "nodecount",
        Slot::Integer(|s| &mut s.nodecount),
        "Show at most this many entries; -1 for the default of the report",
    ),
    field(
        "nodefraction",
        Slot::Number(|s| &mut s.nodefraction),
        "Leave out entries below this share of the total",
    ),
    field(
        "noinlines",
        Slot::Bool(|s| &mut s.noinlines),
        "Count inlined calls as part of the function they were inlined into",
    ),
    field("normalize", Slot::Bool(|s| &mut s.normalize), "Scale the profile to the total of its base"),
    field("output", Slot::Text(|s| &mut s.output), "Write the report to this file"),
    field("prune_from", Slot::Text(|s| &mut s.prune_from), "Cut frames below the innermost matching one"),
    field(
        "relative_percentages",
        Slot::Bool(|s| &mut s.relative_percentages),
        "Percentages of what the filters keep, not of the whole profile",
    ),
    field("sample_index", Slot::Text(|s| &mut s.sample_index), "Sample type: a name or a number from 0"),
    field("show", Slot::Text(|s| &mut s.show), "Keep matching frames only"),
    field("show_from", Slot::Text(|s| &mut s.show_from), "Cut frames above the outermost matching one"),
    field("showcolumns", Slot::Bool(|s| &mut s.showcolumns), "Distinguish columns of a source line"),
    field("sort", Slot::Choice(|s| &mut s.sort, SORTS), "Order of the entries"),
    field("source_path", Slot::Text(|s| &mut s.source_path), "Directories to search for source files"),
    field("tagfocus", Slot::Text(|s| &mut s.tagfocus), TAG_FILTER_HELP),
    field("taghide", Slot::Text(|s| &mut s.taghide), "Hide labels whose key matches"),
    field(
        "tagignore",
        Slot::Text(|s| &mut s.tagignore),
        "Drop samples with a matching label\nThe pattern is as for tagfocus.",
    ),
    field(
        "tagleaf",
        Slot::Text(|s| &mut s.tagleaf),
        "Keys of labels to add as innermost frames, separated by commas",
    ),
    field(
        "tagroot",
        Slot::Text(|s| &mut s.tagroot),
        "Keys of labels to add as outermost frames, separated by commas",
    ),
    field("tagshow", Slot::Text(|s| &mut s.tagshow), "Keep only labels whose key matches"),
    field("trim", Slot::Bool(|s| &mut s.trim), "Leave out small entries; false shows everything"),
    field("trim_path", Slot::Text(|s| &mut s.trim_path), "Prefixes to cut off source paths before searching"),
    field(
        "unit",
        Slot::Text(|s| &mut s.unit),
        "Unit of the values: minimum (one for all), auto (one for each), ms, MB, …",
    ),
];

/// The option with a name, or the one that has it as a choice.
pub(super) fn find(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name || field.choices().any(|(choice, _)| choice == name))
}

impl Field {
    /// Its values, if they are a few words.
    pub(super) fn choices(&self) -> impl Iterator<Item = Choice> + use<> {
        let choices = match self.slot {
            Slot::Choice(_, choices) => choices,
            _ => &[],
        };
        choices.iter().copied()
    }

    /// Whether it is a switch: a boolean option, or one value of a choice.
    pub(super) fn is_switch(&self, name: &str) -> bool {
        matches!(self.slot, Slot::Bool(_)) || name != self.name
    }

    /// The first line of its help.
    pub(super) fn summary(&self) -> &'static str {
        self.help.lines().next().unwrap_or_default()
    }

    /// Its value as text.
    pub(super) fn text(&self, settings: &Settings) -> String {
        // The accessors return `&mut`.
        let mut settings = settings.clone();
        match self.slot {
            Slot::Bool(slot) => slot(&mut settings).to_string(),
            Slot::Integer(slot) => slot(&mut settings).to_string(),
            Slot::Number(slot) => slot(&mut settings).to_string(),
            Slot::Text(slot) | Slot::Choice(slot, _) => slot(&mut settings).clone(),
        }
    }
}

impl Settings {
    /// Sets an option from text, as `name=value` at the prompt does; booleans also take yes and no.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let Some(field) = find(name) else { bail!("there is no option \"{name}\"") };
        if name != field.name {
            // `lines=true` is `granularity=lines`; as in pprof, `yes` is not accepted here.
            return match value {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => self.set(field.name, name),
                _ => Err(anyhow!("\"{name}\" is a value: say {}={name}", field.name)),
            };
        }
        let needs = |wanted: &str| wrong(name, value, wanted);
        match field.slot {
            Slot::Bool(slot) => *slot(self) = truth(value).ok_or_else(|| needs("true or false"))?,
            Slot::Integer(slot) => *slot(self) = value.parse().ok().ok_or_else(|| needs("a whole number"))?,
            Slot::Number(slot) => *slot(self) = value.parse().ok().ok_or_else(|| needs("a number"))?,
            Slot::Text(slot) => value.clone_into(slot(self)),
            Slot::Choice(slot, choices) => {
                if !choices.iter().any(|(choice, _)| *choice == value) {
                    let all: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
                    return Err(needs(&format!("one of {}", all.join(", "))));
                }
                value.clone_into(slot(self));
            }
        }
        Ok(())
    }
}

fn wrong(name: &str, value: &str, wanted: &str) -> anyhow::Error {
    anyhow!("{name}: \"{value}\" is not {wanted}")
}

/// A boolean as pprof's prompt reads it; an empty value is true.
fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" | "" => Some(true),
        "false" | "f" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_set_and_read_back_as_text() {
        let mut settings = Settings::default();
        for (name, value, read) in [
            ("focus", "main|x", "main|x"),
            ("nodecount", "-1", "-1"),
            ("nodefraction", "0.25", "0.25"),
            ("divide_by", "2", "2"),
            ("trim", "no", "false"),
            ("mean", "", "true"),
            ("granularity", "lines", "lines"),
            ("sort", "cum", "cum"),
        ] {
            settings.set(name, value).expect("a good value");
            assert_eq!(find(name).expect("an option").text(&settings), read, "{name}");
        }
        settings.set("files", "true").expect("a choice is a switch");
        assert_eq!(settings.granularity, "files");
    }

    #[test]
    fn wrong_values_are_named_with_what_is_right() {
        let mut settings = Settings::default();
        let mut message = |name: &str, value: &str| settings.set(name, value).expect_err("wrong").to_string();
        assert_eq!(message("nodecount", "many"), "nodecount: \"many\" is not a whole number");
        assert_eq!(message("trim", "maybe"), "trim: \"maybe\" is not true or false");
        assert_eq!(message("sort", "size"), "sort: \"size\" is not one of cum, flat");
        assert_eq!(message("lines", ""), "\"lines\" is a value: say granularity=lines");
        assert_eq!(message("frobnicate", "1"), "there is no option \"frobnicate\"");
    }

    #[test]
    fn options_are_listed_by_name_and_have_a_line_of_help() {
        assert!(FIELDS.is_sorted_by_key(|field| field.name));
        assert!(FIELDS.iter().all(|field| !field.summary().is_empty()));
    }
}
