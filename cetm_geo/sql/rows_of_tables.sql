-- How many rows has each table of the store?
-- params: none
-- columns: table_name, rows
SELECT 'sites' AS table_name, count(*) AS rows FROM sites
UNION ALL SELECT 'features', count(*) FROM features
UNION ALL SELECT 'overlaps', count(*) FROM "overlaps"
UNION ALL SELECT 'coverage', count(*) FROM coverage
UNION ALL SELECT 'indicators', count(*) FROM indicators
UNION ALL SELECT 'totals', count(*) FROM totals
UNION ALL SELECT 'pressure', count(*) FROM pressure
UNION ALL SELECT 'links', count(*) FROM links
UNION ALL SELECT 'basins', count(*) FROM basins
UNION ALL SELECT 'series', count(*) FROM series
UNION ALL SELECT 'ratings', count(*) FROM ratings
UNION ALL SELECT 'levels', count(*) FROM levels
UNION ALL SELECT 'rasters', count(*) FROM rasters
UNION ALL SELECT 'consent', count(*) FROM consent
UNION ALL SELECT 'statements', count(*) FROM statements
UNION ALL SELECT 'flags', count(*) FROM flags
UNION ALL SELECT 'flag_features', count(*) FROM flag_features
UNION ALL SELECT 'tiers', count(*) FROM tiers
UNION ALL SELECT 'theme_scores', count(*) FROM theme_scores
UNION ALL SELECT 'issues', count(*) FROM issues
UNION ALL SELECT 'sources', count(*) FROM sources
UNION ALL SELECT 'tiles', count(*) FROM tiles
UNION ALL SELECT 'drawn', count(*) FROM drawn
UNION ALL SELECT 'meta', count(*) FROM meta
