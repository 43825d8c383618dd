"""Writing a store: a new generation beside the one in force, swapped in when it is whole."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from cetm_geo import tables
from cetm_geo.cutting import hilbert_order
from cetm_geo.errors import StoreBusy, StoreError
from cetm_geo.rulebook import RULES, copy_rules, version_of
from cetm_geo.store.connection import (
    CURRENT,
    FILE,
    GENERATIONS,
    MANIFEST,
    MANIFEST_DIGEST,
    PIECES,
    RULES_FOLDER,
    SCHEMA_VERSION,
    WRITTEN,
    connect_reading,
    digest_of_manifest,
    first_line,
    log_of,
    sha256_of,
    spatial_extension,
    statement,
    sync,
)
from cetm_geo.store.pieces import PieceFolder, facts_of

_LOCK = ".lock"
# Tables with many rows a site, which stand site by site.
OF_SITES = (
    "overlaps", "coverage", "indicators", "series", "levels", "flags", "flag_features",
    "theme_scores",
)  # fmt: skip
_KEPT_GENERATIONS = 3


def _nothing() -> Iterator[Any]:
    return iter(())


@dataclass(frozen=True)
class Content:
    """What a generation holds; frames by the contracts of `tables`, `tiles` as create_tiles.sql.

    drawn: gives the table `drawn` in parts, as create_drawn.sql; made while it is written, because
    shapes on every level are more than all the rest.
    pieces: per layer id, the name under which its pieces are kept beside the generations.
    rasters: where the rasters' files lay at the build (`rasters.kept`). rules: the folder of the
    rulebook that the flags were made with; a copy of its files is kept beside them.
    """

    sites: Any
    features: Any
    overlaps: Any
    coverage: pd.DataFrame
    indicators: pd.DataFrame
    totals: pd.DataFrame
    pressure: pd.DataFrame
    links: pd.DataFrame
    basins: pd.DataFrame
    series: pd.DataFrame
    ratings: pd.DataFrame
    levels: pd.DataFrame
    flags: pd.DataFrame
    flag_features: pd.DataFrame
    tiers: pd.DataFrame
    theme_scores: pd.DataFrame
    issues: pd.DataFrame
    sources: pd.DataFrame
    tiles: Any
    meta: Mapping[str, str]
    drawn: Callable[[], Iterator[Any]] = _nothing
    pieces: Mapping[str, str] = field(default_factory=dict)
    rasters: pd.DataFrame = field(default_factory=lambda: tables.build(tables.RASTERS))
    consent: pd.DataFrame = field(default_factory=lambda: tables.build(tables.CONSENT))
    statements: pd.DataFrame = field(default_factory=lambda: tables.build(tables.STATEMENTS))
    rules: Path = RULES

    def frames(self) -> dict[str, Any]:
        """Table name -> frame, meta as a frame too."""
        meta = pd.DataFrame(
            {"key": list(self.meta), "value": list(self.meta.values())}, dtype="str"
        )
        apart = {"meta", "pieces", "rules", "drawn"}
        named = {f: getattr(self, f) for f in self.__dataclass_fields__ if f not in apart}
        return {**named, "meta": meta}


def write_store(path: Path, content: Content) -> str:
    """Write a new generation below `path` and put it in force. Returns its name.

    The generation in force before stays whole and served whatever happens on the way.
    Raises StoreBusy, StoreError (cannot be written, disk full).
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            name = _write_generation(path, content)
            _drop_pieces(path)
            return name
    except (OSError, duckdb.Error) as error:
        raise StoreError(
            f"{path}: the store could not be written ({first_line(error)}); "
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
    frames = _site_by_site(content.frames())
    digest = _content_digest(frames)
    created = datetime.now(UTC)
    name = f"{created:%Y%m%dT%H%M%S%f}-{digest[:8]}"
    generations = path / GENERATIONS
    generations.mkdir(exist_ok=True)
    _sweep(path, generations)
    folder = generations / f"{name}.part"
    folder.mkdir()
    try:
        rows = _write_file(folder / FILE, frames, content.drawn())
        copy_rules(content.rules, folder / RULES_FOLDER)
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "generation": name,
            "created": created.isoformat(timespec="seconds"),
            "rows": rows,
            "size_bytes": (folder / FILE).stat().st_size,
            "sha256": sha256_of(folder / FILE),
            "content_digest": digest,
            "rules_version": version_of(folder / RULES_FOLDER),
            "pieces": {
                layer: {"name": piece, **facts_of(path / PIECES, piece)}
                for layer, piece in content.pieces.items()
            },
        }
        manifest[MANIFEST_DIGEST] = digest_of_manifest(manifest)
        _write_synced(folder / MANIFEST, json.dumps(manifest, indent=2, sort_keys=True) + "\n")
        for whole in (FILE, MANIFEST):
            (folder / whole).chmod(0o444)
        for written in (folder, *folder.rglob("*")):
            sync(written)
        folder.rename(generations / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    sync(generations)
    _write_synced(path / f"{CURRENT}.part", name + "\n")
    (path / f"{CURRENT}.part").replace(path / CURRENT)
    sync(path)
    _drop_old(generations, name)
    return name


def _site_by_site(frames: dict[str, Any]) -> dict[str, Any]:
    """What is said of each site together, sites along a Hilbert curve.

    So that some sites at a time are read without the rows of others, neighbours together. The sites
    themselves stay in the order of their layers, by which pieces know them.
    """
    sites = frames["sites"]
    along = hilbert_order(np.asarray(sites["geometry"].array, dtype=object))
    ids = pd.Index(sites["site_id"].to_numpy(object)[along])
    ordered = {}
    for name in OF_SITES:
        places = _places(frames[name]["site_id"], ids)
        ordered[name] = frames[name].iloc[np.argsort(places, kind="stable")].reset_index(drop=True)
    return frames | ordered


def _places(site_ids: pd.Series[Any], ids: pd.Index[Any]) -> Any:
    """Where the site of each row stands; a category is looked up once."""
    if isinstance(site_ids.dtype, pd.CategoricalDtype):
        of_word = ids.get_indexer(pd.Index(site_ids.cat.categories.astype(object)))
        return of_word[site_ids.cat.codes]
    return ids.get_indexer(pd.Index(site_ids.to_numpy(object)))


def _write_file(file: Path, frames: Mapping[str, Any], drawn: Iterator[Any]) -> dict[str, int]:
    """Write all tables, then read every column back through a sealed connection."""
    expected = {name: len(frame) for name, frame in frames.items()}
    connection = duckdb.connect(str(file), config=dict(WRITTEN))
    try:
        connection.load_extension(str(spatial_extension()))
        for name, frame in frames.items():
            _hand_in(connection, frame, f"create_{name}")
        expected["drawn"] = _write_drawn(connection, drawn)
        connection.execute("CHECKPOINT")
        written = _marks(connection)
    finally:
        connection.close()
    if log_of(file).exists():
        raise StoreError(f"{file}: a write-ahead log was left behind.", "Build again.")
    reader = connect_reading(file)
    try:
        read = _marks(reader)
    finally:
        reader.close()
    counted = {name: rows for name, (rows, _) in read.items()}
    if counted != expected:
        raise StoreError(f"{file}: rows read back {counted}, written {expected}.", "Build again.")
    differ = sorted(name for name in expected if read[name] != written[name])
    if differ:
        raise StoreError(f"{file}: {', '.join(differ)} read back differently.", "Build again.")
    return expected


def _marks(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int | None]]:
    """Per table its rows, and a mark of every value in them."""
    rows = connection.execute(statement("marks_of_tables")).fetchall()
    return {name: (count, mark) for name, count, mark in rows}


