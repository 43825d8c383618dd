"""Files, raw frames and definitions made for one test."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from cetm_geo import pipeline, readers, store
from cetm_geo.catalog import source_format
from cetm_geo.model import Layer, LayerSpec, Licence, Publish, Role, Source
from cetm_geo.normalize import normalize_layer

ON = date(2026, 11, 22)
FACTS = readers.FileFacts("0" * 64, 1, "2026-11-22")
CC0 = Licence("CC0", Publish.PUBLIC)


def square(lon: float, lat: float, size: float = 0.1) -> shapely.Polygon:
    return shapely.box(lon, lat, lon + size, lat + size)


def feature(shape: Any, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature of a shape, or of a geometry object as it is to stand in the file."""
    geometry = shape if isinstance(shape, dict | None) else shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def geojson(path: Path, features: Sequence[Mapping[str, Any]], **members: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"type": "FeatureCollection", **members, "features": list(features)})
    )
    return path


def raw_frame(rows: Sequence[Mapping[str, Any]], shapes: Sequence[Any], crs: Any = 4326) -> Any:
    """What a reader hands on; a shape that is text is the reason why it could not be read."""
    geometry = np.array([None if isinstance(s, str) else s for s in shapes], object)
    unreadable = np.array([s if isinstance(s, str) else "" for s in shapes], object)
    return readers.RawFrame(
        pd.DataFrame(list(rows), index=range(len(rows))), geometry, unreadable, pyproj.CRS(crs)
    )


def spec(path: str = "made.geojson", role: Role = Role.PROTECTED_AREA, **more: Any) -> LayerSpec:
    """A layer of the file `path`; keys of a source (crs, layer, members) go into its source."""
    of_source = {k: more.pop(k) for k in ("format", "members", "layer", "crs") if k in more}
    return LayerSpec(
        **{"id": "made", "role": role, "label": "Made", "licence": CC0, **more},
        source=Source(path, **of_source),
    )


def read(folder: Path, layer: LayerSpec) -> Layer:
    """A layer's file read and normalised."""
    raw = readers.read_source(folder, layer.source, source_format(layer), layer.personal_columns)
    return normalize_layer(raw, layer, FACTS, ON)


def balanced(layer: Layer) -> bool:
    """True if each row is a feature, or has its one issue that says why it is not."""
    books, issues = layer.source, layer.issues
    out = issues[issues["action"].isin(["excluded", "rejected"])]
    counted = {action: int((out["action"] == action).sum()) for action in ("excluded", "rejected")}
    return bool(
        books["rows_in"] == books["rows_accepted"] + len(out)
        and books["rows_accepted"] == len(layer.features)
        and books["rows_repaired"] == layer.features["repaired"].sum()
        and counted == {k: books[f"rows_{k}"] for k in counted}
        and set(out["feature_id"]).isdisjoint(layer.features["feature_id"])
        and out["feature_id"].is_unique
        and out["problem"].str.len().gt(0).all()
    )


def frame(shapes: Sequence[Any], crs: Any = 4326, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs, index=range(len(shapes)))


def write(table: gpd.GeoDataFrame, path: Path) -> Path:
    """A file of a frame in the format its ending tells; a GeoPackage's layer is the file's stem."""
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        pyogrio.write_dataframe(table, path)
    return path


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """A real limit: a write beyond it fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def toy_store(
    folder: Path, publish: Mapping[str, str], lands: Any = None, of_lands: str = ""
) -> store.Store:
    """A store of a register, parks and lands, each with the licence asked for (public if not).

    of_lands: another line of its catalogue.
    """
    shapes = [square(0, 0), square(0.05, 0.05), lands or square(0.02, 0.02)]
    roles = {"register": "concession", "parks": "protected_area", "lands": "community_land"}
    for (name, role), shape in zip(roles.items(), shapes, strict=True):
        rows = [feature(shape, code=f"{name}-code", name=f"{name}-name", who=f"{name}-holder"),
                feature(None, code=f"{name}-nowhere", name="x", who="x")]  # fmt: skip
        geojson(folder / "data" / f"{name}.geojson", rows)
        more = f'tenure = "customary"\n{of_lands}' if role == "community_land" else ""
        holder = 'holder = "who"' if role == "concession" else 'designation = "who"'
        licence = publish.get(name, "public")
        (folder / f"{name}.toml").write_text(f"""
            role = "{role}"
            label = "{name}"
            complete_within = "world"
            {more}
            source = {{path = "{name}.geojson"}}
            columns = {{feature_id = "code", name = "name", {holder}}}
            licence = {{text = "{licence}", publish = "{licence}"}}
        """)
    pipeline.build(folder, folder / "data", folder / "store", ON)
    return store.open_store(folder / "store")
