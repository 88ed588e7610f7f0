WITH a AS (
  SELECT {group} AS grp, s.stack_id, sum(s.value)::BIGINT AS v
  FROM samples s JOIN profiles p USING (profile_id) WHERE {where} GROUP BY 1, 2),
u AS (
  SELECT grp, stack_id, v, unnest(frames) AS frame_id, generate_subscripts(frames, 1) AS i FROM a JOIN stacks USING (stack_id)),
g AS (
  SELECT grp, stack_id, CASE WHEN "function" = '' THEN file ELSE "function" END AS name, any_value(v) AS v, min(i) = 1 AS is_leaf
  FROM u JOIN frames USING (frame_id) GROUP BY 1, 2, 3)
SELECT grp, name, coalesce(sum(v) FILTER (is_leaf), 0)::BIGINT AS flat, sum(v)::BIGINT AS cum
FROM g GROUP BY grp, name
QUALIFY row_number() OVER (PARTITION BY grp ORDER BY flat DESC, cum DESC, name) <= {limit}
ORDER BY grp, flat DESC, cum DESC, name;
