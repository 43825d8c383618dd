"""Reading a store: the generation in force, opened read-only and held against its manifest."""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import geopandas as gpd
import pandas as pd
import pyarrow as pa
import shapely

from cetm_geo import words
from cetm_geo.errors import (
    DefinitionError,
    SiteError,
    StoreDamaged,
    StoreError,
    StoreMissing,
    StoreVersionError,
)
from cetm_geo.measure import LONLAT
from cetm_geo.model import Rulebook
from cetm_geo.rulebook import read_rulebook, version_of
from cetm_geo.store import pieces
from cetm_geo.store.connection import (
    CURRENT,
    FILE,
    GENERATIONS,
    MANIFEST,
    MANIFEST_DIGEST,
    PIECES,
    RULES_FOLDER,
    SCHEMA_VERSION,
    connect_reading,
    digest_of_manifest,
    first_line,
    log_of,
    sha256_of,
    statement,
)

T = TypeVar("T")
DEFAULT_FOLDER = "store"
ENVIRONMENT = "CETM_STORE"
# Of all sites and rows, where nobody says of which.
_EVERYTHING = {"site_ids": None, "first_row": 0, "last_row": 2**62}
_PROMISES = {
    "generation",
    "rows",
    "size_bytes",
    "sha256",
    "pieces",
    "rules_version",
    MANIFEST_DIGEST,
}  # what a manifest must hold


class Store:
    """One generation, open for reading. Safe to share between threads: each has its own cursor."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any], sparing: bool = False) -> None:
        self.folder, self.manifest = folder, manifest
        self.generation = str(manifest["generation"])
        limits = [None, _sparing_mb(manifest["rows"]["sites"])]
        if sparing:
            limits.reverse()
        self._connection = connect_reading(folder / FILE, *limits)
        self._threads = threading.local()
        self._lock = threading.Lock()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._threads, "cursor", None)
        if cursor is None:
            with self._lock:
                cursor = self._threads.cursor = self._connection.cursor()
        return cursor

    def closed_after(self, parts: Iterable[T]) -> Iterator[T]:
        """The parts as they are. After the last the store is closed for good: what is done with
        them then has the memory that its blocks took."""
        yield from parts
        self._cursor().close()
        del self._threads.cursor
        self._connection.close()

    def _read(
        self, name: str, params: Mapping[str, Any], take: Callable[[duckdb.DuckDBPyConnection], T]
    ) -> T:
        """What `take` makes of the answer; most of a file is read only then."""
        text, bound = statement(name), dict(params)
        for param, everything in _EVERYTHING.items():
            if f"${param}" in text:
                bound.setdefault(param, everything)
        try:
            return take(self._cursor().execute(text, bound or None))
        except duckdb.Error as error:
            # Rows that are fetched tell of it within an error of another kind.
            if not isinstance(error, duckdb.IOException) and "IO Error" not in str(error):
                raise
            raise StoreDamaged(
                f"{self.folder}: cannot be read ({first_line(error)}).", "Build the store again."
            ) from error

    def frame(self, name: str, **params: Any) -> pd.DataFrame:
        """The answer of sql/<name>.sql as a frame; `params` are bound to its $names."""
        return self.arrow(name, **params).to_pandas()

    def arrow(self, name: str, **params: Any) -> pa.Table:
        """The answer as `frame`, as it can be handed to `beside` of another store."""
        return self._read(name, params, duckdb.DuckDBPyConnection.to_arrow_table)

    def beside(self, name: str, given: Mapping[str, pa.Table], **params: Any) -> pa.Table:
        """The answer of a statement that also reads tables handed in, by the names they have there.

        They are seen by this thread alone, until it is answered.
        """
        cursor = self._cursor()
        for known, rows in given.items():
            cursor.register(known, rows)
        try:
            return self.arrow(name, **params)
        finally:
            for known in given:
                cursor.unregister(known)

    def rows(self, name: str, **params: Any) -> list[dict[str, Any]]:
        """The answer as dicts; null and NaN are None."""
        columns, found = self._read(name, params, lambda x: (x.description or (), x.fetchall()))
        names = [column[0] for column in columns]
        return [{k: _plain(v) for k, v in zip(names, row, strict=True)} for row in found]

    def value(self, name: str, **params: Any) -> Any:
        """The first column of the first row, None if there is none."""
        row = self._read(name, params, duckdb.DuckDBPyConnection.fetchone)
        return _plain(row[0]) if row else None

    def shapes(self, name: str, **params: Any) -> gpd.GeoDataFrame:
        """The answer of a statement whose `geometry` is WKB, as a GeoDataFrame in lon/lat."""
        frame = self.frame(name, **params)
        shapes = shapely.from_wkb(frame["geometry"].to_numpy(object))
        frame["geometry"] = gpd.GeoSeries(shapes, index=frame.index, crs=LONLAT)
        return gpd.GeoDataFrame(frame, geometry="geometry", crs=LONLAT)

    @cached_property
    def rulebook(self) -> Rulebook:
        """The rules that its flags were made with."""
        try:
            return read_rulebook(self.folder / RULES_FOLDER)
        except DefinitionError as error:
            raise StoreDamaged(
                f"{self.folder / RULES_FOLDER}: the rules cannot be read ({error.what}).",
                "Build the store again.",
            ) from error

    @property
    def meta(self) -> dict[str, str]:
        """What the store says of itself: label, as_of, software, bounds."""
        return {row["key"]: row["value"] for row in self.rows("facts_of_store")}


def _sparing_mb(sites: int) -> int:
    """Memory for reading part by part: half as much again as was seen to be needed, 45 MB of
    200,000 sites and less than 90 of 600,000."""
    return 48 + sites * 120 // 10**6


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def default_folder() -> Path:
    """The store a command uses that is given none: the environment's CETM_STORE, else ./store."""
    return Path(os.environ.get(ENVIRONMENT) or DEFAULT_FOLDER)


