WITH a AS (
  SELECT {group} AS grp, s.stack_id AS sid, sum(s.value) AS v
  FROM {db}.samples AS s FINAL INNER JOIN {db}.profiles AS p FINAL ON p.profile_id = s.profile_id
  WHERE {where} GROUP BY grp, sid),
b AS (
  SELECT a.grp AS grp, a.sid AS sid, a.v AS v, t.frames AS frames
  FROM a INNER JOIN {db}.stacks AS t FINAL ON t.stack_id = a.sid),
e AS (
  SELECT grp, sid, v, fid, i FROM b ARRAY JOIN frames AS fid, arrayEnumerate(frames) AS i),
g AS (
  SELECT e.grp AS grp, e.sid AS sid, if(f.function = '', toString(f.file), f.function) AS name, any(e.v) AS v, min(e.i) = 1 AS is_leaf
  FROM e INNER JOIN {db}.frames AS f FINAL ON f.frame_id = e.fid GROUP BY grp, sid, name)
SELECT grp, name, sumIf(v, is_leaf) AS flat, sum(v) AS cum
FROM g GROUP BY grp, name
ORDER BY grp, flat DESC, cum DESC, name
LIMIT {limit} BY grp
