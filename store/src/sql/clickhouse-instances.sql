, r AS (
  SELECT p.labels[{label}] AS instance, q.grp AS side, sum(q.spent) AS spent, sum(q.total) AS total
  FROM q INNER JOIN {db}.profiles AS p FINAL ON p.profile_id = q.profile_id
  WHERE mapContains(p.labels, {label}) GROUP BY instance, side)
SELECT b.instance AS instance, b.spent AS base_spent, b.total AS base_total, h.spent AS head_spent, h.total AS head_total,
  h.spent / h.total - b.spent / b.total AS growth
FROM (SELECT * FROM r WHERE side = 'base') AS b INNER JOIN (SELECT * FROM r WHERE side = 'head') AS h ON b.instance = h.instance
ORDER BY growth DESC, instance
