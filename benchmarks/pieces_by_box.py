"""Pieces by box: our arrays on disk against GeoParquet and DuckDB, and BoxIndex against STRtree.

    python benchmarks/pieces_by_box.py [--folder DIR] [--scale 0.05] [--small 500] [--large 20]

The same pieces of the protected areas of a seeded world (`world.py`, `kept_world.py`), in the same
Hilbert order, in five ways: a PieceFolder; GeoParquet 1.1 with its bbox column and row groups of
256 and of 2048 rows, of which pyarrow reads those whose statistics meet the box; a DuckDB table
with an RTREE index; one with columns of bounds. Each way opens once in a process of its own and is
asked for the pieces, as shapely geometries, whose boxes meet a box: seeded boxes as wide as a large
concession and of one degree, all about titles. Every way has to find the same pieces with the same
vertices. What lies on disk is in the system's cache for all of them.

Prints milliseconds a box (median and 95th percentile by the clock, mean of the processor, threads
together), the ratio of medians to ours, the size on disk, and the peak of memory of the process
beyond what it took before it opened anything.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import kept_world
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
import world

from cetm_geo import measure
from cetm_geo.boxes import BoxIndex
from cetm_geo.pieces import Pieces
from cetm_geo.store import PieceFolder
from cetm_geo.store.connection import SEALED, spatial_extension
from cetm_geo.store.pieces import COORDINATES, INDEX

SIZES: Mapping[str, float] = {"small": 0.16, "large": 1.0}  # degrees from side to side
SIDES = ("west", "south", "east", "north")
COVERING = ("xmin", "ymin", "xmax", "ymax")

Found = tuple[Any, Any]  # positions of pieces, and their outlines
Ask = Callable[[Any], Found]


def boxes_about(made: world.World, count: int, degrees: float) -> Any:
    """Seeded boxes whose middles are those of titles."""
    random = np.random.default_rng(7)
    titles = world.sites_of(made.concessions, 2000).geometry.to_numpy()
    middles = shapely.get_coordinates(shapely.centroid(titles))
    middle = middles[random.integers(len(middles), size=count)]
    return np.hstack([middle - degrees / 2, middle + degrees / 2])


def meets(bounds: Any, box: Any) -> Any:
    """Rows of (n, 4) bounds that meet a box."""
    return ((bounds[:, :2] <= box[2:]) & (bounds[:, 2:] >= box[:2])).all(axis=1)


# --- ways ----------------------------------------------------------------------------------------


@contextmanager
def arrays(folder: Path) -> Iterator[Ask]:
    pieces = PieceFolder(folder.parent).open(folder.name)

    def ask(box: Any) -> Found:
        _, rows = pieces.meeting(box[None])
        return rows, pieces.shapes(rows)

    yield ask


@contextmanager
def geoparquet(file: Path) -> Iterator[Ask]:
    held = pq.ParquetFile(file)
    groups = _bounds_of_groups(held)

    def ask(box: Any) -> Found:
        chosen = np.flatnonzero(meets(groups, box))
        read = held.read_row_groups(chosen.tolist(), columns=["piece", "geometry", "bbox"])
        covering = read["bbox"].combine_chunks()
        sides = [covering.field(c).to_numpy(zero_copy_only=False) for c in COVERING]
        mine = np.flatnonzero(meets(np.column_stack(sides), box))
        wkb = read["geometry"].combine_chunks().take(pa.array(mine))
        return read["piece"].to_numpy()[mine], shapely.from_wkb(wkb.to_numpy(zero_copy_only=False))

    yield ask


def _bounds_of_groups(held: pq.ParquetFile) -> Any:
    """What the statistics say that each row group lies within, (groups, 4)."""
    facts = held.metadata
    place = {facts.schema.column(i).path: i for i in range(facts.num_columns)}
    out = np.empty((facts.num_row_groups, 4))
    for row in range(facts.num_row_groups):
        group = facts.row_group(row)
        for side, name in enumerate(COVERING):
            known = group.column(place[f"bbox.{name}"]).statistics
            out[row, side] = known.min if side < 2 else known.max
    return out


@contextmanager
def duckdb_table(file: Path) -> Iterator[Ask]:
    """Both tables; the one with an index asks it as well."""
    indexed = file.suffix == ".rtree"
    with duckdb.connect(config=dict(SEALED)) as connection:
        connection.load_extension(str(spatial_extension()))
        connection.execute(f"ATTACH '{file}' AS kept (READ_ONLY)")

        def ask(box: Any) -> Found:
            statement = _statement(box, indexed)
            found = connection.execute(statement).to_arrow_table()
            wkb = found["geometry"].combine_chunks().to_numpy(zero_copy_only=False)
            return found["piece"].to_numpy(), shapely.from_wkb(wkb)

        if indexed and "RTREE" not in _plan(connection, _statement(np.zeros(4), indexed)):
            raise RuntimeError("DuckDB does not plan a scan of its index")
        yield ask


def _statement(box: Any, indexed: bool) -> str:
    west, south, east, north = map(repr, box.tolist())
    by_index = f"geometry && ST_MakeEnvelope({west}, {south}, {east}, {north}) AND"
    return f"""
        SELECT piece, ST_AsWKB(geometry) AS geometry FROM kept.pieces
        WHERE {by_index if indexed else ""} west <= {east} AND south <= {north}
          AND east >= {west} AND north >= {south}
    """


def _plan(connection: duckdb.DuckDBPyConnection, statement: str) -> str:
    return str(connection.execute(f"EXPLAIN {statement}").fetchall()[0][1])


WAYS: Mapping[str, tuple[str, Any]] = {
    "": ("PieceFolder (ours)", arrays),
    "256.parquet": ("GeoParquet, row groups of 256", geoparquet),
    "2048.parquet": ("GeoParquet, row groups of 2048", geoparquet),
    "table.rtree": ("DuckDB with RTREE", duckdb_table),
    "table.bounds": ("DuckDB, columns of bounds", duckdb_table),
}


# --- files ---------------------------------------------------------------------------------------


def write_files(made: world.World, folder: Path, counts: Mapping[str, int]) -> None:
    boxes = {size: boxes_about(made, counts[size], degrees) for size, degrees in SIZES.items()}
    many = boxes_about(made, 1000, SIZES["small"])
    np.savez(folder / "boxes.npz", many=many, **boxes)
    pieces = _pieces(made)
    shapes = pieces.shapes(np.arange(len(pieces)))
    columns = {"piece": np.arange(len(pieces))}
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=measure.LONLAT)
    for rows in (256, 2048):
        file = folder / f"{rows}.parquet"
        frame.to_parquet(file, index=False, write_covering_bbox=True, row_group_size=rows)
    table = pa.table(
        {**columns, **dict(zip(SIDES, pieces.bounds.T, strict=True)), "wkb": shapely.to_wkb(shapes)}
    )
    for name in ("table.rtree", "table.bounds"):
        _write_table(table, folder / name)


def _write_table(table: pa.Table, file: Path) -> None:
    """A DuckDB file in row groups as small as it lets them be, so that bounds leave out most."""
    with duckdb.connect(config=dict(SEALED)) as connection:
        connection.load_extension(str(spatial_extension()))
        connection.register("given", table)
        connection.execute(f"ATTACH '{file}' AS kept (ROW_GROUP_SIZE 2048)")
        sides = ", ".join(SIDES)
        connection.execute(
            f"CREATE TABLE kept.pieces AS SELECT piece, {sides}, ST_GeomFromWKB(wkb) AS geometry"
            " FROM given ORDER BY piece"
        )
        if file.suffix == ".rtree":
            connection.execute("CREATE INDEX by_box ON kept.pieces USING RTREE (geometry)")
        connection.execute("CHECKPOINT kept")


def _pieces(made: world.World) -> Pieces:
    return kept_world.light_layers(made, [kept_world.PROTECTED])[kept_world.PROTECTED].pieces


def _place(made: world.World, file: str, folder: Path) -> Path:
    """Where a way's file lies; ours is a folder beside the world."""
    name = kept_world.name_of(made, kept_world.PROTECTED)
    return folder / file if file else Path(kept_world.folder_of(made).folder) / name


