//! The questions as statements of SQL, for DuckDB over a folder and for ClickHouse: what goscope answers, without goscope.
//!
//! The texts are in files beside this one, with places in `{}` for what a question says. A test runs them in both engines and
//! compares every row.

mod conditions;

pub use self::conditions::Dialect;
use self::conditions::{conditions, group_of, quoted};

use crate::address::Place;
use crate::engine::selection::Selection;
use crate::error::StoreError;
use crate::questions::buckets::By;
use crate::questions::shares::shown_type;
use crate::schema::CLICKHOUSE_CREATE;
use crate::selector::Selector;
use crate::store::Store;

const DUCKDB_VIEWS: &str = include_str!("duckdb-views.sql");

/// The texts of a question: for DuckDB, and for ClickHouse.
type Texts = [&'static str; 2];

const TOP: Texts = [include_str!("duckdb-top.sql"), include_str!("clickhouse-top.sql")];
const SPENT: Texts = [include_str!("duckdb-spent.sql"), include_str!("clickhouse-spent.sql")];
const SHARE: Texts = [include_str!("duckdb-share.sql"), include_str!("clickhouse-share.sql")];
const FIND: Texts = [include_str!("duckdb-find.sql"), include_str!("clickhouse-find.sql")];
const INSTANCES: Texts = [include_str!("duckdb-instances.sql"), include_str!("clickhouse-instances.sql")];

impl Store {
    /// What has to be said before the questions: in DuckDB the views of this store's folder; in ClickHouse its tables.
    pub fn sql_setup(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::DuckDb => DUCKDB_VIEWS.replace("{dir}", &self.folder_text().replace('\'', "''")),
            Dialect::ClickHouse => CLICKHOUSE_CREATE.replace("{db}", self.database()),
        }
    }

    /// The statement of [`Self::top`].
    ///
    /// # Errors
    /// If nothing is meant: the type of the values is not known then.
    pub fn top_sql(
        &self,
        selector: &Selector,
        by: &By,
        limit: usize,
        dialect: Dialect,
    ) -> Result<String, StoreError> {
        let meant = self.conditions(selector, dialect)?;
        Ok(self.fill(
            dialect,
            TOP,
            &[("group", &group_of(by, dialect)), ("where", &meant), ("limit", &limit.to_string())],
        ))
    }

    /// The statement of [`Self::share`].
    ///
    /// # Errors
    /// As [`Self::top_sql`].
    pub fn share_sql(
        &self,
        selector: &Selector,
        function: &str,
        by: &By,
        dialect: Dialect,
    ) -> Result<String, StoreError> {
        let meant = self.conditions(selector, dialect)?;
        Ok(self.spent(dialect, &group_of(by, dialect), &meant, function) + &self.fill(dialect, SHARE, &[]))
    }

    /// The statement of [`Self::find`].
    ///
    /// # Errors
    /// As [`Self::top_sql`].
    pub fn find_sql(
        &self,
        selector: &Selector,
        function: &str,
        dialect: Dialect,
    ) -> Result<String, StoreError> {
        let meant = self.conditions(selector, dialect)?;
        Ok(self.spent(dialect, "''", &meant, function) + &self.fill(dialect, FIND, &[]))
    }

    /// The statement of [`Self::instances`].
    ///
    /// # Errors
    /// As [`Self::top_sql`].
    pub fn instances_sql(
        &self,
        [base, head]: [&Selector; 2],
        function: &str,
        label: &str,
        dialect: Dialect,
    ) -> Result<String, StoreError> {
        let [base, head] = [self.conditions(base, dialect)?, self.conditions(head, dialect)?];
        let side = format!("CASE WHEN {base} THEN 'base' ELSE 'head' END");
        let spent = self.spent(dialect, &side, &format!("(({base}) OR ({head}))"), function);
        Ok(spent.trim_end().to_owned()
            + &self.fill(dialect, INSTANCES, &[("label", &quoted(label, dialect))]))
    }

    fn spent(&self, dialect: Dialect, group: &str, meant: &str, function: &str) -> String {
        self.fill(
            dialect,
            SPENT,
            &[("function", &quoted(function, dialect)), ("group", group), ("where", meant)],
        )
    }

    fn fill(&self, dialect: Dialect, texts: Texts, places: &[(&str, &str)]) -> String {
        let text = texts[usize::from(dialect == Dialect::ClickHouse)].replace("{db}", self.database());
        // What a place holds may look like a place itself: each is filled once, from the left.
        let mut filled = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            filled += before;
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            filled += places.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
            rest = after;
        }
        filled + rest
    }

    /// What is meant, with the one type of values that is asked about.
    fn conditions(&self, selector: &Selector, dialect: Dialect) -> Result<String, StoreError> {
        let profiles = self.engine.profiles(selector, &mut Vec::new())?;
        let selection = Selection::new(selector, profiles)?;
        if selection.profiles.is_empty() {
            return Err(StoreError::Empty(self.nothing_matches(selector)?));
        }
        Ok(conditions(selector, &selection.types[shown_type(&selection)], dialect))
    }

    fn folder_text(&self) -> String {
        match &self.place {
            Place::Folder(folder) => folder.display().to_string(),
            Place::ClickHouse(_) => "DIR".to_owned(),
        }
    }

    fn database(&self) -> &str {
        match &self.place {
            Place::Folder(_) => "goscope",
            Place::ClickHouse(address) => address.rsplit('/').next().unwrap_or("goscope"),
        }
    }
}
