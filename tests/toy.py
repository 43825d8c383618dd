"""A toy country on the equator whose grid cells are 1 km2 exactly, so that truth is arithmetic.

Columns are 0.01 degrees wide; rows end where the authalic integral grows by 1 km2 a column, found
from Snyder's closed form by bisection, independent of the code under test.
"""

from __future__ import annotations

import math
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cetm_geo import tables
from cetm_geo.measure import area_km2
from cetm_geo.model import Layer, LayerSpec, Licence, Publish, Role, Source, Tenure

ON = date(2026, 11, 22)
COLUMN = 0.01
_A, _F = 6378.137, 1 / 298.257223563
_E2 = _F * (2 - _F)
_E = math.sqrt(_E2)


def _area_to(latitude: float) -> float:
    """km2 of a strip one column wide from the equator to a latitude in degrees."""
    s = math.sin(math.radians(latitude))
    q = (1 - _E2) * (s / (1 - _E2 * s * s) + math.atanh(_E * s) / _E)
    return _A * _A / 2 * q * math.radians(COLUMN)


@cache
def row_edge(row: int) -> float:
    """Latitude below which a column holds `row` km2."""
    low, high = -5.0, 5.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _area_to(middle) < row else (low, middle)
    return (low + high) / 2


def block(column: int, row: int, columns: int = 1, rows: int = 1) -> shapely.Polygon:
    """A rectangle of whole cells: its area is columns x rows km2."""
    return shapely.box(
        column * COLUMN, row_edge(row), (column + columns) * COLUMN, row_edge(row + rows)
    )


def layer(
    layer_id: str,
    role: Role,
    shapes: list[Any],
    *,
    counted: list[bool] | None = None,
    groups: list[str] | None = None,
    classes: list[str] | None = None,
    complete_within: str = "world",
    stale: bool = False,
    rejected: int = 0,
    as_of: str = "2026",
    problem: str | None = None,
    error_m: float = 100.0,
    publish: Publish = Publish.PUBLIC,
    indicators: tuple[str, ...] = (),
    tells: str = "",
    tenures: list[str | None] | None = None,
    circles: list[str | None] | None = None,
) -> Layer:
    """A layer of given shapes, ids f1, f2, ... in order.

    tells: what it tells apart (`views.told_apart`); without it the classes that its features have,
    and its tenure. tenures: of its features, where that is not one for all.
    """
    spec = LayerSpec(
        id=layer_id,
        role=role,
        label=layer_id.replace("_", " "),
        source=Source("toy.geojson"),
        licence=Licence("CC0", publish),
        complete_within=complete_within,
        as_of="2010" if stale else as_of,
        stale_after_years=5,
        positional_error_m=error_m,
        indicators=indicators,
        tenure=Tenure.CUSTOMARY if role == Role.COMMUNITY_LAND and not tenures else None,
    )
    ids = [f"f{i}" for i in range(1, len(shapes) + 1)]
    columns = {
        "layer_id": [layer_id] * len(shapes),
        "feature_id": ids,
        "group_id": groups or ids,
        "name": [f"{layer_id} {i}" for i in ids],
        "class_id": classes or [""] * len(shapes),
        "counted": counted or [True] * len(shapes),
        "tenure": tenures or [spec.tenure] * len(shapes),
        "circle": circles or [None] * len(shapes),
        "repaired": [False] * len(shapes),
        "iso3": ["XTY" if role == Role.COUNTRY else None] * len(shapes),
        "area_km2": area_km2(np.array(shapes, object)) if shapes else [],
        "geometry": np.array(shapes, object),
    }
    features = tables.build(tables.FEATURES, columns)
    contract = tables.FEATURES
    if role == Role.CONCESSION:
        own = sites(shapes, layer_id)
        names = set(tables.columns(tables.FEATURES))
        contract = (*tables.FEATURES, *(c for c in tables.SITES if c.name not in names))
        extra = pd.DataFrame(own.drop(columns=[c for c in own.columns if c in names]))
        features = tables.validate(pd.concat([pd.DataFrame(features), extra], axis=1), contract)
    if problem:
        features = tables.build(contract)
    source = {
        "layer_id": layer_id, "role": role.value, "label": spec.label, "file": "toy.geojson",
        "sha256": None, "size_bytes": 0, "modified_at": None, "file_count": 1, "crs": "EPSG:4326",
        "rows_in": len(shapes), "rows_accepted": len(shapes), "rows_repaired": 0,
        "rows_excluded": 0,
        "rows_rejected": rejected, "as_of": spec.as_of, "stale_after_years": 5.0,
        "stale": stale, "licence": "CC0", "licence_url": None, "attribution": None,
        "publish": publish.value, "complete_within": complete_within or None,
        "positional_error_m": error_m, "tenure": None, "tells": tells or _tells(spec, classes),
        "style": "{}", "note": None, "problem": problem,
    }  # fmt: skip
    return Layer(spec, features, tables.build(tables.ISSUES), source)


def _tells(spec: LayerSpec, classes: list[str] | None) -> str | None:
    words = [f"class:{name}" for name in sorted(set(classes or ()) - {""})]
    return " ".join([*words, *([f"tenure:{spec.tenure}"] if spec.tenure else [])]) or None


def sites(shapes: list[Any], layer_id: str = "titles", status: str = "active") -> Any:
    """Sites of given shapes, site ids titles:f1, titles:f2, ... in order."""
    ids = [f"f{i}" for i in range(1, len(shapes) + 1)]
    columns = {
        "site_id": [f"{layer_id}:{i}" for i in ids],
        "layer_id": [layer_id] * len(ids),
        "feature_id": ids,
        "group_id": ids,
        "class_id": [""] * len(ids),
        "counted": [True] * len(ids),
        "name": [f"title {i}" for i in ids],
        "kind": ["concession"] * len(ids),
        "minerals": [[] for _ in ids],
        "stage": ["unknown"] * len(ids),
        "method": ["unknown"] * len(ids),
        "status": [status] * len(ids),
        "placeholder": [False] * len(ids),
        "repaired": [False] * len(ids),
        "area_km2": area_km2(np.array(shapes, object)),
        "geometry": np.array(shapes, object),
    }
    return tables.build(tables.SITES, columns)
