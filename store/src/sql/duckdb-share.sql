SELECT grp, count(*) AS profiles, sum(spent)::BIGINT AS spent, sum(total)::BIGINT AS total,
  quantile_cont(spent / total, 0.5) AS p50, quantile_cont(spent / total, 0.95) AS p95
FROM q GROUP BY grp ORDER BY grp;
