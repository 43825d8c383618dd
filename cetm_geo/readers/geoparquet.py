"""GeoParquet, batch by batch: one geometry that cannot be parsed costs one row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from cetm_geo import measure
from cetm_geo.errors import SourceError, UnsafeUpload
from cetm_geo.model import Source
from cetm_geo.readers.archives import MAX_RATIO, RATIO_FROM_BYTES
from cetm_geo.readers.crs import crs_of
from cetm_geo.readers.encodings import BY_FORMAT, text_remarks
from cetm_geo.readers.frames import (
    BATCH_ROWS,
    RawFrame,
    allowed,
    decodable,
    shapes_of_wkb,
    unreadable,
)

_FORMAT = "geoparquet"


def read_geoparquet(
    path: Path, shown: str, source: Source, never_read: tuple[str, ...]
) -> RawFrame:
    """All rows of a GeoParquet file. Raises SourceError, CRSMissing, CRSMismatch."""
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            facts = _geo_facts(file, shown)
            column = _primary(facts, file.schema_arrow.names, shown)
            names = allowed(file.schema_arrow.names, never_read)
            _refuse_bombs(file.metadata, shown)
            _refuse_other_columns(
                file.schema_arrow.field(facts["primary_column"]), column.get("encoding"), shown
            )
            if column.get("encoding") != "WKB":
                return _native(path, shown, source, names)
            tables, shapes, lost = [], [], []
            for batch in file.iter_batches(BATCH_ROWS, columns=names):
                found, broken = shapes_of_wkb(batch.column(facts["primary_column"]))
                shapes.append(found)
                lost.append(broken)
                tables.append(
                    pa.Table.from_batches([batch]).drop_columns([facts["primary_column"]])
                )
            schema = pa.schema([file.schema_arrow.field(n) for n in names])
    except NotImplementedError as error:
        raise SourceError(
            f"{shown}: holds curved geometries, which GeoParquet does not allow.",
            "Write it with straight edges.",
        ) from error
    except (ValueError, OSError, KeyError, TypeError, pa.ArrowException) as error:
        raise unreadable(shown, _FORMAT, error) from error
    schema = schema.remove(schema.get_field_index(facts["primary_column"]))
    attributes = decodable(pa.concat_tables([schema.empty_table(), *tables])).to_pandas(
        integer_object_nulls=True
    )
    geometry = np.concatenate([np.empty(0, object), *shapes])
    if not schema.names:
        attributes = pd.DataFrame(index=pd.RangeIndex(len(geometry)))
    reason = np.where(np.concatenate([np.zeros(0, bool), *lost]), "geometry cannot be read", "")
    crs = crs_of(shown, column.get("crs", measure.LONLAT), source)
    remarks = (*_edges(column), *text_remarks(attributes, BY_FORMAT))
    return RawFrame(attributes, geometry, reason.astype(object), crs, remarks, "utf-8")


def _geo_facts(file: pyarrow.parquet.ParquetFile, shown: str) -> dict[str, Any]:
    found = (file.schema_arrow.metadata or {}).get(b"geo")
    if found is None:
        raise SourceError(
            f"{shown}: a Parquet file without the metadata of GeoParquet.",
            "Write it with a tool that knows GeoParquet, or as CSV with a WKT column.",
        )
    try:
        facts: dict[str, Any] = json.loads(found)
    except RecursionError as error:
        raise SourceError(f"{shown}: its metadata have no bottom.", "Write it anew.") from error
    return facts


def _primary(facts: dict[str, Any], names: list[str], shown: str) -> dict[str, Any]:
    """What the metadata say of the column of geometries, if it is there and they are sound."""
    name = facts["primary_column"]
    found = facts["columns"].get(name)
    if name not in names or not isinstance(found, dict):
        raise SourceError(
            f"{shown}: its metadata name {name!r} as the column of its geometries; it has "
            f"{', '.join(names)}.",
            "Write it anew with a tool that knows GeoParquet.",
        )
    return found


def _refuse_bombs(facts: pyarrow.parquet.FileMetaData, shown: str) -> None:
    """Raises UnsafeUpload where a column unpacks to what no honest one does, as in `archives`."""
    for group in range(facts.num_row_groups):
        for i in range(facts.num_columns):
            column = facts.row_group(group).column(i)
            size, packed = column.total_uncompressed_size, max(column.total_compressed_size, 1)
            if size > RATIO_FROM_BYTES and size > MAX_RATIO * packed:
                raise UnsafeUpload(
                    f"{shown}: the column {column.path_in_schema!r} unpacks to more than "
                    f"{MAX_RATIO} times its size.",
                    "Write the file without compression.",
                )


def _refuse_other_columns(field: pa.Field[Any], encoding: Any, shown: str) -> None:
    """Raises SourceError where the geometries are not coded as the metadata say."""
    kinds = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
    nested = (pa.types.is_list, pa.types.is_large_list, pa.types.is_struct)
    if not any(is_kind(field.type) for is_kind in (kinds if encoding == "WKB" else nested)):
        raise SourceError(
            f"{shown}: its column {field.name!r} is said to hold {str(encoding)[:40]}, and holds "
            f"{str(field.type)[:80]}.",
            "Write it anew with a tool that knows GeoParquet.",
        )


def _edges(column: Mapping[str, Any]) -> tuple[str, ...]:
    """Edges on the sphere are read as straight in longitude and latitude, which is said."""
    if column.get("edges") != "spherical":
        return ()
    return ("its edges are great circles; they are read as straight in longitude and latitude",)


def _native(path: Path, shown: str, source: Source, names: list[str]) -> RawFrame:
    """A file whose geometries are nested lists, not WKB."""
    frame = gpd.read_parquet(path, columns=names)
    geometry = np.asarray(frame.geometry.array, dtype=object)
    attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    nothing = np.full(len(geometry), "", object)
    crs = crs_of(shown, frame.crs, source)
    return RawFrame(
        attributes, geometry, nothing, crs, text_remarks(attributes, BY_FORMAT), "utf-8"
    )
