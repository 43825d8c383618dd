-- Which numbers were measured of some sites, by the places that sites and indicators have in lists?
-- params: site_ids, indicator_ids: the lists; first_row, last_row: where the sites lie, or left out:
--         anywhere (rows_of_parts)
-- columns: site (place, from 0), indicator (place, from 0), value
WITH
wanted AS (
    SELECT
        unnest($site_ids::VARCHAR[]) AS site_id,
        generate_subscripts($site_ids::VARCHAR[], 1) - 1 AS place
)

SELECT
    wanted.place AS site,
    list_position($indicator_ids::VARCHAR[], indicators.indicator_id) - 1 AS indicator,
    indicators.value
FROM indicators
JOIN wanted USING (site_id)
WHERE
    indicators.rowid BETWEEN $first_row AND $last_row
    AND indicators.value IS NOT NULL
    AND list_contains($indicator_ids::VARCHAR[], indicators.indicator_id)
