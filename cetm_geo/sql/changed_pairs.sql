-- Which pairs of site and feature are new, gone, or share another amount of land than before?
-- params: least_km2, least_share: amounts that differ by less of km2, or of the larger, are the same
-- beside: earlier (columns of pairs_as_told)
-- columns: site_id, layer_id, feature_id; before_km2 and after_km2, before_share and after_share (of
--          the site), before_sliver and after_sliver: null on the side without the pair
SELECT
    coalesce(later.site_id, earlier.site_id) AS site_id,
    coalesce(later.layer_id, earlier.layer_id) AS layer_id,
    coalesce(later.feature_id, earlier.feature_id) AS feature_id,
    earlier.overlap_km2 AS before_km2,
    later.overlap_km2 AS after_km2,
    earlier.overlap_share AS before_share,
    later.overlap_share AS after_share,
    earlier.sliver AS before_sliver,
    later.sliver AS after_sliver
FROM "overlaps" AS later
FULL JOIN earlier
    ON earlier.site_id = later.site_id
    AND earlier.layer_id = later.layer_id
    AND earlier.feature_id = later.feature_id
WHERE
    earlier.site_id IS NULL
    OR later.site_id IS NULL
    OR earlier.sliver <> later.sliver
    OR abs(later.overlap_km2 - earlier.overlap_km2)
    > greatest(
        $least_km2, $least_share * greatest(later.overlap_km2, earlier.overlap_km2)
    )
ORDER BY 1, 2, 3
