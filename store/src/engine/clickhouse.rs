//! A store in ClickHouse: the same tables, written and read as Parquet over HTTP.
//!
//! A statement asks for as little as it can; what is meant exactly is decided here, by the code that decides it for a folder.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use goscope_remote::clickhouse::{ClickHouse, ClickHouseFault, UNKNOWN_DATABASE, UNKNOWN_TABLE};
use parquet::errors::ParquetError;

use super::selection::Selection;
use super::sums::Sums;
use super::{Compacted, Engine, Warnings};
use crate::batch::File;
use crate::error::StoreError;
use crate::id::Id;
use crate::rows::{Dictionary, Frame, ProfileRow, SummaryRow};
use crate::schema::{CLICKHOUSE_CREATE, Table};
use crate::selector::{Selector, Test, rfc3339};
use crate::table::dictionary::{read_frames, read_stacks};
use crate::table::profiles::{read_ids, read_profiles};
use crate::table::samples::read_samples;
use crate::table::summaries::{read_summaries, read_trace_ids};

/// Ids that a statement names.
const IDS_A_STATEMENT: usize = 4000;

/// A database that holds a store.
#[derive(Debug)]
pub(crate) struct ClickHouseEngine {
    server: ClickHouse,
}

impl ClickHouseEngine {
    /// Reads the address. Nothing is asked yet.
    pub(crate) fn new(address: &str) -> Result<Self, StoreError> {
        let server = ClickHouse::new(address).map_err(|fault| StoreError::Usage(fault.to_string()))?;
        Ok(Self { server })
    }

    /// Makes the database and its tables, where they are not there.
    pub(crate) fn create(&self) -> Result<(), StoreError> {
        let statements = CLICKHOUSE_CREATE.replace("{db}", self.server.database());
        let statements = statements.split(';').map(str::trim).filter(|statement| !statement.is_empty());
        statements.into_iter().try_for_each(|statement| self.tell(statement))
    }

    fn tell(&self, statement: &str) -> Result<(), StoreError> {
        self.server.query(statement).map(drop).map_err(|fault| self.error(fault))
    }

    /// Asks for rows; an empty answer is none.
    fn ask<T: Default>(
        &self,
        statement: &str,
        read: impl FnOnce(Bytes) -> Result<T, ParquetError>,
    ) -> Result<T, StoreError> {
        // Its own choice is zstd, which this program reads only where it was built with a C compiler.
        let settings = "SETTINGS output_format_parquet_compression_method = 'snappy'";
        let statement = format!("{statement} {settings} FORMAT Parquet");
        let answer = self.server.query(&statement).map_err(|fault| self.error(fault))?;
        if answer.is_empty() {
            return Ok(T::default());
        }
        read(Bytes::from(answer)).map_err(StoreError::damaged(self.server.shown()))
    }

    fn error(&self, fault: ClickHouseFault) -> StoreError {
        match fault {
            ClickHouseFault::Refused(UNKNOWN_DATABASE | UNKNOWN_TABLE, _) => StoreError::Usage(format!(
                "{0} is no store yet; `goscope store add {0} FILES…` makes one",
                self.server.shown()
            )),
            fault => StoreError::Server(fault.to_string()),
        }
    }

    /// How many parts the server keeps, and how many bytes they take.
    fn size(&self) -> Result<(usize, u64), StoreError> {
        let statement = format!(
            "SELECT count(), sum(bytes_on_disk) FROM system.parts WHERE active AND database = '{}' FORMAT TabSeparated",
            self.server.database()
        );
        let answer = self.server.query(&statement).map_err(|fault| self.error(fault))?;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let mut numbers = text.split_whitespace().map(|word| word.parse::<u64>().unwrap_or(0));
        let (n_files, n_bytes) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        Ok((usize::try_from(n_files).unwrap_or(usize::MAX), n_bytes))
    }

