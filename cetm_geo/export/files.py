"""Tables -> files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from cetm_geo.errors import ExportError
from cetm_geo.export import commas, geojson, gis, parquet, workbooks
from cetm_geo.export.values import json_text


class Format(StrEnum):
    """Formats of export."""

    GEOJSON = "geojson"
    CSV = "csv"
    PARQUET = "parquet"
    GEOJSONSEQ = "geojsonseq"
    GPKG = "gpkg"
    FLATGEOBUF = "fgb"
    XLSX = "xlsx"


FORMATS = tuple(one.value for one in Format)
_Writer = Callable[[Iterable[Any], Path, Mapping[str, Any]], int]
_WRITERS: Mapping[str, _Writer] = {
    Format.GEOJSON: geojson.write_collection,
    Format.CSV: commas.write_csv,
    Format.PARQUET: parquet.write_parquet,
    Format.GEOJSONSEQ: geojson.write_sequence,
    Format.GPKG: gis.write_geopackage,
    Format.FLATGEOBUF: gis.write_flatgeobuf,
    Format.XLSX: workbooks.write_xlsx,
}
# How libraries say that a disk is full or a folder is not there.
_OF_FORMATS = (DataSourceError, DataLayerError, FeatureError)
# Formats that have no room for what is said of all rows.
_BESIDE = (Format.CSV, Format.GEOJSONSEQ, Format.FLATGEOBUF)


def write(rows: Any, format_name: str, file: Path, members: Mapping[str, Any]) -> int:
    """Write rows as one of FORMATS; the file appears whole or not at all.

    Args:
        rows: a frame, or frames of the same columns one after the other: a table is never held as
            a whole where it comes in parts.
        members: provenance, kept as foreign members (GeoJSON), as metadata (Parquet), as tables
            (GeoPackage), as sheets (XLSX) or as a file <name>.sources.json beside the others; a
            CSV also has <name>.columns.csv with what its columns hold, where `members` tell.

    Returns the rows written. Raises ExportError.
    """
    if format_name not in _WRITERS:
        raise ExportError(
            f"{format_name!r} is no format of export.", f"One of {', '.join(FORMATS)}."
        )
    parts = _alike([rows] if isinstance(rows, pd.DataFrame) else rows)
    with contextlib.ExitStack() as files:
        part = files.enter_context(whole(file))
        count = _WRITERS[format_name](parts, part, members)
        if format_name in _BESIDE:
            beside = files.enter_context(whole(file.with_name(f"{file.name}.sources.json")))
            beside.write_text(json_text(members), encoding="utf-8")
        if format_name == Format.CSV and members.get("columns"):
            beside = files.enter_context(whole(file.with_name(f"{file.name}.columns.csv")))
            commas.write_dictionary(members["columns"], beside)
    return count


def _alike(parts: Iterable[Any]) -> Iterator[Any]:
    """The parts as they are. Raises ValueError where one has other columns than the first: writers
    name them once, and numbers would stand under a wrong name."""
    first = None
    for part in parts:
        names = list(part.columns)
        if first is not None and names != first:
            raise ValueError(f"a part has other columns: {sorted({*names} ^ {*first}) or 'order'}")
        first = names
        yield part


def content(rows: Any, format_name: str, members: Mapping[str, Any]) -> bytes:
    """What `write` puts into the file, without those beside it: a CSV comes without `members`.

    Raises ExportError.
    """
    with tempfile.TemporaryDirectory(prefix="cetm-geo-") as folder:
        file = Path(folder) / f"file.{format_name}"
        write(rows, format_name, file, members)
        return file.read_bytes()


@contextlib.contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A temporary file beside the target that takes its place only if all went well.

    Raises ExportError where it cannot be written.
    """
    try:
        with _beside(target) as part:
            yield part
            part.chmod(0o644)
            part.replace(target)
    except (OSError, *_OF_FORMATS) as error:
        raise ExportError(
            f"{target}: cannot be written ({getattr(error, 'strerror', None) or error}).",
            "Check the folder and its free space.",
        ) from error


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new file with the target's ending, as drivers look at it; nothing of it is left behind."""
    handle, name = tempfile.mkstemp(
        dir=target.parent, prefix=f".{target.name}.", suffix=target.suffix
    )
    os.close(handle)
    part = Path(name)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)
        for left in part.parent.glob(f"{part.name}-*"):  # of SQLite
            left.unlink(missing_ok=True)
