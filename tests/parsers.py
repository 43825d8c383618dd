"""What reads strangers' texts, each as one function of bytes that either reads or refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import numpy as np

from cetm_geo.coordinates import confirmed, polygon_of, read_corners
from cetm_geo.cql2 import Columns, read_filter
from cetm_geo.errors import CetmError
from cetm_geo.model import Source
from cetm_geo.readers.wkt import read as read_texts
from cetm_geo.screening import proposal
from cetm_geo.web.api import geometry_of
from cetm_geo.web.shapecheck import check_shape

AREA = (102.0, 9.0, 108.0, 15.0)
_ROWS = Columns(
    3,
    ("a", "b", "c"),
    {
        "a": np.array([1.0, np.nan, -0.5]),
        "b": np.array(["x", None, "a%b"], object),
        "c": np.array([True, False, True]),
    }.__getitem__,
    lambda box: np.array([box[0] <= box[2], True, False]),
)


def geojson(content: bytes) -> None:
    """A drawing as the API is sent it."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CetmError("It is no JSON.") from error  # as `json_body` has it
    shape, _name = geometry_of(body)
    check_shape(shape, AREA)
    found = proposal(shape).geometry.iloc[0]
    assert found.is_valid
    assert found.area > 0
    assert np.isfinite(found.bounds).all()


def wkt(content: bytes) -> None:
    """A column of shapes in a table."""
    texts = np.array(content.decode(errors="replace").split("\n"), object)
    written = read_texts(texts, "a.csv", Source("a.csv", crs="EPSG:4326"))
    for text, shape, reason in zip(texts, written.geometry, written.reasons, strict=True):
        assert (shape is None) == bool(reason or not text.strip())


def corners(content: bytes) -> None:
    """Corners that are typed."""
    polygon_of(confirmed(read_corners(content.decode(errors="replace"), near=AREA)))


def cql2(content: bytes) -> None:
    """A filter of the API."""
    read_filter(content.decode(errors="replace")).rows(_ROWS)


Parser = Callable[[bytes], None]
PARSERS: Mapping[str, Parser] = {one.__name__: one for one in (geojson, wkt, corners, cql2)}


def read_or_refused(parser: Parser, content: bytes) -> bool:
    """True if it was read. Whatever else than CetmError is raised is a bug."""
    try:
        parser(content)
    except CetmError as refused:
        assert refused.what
        return False
    return True
