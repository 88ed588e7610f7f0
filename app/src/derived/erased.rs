//! Questions and answers of all types in one table: the only place where their types are forgotten and found again.

use std::any::{Any, TypeId};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::document::{Document, DocumentId};
use crate::query::{Documents, Question};

/// The ids of one document, or of those of base and head.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Sides([Vec<DocumentId>; 2]);

impl Sides {
    pub(super) fn of(documents: Documents<'_>, id: impl Fn(&Document) -> DocumentId) -> Self {
        Self(documents.both_sides().map(|side| side.iter().map(|document| id(document)).collect()))
    }

    pub(super) fn holds(&self, document: DocumentId) -> bool {
        self.0.iter().any(|side| side.contains(&document))
    }
}

/// A question of any type to certain documents; cheap to clone.
#[derive(Clone)]
pub(super) struct Key {
    documents: Arc<Sides>,
    question: Arc<dyn AnyQuestion>,
}

/// An answer of any type; cheap to clone.
#[derive(Clone)]
pub(super) struct AnyAnswer(Arc<dyn Any + Send + Sync>);

impl Key {
    pub(super) fn new<Q: Question>(documents: &Arc<Sides>, question: &Q) -> Self {
        Self { documents: Arc::clone(documents), question: Arc::new(question.clone()) }
    }

    /// Whether it is asked of this document.
    pub(super) fn is_about(&self, document: DocumentId) -> bool {
        self.documents.holds(document)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.documents == other.documents && self.question.equals(&*other.question)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.documents.hash(state);
        self.question.write_hash(state);
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {:?}", self.question, self.documents)
    }
}

impl AnyAnswer {
    pub(super) fn new<A: Send + Sync + 'static>(answer: A) -> Self {
        Self(Arc::new(answer))
    }

    /// The answer, if it is of this type.
    pub(super) fn of_type<A: Send + Sync + 'static>(&self) -> Option<Arc<A>> {
        Arc::clone(&self.0).downcast().ok()
    }
}

impl fmt::Debug for AnyAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }
}

/// What a key needs of a question whose type is forgotten.
trait AnyQuestion: Any + fmt::Debug + Send + Sync {
    fn equals(&self, other: &dyn AnyQuestion) -> bool;
    fn write_hash(&self, state: &mut dyn Hasher);
}

impl<Q: Question> AnyQuestion for Q {
    fn equals(&self, other: &dyn AnyQuestion) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<Q>() == Some(self)
    }

    fn write_hash(&self, mut state: &mut dyn Hasher) {
        TypeId::of::<Q>().hash(&mut state);
        self.hash(&mut state);
    }
}
