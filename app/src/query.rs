//! The questions that window and command line ask of documents: one file a question, each the only door to its part
//! of the analysis.
//!
//! A new question is one file here: a type for what is asked, a type for the answer, and `impl Question`.

mod call_graph;
mod diff_rows;
mod diff_table;
mod documents;
mod function;
mod question;
mod rows;
mod search;
mod source;
mod top;
mod top_rows;
mod trace;
mod tree;
mod values;

pub use self::call_graph::{CallGraphQuery, GraphBox, GraphFacts};
pub use self::diff_rows::DiffRowsQuery;
pub use self::diff_table::{Diff, DiffTableQuery};
pub use self::documents::Documents;
pub use self::function::{FunctionFacts, FunctionQuery, LabelFacts, LineFacts};
pub use self::question::{Answers, Given, Input, Question, QuestionError, answer};
pub use self::rows::{RowKey, RowOrder, Rows};
pub use self::search::{Found, SearchQuery};
pub use self::source::{SourceFacts, SourceFile, SourceQuery, SourceRow};
pub use self::top::{Top, TopQuery};
pub use self::top_rows::TopRowsQuery;
pub use self::trace::*;
pub use self::tree::{ThemeColors, Tree, TreeKind, TreeQuery};
