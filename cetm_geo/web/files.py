"""Files that leave by the API and by the page: the same bytes for both."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response

from cetm_geo import bundle, export, pipeline, takeaway
from cetm_geo.described import NOT_SAID, Described
from cetm_geo.export import Format
from cetm_geo.web.service import Service

TYPES: Mapping[str, str] = {
    Format.GEOJSON: "application/geo+json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.GEOJSONSEQ: "application/geo+json-seq",
    Format.GPKG: "application/geopackage+sqlite3",
    Format.FLATGEOBUF: "application/vnd.flatgeobuf",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")  # in the name of a file
_SOURCES = '<provenance.json>; rel="describedby"; type="application/json"'  # beside a CSV


@dataclass(frozen=True)
class Made:
    """A file. missing: what was not measured in the time given, in words."""

    content: bytes
    missing: tuple[str, ...] = ()


def titles_file(service: Service, form: str, site_ids: Collection[str]) -> Made:
    """Stored titles in a format, what licences keep left out, whoever asks."""
    taken = takeaway.of_store(service.store(), site_ids=site_ids)
    return Made(export.content(taken.rows, form, taken.members))


def proposal_file(
    service: Service,
    form: str,
    geometry: Mapping[str, Any],
    name: str = "Proposal",
    said: Described = NOT_SAID,
) -> Made:
    """A polygon as `cetm-geo screen` writes it. Raises SiteError as `Screener.propose`."""
    screening = service.screener.screening_of(geometry, name, said)
    resident = service.resident(service.store())
    layers, rulebook = resident.ground.layers, resident.under.rulebook
    taken = takeaway.of_screening(screening, layers, rulebook, pipeline.software())
    content = export.content(taken.rows, form, taken.members)
    return Made(content, tuple(taken.members["missing"]))


def bundle_file(service: Service, site_id: str) -> Response:
    """The evidence bundle of a title, with its SHA-256 as RFC 9530 has it. Raises SiteError."""
    contents = bundle.of_titles(service.store(), [site_id])
    with tempfile.TemporaryDirectory(prefix="cetm-geo-") as folder:
        file = Path(folder) / "bundle.zip"
        digest = bundle.write_bundle(contents, file)
        answer = Response(file.read_bytes(), content_type="application/zip")
    named(answer, site_id, f"{digest[:8]}.zip")
    coded = base64.b64encode(bytes.fromhex(digest)).decode("ascii")
    answer.headers["Repr-Digest"] = f"sha-256=:{coded}:"
    return answer


def named(answer: Response, what: str, mark: str) -> Response:
    """The answer, saved under a name that says of what it is. mark: the end of the name."""
    name = f"{_UNSAFE.sub('_', what)}-{mark}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def as_file(content: Any, form: str, name: str) -> Response:
    """An answer that is saved as `name`; of a CSV the sources stand elsewhere, and it says where.

    content: bytes, or texts one after the other.
    """
    answer = Response(content, content_type=TYPES[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if form == Format.CSV:
        answer.headers["Link"] = _SOURCES
    return answer
