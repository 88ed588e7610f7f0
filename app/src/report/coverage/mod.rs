//! The writers of coverage: each takes the tree that the others take.
//!
//! | for | writer |
//! |---|---|
//! | scripts | [`json::CoverageJson`] |
//! | a browser | [`html::coverage_html`] |
//! | genhtml, editors, Codecov, Coveralls | [`lcov::lcov`] |
//! | GitLab, Jenkins | [`cobertura::cobertura`] |

pub mod cobertura;
pub mod html;
pub mod json;
pub mod lcov;
