"""Names of a raster's classes as programs write them beside the file: code -> name.

GDAL and QGIS write an attribute table or category names into `name.tif.aux.xml`, Esri a dBase table
`name.tif.vat.dbf`. What cannot be read there says nothing: the catalogue names the classes anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pyogrio

from cetm_geo.readers.xmltext import parsed

_MOST_BYTES = 16 << 20
_NAME, _LEAST, _LEAST_AND_MOST, _TEXT = "2", "3", "5", "2"  # GDAL's usages and types of fields


def labels_beside(path: Path, band: int) -> list[tuple[str, str]]:
    """Code and name of each class that a table beside a raster names; empty without one."""
    described = path.with_name(f"{path.name}.aux.xml")
    if described.is_file():
        found = _of_xml(described, band)
        if found:
            return found
    table = path.with_name(f"{path.name}.vat.dbf")
    return _of_dbf(table) if table.is_file() else []


def _of_xml(path: Path, band: int) -> list[tuple[str, str]]:
    root = parsed(path, _MOST_BYTES)
    bands = [] if root is None else root.findall("PAMRasterBand")
    own = next((b for b in bands if b.get("band", "1") == str(band)), None)
    if own is None:
        return []
    table = own.find("GDALRasterAttributeTable")
    if table is not None:
        return _of_table(table)
    names = [c.text or "" for c in own.findall("CategoryNames/Category")]
    return [(str(code), name.strip()) for code, name in enumerate(names) if name.strip()]


def _of_table(table: ElementTree.Element) -> list[tuple[str, str]]:
    fields = table.findall("FieldDefn")
    usages = [f.findtext("Usage", "") for f in fields]
    types = [f.findtext("Type", "") for f in fields]
    label = _place(usages, [_NAME], _place(types, [_TEXT], None))
    code = _place(usages, [_LEAST_AND_MOST, _LEAST], None)
    if label is None or code is None:
        return []
    rows = [[cell.text or "" for cell in row.findall("F")] for row in table.findall("Row")]
    full = [row for row in rows if len(row) == len(fields)]
    return [(row[code].strip(), row[label].strip()) for row in full if row[label].strip()]


def _place(texts: list[str], wanted: Iterable[str], otherwise: int | None) -> int | None:
    return next((texts.index(text) for text in wanted if text in texts), otherwise)


def _of_dbf(path: Path) -> list[tuple[str, str]]:
    try:
        rows = pyogrio.read_dataframe(path, read_geometry=False)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, OSError):
        return []
    codes = next((c for c in rows if str(c).casefold() == "value"), None)
    names = next((c for c in rows if rows[c].dtype.kind not in "iufb"), None)
    if codes is None or names is None:
        return []
    pairs = zip(rows[codes].tolist(), rows[names].tolist(), strict=True)
    return [(f"{code:g}", str(name).strip()) for code, name in pairs if str(name or "").strip()]
