"""Parts on other processes: the same bits, whoever is lost; errors that a user can mend."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import psutil
import pytest
import shapely
from distributed.scheduler import KilledWorker

from cetm_geo import cluster, evidence, pipeline, resources, sending, store
from cetm_geo.accounts import Accounts
from cetm_geo.cluster import Cluster
from cetm_geo.cutting import hilbert_order
from cetm_geo.errors import ClusterError, Unbalanced
from cetm_geo.evidence import Evidence, Task, joined, measure_part, measure_sites
from cetm_geo.ground import Ground
from cetm_geo.model import Role, Screening
from cetm_geo.store import PieceFolder
from cetm_geo.version import VERSION
from tests import toy
from tests.conftest import SCREENED_ON
from tests.test_cli import SAMPLE, run

WAIT_SECONDS = 60


def small_parts(sites: Any) -> list[Any]:
    order, size = hilbert_order(sites.geometry.to_numpy()), max(len(sites) // 12, 1)
    return [np.sort(order[i : i + size]) for i in range(0, len(order), size)]


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many parts that every worker gets some."""
    monkeypatch.setattr(evidence, "parts_of", small_parts)


@contextmanager
def process(*args: object) -> Iterator[subprocess.Popen[bytes]]:
    """A command of dask for as long as the `with` lasts."""
    command = [sys.executable, "-W", "ignore", "-m", "dask", *map(str, args)]
    command += ["--dashboard-address", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as started:
        try:
            yield started
        finally:
            started.kill()


def until(seen: Callable[[], Any]) -> Any:
    """What it gives, once that is something."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        if found := seen():
            return found
        time.sleep(0.05)
    raise AssertionError("nothing came in time")


@contextmanager
def schedules(file: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a scheduler without workers, and its process."""
    with process("scheduler", "--host", "127.0.0.1", "--port", 0, "--no-show",
                 "--scheduler-file", file) as running:  # fmt: skip
        until(file.is_file)
        yield until(lambda: json.loads(file.read_text() or "{}").get("address")), running


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler in a process of its own."""
    with schedules(tmp_path_factory.mktemp("scheduler") / "scheduler.json") as (address, _):
        yield address


@contextmanager
def worker(scheduler: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with process("worker", scheduler, "--host", "127.0.0.1", "--nthreads", 1, "--no-nanny",
                 "--local-directory", folder) as started:  # fmt: skip
        yield started


def equal(mine: Any, other: Any) -> None:
    """Two tables of a screening are the same to the last bit."""
    assert list(mine.columns) == list(other.columns)
    assert len(mine) == len(other)
    for name in mine.columns:
        a, b = mine[name].to_numpy(), other[name].to_numpy()
        if name == "geometry":
            a, b = shapely.to_wkb(np.asarray(a, object)), shapely.to_wkb(np.asarray(b, object))
        if a.dtype.kind == "f":
            assert a.tobytes() == b.tobytes(), name
        else:
            pd.testing.assert_series_equal(pd.Series(a), pd.Series(b), obj=name)


def same(mine: Screening, other: Screening) -> None:
    for field in fields(Screening):
        a, b = getattr(mine, field.name), getattr(other, field.name)
        if isinstance(a, pd.DataFrame):
            equal(a, b)
        elif field.name != "basis":  # from which the flags, compared as tables, are made
            assert a == b, field.name


def digest(folder: Path) -> str:
    return str(store.open_store(folder).manifest["content_digest"])


# --- the same bits -------------------------------------------------------------------------------


def test_a_build_on_local_workers_has_the_content_of_one_process(
    sample_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    code, out, err = run(monkeypatch, capfd, "build", *SAMPLE, "--store", tmp_path / "store",
                         "--as-of", SCREENED_ON.isoformat(), "--cluster", "local")  # fmt: skip
    assert (code, err) == (0, "")
    assert "Karvela" in out
    assert digest(tmp_path / "store") == digest(sample_store)
    assert not [p for p in (tmp_path / "store" / "pieces").iterdir() if p.name.startswith(".")]


@pytest.mark.long
def test_a_worker_killed_in_mid_run_changes_nothing(scheduler: str, tmp_path: Path) -> None:
    given = resources.folder("layers") / "sample", resources.folder("sample_data")
    one = pipeline.build(*given, tmp_path / "one", SCREENED_ON)
    folder = tmp_path / "two"
    told: list[tuple[int, int]] = []
    with (
        worker(scheduler, tmp_path) as first,
        worker(scheduler, tmp_path),
        Cluster(scheduler, store.pieces_beside(folder)) as workers,
    ):
        until(lambda: len(workers._client.nthreads()) == 2)

        def progress(what: str, done: int, of: int) -> None:
            if what == "measuring sites":
                told.append((done, of))
                if len(told) == 3:
                    first.send_signal(signal.SIGKILL)

        two = pipeline.build(*given, folder, SCREENED_ON, progress=progress, run=workers.run)
        assert len(workers._client.nthreads()) == 1
    sites = len(one.screening.sites)
    assert told[-1] == (sites, sites)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    same(one.screening, two.screening)
    assert digest(tmp_path / "one") == digest(folder)


# --- a toy country for the rest ------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> PieceFolder:
    return PieceFolder(tmp_path_factory.mktemp("toy") / "pieces")


@pytest.fixture(scope="module")
def country(kept: PieceFolder) -> tuple[Any, Task]:
    """40 sites in an extent, over a register, parks of classes that overlap, and places."""
    blocks = [toy.block(3 * i % 40, 2 * i // 7, 2, 2) for i in range(40)]
    parks = [toy.block(5 * i % 37, i % 9, 4, 3) for i in range(12)]
    layers = [
        toy.layer("titles", Role.CONCESSION, blocks),
        toy.layer("parks", Role.PROTECTED_AREA, parks, classes=["a", "b"] * 6,
                  complete_within="XTY"),
        toy.layer("more", Role.PROTECTED_AREA, parks[:4], complete_within="layer:parks"),
        toy.layer("towns", Role.SETTLEMENT, [shapely.Point(0.31, 0.02), shapely.Point(0.1, 0.05)]),
        toy.layer("lost", Role.COMMUNITY_LAND, [], problem="unreadable"),
        toy.layer("country", Role.COUNTRY, [toy.block(0, 0, 30, 10)]),
    ]  # fmt: skip
    ground = Ground.of({layer.spec.id: layer for layer in layers}, kept)
    return toy.sites(blocks), Task(ground, 100.0)


def measured(found: Evidence) -> dict[str, Any]:
    """All numbers of some evidence as bytes, by name."""
    out: dict[str, Any] = {"accounts": found.accounts, "missing": found.missing}
    for field in ("pairs", "classes", "inside", "covered", "nearest", "rings", "shapes"):
        for name, value in getattr(found, field).items():
            columns = list(vars(value).values()) if hasattr(value, "__dict__") else value
            columns = [columns] if isinstance(columns, np.ndarray) else columns
            for i, column in enumerate(columns or []):
                plain = shapely.to_wkb(column) if field == "shapes" else column
                text = plain.dtype == object
                out[f"{field} {name} {i}"] = plain.tolist() if text else plain.tobytes()
    return out


@pytest.fixture(scope="module")
def local(kept: PieceFolder) -> Iterator[Cluster]:
    with Cluster("local", kept, workers=2) as workers:
        yield workers


def test_evidence_of_every_kind_comes_back_as_it_was_made(
    country: tuple[Any, Task], local: Cluster
) -> None:
    sites, task = country
    for asked in (task, replace(task, land_only=True)):
        alone = measure_sites(sites, asked)
        assert alone.accounts != Accounts()
        assert measured(measure_sites(sites, asked, run=local.run)) == measured(alone)
    whole = [np.arange(len(sites))]
    (one,) = local.run(sites, whole, task)
    assert one.sites.equals(sites)
    assert measured(one) == measured(measure_part(sites, task))
    assert local.run(sites.iloc[:0], [], task) == []


def test_what_a_site_gives_does_not_hang_on_the_part_it_is_in(
    country: tuple[Any, Task], local: Cluster
) -> None:
    sites, task = country
    thirds = [np.arange(i, len(sites), 3) for i in range(3)]
    found = joined(sites, thirds, local.run(sites, thirds, task))
    again = measured(measure_sites(sites, task))
    assert measured(found) == again


def test_local_workers_listen_to_this_machine_alone_and_one_that_is_killed_comes_back(
    country: tuple[Any, Task], kept: PieceFolder
) -> None:
    sites, task = country
    others = psutil.Process().children(recursive=True)
    with Cluster("local", kept, workers=1) as workers:
        family = [psutil.Process(), *psutil.Process().children(recursive=True)]
        family = [process for process in family if process not in others]
        asked = [c for p in family for c in p.net_connections() if c.status == psutil.CONN_LISTEN]
        assert {connection.laddr.ip for connection in asked} == {"127.0.0.1"}
        (pid,) = workers._client.run(os.getpid).values()
        killed: list[int] = []

        def tell(done: int, _: int) -> None:
            if not killed:
                killed.append(done)
                os.kill(pid, signal.SIGKILL)

        found = measure_sites(sites, task, tell, run=workers.run)
        (other,) = workers._client.run(os.getpid).values()
        assert other != pid
    assert killed
    assert measured(found) == measured(measure_sites(sites, task))


def test_pieces_at_an_address_give_the_same_bits(
    country: tuple[Any, Task], kept: PieceFolder, tmp_path: Path
) -> None:
    sites, task = country
    alone = measured(measure_sites(sites, task))
    address = f"file://{tmp_path}/bucket/pieces"
    with Cluster("local", kept, address, workers=1) as workers:
        assert measured(measure_sites(sites, task, run=workers.run)) == alone
        there = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "bucket" / "pieces").iterdir()}
        assert set(task.ground.names.values()) <= there.keys()
        other = replace(task, ground=replace(task.ground))
        assert measured(measure_sites(sites, other, run=workers.run)) == alone
    left = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "bucket" / "pieces").iterdir()}
    assert left == {k: v for k, v in there.items() if not k.startswith(".")}  # copied once

    memory = fsspec.filesystem("memory")
    memory.put(f"{tmp_path}/bucket/pieces/", "/pieces/", recursive=True)
    afar = PieceFolder("memory://pieces")
    names = task.ground.names
    asked = tuple(
        replace(x, held=afar.open(names[x.spec.id])) if x.spec.id in names else x
        for x in task.ground.asked
    )
    remote = Task(replace(task.ground, asked=asked), task.site_error_m)
    assert measured(measure_sites(sites, remote)) == alone
    memory.rm("/pieces", recursive=True)


# --- what can be mended --------------------------------------------------------------------------


def test_an_error_from_a_part_ends_the_run_as_it_is(
    country: tuple[Any, Task], local: Cluster
) -> None:
    sites, task = country
    wrong = sites.assign(area_km2=sites["area_km2"] / 2)
    with pytest.raises(Unbalanced) as alone:
        measure_sites(wrong, task)
    with pytest.raises(Unbalanced) as there:
        measure_sites(wrong, task, run=local.run)
    assert str(there.value).split()[0] == str(alone.value).split()[0] == "Site"
    assert there.value.hint == alone.value.hint
    assert "km2" in there.value.what
    assert measured(measure_sites(sites, task, run=local.run)) == measured(
        measure_sites(sites, task)
    )


def test_a_run_ends_where_it_is_told_to(country: tuple[Any, Task], local: Cluster) -> None:
    def stop(*_: object) -> None:
        raise evidence.OutOfTime

    with pytest.raises(evidence.OutOfTime):
        local.run(country[0], [np.arange(3)], country[1], alive=stop)


def test_pieces_in_memory_alone_are_refused(country: tuple[Any, Task], local: Cluster) -> None:
    sites, task = country
    alone = replace(task, ground=replace(task.ground, names={}))
    with pytest.raises(ClusterError, match="titles: its pieces are in memory alone"):
        measure_sites(sites, alone, run=local.run)


def test_workers_that_do_not_see_the_pieces_say_so(
    country: tuple[Any, Task], kept: PieceFolder, scheduler: str, tmp_path: Path
) -> None:
    with (
        worker(scheduler, tmp_path),
        Cluster(scheduler, kept, "/nowhere/pieces") as workers,
        pytest.raises(ClusterError, match=r"cannot read /nowhere/pieces.* --pieces"),
    ):
        measure_sites(*country, run=workers.run)


def test_other_versions_are_refused_before_and_in_the_run(
    country: tuple[Any, Task],
    kept: PieceFolder,
    scheduler: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with worker(scheduler, tmp_path), Cluster(scheduler, kept) as workers:
        until(workers._client.nthreads)
        monkeypatch.setattr(sending, "VERSION", "0.0.1")
        with pytest.raises(ClusterError, match=rf"worker on .* has cetm-geo {VERSION} and not 0"):
            measure_sites(*country, run=workers.run)
        with (
            pytest.raises(ClusterError, match=r"The scheduler .* has cetm-geo"),
            Cluster(scheduler, kept),
        ):
            pass


def test_without_workers_a_run_ends_after_a_while(
    country: tuple[Any, Task], kept: PieceFolder, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "LONELY_SECONDS", 0.5)
    with (
        Cluster(scheduler, kept) as workers,
        pytest.raises(ClusterError, match=r"no worker for 0\.5 seconds"),
    ):
        until(lambda: not workers._client.nthreads())
        measure_sites(*country, run=workers.run)


def test_a_part_that_ends_every_worker_says_what_may_help() -> None:
    found = cluster._cause(KilledWorker("a part", None, 3))
    assert isinstance(found, ClusterError)
    assert str(found).startswith("4 workers ended while they measured the same part. Give workers")


def test_a_scheduler_that_is_lost_is_said(
    country: tuple[Any, Task], kept: PieceFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2)
    file = tmp_path / "scheduler.json"
    with (
        schedules(file) as (address, running),
        worker(address, tmp_path),
        Cluster(address, kept) as workers,
        pytest.raises(ClusterError, match="the scheduler was lost"),
    ):
        workers.run(country[0], small_parts(country[0]), country[1], lambda *_: running.kill())


def test_an_address_where_no_scheduler_answers_is_said_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    listener: tuple[str, list[str]],
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    build = ("build", *SAMPLE, "--store", tmp_path / "store")
    web = listener[0].replace("http", "tcp")
    for address in ("tcp://127.0.0.1:9", "somewhere", web, listener[0]):
        code, out, err = run(monkeypatch, capfd, *build, "--cluster", address)
        assert (code, out) == (2, "")
        assert err.startswith(f"cetm-geo: {address}: no dask scheduler answers there")
        assert len(err.strip().splitlines()) == 1
    code, _, err = run(monkeypatch, capfd, *build, "--pieces", "s3://bucket")
    assert code == 2
    assert "--pieces goes with --cluster" in err
    assert not (tmp_path / "store").exists()


def test_without_the_extra_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "cetm_geo.cluster")
    build = ("build", *SAMPLE, "--store", tmp_path / "store", "--cluster", "local")
    code, _, err = run(monkeypatch, capsys, *build)
    assert code == 2
    assert "pip install 'cetm-geo[cluster]'" in err


def test_dask_is_imported_by_those_alone_who_ask_for_it() -> None:
    code = "import sys, cetm_geo.cli; print({'dask', 'distributed', 'fsspec'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env=os.environ)  # fmt: skip
    assert said.stdout.strip() == "set()"
