"""GeoJSON by RFC 7946, and GeoJSON text sequences by RFC 8142, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import shapely

from cetm_geo.arrays import Geometries
from cetm_geo.export.bounds import Bounds
from cetm_geo.export.values import json_text, plain_values, records

_DIGITS = 7  # RFC 7946 section 11.2 asks for no more than is meant: 1 cm
_RECORD_SEPARATOR = b"\x1e"


def features(frame: Any) -> Iterator[dict[str, Any]]:
    """GeoJSON features by RFC 7946: right-hand rule, at most 7 digits, null where withheld."""
    texts = shapely.to_geojson(_presented(frame.geometry.to_numpy()))
    properties = records(pd.DataFrame(frame.drop(columns=frame.geometry.name)))
    for text, row in zip(texts, properties, strict=True):
        geometry = orjson.loads(text) if text else None
        yield {"type": "Feature", "geometry": geometry, "properties": row}


def write_collection(parts: Iterable[Any], file: Path, members: Mapping[str, Any]) -> int:
    """A FeatureCollection with `members` before its features and their bbox after them."""
    count, bounds = 0, Bounds()
    with file.open("wb") as out:
        out.write(json_text({"type": "FeatureCollection", **members})[:-1].encode())
        out.write(b',"features":[')
        for part in parts:
            for text in feature_texts(part, bounds):
                out.write(b",\n" if count else b"\n")
                out.write(text)
                count += 1
        box = bounds.box
        out.write(b"\n]" + (b',"bbox":' + orjson.dumps(box) if box else b"") + b"}\n")
    return count


def write_sequence(parts: Iterable[Any], file: Path, _: Mapping[str, Any]) -> int:
    """A feature a line, each after a record separator: a reader needs one line at a time."""
    count = 0
    with file.open("wb") as out:
        for part in parts:
            for text in feature_texts(part):
                out.write(_RECORD_SEPARATOR + text + b"\n")
                count += 1
    return count


def feature_texts(
    frame: Any, bounds: Bounds | None = None, ids: Sequence[str] | None = None
) -> Iterator[bytes]:
    """The features of a frame as JSON; what has no geometry column has none in its features.

    bounds: grows with the shapes. ids: of the features, which have none without it.
    """
    shapes = np.full(len(frame), None, object)
    if "geometry" in frame:
        shapes = _presented(frame.geometry.to_numpy())
        frame = frame.drop(columns="geometry")
    if bounds is not None:
        bounds.add(shapes)
    names = [str(name) for name in frame.columns]
    columns = [plain_values(column) for _, column in frame.items()]
    geometries = [orjson.Fragment(x) if x else None for x in shapely.to_geojson(shapes)]
    for number, (geometry, *row) in enumerate(zip(geometries, *columns, strict=True)):
        feature = {
            "type": "Feature",
            **({"id": ids[number]} if ids is not None else {}),
            "geometry": geometry,
            "properties": dict(zip(names, row, strict=True)),
        }
        yield orjson.dumps(feature)


def _presented(shapes: Geometries) -> Geometries:
    """Shapes by the right-hand rule with the digits that are meant; an empty one is none."""
    out = shapely.transform(
        shapely.orient_polygons(shapes), lambda coords: np.round(coords, _DIGITS)
    )
    out = np.asarray(out, object)
    out[shapely.is_empty(out)] = None
    return out