def _hand_in(connection: duckdb.DuckDBPyConnection, frame: Any, name: str) -> None:
    """Run a statement that takes a frame as `incoming`."""
    connection.register("incoming", _arrow(frame))
    connection.execute(statement(name))
    connection.unregister("incoming")


def _write_drawn(connection: duckdb.DuckDBPyConnection, drawn: Iterator[Any]) -> int:
    """The table `drawn`, part by part. Returns its rows."""
    connection.execute(statement("create_drawn"))
    rows = 0
    for part in drawn:
        _hand_in(connection, part, "insert_drawn")
        rows += len(part)
    return rows


def _arrow(frame: Any) -> pa.Table:
    plain = pd.DataFrame(frame)
    if "geometry" in plain:
        plain = plain.assign(geometry=_wkb(frame))
    fields: dict[str, pa.DataType] = {"geometry": pa.binary(), "minerals": pa.list_(pa.string())}
    arrays, names = [], []
    for name in plain.columns:
        kind = fields.get(str(name))
        if kind is None and str(plain[name].dtype) in ("str", "object", "string"):
            kind = pa.string()
        arrays.append(pa.array(plain[name], type=kind, from_pandas=True))
        names.append(name)
    return pa.table(arrays, names=names)


def _wkb(frame: Any) -> Any:
    return shapely.to_wkb(np.asarray(frame["geometry"].array, dtype=object))


def _content_digest(frames: Mapping[str, Any]) -> str:
    """Digest of what the tables say: equal content, equal digest, whatever the file's bytes are.

    What is drawn follows from them.
    """
    digest = hashlib.sha256()
    for name, frame in sorted(frames.items()):
        if name == "rasters":  # where files lie on some machine is no content
            continue
        digest.update(name.encode())
        sink = pa.BufferOutputStream()
        table = _arrow(frame).combine_chunks()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        digest.update(sink.getvalue())
    return digest.hexdigest()


def _drop_pieces(path: Path) -> None:
    """Remove pieces that no generation which is still there was built with."""
    used: set[str] = set()
    for manifest in (path / GENERATIONS).glob(f"*/{MANIFEST}"):
        with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError):  # damaged
            held = json.loads(manifest.read_text(encoding="utf-8"))
            used |= {row["name"] for row in held["pieces"].values()}
    if (path / PIECES).is_dir():
        PieceFolder(path / PIECES).drop_all_but(used)


def _write_synced(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())


def _drop_old(generations: Path, current: str) -> None:
    """Keep the newest few: a reader may still be opening the one before."""
    names = sorted(p.name for p in generations.iterdir() if not p.name.endswith(".part"))
    for name in [n for n in names if n != current][: -_KEPT_GENERATIONS + 1 or None]:
        _remove(generations / name)


def _sweep(path: Path, generations: Path) -> None:
    """Remove what a build that was killed left behind, and a generation that it had finished and
    not yet put in force: it would be taken for one that was, and be compared with."""
    for leftover in generations.glob("*.part"):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        current = (path / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return
    if (generations / current / MANIFEST).is_file():
        for manifest in [*generations.glob(f"*/{MANIFEST}")]:
            if manifest.parent.name > current:
                _remove(manifest.parent)


def _remove(generation: Path) -> None:
    """Remove a generation; one removed by half does not look like one."""
    part = generation.with_name(f"{generation.name}.part")
    with contextlib.suppress(OSError):
        generation.rename(part)
        shutil.rmtree(part, ignore_errors=True)
