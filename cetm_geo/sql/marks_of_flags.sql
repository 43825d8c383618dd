-- Which sites may have other flags than before: a mark of all that is answered of each?
-- params: none
-- columns: site_id, mark: other answers, another mark
SELECT site_id, bit_xor(hash(rule_id, status, severity, verify)) AS mark
FROM flags
GROUP BY site_id
