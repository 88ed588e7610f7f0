WITH m AS (
  SELECT DISTINCT stack_id FROM (SELECT stack_id, unnest(frames) AS frame_id FROM stacks) JOIN frames USING (frame_id)
  WHERE "function" = {function}),
q AS (
  SELECT s.profile_id, any_value({group}) AS grp, sum(s.value)::BIGINT AS total,
    sum(CASE WHEN s.stack_id IN (SELECT stack_id FROM m) THEN s.value ELSE 0 END)::BIGINT AS spent
  FROM samples s JOIN profiles p USING (profile_id) WHERE {where} GROUP BY 1)
