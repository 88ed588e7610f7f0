SELECT lower(hex(q.profile_id)) AS profile, p.service AS service, p.version AS version, q.spent AS spent, q.total AS total
FROM q INNER JOIN {db}.profiles AS p FINAL ON p.profile_id = q.profile_id WHERE q.spent != 0 ORDER BY spent DESC, profile
