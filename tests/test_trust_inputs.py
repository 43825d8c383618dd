"""Whatever bad is given to a reader, the map, the API or a catalogue, by hand and one by one: it is
refused in words that name it, in time and in little memory, and nothing elsewhere is read, called
or left (`tests.bad_inputs`, tried by `tests.trying`)."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests import made
from tests.bad_inputs import ALL, CASES
from tests.misconduct import ALL as MISCONDUCT
from tests.misconduct import SEEN
from tests.trusting import COUNT, FULL, chances
from tests.trying import Case, Found

LEAST_CASES = 300
MOST_SECONDS, MOST_BYTES = 30, 1_500_000_000
FAMILIES = sorted({case.family for case in ALL})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of three layers, of which one may not leave the machine."""
    at = tmp_path_factory.mktemp("inputs")
    made.toy_store(at, {"lands": "local_only"})
    return at


def tried(
    keys: Iterable[str], folder: Path, of: str = "tests.bad_inputs:ALL",
    seconds: float = MOST_SECONDS, memory_bytes: int = MOST_BYTES,
) -> dict[str, Found]:  # fmt: skip
    """What was seen of each case. A process that ends within a case is followed by another."""
    left, seen = list(keys), dict[str, Found]()
    while left:
        at = folder / "tried"
        shutil.rmtree(at, ignore_errors=True)
        for name in ("scratch", "proposals"):
            (at / name).mkdir(parents=True)
        (at / "store").symlink_to(folder / "store")
        asked = {"cases": left, "of": of, "seconds": seconds, "memory_bytes": memory_bytes}
        with (folder / "log").open("w") as log:
            ended = subprocess.run(
                [sys.executable, "-m", "tests.trying", str(at)], input=json.dumps(asked), text=True,
                stdout=log, stderr=log, check=False, env={**os.environ,
                "TMPDIR": str(at / "scratch")},
            )  # fmt: skip
        lines = (at / "found.jsonl").read_text().splitlines()
        found = [Found(**json.loads(line)) for line in lines]
        said = (folder / "log").read_text(errors="replace")
        assert "Traceback" not in said or ended.returncode, said[-3000:]
        left = left[len(found) :]
        if left:
            how = (
                f"longer than {seconds} s" if ended.returncode == -signal.SIGALRM
                else f"the end of the process ({ended.returncode})"
            )  # fmt: skip
            found.append(Found(left.pop(0), how, "", error=said[-3000:]))
        seen |= {one.key: one for one in found}
    return seen


def wrong_with(case: Case, found: Found, memory_bytes: int = MOST_BYTES) -> list[str]:
    """What of a case is not as it has to be."""
    told = f"{found.ended}: {found.why[:500]!r}"
    checks: Mapping[str, bool] = {
        f"ended as {told}, not as {case.ended}": found.ended == case.ended,
        f"no {case.why!r} in {told}": re.search(case.why, found.why, re.DOTALL) is not None,
        f"an error that is none of the program's own: {found.error}": not found.error,
        "the canary was told": not found.tells_canary,
        f"files elsewhere were opened: {found.read}": not found.read,
        f"called: {found.called}": not found.called,
        f"left behind: {found.left}": not found.left,
        f"took {found.seconds} s": found.seconds <= MOST_SECONDS,
        f"took {found.peak_bytes >> 20} MB": found.peak_bytes <= memory_bytes,
    }
    return [f"{case.key}: {text}" for text, holds in checks.items() if not holds]


def test_there_are_at_least_300_cases_and_each_has_a_name_and_a_content_of_its_own() -> None:
    assert len(ALL) >= LEAST_CASES
    assert [key for key, count in Counter(case.key for case in ALL).items() if count > 1] == []


@pytest.mark.parametrize("family", FAMILIES if FULL else ["of all families"])
def test_every_bad_input_is_refused_by_its_name_and_reaches_nothing_elsewhere(
    family: str, folder: Path
) -> None:
    keys = [key for key, case in CASES.items() if case.family == family]
    if not FULL:
        keys = chances("bad inputs").sample(list(CASES), COUNT["bad inputs"])
    found = tried(keys, folder)
    largest = max(found.values(), key=lambda one: one.peak_bytes)
    slowest = max(found.values(), key=lambda one: one.seconds)
    print(f"{len(found)} cases; {largest.peak_bytes >> 20} MB: {largest.key}")
    print(f"{slowest.seconds} s: {slowest.key}")
    assert [text for key in keys for text in wrong_with(CASES[key], found[key])] == []


# --- that the watchers see -----------------------------------------------------------------------


def test_whatever_a_case_must_not_do_is_seen_when_it_does_it(folder: Path) -> None:
    memory_bytes = 600_000_000
    found = tried(
        [case.key for case in MISCONDUCT], folder, "tests.misconduct:ALL", 2, memory_bytes
    )
    for case in MISCONDUCT:
        wrong = wrong_with(case, found[case.key], memory_bytes)
        assert any(SEEN[case.name][1] in text for text in wrong), (case.key, wrong)
