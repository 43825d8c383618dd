"""Every format of export at the size of a large country: seconds and memory, a process each.

    python benchmarks/exports.py --store STORE --folder DIR [--sites 200000] [--indicators 60]
                                 [--formats geojson,parquet]

STORE: any, of which the titles with their answers are repeated under new ids until there are SITES;
of the indicators only the first so many, as a country with a few layers has. Against it, what a
user would do instead: DuckDB's own COPY of the same rows and shapes to GeoJSON and Parquet, which
says nothing of sources and licences.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from cetm_geo.cli import app
from cetm_geo.export import FORMATS
from cetm_geo.store import open_store
from cetm_geo.store.connection import (
    CURRENT,
    FILE,
    GENERATIONS,
    MANIFEST,
    MANIFEST_DIGEST,
    digest_of_manifest,
    spatial_extension,
    statement,
)

_TABLES = ("sites", "indicators", "flags", "tiers", "theme_scores")


def repeated(store: Path, folder: Path, sites: int, indicators: int) -> None:
    """A store at FOLDER whose titles are those of STORE many times over; without pieces, so that
    nothing can be drawn over it."""
    own = open_store(store)
    generation = folder / GENERATIONS / own.generation
    shutil.copytree(own.folder, generation)
    with duckdb.connect(str(generation / FILE)) as base:
        base.load_extension(str(spatial_extension()))
        (count,) = base.execute("FROM (SELECT count(*) FROM sites)").fetchone() or (1,)
        times = -(-sites // count)
        for table in _TABLES:
            few = (
                "WHERE indicator_id IN (FROM (SELECT DISTINCT indicator_id FROM indicators "
                f"ORDER BY ALL LIMIT {indicators}))"
                if table == "indicators"
                else ""
            )
            base.execute(
                f"CREATE TABLE more AS SELECT t.* REPLACE (t.site_id || '#' || n AS site_id) "
                f"FROM {table} t, range({times}) r(n) {few} ORDER BY n, t.rowid"
            )
            base.execute(f"DROP TABLE {table}; ALTER TABLE more RENAME TO {table}")
        rows = dict(base.execute(statement("rows_of_tables")).fetchall())
    facts = {"rows": rows, "size_bytes": (generation / FILE).stat().st_size, "pieces": {}}
    manifest = {**own.manifest, **facts}
    manifest[MANIFEST_DIGEST] = digest_of_manifest(manifest)
    (generation / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    (folder / CURRENT).write_text(own.generation, encoding="utf-8")


def one(folder: Path, form: str) -> str:
    """Seconds and the peak of memory of one format: the whole command, but for its imports."""
    file = folder / f"sites.{form}"
    since = time.perf_counter()
    if form.startswith("copy-"):
        _copied(next((folder / GENERATIONS).iterdir()) / FILE, file, form.removeprefix("copy-"))
    else:
        words = ["export", "sites", "--format", form, "-o", str(file), "--store", str(folder)]
        app(words, standalone_mode=False)
    seconds = time.perf_counter() - since
    size = file.stat().st_size / 1e6
    return f"{form}: {seconds:.1f} s, {_peak_mb():.0f} MB of memory, {size:.0f} MB of file"


def _peak_mb() -> float:
    """The most memory that this program held (Linux); getrusage tells that of its parent too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return float(status.split("VmHWM:")[1].split()[0]) / 1e3


def _copied(base_file: Path, file: Path, form: str) -> None:
    """What a user would do: the same columns by DuckDB alone."""
    with duckdb.connect(str(base_file), read_only=True) as base:
        base.load_extension(str(spatial_extension()))
        wide = (
            "SELECT * FROM (SELECT * EXCLUDE (minerals) FROM sites) JOIN (PIVOT (SELECT site_id, "
            "indicator_id, value FROM indicators) ON indicator_id USING first(value)) "
            "USING (site_id)"
        )
        how = "(FORMAT gdal, DRIVER 'GeoJSON')" if form == "geojson" else "(FORMAT parquet)"
        base.execute(f"COPY ({wide}) TO '{file}' {how}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--sites", type=int, default=200_000)
    parser.add_argument("--indicators", type=int, default=60)
    parser.add_argument("--formats", default=",".join([*FORMATS, "copy-geojson", "copy-parquet"]))
    parser.add_argument("--one", default="")
    given = parser.parse_args()
    if given.one:
        print(one(given.folder, given.one), flush=True)
        return
    if not (given.folder / CURRENT).is_file():
        repeated(given.store, given.folder, given.sites, given.indicators)
    for form in given.formats.split(","):
        command = [sys.executable, __file__, "--store", given.store, "--folder", given.folder]
        subprocess.run([*command, "--one", form], check=True)


if __name__ == "__main__":
    main()
