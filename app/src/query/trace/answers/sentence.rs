//! Sentences whose nouns are links: one text for the terminal, JSON and the window.

use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::StringId;

use crate::query::testing::code::CodePlace;
use crate::query::trace::selection::TimeRange;

/// What a noun of a sentence leads to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// A function, by its full name.
    Function(String),
    /// A goroutine, by its number.
    Goroutine(i64),
    /// A line of source.
    Place(CodePlace),
    /// The instances that the sentence is about.
    Population(Population),
    /// A stretch of time on a goroutine.
    Moment {
        /// The goroutine's number.
        goroutine: i64,
        /// When.
        range: TimeRange,
    },
}

impl Link {
    /// The instances of one name, of the kind of a population: `tasks checkout` of all tasks.
    pub fn of_name(model: &TraceModel, population: Option<&Population>, name: StringId) -> Self {
        let name = model.tables().string_lossy(name).into_owned();
        Self::Population(match population {
            Some(Population::Tasks(_)) => Population::Tasks(Some(name)),
            Some(Population::Regions(_)) => Population::Regions(Some(name)),
            Some(Population::Requests(_)) => Population::Requests(Some(name)),
            // What is told of a single one is about itself.
            Some(one @ Population::One(_)) => one.clone(),
            Some(Population::Goroutines(_)) | None => Population::Goroutines(name),
        })
    }

    /// Whether there is something to lead to: a function without a name is one of which no stack was seen.
    pub const fn is_known(&self) -> bool {
        !matches!(self, Self::Function(name) if name.is_empty())
    }
}

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phrase {
    /// What it says.
    pub text: String,
    /// Where it leads.
    pub link: Option<Link>,
}

/// A sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sentence {
    /// Its pieces, one after the other.
    pub phrases: Vec<Phrase>,
}

impl Sentence {
    /// A sentence that begins with plain text.
    pub fn new(text: impl Into<String>) -> Self {
        Self::default().plain(text)
    }

    /// Goes on with plain text.
    #[must_use]
    pub fn plain(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        match self.phrases.last_mut() {
            _ if text.is_empty() => {}
            Some(Phrase { text: last, link: None }) => last.push_str(&text),
            _ => self.phrases.push(Phrase { text, link: None }),
        }
        self
    }

    /// Goes on with a noun that is a link.
    #[must_use]
    pub fn noun(mut self, text: impl Into<String>, link: Link) -> Self {
        self.phrases.push(Phrase { text: text.into(), link: Some(link) });
        self
    }

    /// Goes on with the name of a function.
    #[must_use]
    pub fn function(self, name: &str) -> Self {
        let shown = if name.is_empty() { "(no stack was seen)".to_owned() } else { crate::text::name(name) };
        self.noun(shown, Link::Function(name.to_owned()))
    }

    /// All of it as text.
    pub fn text(&self) -> String {
        self.phrases.iter().map(|phrase| phrase.text.as_str()).collect()
    }
}
