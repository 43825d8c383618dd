"""A bundle that somebody gives: its files, each held against its SHA-256, nothing unpacked."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cetm_geo.bundle.contents import PROPOSALS, TABLES, TITLES
from cetm_geo.bundle.writing import DATA, FACTS, FORMAT, FORMAT_VERSION, OUTLINES, RULES, SUMS
from cetm_geo.errors import BundleError
from cetm_geo.export import What
from cetm_geo.store.connection import sha256_of

MOST_FILES = 2_000
MOST_BYTES = 2_000_000_000  # of all files, unpacked
# Folders and a file, none of them empty or beginning with a point: such a name leads nowhere else.
_PART = r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}"
_NAME = re.compile(rf"{_PART}(/{_PART}){{0,5}}")
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_OF_SOURCES = ("layer_id", "problem", "rows_accepted", "sha256", "as_of")
_HINT = "Ask for the bundle again, and compare the SHA-256 that was told with it."


@dataclass(frozen=True)
class Opened:
    """A bundle whose files are those that were written.

    facts: what it was made from. tables: per table its rows, the properties of its features.
    shapes: per table their GeoJSON geometries, null where withheld. sources: as in an export.
    rules: the files of its rulebook. outlines: of proposals, as they were screened, else b"".
    """

    sha256: str
    file_count: int
    facts: Mapping[str, Any]
    tables: Mapping[str, list[dict[str, Any]]]
    shapes: Mapping[str, list[Any]]
    sources: list[dict[str, Any]]
    rules: Mapping[str, bytes]
    outlines: bytes


def read_bundle(file: Path) -> Opened:
    """Read and check a bundle.

    Raises BundleError where it is none, is damaged, or holds other files than it says; what a
    newer program wrote is refused.
    """
    try:
        digest = sha256_of(file)
        with zipfile.ZipFile(file) as packed:
            files = dict(_files(file, packed))
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise BundleError(f"{file}: cannot be read ({error}).", _HINT) from error
    _check(file, files)
    try:
        facts = json.loads(files[FACTS])
        if facts.get("format") != FORMAT or facts.get("format_version") != FORMAT_VERSION:
            raise BundleError(
                f"{file}: is of format {facts.get('format_version')!r}, "
                f"this program reads {FORMAT_VERSION}.",
                "Use a newer program.",
            )
        read = {name: json.loads(files[f"{DATA}/{name}.geojson"]) for name in TABLES}
        _demand(facts, read)
        return Opened(
            sha256=digest,
            file_count=len(files),
            facts=facts,
            tables={k: [x["properties"] for x in v["features"]] for k, v in read.items()},
            shapes={k: [x["geometry"] for x in v["features"]] for k, v in read.items()},
            sources=list(read[TABLES[0]]["sources"]),
            rules={
                name.removeprefix(f"{RULES}/"): content
                for name, content in files.items()
                if name.startswith(f"{RULES}/")
            },
            outlines=files.get(OUTLINES, b""),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BundleError(f"{file}: a file in it is not as it should be ({error}).") from error


def _demand(facts: Mapping[str, Any], read: Mapping[str, Any]) -> None:
    """Raises ValueError, KeyError or TypeError where what a verification reads is not there."""
    date.fromisoformat(facts["as_of"])
    texts = [facts["kind"], facts["label"], facts["rules_version"], *facts["site_ids"]]
    if not facts["site_ids"] or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{FACTS} does not say what it is of")
    if not isinstance(facts["software"], dict) or facts["kind"] not in (TITLES, PROPOSALS):
        raise ValueError(f"{FACTS} does not say how it was made")
    if facts["kind"] == PROPOSALS and not isinstance(facts["said"], dict):
        raise ValueError(f"{FACTS} does not say what its proposals are to be")
    for name, held in read.items():
        rows = [feature["properties"] for feature in held["features"]]
        _have(name, rows, ("site_id",))
        _have(name, held["features"], ("geometry",))
        if name == What.OVERLAPS and not all(map(_is_number, (r["overlap_km2"] for r in rows))):
            raise ValueError("an overlap without its area")
    _have("sources", read[What.SITES]["sources"], _OF_SOURCES)


def _have(name: str, rows: Iterable[Mapping[str, Any]], keys: Iterable[str]) -> None:
    lacking = sorted({key for row in rows for key in keys if key not in row})
    if lacking:
        raise ValueError(f"{name} without {', '.join(lacking)}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _files(file: Path, packed: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """The files, as long as they are no more and no larger than a bundle's may be."""
    entries = packed.infolist()
    if len(entries) > MOST_FILES:
        raise BundleError(f"{file}: holds {len(entries):,} files; a bundle has fewer.", _HINT)
    left, seen = MOST_BYTES, set()
    for entry in entries:
        if not _NAME.fullmatch(entry.filename) or entry.filename in seen or entry.flag_bits & 1:
            raise BundleError(f"{file}: {entry.filename!r} is no file of a bundle.", _HINT)
        seen.add(entry.filename)
        with packed.open(entry) as source:  # what an entry says of its size may be wrong
            content = source.read(left + 1)
        left -= len(content)
        if left < 0:
            raise BundleError(f"{file}: unpacks to more than {MOST_BYTES:,} bytes.", _HINT)
        yield entry.filename, content


def _check(file: Path, files: Mapping[str, bytes]) -> None:
    """Raises BundleError for a file that is missing, changed, or not of the bundle."""
    lines = files.get(SUMS, b"").decode("utf-8", "replace").splitlines()
    found = [_LINE.fullmatch(line) for line in lines]
    if not found or None in found:
        raise BundleError(f"{file}: is no evidence bundle, for it has no list of its files.", _HINT)
    sums = {one[2]: one[1] for one in found if one}
    needed = {FACTS, *(f"{DATA}/{name}.geojson" for name in TABLES)}
    problems = [
        *(f"{name} is missing" for name in sorted({*sums, *needed} - files.keys())),
        *(f"{name} is not in its list" for name in sorted(files.keys() - sums.keys() - {SUMS})),
        *(
            f"{name} was changed"
            for name, content in sorted(files.items())
            if name in sums and hashlib.sha256(content).hexdigest() != sums[name]
        ),
    ]
    if problems:
        more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise BundleError(f"{file}: {'; '.join(problems[:3])}{more}.", _HINT)
