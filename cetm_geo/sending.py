"""What travels between a build and its workers: layers without outlines, sites, evidence.

Layers are not sent: workers read their pieces, only what a part's boxes meet, from the folder that
a build keeps them in, or from an address they are copied to. What else measuring asks of the layers
stands beside them in one file while the build runs.
"""

from __future__ import annotations

import pickle
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import uuid4

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cetm_geo import measure, tables
from cetm_geo.arrays import Flags
from cetm_geo.errors import CetmError, ClusterError
from cetm_geo.evidence import Evidence, Task, measure_part
from cetm_geo.ground import Extent, Ground
from cetm_geo.model import Layer, LayerSpec
from cetm_geo.store import PieceFolder
from cetm_geo.store.pieces import COORDINATES, INDEX
from cetm_geo.version import VERSION
from cetm_geo.views import Grouped, View

SAME_SOFTWARE = f"Install cetm-geo[cluster] {VERSION} there with the versions of constraints.txt."
THERE = Ground({}, (), {})  # stands in a task that travels for the one that a worker opens
_SENT, _LAYERS = ".sent-", "layers.pickle"
_ASKED_OF_FEATURES = ("area_km2", "counted", "class_id", "group_id", "site_id")

# --- what is sent, and what comes back -----------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """Sites of a part, as they travel."""

    columns: Any
    wkb: Any

    @staticmethod
    def of(sites: Any) -> Part:
        """Some sites."""
        columns = pd.DataFrame(sites.drop(columns="geometry"))
        return Part(columns, shapely.to_wkb(sites.geometry.to_numpy()))

    @property
    def sites(self) -> Any:
        """The sites again, to the last bit."""
        geometry = shapely.from_wkb(self.wkb)
        return gpd.GeoDataFrame(self.columns, geometry=geometry, crs=measure.LONLAT)


def packed(found: Evidence) -> Evidence:
    """Evidence as it travels: shapes as WKB, without the sites."""
    shapes: dict[str, Any] = {name: shapely.to_wkb(land) for name, land in found.shapes.items()}
    return replace(found, sites=None, shapes=shapes)


def unpacked(found: Evidence, sites: Any) -> Evidence:
    """The evidence of sites again."""
    shapes = {name: shapely.from_wkb(land) for name, land in found.shapes.items()}
    return replace(found, sites=sites, shapes=shapes)


@dataclass(frozen=True)
class Sent:
    """Where workers find the layers, the digest of what they must find, and who sent it."""

    folder: str
    name: str
    digest: str
    software: tuple[tuple[str, str], ...]

    @property
    def file(self) -> str:
        """Path or address of the layers."""
        return f"{self.folder}/{self.name}/{_LAYERS}"


@dataclass(frozen=True)
class Layers:
    """A ground without outlines: what measuring asks of features, and the names of pieces."""

    layers: Sequence[tuple[LayerSpec, Any, Mapping[str, Any]]]
    asked: Sequence[str]
    names: Mapping[str, str]
    extents: Mapping[str, Any]
    views: Mapping[str, Mapping[str, Flags]]

    @staticmethod
    def of(ground: Ground) -> Layers:
        """What workers need of a ground. Raises ClusterError where pieces are not kept."""
        asked = [layer.spec.id for layer in ground.asked]
        names = {name: ground.names[name] for name in asked if ground.names.get(name)}
        for layer in ground.asked:
            if layer.spec.id not in names and not layer.failed:
                raise ClusterError(
                    f"layer {layer.spec.id}: its pieces are in memory alone.",
                    "Make the ground with a folder that keeps them.",
                )
        layers = []
        for layer in ground.layers.values():
            features = layer.features if layer.spec.id in names else layer.features.iloc[:0]
            columns = pd.DataFrame(features[[c for c in _ASKED_OF_FEATURES if c in features]])
            layers.append((layer.spec, columns, dict(layer.source)))
        extents = {k: None if x is None else x.polygon for k, x in ground.extents.items()}
        views = {k: {x.id: x.chosen for x in own} for k, own in ground.grouped.views.items()}
        return Layers(layers, asked, names, extents, views)

    def ground(self, kept: PieceFolder) -> Ground:
        """The ground again, its pieces opened. Raises StoreDamaged."""
        held = {layer: kept.open(name) for layer, name in self.names.items()}
        layers = {
            spec.id: Layer(spec, columns, tables.build(tables.ISSUES), source, held.get(spec.id))
            for spec, columns, source in self.layers
        }
        extents = {k: None if x is None else Extent(x) for k, x in self.extents.items()}
        views = {
            name: tuple(View.of(layers[name], *one) for one in chosen.items())
            for name, chosen in self.views.items()
            if name in held
        }
        asked = tuple(layers[name] for name in self.asked)
        return Ground(layers, asked, extents, self.names, grouped=Grouped(views=views))


