CREATE DATABASE IF NOT EXISTS {db};

CREATE TABLE IF NOT EXISTS {db}.frames (
  frame_id FixedString(16), function String, system_name String, file LowCardinality(String),
  start_line Int64, line Int64, col Int64, inlined Bool)
ENGINE = ReplacingMergeTree ORDER BY frame_id;

CREATE TABLE IF NOT EXISTS {db}.stacks (
  stack_id FixedString(16), frames Array(LowCardinality(FixedString(16))))
ENGINE = ReplacingMergeTree ORDER BY stack_id;

CREATE TABLE IF NOT EXISTS {db}.samples (
  service LowCardinality(String), type LowCardinality(String), ts DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  version LowCardinality(String), profile_id LowCardinality(FixedString(16)), stack_id LowCardinality(FixedString(16)),
  labels Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  num_labels Map(LowCardinality(String), Int64) CODEC(ZSTD(1)), value Int64 CODEC(ZSTD(1)))
ENGINE = ReplacingMergeTree PARTITION BY toDate(ts)
ORDER BY (service, type, ts, profile_id, stack_id, labels, num_labels);

CREATE TABLE IF NOT EXISTS {db}.summaries (
  trace_id FixedString(16), ts DateTime64(9, 'UTC'), duration Int64, service LowCardinality(String),
  version LowCardinality(String), labels Map(LowCardinality(String), String), source String,
  grp LowCardinality(String), name String, metric LowCardinality(String), n Int64, sum Int64, min Int64, max Int64,
  buckets Map(Int32, Int64), schema_version Int32)
ENGINE = ReplacingMergeTree PARTITION BY toDate(ts)
ORDER BY (service, grp, name, metric, ts, trace_id);

CREATE TABLE IF NOT EXISTS {db}.profiles (
  profile_id FixedString(16), ts DateTime64(9, 'UTC'), duration Int64, service LowCardinality(String),
  version LowCardinality(String), kind LowCardinality(String), types Array(LowCardinality(String)), totals Array(Int64),
  default_type LowCardinality(String), period_type LowCardinality(String), period Int64,
  labels Map(LowCardinality(String), String), n_samples Int64, build_id String, program String, drop_frames String,
  keep_frames String, source String, comments Array(String), schema_version Int32)
ENGINE = ReplacingMergeTree PARTITION BY toDate(ts)
ORDER BY (service, ts, profile_id);
