"""A change of filters answered: what matches, counts of all facets, 100 rows, bits for the map.

    python benchmarks/finding.py --folder DIR [--titles 200000] [--rounds 7] [--seed 1]

Ours in alternation with the same asked of DuckDB: a table of the titles with a column for each word
asked for, and from it a statement a facet. What is asked for differs from round to round, so that
nothing is answered from what was kept. Results are compared. The store is made first
(finding_world.py) where DIR holds none. Prints medians in milliseconds, of the clock and of the
processor: DuckDB uses both cores, and others may use them too.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from finding_world import MINERALS, SYLLABLES, made_store
from flags import resident_mb
from numpy.typing import NDArray

from cetm_geo.store import Store, open_store
from cetm_geo.store.connection import FILE, SEALED, spatial_extension
from cetm_geo.web.filters import Filters, filters_of, query_of
from cetm_geo.web.finding import Finder
from cetm_geo.web.finding.texts import folded

ROWS = 100
Random = np.random.Generator
Answer = dict[str, Any]


def asked(kind: str, random: Random, place: str) -> Filters:
    """One of the kinds of questions, its values drawn."""
    word = "".join(random.choice(SYLLABLES, 2))
    year = int(random.integers(1996, 2015))
    east, south = random.uniform(-150, 120), random.uniform(-50, 20)
    box = f"{east},{south},{east + 30},{south + 30}"
    drawn = {
        "nothing": {},
        "a tier": {"tier": str(random.choice(["critical", "high", "moderate", "info"]))},
        "a text": {"q": word},
        "two words": {"q": f"{word} {random.choice(MINERALS)}"},
        "a place": {"in": place},
        "a view of the map": {"box": box},
        "a layer and a rule": {"layer": "l_protected_area", "rule": "people_inside"},
        "nine words": {
            "q": word[:2], "tier": "critical,high,moderate", "status": "in_force_or_unknown",
            "layer": "l_protected_area,l_heritage", "rule": "people_inside,flood_prone",
            "mineral": "lithium,tin", "area": "1-400", "granted": f"{year}..{year + 9}", "box": box,
        },
    }  # fmt: skip
    return filters_of(drawn[kind])


KINDS = ("nothing", "a tier", "a text", "two words", "a place", "a view of the map",
         "a layer and a rule", "nine words")  # fmt: skip
FACETS = ("tier", "status", "stage", "mineral", "layer", "rule")


def ours(finder: Finder, filters: Filters) -> Answer:
    """What the page asks for when filters change."""
    mask = finder.match(filters)
    counts = finder.counts(filters)
    page = finder.rows(filters, end=ROWS)
    return {
        "count": counts.count,
        "bits": finder.bits(mask),
        "rows": [row["site_id"] for row in page.rows],
        **{facet: {k: v or 0 for k, v in counts.facets[facet].items()} for facet in FACETS},
        "holder": dict(list(counts.facets["holder"].items())[:20]),
        "years": dict(counts.granted),
    }


# --- the same asked of DuckDB --------------------------------------------------------------------


def conditions(filters: Filters) -> dict[str, tuple[str, list[Any]]]:
    """For each word asked for a condition on a title, and what is bound to it."""
    out: dict[str, tuple[str, list[Any]]] = {}
    if filters.text:
        fields = "concat_ws(' ', s.feature_id, s.name, s.holder, s.commodity_text)"
        words = folded(filters.text).split()
        each = " AND ".join(f"contains(strip_accents(lower({fields})), ?)" for _ in words)
        out["q"] = (each, list(words))
    lists = {"tier": (filters.tiers, "t.tier"), "stage": (filters.stages, "s.stage"),
             "status": (tuple(sorted(filters.statuses_asked())), "s.status")}  # fmt: skip
    for word, (values, column) in lists.items():
        if values:
            out[word] = (f"{column} = ANY (?)", [list(values)])
    if filters.minerals:
        out["mineral"] = ("list_has_any(s.minerals, ?)", [list(filters.minerals)])
    if filters.layers:
        in_layers = """s.site_id IN (SELECT site_id FROM coverage WHERE scope_kind = 'layer'
            AND class_id = '' AND state = 'overlaps' AND scope_id = ANY (?))"""
        out["layer"] = (in_layers, [list(filters.layers)])
    if filters.rules:
        of_rules = (
            "s.site_id IN (SELECT site_id FROM flags WHERE status = 'raised' AND rule_id = ANY (?))"
        )
        out["rule"] = (of_rules, [list(filters.rules)])
    if filters.places:
        on_place = """s.site_id IN (SELECT site_id FROM "overlaps" WHERE layer_id = ?
            AND feature_id = ? AND overlap_km2 > 1e-4)"""
        out["in"] = (on_place, list(filters.places[0]))
    if filters.area_km2 != (None, None):
        out["area"] = ("s.area_km2 BETWEEN ? AND ?", list(filters.area_km2))
    if any(filters.granted):
        first, last = filters.days_granted()
        out["granted"] = ("s.granted_on BETWEEN ? AND ?", [str(first), str(last)])
    if filters.box:
        west, south, east, north = filters.box
        inside = "b.west <= ? AND b.east >= ? AND b.south <= ? AND b.north >= ?"
        out["box"] = (inside, [east, west, north, south])
    return out


class Peer:
    """A reading connection that may make temporary tables."""

    def __init__(self, store: Store) -> None:
        self.db = duckdb.connect(config=dict(SEALED))
        self.db.load_extension(str(spatial_extension()))
        self.db.execute(f"ATTACH '{store.folder / FILE}' AS made (READ_ONLY)")
        self.db.execute("USE made")
        # Read once, as ours reads all: the boxes of the outlines, and where titles stand.
        self.db.execute("""
            CREATE TEMP TABLE boxes AS
            SELECT s.site_id, tiles.position AS n,
                ST_XMin(s.geometry) AS west, ST_YMin(s.geometry) AS south,
                ST_XMax(s.geometry) AS east, ST_YMax(s.geometry) AS north
            FROM made.tiles JOIN made.sites AS s ON s.site_id = tiles.feature_id
        """)

    def answer(self, filters: Filters) -> Answer:
        """The same as `ours`."""
        said = conditions(filters)
        columns = "".join(f", ({text}) IS TRUE AS m_{w}" for w, (text, _bound) in said.items())
        bound = [value for _text, values in said.values() for value in values]
        self.db.execute(
            f"""CREATE OR REPLACE TEMP TABLE own AS
            SELECT s.site_id, b.n, t.tier, t.score, s.status, s.stage, s.minerals, s.holder,
                s.granted_on {columns}
            FROM made.sites AS s
            JOIN made.tiers AS t USING (site_id) JOIN boxes AS b USING (site_id)""",
            bound,
        )

        def but(word: str) -> str:
            return " AND ".join(f"m_{w}" for w in said if w != word) or "true"

        def counted(question: str) -> dict[Any, int]:
            return dict(self.db.execute(question).fetchall())

        n = np.sort(self.db.execute(f"SELECT n FROM own WHERE {but('')}").fetchnumpy()["n"])
        mask = np.zeros(int(self.db.execute("SELECT count(*) FROM own").fetchone()[0]), bool)  # type: ignore[index, type-var]
        mask[n] = True
        rows = self.db.execute(f"SELECT site_id FROM own WHERE {but('')} ORDER BY n LIMIT {ROWS}")
        out: Answer = {
            "count": len(n),
            "bits": Finder.bits(None, mask),  # type: ignore[arg-type]
            "rows": [row[0] for row in rows.fetchall()],
        }
        for word in ("tier", "status", "stage"):
            out[word] = counted(f"SELECT {word}, count(*) FROM own WHERE {but(word)} GROUP BY 1")
        out["mineral"] = counted(
            f"""SELECT m, count(*) FROM (
                SELECT unnest(minerals) AS m FROM own WHERE {but("mineral")}
            ) GROUP BY 1"""
        )
        out["layer"] = counted(
            f"""SELECT scope_id, count(*) FROM made.coverage JOIN own USING (site_id)
            WHERE scope_kind = 'layer' AND class_id = '' AND state = 'overlaps' AND {but("layer")}
            GROUP BY 1"""
        )
        out["rule"] = counted(
            f"""SELECT rule_id, count(*) FROM made.flags JOIN own USING (site_id)
            WHERE flags.status = 'raised' AND {but("rule")} GROUP BY 1"""
        )
        out["holder"] = counted(
            f"""SELECT holder, count(*) FROM own WHERE {but("holder")}
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20"""
        )
        out["years"] = counted(
            f"""SELECT year(granted_on::DATE), count(*) FROM own
            WHERE granted_on IS NOT NULL AND {but("granted")} GROUP BY 1"""
        )
        return out


def differing(one: Answer, other: Answer) -> list[str]:
    """Names of what is not the same; counts of 0 need not be told."""
    out = []
    for name, mine in one.items():
        told = mine
        if isinstance(mine, dict):
            told = {k: v for k, v in mine.items() if v and k != "not_stated"}
        if told != other[name]:
            out.append(name)
    return out


def timed(work: Callable[[], Any]) -> tuple[NDArray[np.float64], Any]:
    """Milliseconds of the clock and of the processor, and what came of it."""
    clock, processor = time.perf_counter(), time.process_time()
    found = work()
    spent = (time.perf_counter() - clock, time.process_time() - processor)
    return 1e3 * np.array(spent), found


def suggestions(finder: Finder, random: Random) -> list[NDArray[np.float64]]:
    """Milliseconds, of the clock and the processor, of 200 texts: a letter up to a whole word."""
    letters = list("".join(SYLLABLES))
    texts = ["x" + "".join(random.choice(letters, n)) for n in random.integers(0, 7, 200)]
    return [timed(partial(finder.suggest, text))[0] for text in texts]


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--titles", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    random = np.random.default_rng(given.seed)
    store = open_store(made_store(given.folder, given.titles))
    before = resident_mb()
    took, finder = timed(lambda: Finder(store))
    print(
        f"{len(finder):,} titles read in {took[1] / 1e3:.1f} s of the processor, "
        f"{took[0] / 1e3:.1f} by the clock, {resident_mb() - before:.0f} MB with DuckDB's own"
    )
    peer = Peer(store)
    places = store.frame("places_to_find", roles=["protected_area"], counted_km2=1e-4)
    for kind in KINDS:
        spent: dict[str, list[Any]] = {"ours": [], "theirs": []}
        wrong: set[str] = set()
        for _round in range(given.rounds):
            one = places.iloc[int(random.integers(0, 1000))]
            place = f"{one['layer_id']}/{one['feature_id']}"
            filters = asked(kind, random, place)
            took, mine = timed(partial(ours, finder, filters))
            spent["ours"].append(took)
            took, theirs = timed(partial(peer.answer, filters))
            spent["theirs"].append(took)
            wrong |= set(differing(mine, theirs))
        own, other = (np.median(spent[name], axis=0) for name in ("ours", "theirs"))
        print(
            f"{kind:20} {own[0]:5.0f}, {own[1]:5.0f} ms; "
            f"DuckDB {other[0]:6.0f}, {other[1]:6.0f} ms; "
            f"{other[0] / own[0]:.1f}, {other[1] / own[1]:.1f} times; "
            f"most of ours {np.max(spent['ours'], axis=0)[1]:.0f}; "
            f"differ: {', '.join(sorted(wrong)) or 'nothing'}; e.g. {query_of(filters)}"
        )
    for column in ("area_km2", "name", "holder"):
        page = partial(finder.rows, Filters(tiers=("critical",)), [(column, "desc")], end=ROWS)
        first, again = timed(page)[0], timed(page)[0]
        print(f"sorted by {column}: {first[1]:.0f} ms of the processor, again {again[1]:.0f}")
    median, most = np.quantile(suggestions(finder, random), (0.5, 0.95), axis=0)
    print(f"suggestions: {median[0]:.0f}, {median[1]:.0f} ms; 95 % {most[0]:.0f}, {most[1]:.0f}")


if __name__ == "__main__":
    main()
