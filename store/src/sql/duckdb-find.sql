SELECT replace(CAST(q.profile_id AS VARCHAR), '-', '') AS profile, p.service, p.version, q.spent, q.total
FROM q JOIN profiles p USING (profile_id) WHERE q.spent <> 0 ORDER BY q.spent DESC, profile;
