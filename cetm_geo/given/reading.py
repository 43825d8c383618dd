"""A file that somebody gives -> its polygons, a label each, and how it was read, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from cetm_geo import location, measure, notes, readers, recognition, vocabulary, words
from cetm_geo.arrays import Box, Floats
from cetm_geo.books import Books
from cetm_geo.errors import CRSMissing, SourceError, UnsafeUpload
from cetm_geo.formats import FORMATS, Kind
from cetm_geo.given.asking import ALL, Choice, axes_of_degrees, chosen_shapes, shape_choice
from cetm_geo.given.corners import of_corners, table_source
from cetm_geo.given.files import File, files_of
from cetm_geo.given.limits import DEFAULT, Limits
from cetm_geo.language import _
from cetm_geo.model import IssueAction, LayerSpec, Licence, Publish, Role, Source
from cetm_geo.readers import RawFrame
from cetm_geo.readers.frames import turned
from cetm_geo.shapes import outlines_from_lines, repaired

_OF_GPX = ("tracks", "routes")  # its other layers are the points of these
_MOST_LABEL, _MOST_SAID = 120, 20
_SMALL_REPAIR_SHARE = 0.01  # of the area: what a repair may change before its author has to decide
_LICENCE = Licence("", Publish.LOCAL_ONLY)
# What the readers say to whoever writes a catalogue.
_FOR_CATALOGUES = "source."


@dataclass(frozen=True)
class Shape:
    """A polygon of a file, in EPSG:4326. area_km2: on the ellipsoid. said: what was done to it."""

    label: str
    geometry: Any
    area_km2: float
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """What a file holds. said: how it was read; choices: of shapes, where there are several."""

    shapes: tuple[Shape, ...]
    said: tuple[str, ...]
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class _Part:
    """The rows of one layer or member. where: its name, empty for the only one."""

    where: str
    raw: RawFrame
    said: tuple[str, ...] = ()


def read_given(
    path: Path,
    shown: str,
    folder: Path,
    choices: Sequence[str] = (),
    near: Box | None = None,
    limits: Limits = DEFAULT,
) -> Given:
    """The polygons in a file; nothing is kept but what is unpacked into `folder`.

    Args:
        shown: the file's name, as its author knows it; its ending tells the format.
        choices: values that were chosen of those `Asked` or `Given` offered.
        near: west, south, east, north; of two readings the one inside is named first.

    Raises Asked where the file can be read in two ways; SourceError and other CetmErrors with the
    reason why it cannot be.
    """
    parts: list[_Part] = []
    for file in files_of(path, shown, folder, limits):
        parts += _parts_of(file, choices, near, limits)
    _check_sizes(parts, shown, limits)
    if near is not None:
        parts = [_as_the_area_says(part, near, choices) for part in parts]
    shapes, said = [], []
    for part in parts:
        found, remarks = _shapes_of(part, len(parts) > 1)
        shapes += found
        said += [*part.said, *remarks]
    if not shapes:
        raise SourceError(
            _("{file}: holds no polygon that can be used.").format(file=shown),
            " ".join(dict.fromkeys(said)) or _("Draw outlines, not points or open lines."),
        )
    offered = _offered(shapes)
    picked = chosen_shapes(choices, len(shapes))
    if picked is not None:
        shapes = [shapes[i] for i in picked] if len(picked) == 1 else [_as_one(shapes, shown)]
    return Given(tuple(shapes), tuple(dict.fromkeys(said))[:_MOST_SAID], offered)


def _offered(shapes: Sequence[Shape]) -> tuple[Choice, ...]:
    """Each shape, and all of them, where there are several."""
    if len(shapes) < 2:
        return ()
    one = [(shape_choice(i), shape.label) for i, shape in enumerate(shapes, 1)]
    all_of_them = words.counted("All {n} shape as one", "All {n} shapes as one", len(shapes))
    return (*one, (ALL, all_of_them))


def _as_one(shapes: Sequence[Shape], shown: str) -> Shape:
    """All shapes as one, land of several counted once. Raises SourceError where one is invalid."""
    geometry = np.array([shape.geometry for shape in shapes], object)
    invalid = [shape.label for shape in shapes if not shapely.is_valid(shape.geometry)]
    if invalid:
        raise SourceError(
            _("{file}: cannot be taken as one: {names} cross themselves.").format(
                file=shown, names=words.listed(invalid)
            ),
            _("Choose one shape, or mend these."),
        )
    whole = shapely.union_all(geometry)
    said = dict.fromkeys(text for shape in shapes for text in shape.said)
    return Shape(shown, whole, float(measure.area_km2([whole])[0]), tuple(said))


# --- the rows of a file --------------------------------------------------------------------------


def _parts_of(
    file: File, choices: Sequence[str], near: Box | None, limits: Limits
) -> Iterator[_Part]:
    if FORMATS[file.format_name].kind == Kind.TABLE:
        yield _part_of_table(file, choices, near)
        return
    source = Source(file.path.name, file.format_name)
    if not FORMATS[file.format_name].layered:
        yield _part(file.where, *_read(file, source, choices))
        return
    layers = readers.layer_rows(file.path, file.shown, file.format_name)
    if file.format_name == "gpx":
        layers = {name: count for name, count in layers.items() if name in _OF_GPX}
    held = [name for name, count in layers.items() if count]
    if not held:
        raise SourceError(
            _("{file}: holds no outline.").format(file=file.shown),
            _("Draw outlines, not points or open lines."),
        )
    if len(held) > limits.layers:
        what = _("{file}: holds {n} layers; {of} are read at most.")
        raise UnsafeUpload(
            what.format(file=file.shown, n=len(held), of=limits.layers),
            _("Keep only the one you want in it."),
        )
    for name in held:
        where = "/".join(filter(None, (file.where, name if len(held) > 1 else "")))
        yield _part(where, *_read(file, replace(source, layer=name), choices))


def _part_of_table(file: File, choices: Sequence[str], near: Box | None) -> _Part:
    source, rows = table_source(file)
    if source.geometry is not None and source.geometry.wkt:
        return _part(file.where, *_read(file, source, choices))
    raw, reading = of_corners(file, source, rows, choices, near)
    said: tuple[str, ...] = ()
    if reading is not None:
        said = (_("Corners read as {reading}.").format(reading=notes.said(reading.words)),)
    return _Part(file.where, raw, said or (_crs_said(raw.crs),))


def _part(where: str, raw: RawFrame, said: str) -> _Part:
    return _Part(where, raw, (said,))


def _read(file: File, source: Source, choices: Sequence[str]) -> tuple[RawFrame, str]:
    """The rows of a source and what its coordinates are. Raises Asked where it states no CRS."""
    folder = file.path.parent
    try:
        raw = readers.read_source(folder, source, file.format_name)
        return raw, _crs_said(raw.crs)
    except CRSMissing:
        in_degrees = replace(source, crs=measure.LONLAT)
        raw = readers.read_source(folder, in_degrees, file.format_name)
    coords = shapely.get_coordinates(raw.geometry)
    question = _(
        "The file states no coordinate reference system, and its numbers may be degrees on WGS 84. "
        "Choose what they are:"
    )
    axes = axes_of_degrees(coords[0], _orders_that_fit(coords, file.shown), choices, question)
    if axes == "lat_lon":
        raw = readers.read_source(folder, replace(in_degrees, axes=axes), file.format_name)
    return raw, _("It states no coordinate reference system; read as was chosen.")


def _as_the_area_says(part: _Part, near: Box, choices: Sequence[str]) -> _Part:
    """A part in degrees, turned if that was chosen. Raises Asked where it lies outside the area of
    the data and would lie inside with longitude and latitude swapped."""
    raw = part.raw
    coords = shapely.get_coordinates(raw.geometry)
    coords = coords[np.isfinite(coords).all(axis=1)]
    area = shapely.box(*near)
    if not len(coords) or not raw.crs.is_geographic:
        return part
    placed, turned_ = (_box_of(c) for c in (coords, coords[:, ::-1]))
    if area.intersects(placed) or not area.contains(turned_):
        return part
    question = _(
        "It lies outside the area of the data; with longitude and latitude swapped it would lie "
        "inside. Choose what its numbers are:"
    )
    fits = _orders_that_fit(coords, part.where)
    axes = axes_of_degrees(coords[0], fits, choices, question)
    return replace(part, raw=turned(raw)) if axes == "lat_lon" else part


def _box_of(coords: Floats) -> Any:
    west, south = coords.min(axis=0).tolist()
    east, north = coords.max(axis=0).tolist()
    return shapely.box(west, south, east, north)


def _orders_that_fit(coords: Floats, shown: str) -> list[str]:
    """The orders of axes in which numbers can be degrees. Raises CRSMissing where none can."""
    size = np.abs(coords[np.isfinite(coords).all(axis=1)]).max(axis=0, initial=0.0)
    fits = [axes for axes, (lon, lat) in (("lon_lat", size), ("lat_lon", size[::-1]))
            if lon <= 180 and lat <= 90]  # fmt: skip
    if not fits or not len(coords):
        raise CRSMissing(
            _("{file}: states no coordinate reference system that is known.").format(file=shown),
            _("Add its .prj, or save it in longitude, latitude (WGS 84)."),
        )
    return fits


def _crs_said(crs: pyproj.CRS) -> str:
    if crs.equals(pyproj.CRS(measure.LONLAT), ignore_axis_order=True):
        return _("Its coordinates are longitude, latitude on WGS 84.")
    authority = crs.to_authority(min_confidence=100)
    name = f"{crs.name}, {':'.join(authority)}" if authority else crs.name
    return _("Its coordinates are in {crs}; brought to longitude, latitude on WGS 84.").format(
        crs=name
    )


def _check_sizes(parts: Sequence[_Part], shown: str, limits: Limits) -> None:
    """Raises UnsafeUpload for more shapes or corners than are read."""
    count = sum(len(part.raw) for part in parts)
    corners = sum(int(shapely.get_num_coordinates(part.raw.geometry).sum()) for part in parts)
    for held, most, what in (
        (count, limits.shapes, _("{file}: holds {n} shapes; {of} are read at most.")),
        (
            corners,
            limits.vertices,
            _("{file}: its shapes have {n} corners; {of} are read at most."),
        ),
    ):
        if held > most:
            raise UnsafeUpload(
                what.format(file=shown, n=words.number(held), of=words.number(most)),
                _("Keep only the shape you want in it."),
            )


# --- rows as shapes ------------------------------------------------------------------------------


def _shapes_of(part: _Part, several: bool) -> tuple[list[Shape], list[str]]:
    """The polygons of a part, made usable as a build does, and what is to be said of the rest."""
    raw = part.raw
    labels = _labels(part, several)
    books = Books("given", np.array([str(i) for i in range(len(raw))], object), len(raw))
    books.drop(raw.unreadable, IssueAction.REJECTED)
    spec = LayerSpec(
        id="given", role=Role.CONCESSION, label="", licence=_LICENCE, source=Source("")
    )
    shapes = location.in_lonlat(raw, spec, books)
    outlines_from_lines(shapes, spec, books)
    as_given = shapes.copy()
    shapes, area_km2 = repaired(shapes, spec, books)
    issues = books.frame()
    said: dict[str, list[str]] = {}
    left_out: dict[str, int] = {}
    remarks = [notes.said(text) for text in raw.remarks]
    for row in issues.itertuples():
        text = _in_words(str(row.problem))
        if not isinstance(row.feature_id, str):
            remarks.append(text)
        elif row.action == IssueAction.REJECTED.value:
            left_out[text] = left_out.get(text, 0) + 1
        elif row.action != IssueAction.REPAIRED.value:
            said.setdefault(str(row.feature_id), []).append(text)
    remarks += [_left_out(text, count) for text, count in left_out.items()]
    changes = _changes(issues)
    out = []
    for i in np.flatnonzero(books.kept).tolist():
        geometry, more = _mended(as_given[i], shapes[i], changes.get(str(i)))
        area = (
            float(area_km2[i]) if geometry is shapes[i] else float(measure.area_km2([geometry])[0])
        )
        out.append(Shape(labels[i], geometry, area, (*said.get(str(i), ()), *more)))
    return out, remarks


def _changes(issues: Any) -> dict[str, float]:
    """Of repaired rows, the share by which their area changed; nan where it says nothing."""
    mended = issues[issues["action"] == IssueAction.REPAIRED.value]
    return dict(zip(mended["feature_id"], mended["area_change_share"], strict=True))


def _mended(given: Any, mended: Any, change: float | None) -> tuple[Any, tuple[str, ...]]:
    """A shape with a small repair, or as it was given where its author has to decide."""
    if change is None:
        return mended, ()
    is_polygon = given is not None and given.geom_type in ("Polygon", "MultiPolygon")
    if is_polygon and not abs(change) <= _SMALL_REPAIR_SHARE:
        return given, ()
    return mended, (_("Its outline was not a valid polygon and was mended."),)


def _left_out(why: str, count: int) -> str:
    said = words.counted("{n} row was left out", "{n} rows were left out", count)
    return f"{said}: {why}."


def _in_words(problem: str) -> str:
    """What the readers found, without what only a writer of catalogues could do about it."""
    if _FOR_CATALOGUES not in problem:
        return notes.said(problem)
    if problem == location.METRES_AS_DEGREES:
        return _("its numbers look like metres, but it states degrees: its .prj is wrong")
    if problem == location.DEGREES_AS_METRES:
        return _("its numbers look like degrees, but it states metres: its .prj is wrong")
    if "beyond 90" in problem:
        return _("a latitude beyond 90; longitude and latitude may be swapped")
    return problem.partition(";")[0].partition(":")[0]


def _labels(part: _Part, several: bool) -> list[str]:
    """What each row is called: by its name, else its code, else its number."""
    raw = part.raw
    columns = [
        column for column in map(str, raw.attributes.columns) if not recognition.is_personal(column)
    ]
    texts = [
        _texts(raw, column)
        for column in (_best(columns, "name"), _best(columns, "feature_id"))
        if column
    ]
    out = []
    for i in range(len(raw)):
        own = next((t[i] for t in texts if t[i]), "")
        label = own or _("Shape {n}").format(n=i + 1)
        where = f"{part.where}: " if several and part.where else ""
        out.append(f"{where}{label}"[:_MOST_LABEL])
    return out


def _best(columns: Sequence[str], meaning: str) -> str:
    ranked = {c: recognition.rank(c, "columns", meaning) for c in columns}
    return min((c for c in columns if ranked[c] is not None), key=lambda c: ranked[c] or 0.0,
               default="")  # fmt: skip


def _texts(raw: RawFrame, column: str) -> list[str]:
    held = vocabulary.texts(raw.attributes[column])
    return ["" if text is None else " ".join(str(text).split()) for text in held]


def vertices_of(shape: Any) -> int:
    """Corners of a polygon, those of holes too; the first of a ring is counted once."""
    rings = shapely.get_num_interior_rings(shapely.get_parts(shape)) + 1
    return int(shapely.get_num_coordinates(shape) - rings.sum())
