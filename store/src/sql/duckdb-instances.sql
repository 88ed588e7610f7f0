, r AS (
  SELECT coalesce(p.labels[{label}], '') AS instance, q.grp AS side, sum(q.spent)::BIGINT AS spent, sum(q.total)::BIGINT AS total
  FROM q JOIN profiles p USING (profile_id) WHERE map_contains(p.labels, {label}) GROUP BY 1, 2)
SELECT b.instance, b.spent AS base_spent, b.total AS base_total, h.spent AS head_spent, h.total AS head_total,
  h.spent / h.total - b.spent / b.total AS growth
FROM r b JOIN r h ON b.instance = h.instance AND b.side = 'base' AND h.side = 'head' ORDER BY growth DESC, b.instance;
