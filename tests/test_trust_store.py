"""What the store promises, at size: killed builds, full disks, swaps under readers, damage."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from cetm_geo import store
from cetm_geo.cli import app
from cetm_geo.errors import StoreDamaged, StoreError
from cetm_geo.store import reading, writing
from cetm_geo.store.connection import FILE, MANIFEST, SEALED, WRITTEN, connect_reading, log_of
from tests import made
from tests.trusting import COUNT, FEW, MANY, PATIENCE_SECONDS, answers, answers_at, build, chances
from tests.trusting import content as content_of

# Children begin with the program imported, and without a connection of this process.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.trusting"])


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """A whole store of each state of the country, never to be touched."""
    folder = tmp_path_factory.mktemp("pristine")
    for parks in (FEW, MANY):
        build(folder / str(parks), parks)
    return {parks: folder / str(parks) for parks in (FEW, MANY)}


@pytest.fixture(scope="module")
def right(pristine: dict[int, Path]) -> dict[int, dict[str, str]]:
    """The right answers of each state."""
    found = {parks: answers_at(path) for parks, path in pristine.items()}
    assert all(found[FEW][question] != found[MANY][question] for question in ("sites", "pieces"))
    return found


@pytest.fixture
def built(tmp_path: Path, pristine: dict[int, Path]) -> Path:
    return Path(shutil.copytree(pristine[FEW], tmp_path / "store"))


def generation(path: Path) -> Path:
    return path / "generations" / (path / "CURRENT").read_text().strip()


def leftovers(path: Path) -> list[Path]:
    return [p for end in ("part", "wal", "tmp") for p in path.rglob(f"*.{end}")]


def other(parks: int) -> int:
    return FEW + MANY - parks


# --- builds that do not end ----------------------------------------------------------------------


def build_telling(path: Path, parks: int, told: Connection) -> None:
    """For a process of its own: says when it begins to write."""
    build(path, parks, lambda: told.send("writing"))


def build_killed(path: Path, parks: int, seconds: float, of_writing: bool) -> int:
    """A build that SIGKILL ends so long after its start, or after it began to write. Returns its
    exit code, which is 0 where it was quicker."""
    hears, told = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=build_telling, args=(path, parks, told))
    process.start()
    told.close()
    if of_writing:
        with contextlib.suppress(EOFError):
            assert hears.poll(PATIENCE_SECONDS)
            hears.recv()
    process.join(seconds)
    process.kill()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def lengths(path: Path) -> tuple[float, float]:
    """Seconds that a build takes in a process of its own, and of these the writing."""
    started = time.monotonic()
    hears, told = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=build_telling, args=(path, FEW, told))
    process.start()
    assert hears.poll(PATIENCE_SECONDS)
    writing_from = time.monotonic()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - started, time.monotonic() - writing_from


def test_a_build_killed_at_any_moment_leaves_one_whole_generation_and_the_next_build_works(
    built: Path, tmp_path: Path, right: dict[int, dict[str, str]]
) -> None:
    chance, parks, killed = chances("kills"), FEW, 0
    ever = {store.open_store(built).generation}
    build(tmp_path / "timed", FEW)
    whole, writing_alone = lengths(tmp_path / "timed")
    for number in range(COUNT["kills of a build"]):
        of_writing = number % 2 == 1
        seconds = chance.uniform(0, 1.1 * (writing_alone if of_writing else whole))
        code = build_killed(built, other(parks), seconds, of_writing)
        assert code in (0, -9), number
        killed += code == -9
        opened = store.open_store(built)
        if opened.generation not in ever:  # it was put in force before the end
            ever.add(opened.generation)
            parks = other(parks)
        else:
            assert code == -9, number
        assert answers(opened) == right[parks], number
        store.verify_store(built)

        parks = other(parks)
        ever.add(build(built, parks))
        opened = store.open_store(built)
        assert answers(opened) == right[parks], number
        store.verify_store(built)
        assert leftovers(built) == [], number
        kept = {p.name for p in (built / "generations").iterdir()}
        assert kept <= ever, "a generation that was never in force is kept"
        assert len(kept) <= writing._KEPT_GENERATIONS
    assert killed, "no build was killed before its end"


def test_a_build_with_the_number_of_one_that_was_killed_works(
    built: Path, right: dict[int, dict[str, str]]
) -> None:
    """In a container each build is the same process by its number."""
    names = [facts["name"] for facts in store.open_store(built).manifest["pieces"].values()]
    shutil.rmtree(built / "pieces")
    for name in names:
        (built / "pieces" / f"{name}.{os.getpid()}.part").mkdir(parents=True)
    build(built, FEW)
    assert answers_at(built) == right[FEW]
    assert leftovers(built) == []


def test_a_generation_that_was_finished_and_not_put_in_force_is_swept(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = store.open_store(built).generation, Path.replace

    def replace(self: Path, target: Path) -> Path:
        if target.name == "CURRENT":
            raise KeyboardInterrupt
        return real(self, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", replace)
        build(built, MANY)
    assert len([*(built / "generations").iterdir()]) == 2
    now = build(built, MANY)
    earlier = store.open_earlier(built, now)
    assert earlier is not None
    assert earlier.generation == before


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own, of 64 MB."""
    if os.geteuid() != 0:
        pytest.skip("a disk that really fills is mounted, which only root may")
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a disk that really fills cannot be mounted: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def free_bytes(disk: Path, free: int) -> Iterator[None]:
    """All of a disk but so much is taken."""
    facts, filler = os.statvfs(disk), disk / "filler"
    with filler.open("wb") as handle:
        os.posix_fallocate(handle.fileno(), 0, facts.f_bavail * facts.f_frsize - free)
    try:
        yield
    finally:
        filler.unlink()


