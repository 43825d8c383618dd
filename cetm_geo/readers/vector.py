"""Vector files through GDAL, as a stream of Arrow batches, and GeoParquet.

GDAL reads a file only after its first bytes were seen to be of the declared format, so that text
named .geojson which is something else never reaches another driver; and it reaches no network.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pyogrio
import shapely
from numpy.typing import NDArray

from cetm_geo.errors import SourceError
from cetm_geo.formats import FORMATS
from cetm_geo.model import Source
from cetm_geo.readers.crs import crs_of, unknown_geojson_crs
from cetm_geo.readers.frames import RawFrame, joined

# A straightened arc lies within this share of its radius: 1 - cos of half a step.
_ARC_STEP_DEGREES = 0.5
_ARC_ERROR = "0.001 %"
pyogrio.set_gdal_config_options(
    {
        # Nothing listens there: a GeoJSON can name its CRS by a URL, which GDAL would fetch.
        "GDAL_HTTP_PROXY": "127.0.0.1:9",
        "GML_SKIP_RESOLVE_ELEMS": "ALL",
        "OGR_ARC_STEPSIZE": str(_ARC_STEP_DEGREES),
    }
)
_BATCH_ROWS = 8192
_SHAPE_HEADER_BYTES = 100
_CURVES = frozenset(range(8, 15))  # WKB codes: CircularString to Surface


@dataclass(frozen=True)
class Target:
    """What GDAL is asked to open. name: as GDAL takes it. shown: as errors and people name it."""

    name: str
    shown: str
    format_name: str
    layer: str | None = None


def read_vector(
    path: Path, shown: str, source: Source, format_name: str, never_read: tuple[str, ...]
) -> RawFrame:
    """All rows of one vector file, or of those layers of it that the source names.

    Raises SourceError, CRSMissing, CRSMismatch.
    """
    if format_name == "geoparquet":
        return _read_geoparquet(path, shown, source, never_read)
    with _opened_where_gdal_may_write(path, format_name) as place:
        target = Target(FORMATS[format_name].driver + str(place), shown, format_name)
        if not FORMATS[format_name].layered:
            return _read_target(target, source, never_read)
        return joined(
            [
                _read_target(Target(target.name, shown, format_name, name), source, never_read)
                for name in _chosen_layers(target, source)
            ]
        )


@contextmanager
def _opened_where_gdal_may_write(path: Path, format_name: str) -> Iterator[Path]:
    """The GML driver writes a schema beside the file; it gets a link in a folder of its own."""
    if format_name != "gml":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="cetm-geo-") as folder:
        link = Path(folder) / path.name
        link.symlink_to(path.resolve())
        yield link


def layer_names(path: Path, shown: str, format_name: str) -> list[str]:
    """Names of the layers a layered vector file holds. Raises SourceError where it is unreadable."""
    with _opened_where_gdal_may_write(path, format_name) as place:
        return _layer_names(Target(FORMATS[format_name].driver + str(place), shown, format_name))


def _layer_names(target: Target) -> list[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the same is said, and kept, when a layer is read
            listed = pyogrio.list_layers(target.name)
    except (RuntimeError, ValueError) as error:  # pyogrio's
        raise _unreadable(target, error) from error
    return [str(name) for name, kind in listed if kind is not None] or [str(n) for n, _ in listed]


def _chosen_layers(target: Target, source: Source) -> list[str]:
    """The layers to read: the named one, all of them for `*`, or the only one."""
    names = _layer_names(target)
    if target.format_name == "gpx":
        names = [name for name in names if _rows_in(target, name)]
    if source.layer == "*" or (not source.layer and len(names) == 1):
        return names
    if source.layer in names:
        return [source.layer]
    problem = f"has no layer {source.layer!r}; it has" if source.layer else "holds several layers:"
    if not names:
        raise SourceError(f"{target.shown}: holds no layer.", "Ask for the file again.")
    raise SourceError(
        f"{target.shown}: {problem} {', '.join(names)}.",
        "Name one of them as source.layer, or * for all.",
    )


def _rows_in(target: Target, layer: str) -> int:
    return int(pyogrio.read_info(target.name, layer=layer, force_feature_count=True)["features"])


def _read_target(target: Target, source: Source, never_read: tuple[str, ...]) -> RawFrame:
    options: dict[str, Any] = {"encoding": source.encoding} if source.encoding else {}
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            info = pyogrio.read_info(target.name, layer=target.layer, **options)
            columns = _allowed(info["fields"], never_read)
            attributes, geometry, lost, curved = _stream(target, columns, options)
    except (RuntimeError, ValueError, OSError, pa.ArrowException) as error:
        raise _unreadable(target, error) from error
    _refuse_an_empty_index(target, len(geometry))
    reason = "geometry cannot be read (an unclosed ring or too few points)"
    unreadable = np.where(lost, reason, "").astype(object)
    unknown = (
        unknown_geojson_crs(Path(target.name.removeprefix("GeoJSON:")))
        if (target.format_name == "geojson")
        else None
    )
    crs = crs_of(target.shown, unknown or info["crs"], source)
    remarks = _remarks(warned)
    if curved:
        remarks += (
            f"{curved} curved geometries were straightened, to within {_ARC_ERROR} of an arc's radius",
        )
    return RawFrame(attributes, geometry, unreadable, crs, remarks)


def _stream(
    target: Target, columns: list[str], options: dict[str, Any]
) -> tuple[pd.DataFrame, NDArray[np.object_], NDArray[np.bool_], int]:
    """Attributes, shapes, which of them could not be parsed, how many were curved."""
    tables, shapes, lost, curved = [], [], [], 0
    with pyogrio.open_arrow(
        target.name,
        layer=target.layer,
        columns=columns,
        batch_size=_BATCH_ROWS,
        use_pyarrow=True,
        datetime_as_string=True,
        **options,
    ) as (info, batches):
        name = info["geometry_name"] or "wkb_geometry"
        for batch in batches:
            table = pa.Table.from_batches([batch])
            wkb = table.column(name).to_numpy(zero_copy_only=False)
            try:
                found = _shapes(wkb)
            except NotImplementedError:  # curves, which pyogrio's other way of reading straightens
                curved += 1
                found = np.full(len(wkb), None, object)
            tables.append(table.drop_columns([name]))
            shapes.append(found)
            lost.append(shapely.is_missing(found) & np.array([w is not None for w in wkb], bool))
        schema = batches.schema
    if not tables:
        empty = pa.schema([f for f in schema if f.name != name]).empty_table()
        return empty.to_pandas(), np.empty(0, object), np.empty(0, bool), 0
    attributes = pa.concat_tables(tables).to_pandas()
    geometry = np.concatenate(shapes)
    if curved:
        wkb = pyogrio.raw.read(target.name, layer=target.layer, columns=[])[2]
        geometry = _shapes(wkb)
        lost = [shapely.is_missing(geometry) & np.array([w is not None for w in wkb], bool)]
        curved = _count_curves(target)
    return attributes, geometry, np.concatenate(lost), curved


def _count_curves(target: Target) -> int:
    _, table = pyogrio.read_arrow(target.name, layer=target.layer, columns=[])
    codes = [w[1] if w[0] else w[4] for w in table.column(0).to_pylist() if w is not None]
    return sum(code in _CURVES for code in codes)


def _shapes(wkb: NDArray[np.object_]) -> NDArray[np.object_]:
    with np.errstate(invalid="ignore"):  # a coordinate that is no number is rejected later
        return np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)


def _refuse_an_empty_index(target: Target, rows: int) -> None:
    """A .shx without records beside a full .shp: GDAL reads no rows and says nothing."""
    if target.format_name == "shapefile" and not rows:
        if Path(target.name).stat().st_size > _SHAPE_HEADER_BYTES:
            raise SourceError(
                f"{target.shown}: its index (.shx) lists no records though the file holds shapes.",
                "Rebuild the .shx, or ask for the shapefile again.",
            )


def _remarks(warned: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """What GDAL warned of, each once; an unclosed ring is told of feature by feature instead."""
    texts = dict.fromkeys(" ".join(str(w.message).split()) for w in warned)
    return tuple(text for text in texts if not text.startswith("Non closed ring"))


def _allowed(names: Any, never_read: tuple[str, ...]) -> list[str]:
    barred = {name.casefold() for name in never_read}
    return [str(name) for name in names if str(name).casefold() not in barred]


def _unreadable(target: Target, error: BaseException) -> SourceError:
    return unreadable(target.shown, target.format_name, error)


def unreadable(shown: str, format_name: str, error: BaseException) -> SourceError:
    """The error of a file that a reader gave up on, in one line."""
    why = " ".join(str(error).split())[:300].rstrip(".")
    return SourceError(
        f"{shown}: cannot be read as {format_name}: {why}.", "Mend or fetch it again."
    )


def _read_geoparquet(
    path: Path, shown: str, source: Source, never_read: tuple[str, ...]
) -> RawFrame:
    try:
        names = _allowed(pyarrow.parquet.read_schema(path).names, never_read)
        frame = gpd.read_parquet(path, columns=names)
    except (ValueError, OSError, KeyError, shapely.errors.ShapelyError) as error:
        raise unreadable(shown, "geoparquet", error) from error
    geometry = np.asarray(frame.geometry.array, dtype=object)
    attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return RawFrame(
        attributes, geometry, np.full(len(geometry), "", object), crs_of(shown, frame.crs, source)
    )
