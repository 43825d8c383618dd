-- Of how many titles does each rule give each answer, and of which severity are its flags?
-- params: none
-- columns: rule_id, status, severity (of raised flags, else null), titles, lack (of most titles of
--          which it could not be assessed, why: a status of an indicator; null where none is told)
SELECT
    flags.rule_id,
    flags.status,
    flags.severity,
    count(*) AS titles,
    mode(flags.lack) AS lack
FROM flags
GROUP BY flags.rule_id, flags.status, flags.severity
ORDER BY flags.rule_id, flags.status, flags.severity
