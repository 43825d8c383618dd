"""Vector files through GDAL, as a stream of Arrow batches.

GDAL reads a file only after its first bytes were seen to be of the declared format, so that text
named .geojson which is something else never reaches another driver; and it reaches no network.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pyogrio
from numpy.typing import NDArray

from cetm_geo.errors import SourceError
from cetm_geo.formats import DBF_NAME_LETTERS, FORMATS
from cetm_geo.model import Source
from cetm_geo.readers.crs import crs_of, unknown_geojson_crs
from cetm_geo.readers.dbf import encoding_of_table
from cetm_geo.readers.descriptions import with_described_columns
from cetm_geo.readers.encodings import BY_FORMAT, Encoding, checked, text_remarks
from cetm_geo.readers.files import parts_of
from cetm_geo.readers.frames import (
    BATCH_ROWS,
    RawFrame,
    allowed,
    decodable,
    joined,
    shapes_of_wkb,
    unreadable,
)
from cetm_geo.readers.geojson import lines_passed_over, odd_type, passed_over
from cetm_geo.readers.geoparquet import read_geoparquet
from cetm_geo.readers.gpx import check_places
from cetm_geo.readers.mapinfo import check_mapinfo_parts, check_mapinfo_rows
from cetm_geo.readers.rows import unique_names
from cetm_geo.readers.shapefile import check_parts

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
_AWKWARD = re.compile(r"[\x00-\x1f;!\x7f\ud800-\udfff]")
_SHAPE_HEADER_BYTES = 100
_NO_GEOJSON = "Failed to read GeoJSON data"
_SRS_NAME = re.compile(rb"""srsName\s*=\s*["']([^"']+)""")
_CURVES = frozenset(range(8, 15))  # WKB codes: CircularString to Surface


@dataclass(frozen=True)
class Target:
    """What GDAL is asked to open. name: as GDAL takes it. shown: as errors and people name it."""

    name: str
    shown: str
    format_name: str
    layer: str | None = None


@dataclass(frozen=True)
class _Streamed:
    """attributes and shapes of n rows. lost: (n,) bytes that are no geometry. curved: how many."""

    attributes: pd.DataFrame
    shapes: NDArray[np.object_]
    lost: NDArray[np.bool_]
    curved: int = 0


def read_vector(
    path: Path, shown: str, source: Source, format_name: str, never_read: tuple[str, ...]
) -> RawFrame:
    """All rows of one vector file, or of those layers of it that the source names.

    Raises SourceError, CRSMissing, CRSMismatch.
    """
    if format_name == "geoparquet":
        return read_geoparquet(path, shown, source, never_read)
    if format_name == "gpx":
        check_places(path, shown)
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
    """The file itself, or where that would do harm a link to it or a copy, in a folder of its own.

    The GML driver writes a schema beside the file; SQLite writes the journal of another program
    into the file; and of an awkward name pyogrio takes only a part, which may be another file's.
    """
    journal = path.with_name(f"{path.name}-wal")
    busy = format_name == "geopackage" and journal.exists()
    if format_name != "gml" and not busy and not _AWKWARD.search(str(path)):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="cetm-geo-") as folder:
        stem = _AWKWARD.sub("_", path.stem)
        place = Path(folder) / f"{stem}{path.suffix}"
        for part in (path, *(parts_of(path) if not path.is_dir() else ())):
            link = Path(folder) / f"{stem}{part.suffix}"
            if busy:
                shutil.copyfile(part, link)
            elif not link.is_symlink():
                link.symlink_to(part.resolve())
        if busy:
            shutil.copyfile(journal, f"{place}-wal")
        yield place


def layer_names(path: Path, shown: str, format_name: str) -> list[str]:
    """Names of the layers that a vector file holds. Raises SourceError where it is unreadable."""
    with _opened_where_gdal_may_write(path, format_name) as place:
        return _layer_names(Target(FORMATS[format_name].driver + str(place), shown, format_name))


def layer_rows(path: Path, shown: str, format_name: str) -> dict[str, int]:
    """Rows per layer of a vector file. Raises SourceError where it is unreadable."""
    with _opened_where_gdal_may_write(path, format_name) as place:
        target = Target(FORMATS[format_name].driver + str(place), shown, format_name)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # said, and kept, when a layer is read
                return {name: _rows_in(target, name) for name in _layer_names(target)}
        except (RuntimeError, ValueError, IndexError) as error:  # pyogrio's
            raise _unreadable(target, error) from error


