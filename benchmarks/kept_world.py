"""A world's layers in pieces that lie on disk, cut once, and light layers of them.

    python benchmarks/kept_world.py --folder DIR [--scale 0.05] [--seed 11]
                                    [--layers protected,communities,concessions,basins]

Cuts what is not cut yet, each layer in a process of its own, and prints what that took: seconds by
the clock on all cores and of the processor, and the peak of memory, the layer's whole outlines
included. The pieces lie in DIR/pieces, named by the layer, by the file they were cut from and by
the way layers are cut.

A light layer has its features' attributes in memory and the outlines of its pieces on disk, as a
server or the worker of a partition does. The whole outlines of its features are not there, and the
area of a feature is the sum of its pieces.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import world
from numpy.typing import NDArray

from cetm_geo import cutting, tables
from cetm_geo.arrays import sums
from cetm_geo.model import Layer, Role
from cetm_geo.pieces import OWN
from cetm_geo.store import PieceFolder
from cetm_geo.store.connection import sha256_of
from cetm_geo.store.pieces import digest_of, in_memory

ROLES: Mapping[str, Role] = {
    "protected": Role.PROTECTED_AREA,
    "communities": Role.COMMUNITY_LAND,
    "concessions": Role.CONCESSION,
    "basins": Role.WATER_BASIN,
}
PROTECTED = "protected"


def file_of(made: world.World, layer_id: str) -> Path:
    return made.folder / f"{layer_id}.parquet"


def folder_of(made: world.World) -> PieceFolder:
    """Where the pieces of a world's layers lie."""
    return PieceFolder(made.folder / "pieces")


def name_of(made: world.World, layer_id: str) -> str:
    """The name of a layer's pieces: another file or another way of cutting gives another one."""
    none = np.empty(0, object), np.empty(0, bool), np.empty(0, np.intp)
    return f"{layer_id}-{digest_of(*none, before=sha256_of(file_of(made, layer_id)))}"


def keep(made: world.World, layer_ids: Iterable[str] = ROLES) -> None:
    """Cut what was not cut yet, each layer in a process that ends with it."""
    for layer_id in layer_ids:
        if not folder_of(made).holds(name_of(made, layer_id)):
            command = [sys.executable, __file__, "--folder", str(made.folder), "--cut", layer_id]
            subprocess.run(command, check=True, stdout=sys.stderr)


def light_layers(
    made: world.World, layer_ids: Iterable[str] = ROLES, resident: bool = False
) -> dict[str, Layer]:
    """Layers of a world by id. resident: the outlines of their pieces are read into memory."""
    keep(made, layer_ids)
    return {layer_id: _light_layer(made, layer_id, resident) for layer_id in layer_ids}


def _light_layer(made: world.World, layer_id: str, resident: bool) -> Layer:
    file, role = file_of(made, layer_id), ROLES[layer_id]
    pieces = folder_of(made).open(name_of(made, layer_id))
    if resident:
        pieces = in_memory(pieces)
    attributes = [c for c in pq.read_schema(file).names if c not in ("geometry", "bbox")]
    frame = pq.read_table(file, columns=attributes).to_pandas()
    own = pieces.is_a(OWN)
    areas = sums(pieces.area_km2[own], pieces.feature_row[own], len(frame))
    features = world.features_of(pd.DataFrame(frame).assign(area_km2=areas), layer_id, role)
    spec = world.spec_of(file, layer_id, role)
    return Layer(spec, features, tables.build(tables.ISSUES), world.source_of(spec), pieces)


def peak_gb() -> float:
    """The most memory this process held; `getrusage` counts what its parent held as well."""
    return _memory("VmHWM")


def now_gb() -> float:
    """The memory this process holds."""
    return _memory("VmRSS")


def _memory(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(field))) / 1024**2


# --- cutting -------------------------------------------------------------------------------------


def cut(made: world.World, layer_id: str) -> None:
    """Cut a layer, keep its pieces and say what it took."""
    layer = world.layer_of(file_of(made, layer_id), layer_id, ROLES[layer_id])
    start = _clocks()
    with _clocked_cut() as halves:
        pieces = layer.cut()
    both = _clocks() - start
    folder_of(made).keep(name_of(made, layer_id), pieces)
    written = _clocks() - start - both
    own = int(pieces.is_a(OWN).sum())
    steps = {"cut": halves, "settled": both - halves, "written": written}
    took = ", ".join(f"{step} {clock:.0f} s ({cpu:.0f})" for step, (clock, cpu) in steps.items())
    print(
        f"{layer_id}: {len(layer.features):,} features in {own:,} pieces, {len(pieces) - own:,}"
        f" more for land once; seconds (of the processor): {took}; peak {peak_gb():.1f} GB",
        flush=True,
    )


def _clocks() -> NDArray[np.float64]:
    """Seconds by the clock and of the processor, all threads."""
    return np.array([time.perf_counter(), time.process_time()])


@contextmanager
def _clocked_cut() -> Iterator[NDArray[np.float64]]:
    """What goes into cutting, of a layer that is cut and settled meanwhile."""
    taken = np.zeros(2)

    def clocked(*given: object) -> object:
        start = _clocks()
        found = original(*given)
        taken[:] += _clocks() - start
        return found

    original = cutting.cut
    with mock.patch.object(cutting, "cut", clocked):
        yield taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--layers", default=",".join(ROLES))
    parser.add_argument("--cut", choices=ROLES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.cut:
        cut(world.World(given.folder), given.cut)
        return
    made = world.make_world(given.folder, given.scale, given.seed)
    keep(made, given.layers.split(","))
    for layer_id, layer in light_layers(made, given.layers.split(",")).items():
        size = sum(file.stat().st_size for file in _files_of(made, layer_id))
        print(f"{layer_id}: {len(layer.pieces):,} pieces, {size / 1e6:,.0f} MB")


def _files_of(made: world.World, layer_id: str) -> Iterable[Path]:
    return (Path(folder_of(made).folder) / name_of(made, layer_id)).iterdir()


if __name__ == "__main__":
    main()
