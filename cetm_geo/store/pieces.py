"""Pieces beside the store: a folder of plain arrays a layer, read by the boxes that are asked.

`index.npz` says of each piece what it is, where its coordinates stand in `coordinates.f64`, pairs
of float64 in degrees, and what their bits come to, so that outlines which have changed are never
handed out. Processes of one machine share what they read through the system's cache; a folder may
also lie in an object store, of which only the ranges asked for are fetched.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import shapely

from cetm_geo.arrays import Flags, Floats, Geometries, Indices, ranges
from cetm_geo.cutting import MOST_VERTICES
from cetm_geo.errors import StoreDamaged, StoreError
from cetm_geo.measure import slices
from cetm_geo.pieces import Held, Pieces
from cetm_geo.store.connection import PIECES, sha256_of, sync

INDEX, COORDINATES = "index.npz", "coordinates.f64"
RESIDENT_BYTES = 1 << 30  # pieces of more than this are left on disk, one copy for all processes
_LAYOUT = 3  # of the files, and of the way layers are cut
_POINT, _LINE, _POLYGON = range(3)
_VERTEX = 16  # bytes
_GAP = 512  # vertices that are read through rather than skipped


class Bytes(Protocol):
    """A file of which ranges are read."""

    def size(self) -> int:
        """Bytes it has."""

    def read(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """The bytes from each start to each end."""


class LocalFile:
    """A file of this machine; threads read it at once, a process it is sent to opens it again."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDONLY)

    def __str__(self) -> str:
        return self.path

    def __reduce__(self) -> Any:
        return LocalFile, (self.path,)

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)

    def size(self) -> int:
        """Bytes it has."""
        return os.fstat(self._descriptor).st_size

    def read(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """The bytes from each start to each end. Raises StoreDamaged where the file is shorter."""
        out = [os.pread(self._descriptor, end - start, start) for start, end in ranges]
        if any(len(b) != end - start for b, (start, end) in zip(out, ranges, strict=True)):
            raise StoreDamaged(f"{self.path}: shorter than its index says.", "Build again.")
        return out


class RemoteFile:
    """A file at an address (s3://, gs://, https://), read by fsspec."""

    def __init__(self, address: str) -> None:
        import fsspec  # noqa: PLC0415  # an extra: only where pieces lie elsewhere

        self.address = address
        self._files, self._path = fsspec.core.url_to_fs(address)

    def __str__(self) -> str:
        return self.address

    def __reduce__(self) -> Any:
        return RemoteFile, (self.address,)

    def size(self) -> int:
        """Bytes it has."""
        return int(self._files.size(self._path))

    def read(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """The bytes from each start to each end."""
        starts, ends = zip(*ranges, strict=True)
        return list(self._files.cat_ranges([self._path] * len(starts), list(starts), list(ends)))


class OnDisk:
    """Outlines that are read when they are asked for."""

    def __init__(self, index: dict[str, Any], file: Bytes) -> None:
        self._index, self._file = index, file

    @property
    def size_bytes(self) -> int:
        """Bytes of all coordinates."""
        return int(self._index["ring_start"][-1]) * _VERTEX

    def take(self, rows: Indices) -> Geometries:
        """The outlines at these positions."""
        rows = np.asarray(rows, dtype=np.intp)
        if (np.diff(rows) <= 0).any():
            unique, back = np.unique(rows, return_inverse=True)
            return np.asarray(self._ordered(unique)[back], dtype=object)
        return self._ordered(rows)

    def _ordered(self, rows: Indices) -> Geometries:
        out = np.full(len(rows), None, object)
        kind = self._index["kind"][rows]
        coords, rings, of_ring = self._coordinates(rows)
        for one, build in ((_POINT, _points), (_LINE, _lines)):
            mine = np.flatnonzero(kind == one)
            if len(mine):
                chosen = np.isin(of_ring, mine)
                out[mine] = build(coords, rings[:-1][chosen], rings[1:][chosen])
        mine = np.flatnonzero(kind == _POLYGON)
        if len(mine):
            out[mine] = self._polygons(rows[mine], coords, rings, np.isin(of_ring, mine))
        return out

    def _coordinates(self, rows: Indices) -> tuple[Floats, Indices, Indices]:
        """Coordinates of pieces, where each of their rings starts and the last ends, and of which
        piece each ring is."""
        first, last = self._index["piece_start"][rows], self._index["piece_start"][rows + 1]
        part_ring = self._index["part_start"]
        of_ring, rings = ranges(part_ring[first], part_ring[last] - part_ring[first])
        starts, ends = self._index["ring_start"][rings], self._index["ring_start"][rings + 1]
        coords = self._read(starts, ends)
        through = np.r_[0, np.cumsum(ends - starts)]
        of_rows = through[np.r_[0, np.cumsum(np.bincount(of_ring, minlength=len(rows)))]]
        if (_sums(coords, of_rows) != self._index["sum"][rows]).any():
            raise StoreDamaged(f"{self._file}: outlines in it have changed.", "Build again.")
        return coords, through, of_ring

    def _read(self, starts: Indices, ends: Indices) -> Floats:
        """Vertices of ranges in rising order, read in as few runs as stand together."""
        if not len(starts):
            return np.empty((0, 2))
        new = np.r_[True, starts[1:] - ends[:-1] > _GAP]
        run = np.cumsum(new) - 1
        run_start = starts[new]
        run_end = ends[np.r_[np.flatnonzero(new)[1:] - 1, len(ends) - 1]]
        spans = list(zip((run_start * _VERTEX).tolist(), (run_end * _VERTEX).tolist(), strict=True))
        read = np.frombuffer(b"".join(self._file.read(spans)), np.float64).reshape(-1, 2)
        before = np.r_[0, np.cumsum(run_end - run_start)[:-1]]
        moved = starts - run_start[run] + before[run]
        if len(read) == (ends - starts).sum():
            return read
        _, vertex = ranges(moved, ends - starts)
        return read[vertex]

    def _polygons(self, rows: Indices, coords: Floats, rings: Indices, chosen: Flags) -> Geometries:
        first, last = self._index["piece_start"][rows], self._index["piece_start"][rows + 1]
        of_part, parts = ranges(first, last - first)
        count = self._index["part_start"][parts + 1] - self._index["part_start"][parts]
        if not chosen.all():
            starts, ends = rings[:-1][chosen], rings[1:][chosen]
            _, vertex = ranges(starts, ends - starts)
            coords, rings = coords[vertex], np.r_[0, np.cumsum(ends - starts)]
        part_rings = np.r_[0, np.cumsum(count)]
        polygons = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, coords, (rings, part_rings)
        )
        out = np.full(len(rows), None, object)
        sizes = last - first
        single = sizes[of_part] == 1
        out[of_part[single]] = polygons[single]
        if not single.all():
            several = np.flatnonzero(sizes > 1)
            place = np.searchsorted(several, of_part[~single])
            out[several] = shapely.multipolygons(polygons[~single], indices=place)
        return out


def _points(coords: Floats, starts: Indices, _: Indices) -> Geometries:
    return np.asarray(shapely.points(coords[starts]), dtype=object)


def _lines(coords: Floats, starts: Indices, ends: Indices) -> Geometries:
    line, vertex = ranges(starts, ends - starts)
    return np.asarray(shapely.linestrings(coords[vertex], indices=line), dtype=object)


def _sums(coords: Floats, starts: Indices) -> Any:
    """What the bits of the coordinates of each piece come to; one changed bit changes it."""
    bits = np.ascontiguousarray(coords, np.float64).view(np.uint64).sum(axis=1, dtype=np.uint64)
    through = np.r_[np.uint64(0), np.cumsum(bits, dtype=np.uint64)]
    return through[starts[1:]] - through[starts[:-1]]


def _index_of(pieces: Pieces, shapes: Geometries) -> tuple[dict[str, Any], Floats]:
    """Where the coordinates of pieces stand: pieces have parts, parts rings, rings vertices."""
    dimension = shapely.get_dimensions(shapes)
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    land = shapely.get_dimensions(parts) == 2
    rings, of_ring = shapely.get_rings(parts[land], return_index=True)
    chains = np.concatenate([rings, parts[~land]])
    part = np.concatenate([np.flatnonzero(land)[of_ring], np.flatnonzero(~land)])
    order = np.argsort(part, kind="stable")
    chains, part = chains[order], part[order]
    coords = shapely.get_coordinates(chains)
    index = {
        "kind": dimension.astype(np.uint8),
        "piece_start": _starts(of_part, len(shapes)),
        "part_start": _starts(part, len(parts)),
        "ring_start": np.r_[0, np.cumsum(shapely.get_num_coordinates(chains))].astype(np.int64),
    }
    first_ring = index["part_start"][index["piece_start"]]
    index["sum"] = _sums(coords, index["ring_start"][first_ring])
    return index, coords


def _starts(owner: Indices, count: int) -> Indices:
    through = np.cumsum(np.bincount(owner, minlength=count))
    return np.asarray(np.r_[0, through], dtype=np.intp)


class PieceFolder:
    """The pieces of layers, each in a folder named by what it was cut from."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = str(folder)

    @property
    def is_remote(self) -> bool:
        """True where the folder is an address."""
        return "://" in self.folder

    def holds(self, name: str) -> bool:
        """True where pieces of this name were kept."""
        return (Path(self.folder) / name / INDEX).is_file()

    def keep(self, name: str, pieces: Pieces) -> None:
        """Write pieces under a name, whole or not at all. Raises StoreError (disk full, ...)."""
        target = Path(self.folder) / name
        part = target.with_name(f"{name}.{os.getpid()}.part")
        # A build that was killed may have had the same number: in a container they all have.
        shutil.rmtree(part, ignore_errors=True)
        try:
            part.mkdir(parents=True)
            _write(part, pieces)
            sync(part)
            part.replace(target)
            sync(target.parent)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            if target.is_dir():
                return  # another build has kept the same
            raise StoreError(
                f"{target}: pieces cannot be written ({error.strerror}).",
                "Check free space and permissions, then build again.",
            ) from error

    def open(self, name: str) -> Pieces:
        """The pieces of this name, outlines left on disk. Raises StoreDamaged."""
        base = f"{self.folder}/{name}"
        try:
            index = _read_index(f"{base}/{INDEX}", self.is_remote)
            file: Bytes = (RemoteFile if self.is_remote else LocalFile)(f"{base}/{COORDINATES}")
            columns = [index[c] for c in ("feature_row", "bounds", "area_km2", "flags")]
            _check_index(index, file)
        except (
            OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error
        ) as error:  # fmt: skip
            raise StoreDamaged(f"{base}: its pieces cannot be read.", "Build again.") from error
        rows, bounds, areas, flags = columns
        return Pieces(rows.astype(np.intp), bounds, areas, flags, OnDisk(index, file))

    def drop_all_but(self, names: set[str]) -> None:
        """Remove pieces that no kept generation uses."""
        for found in Path(self.folder).iterdir():
            if found.name not in names:
                shutil.rmtree(found, ignore_errors=True)


def pieces_beside(store: Path) -> PieceFolder:
    """Where the pieces of a store's layers are kept, for all its generations."""
    return PieceFolder(store / PIECES)


def facts_of(folder: Path, name: str) -> dict[str, Any]:
    """Size and digest of what pieces of a name are kept in."""
    files = [folder / name / file for file in (INDEX, COORDINATES)]
    return {
        "size_bytes": [file.stat().st_size for file in files],
        "sha256": [sha256_of(file) for file in files],
    }


def check(folder: Path, facts: dict[str, Any], content: bool = False) -> None:
    """Hold kept pieces against what a manifest says. content: read them whole.

    Raises StoreDamaged.
    """
    for file, size, digest in zip(
        (INDEX, COORDINATES), facts["size_bytes"], facts["sha256"], strict=True
    ):
        path = folder / facts["name"] / file
        found = path.stat().st_size if path.is_file() else -1
        if found != size:
            raise StoreDamaged(
                f"{path}: {found} bytes, the manifest says {size}.", "Build the store again."
            )
        if content and sha256_of(path) != digest:
            raise StoreDamaged(
                f"{path}: its content differs from the manifest (sha256).", "Build the store again."
            )


def _write(folder: Path, pieces: Pieces) -> None:
    shapes = pieces.shapes(np.arange(len(pieces)))
    index, _ = _index_of(pieces, shapes[:0])
    with (folder / COORDINATES).open("wb") as handle:
        indexes = []
        for part in slices(shapes):
            one, coords = _index_of(pieces, shapes[part])
            handle.write(np.ascontiguousarray(coords, np.float64).tobytes())
            indexes.append(one)
        handle.flush()
        os.fsync(handle.fileno())
    index = _stacked(indexes) if indexes else index
    with (folder / INDEX).open("wb") as handle:
        np.savez(
            handle,
            feature_row=pieces.feature_row.astype(np.int32),
            bounds=pieces.bounds,
            area_km2=pieces.area_km2,
            flags=pieces.flags.astype(np.uint8),
            **index,
        )
        handle.flush()
        os.fsync(handle.fileno())


def _stacked(indexes: list[dict[str, Any]]) -> dict[str, Any]:
    out = {name: np.concatenate([i[name] for i in indexes]) for name in ("kind", "sum")}
    for name in ("piece_start", "part_start", "ring_start"):
        ends = np.cumsum([0, *(i[name][-1] for i in indexes)])
        moved = [i[name][1:] + end for i, end in zip(indexes, ends[:-1], strict=True)]
        out[name] = np.concatenate([[0], *moved]).astype(np.int64)
    return out


def _read_index(path: str, remote: bool) -> dict[str, Any]:
    if remote:
        import fsspec  # noqa: PLC0415

        with fsspec.open(path, "rb") as handle, np.load(handle, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    with Path(path).open("rb") as handle, np.load(handle, allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def _check_index(index: dict[str, Any], file: Bytes) -> None:
    """Raises ValueError where an index is not whole, or not of these coordinates."""
    pieces, parts = len(index["feature_row"]), len(index["part_start"]) - 1
    whole = (
        index["bounds"].shape == (pieces, 4)
        and all(index[c].shape == (pieces,) for c in ("area_km2", "flags", "kind", "sum"))
        and index["piece_start"].shape == (pieces + 1,)
        and index["piece_start"][-1] == parts
        and index["part_start"][-1] == len(index["ring_start"]) - 1
        and index["ring_start"][-1] * _VERTEX == file.size()
    )
    if not whole:
        raise ValueError("not the index of these coordinates")


def digest_of(shapes: Geometries, counted: Flags, classes: Indices, before: str = "") -> str:
    """A name for what is cut: the same outlines and the same way of cutting give the same name.

    before: the digest of the layer that comes first in the role, whose land this one loses.
    """
    digest = hashlib.blake2b(f"{_LAYOUT} {MOST_VERTICES} {before}".encode(), digest_size=12)
    for part in slices(shapes):
        for wkb in shapely.to_wkb(shapes[part]):
            digest.update(wkb)
    digest.update(np.asarray(counted, bool).tobytes())
    digest.update(np.asarray(classes, np.int64).tobytes())
    return digest.hexdigest()


def resident(pieces: dict[str, Pieces], limit: int = RESIDENT_BYTES) -> dict[str, Pieces]:
    """Pieces of layers with their outlines in memory, if all together are not more than `limit`."""
    size = sum(p.held.size_bytes for p in pieces.values() if isinstance(p.held, OnDisk))
    if size > limit:
        return pieces
    return {name: in_memory(p) for name, p in pieces.items()}


def in_memory(pieces: Pieces) -> Pieces:
    """The same pieces, their outlines read."""
    shapes = pieces.shapes(np.arange(len(pieces)))
    return Pieces(pieces.feature_row, pieces.bounds, pieces.area_km2, pieces.flags, Held(shapes))
