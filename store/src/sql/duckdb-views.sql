SET TimeZone = 'UTC';
CREATE OR REPLACE VIEW profiles AS
  SELECT DISTINCT ON (profile_id) * FROM read_parquet('{dir}/profiles/*/*/*.parquet', hive_partitioning = false, filename = true)
  ORDER BY profile_id, filename;
-- Samples are those of the part that their profile was found in.
CREATE OR REPLACE VIEW samples AS
  SELECT s.* FROM read_parquet('{dir}/samples/*/*/*.parquet', hive_partitioning = false, filename = true) s
  SEMI JOIN profiles p ON s.profile_id = p.profile_id
    AND string_split(s.filename, '/')[-3:] = string_split(p.filename, '/')[-3:];
-- Every writer writes the stacks and frames that it used: rows repeat.
CREATE OR REPLACE VIEW stacks AS
  SELECT stack_id, any_value(frames) AS frames FROM read_parquet('{dir}/stacks/*.parquet') GROUP BY stack_id;
CREATE OR REPLACE VIEW frames AS
  SELECT frame_id, any_value("function") AS "function", any_value(file) AS file, any_value(line) AS line
  FROM read_parquet('{dir}/frames/*.parquet') GROUP BY frame_id;
