//! Functions, places and goroutines that sentences about a dump name: where they stand in a text they become links.

use std::collections::{BTreeSet, HashMap, HashSet};

use goscope_analysis::dump::call_site;
use goscope_analysis::symbol::package_of;
use goscope_parsers::dump::{DumpFile, FrameId, StackId, Tables};

use crate::query::dumps::Dumps;
use crate::query::testing::code::CodePlace;
use crate::query::trace::answers::sentence::{Link, Sentence};

/// The longest sentence that is shown, in bytes; as on the command line.
const MOST_BYTES: usize = 600;

/// What can be named.
#[derive(Debug, Default)]
pub(super) struct Names {
    functions: HashSet<String>,
    places: HashMap<String, CodePlace>,
}

impl Names {
    /// Those of the dumps that are shown or compared.
    pub(super) fn of(dumps: &Dumps) -> Self {
        let mut names = Self::default();
        for text in &dumps.texts {
            names.add(text.file());
        }
        names
    }

    fn add(&mut self, file: &DumpFile) {
        let mut stacks: BTreeSet<StackId> = BTreeSet::new();
        for dump in &file.dumps {
            stacks.extend(dump.goroutines.iter().map(|row| row.stack));
        }
        let mut frames: BTreeSet<FrameId> = BTreeSet::new();
        for stack in stacks {
            let stack = file.tables.stack(stack);
            frames.extend(stack.frames.iter().chain(&stack.creator));
        }
        for frame in frames {
            self.functions.insert(file.tables.function(frame).to_owned());
            self.places.insert(call_site(&file.tables, frame), place_of(&file.tables, frame));
        }
        for race in &file.races {
            for frame in race.accesses.iter().flat_map(|access| &access.frames) {
                self.functions.insert(frame.function.clone());
                let name = frame.file.rsplit('/').next().unwrap_or_default();
                let package = package_of(&frame.function).to_owned();
                let place = CodePlace { package, file: frame.file.clone(), line: frame.line };
                self.places.insert(format!("{name}:{}", frame.line), place);
            }
        }
    }

    /// A sentence whose nouns are links.
    pub(super) fn sentence(&self, text: &str) -> Sentence {
        let text = goscope_parsers::printable_cut(text, MOST_BYTES);
        let mut sentence = Sentence::default();
        // Whether numbers are those of goroutines.
        let mut is_numbered = false;
        for word in text.split_inclusive(' ') {
            let bare = word.trim_end();
            let (before, core, after) = self.core(bare);
            let link = match core.parse::<i64>() {
                Ok(number) if is_numbered => Some(Link::Goroutine(number)),
                _ => self.link(core),
            };
            is_numbered = match core {
                "goroutine" | "goroutines" | "Goroutine" => true,
                _ => is_numbered && link.is_some() && after.starts_with(','),
            };
            let rest = &word[bare.len()..];
            sentence = match link {
                // So that no line ends with the bracket.
                Some(link @ Link::Place(_)) if before == "(" && after.starts_with(')') => {
                    sentence.noun(format!("({core})"), link).plain(format!("{}{rest}", &after[1..]))
                }
                Some(link) => sentence.plain(before).noun(core, link).plain(format!("{after}{rest}")),
                None => sentence.plain(word),
            };
        }
        sentence
    }

    /// A word without the marks around it, unless it is a name with them.
    fn core<'w>(&self, word: &'w str) -> (&'w str, &'w str, &'w str) {
        if self.link(word).is_some() {
            return ("", word, "");
        }
        let begin = word.len() - word.trim_start_matches('(').len();
        let end = word.trim_end_matches([',', ';', ':', '.', ')']).len().max(begin);
        (&word[..begin], &word[begin..end], &word[end..])
    }

    fn link(&self, word: &str) -> Option<Link> {
        if self.functions.contains(word) {
            return Some(Link::Function(word.to_owned()));
        }
        self.places.get(word).cloned().map(Link::Place)
    }
}

/// The line that a frame stands at.
pub(super) fn place_of(tables: &Tables, frame: FrameId) -> CodePlace {
    let package = package_of(tables.function(frame)).to_owned();
    CodePlace { package, file: tables.file(frame).to_owned(), line: tables.frame(frame).line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let functions = ["main.lock", "main.(*T).M", "main.run[...]"].map(str::to_owned);
        let place = CodePlace { package: "main".to_owned(), file: "/w/bank/main.go".to_owned(), line: 21 };
        Names {
            functions: functions.into_iter().collect(),
            places: [("bank/main.go:21".to_owned(), place)].into_iter().collect(),
        }
    }

    fn links(text: &str) -> String {
        let sentence = names().sentence(text);
        assert_eq!(sentence.text(), text, "nothing of the text is lost");
        let link = |phrase: &crate::query::trace::answers::sentence::Phrase| {
            phrase.link.as_ref().map(|link| match link {
                Link::Function(name) => format!("func {name}"),
                Link::Goroutine(number) => format!("g {number}"),
                Link::Place(place) => format!("at {}:{}", place.file, place.line),
                other => format!("{other:?}"),
            })
        };
        sentence.phrases.iter().filter_map(link).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn functions_places_and_goroutines_of_a_sentence_are_links() {
        assert_eq!(
            links(
                "goroutine 19 waits for a mutex at 0xc0 in main.lock (bank/main.go:21); goroutine 20 holds it"
            ),
            "g 19, func main.lock, at /w/bank/main.go:21, g 20"
        );
        assert_eq!(
            links("3 goroutines wait in main.(*T).M, main.run[...] for 7 things"),
            "func main.(*T).M, func main.run[...]"
        );
        // Behind "and" there may be a number of others.
        assert_eq!(links("goroutines 7, 9 and 11 more sleep"), "g 7, g 9");
        assert_eq!(links("panic: 5 is not 7 in x.y"), "");
    }
}
