//! Stores as documents: a folder of profiles or a database of ClickHouse that is opened as a whole, and what the names of its
//! parts say to people.

use std::path::{Path, PathBuf};

use goscope_parsers::{ParseError, printable_cut};
use goscope_store::terms::terms;
use goscope_store::{MARKER, Place, Store, StoreError};

use crate::store_input::{now_nanos, parse_error, store_named};

/// Digits of a profile's id that a title shows.
const ID_DIGITS: usize = 8;

/// Letters of a title.
const MOST_LETTERS: usize = 80;

/// A store that is open as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreDocument {
    /// Where it is.
    pub place: Place,
    /// When it was opened, in ns since 1970: what `since=1h` counts from, until it is opened again.
    pub opened_nanos: i64,
}

impl StoreDocument {
    /// Opens a store.
    ///
    /// # Errors
    /// If there is none, or a newer goscope has written it.
    pub fn open(place: Place) -> Result<Self, ParseError> {
        Store::open(place.clone()).map_err(|error| parse_error(&place, error))?;
        Ok(Self { place, opened_nanos: now_nanos() })
    }

    /// The store.
    ///
    /// # Errors
    /// If it is gone.
    pub fn store(&self) -> Result<Store, StoreError> {
        Store::open(self.place.clone())
    }

    /// The name that opens a selection of it as one profile.
    pub fn input(&self, selector: &str) -> PathBuf {
        PathBuf::from(format!("{}?{selector}", self.place.input_text()))
    }
}

/// The store that a name stands for as a whole: its folder, the file in it that says so, or its address without a selection.
pub fn whole_store(path: &Path) -> Option<Place> {
    if path.is_dir() {
        return path.join(MARKER).is_file().then(|| Place::Folder(path.to_owned()));
    }
    if path.file_name().is_some_and(|name| name == MARKER) && path.is_file() {
        return path.parent().map(|folder| Place::Folder(folder.to_owned()));
    }
    let (place, _) = store_named(path)?;
    (!path.to_str()?.contains('?')).then_some(place)
}

/// The name of a store or of a selection of it without a password; `None` for what is neither.
pub fn shown_store(path: &Path) -> Option<String> {
    let (place, selector) = named(path)?;
    let place = place.shown();
    Some(selector.map_or_else(|| place.clone(), |selector| format!("{place}?{selector}")))
}

/// The title of a store or of a selection of it: `shop 1.4 pod=a · fleet`.
pub fn store_title(path: &Path) -> Option<String> {
    let (place, selector) = named(path)?;
    Some(title(&place, &words(terms(selector.as_deref().unwrap_or_default()))))
}

/// The title of several selections of one store: what they have in common, and from when they are.
pub fn common_store_title(paths: &[&Path]) -> Option<String> {
    let (place, selectors) = of_one_store(paths)?;
    let shared = shared_terms(&selectors);
    let is_told = |term: &&str| term.starts_with("from=") || shared.contains(term);
    Some(title(&place, &words(terms(selectors.first()?).filter(is_told))))
}

/// What tells several selections of one store apart: of each all that the others do not have as well.
pub fn store_names(paths: &[&Path]) -> Option<Vec<String>> {
    let (_, selectors) = of_one_store(paths)?;
    let shared = shared_terms(&selectors);
    let name = |selector: &String| {
        let own = words(terms(selector).filter(|term| !shared.contains(term)));
        if own.is_empty() { words(terms(selector)).join(" ") } else { own.join(" ") }
    };
    Some(selectors.iter().map(name).collect())
}

/// The store and the selections of it that names are about; `None` if they are about several, or about something else.
fn of_one_store(paths: &[&Path]) -> Option<(Place, Vec<String>)> {
    let named: Vec<(Place, Option<String>)> = paths.iter().map(|path| named(path)).collect::<Option<_>>()?;
    let place = named.first()?.0.clone();
    let is_it = named.iter().all(|(other, _)| *other == place);
    is_it.then(|| (place, named.into_iter().map(|(_, selector)| selector.unwrap_or_default()).collect()))
}

/// The terms that all selectors have.
fn shared_terms(selectors: &[String]) -> Vec<&str> {
    let first = selectors.first().map_or("", String::as_str);
    let has = |selector: &String, term: &str| terms(selector).any(|other| other == term);
    terms(first).filter(|term| selectors.iter().all(|selector| has(selector, term))).collect()
}

