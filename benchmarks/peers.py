"""Other engines on the work of the overlay: which features share land with which sites.

Each takes two GeoParquet files: sites (site_row, geometry) and features (feature_row, geometry). A
feature cut into pieces stands several times, each piece with the row of its feature. An engine is
opened with `with`: it loads and indexes, and hands out a join to be timed. The join answers with
the intersections themselves; `measured` gives all of them the same exact area, so that answers can
be compared. What is not installed raises Missing.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from cetm_geo import measure
from cetm_geo.store.connection import SEALED, spatial_extension

try:
    import sedonadb
except ImportError:
    sedonadb = None

JOIN = """
    SELECT sites.site_row, features.feature_row,
           {land} AS geometry
    FROM sites JOIN features ON ST_Intersects(sites.geometry, features.geometry)
"""
LAND = "ST_AsBinary(ST_Intersection(sites.geometry, features.geometry))"
TABLES = (("sites", "site_row"), ("features", "feature_row"))
SERVER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "shared_buffers": "1GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "jit": "off",
}


class Missing(Exception):
    """An engine that is not installed."""


@dataclass(frozen=True)
class Ready:
    """An engine that holds its tables. prepared: seconds that each step of that took."""

    join: Callable[[], pd.DataFrame]
    prepared: Mapping[str, float]


Engine = Callable[[Path, Path], AbstractContextManager[Ready]]


def measured(found: pd.DataFrame) -> pd.DataFrame:
    """A join's intersections as site_row, feature_row, km2; pieces of a feature are summed."""
    shapes = found["geometry"].to_numpy()
    if not isinstance(found, gpd.GeoDataFrame):
        shapes = shapely.from_wkb(shapes)
    rows = found[["site_row", "feature_row"]].assign(km2=measure.area_km2(shapes))
    return pd.DataFrame(rows).groupby(["site_row", "feature_row"], as_index=False)["km2"].sum()


def pairs(
    engine: Engine, sites: gpd.GeoSeries, shapes: Any, feature_row: Any = None
) -> pd.DataFrame:
    """The answer of an engine for shapes in memory. feature_row: of each piece, its feature."""
    rows = np.arange(len(shapes)) if feature_row is None else feature_row
    with tempfile.TemporaryDirectory() as folder:
        files = write_tables(Path(folder), sites, shapes, rows)
        with engine(*files) as ready:
            return measured(ready.join())


def write_tables(folder: Path, sites: Any, shapes: Any, feature_row: Any) -> tuple[Path, Path]:
    """The two files an engine takes."""
    given = ({"site_row": np.arange(len(sites))}, sites), ({"feature_row": feature_row}, shapes)
    files = folder / "sites.parquet", folder / "features.parquet"
    for (columns, geometry), file in zip(given, files, strict=True):
        frame = gpd.GeoDataFrame(columns, geometry=np.asarray(geometry), crs=measure.LONLAT)
        frame.to_parquet(file, index=False)
    return files


