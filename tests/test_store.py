"""The store: one whole generation at a time, whatever happens while it is written or later."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from cetm_geo import pipeline, resources, store, tables
from cetm_geo.catalog import read_catalog
from cetm_geo.errors import (
    SiteError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreMissing,
    StoreVersionError,
)
from cetm_geo.ground import Ground
from cetm_geo.model import ROLE_SUFFIXES, Role
from cetm_geo.store import writing
from cetm_geo.store.connection import (
    FILE,
    MANIFEST,
    MANIFEST_DIGEST,
    connect_reading,
    digest_of_manifest,
)
from tests.conftest import SCREENED_ON
from tests.trusting import content

_NO_TABLES = ("pieces", "rules")
TABLES = [name for name in store.Content.__dataclass_fields__ if name not in _NO_TABLES]


@pytest.fixture(scope="module")
def two_parks() -> store.Content:
    return content(2)


@pytest.fixture(scope="module")
def five_parks() -> store.Content:
    return content(5)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory, two_parks: store.Content) -> Path:
    folder = tmp_path_factory.mktemp("pristine") / "store"
    store.write_store(folder, two_parks)
    return folder


@pytest.fixture
def built(tmp_path: Path, pristine: Path) -> Path:
    """A store of two parks, for this test alone."""
    return Path(shutil.copytree(pristine, tmp_path / "store"))


def parks_in(opened: store.Store) -> int:
    return len(opened.rows("features_of_layer", layer_id="parks", shapes=False))


def generation(path: Path) -> Path:
    return path / "generations" / (path / "CURRENT").read_text().strip()


def unharmed(path: Path, parks: int = 2) -> bool:
    """True if the store in force is whole and holds so many parks."""
    return bool(store.verify_store(path)["rows"]["features"] == parks + 2)


def leftovers(path: Path) -> list[Path]:
    return [*path.rglob("*.part"), *path.rglob("*.wal"), *path.rglob("*.tmp")]


# --- one generation at a time --------------------------------------------------------------------


def test_an_open_store_stays_whole_while_others_replace_it(
    built: Path, two_parks: store.Content, five_parks: store.Content
) -> None:
    reader = store.StoreReader(built)
    old = reader.current()
    assert reader.current() is old
    assert parks_in(store.open_store(built)) == 2  # opened a second time while it is open
    store.write_store(built, five_parks)
    new = reader.current()
    for _ in range(4):  # beyond the number of generations that are kept
        store.write_store(built, two_parks)
    assert (parks_in(old), parks_in(new), parks_in(reader.current())) == (2, 5, 2)
    assert len(old.shapes("all_sites")) == len(old.shapes("all_sites")) == 3
    assert len([*(built / "generations").iterdir()]) == writing._KEPT_GENERATIONS
    assert generation(built).name == reader.current().generation


def test_a_second_build_is_told_that_the_store_is_busy(
    built: Path, five_parks: store.Content
) -> None:
    with writing._locked(built), pytest.raises(StoreBusy, match="another build"):
        store.write_store(built, five_parks)
    assert unharmed(built)
    store.write_store(built, five_parks)
    assert unharmed(built, 5)


def test_equal_content_has_an_equal_digest_and_any_other_another(
    built: Path, two_parks: store.Content
) -> None:
    def digest(given: store.Content) -> str:
        store.write_store(built, given)
        return str(store.open_store(built).manifest["content_digest"])

    first = str(store.open_store(built).manifest["content_digest"])
    assert digest(content(2)) == first
    named = two_parks.features.assign(name=[*two_parks.features["name"][:-1], "other"])
    moved = two_parks.sites.assign(
        geometry=shapely.transform(two_parks.sites.geometry.to_numpy(), lambda c: c + 1e-9)
    )
    others = [
        content(3),
        replace(two_parks, features=named),
        replace(two_parks, sites=moved),
        replace(two_parks, sites=two_parks.sites.iloc[::-1]),
        replace(two_parks, meta={**two_parks.meta, "as_of": "2026-11-23"}),
    ]
    digests = [digest(other) for other in others]
    assert len({first, *digests}) == len(others) + 1


# --- what goes wrong while writing ---------------------------------------------------------------


def dying(step: str, patch: pytest.MonkeyPatch) -> None:
    """Let a build end at a step as a bug or Ctrl-C would end it."""
    real, names = writing.statement, {"count": "marks_of_tables"}

    def die(*_: Any) -> None:
        raise KeyboardInterrupt(step)

    def statement(name: str) -> str:
        return die() or "" if name == names.get(step, f"create_{step}") else real(name)

    calls = {"manifest": (writing, "_write_synced"), "rename": (Path, "rename"),
             "swap": (Path, "replace"), "rules": (writing, "copy_rules")}  # fmt: skip
    if step in calls:
        patch.setattr(*calls[step], die)
    else:
        patch.setattr(writing, "statement", statement)


def test_a_build_that_dies_at_any_step_leaves_the_old_generation_serving(
    built: Path, five_parks: store.Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in [*TABLES, "count", "rules", "manifest", "rename", "swap"]:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt, match=step):
            dying(step, patch)
            store.write_store(built, five_parks)
        assert unharmed(built), step
    store.write_store(built, five_parks)
    assert unharmed(built, 5)
    assert leftovers(built) == []


@pytest.mark.parametrize("name", ["fsync", "mkdir"])
def test_no_space_left_at_any_call_is_a_store_error(
    built: Path, five_parks: store.Content, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(StoreError, match="No space left"):
        patch.setattr(*((os, "fsync") if name == "fsync" else (Path, "mkdir")), full)
        store.write_store(built, five_parks)
    assert unharmed(built)
    assert leftovers(built) == []


# --- what goes wrong later -----------------------------------------------------------------------


def _manifest(**changes: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        file = generation(path) / MANIFEST
        changed = {**json.loads(file.read_text()), **changes}
        kept = {k: v for k, v in changed.items() if v is not ...}
        if MANIFEST_DIGEST in kept and MANIFEST_DIGEST not in changes:  # as of a forger
            kept[MANIFEST_DIGEST] = digest_of_manifest(kept)
        file.chmod(0o644)
        file.write_text(json.dumps(kept))

    return change


def test_a_build_mends_what_it_finds_damaged(built: Path, five_parks: store.Content) -> None:
    for text in (None, b"[]", b'{"pieces": 1}', b"\xff"):
        _rewrite(MANIFEST, text)(built)
        store.write_store(built, five_parks)
        assert unharmed(built, 5)


def _rows(path: Path) -> None:
    rows = json.loads((generation(path) / MANIFEST).read_text())["rows"]
    _manifest(rows={**rows, "sites": rows["sites"] + 1})(path)


def _rewrite(name: str, text: bytes | None) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        file = path / name if name == "CURRENT" else generation(path) / name
        if text is None:
            file.unlink()
        else:
            file.chmod(0o644)
            file.write_bytes(text)

    return change


def _other_database(path: Path) -> None:
    file = generation(path) / FILE
    size = file.stat().st_size
    _rewrite(FILE, b"\0" * size)(path)


OTHER_DIGEST = {MANIFEST_DIGEST: "0" * 64}
DAMAGE: dict[str, tuple[Callable[[Path], None], type[StoreError]]] = {
    "a file of zeros": (_other_database, StoreDamaged),
    "no database": (_rewrite(FILE, None), StoreDamaged),
    "other row counts": (_rows, StoreDamaged),
    "no row counts": (_manifest(rows=...), StoreDamaged),
    "no size": (_manifest(size_bytes=...), StoreDamaged),
    "no manifest": (_rewrite(MANIFEST, None), StoreDamaged),
    "another day of the build": (_manifest(created="2000-01-01", **OTHER_DIGEST), StoreDamaged),
    "no digest of the manifest": (_manifest(**{MANIFEST_DIGEST: ...}), StoreDamaged),
    "an empty manifest": (_rewrite(MANIFEST, b""), StoreDamaged),
    "a manifest that is a list": (_rewrite(MANIFEST, b"[]"), StoreDamaged),
    "a manifest that is no text": (_rewrite(MANIFEST, b"\xff\xfe"), StoreDamaged),
    "half a manifest": (_rewrite(MANIFEST, b'{"schema_version": 1'), StoreDamaged),
    "an older schema": (_manifest(schema_version=1), StoreVersionError),
    "a newer schema": (_manifest(schema_version=999), StoreVersionError),
    "no CURRENT": (_rewrite("CURRENT", None), StoreMissing),
    "a CURRENT that names nothing": (_rewrite("CURRENT", b""), StoreDamaged),
    "a CURRENT that names another": (_rewrite("CURRENT", b"20000101T0-0"), StoreDamaged),
    "a CURRENT that is no text": (_rewrite("CURRENT", b"\xff"), StoreMissing),
}


@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_a_damaged_store_is_refused_by_its_own_error(built: Path, name: str) -> None:
    damage, error = DAMAGE[name]
    damage(built)
    with pytest.raises(error) as caught:
        store.open_store(built)
    assert type(caught.value) is error
    assert str(built) in caught.value.what
    assert "uild" in caught.value.hint
    with pytest.raises(error):
        store.StoreReader(built).current()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM read_blob('{file}')",
        "SELECT * FROM read_json('{file}')",
        "SELECT * FROM read_parquet('{file}')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM ST_Read('{file}')",
        "SELECT * FROM ST_Read_Meta('{file}')",
        "SELECT * FROM frame_of_the_caller",
        "COPY sites TO '{file}.copy'",
        "EXPORT DATABASE '{file}.all'",
        "ATTACH '{file}.duckdb' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET threads = 1",
        "RESET lock_configuration",
        "SET lock_configuration = false",
        "DELETE FROM sites",
        "CREATE TABLE mine AS SELECT 1",
    ],
)
def test_a_sealed_connection_reads_its_own_tables_and_nothing_else(
    built: Path, tmp_path: Path, sql: str
) -> None:
    file = tmp_path / "canary.csv"
    file.write_text("a,b\n1,2\n")
    frame_of_the_caller = pd.DataFrame({"a": [1]})
    before = sorted(tmp_path.iterdir())
    connection = connect_reading(generation(built) / FILE)
    try:
        with pytest.raises(duckdb.Error):
            connection.execute(sql.format(file=file)).fetchall()
        assert connection.execute("SELECT count(*) FROM sites").fetchall() == [(3,)]
    finally:
        connection.close()
    assert sorted(tmp_path.iterdir()) == before
    assert len(frame_of_the_caller) == 1


def test_a_bound_value_is_never_read_as_sql(built: Path) -> None:
    opened = store.open_store(built)
    for hostile in ("' OR 1=1 --", "x'; DROP TABLE sites; --", "titles:f1' --", "%", "titles:f"):
        with pytest.raises(SiteError):
            store.site_answer(opened, hostile)
    assert store.site_answer(opened, "titles:f1")["site"]["name"] == "title f1"


# --- what comes back -----------------------------------------------------------------------------


def test_layers_are_read_back_as_they_were_built_and_in_their_order(sample_store: Path) -> None:
    catalogue = read_catalog(resources.folder("layers") / "sample")
    given = pipeline.read_layers(catalogue, resources.folder("sample_data"), SCREENED_ON)
    found = store.read_layers(store.open_store(sample_store))
    ready = Ground.of(given)
    wanted = (*ROLE_SUFFIXES, Role.COUNTRY)
    assert list(found) == [name for name, x in given.items() if x.spec.role in wanted]
    for name, layer in found.items():
        built_layer = given[name]
        columns = [c for c in tables.columns(tables.FEATURES) if c != "geometry"]
        if layer.spec.role == Role.CONCESSION:
            columns = [c for c in columns if c not in ("designation", "circle")]
        pd.testing.assert_frame_equal(
            pd.DataFrame(layer.features[columns]).fillna(""),
            pd.DataFrame(built_layer.features[columns]).fillna(""),
            check_exact=True,
            check_dtype=False,
        )
        if layer.spec.measured:
            cut = ready.layers[name].pieces
            rows = np.arange(len(cut))
            assert (layer.pieces.flags == cut.flags).all()
            assert (layer.pieces.shapes(rows) == cut.shapes(rows)).all()
        kept = (
            "role",
            "label",
            "as_of",
            "complete_within",
            "positional_error_m",
            "tenure",
            "indicators",
        )
        assert [getattr(layer.spec, k) for k in kept] == [
            getattr(built_layer.spec, k) for k in kept
        ]
        assert layer.failed == built_layer.failed


def test_a_table_without_rows_keeps_its_kinds_of_columns() -> None:
    """Texts that came back as numbers could not be held against a title's id."""
    contracts = {name: one for name, one in vars(tables).items() if name.isupper()}
    assert len(contracts) > 10
    for name, contract in contracts.items():
        held = writing._arrow(tables.build(contract)).schema
        for column in contract:
            if column.dtype in ("text", "word"):
                kind = held.field(column.name).type
                kind = kind.value_type if pa.types.is_dictionary(kind) else kind
                assert pa.types.is_string(kind) or pa.types.is_large_string(kind), (name, column)


@pytest.mark.parametrize("first", [True, False])
def test_a_process_may_hold_a_store_sparingly_and_as_ever(built: Path, first: bool) -> None:
    one = store.open_store(built, sparing=first)
    other = store.open_store(built, sparing=not first)
    assert one.frame("all_tiers").equals(other.frame("all_tiers"))
