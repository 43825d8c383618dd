"""What the server promises, at size: cold starts, swaps of the store, workers that are killed."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import signal
import subprocess
import threading
import urllib.error
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from cetm_geo.dashboard import create_app
from cetm_geo.errors import StoreDamaged
from cetm_geo.web import tiles
from cetm_geo.web.service import Service
from tests import toy
from tests.trusting import (
    COUNT,
    FEW,
    MANY,
    build,
    chances,
    fetch,
    nameless,
    served,
    wait_for,
    workers_of,
)

SHAPE = json.dumps(
    {"type": "Polygon", "coordinates": [[*map(list, toy.block(1, 0, 9, 3).exterior.coords)]]}
).encode()
# Addresses that rest on what is in force; with a body it is sent.
TOY_QUESTIONS: dict[str, bytes | None] = {
    "api/v1/health": None,
    "api/v1/sites.json": None,
    "api/v1/sites.csv": None,
    "api/v1/sites/titles:f1": None,
    "api/v1/sites/titles:f1/overlaps.geojson": None,
    "api/v1/sites/titles:f1/rings.geojson": None,
    "api/v1/find?q=title": None,
    "api/v1/screen": SHAPE,
}


def ask_until(
    over: threading.Event, ask: Callable[[str], None], questions: list[str], at_once: int
) -> tuple[list[threading.Thread], list[str]]:
    """Threads that ask one question after the other, and what went wrong."""
    wrong: list[str] = []

    def run(first: int) -> None:
        turn = first
        while not over.is_set():
            question = questions[turn % len(questions)]
            turn += 1
            try:
                ask(question)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is no right answer
                wrong.append(f"{question}: {error!r}")

    threads = [threading.Thread(target=run, args=(first,)) for first in range(at_once)]
    for thread in threads:
        thread.start()
    return threads, wrong


def test_a_tile_of_a_store_that_turns_out_damaged_is_a_503_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = build(tmp_path / "store", FEW)
    client = create_app(tmp_path / "store").server.test_client()
    address = f"/tiles/{name}/parks/7/64/63.mvt"
    assert client.get(address).status_code == 200

    def damaged(*_: Any) -> bytes:
        raise StoreDamaged("the file: cannot be read.", "Build the store again.")

    monkeypatch.setattr(tiles.Packed, "tile", damaged)
    answer = client.get(address)
    assert answer.status_code == 503
    assert "cannot be read" in answer.get_json()["error"]["what"]


@pytest.mark.parametrize("start", range(COUNT["cold starts"]))
def test_every_script_answers_at_once_after_a_cold_start(
    sample_store: Path, tmp_path: Path, start: int
) -> None:
    said = tmp_path / "stderr"
    with said.open("wb") as errors, served(sample_store, errors) as (url, _process):
        page = fetch(url)[1].decode()
        scripts = re.findall(r'(?:src|href)="/([^"]+)"', page)
        assert len(scripts) > 8, f"start {start}"
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda path: fetch(url + path), scripts * 2))
        assert {status for status, _ in answers} == {200}
    assert said.read_text() == ""


def test_each_answer_is_of_one_generation_while_others_are_put_in_force(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    known: dict[str, list[bytes]] = {question: [] for question in TOY_QUESTIONS}
    build(folder, FEW)
    with served(folder) as (url, _process):
        for parks in (FEW, MANY):
            build(folder, parks)
            for question, body in TOY_QUESTIONS.items():
                known[question].append(nameless(fetch(url + question, body)[1]))
        assert known["api/v1/screen"][0] != known["api/v1/screen"][1]
        differ = {question for question, (few, many) in known.items() if few != many}
        seen: set[int] = set()

        def ask(question: str) -> None:
            _status, found = fetch(url + question, TOY_QUESTIONS[question])
            state = known[question].index(nameless(found))
            if question in differ:
                seen.add(state)

        over = threading.Event()
        threads, wrong = ask_until(over, ask, list(TOY_QUESTIONS), 4)
        try:
            for number in range(COUNT["swaps under the server"]):
                build(folder, (FEW, MANY)[number % 2])
                wait_for("an answer of it", partial(lambda n: n in seen or wrong, number % 2))
                seen.clear()
        finally:
            over.set()
            for thread in threads:
                thread.join()
    assert wrong == []


def test_a_request_asks_one_generation_however_often_it_asks(tmp_path: Path) -> None:
    """Also where the next one comes into force while it is answered."""
    folder = tmp_path / "store"
    first = build(folder, FEW)
    service = Service(folder)
    with Flask(__name__).test_request_context():
        assert service.store().generation == first
        second = build(folder, MANY)
        assert service.store().generation == first
        assert service.finder().generation == first
    assert service.store().generation == second


def kill_a_worker(process: subprocess.Popen[bytes], chance: random.Random) -> None:
    """End one and wait for another in its place."""
    killed = chance.choice(workers_of(process))
    os.kill(killed, signal.SIGKILL)
    wait_for("another worker", lambda: len({*workers_of(process)} - {killed}) == 2)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are told by /proc")
def test_a_worker_that_is_killed_comes_back_and_what_is_asked_again_is_answered(
    sample_store: Path,
) -> None:
    chance = chances("workers")
    with served(sample_store) as (url, process):
        page = json.loads(fetch(url + "api/v1/sites.json?count=3")[1])
        sites = [row["site_id"] for row in page["rows"]]
        questions = ["api/v1/health", "api/v1/sites.json", "api/v1/provenance.json"]
        questions += [f"api/v1/sites/{site}" for site in sites]
        questions += [f"tiles/{page['generation']}/{page['rows'][0]['layer_id']}/signs.bin"]
        right = {question: fetch(url + question)[1] for question in questions}
        answered = 0

        def ask(question: str) -> None:
            """A connection that is cut is asked again; an error's status is raised."""
            nonlocal answered
            for _ in range(20):
                try:
                    _status, found = fetch(url + question)
                except urllib.error.HTTPError:
                    raise
                except (OSError, http.client.HTTPException):
                    continue
                assert found == right[question]
                answered += 1
                return
            raise AssertionError("cut twenty times in a row")

        over = threading.Event()
        threads, wrong = ask_until(over, ask, questions, 4)
        try:
            for _ in range(COUNT["kills of a worker"]):
                kill_a_worker(process, chance)
                enough = answered + 8
                wait_for("answers after it", partial(lambda n: answered > n or wrong, enough))
        finally:
            over.set()
            for thread in threads:
                thread.join()
        assert wrong == []
        assert process.poll() is None
