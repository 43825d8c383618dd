"""GeoParquet 1.1 with a bbox column, or plain Parquet of tables without geometry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from cetm_geo.export.bounds import Bounds
from cetm_geo.export.values import json_text, told
from cetm_geo.measure import LONLAT

_DICTS = ("indicator_status", "indicator_text", "flags")  # as JSON: their keys differ by row
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_COVERING = {"bbox": {corner: ["bbox", corner] for corner in _CORNERS}}


def write_parquet(parts: Iterable[Any], file: Path, members: Mapping[str, Any]) -> int:
    """Row group by row group; `members` as the frame's attribute `provenance`, in JSON."""
    bounds, kinds = Bounds(), set[str]()
    writer, schema, count, is_spatial = None, None, 0, False
    try:
        for part in parts:
            is_spatial = isinstance(part, gpd.GeoDataFrame)
            if is_spatial:
                shapes = part.geometry.to_numpy()
                bounds.add(shapes)
                kinds |= {x.geom_type for x in shapes if x is not None}
            table = _table(part, members)
            if writer is None or schema is None:
                schema = table.schema
                writer = pq.ParquetWriter(file, schema, compression="zstd")
            writer.write_table(table.cast(schema))
            count += len(part)
        if writer is not None and is_spatial:
            writer.add_key_value_metadata({"geo": json_text(_geo(kinds, bounds))})
    finally:
        if writer is not None:
            writer.close()
    return count


def _table(part: Any, members: Mapping[str, Any]) -> pa.Table:
    plain = pd.DataFrame(part.drop(columns="geometry", errors="ignore"))
    for name in _DICTS:
        if name in plain:
            plain[name] = [told(v) for v in plain[name]]
    plain.attrs = {"provenance": json_text(members)}
    table = pa.Table.from_pandas(plain, preserve_index=False)
    for place, name in enumerate(table.column_names):
        if pa.types.is_null(table.schema.field(name).type):  # of this part; others may have texts
            table = table.set_column(place, name, table.column(name).cast(pa.string()))
    if not isinstance(part, gpd.GeoDataFrame):
        return table
    shapes = part.geometry.to_numpy()
    place = list(part.columns).index("geometry")
    wkb = pa.array(shapely.to_wkb(shapes), pa.binary())
    return table.add_column(place, "geometry", wkb).append_column("bbox", _boxes(shapes))


def _boxes(shapes: Any) -> Any:
    """The box of each row as GeoParquet's covering, null of no shape."""
    boxes: Any = shapely.bounds(shapes)
    unknown: Any = pa.array(np.isnan(boxes).any(axis=1).tolist(), pa.bool_())
    corners = [pa.array(column) for column in boxes.T]
    return pa.StructArray.from_arrays(corners, list(_CORNERS), mask=unknown)


def _geo(kinds: set[str], bounds: Bounds) -> dict[str, Any]:
    column = {
        "encoding": "WKB",
        "geometry_types": sorted(kinds),
        "crs": CRS(LONLAT).to_json_dict(),
        "orientation": None,
        "bbox": bounds.box,
        "covering": _COVERING,
    }
    known = {key: value for key, value in column.items() if value is not None}
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": known}}
