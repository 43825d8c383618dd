"""Rasters that a store finds again: what it keeps of them, and whether their files are the same."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from cetm_geo import readers, tables
from cetm_geo.catalog import source_format
from cetm_geo.errors import LayerError, SourceError
from cetm_geo.model import LayerSpec, Source
from cetm_geo.readers.files import parts_of
from cetm_geo.readers.rasters import open_raster
from cetm_geo.store import Store
from cetm_geo.zonal import RasterLayer

_ADAPTER = TypeAdapter(LayerSpec)
File = tuple[str, int, int]  # path, size in bytes, time of change in nanoseconds


def kept(layers: Sequence[RasterLayer]) -> Any:
    """What a store needs to open the rasters again, by `tables.RASTERS`."""
    rows = [
        {
            "layer_id": layer.spec.id,
            "folder": str(layer.folder.resolve()) if layer.folder else "",
            "definition": _definition(layer),
            "files": json.dumps([(str(path), *_stamp(path)) for path in _files(layer)]),
        }
        for layer in layers
    ]
    return tables.build(tables.RASTERS, rows or None)


def _definition(layer: RasterLayer) -> str:
    """The layer as its catalogue defines it, with the file that was read of a remote one."""
    spec = replace(layer.spec, source=layer.local) if layer.local else layer.spec
    return _ADAPTER.dump_json(spec).decode()


def _files(layer: RasterLayer) -> list[Path]:
    """Every file the raster is in; a mosaic names files that no pattern fits."""
    if layer.folder is None or layer.local is None or layer.raster is None:
        return []
    read = {path.resolve() for path in layer.raster.files}
    return sorted(_named(layer.folder, layer.local) | read)


def _named(folder: Path, source: Source) -> set[Path]:
    found = readers.matching_files(folder, source)
    return {part.resolve() for path in found for part in parts_of(path)}


def _stamp(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns


def rasters_of(store: Store) -> KeptRasters:
    """The rasters a store was built with."""
    sources = {row["layer_id"]: row for row in store.rows("layers_of_screening")}
    return KeptRasters(store.rows("rasters_of_store"), sources)


class KeptRasters:
    """The rasters of a store, opened when first asked, held against their files at each asking.

    Args:
        rows: by `tables.RASTERS`. sources: per layer id, its row of `tables.SOURCES`.
    """

    def __init__(
        self, rows: Sequence[Mapping[str, Any]], sources: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._held = [_Held(row, sources[row["layer_id"]]) for row in rows]
        self._lock = threading.Lock()

    @property
    def sources(self) -> list[Mapping[str, Any]]:
        """Of each raster, its row of `tables.SOURCES`."""
        return [held.source for held in self._held]

    def layers(self, *roles: str) -> tuple[RasterLayer, ...]:
        """Each raster (of these roles, or all), or one without answers that says why: its files
        are gone or changed."""
        with self._lock:
            return tuple(held.now() for held in self._held if not roles or held.spec.role in roles)


class _Held:
    """One raster of a store."""

    def __init__(self, row: Mapping[str, Any], source: Mapping[str, Any]) -> None:
        self.spec = _ADAPTER.validate_json(row["definition"])
        self.folder, self.source = Path(row["folder"]), source
        self.files: list[File] = [
            (str(path), int(size), int(changed)) for path, size, changed in json.loads(row["files"])
        ]
        self._opened: RasterLayer | None = None
        self._same: list[File] = self.files  # as last seen to hold the same

    def now(self) -> RasterLayer:
        """The raster, as long as its files are those of the build."""
        why = self._lost() if self.files else "the file could not be read at the build"
        if not why and self._opened is None:
            try:
                self._opened = self._open()
            except (SourceError, LayerError):
                why = "the file can no longer be read"
        if why or self._opened is None:
            none = tables.build(tables.ISSUES)
            return RasterLayer(self.spec, None, self.source, none, reason=why)
        return self._opened

    def _open(self) -> RasterLayer:
        nodata = self.spec.raster.nodata if self.spec.raster else None
        raster = open_raster(self.folder, self.spec.source, source_format(self.spec), nodata)
        return RasterLayer(self.spec, raster, self.source, tables.build(tables.ISSUES))

    def _lost(self) -> str:
        """Why the files are not those of the build, or ''; folders are not told."""
        now: list[File] = []
        for path, size, _ in self.files:
            try:
                now.append((path, *_stamp(Path(path))))
            except OSError:
                return f"{Path(path).name} is no longer where it was at the build"
            if now[-1][1] != size:
                return f"{Path(path).name} has changed since the build"
        if now != self._same and not self._holds_the_same():
            return "its files have changed since the build"
        self._same = now
        return ""

    def _holds_the_same(self) -> bool:
        """True if files of another time, as of a copied folder, have the content of the build."""
        named = _named(self.folder, self.spec.source)
        if {Path(path) for path, _, _ in self.files} != named:
            return False  # only the named files have a digest
        found = readers.read_facts(readers.matching_files(self.folder, self.spec.source))
        return bool(found.sha256 == self.source["sha256"])
