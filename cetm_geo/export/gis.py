"""GeoPackage with a style for QGIS, and FlatGeobuf; both by GDAL, part by part."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from cetm_geo.errors import ExportError
from cetm_geo.export.styles import style_of
from cetm_geo.export.values import about, flat
from cetm_geo.measure import LONLAT

_LAYER = "rows"
_GEOMETRY = "geom"  # what GDAL calls the column of shapes in a GeoPackage; a style names it
_WKB = {b"ARROW:extension:name": b"geoarrow.wkb"}


@dataclass(frozen=True)
class _Spool:
    """Rows on disk as Arrow, so that a driver can ask for all of them and none stays in memory."""

    file: Path
    schema: pa.Schema
    count: int
    is_spatial: bool
    lacks_shapes: bool

    def batches(self) -> pa.RecordBatchReader:
        """All rows, batch by batch."""
        reader = pa.ipc.open_file(pa.OSFile(str(self.file), "rb"))
        every = (reader.get_batch(i) for i in range(reader.num_record_batches))
        return pa.RecordBatchReader.from_batches(reader.schema, every)


def write_geopackage(parts: Iterable[Any], file: Path, members: Mapping[str, Any]) -> int:
    """A layer `rows` with a style, and tables `columns`, `sources` and `about` beside it."""
    file.unlink()  # GDAL makes it anew; a name without a file is what it expects
    as_of = str(members.get("as_of") or "2000-01-01")[:10]
    # Or the moment of writing would stand in the file, and two of one store would differ.
    with _spooled(parts, file.parent) as spool, _gdal(OGR_CURRENT_DATE=f"{as_of}T00:00:00.000Z"):
        _write(spool, file, "GPKG")
        tables = {
            "columns": pd.DataFrame(members.get("columns") or [{"column": None}]),
            "sources": pd.DataFrame(members.get("sources") or [{"layer_id": None}]),
            "about": pd.DataFrame(about(members), columns=["about", "text"]),
        }
        for name, table in tables.items():
            named = flat(table.astype(object).rename(columns=str))
            pyogrio.write_dataframe(named, file, layer=name, driver="GPKG", append=True)
        style = style_of(set(spool.schema.names)) if spool.is_spatial else None
        if style:
            _add_style(file, style, as_of)
    return spool.count


def write_flatgeobuf(parts: Iterable[Any], file: Path, _: Mapping[str, Any]) -> int:
    """One layer, with an index in space unless the shapes of some rows are withheld."""
    file.unlink()
    with _spooled(parts, file.parent) as spool:
        if not spool.is_spatial:
            raise ExportError("FlatGeobuf holds shapes; these rows have none.", "Export CSV.")
        _write(spool, file, "FlatGeobuf", SPATIAL_INDEX="NO" if spool.lacks_shapes else "YES")
    return spool.count


def _write(spool: _Spool, file: Path, driver: str, **options: str) -> None:
    if not spool.is_spatial:
        for number, batch in enumerate(spool.batches()):
            rows = batch.to_pandas()
            pyogrio.write_dataframe(rows, file, layer=_LAYER, driver=driver, append=number > 0)
        return
    pyogrio.write_arrow(
        spool.batches(),
        file,
        layer=_LAYER,
        driver=driver,
        geometry_name="geometry",
        geometry_type="MultiPolygon",
        crs=LONLAT,
        layer_options=options or None,
    )


@contextmanager
def _spooled(parts: Iterable[Any], beside: Path) -> Iterator[_Spool]:
    with tempfile.TemporaryDirectory(prefix=".cetm-geo-", dir=beside) as folder:
        file = Path(folder) / "rows.arrow"
        writer, count, is_spatial, lacks = None, 0, False, False
        for part in parts:
            is_spatial = isinstance(part, gpd.GeoDataFrame)
            lacks |= is_spatial and bool(part.geometry.isna().any())
            table = _table(part)
            if writer is None:
                schema = table.schema
                writer = pa.ipc.new_file(str(file), schema)
            writer.write_table(table.cast(schema))
            count += len(part)
        assert writer is not None  # a table without rows is one part
        writer.close()
        yield _Spool(file, schema, count, is_spatial, lacks)


def _table(part: Any) -> pa.Table:
    plain = flat(pd.DataFrame(part.drop(columns="geometry", errors="ignore")))
    table = pa.Table.from_pandas(plain, preserve_index=False).replace_schema_metadata(None)
    if not isinstance(part, gpd.GeoDataFrame):
        return table
    field = pa.field("geometry", pa.binary(), metadata=_WKB)
    return table.append_column(field, pa.array(_multi(part.geometry.to_numpy()), pa.binary()))


def _multi(shapes: Any) -> Any:
    """WKB, polygons as multipolygons: a layer holds one kind."""
    single = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON)
    out = shapes.copy()
    out[single] = shapely.multipolygons(out[single], indices=np.arange(len(single)))
    return shapely.to_wkb(out)


def _add_style(file: Path, style: str, as_of: str) -> None:
    """Where QGIS looks for the style of a layer, marked as the one to show."""
    row = {
        "f_table_catalog": "",
        "f_table_schema": "",
        "f_table_name": _LAYER,
        "f_geometry_column": _GEOMETRY,
        "styleName": "CETM-Geo",
        "styleQML": style,
        "styleSLD": "",
        "useAsDefault": True,
        "description": "As on the page of CETM-Geo",
        "owner": "",
        "ui": "",
        "update_time": f"{as_of}T00:00:00.000Z",
    }
    pyogrio.write_dataframe(
        pd.DataFrame([row]),
        file,
        layer="layer_styles",
        driver="GPKG",
        append=True,
        layer_options={"FID": "id"},
    )


@contextmanager
def _gdal(**options: str) -> Iterator[None]:
    """GDAL with these options, and as it was before."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in options}
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)
