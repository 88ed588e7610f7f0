//! A selector as a condition of SQL, over the samples `s` and their profiles `p`.

use regex::Regex;

use crate::questions::buckets::By;
use crate::selector::{Selector, Term, Test, rfc3339};

/// Whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// DuckDB, over the files of a folder.
    DuckDb,
    /// ClickHouse.
    ClickHouse,
}

/// A text in a statement.
pub(super) fn quoted(text: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::DuckDb => format!("'{}'", text.replace('\'', "''")),
        Dialect::ClickHouse => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
    }
}

/// The expression of a group.
pub(super) fn group_of(by: &By, dialect: Dialect) -> String {
    let clickhouse = dialect == Dialect::ClickHouse;
    match by {
        By::All => "''".to_owned(),
        By::Minute | By::Hour | By::Day if clickhouse => {
            let step = by.name();
            format!("formatDateTime(date_trunc('{step}', p.ts), '%Y-%m-%dT%H:%i:%SZ', 'UTC')")
        }
        By::Minute | By::Hour | By::Day => {
            format!("strftime(date_trunc('{}', p.ts), '%Y-%m-%dT%H:%M:%SZ')", by.name())
        }
        By::Version => "p.version".to_owned(),
        By::Service => "p.service".to_owned(),
        By::Label(key) if clickhouse => format!("p.labels[{}]", quoted(key, dialect)),
        By::Label(key) => format!("coalesce(p.labels[{}], '')", quoted(key, dialect)),
    }
}

/// The condition of a selector, and of one type of values.
pub(super) fn conditions(selector: &Selector, sample_type: &str, dialect: Dialect) -> String {
    let writer = Writer { dialect };
    let mut conditions = vec![format!("s.type = {}", quoted(sample_type, dialect))];
    for key in ["service", "version", "kind", "profile"] {
        for test in selector.terms_of(key) {
            conditions.extend(writer.column(key, test));
        }
    }
    conditions.extend(selector.label_terms().map(|term| writer.label(term)));
    for (sign, moment) in [(">=", selector.from_nanos), ("<", selector.to_nanos)] {
        if let Some(nanos) = moment {
            conditions.push(format!("p.ts {sign} {}", writer.moment(nanos)));
        }
    }
    conditions.join(" AND ")
}

struct Writer {
    dialect: Dialect,
}

impl Writer {
    fn quoted(&self, text: &str) -> String {
        quoted(text, self.dialect)
    }

    fn moment(&self, nanos: i64) -> String {
        let text = self.quoted(&rfc3339(nanos));
        match self.dialect {
            Dialect::DuckDb => format!("TIMESTAMPTZ {text}"),
            Dialect::ClickHouse => format!("parseDateTime64BestEffort({text}, 9, 'UTC')"),
        }
    }

    /// A column of profiles; `None` where everything meets it.
    fn column(&self, key: &str, test: &Test) -> Option<String> {
        if key == "profile" {
            return Some(self.profile(test));
        }
        match test {
            Test::Is(values) if key == "service" && values.iter().any(|value| value == "*") => None,
            test => Some(self.test(&format!("p.{key}"), test)),
        }
    }

    /// The id of a profile by its first digits.
    fn profile(&self, test: &Test) -> String {
        let id = match self.dialect {
            Dialect::DuckDb => "replace(CAST(p.profile_id AS VARCHAR), '-', '')",
            Dialect::ClickHouse => "lower(hex(p.profile_id))",
        };
        let prefixes = |values: &[String]| {
            let of = |value: &String| match self.dialect {
                Dialect::DuckDb => format!("starts_with({id}, {})", self.quoted(&value.to_lowercase())),
                Dialect::ClickHouse => format!("startsWith({id}, {})", self.quoted(&value.to_lowercase())),
            };
            values.iter().map(of).collect::<Vec<_>>().join(" OR ")
        };
        match test {
            Test::Is(values) => format!("({})", prefixes(values)),
            Test::IsNot(values) => format!("NOT ({})", prefixes(values)),
            test => self.test(id, test),
        }
    }

    fn test(&self, value: &str, test: &Test) -> String {
        let list =
            |values: &[String]| values.iter().map(|text| self.quoted(text)).collect::<Vec<_>>().join(", ");
        match test {
            Test::Is(values) => format!("{value} IN ({})", list(values)),
            Test::IsNot(values) => format!("{value} NOT IN ({})", list(values)),
            Test::Matches(regex) => self.matches(value, regex),
            Test::MatchesNot(regex) => format!("NOT {}", self.matches(value, regex)),
        }
    }

    fn matches(&self, value: &str, regex: &Regex) -> String {
        let pattern = self.quoted(regex.as_str());
        match self.dialect {
            Dialect::DuckDb => format!("regexp_matches({value}, {pattern})"),
            Dialect::ClickHouse => format!("match({value}, {pattern})"),
        }
    }

    /// A label: what a profile says, it says of all its samples.
    fn label(&self, term: &Term) -> String {
        let key = self.quoted(&term.key);
        let own = self.test(&format!("p.labels[{key}]"), &term.test);
        let (function, samples) = match self.dialect {
            Dialect::DuckDb => {
                let values = format!(
                    "list_transform(list_filter(map_entries(s.labels), lambda e: e.key = {key}), lambda e: {})",
                    self.test("e.value", &term.test)
                );
                let (fold, without) = if term.test.is_met_by_none() {
                    ("list_bool_and", "true")
                } else {
                    ("list_bool_or", "false")
                };
                ("map_contains", format!("coalesce({fold}({values}), {without})"))
            }
            Dialect::ClickHouse => {
                let of_key = format!("k = {key}");
                let (exists, meets) = ("arrayExists", self.test("v", &term.test));
                let lists = "mapKeys(s.labels), mapValues(s.labels)";
                let samples = if term.test.is_met_by_none() {
                    format!("NOT {exists}((k, v) -> {of_key} AND NOT ({meets}), {lists})")
                } else {
                    format!("{exists}((k, v) -> {of_key} AND ({meets}), {lists})")
                };
                ("mapContains", samples)
            }
        };
        format!("(CASE WHEN {function}(p.labels, {key}) THEN {own} ELSE {samples} END)")
    }
}