def open_store(path: Path, sparing: bool = False) -> Store:
    """The generation in force below the folder `path`.

    sparing: for a process that reads it part by part and once: blocks that were read are dropped
    early, and statements over whole tables may find too little memory.

    Raises StoreMissing, StoreVersionError, StoreDamaged.
    """
    while True:
        name = _current_name(path)
        try:
            return _open_generation(path, name, sparing)
        except (OSError, StoreError):
            # Builds may have gone by meanwhile and removed it: then another is in force.
            if _current_name(path) == name:
                raise


def open_state(path: Path) -> Store:
    """As `open_store`; `path` may also be the folder of one generation that a store keeps."""
    if (path / MANIFEST).is_file():
        whole = path.resolve()
        return _open_generation(whole.parents[1], whole.name)
    return open_store(path)


def kept_before(path: Path, generation: str) -> list[str]:
    """Names of the kept generations that are older than one of this name, the newest last."""
    kept = (p.name for p in (path / GENERATIONS).glob("*") if not p.name.endswith(".part"))
    return sorted(name for name in kept if name < generation)


def open_earlier(path: Path, generation: str) -> Store | None:
    """The newest kept generation that is older than one of this name; None where there is none
    that this program reads."""
    for name in reversed(kept_before(path, generation)):
        try:
            return _open_generation(path, name)
        except StoreError:  # of an older schema, or removed by a build just now
            continue
    return None


