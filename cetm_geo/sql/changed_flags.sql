-- Which answers of rules differ from those before, of the sites that are asked for? Of a rule that
-- is raised on both sides only another severity, or whether it is to be verified, counts; a rule
-- that is clear on one side and not asked on the other is none.
-- params: none; beside: asked (site_id), earlier (columns of flags_asked)
-- columns: site_id, rule_id; before_ and after_ each of the other columns of flags_asked, null on
--          the side where the rule is not asked
SELECT
    coalesce(later.site_id, earlier.site_id) AS site_id,
    coalesce(later.rule_id, earlier.rule_id) AS rule_id,
    earlier.status AS before_status,
    later.status AS after_status,
    earlier.severity AS before_severity,
    later.severity AS after_severity,
    earlier.verify AS before_verify,
    later.verify AS after_verify,
    earlier.indicator_id AS before_indicator_id,
    later.indicator_id AS after_indicator_id,
    earlier.value AS before_value,
    later.value AS after_value,
    earlier.threshold AS before_threshold,
    later.threshold AS after_threshold,
    earlier.iso3 AS before_iso3,
    later.iso3 AS after_iso3
FROM (SELECT * FROM flags SEMI JOIN asked USING (site_id)) AS later
FULL JOIN earlier
    ON earlier.site_id = later.site_id AND earlier.rule_id = later.rule_id
WHERE
    (
        (earlier.status = 'raised' OR later.status = 'raised')
        AND (
            earlier.status IS DISTINCT FROM later.status
            OR earlier.severity IS DISTINCT FROM later.severity
            OR earlier.verify IS DISTINCT FROM later.verify
        )
    )
    OR (earlier.status = 'not_assessed') <> (later.status = 'not_assessed')
ORDER BY 1, 2