@pytest.mark.parametrize("limit", ["a disk", "what a process may write"])
def test_a_disk_that_fills_is_a_store_error_and_the_next_build_works(
    tmp_path: Path, pristine: dict[int, Path], right: dict[int, dict[str, str]], limit: str
) -> None:
    disk = small_disk if limit == "a disk" else contextlib.nullcontext
    with disk(tmp_path / "disk") as folder:
        path = Path(shutil.copytree(pristine[FEW], folder / "store"))
        needed = (generation(pristine[MANY]) / FILE).stat().st_size
        count, parks = COUNT["offsets of a full disk"], FEW
        for number in range(count):
            offset = needed * number // count
            full = free_bytes(folder, offset) if limit == "a disk" else (
                made.files_no_larger_than(offset)
            )  # fmt: skip
            with full, pytest.raises(StoreError, match=r"unchanged|cannot be written"):
                build(path, other(parks))
            assert answers_at(path) == right[parks], offset
            store.verify_store(path)
            assert leftovers(path) == [], offset
            parks = other(parks)
            build(path, parks)
            assert answers_at(path) == right[parks], offset


def test_all_of_a_generation_is_on_the_disk_before_it_is_put_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, steps, real = tmp_path / "store", [], (os.fsync, Path.replace)

    def fsync(descriptor: int) -> None:
        steps.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real[0](descriptor)

    def replace(self: Path, target: Path) -> Path:
        steps.append(Path(target))
        return real[1](self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    build(path, FEW)
    swapped = steps.index(path / "CURRENT")
    # While it is synced it has its temporary name.
    synced = {Path(str(p).replace(".part", "")) for p in steps[:swapped]}
    whole = generation(path)
    assert {whole, *whole.rglob("*"), path / "generations", path / "pieces"} <= synced
    kept = {p.name for p in (path / "pieces").rglob("*")}
    assert kept <= {p.name.split(".")[0] for p in synced} | {p.name for p in synced}
    assert path in steps[swapped:]
    assert {(whole / name).stat().st_mode & 0o777 for name in (FILE, MANIFEST)} == {0o444}


def test_a_build_whose_values_read_back_differently_is_not_put_in_force(
    built: Path, right: dict[int, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many rows, but not the same: what was written is rewritten before it is read back."""

    def changed(file: Path) -> duckdb.DuckDBPyConnection:
        with duckdb.connect(str(file), config=dict(WRITTEN)) as connection:
            connection.execute("UPDATE tiers SET tier = 'other' WHERE site_id = 'titles:f1'")
        return connect_reading(file)

    with monkeypatch.context() as patch, pytest.raises(StoreError, match="tiers read back"):
        patch.setattr(writing, "connect_reading", changed)
        build(built, MANY)
    assert answers_at(built) == right[FEW]


# --- swaps under readers -------------------------------------------------------------------------


def read_until(
    path: Path, right: dict[int, dict[str, str]], over: Any, wrong: Any, seen: Any
) -> None:
    """Ask again and again; puts what is not the answer of one generation into `wrong`."""
    reader = store.StoreReader(path)
    try:
        while not over.is_set():
            for opened in (reader.current(), store.open_store(path)):
                found = answers(opened)
                state = [parks for parks, known in right.items() if known == found]
                (seen if state else wrong).put((opened.generation, *state))
    except Exception as error:  # noqa: BLE001  # whatever it is, it is no answer
        wrong.put(repr(error))


def test_each_answer_is_of_one_generation_while_others_are_put_in_force(
    built: Path, right: dict[int, dict[str, str]]
) -> None:
    over, wrong, seen = _PROCESSES.Event(), _PROCESSES.Queue(), _PROCESSES.Queue()
    ask = partial(read_until, built, right, over, wrong, seen)
    readers = [threading.Thread(target=ask), threading.Thread(target=ask)]
    readers.append(_PROCESSES.Process(target=read_until, args=(built, right, over, wrong, seen)))  # type: ignore[arg-type]
    for one in readers:
        one.start()
    written, parks, found = {store.open_store(built).generation: FEW}, FEW, []
    try:
        for _ in range(COUNT["swaps under readers"]):
            parks = other(parks)
            written[build(built, parks)] = parks
            found += drained(seen)
    finally:
        over.set()
        while any(one.is_alive() for one in readers):  # a full queue would hold them
            found += drained(seen)
            time.sleep(0.01)
        for one in readers:
            one.join()
    found += drained(seen)
    assert drained(wrong) == []
    assert {parks for _, parks in found} == {FEW, MANY}
    assert all(written[name] == parks for name, parks in found)


def test_a_reader_whose_generation_is_removed_before_it_opens_it_opens_the_one_in_force(
    built: Path, right: dict[int, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, read_before = reading._current_name, ["20000101T000000000000-gone"]
    monkeypatch.setattr(
        reading, "_current_name", lambda path: read_before.pop() if read_before else real(path)
    )
    assert answers(store.open_store(built)) == right[FEW]


def drained(queue: Any) -> list[Any]:
    out = []
    while not queue.empty():
        out.append(queue.get())
    return out


# --- damage --------------------------------------------------------------------------------------


PARTS = ("store.duckdb", "manifest.json", "coordinates.f64", "index.npz", "*.toml", "CURRENT")


def damaged(
    pristine: Path, folder: Path, number: int, chance: random.Random
) -> tuple[Path, Path, bytes]:
    """A copy of a store, one of its files, by turns of each kind, and what it holds.

    Each time another path: DuckDB gives a file that is open already as it was.
    """
    path = Path(shutil.copytree(pristine, folder))
    part = FILE if number % 2 == 0 else PARTS[number // 2 % len(PARTS)]
    file = chance.choice(sorted(p for p in path.rglob(part) if p.stat().st_size))
    file.chmod(0o644)
    return path, file, file.read_bytes()


def unnoticed(path: Path) -> bool:
    try:
        store.verify_store(path)
    except StoreError:
        return False
    return True


def as_before(file: Path, whole: bytes) -> bool:
    """True where only the end of CURRENT's line has changed, which says nothing."""
    return file.name == "CURRENT" and file.read_bytes().strip() == whole.strip()


def refused_or_right(path: Path, right: dict[str, str]) -> bool:
    found = answers_at(path)
    return found == {question: right[question] for question in found}


def test_a_flipped_bit_is_noticed_and_never_changes_an_answer(
    tmp_path: Path, pristine: dict[int, Path], right: dict[int, dict[str, str]]
) -> None:
    chance = chances("flips")
    for number in range(COUNT["bit flips"]):
        path, file, whole = damaged(pristine[FEW], tmp_path / str(number), number, chance)
        place, bit = chance.randrange(len(whole)), chance.randrange(8)
        changed = bytearray(whole)
        changed[place] ^= 1 << bit
        file.write_bytes(changed)
        where = f"{number}: bit {bit} of byte {place} of {file.relative_to(path)}"
        assert not unnoticed(path) or as_before(file, whole), where
        assert refused_or_right(path, right[FEW]), where
        if number == 0:
            said = CliRunner().invoke(app, ["check", "--store", str(path)])
            assert isinstance(said.exception, StoreError)  # which `main` says in two lines
            build(path, MANY)
            assert answers_at(path) == right[MANY]
        shutil.rmtree(path)
    assert not refused_or_right(pristine[MANY], right[FEW])
    assert unnoticed(pristine[FEW])


def test_damage_that_is_found_while_rows_are_fetched_is_said_as_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long tables are read in parts: what a block holds is seen when half an answer is given."""
    base, refused = tmp_path / "base", 0
    chance, whole = chances("fetches"), content_of(FEW)
    long = {f"key {i:05}": chance.randbytes(80).hex() for i in range(60_000)}
    store.write_store(base, replace(whole, meta={**whole.meta, **long}))
    right = store.open_store(base).meta
    # Rows as they come, not sorted first.
    monkeypatch.setattr(reading, "statement", lambda _: "SELECT key, value FROM meta")
    for number in range(12):
        path = Path(shutil.copytree(base, tmp_path / str(number)))
        folder = generation(path)
        file = folder / FILE
        file.chmod(0o644)
        held = bytearray(file.read_bytes())
        held[len(held) // 4 + number * len(held) // 16] ^= 1
        file.write_bytes(held)
        opened = store.Store(folder, json.loads((folder / MANIFEST).read_text()))
        for how in ("rows", "arrow"):
            try:
                found = getattr(opened, how)("any")
                rows = found if how == "rows" else found.to_pylist()
                assert {row["key"]: row["value"] for row in rows} == right
            except StoreDamaged:
                refused += 1
        shutil.rmtree(path)
    assert refused


def test_a_truncated_file_is_noticed_and_never_changes_an_answer(
    tmp_path: Path, pristine: dict[int, Path], right: dict[int, dict[str, str]]
) -> None:
    chance = chances("truncations")
    for number in range(COUNT["truncated copies"]):
        path, file, whole = damaged(pristine[FEW], tmp_path / str(number), number, chance)
        length = chance.randrange(len(whole))
        file.write_bytes(whole[:length])
        where = f"{number}: {file.relative_to(path)} cut to {length} bytes"
        assert not unnoticed(path) or as_before(file, whole), where
        assert refused_or_right(path, right[FEW]), where
        shutil.rmtree(path)


def log_of_changes(base: Path, config: dict[str, Any], folder: Path) -> bytes:
    """The write-ahead log of a copy of a database, or of a new one, that somebody has changed."""
    file = folder / "changed.duckdb"
    file.unlink(missing_ok=True)
    if base.is_file():
        shutil.copyfile(base, file)
    with duckdb.connect(str(file), config=config) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS meta (key VARCHAR, value VARCHAR)")
        connection.execute("CHECKPOINT")
        connection.execute("SET wal_autocheckpoint = '1TB'")
        connection.execute("UPDATE meta SET value = 'of somebody else'")
        connection.execute("INSERT INTO meta VALUES ('label', 'of somebody else')")
        return log_of(file).read_bytes()


def test_a_log_of_something_else_beside_the_file_is_noticed_and_never_played(
    tmp_path: Path, pristine: dict[int, Path]
) -> None:
    chance, own = chances("logs"), generation(pristine[FEW]) / FILE
    foreign = [
        log_of_changes(generation(pristine[MANY]) / FILE, dict(WRITTEN), tmp_path),
        log_of_changes(tmp_path / "none", dict(WRITTEN), tmp_path),
    ]
    own_and_older = [
        log_of_changes(own, dict(WRITTEN), tmp_path),
        log_of_changes(tmp_path / "none", dict(SEALED), tmp_path),
    ]
    logs = [*foreign, *own_and_older, b"", foreign[0][:100]]
    for number in range(COUNT["foreign logs"]):
        path = Path(shutil.copytree(pristine[FEW], tmp_path / str(number)))
        log = logs[number] if number < len(logs) else chance.randbytes(1 + 1000 * number)
        log_of(generation(path) / FILE).write_bytes(log)
        with pytest.raises(StoreDamaged, match="write-ahead log"):
            store.verify_store(path)
        assert answers_at(path) == {}, number
        if log in foreign:  # of today's form: nor would DuckDB play it, if it were asked
            with pytest.raises(duckdb.Error):
                connect_reading(generation(path) / FILE)
        shutil.rmtree(path)