@dataclass
class Shared:
    """The folder that a build and its workers share."""

    kept: PieceFolder
    seen: str
    _put: list[str] = field(default_factory=list)

    def put(self, ground: Ground) -> Sent:
        """Have workers find a ground."""
        data = pickle.dumps(Layers.of(ground))
        name, digest = f"{_SENT}{uuid4().hex}", blake2b(data, digest_size=16).hexdigest()
        try:
            system, root = self._own
            if self._is_address:
                self._copy(system, root, sorted(filter(None, ground.names.values())))
            system.makedirs(f"{root}/{name}", exist_ok=True)
            self._put.append(name)
            system.pipe_file(f"{root}/{name}/{_LAYERS}", data)
        except (OSError, ValueError, ImportError) as error:
            raise ClusterError(
                f"{self.seen}: cannot be written ({said_of(error)}).",
                "Check the address, space and permissions.",
            ) from error
        return Sent(self.seen, name, digest, tuple(software().items()))

    def clear(self) -> None:
        """Leave nothing there but pieces."""
        for name in self._put:
            with suppress(OSError):
                system, root = self._own
                system.rm(f"{root}/{name}", recursive=True)
        self._put.clear()

    @property
    def _is_address(self) -> bool:
        return PieceFolder(self.seen).is_remote

    @property
    def _own(self) -> tuple[Any, str]:
        """The folder as it is seen from here."""
        import fsspec  # noqa: PLC0415 - comes with the extra

        system, root = fsspec.core.url_to_fs(self.seen if self._is_address else self.kept.folder)
        return system, str(root)

    def _copy(self, system: Any, root: str, names: Sequence[str]) -> None:
        """Pieces that are not there yet. A name tells what they were cut from."""
        for name in names:
            system.makedirs(f"{root}/{name}", exist_ok=True)
            for file in (COORDINATES, INDEX):
                mine, theirs = Path(self.kept.folder) / name / file, f"{root}/{name}/{file}"
                if not (system.exists(theirs) and system.size(theirs) == mine.stat().st_size):
                    system.put_file(str(mine), theirs)


# --- on a worker ---------------------------------------------------------------------------------

_OPENING = threading.Lock()


def measure_sent(part: Part, sent: Sent, asked: Task) -> Evidence | CetmError:
    """A part's evidence, or what ends the build."""
    try:
        with _OPENING:
            ground = _opened(sent)
        return packed(measure_part(part.sites, replace(asked, ground=ground)))
    except CetmError as error:
        return error


@lru_cache(maxsize=2)  # of two builds at once
def _opened(sent: Sent) -> Ground:
    """The layers, once for all parts that this process measures.

    Raises ClusterError where they are not found or this is not the software that sent them.
    """
    import fsspec  # noqa: PLC0415 - comes with the extra

    here = f"The worker on {socket.gethostname()}"
    check_same(here, software(), dict(sent.software))
    try:
        with fsspec.open(sent.file, "rb") as handle:
            data = handle.read()
    except (OSError, ValueError, ImportError) as error:
        raise ClusterError(
            f"{here} cannot read {sent.file} ({said_of(error)}).",
            "Workers must see the store's folder under the same path, or be told with --pieces.",
        ) from error
    if blake2b(data, digest_size=16).hexdigest() != sent.digest:
        raise ClusterError(f"{here} finds another {sent.file} than was sent.", "Build again.")
    layers: Layers = pickle.loads(data)
    return layers.ground(PieceFolder(sent.folder))


def said_of(error: BaseException) -> str:
    """An error's message on one line."""
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__


# --- versions ----------------------------------------------------------------------------------


def software() -> dict[str, str]:
    """Versions of what a number rests on, here."""
    return {"cetm-geo": VERSION, **measure.software_versions(), "numpy": np.__version__}


def check_same(who: str, found: Any, wanted: Mapping[str, str]) -> None:
    """Raises ClusterError where somebody has other software, or could not tell (an exception)."""
    if isinstance(found, BaseException):
        raise ClusterError(
            f"{who} cannot run cetm-geo ({said_of(found)}).", SAME_SOFTWARE
        ) from found
    other = [f"{name} {found.get(name)} and not {v}" for name, v in wanted.items()
             if found.get(name) != v]  # fmt: skip
    if other:
        raise ClusterError(f"{who} has {', '.join(other)}: its numbers may differ.", SAME_SOFTWARE)
