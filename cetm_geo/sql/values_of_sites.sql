-- Which numbers were measured of some sites, by the places that sites and indicators have in lists?
-- params: site_ids, indicator_ids: the lists; first_row, last_row: where the sites lie, or left out:
--         anywhere (rows_of_parts)
-- columns: site (place, from 0), indicator (place, from 0), value
WITH
wanted AS (
    SELECT
        unnest($site_ids::VARCHAR[]) AS site_id,
        generate_subscripts($site_ids::VARCHAR[], 1) - 1 AS place
),

named AS (
    SELECT
        unnest($indicator_ids::VARCHAR[]) AS indicator_id,
        generate_subscripts($indicator_ids::VARCHAR[], 1) - 1 AS place
)

SELECT
    wanted.place AS site,
    named.place AS indicator,
    indicators.value
FROM indicators
JOIN wanted USING (site_id)
JOIN named USING (indicator_id)
WHERE
    indicators.rowid BETWEEN $first_row AND $last_row
    AND indicators.value IS NOT NULL
