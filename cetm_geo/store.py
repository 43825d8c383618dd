"""The store: generations of one DuckDB file; the only importer of duckdb, SQL comes from sql/.

Write: lock, a new generation under a temporary name, close, verify read-only, manifest last,
rename, swap CURRENT. Read: CURRENT names the generation; it is opened read-only, sealed against
the file system and the network, and its size and row counts are held against the manifest.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import math
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources as package_files
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_spatial
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from cetm_geo import tables, words
from cetm_geo.errors import (
    SiteError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreMissing,
    StoreVersionError,
)
from cetm_geo.model import (
    OVERLAID_ROLES,
    Layer,
    LayerSpec,
    Licence,
    Publish,
    Role,
    Source,
    Tenure,
)

SCHEMA_VERSION = 1
DEFAULT_FOLDER = "store"
ENVIRONMENT = "CETM_STORE"
_CURRENT, _GENERATIONS, _FILE, _MANIFEST, _LOCK = (
    "CURRENT", "generations", "store.duckdb", "manifest.json", ".lock"
)  # fmt: skip
_KEPT_GENERATIONS = 3
_SEALED: Mapping[str, str | bool] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}


# --- reading -------------------------------------------------------------------------------------


class Store:
    """One generation, open for reading. Safe to share between threads: each has its own cursor."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder, self.manifest = folder, manifest
        self.generation = str(manifest["generation"])
        self._connection = _connect(folder / _FILE, read_only=True)
        self._threads = threading.local()
        self._lock = threading.Lock()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._threads, "cursor", None)
        if cursor is None:
            with self._lock:
                cursor = self._threads.cursor = self._connection.cursor()
        return cursor

    def _execute(self, name: str, params: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
        try:
            return self._cursor().execute(statement(name), dict(params) or None)
        except duckdb.IOException as error:
            raise StoreDamaged(
                f"{self.folder}: cannot be read ({_first_line(error)}).", "Build the store again."
            ) from error

    def frame(self, name: str, **params: Any) -> pd.DataFrame:
        """The answer of sql/<name>.sql as a frame; `params` are bound to its $names."""
        return self._execute(name, params).to_arrow_table().to_pandas()

    def rows(self, name: str, **params: Any) -> list[dict[str, Any]]:
        """The answer as dicts; null and NaN are None."""
        cursor = self._execute(name, params)
        names = [column[0] for column in cursor.description or ()]
        return [
            {k: _plain(v) for k, v in zip(names, row, strict=True)} for row in cursor.fetchall()
        ]

    def value(self, name: str, **params: Any) -> Any:
        """The first column of the first row, None if there is none."""
        row = self._execute(name, params).fetchone()
        return _plain(row[0]) if row else None

    def shapes(self, name: str, **params: Any) -> gpd.GeoDataFrame:
        """The answer of a statement whose column `geometry` is WKB, as a GeoDataFrame in lon/lat."""
        frame = self.frame(name, **params)
        shapes = shapely.from_wkb(frame["geometry"].to_numpy(object))
        frame["geometry"] = gpd.GeoSeries(shapes, index=frame.index, crs=tables.LONLAT)
        return gpd.GeoDataFrame(frame, geometry="geometry", crs=tables.LONLAT)

    @property
    def meta(self) -> dict[str, str]:
        """What the store says of itself: label, as_of, software, bounds."""
        return {row["key"]: row["value"] for row in self.rows("facts_of_store")}


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


@cache
def statement(name: str) -> str:
    """The text of sql/<name>.sql."""
    return (package_files.files("cetm_geo") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _connect(file: Path | None, read_only: bool) -> duckdb.DuckDBPyConnection:
    target = str(file) if file else ":memory:"
    connection = duckdb.connect(target, read_only=read_only, config=dict(_SEALED))
    connection.load_extension(str(_spatial_extension()))
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _spatial_extension() -> Path:
    """The file that the wheel of duckdb-extension-spatial carries; nothing is downloaded."""
    base = Path(duckdb_extension_spatial.__file__).parent / "extensions" / f"v{duckdb.__version__}"
    file = base / "spatial.duckdb_extension"
    if not file.is_file():
        raise StoreError(
            f"duckdb {duckdb.__version__} has no spatial extension at {file}.",
            "Install duckdb and duckdb-extension-spatial in the same version.",
        )
    return file


def default_folder() -> Path:
    """The store a command uses that is given none: the environment's CETM_STORE, else ./store."""
    return Path(os.environ.get(ENVIRONMENT) or DEFAULT_FOLDER)


def open_store(path: Path) -> Store:
    """The generation in force below the folder `path`.

    Raises StoreMissing, StoreVersionError, StoreDamaged.
    """
    name = _current_name(path)
    folder = path / _GENERATIONS / name
    manifest = _read_manifest(folder)
    size = (folder / _FILE).stat().st_size if (folder / _FILE).is_file() else -1
    if size != manifest["size_bytes"]:
        raise StoreDamaged(
            f"{folder / _FILE}: {size} bytes, its manifest says {manifest['size_bytes']}.",
            "Build the store again.",
        )
    try:
        store = Store(folder, manifest)
        counted = {row["table_name"]: row["rows"] for row in store.rows("rows_of_tables")}
    except duckdb.Error as error:
        raise StoreDamaged(
            f"{folder / _FILE}: cannot be opened ({_first_line(error)}).", "Build the store again."
        ) from error
    if counted != manifest["rows"]:
        raise StoreDamaged(f"{folder / _FILE}: its row counts differ from its manifest.",
                           "Build the store again.")  # fmt: skip
    return store


def _current_name(path: Path) -> str:
    try:
        return (path / _CURRENT).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StoreMissing(
            f"{path}: there is no store here.",
            "Run cetm-geo build first, or name another folder with --store.",
        ) from error


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise StoreDamaged(f"{folder}: no readable manifest.", "Build the store again.") from error
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise StoreVersionError(
            f"{folder}: written as schema {manifest.get('schema_version')}, "
            f"this program reads {SCHEMA_VERSION}.",
            "Build the store again.",
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
            facts = (self.path / _CURRENT).stat()
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
    found = _sha256(store.folder / _FILE)
    if found != store.manifest["sha256"]:
        raise StoreDamaged(
            f"{store.folder / _FILE}: its content differs from its manifest (sha256).",
            "Build the store again.",
        )
    return dict(store.manifest)


def read_layers(store: Store) -> dict[str, Layer]:
    """The layers that a site is measured against, with indexes built, as they were at the build."""
    needed = {*OVERLAID_ROLES, Role.COUNTRY}
    out = {}
    for row in store.rows("layers_of_screening"):
        if row["role"] not in needed:
            continue
        titles = row["role"] == Role.CONCESSION
        name = "titles_of_layer" if titles else "features_of_layer"
        frame = store.shapes(name, layer_id=row["layer_id"])
        if titles:
            frame = _as_features(frame)
        layer = Layer(_spec(row), frame, tables.build(tables.ISSUES), row)
        layer.warm()
        out[layer.spec.id] = layer
    return out


def _as_features(titles: Any) -> Any:
    return titles.assign(
        group_id=titles["feature_id"], designation=titles["stage_text"], class_id="",
        counted=True, tenure=None, iso3=None, circle=None,
    )  # fmt: skip


def _spec(row: Mapping[str, Any]) -> LayerSpec:
    return LayerSpec(
        id=row["layer_id"],
        role=Role(row["role"]),
        label=row["label"],
        source=Source(row["file"]),
        licence=Licence(row["licence"], Publish(row["publish"])),
        tenure=Tenure(row["tenure"]) if row["tenure"] else None,
        as_of=row["as_of"] or "",
        stale_after_years=row["stale_after_years"],
        complete_within=row["complete_within"] or "",
        positional_error_m=row["positional_error_m"],
    )


def site_answer(store: Store, site_id: str) -> dict[str, Any]:
    """Everything the page says of one stored site; the shape of `screening.answer_of`.

    Raises SiteError where the store holds no such site.
    """
    found = store.rows("site_facts", site_id=site_id)
    if not found:
        raise SiteError(f"There is no site {site_id!r} in this store.", "Search for its name.")
    return {
        "site": found[0],
        "lines": [with_label(row) for row in store.rows("lines_of_site", site_id=site_id)],
        "overlaps": store.rows("overlaps_of_site", site_id=site_id),
        "sources": store.rows("layers_of_screening"),
    }


def with_label(line: dict[str, Any]) -> dict[str, Any]:
    """A line of an answer with its role's label where it speaks for a role."""
    return line | {"label": line["label"] or words.role_label(line["role"])}


# --- writing -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Content:
    """What a generation holds; frames by the contracts of `tables`, `tiles` as create_tiles.sql."""

    sites: Any
    features: Any
    overlaps: Any
    coverage: pd.DataFrame
    indicators: pd.DataFrame
    totals: pd.DataFrame
    issues: pd.DataFrame
    sources: pd.DataFrame
    tiles: Any
    meta: Mapping[str, str]

    def frames(self) -> dict[str, Any]:
        """Table name -> frame, meta as a frame too."""
        meta = pd.DataFrame({"key": list(self.meta), "value": list(self.meta.values())}, dtype="str")
        named = {f: getattr(self, f) for f in self.__dataclass_fields__ if f != "meta"}
        return {**named, "meta": meta}


def write_store(path: Path, content: Content) -> str:
    """Write a new generation below `path` and put it in force. Returns its name.

    The generation in force before stays whole and served whatever happens on the way.
    Raises StoreBusy, StoreError (cannot be written, disk full).
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            return _write_generation(path, content)
    except (OSError, duckdb.Error) as error:
        raise StoreError(
            f"{path}: the store could not be written ({_first_line(error)}); "
            "what it held before is unchanged.",
            "Check free space and permissions, then build again.",
        ) from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with (path / _LOCK).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreBusy(f"{path}: another build is writing here.", "Wait for it.") from error
        yield


def _write_generation(path: Path, content: Content) -> str:
    frames = content.frames()
    digest = _content_digest(frames)
    created = datetime.now(UTC)
    name = f"{created:%Y%m%dT%H%M%S%f}-{digest[:8]}"
    generations = path / _GENERATIONS
    generations.mkdir(exist_ok=True)
    for leftover in generations.glob("*.part"):
        shutil.rmtree(leftover, ignore_errors=True)
    folder = generations / f"{name}.part"
    folder.mkdir()
    try:
        rows = _write_file(folder / _FILE, frames)
        manifest = {
            "schema_version": SCHEMA_VERSION, "generation": name,
            "created": created.isoformat(timespec="seconds"), "rows": rows,
            "size_bytes": (folder / _FILE).stat().st_size,
            "sha256": _sha256(folder / _FILE), "content_digest": digest,
        }  # fmt: skip
        _write_synced(folder / _MANIFEST, json.dumps(manifest, indent=2, sort_keys=True) + "\n")
        (folder / _FILE).chmod(0o444)
        folder.rename(generations / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _sync_folder(generations)
    _write_synced(path / f"{_CURRENT}.part", name + "\n")
    (path / f"{_CURRENT}.part").replace(path / _CURRENT)
    _sync_folder(path)
    _drop_old(generations, name)
    return name


def _write_file(file: Path, frames: Mapping[str, Any]) -> dict[str, int]:
    """Write all tables, then read every column back through a sealed connection."""
    connection = duckdb.connect(str(file), config=dict(_SEALED))
    try:
        connection.load_extension(str(_spatial_extension()))
        for name, frame in frames.items():
            connection.register("incoming", _arrow(frame))
            connection.execute(statement(f"create_{name}"))
            connection.unregister("incoming")
        connection.execute(statement("index_tiles"))
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    if file.with_suffix(".duckdb.wal").exists():
        raise StoreError(f"{file}: a write-ahead log was left behind.", "Build again.")
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
    expected = {name: len(frame) for name, frame in frames.items()}
    reader = _connect(file, read_only=True)
    try:
        counted = dict(reader.execute(statement("rows_of_tables")).fetchall())
    finally:
        reader.close()
    if counted != expected:
        raise StoreError(f"{file}: rows read back {counted}, written {expected}.", "Build again.")
    return expected


def _arrow(frame: Any) -> pa.Table:
    plain = pd.DataFrame(frame)
    if "geometry" in plain:
        plain = plain.assign(geometry=_wkb(frame))
    fields = {"minerals": pa.list_(pa.string())} if "minerals" in plain else {}
    arrays, names = [], []
    for name in plain.columns:
        kind = pa.binary() if name == "geometry" else fields.get(name)
        if kind is None and str(plain[name].dtype) in ("str", "object", "string"):
            kind = pa.string()
        arrays.append(pa.array(plain[name], type=kind, from_pandas=True))
        names.append(name)
    return pa.table(arrays, names=names)


def _wkb(frame: Any) -> Any:
    return shapely.to_wkb(np.asarray(frame["geometry"].array, dtype=object))


def _content_digest(frames: Mapping[str, Any]) -> str:
    """Digest of what the tables say: equal content, equal digest, whatever the file's bytes are."""
    digest = hashlib.sha256()
    for name, frame in sorted(frames.items()):
        digest.update(name.encode())
        sink = pa.BufferOutputStream()
        table = _arrow(frame).combine_chunks()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        digest.update(sink.getvalue())
    return digest.hexdigest()


def _write_synced(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _drop_old(generations: Path, current: str) -> None:
    """Keep the newest few: a reader may still be opening the one before."""
    names = sorted(p.name for p in generations.iterdir() if not p.name.endswith(".part"))
    for name in [n for n in names if n != current][: -_KEPT_GENERATIONS + 1 or None]:
        shutil.rmtree(generations / name, ignore_errors=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


def software_versions() -> dict[str, str]:
    """Version of the store's engine."""
    return {"duckdb": duckdb.__version__}
