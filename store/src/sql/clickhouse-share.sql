SELECT grp, count() AS profiles, sum(q.spent) AS spent, sum(q.total) AS total,
  quantileExactInclusive(0.5)(q.spent / q.total) AS p50, quantileExactInclusive(0.95)(q.spent / q.total) AS p95
FROM q GROUP BY grp ORDER BY grp
