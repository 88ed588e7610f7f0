//! The five tables: their columns, which are a promise to everybody who reads them with another program.

use std::sync::Arc;

use parquet::errors::Result;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::TypePtr;

/// The version of the tables. A reader refuses a greater one, ignores columns that it does not know, and takes those that are
/// missing for empty.
pub(crate) const VERSION: u32 = 1;

/// The statements that make the tables in ClickHouse; `{db}` is the database.
pub(crate) const CLICKHOUSE_CREATE: &str = include_str!("sql/clickhouse-create.sql");

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Table {
    /// One row a frame, by its id.
    Frames,
    /// One row a stack, by its id.
    Stacks,
    /// One row a sample and type.
    Samples,
    /// One row a group and measure of a trace, with the sketch of how long they took.
    Summaries,
    /// One row a profile. What has no row here does not exist.
    Profiles,
}

impl Table {
    /// All, in the order in which they are written: what others point to first.
    pub(crate) const ALL: [Self; 5] =
        [Self::Frames, Self::Stacks, Self::Samples, Self::Summaries, Self::Profiles];

    /// Its name, which is that of its folder and of its table in ClickHouse.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::Stacks => "stacks",
            Self::Samples => "samples",
            Self::Summaries => "summaries",
            Self::Profiles => "profiles",
        }
    }

    /// Its columns, as Parquet's documents write them. Nothing is optional: what is not known is empty or 0, so that no
    /// engine's rules about null apply.
    const fn columns(self) -> &'static str {
        match self {
            Self::Frames => {
                "required fixed_len_byte_array(16) frame_id (UUID);
                required binary function (STRING);
                required binary system_name (STRING);
                required binary file (STRING);
                required int64 start_line;
                required int64 line;
                required int64 col;
                required boolean inlined;"
            }
            Self::Stacks => {
                "required fixed_len_byte_array(16) stack_id (UUID);
                required group frames (LIST) { repeated group list {
                    required fixed_len_byte_array(16) element (UUID); } }"
            }
            Self::Samples => {
                "required binary service (STRING);
                required binary type (STRING);
                required int64 ts (TIMESTAMP(NANOS,true));
                required binary version (STRING);
                required fixed_len_byte_array(16) profile_id (UUID);
                required fixed_len_byte_array(16) stack_id (UUID);
                required group labels (MAP) { repeated group key_value {
                    required binary key (STRING); required binary value (STRING); } }
                required group num_labels (MAP) { repeated group key_value {
                    required binary key (STRING); required int64 value; } }
                required int64 value;"
            }
            Self::Summaries => {
                "required fixed_len_byte_array(16) trace_id (UUID);
                required int64 ts (TIMESTAMP(NANOS,true));
                required int64 duration;
                required binary service (STRING);
                required binary version (STRING);
                required group labels (MAP) { repeated group key_value {
                    required binary key (STRING); required binary value (STRING); } }
                required binary source (STRING);
                required binary grp (STRING);
                required binary name (STRING);
                required binary metric (STRING);
                required int64 n;
                required int64 sum;
                required int64 min;
                required int64 max;
                required group buckets (MAP) { repeated group key_value {
                    required int32 key; required int64 value; } }
                required int32 schema_version;"
            }
            Self::Profiles => {
                "required fixed_len_byte_array(16) profile_id (UUID);
                required int64 ts (TIMESTAMP(NANOS,true));
                required int64 duration;
                required binary service (STRING);
                required binary version (STRING);
                required binary kind (STRING);
                required group types (LIST) { repeated group list { required binary element (STRING); } }
                required group totals (LIST) { repeated group list { required int64 element; } }
                required binary default_type (STRING);
                required binary period_type (STRING);
                required int64 period;
                required group labels (MAP) { repeated group key_value {
                    required binary key (STRING); required binary value (STRING); } }
                required int64 n_samples;
                required binary build_id (STRING);
                required binary program (STRING);
                required binary drop_frames (STRING);
                required binary keep_frames (STRING);
                required binary source (STRING);
                required group comments (LIST) { repeated group list { required binary element (STRING); } }
                required int32 schema_version;"
            }
        }
    }

    /// Its schema.
    ///
    /// # Errors
    /// None, but for a slip of the pen above, which a test would find.
    pub(crate) fn schema(self) -> Result<TypePtr> {
        parse_message_type(&format!("message {} {{ {} }}", self.name(), self.columns())).map(Arc::new)
    }

    /// The names of its columns, in their order.
    pub(crate) fn column_names(self) -> Result<Vec<String>> {
        Ok(self.schema()?.get_fields().iter().map(|field| field.name().to_owned()).collect())
    }

    /// What a file of it says of itself.
    pub(crate) fn label(self) -> String {
        format!("{}/{VERSION}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_columns() {
        let n_columns = Table::ALL
            .map(|table| format!("{} {}", table.name(), table.column_names().expect("a schema").len()));
        insta::assert_snapshot!(n_columns.join(", "), @"frames 8, stacks 2, samples 9, summaries 16, profiles 20");
    }
}
