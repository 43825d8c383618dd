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

from cetm_geo import takeaway
from cetm_geo.export import FORMATS, write
from cetm_geo.store import Store, open_store
from cetm_geo.store.connection import FILE, spatial_extension

_TABLES = ("sites", "indicators", "flags", "tiers", "theme_scores")


def repeated(store: Path, folder: Path, sites: int, indicators: int) -> None:
    """A generation whose titles are those of STORE many times over."""
    own = open_store(store)
    shutil.copytree(own.folder, folder, dirs_exist_ok=True)
    (folder / "manifest.taken").write_text(json.dumps(dict(own.manifest)), encoding="utf-8")
    with duckdb.connect(str(folder / FILE)) as base:
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


def one(folder: Path, form: str) -> str:
    """Seconds and the peak of memory of one format."""
    manifest = json.loads((folder / "manifest.taken").read_text(encoding="utf-8"))
    file = folder / f"sites.{form}"
    since = time.perf_counter()
    if form.startswith("copy-"):
        count = _copied(folder, file, form.removeprefix("copy-"))
    else:
        taken = takeaway.of_store(Store(folder, manifest))
        count = write(taken.rows, form, file, taken.members)
    seconds = time.perf_counter() - since
    peak = _peak_mb()
    size = file.stat().st_size / 1e6
    return f"{form}: {count} sites, {seconds:.1f} s, {peak:.0f} MB of memory, {size:.0f} MB of file"


def _peak_mb() -> float:
    """The most memory that this program held (Linux); getrusage tells that of its parent too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return float(status.split("VmHWM:")[1].split()[0]) / 1e3


def _copied(folder: Path, file: Path, form: str) -> int:
    """What a user would do: the same columns by DuckDB alone."""
    with duckdb.connect(str(folder / FILE), read_only=True) as base:
        base.load_extension(str(spatial_extension()))
        wide = (
            "SELECT * FROM (SELECT * EXCLUDE (minerals) FROM sites) JOIN (PIVOT (SELECT site_id, "
            "indicator_id, value FROM indicators) ON indicator_id USING first(value)) "
            "USING (site_id)"
        )
        how = "(FORMAT gdal, DRIVER 'GeoJSON')" if form == "geojson" else "(FORMAT parquet)"
        base.execute(f"COPY ({wide}) TO '{file}' {how}")
        found = base.execute("FROM (SELECT count(*) FROM sites)").fetchone()
    return int(found[0]) if found else 0


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
    if not (given.folder / FILE).is_file():
        repeated(given.store, given.folder, given.sites, given.indicators)
    for form in given.formats.split(","):
        command = [sys.executable, __file__, "--store", given.store, "--folder", given.folder]
        subprocess.run([*command, "--one", form], check=True)


if __name__ == "__main__":
    main()
