"""What a bundle says of itself: a data package (Frictionless), a STAC item, a text to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources as package_files
from pathlib import PurePosixPath
from typing import Any

import shapely

from cetm_geo.bundle.contents import Contents
from cetm_geo.export import What
from cetm_geo.export.bounds import Bounds
from cetm_geo.words import DISCLAIMER

_MEDIA = {
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "json": "application/json",
    "toml": "application/toml",
}
# What a data package calls the types of columns; lists and the like are texts in a CSV.
_TYPES = {"number": "number", "count": "integer", "flag": "boolean", "date": "string"}
_FILE_EXTENSION = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
_SHA256 = "1220"  # a multihash begins with the function (0x12) and the length of the digest (0x20)


@dataclass(frozen=True)
class Member:
    """A file of a bundle. name: its path within; sha256: in hexadecimal; columns: of a CSV."""

    name: str
    size_bytes: int
    sha256: str
    columns: tuple[str, ...] = ()

    @property
    def ending(self) -> str:
        """Without the dot."""
        return PurePosixPath(self.name).suffix.lstrip(".")


def data_package(contents: Contents, data: Sequence[Member]) -> dict[str, Any]:
    """The descriptor: a resource a file with its digest, the CSV tables with their columns."""
    sources, facts = _sources(contents), contents.facts
    licences = {(row["licence"], row["licence_url"]) for row in sources}
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"cetm-geo-evidence-{facts['content_digest'][:8]}",
        "title": _title(contents),
        "description": DISCLAIMER,
        "created": facts["created"],
        "licenses": [
            {"name": _slug(name), "title": name, **_path(url)}
            for name, url in sorted(licences, key=lambda one: (one[0], one[1] or ""))
        ],
        "sources": [
            {"title": row["attribution"] or row["label"], **_path(row["licence_url"])}
            for row in sources
        ],
        "resources": [_resource(contents, member) for member in data],
    }


def _slug(text: str) -> str:
    """A text as a name by which packages are told apart."""
    return re.sub("[^a-z0-9.]+", "-", text.lower()).strip("-")


def _path(url: str | None) -> dict[str, str]:
    return {"path": url} if url else {}


def _resource(contents: Contents, member: Member) -> dict[str, Any]:
    described = {
        "name": _slug(member.name),
        "path": member.name,
        "format": member.ending,
        "mediatype": _MEDIA.get(member.ending, "application/octet-stream"),
        "bytes": member.size_bytes,
        "hash": f"sha256:{member.sha256}",
    }
    if member.ending != "csv":
        return described
    table = member.name.removeprefix("data/").removesuffix(".csv")
    told = contents.tables[table].members["columns"] if table in contents.tables else []
    known = {one["column"]: one for one in told}
    fields = [_field(known.get(name, {"column": name})) for name in member.columns]
    schema = {"fields": fields, "missingValues": [""]}
    return {**described, "encoding": "utf-8", "type": "table", "schema": schema}


def _field(column: Mapping[str, str]) -> dict[str, str]:
    more = {"description": column.get("meaning"), "unit": column.get("unit")}
    kind = _TYPES.get(column.get("type", ""), "string")
    return {"name": column["column"], "type": kind, **{k: v for k, v in more.items() if v}}


def stac_item(contents: Contents, data: Sequence[Member]) -> dict[str, Any]:
    """The sites as a STAC 1.1 item: their box, the day, the files of tables as assets."""
    facts = contents.facts
    bounds = Bounds()
    bounds.add(contents.tables[What.SITES].rows.geometry.to_numpy())
    place: dict[str, Any] = {"geometry": None}
    if bounds.box:
        west, south, east, north = bounds.box
        spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
        outline = shapely.union_all([shapely.box(a, south, b, north) for a, b in spans])
        place = {"bbox": bounds.box, "geometry": shapely.geometry.mapping(outline)}
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": [_FILE_EXTENSION],
        "id": f"cetm-geo-evidence-{facts['content_digest'][:8]}",
        **place,
        "properties": {
            "datetime": f"{facts['as_of']}T00:00:00Z",
            "created": facts["created"].replace("+00:00", "Z"),
            "title": _title(contents),
            "description": DISCLAIMER,
            "license": "other",
        },
        "links": [],
        "assets": dict(_assets(data)),
    }


def _assets(data: Sequence[Member]) -> Iterator[tuple[str, dict[str, Any]]]:
    for member in data:
        if not member.name.startswith("data/"):
            continue
        yield (
            member.name.removeprefix("data/"),
            {
                "href": f"./{member.name}",
                "type": _MEDIA.get(member.ending, "application/octet-stream"),
                "roles": ["metadata" if ".csv." in member.name else "data"],
                "file:checksum": _SHA256 + member.sha256,
                "file:size": member.size_bytes,
            },
        )


def read_me(contents: Contents) -> str:
    """The bundle in words."""
    sources = _sources(contents)
    head = (package_files.files("cetm_geo.bundle") / "readme.txt").read_text(encoding="utf-8")
    return head.format(
        what=_title(contents),
        layers=len(sources),
        label=contents.facts["label"],
        as_of=contents.facts["as_of"],
        disclaimer=DISCLAIMER,
        sources="\n".join(map(_source, sources)),
    )


def _source(row: Mapping[str, Any]) -> str:
    digest = row["sha256"] or "none"
    said = f"as of {row['as_of'] or 'a day that is not stated'}; {row['licence']}"
    return f"- {row['label']} (`{row['layer_id']}`): {said}; `{row['file']}`, SHA-256 `{digest}`"


def _sources(contents: Contents) -> list[dict[str, Any]]:
    return list(contents.tables[What.SITES].members["sources"])


def _title(contents: Contents) -> str:
    ids, kind = contents.facts["site_ids"], contents.facts["kind"]
    shown = ", ".join(ids[:3]) + (" ..." if len(ids) > 3 else "")
    return f"{len(ids)} of {kind}: {shown}"
