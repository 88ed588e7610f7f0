//! The questions that window and command line ask of documents: one file per question, each the only door to its part
//! of the analysis.
//!
//! A new question is one file here: a type for what is asked, a type for the answer, and `impl Question`.

pub mod bench_files;
mod box_text;
pub mod call_graph;
pub mod call_tree;
pub mod calls;
pub mod comparison;
pub mod diff_rows;
pub mod diff_table;
mod documents;
pub mod dumps;
mod error;
pub mod function;
pub mod goroutines;
pub mod grouped;
pub mod head_sum;
pub mod judged;
pub mod label_pivot;
pub mod own_rows;
mod question;
pub mod rows;
pub mod runs;
pub mod sandwich;
pub mod search;
pub mod side_format;
pub mod source;
pub mod starting_points;
pub mod store;
pub mod testing;
pub mod top;
pub mod top_rows;
pub mod trace;
pub mod tree;
mod values;
pub mod verdict;
pub mod wide_tree;

pub use self::documents::Documents;
pub use self::question::{Answers, Given, Input, Question, QuestionError, answer};