    /// Deletes all rows of some profiles or traces.
    fn delete(&self, table: Table, column: &str, rows: &[ProfileRow]) -> Result<(), StoreError> {
        let table = self.table(table);
        let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
        ids.chunks(IDS_A_STATEMENT).try_for_each(|ids| {
            let ids = id_list(ids);
            self.tell(&format!(
                "ALTER TABLE {table} DELETE WHERE {column} IN ({ids}) SETTINGS mutations_sync = 2"
            ))
        })
    }

    fn table(&self, table: Table) -> String {
        format!("{}.{}", self.server.database(), table.name())
    }

    /// Asks with a list of ids, some at a time.
    fn with_ids(
        &self,
        ids: &[Id],
        statement: impl Fn(&str) -> String,
        mut read: impl FnMut(Bytes) -> Result<(), ParquetError>,
    ) -> Result<(), StoreError> {
        for ids in ids.chunks(IDS_A_STATEMENT) {
            self.ask(&statement(&id_list(ids)), &mut read)?;
        }
        Ok(())
    }
}

impl Engine for ClickHouseEngine {
    fn profiles(&self, selector: &Selector, _: &mut Warnings) -> Result<Vec<ProfileRow>, StoreError> {
        let statement =
            format!("SELECT * FROM {} FINAL WHERE {}", self.table(Table::Profiles), conditions(selector));
        let mut rows = self.ask(&statement, read_profiles)?;
        rows.retain(|row| selector.is_profile(row));
        rows.sort_by_key(|row| (row.time_nanos, row.id));
        rows.dedup_by_key(|row| row.id);
        Ok(rows)
    }

