//! A culprit, and what kind of change it is.

use std::sync::Arc;

use super::row::Row;

/// What changed in a culprit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its own code explains at least half of the growth.
    OwnCode,
    /// All that it calls grew by the same factor: it is called more often, or does more of the same.
    MoreOfTheSame,
    /// One function that it calls explains nearly all.
    Callee(Arc<str>),
    /// Several things it does grew, by different factors.
    Mixed,
    /// No function: a latency, a benchmark, the total.
    Value,
}

impl Kind {
    /// The kind as the rest of a sentence that begins with the culprit.
    pub fn text(&self) -> String {
        match self {
            Self::OwnCode => "its own code is slower".to_owned(),
            Self::MoreOfTheSame => {
                "does more of the same, or is called more often: see its callers".to_owned()
            }
            Self::Callee(name) => format!("slower in {name}"),
            Self::Mixed => "slower in several of its callees".to_owned(),
            Self::Value => String::new(),
        }
    }
}

/// Whether a culprit fails the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Fails,
    /// It is allowed to grow.
    Allowed,
    /// Its work came from a function that the same caller calls and that fell by as much.
    Moved {
        /// Where the work was before.
        from: Arc<str>,
    },
}

/// A culprit: the smallest own-code subtree that explains the largest significant growth.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// Its row. Of a second culprit: without the samples of the first.
    pub row: Row,
    /// What part of the largest growth it explains: 0.8 to 1.
    pub explains: f64,
    /// Whose growth was the largest: a caller of the culprit, or itself.
    pub largest: Arc<str>,
    /// What changed in it.
    pub kind: Kind,
    /// The functions below it that explain nearly as much, outermost first: down to where the time is spent.
    pub chain: Vec<Arc<str>>,
    /// Whether it fails the gate.
    pub standing: Standing,
}

/// A function that got better, also as a share of what the culprits leave.
#[derive(Clone, Debug, PartialEq)]
pub struct Improvement {
    /// Its row.
    pub row: Row,
}
