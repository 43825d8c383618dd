"""A bundle as one zip: the same contents give the same bytes."""

from __future__ import annotations

import csv
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cetm_geo import export
from cetm_geo.bundle.contents import Contents
from cetm_geo.bundle.packaging import Member, data_package, read_me, stac_item
from cetm_geo.export import json_text
from cetm_geo.store.connection import sha256_of

FACTS, SUMS, OUTLINES, USED = "bundle.json", "SHA256SUMS", "outlines.geojson", "rules_used.json"
DATA, RULES = "data", "rules"
FORMAT, FORMAT_VERSION = "cetm-geo evidence bundle", 1
_FORMATS = (export.Format.GEOJSON, export.Format.PARQUET, export.Format.CSV)
_DAY = (1980, 1, 1, 0, 0, 0)  # the first that a zip knows: a day of its own would change its bytes


def write_bundle(contents: Contents, file: Path) -> str:
    """Write a bundle; the file appears whole or not at all. Returns its SHA-256 in hexadecimal.

    Raises ExportError where it cannot be written.
    """
    with (
        export.whole(file) as part,
        tempfile.TemporaryDirectory(prefix=".cetm-geo-", dir=part.parent) as folder,
    ):
        _write(contents, part, Path(folder))
        return sha256_of(part)


def _write(contents: Contents, target: Path, folder: Path) -> None:
    data = [_member(folder, path) for path in _data(contents, folder)]
    facts = {"format": FORMAT, "format_version": FORMAT_VERSION, **contents.facts}
    texts = {
        FACTS: json_text(facts),
        USED: json_text(contents.used),
        "item.json": json_text(stac_item(contents, data)),
        "datapackage.json": json_text(data_package(contents, data)),
        "README.md": read_me(contents),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    named = [*data, *(_member(folder, folder / name) for name in texts)]
    sums = "".join(f"{x.sha256}  {x.name}\n" for x in sorted(named, key=lambda x: x.name))
    (folder / SUMS).write_text(sums, encoding="utf-8")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name in [SUMS, *sorted(x.name for x in named)]:
            entry = zipfile.ZipInfo(name, _DAY)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with made.open(entry, "w") as out, (folder / name).open("rb") as source:
                while block := source.read(1 << 20):
                    out.write(block)


def _data(contents: Contents, folder: Path) -> Iterator[Path]:
    """Write tables, outlines and rules below `folder`; the files, in order."""
    (folder / DATA).mkdir()
    for name, taken in contents.tables.items():
        for form in _FORMATS:
            file = folder / DATA / f"{name}.{form.value}"
            export.write(taken.rows, form.value, file, taken.members)
            yield file
        yield from sorted((folder / DATA).glob(f"{name}.csv.*"))
    if contents.outlines:
        file = folder / OUTLINES
        collection = {"type": "FeatureCollection", "features": list(contents.outlines)}
        file.write_text(json_text(collection), encoding="utf-8")
        yield file
    for source in sorted(path for path in contents.rules.rglob("*") if path.is_file()):
        file = folder / RULES / source.relative_to(contents.rules)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source.read_bytes())
        yield file


def _member(folder: Path, path: Path) -> Member:
    columns: tuple[str, ...] = ()
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as text:
            columns = tuple(next(csv.reader(text), ()))
    return Member(
        path.relative_to(folder).as_posix(), path.stat().st_size, sha256_of(path), columns
    )