def _layer_names(target: Target) -> list[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the same is said, and kept, when a layer is read
            listed = pyogrio.list_layers(target.name)
    except (RuntimeError, ValueError, IndexError) as error:  # pyogrio's
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
    encoding = None
    parts: tuple[str, ...] = ()
    if target.format_name == "mapinfo":
        check_mapinfo_parts(Path(target.name), target.shown)
    if target.format_name == "shapefile":
        parts = check_parts(Path(target.name), target.shown)
        never_read += tuple(name.strip()[:DBF_NAME_LETTERS] for name in never_read)
        encoding = encoding_of_table(Path(target.name), target.shown, source.encoding)
    elif source.encoding:
        encoding = checked(source.encoding, target.shown)
    # GDAL spells encodings with hyphens where Python has underscores.
    options = {"encoding": encoding.name.replace("_", "-")} if encoding else {}
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            info = pyogrio.read_info(target.name, layer=target.layer, **options)
            columns = allowed(info["fields"], never_read)
            read = _stream(target, columns, options)
    except (RuntimeError, ValueError, IndexError, OSError, pa.ArrowException) as error:
        raise _unreadable(target, error) from error
    _refuse_an_empty_index(target, len(read.shapes))
    check_mapinfo_rows(target.name, target.shown, len(read.shapes))
    if target.format_name == "file_geodatabase" and not info["fid_column"]:
        raise SourceError(
            f"{target.shown}: the table of its layer {info['layer_name']} is damaged.",
            "Ask for the geodatabase again.",
        )
    reason = (
        "geometry cannot be read (an unclosed ring, too few points, curves in a collection, or "
        "damaged bytes)"
    )
    unreadable = np.where(read.lost, reason, "").astype(object)
    crs = crs_of(target.shown, _stated_crs(target, info["crs"]), source)
    remarks = (*parts, *_passed_over(target, len(read.shapes)), *_remarks(warned))
    attributes, repeated = _each_name_once(read.attributes, never_read)
    remarks += (*repeated, *text_remarks(attributes, encoding or _by_format(target)))
    if target.format_name == "kml":
        remarks += _links_elsewhere(Path(target.name))
        attributes, described = with_described_columns(attributes)
        attributes = attributes[allowed(attributes, never_read)]
        remarks += described
    if read.curved:
        remarks += (
            f"{read.curved} curved geometries were straightened, to within {_ARC_ERROR} of the "
            "radius",
        )
    name = encoding.name if encoding else str(info["encoding"] or "").lower()
    return RawFrame(attributes, read.shapes, unreadable, crs, remarks, name)


def _each_name_once(
    attributes: pd.DataFrame, never_read: tuple[str, ...]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table with each name once, and remarks; GDAL ignores one column of a name at a time."""
    may = set(allowed(attributes, never_read))
    attributes = attributes.loc[:, [name in may for name in attributes]]
    if attributes.columns.is_unique:
        return attributes, ()
    names, remarks = unique_names(list(map(str, attributes)), "column {}")
    return attributes.set_axis(names, axis=1), remarks


def _by_format(target: Target) -> Encoding | None:
    """The encoding that a format prescribes; None where each file has its own."""
    own = ("shapefile", "mapinfo")
    return None if target.format_name in own else BY_FORMAT


def _links_elsewhere(path: Path) -> tuple[str, ...]:
    links = path.read_bytes().count(b"<NetworkLink")
    return (f"holds {links} links to other files (NetworkLink), not followed",) if links else ()


def _passed_over(target: Target, rows: int) -> tuple[str, ...]:
    path = Path(target.name.removeprefix(FORMATS[target.format_name].driver))
    if target.format_name == "geojson":
        return passed_over(path, rows)
    return lines_passed_over(path, rows) if target.format_name == "geojson_sequence" else ()


def _stated_crs(target: Target, found: Any) -> Any:
    if target.format_name == "gml":
        _refuse_several_crs(target)
    if target.format_name != "geojson":
        return found
    return unknown_geojson_crs(Path(target.name.removeprefix("GeoJSON:"))) or found


def _refuse_several_crs(target: Target) -> None:
    """Of a GML whose geometries state several CRS, GDAL tells one of them, or none."""
    with Path(target.name).open("rb") as stream:
        names = {name for line in stream for name in _SRS_NAME.findall(line)}
    if len({re.split(rb"[:#/]", name)[-1] for name in names}) > 1:  # one CRS has many spellings
        told = ", ".join(sorted(name.decode("utf-8", "replace") for name in names)[:5])
        raise SourceError(
            f"{target.shown}: its geometries are in different CRS ({told}).",
            "Ask for one file for each, or for all in one CRS.",
        )


def _stream(target: Target, columns: list[str], options: dict[str, str]) -> _Streamed:
    """All rows, batch by batch, so that a batch's bytes go when its shapes are made."""
    tables: list[pa.Table] = []
    shapes: list[NDArray[np.object_]] = []
    lost: list[NDArray[np.bool_]] = []
    curved = 0
    with pyogrio.open_arrow(
        target.name,
        layer=target.layer,
        columns=columns,
        batch_size=BATCH_ROWS,
        use_pyarrow=True,
        datetime_as_string=True,
        **options,
    ) as (info, batches):
        name = info["geometry_name"] or "wkb_geometry"
        held = batches.schema.get_all_field_indices(name)
        if not held:
            raise SourceError(
                f"{target.shown}: its layer has no geometry.",
                "Name a layer that has one as source.layer; give coordinates in columns as CSV.",
            )
        at = held[-1]  # an attribute of that name stands before
        fields = list(batches.schema.remove(at))
        for batch in batches:
            try:
                found, broken = shapes_of_wkb(batch.column(at))
            except NotImplementedError:
                curved += sum(_is_curve(w) for w in batch.column(at).to_pylist() if w)
                found, broken = np.full(len(batch), None, object), np.zeros(len(batch), bool)
            tables.append(_copied(batch.remove_column(at)))
            shapes.append(found)
            lost.append(broken)
    rows = sum(map(len, shapes))
    whole = pa.concat_tables([pa.schema(fields).empty_table(), *tables])
    attributes = decodable(whole).to_pandas(integer_object_nulls=True)
    if not fields:
        attributes = pd.DataFrame(index=pd.RangeIndex(rows))
    if curved:
        return _straightened(target, attributes, curved)
    if not shapes:
        return _Streamed(attributes, np.empty(0, object), np.empty(0, bool))
    return _Streamed(attributes, np.concatenate(shapes), np.concatenate(lost))


def _copied(batch: pa.RecordBatch) -> pa.Table:
    """The rows in memory of their own: as they come they keep the whole batch, WKB and all."""
    return pa.Table.from_batches([batch.take(np.arange(len(batch)))])


def _straightened(target: Target, attributes: pd.DataFrame, curved: int) -> _Streamed:
    """The shapes of a layer with curves, which pyogrio's other way of reading straightens."""
    wkb = pyogrio.raw.read(target.name, layer=target.layer, columns=[])[2]
    shapes, lost = shapes_of_wkb(pa.array(wkb, type=pa.large_binary()))
    return _Streamed(attributes, shapes, lost, curved)


def _is_curve(wkb: bytes) -> bool:
    order = "little" if wkb[0] else "big"
    return int.from_bytes(wkb[1:5], order) % 1000 in _CURVES  # type: ignore[arg-type]


def _refuse_an_empty_index(target: Target, rows: int) -> None:
    """A .shx without records beside a full .shp: GDAL reads no rows and says nothing."""
    empty = target.format_name == "shapefile" and not rows
    if empty and Path(target.name).stat().st_size > _SHAPE_HEADER_BYTES:
        raise SourceError(
            f"{target.shown}: its index (.shx) lists no records though the file holds shapes.",
            "Rebuild the .shx, or ask for the shapefile again.",
        )


def _remarks(warned: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """What GDAL warned of, each once; an unclosed ring is told of feature by feature instead."""
    texts = dict.fromkeys(" ".join(str(w.message).split()) for w in warned)
    return tuple(text for text in texts if not text.startswith("Non closed ring"))


def _unreadable(target: Target, error: BaseException) -> SourceError:
    if target.format_name == "geojson" and _NO_GEOJSON in str(error):
        odd = odd_type(Path(target.name.removeprefix("GeoJSON:")))
        if odd:
            return SourceError(
                f"{target.shown}: cannot be read as geojson: {odd[:40]!r} is none of its types.",
                "Write it as points, lines and polygons, with straight edges.",
            )
    lacks = "it holds no layer that can be opened"
    # Of records none of which it takes for one, GDAL says that there is no such file.
    absent = isinstance(error, IndexError) or "No such file or directory" in str(error)
    why = ValueError(lacks) if absent else error
    return unreadable(target.shown, target.format_name, why)
