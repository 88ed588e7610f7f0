WITH m AS (
  SELECT stack_id FROM {db}.stacks
  WHERE hasAny(frames, (SELECT groupArray(frame_id) FROM {db}.frames WHERE function = {function}))),
q AS (
  SELECT s.profile_id AS profile_id, any({group}) AS grp, sum(s.value) AS total,
    sumIf(s.value, s.stack_id IN (SELECT stack_id FROM m)) AS spent
  FROM {db}.samples AS s FINAL INNER JOIN {db}.profiles AS p FINAL ON p.profile_id = s.profile_id
  WHERE {where} GROUP BY profile_id)
