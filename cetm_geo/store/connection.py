"""How DuckDB is opened: sealed, with the spatial extension that came from the package index.

This package is the only importer of duckdb; every statement stands in cetm_geo/sql/.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from functools import cache
from importlib import resources as package_files
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_spatial

from cetm_geo.errors import StoreError

SCHEMA_VERSION = 10
CURRENT, GENERATIONS, FILE, MANIFEST = "CURRENT", "generations", "store.duckdb", "manifest.json"
PIECES = "pieces"
RULES_FOLDER = "rules"
MANIFEST_DIGEST = "sha256_of_manifest"
SEALED: Mapping[str, str | bool] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}
# From this version on a file knows its own write-ahead log; into an older one DuckDB plays whatever
# log lies beside it.
WRITTEN: Mapping[str, str | bool] = {**SEALED, "storage_compatibility_version": "v1.4.0"}

_SEALING = threading.Lock()


@cache
def statement(name: str) -> str:
    """The text of sql/<name>.sql."""
    return (package_files.files("cetm_geo") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def connect_reading(
    file: Path, memory_mb: int | None = None, or_mb: int | None = None
) -> duckdb.DuckDBPyConnection:
    """A read-only connection that can reach no other file and no network.

    DuckDB gives one process one instance of a file: a second connection finds it sealed already.

    memory_mb: the most that blocks and answers in the making may take; None: DuckDB's own limit,
    most of the machine's. or_mb: that of a connection which this process may have already.
    """
    with _SEALING:
        try:
            connection = _connect(file, memory_mb)
        except duckdb.ConnectionException:  # it is open with another limit
            connection = _connect(file, or_mb)
        if connection.execute(statement("is_sealed")).fetchone() != (True,):
            connection.load_extension(str(spatial_extension()))
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
    return connection


def _connect(file: Path, memory_mb: int | None) -> duckdb.DuckDBPyConnection:
    limit = {} if memory_mb is None else {"memory_limit": f"{memory_mb}MiB"}
    return duckdb.connect(str(file), read_only=True, config={**SEALED, **limit})


def spatial_extension() -> Path:
    """The file that the wheel of duckdb-extension-spatial carries; nothing is downloaded."""
    base = Path(duckdb_extension_spatial.__file__).parent / "extensions" / f"v{duckdb.__version__}"
    file = base / "spatial.duckdb_extension"
    if not file.is_file():
        raise StoreError(
            f"duckdb {duckdb.__version__} has no spatial extension at {file}.",
            "Install duckdb and duckdb-extension-spatial in the same version.",
        )
    return file


def sha256_of(file: Path) -> str:
    """Digest of a file's bytes."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def log_of(file: Path) -> Path:
    """Where DuckDB keeps the write-ahead log of a file."""
    return file.with_name(f"{file.name}.wal")


def sync(path: Path) -> None:
    """Bring a file's bytes, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest_of_manifest(manifest: Mapping[str, Any]) -> str:
    """What the manifest's own `sha256_of_manifest` has to be."""
    told = {key: value for key, value in manifest.items() if key != MANIFEST_DIGEST}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def first_line(error: BaseException) -> str:
    """The first line of an error's text, or its name where it has none."""
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


def software_versions() -> dict[str, str]:
    """Version of the store's engine."""
    return {"duckdb": duckdb.__version__}