@contextmanager
def _clocked(prepared: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    prepared[step] = time.perf_counter() - start


# --- in a process --------------------------------------------------------------------------------


@contextmanager
def geopandas_overlay(sites: Path, features: Path) -> Iterator[Ready]:
    prepared: dict[str, float] = {}
    with _clocked(prepared, "load"):
        left, right = gpd.read_parquet(sites), gpd.read_parquet(features)
    with _clocked(prepared, "index"):
        right.sindex.query(shapely.Point(0, 0))

    def join() -> pd.DataFrame:
        return gpd.overlay(left, right, how="intersection", keep_geom_type=True)

    yield Ready(join, prepared)


@contextmanager
def duckdb_join(sites: Path, features: Path) -> Iterator[Ready]:
    """DuckDB's SPATIAL_JOIN builds its own index within the join."""
    prepared: dict[str, float] = {}
    with duckdb.connect(config=dict(SEALED)) as connection:
        connection.load_extension(str(spatial_extension()))
        with _clocked(prepared, "load"):
            for (table, _), file in zip(TABLES, (sites, features), strict=True):
                connection.read_parquet(str(file)).create(table)
        statement = JOIN.format(land=LAND.replace("ST_AsBinary", "ST_AsWKB"))
        plan = connection.execute(f"EXPLAIN {statement}").fetchall()[0][1]
        if "SPATIAL_JOIN" not in plan:
            raise RuntimeError(f"DuckDB does not plan a spatial join:\n{plan}")
        yield Ready(lambda: connection.execute(statement).to_arrow_table().to_pandas(), prepared)


@contextmanager
def sedonadb_join(sites: Path, features: Path) -> Iterator[Ready]:
    """SedonaDB builds its own index within the join."""
    if sedonadb is None:
        raise Missing("sedonadb cannot be imported; pip install sedonadb")
    prepared: dict[str, float] = {}
    context = sedonadb.connect()
    with _clocked(prepared, "load"):
        for (table, _), file in zip(TABLES, (sites, features), strict=True):
            context.read_parquet(str(file)).to_memtable().to_view(table)
    statement = JOIN.format(land=LAND)
    yield Ready(lambda: pa.table(context.sql(statement)).to_pandas(), prepared)


# --- PostGIS -------------------------------------------------------------------------------------


@contextmanager
def postgis_join(sites: Path, features: Path) -> Iterator[Ready]:
    """PostGIS in a server of its own, which ends with the join and leaves nothing."""
    prepared: dict[str, float] = {}
    with _server() as psql:
        try:
            _told(psql, "CREATE EXTENSION postgis")
        except subprocess.CalledProcessError as error:
            raise Missing(f"PostgreSQL has no PostGIS: {error.stderr.strip()}") from error
        with _clocked(prepared, "load"):
            for (table, row), file in zip(TABLES, (sites, features), strict=True):
                _load(psql, table, row, file)
        with _clocked(prepared, "index"):
            for table, _ in TABLES:
                _told(psql, f"CREATE INDEX ON {table} USING gist (geometry)")
                _told(psql, f"VACUUM ANALYZE {table}")
        statement = JOIN.format(land=f"encode({LAND}, 'hex')")

        def join() -> pd.DataFrame:
            text = _told(psql, f"COPY ({statement}) TO STDOUT")
            return pd.read_csv(
                StringIO(text), sep="\t", names=["site_row", "feature_row", "geometry"]
            )

        yield Ready(join, prepared)


def _binaries() -> Path:
    """Where the newest PostgreSQL's programs lie: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else Path("/usr/lib/postgresql").glob("*/bin")
    servers = sorted(folder for folder in folders if (folder / "initdb").is_file())
    if not servers:
        raise Missing("PostgreSQL is not installed; on Debian postgresql-15-postgis-3")
    return servers[-1]


@contextmanager
def _server() -> Iterator[list[str]]:
    """A private server on a socket in a folder of its own; the command that speaks to it."""
    binaries = _binaries()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        owner: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
            owner = {"user": "postgres", "group": "postgres", "extra_groups": []}
        quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        data = folder / "data"
        make = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-locale",
                "-E", "UTF8", "--no-sync"]  # fmt: skip
        subprocess.run(make, check=True, **quiet, **owner)
        settings = [f"--{key}={value}" for key, value in SERVER_SETTINGS.items()]
        serve = [binaries / "postgres", "-D", data, "-k", folder, *settings]
        server = subprocess.Popen(serve, **quiet, **owner)
        try:
            reach = ["-h", str(folder), "-U", "postgres", "-d", "postgres"]
            _wait([str(binaries / "pg_isready"), "-q", *reach[:2]], server)
            yield [str(binaries / "psql"), *reach, "-qAtX", "-v", "ON_ERROR_STOP=1", "-c"]
        finally:
            server.send_signal(signal.SIGINT)  # a fast shutdown
            server.wait()


def _wait(ready: list[str], server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if subprocess.run(ready, check=False).returncode == 0:
            return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("the PostgreSQL server did not start")


def _told(psql: list[str], statement: str) -> str:
    done = subprocess.run([*psql, statement], capture_output=True, text=True, check=True)
    return done.stdout


def _load(psql: list[str], table: str, row: str, file: Path) -> None:
    """A file into a table whose geometries are not compressed: unpacking would cost every join."""
    _told(psql, f"CREATE TABLE {table} ({row} bigint, geometry geometry)")
    _told(psql, f"ALTER TABLE {table} ALTER geometry SET STORAGE EXTERNAL")
    copy = subprocess.Popen([*psql, f"COPY {table} FROM STDIN"], stdin=subprocess.PIPE, text=True)
    assert copy.stdin is not None
    for batch in pq.ParquetFile(file).iter_batches(4096, columns=[row, "geometry"]):
        rows, shapes = (batch.column(name).to_pylist() for name in (row, "geometry"))
        copy.stdin.writelines(f"{a}\t{b.hex()}\n" for a, b in zip(rows, shapes, strict=True))
    copy.stdin.close()
    if copy.wait():
        raise RuntimeError(f"PostgreSQL did not take the rows of {table}")


ENGINES: Mapping[str, Engine] = {
    "geopandas": geopandas_overlay,
    "duckdb": duckdb_join,
    "sedonadb": sedonadb_join,
    "postgis": postgis_join,
}
