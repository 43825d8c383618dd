"""File formats. What would change from run to run (dates, order) is held fixed."""

import json
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from shapely.geometry import MultiPolygon, Polygon, mapping

from .seed import TODAY, Row
from .shapes import rounded


def public(row: Row) -> Row:
    """The row without what is for the generator alone."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def as_frame(rows: Iterable[Row], crs: str = "EPSG:4326") -> gpd.GeoDataFrame:
    """Rows as a GeoDataFrame, with every polygon as a multi-polygon."""
    frame = gpd.GeoDataFrame(pd.DataFrame(map(public, rows)), geometry="geometry", crs=crs)
    whole = [MultiPolygon([g]) if isinstance(g, Polygon) else g for g in frame.geometry]
    return frame.set_geometry(gpd.GeoSeries(whole, crs=crs))


def write_geojson(rows: Iterable[Row], path: Path) -> None:
    """A GeoJSON file, one feature on a line."""
    lines = []
    for row in rows:
        properties = public(row)
        geometry = mapping(rounded(properties.pop("geometry")))
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = f'{{"type":"FeatureCollection","name":"{path.stem}","features":[\n'
    write_text(head + ",\n".join(lines) + "\n]}\n", path)


def write_csv(header: str, rows: Iterable[tuple[str, str, str]], path: Path) -> None:
    """A table of three columns, the last one in quotes."""
    write_text("\n".join([header, *(f'{a},{b},"{c}"' for a, b, c in rows)]) + "\n", path)


def write_table(rows: Iterable[list[Any]], path: Path) -> None:
    """A table with a header; numbers to 12 digits, which a reader gets back to 1e-11."""
    lines = [",".join(f"{v:.12g}" if isinstance(v, float) else str(v) for v in row) for row in rows]
    write_text("\n".join(lines) + "\n", path)


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """A table of rows that share their fields, none of which holds a comma."""
    listed = list(rows)
    write_table([list(listed[0]), *(list(row.values()) for row in listed)], path)


def write_text(text: str, path: Path) -> None:
    """UTF-8, with the same line ends everywhere."""
    path.write_text(text, encoding="utf-8", newline="\n")


def write_shapefiles(layers: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    """Shapefiles in one zip whose entries carry a fixed time."""
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in layers.items():
            pyogrio.write_dataframe(
                frame,
                Path(folder) / f"{name}.shp",
                driver="ESRI Shapefile",
                encoding="UTF-8",
                layer_options={"DBF_DATE_LAST_UPDATE": TODAY.isoformat()},
            )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for file in sorted(Path(folder).iterdir()):
                entry = zipfile.ZipInfo(file.name, (TODAY.year, TODAY.month, TODAY.day, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes())


def write_gpkg(layers: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    """GeoPackage layers, written afresh."""
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{TODAY.isoformat()}T00:00:00.000Z"})
    for name, frame in layers.items():
        more = path.exists()
        version = None if more else {"VERSION": "1.3"}
        pyogrio.write_dataframe(
            frame, path, layer=name, driver="GPKG", append=more, dataset_options=version
        )