def _open_generation(path: Path, name: str, sparing: bool = False) -> Store:
    folder = path / GENERATIONS / name
    manifest = _read_manifest(folder)
    size = (folder / FILE).stat().st_size if (folder / FILE).is_file() else -1
    if size != manifest["size_bytes"]:
        raise StoreDamaged(
            f"{folder / FILE}: {size} bytes, its manifest says {manifest['size_bytes']}.",
            "Build the store again.",
        )
    if log_of(folder / FILE).exists():
        raise StoreDamaged(
            f"{folder / FILE}: cannot be opened (a write-ahead log lies beside it).",
            "Build the store again.",
        )
    try:
        store = Store(folder, manifest, sparing)
        counted = {row["table_name"]: row["rows"] for row in store.rows("rows_of_tables")}
    except duckdb.Error as error:
        raise StoreDamaged(
            f"{folder / FILE}: cannot be opened ({first_line(error)}).", "Build the store again."
        ) from error
    for facts in manifest["pieces"].values():
        pieces.check(path / PIECES, facts)
    if version_of(folder / RULES_FOLDER) != manifest["rules_version"]:
        raise StoreDamaged(
            f"{folder / RULES_FOLDER}: the rules differ from those of the build.",
            "Build the store again; change the rules in a folder of your own.",
        )
    if counted != manifest["rows"]:
        raise StoreDamaged(
            f"{folder / FILE}: its row counts differ from its manifest.", "Build the store again."
        )
    return store


def _current_name(path: Path) -> str:
    try:
        return (path / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreMissing(
            f"{path}: there is no store here.",
            "Run cetm-geo build first, or name another folder with --store.",
        ) from error


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = manifest["schema_version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreDamaged(f"{folder}: no readable manifest.", "Build the store again.") from error
    if version != SCHEMA_VERSION:
        raise StoreVersionError(
            f"{folder}: written as schema {version}, this program reads {SCHEMA_VERSION}.",
            "Build the store again.",
        )
    if not manifest.keys() >= _PROMISES:
        raise StoreDamaged(f"{folder}: its manifest is incomplete.", "Build the store again.")
    if manifest[MANIFEST_DIGEST] != digest_of_manifest(manifest):
        raise StoreDamaged(
            f"{folder}: its manifest differs from what the build wrote.", "Build the store again."
        )
    return manifest


class StoreReader:
    """Gives the store of the generation in force, opened once per generation."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._store: Store | None = None

    def current(self) -> Store:
        """The open store; looks at CURRENT on each call and swaps when it has changed."""
        try:
            facts = (self.path / CURRENT).stat()
        except OSError:
            _current_name(self.path)
            raise
        seen = (facts.st_ino, facts.st_mtime_ns)
        with self._lock:
            if self._store is None or seen != self._seen:
                self._store, self._seen = open_store(self.path), seen
            return self._store


def verify_store(path: Path) -> dict[str, Any]:
    """Hold the whole file against its manifest. Returns the manifest; raises StoreDamaged."""
    store = open_store(path)
    found = sha256_of(store.folder / FILE)
    if found != store.manifest["sha256"]:
        raise StoreDamaged(
            f"{store.folder / FILE}: its content differs from its manifest (sha256).",
            "Build the store again.",
        )
    for facts in store.manifest["pieces"].values():
        pieces.check(path / PIECES, facts, content=True)
    return dict(store.manifest)


def site_answer(store: Store, site_id: str) -> dict[str, Any]:
    """Everything the page says of one stored site; the shape of `answers.answer_of`.

    Raises SiteError where the store holds no such site.
    """
    found = store.rows("site_facts", site_id=site_id)
    if not found:
        raise SiteError(f"There is no site {site_id!r} in this store.", "Search for its name.")
    return {
        "site": found[0],
        "lines": [with_label(row) for row in store.rows("lines_of_site", site_id=site_id)],
        "overlaps": store.rows("overlaps_of_site", site_id=site_id),
        "indicators": store.rows("indicators_of_site", site_id=site_id),
        "series": store.rows("series_of_site", site_id=site_id),
        "flags": store.rows("flags_of_site", site_id=site_id),
        "flag_features": store.rows("flag_features_of_site", site_id=site_id),
        "tier": store.rows("tier_of_site", site_id=site_id)[0],
        "themes": store.rows("theme_scores_of_site", site_id=site_id),
        "sources": store.rows("layers_of_screening"),
        "missing": [],
    }


def with_label(line: dict[str, Any]) -> dict[str, Any]:
    """A line of an answer with its role's label where it speaks for a role."""
    return line | {"label": line["label"] or words.role_label(line["role"])}
