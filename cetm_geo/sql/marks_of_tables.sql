-- How many rows has each table of the store, and what do all its values come to? Reads every column;
-- equal rows, in any order, have an equal mark.
-- params: none
-- columns: table_name, rows, mark (HUGEINT, null of a table without rows)
SELECT 'sites' AS table_name, count(*) AS rows, sum(hash(*COLUMNS(*))) AS mark FROM sites
UNION ALL SELECT 'features', count(*), sum(hash(*COLUMNS(*))) FROM features
UNION ALL SELECT 'overlaps', count(*), sum(hash(*COLUMNS(*))) FROM "overlaps"
UNION ALL SELECT 'coverage', count(*), sum(hash(*COLUMNS(*))) FROM coverage
UNION ALL SELECT 'indicators', count(*), sum(hash(*COLUMNS(*))) FROM indicators
UNION ALL SELECT 'totals', count(*), sum(hash(*COLUMNS(*))) FROM totals
UNION ALL SELECT 'pressure', count(*), sum(hash(*COLUMNS(*))) FROM pressure
UNION ALL SELECT 'links', count(*), sum(hash(*COLUMNS(*))) FROM links
UNION ALL SELECT 'basins', count(*), sum(hash(*COLUMNS(*))) FROM basins
UNION ALL SELECT 'series', count(*), sum(hash(*COLUMNS(*))) FROM series
UNION ALL SELECT 'ratings', count(*), sum(hash(*COLUMNS(*))) FROM ratings
UNION ALL SELECT 'levels', count(*), sum(hash(*COLUMNS(*))) FROM levels
UNION ALL SELECT 'rasters', count(*), sum(hash(*COLUMNS(*))) FROM rasters
UNION ALL SELECT 'consent', count(*), sum(hash(*COLUMNS(*))) FROM consent
UNION ALL SELECT 'statements', count(*), sum(hash(*COLUMNS(*))) FROM statements
UNION ALL SELECT 'flags', count(*), sum(hash(*COLUMNS(*))) FROM flags
UNION ALL SELECT 'flag_features', count(*), sum(hash(*COLUMNS(*))) FROM flag_features
UNION ALL SELECT 'tiers', count(*), sum(hash(*COLUMNS(*))) FROM tiers
UNION ALL SELECT 'theme_scores', count(*), sum(hash(*COLUMNS(*))) FROM theme_scores
UNION ALL SELECT 'issues', count(*), sum(hash(*COLUMNS(*))) FROM issues
UNION ALL SELECT 'sources', count(*), sum(hash(*COLUMNS(*))) FROM sources
UNION ALL SELECT 'tiles', count(*), sum(hash(*COLUMNS(*))) FROM tiles
UNION ALL SELECT 'drawn', count(*), sum(hash(*COLUMNS(*))) FROM drawn
UNION ALL SELECT 'meta', count(*), sum(hash(*COLUMNS(*))) FROM meta