def _megabytes(place: Path) -> float:
    files = [place / INDEX, place / COORDINATES] if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files) / 1e6


# --- a process for each way ----------------------------------------------------------------------


def read_boxes(given: argparse.Namespace) -> dict[str, Any]:
    """One way, asked for every box."""
    _, way = WAYS[given.way]
    place = _place(world.World(given.folder), given.way, given.work)
    boxes = np.load(given.work / "boxes.npz")
    told: dict[str, Any] = {}
    before, start = kept_world.peak_gb(), time.perf_counter()
    with way(place) as ask:
        told["open_s"] = time.perf_counter() - start
        for size in SIZES:
            for box in boxes[size]:  # nobody waits for the disk when it is timed
                ask(box)
            told[size] = _timed(ask, boxes[size])
    return told | {"mb": (kept_world.peak_gb() - before) * 1024}


def _timed(ask: Ask, boxes: Any) -> dict[str, Any]:
    clock, digest, pieces, vertices = [], hashlib.sha256(), 0, 0
    busy = 0.0
    for box in boxes:
        start, processor = time.perf_counter(), time.process_time()
        rows, shapes = ask(box)
        clock.append(time.perf_counter() - start)
        busy += time.process_time() - processor
        order = np.argsort(rows, kind="stable")
        digest.update(rows[order].astype(np.int64).tobytes())
        digest.update(shapely.get_coordinates(shapes[order]).tobytes())
        pieces += len(rows)
        vertices += int(shapely.get_num_coordinates(shapes).sum())
    p50, p95 = np.percentile(clock, (50, 95)) * 1000
    return {"p50": p50, "p95": p95, "cpu": busy / len(boxes) * 1000, "found": digest.hexdigest(),
            "pieces": pieces / len(boxes), "vertices": vertices / len(boxes)}  # fmt: skip