/// The same name from wherever the program is started; `None` for what names no folder's store.
pub fn absolute_store(path: &Path) -> Option<PathBuf> {
    match named(path)? {
        (Place::Folder(folder), selector) => {
            let place = Place::Folder(std::path::absolute(&folder).unwrap_or(folder));
            let text = place.input_text();
            Some(PathBuf::from(
                selector.map_or_else(|| text.clone(), |selector| format!("{text}?{selector}")),
            ))
        }
        (Place::ClickHouse(_), _) => Some(path.to_owned()),
    }
}

/// The store that a name is about, and the selection after the `?`, if there is one.
pub fn named(path: &Path) -> Option<(Place, Option<String>)> {
    let (place, selector) = store_named(path)?;
    let has_selector = path.to_str()?.contains('?');
    Some((place, has_selector.then_some(selector)))
}

/// What everybody knows without a name: it stands first, in this order.
const KNOWN: [&str; 3] = ["service=", "version=", "kind="];

/// Terms as a title has them: an id is known by its first digits.
fn words<'a>(terms: impl Iterator<Item = &'a str>) -> Vec<String> {
    let place = |term: &&str| KNOWN.iter().position(|key| term.starts_with(key)).unwrap_or(KNOWN.len());
    let mut terms: Vec<&str> = terms.collect();
    terms.sort_by_key(place);
    let word = |term: &str| match (
        KNOWN.iter().find_map(|key| term.strip_prefix(key)),
        term.strip_prefix("profile="),
    ) {
        (Some(value), _) => value.to_owned(),
        (None, Some(id)) => format!("profile={}", id.chars().take(ID_DIGITS).collect::<String>()),
        (None, None) => term.to_owned(),
    };
    terms.into_iter().map(word).collect()
}

fn title(place: &Place, words: &[String]) -> String {
    let text = place.shown();
    let last = text.trim_end_matches(['/', '\\']).rsplit(['/', '\\', ':']).next().unwrap_or_default();
    let title = if words.is_empty() { last.to_owned() } else { format!("{} · {last}", words.join(" ")) };
    printable_cut(&title, MOST_LETTERS).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title_of(name: &str) -> Option<String> {
        store_title(Path::new(name))
    }

    #[test]
    fn names_of_stores_have_short_titles() {
        assert_eq!(title_of("store:/srv/fleet").as_deref(), Some("fleet"));
        assert_eq!(
            title_of("store:/srv/fleet/?service=shop&path=/pay").as_deref(),
            Some("shop path=/pay · fleet")
        );
        assert_eq!(
            title_of("clickhouse://me:secret@db:8123/fleet?profile=0123456789abcdef").as_deref(),
            Some("profile=01234567 · fleet")
        );
        assert_eq!(title_of("cpu.pb.gz"), None);
    }

    #[test]
    fn several_selections_are_called_by_what_they_have_in_common() {
        let names =
            ["service=shop&from=2026-11-25&to=2026-11-26", "service=shop&from=2026-11-26&to=2026-11-27"]
                .map(|selector| PathBuf::from(format!("store:/srv/fleet?{selector}")));
        let paths: Vec<&Path> = names.iter().map(PathBuf::as_path).collect();
        assert_eq!(common_store_title(&paths).as_deref(), Some("shop from=2026-11-25 · fleet"));
        let found = store_names(&paths).expect("names");
        assert_eq!(found, ["from=2026-11-25 to=2026-11-26", "from=2026-11-26 to=2026-11-27"]);
        assert_eq!(common_store_title(&[paths[0], Path::new("store:/other?service=shop")]), None);
    }

    #[test]
    fn passwords_are_not_shown_and_folders_are_named_in_full() {
        let shown = |name: &str| shown_store(Path::new(name));
        assert_eq!(
            shown("clickhouse://me:secret@db:8123/x?a=b").as_deref(),
            Some("clickhouse://db:8123/x?a=b")
        );
        assert_eq!(shown("store:/srv/fleet?").as_deref(), Some("store:/srv/fleet?"));
        let here = std::env::current_dir().expect("a folder");
        let absolute = absolute_store(Path::new("store:fleet?a=b")).expect("a store");
        assert_eq!(absolute, Path::new(&format!("store:{}?a=b", here.join("fleet").display())));
    }
}
