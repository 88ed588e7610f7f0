//! The pictures from outside.

mod corpus;