def index_boxes(given: argparse.Namespace) -> dict[str, Any]:
    """An index over the boxes of all pieces alone."""
    made = world.World(given.folder)
    bounds, asked = _pieces(made).bounds, np.load(given.work / "boxes.npz")["many"]
    before, start = kept_world.now_gb(), time.perf_counter()
    if given.index == "BoxIndex":
        index = BoxIndex(bounds)
        query: Callable[[Any], Found] = index.meeting
    else:
        tree = shapely.STRtree(shapely.box(*bounds.T))
        tree.query(shapely.box(0, 0, 0, 0))  # it is built when it is first asked

        def query(boxes: Any) -> Found:
            found = tree.query(shapely.box(*boxes.T))
            return found[0], found[1]

    told: dict[str, Any] = {"build_s": time.perf_counter() - start}
    told["mb"] = (kept_world.now_gb() - before) * 1024
    told["one_ms"] = _median_ms(lambda i: query(asked[i : i + 1]), 200)
    told["thousand_ms"] = _median_ms(lambda _: query(asked), 7)
    box, piece = query(asked)
    order = np.lexsort((piece, box))
    told["found"] = hashlib.sha256(np.stack([box[order], piece[order]]).tobytes()).hexdigest()
    return told | {"pairs": len(box)}


def _median_ms(work: Callable[[int], Any], times: int) -> float:
    taken = []
    for i in range(times):
        start = time.perf_counter()
        work(i)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken)) * 1000


# --- the comparison ------------------------------------------------------------------------------


def apart(given: argparse.Namespace, work: Path, *more: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--folder", str(given.folder), "--scale", str(given.scale),
               "--small", str(given.small), "--large", str(given.large), "--work", str(work),
               *more]  # fmt: skip
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def compare_ways(given: argparse.Namespace, made: world.World, folder: Path) -> bool:
    found = {file: apart(given, folder, "--way", file) for file in WAYS}
    ours = found[""]
    size_mb = {file: _megabytes(_place(made, file, folder)) for file in WAYS}
    for size, degrees in SIZES.items():
        print(f"\n{degrees} degrees from side to side: {ours[size]['pieces']:,.0f} pieces of"
              f" {ours[size]['vertices']:,.0f} vertices a box on average\n")  # fmt: skip
        print("| way | median ms a box, its / ours | 95th percentile | processor ms | on disk MB |"
              " memory MB | opened in s |\n|---|---|---|---|---|---|---|")  # fmt: skip
        for file, (label, _) in WAYS.items():
            way, one = found[file], found[file][size]
            print(f"| {label} | {one['p50']:.2f}, {one['p50'] / ours[size]['p50']:.1f} |"
                  f" {one['p95']:.2f} | {one['cpu']:.2f} | {size_mb[file]:,.0f} |"
                  f" {way['mb']:,.0f} | {way['open_s']:.2f} |", flush=True)  # fmt: skip
    answers = {tuple(way[size]["found"] for size in SIZES) for way in found.values()}
    return len(answers) == 1


def compare_indexes(given: argparse.Namespace, folder: Path) -> bool:
    names = ("BoxIndex", "STRtree")
    found = {name: apart(given, folder, "--index", name) for name in names}
    pairs = found["BoxIndex"]["pairs"]
    print(f"\n1,000 boxes of {SIZES['small']} degrees meet {pairs:,} boxes of pieces\n")
    print("| index of boxes | built in s | MB beside the bounds | ms for 1 box | ms for 1,000 |\n"
          "|---|---|---|---|---|")  # fmt: skip
    for name, one in found.items():
        print(f"| {name} | {one['build_s']:.3f} | {one['mb']:,.0f} | {one['one_ms']:.3f} |"
              f" {one['thousand_ms']:.1f} |")  # fmt: skip
    return found["BoxIndex"]["found"] == found["STRtree"]["found"]


def run(given: argparse.Namespace, folder: Path) -> int:
    made = world.make_world(given.folder, given.scale)
    kept_world.keep(made, [kept_world.PROTECTED])
    apart(given, folder, "--write")
    same = [compare_ways(given, made, folder), compare_indexes(given, folder)]
    print("\nall find the same pieces" if all(same) else "\nTHEY FIND DIFFERENT PIECES")
    return int(not all(same))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--small", type=int, default=500)
    parser.add_argument("--large", type=int, default=20)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--index", help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        counts = {"small": given.small, "large": given.large}
        write_files(world.World(given.folder), given.work, counts)
        print("{}")
    elif given.way is not None or given.index:
        print(json.dumps(read_boxes(given) if given.index is None else index_boxes(given)))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            given.folder = given.folder or Path(temporary) / "world"
            sys.exit(run(given, Path(temporary)))


if __name__ == "__main__":
    main()