    fn sums(
        &self,
        selector: &Selector,
        selection: &Selection,
        by_profile: bool,
        _: &mut Warnings,
    ) -> Result<Option<Sums>, StoreError> {
        let places: HashMap<Id, u32> = selection.profiles.iter().map(|row| row.id).zip(0..).collect();
        let ids: Vec<Id> = selection.profiles.iter().map(|row| row.id).collect();
        // Whether a sample is meant may depend on what its profile says.
        let is_alone = by_profile || selector.asks_labels();
        let (group, id) =
            if is_alone { ("profile_id, ", "profile_id") } else { ("", "any(profile_id) AS profile_id") };
        let types: Vec<String> = selection.types.iter().map(|name| quoted(name)).collect();
        if types.is_empty() {
            return Ok(Some(Sums::new(0)));
        }
        let table = self.table(Table::Samples);
        let (conditions, types) = (conditions(selector), types.join(", "));
        let statement = |ids: &str| {
            // The sum has a name of its own: in a statement, one name is one thing.
            format!(
                "SELECT type, profile_id, stack_id, labels, num_labels, total AS value FROM (
                   SELECT type, {id}, stack_id, labels, num_labels, sum(value) AS total FROM (
                     SELECT * FROM {table} FINAL WHERE {conditions} AND type IN ({types}) AND profile_id IN ({ids}))
                   GROUP BY type, {group}stack_id, labels, num_labels)"
            )
        };
        let mut sums = Sums::new(selection.types.len());
        self.with_ids(&ids, statement, |bytes| {
            read_samples(bytes, |rows| {
                sums.add_rows(rows, selector, selection, by_profile, &|id| places.get(id).copied());
            })
        })?;
        Ok(Some(sums))
    }

    fn dictionary(&self, stacks: &[Id], warnings: &mut Warnings) -> Result<Dictionary, StoreError> {
        let mut known: HashMap<Id, Box<[Id]>> = HashMap::new();
        let table = self.table(Table::Stacks);
        let statement =
            |ids: &str| format!("SELECT stack_id, frames FROM {table} FINAL WHERE stack_id IN ({ids})");
        self.with_ids(stacks, statement, |bytes| {
            read_stacks(bytes, &|_| true, |id, frames| {
                known.insert(id, frames.collect());
            })
        })?;
        let frame_ids: HashSet<Id> = known.values().flat_map(|frames| frames.iter().copied()).collect();
        let mut frame_ids: Vec<Id> = frame_ids.into_iter().collect();
        frame_ids.sort_unstable();
        let mut frames: HashMap<Id, Frame> = HashMap::new();
        let table = self.table(Table::Frames);
        let statement = |ids: &str| format!("SELECT * FROM {table} FINAL WHERE frame_id IN ({ids})");
        self.with_ids(&frame_ids, statement, |bytes| {
            read_frames(bytes, &|_| true, |id, frame| {
                frames.insert(id, frame);
            })
        })?;
        Ok(Dictionary::of(stacks, &known, frames, warnings))
    }

    fn summaries(&self, selector: &Selector, _: &mut Warnings) -> Result<Vec<SummaryRow>, StoreError> {
        let table = self.table(Table::Summaries);
        let statement = format!("SELECT * FROM {table} FINAL WHERE {}", conditions(selector));
        let mut rows = self.ask(&statement, read_summaries)?;
        rows.retain(|row| selector.is_whole_profile(&row.trace));
        rows.sort_by(|a, b| a.key().cmp(&b.key()));
        rows.dedup_by(|a, b| a.key() == b.key());
        Ok(rows)
    }

    fn known(&self) -> Result<HashSet<Id>, StoreError> {
        let statement = format!("SELECT profile_id FROM {}", self.table(Table::Profiles));
        let mut known: HashSet<Id> = self.ask(&statement, read_ids)?.into_iter().collect();
        let statement = format!("SELECT DISTINCT trace_id FROM {}", self.table(Table::Summaries));
        known.extend(self.ask(&statement, read_trace_ids)?);
        Ok(known)
    }

    fn n_bytes(&self) -> Option<u64> {
        None
    }

    fn put(&self, files: &[File]) -> Result<(), StoreError> {
        for file in files {
            let columns = file.table.column_names().map_err(StoreError::damaged(self.server.shown()))?;
            let table = self.table(file.table);
            let statement = format!("INSERT INTO {table} ({}) FORMAT Parquet", columns.join(", "));
            self.server.insert(&statement, &file.bytes).map_err(|fault| self.error(fault))?;
        }
        Ok(())
    }

    fn remove(&self, profiles: &[ProfileRow]) -> Result<(), StoreError> {
        // What has no row in `profiles` does not exist: that goes first.
        self.delete(Table::Profiles, "profile_id", profiles)?;
        self.delete(Table::Samples, "profile_id", profiles)
    }

    fn remove_traces(&self, traces: &[ProfileRow]) -> Result<(), StoreError> {
        self.delete(Table::Summaries, "trace_id", traces)
    }

    fn compact(&self) -> Result<Compacted, StoreError> {
        let before = self.size()?;
        for table in Table::ALL {
            self.tell(&format!("OPTIMIZE TABLE {} FINAL", self.table(table)))?;
        }
        let after = self.size()?;
        Ok(Compacted { n_files: [before.0, after.0], n_bytes: [before.1, after.1] })
    }
}

/// What rows of `profiles` and `samples` have to meet, as far as both have the columns: never more than the selector asks.
fn conditions(selector: &Selector) -> String {
    let mut conditions = vec!["1".to_owned()];
    for key in ["service", "version"] {
        for test in selector.terms_of(key) {
            match test {
                Test::Is(values) if !values.iter().any(|value| value == "*") => {
                    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                    conditions.push(format!("{key} IN ({})", values.join(", ")));
                }
                _ => {}
            }
        }
    }
    let moment = |nanos: i64| format!("parseDateTime64BestEffort({}, 9, 'UTC')", quoted(&rfc3339(nanos)));
    if let Some(from) = selector.from_nanos {
        conditions.push(format!("ts >= {}", moment(from)));
    }
    if let Some(to) = selector.to_nanos {
        conditions.push(format!("ts < {}", moment(to)));
    }
    conditions.join(" AND ")
}

/// A text in a statement.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Ids in a statement.
fn id_list(ids: &[Id]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("unhex('{id}')")).collect();
    ids.join(", ")
}
