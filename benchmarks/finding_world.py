"""A made store in which titles are found: tables alone, no shapes but boxes, written by SQL.

    python benchmarks/finding_world.py --folder DIR [--titles 200000] [--places 300000]

Titles have names and holders of made syllables, a tier, minerals, a day of grant (two in three) and
a box; 23 layers and 8 roles answer for each; 50 rules are asked of each; places of three layers
share land with them. A folder that holds such a store already is taken as it is.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import duckdb
import pandas as pd

from cetm_geo import tables
from cetm_geo.model import SCREENED_ROLES, Role, SiteStatus, Stage, Tier
from cetm_geo.rulebook import RULES, copy_rules, read_rulebook, version_of
from cetm_geo.store.connection import (
    CURRENT,
    FILE,
    GENERATIONS,
    MANIFEST,
    RULES_FOLDER,
    SCHEMA_VERSION,
    SEALED,
    spatial_extension,
    statement,
)

SYLLABLES = (
    "ka",
    "ra",
    "mi",
    "to",
    "ven",
    "zob",
    "ri",
    "lú",
    "sha",
    "del",
    "nor",
    "ñe",
    "br",
    "os",
)
OF_PLACES = (Role.PROTECTED_AREA, Role.COMMUNITY_LAND, Role.WATER_BASIN)
MINERALS = ("lithium", "nickel", "cobalt", "copper", "graphite", "manganese", "ree", "tin", "gold")
CONTRACTS = {
    name: getattr(tables, name.upper())
    for name in ("indicators", "totals", "pressure", "links", "basins", "series", "ratings",
                 "levels", "rasters", "consent", "statements", "flag_features", "theme_scores",
                 "issues")
}  # fmt: skip


def made_store(folder: Path, titles: int = 200_000, places: int = 300_000) -> Path:
    """The folder of a store with so many titles and named places."""
    if (folder / CURRENT).is_file():
        return folder
    name = f"made-{titles}-{places}"
    inside = folder / GENERATIONS / name
    shutil.rmtree(inside, ignore_errors=True)
    inside.mkdir(parents=True)
    rows = _write(inside / FILE, titles, places)
    copy_rules(RULES, inside / RULES_FOLDER)
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "generation": name,
        "rows": rows,
        "size_bytes": (inside / FILE).stat().st_size,
        "sha256": "",
        "rules_version": version_of(inside / RULES_FOLDER),
        "pieces": {},
    }
    (inside / MANIFEST).write_text(json.dumps(manifest))
    (folder / CURRENT).write_text(name)
    return folder


def _write(file: Path, titles: int, places: int) -> dict[str, int]:
    made = duckdb.connect(str(file), config=dict(SEALED))
    made.load_extension(str(spatial_extension()))
    made.execute("SET threads = 1; SELECT setseed(0.5)")  # the same world each time
    rules = list(read_rulebook().rules)
    layers = [*(r.value for r in SCREENED_ROLES), *(f"more_{i}" for i in range(15)), "basins"]
    asked = {
        "syllables": list(SYLLABLES), "tiers": [str(t) for t in Tier], "minerals": list(MINERALS),
        "statuses": [str(s) for s in SiteStatus], "stages": [str(s) for s in Stage],
        "rules": rules, "layers": [f"l_{name}" for name in layers], "titles": titles,
        "places": places, "roles": [r.value for r in (*SCREENED_ROLES, Role.CONCESSION)],
    }  # fmt: skip
    for table, made_by in _TABLES.items():
        given = {k: v for k, v in asked.items() if f"${k}" in made_by}
        made.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS {made_by}", given or None)
        made.execute(statement(f"create_{table}"))
    for table, contract in CONTRACTS.items():
        made.register("nothing", tables.build(contract))
        made.execute("CREATE OR REPLACE TEMP TABLE incoming AS FROM nothing")
        made.execute(statement(f"create_{table}"))
    made.execute(statement("create_drawn"))
    sources = pd.DataFrame(
        [_source(f"l_{name}", _role_of(name)) for name in layers]
        + [_source("register", "concession")]
    )
    meta = pd.DataFrame({"key": ["as_of", "label"], "value": ["2026-11-22", "Made"]})
    for table, frame in (("sources", tables.build(tables.SOURCES, sources)), ("meta", meta)):
        made.register("given", frame)
        made.execute("CREATE OR REPLACE TEMP TABLE incoming AS FROM given")
        made.execute(statement(f"create_{table}"))
    made.execute("DROP TABLE incoming; CHECKPOINT")
    rows = dict(made.execute(statement("rows_of_tables")).fetchall())
    made.close()
    return rows


def _role_of(name: str) -> str:
    if name == "basins":
        return Role.WATER_BASIN.value
    return Role.CONTEXT.value if name.startswith("more_") else name


def _source(layer_id: str, role: str) -> dict[str, object]:
    counts = dict.fromkeys(("size_bytes", "file_count", "rows_in", "rows_accepted", "rows_repaired",
                            "rows_excluded", "rows_rejected"), 0)  # fmt: skip
    return {
        **counts, "layer_id": layer_id, "role": role, "label": layer_id, "file": "", "stale": False,
        "licence": "", "publish": "public", "positional_error_m": 100.0, "style": "",
    }  # fmt: skip


def _of(name: str) -> str:
    """One of a list, drawn at random."""
    return f"${name}[1 + floor(random() * len(${name}))::INT]"


def _word(syllables: int) -> str:
    return "upper('x') || " + " || ".join(_of("syllables") for _ in range(syllables))


_BOX = """ST_AsWKB(ST_MakeEnvelope(x, y, x + 0.05, y + 0.05))"""
_TABLES = {
    "sites": f"""
        WITH holders AS MATERIALIZED (
            SELECT i, {_word(4)} || ' Mining Ltd' AS holder FROM range($titles // 5) AS r (i)
        ),
        drawn AS MATERIALIZED (
            SELECT
                i, random() * 300 - 150 AS x, random() * 100 - 50 AS y,
                floor(random() * ($titles // 5)) AS held, random() AS a, random() AS d,
                {_word(3)} || ' ' || {_word(2)} AS name,
                list_distinct([{_of("minerals")}, {_of("minerals")}]) AS minerals,
                {_of("stages")} AS stage, {_of("statuses")} AS status
            FROM range($titles) AS r (i)
        )
        SELECT
            'register:' || drawn.i || '-HQ-EL' AS site_id, 'register' AS layer_id,
            drawn.i || '-HQ-EL' AS feature_id, drawn.i || '-HQ-EL' AS group_id, '' AS class_id,
            true AS counted, drawn.name, 'concession' AS kind, holders.holder, drawn.minerals,
            array_to_string(drawn.minerals, ', ') AS commodity_text, drawn.stage,
            NULL::VARCHAR AS stage_text, 'unknown' AS method, drawn.status,
            NULL::VARCHAR AS status_text, NULL::VARCHAR AS applied_on,
            CASE
                WHEN d < 0.66
                    THEN strftime(DATE '1995-01-01' + floor(d * 17000)::INT, '%Y-%m-%d')
            END AS granted_on,
            NULL::VARCHAR AS expires_on, NULL::DOUBLE AS declared_area_km2, false AS placeholder,
            NULL::VARCHAR AS duplicate_of, false AS repaired, exp(a * 9 - 2) AS area_km2,
            {_BOX} AS geometry
        FROM drawn JOIN holders ON holders.i = drawn.held ORDER BY drawn.i
    """,
    "tiers": f"""
        WITH drawn AS MATERIALIZED (
            SELECT site_id, {_of("tiers")} AS tier, random() < 0.8 AS fully, random() * 5 AS score
            FROM sites
        )
        SELECT
            site_id, tier, fully AS fully_screened, 'XKV' AS countries,
            floor(score / 2)::BIGINT AS critical_count, floor(score)::BIGINT AS high_count,
            floor(score * 2)::BIGINT AS moderate_count, 3::BIGINT AS info_count,
            score, score AS score_low, score AS score_high, 1.0::DOUBLE AS score_coverage_share,
            'water' AS leading_theme
        FROM drawn
    """,
    "coverage": """
        WITH scopes AS (
            SELECT unnest($layers) AS scope_id, 'layer' AS scope_kind
            UNION ALL SELECT unnest($roles), 'role'
        ),
        drawn AS MATERIALIZED (
            SELECT sites.site_id, sites.area_km2, scopes.*, random() AS a, random() AS b
            FROM sites CROSS JOIN scopes
        )
        SELECT
            site_id, scope_id, scope_kind, '' AS class_id,
            CASE WHEN a < 0.15 THEN area_km2 * b ELSE 0 END AS covered_km2,
            CASE WHEN a < 0.15 THEN b ELSE 0 END AS covered_share, NULL::DOUBLE AS first_km2,
            NULL::DOUBLE AS ring_0_1_km2, NULL::DOUBLE AS ring_1_5_km2,
            NULL::DOUBLE AS ring_5_10_km2, NULL::DOUBLE AS ring_10_20_km2,
            NULL::DOUBLE AS ring_20_50_km2, NULL::DOUBLE AS feature_count,
            NULL::DOUBLE AS nearest_km, NULL::VARCHAR AS nearest_layer_id,
            NULL::VARCHAR AS nearest_feature_id, 1.0::DOUBLE AS inside_share,
            CASE WHEN a < 0.15 THEN 'overlaps' WHEN a < 0.16 THEN 'within_mapping_error'
                WHEN a < 0.6 THEN 'within_ring' WHEN a < 0.95 THEN 'checked_none'
                ELSE 'not_covered' END AS state,
            a > 0.95 AS gap, NULL::VARCHAR AS note
        FROM drawn
    """,
    "flags": """
        WITH drawn AS MATERIALIZED (
            SELECT sites.site_id, unnest($rules) AS rule_id FROM sites
        ),
        said AS MATERIALIZED (SELECT *, random() AS a FROM drawn)
        SELECT
            site_id, rule_id,
            CASE WHEN a < 0.2 THEN 'raised' WHEN a < 0.3 THEN 'not_assessed'
                ELSE 'clear' END AS status,
            CASE WHEN a < 0.2 THEN 'moderate' END AS severity, NULL::VARCHAR AS indicator_id,
            NULL::DOUBLE AS value, NULL::DOUBLE AS threshold, false AS verify, false AS at_least,
            false AS stale, NULL::VARCHAR AS lack, NULL::VARCHAR AS iso3
        FROM said
    """,
    "features": f"""
        WITH drawn AS MATERIALIZED (
            SELECT i, {_word(3)} || ' ' || {_word(2)} AS name, random() * 300 - 150 AS x,
                random() * 100 - 50 AS y
            FROM range($places) AS r (i)
        )
        SELECT
            CASE i % 6 WHEN 0 THEN 'l_basins' WHEN 1 THEN 'l_community_land' WHEN 2
                THEN 'l_community_land' ELSE 'l_protected_area' END AS layer_id,
            i::VARCHAR AS feature_id, i::VARCHAR AS group_id, name, NULL::VARCHAR AS designation,
            '' AS class_id, true AS counted, NULL::VARCHAR AS tenure, NULL::VARCHAR AS iso3,
            NULL::VARCHAR AS circle, NULL::VARCHAR AS mineral_ids, false AS repaired,
            30.0::DOUBLE AS area_km2, {_BOX} AS geometry
        FROM drawn
    """,
    "overlaps": """
        WITH drawn AS MATERIALIZED (
            SELECT sites.site_id, k, random() AS a,
                floor(random() * $places)::BIGINT::VARCHAR AS feature_id
            FROM sites CROSS JOIN range(8) AS r (k)
        )
        SELECT
            drawn.site_id, features.layer_id, drawn.feature_id,
            a AS overlap_km2, a AS overlap_share,
            NULL::DOUBLE AS feature_share, NULL::DOUBLE AS already_km2, NULL::DOUBLE AS added_km2,
            0.0::DOUBLE AS distance_km, a < 0.02 AS sliver, NULL::BLOB AS geometry
        FROM drawn JOIN features USING (feature_id)
    """,
    "tiles": """
        SELECT
            'register' AS layer_id, site_id AS feature_id, sites.name, '' AS class_id, tier,
            fully_screened, 'On land of people: ' || sites.name AS reason,
            (row_number() OVER (ORDER BY CASE tier WHEN 'critical' THEN 0 WHEN 'high' THEN 1
                WHEN 'moderate' THEN 2 WHEN 'not_fully_screened' THEN 3
                WHEN 'info' THEN 4 ELSE 5 END,
                score DESC, area_km2 DESC, site_id) - 1)::INTEGER AS position,
            false AS placeholder, 'polygon' AS kind, ST_AsWKB(sites.geometry) AS geometry
        FROM sites JOIN tiers USING (site_id)
    """,
}


def main() -> None:
    """Make the store and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--titles", type=int, default=200_000)
    parser.add_argument("--places", type=int, default=300_000)
    given = parser.parse_args()
    folder = made_store(given.folder, given.titles, given.places)
    file = next((folder / GENERATIONS).glob(f"*/{FILE}"))
    print(f"{file}: {file.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
