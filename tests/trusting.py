"""What the proofs at size share: how often, a toy country in two states, what a store answers."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import shapely

from cetm_geo import pipeline, store
from cetm_geo.errors import StoreError
from cetm_geo.ground import Ground
from cetm_geo.model import Catalog, Publish, Role
from cetm_geo.rulebook import read_rulebook
from cetm_geo.screening import screen
from tests import toy

# How often each is tried by `make test`, and by `make trust`.
_COUNTS = {
    "kills of a build": (4, 500),
    "offsets of a full disk": (2, 20),
    "swaps under readers": (3, 100),
    "swaps under the server": (2, 100),
    "bit flips": (12, 200),
    "truncated copies": (8, 50),
    "foreign logs": (5, 10),
    "kills of a worker": (2, 20),
    "texts of each parser": (250, 25_000),
    "cold starts": (1, 10),
    "pairs against other engines": (100, 10_000),
    "shapes with a formula": (40, 1_000),
    "cases of what must hold": (2_000, 100_000),
    "bad inputs": (25, 678),
}
FULL = os.environ.get("CETM_TRUST") == "full"
COUNT = {what: full if FULL else short for what, (short, full) in _COUNTS.items()}
# Another run finds other moments and places; a failure prints its seed, to be set here.
SEED = int(os.environ.get("CETM_TRUST_SEED") or random.SystemRandom().randrange(2**32))
PATIENCE_SECONDS = 120
FEW, MANY = 2, 5  # parks: the two states of the toy country
_GENERATION = re.compile(rb"\d{8}T\d{12}-[0-9a-f]{8}")


def chances(of: str) -> random.Random:
    """Chances for one test; pytest shows what is printed where the test fails."""
    print(f"CETM_TRUST_SEED={SEED}")
    return random.Random(f"{SEED} {of}")


# --- a country -----------------------------------------------------------------------------------


def content(parks: int = FEW, beside: Path | None = None) -> store.Content:
    """A toy country: three titles, as many parks as asked for, one community.

    beside: the store beside which the pieces of its layers are kept; None keeps none.
    """
    titles = [toy.block(x, 0, 4, 4) for x in (0, 10, 20)]
    layers = [
        toy.layer("titles", Role.CONCESSION, titles),
        toy.layer("parks", Role.PROTECTED_AREA, [toy.block(3 * i, 1, 2, 2) for i in range(parks)]),
        toy.layer(
            "lands", Role.COMMUNITY_LAND, [toy.block(2, 2, 9, 3)], publish=Publish.LOCAL_ONLY
        ),
        toy.layer("land", Role.COUNTRY, [toy.block(-10, -10, 50, 50)]),
    ]
    by_id = {layer.spec.id: layer for layer in layers}
    catalogue = Catalog("toy", "Toy", {name: layer.spec for name, layer in by_id.items()})
    kept = store.pieces_beside(beside) if beside else None
    ground = Ground.of(by_id, kept, groups=read_rulebook().groups)
    result = screen(toy.sites(titles), ground, toy.ON)
    return pipeline._content(catalogue, by_id, (), result, ground.names if kept else {})


def build(path: Path, parks: int, tell: Callable[[], None] = lambda: None) -> str:
    """Put the toy country in force. tell: called when all is measured and writing begins."""
    made = content(parks, path)
    tell()
    return store.write_store(path, made)


# --- what a store answers ------------------------------------------------------------------------


def _outlines(opened: store.Store) -> Any:
    """Of every layer the outlines of its pieces, which proposals are measured against."""
    return {
        name: shapely.to_wkb(layer.pieces.shapes(range(len(layer.pieces)))).tolist()
        for name, layer in store.read_layers(opened).items()
        if layer.pieces is not None
    }


_QUESTIONS: Mapping[str, Callable[[store.Store], Any]] = {
    "promised": lambda s: {k: s.manifest[k] for k in ("rows", "content_digest", "rules_version")},
    "rows": lambda s: s.rows("rows_of_tables"),
    "meta": lambda s: s.meta,
    "sites": lambda s: [store.site_answer(s, f"titles:f{i}") for i in (1, 2, 3)],
    "shapes": lambda s: s.shapes("all_sites").to_wkb().to_dict(),
    "parks": lambda s: s.rows("features_of_layer", layer_id="parks", shapes=True),
    "marks": lambda s: s.rows("marks_of_tables"),
    "pieces": _outlines,
    "rules": lambda s: (s.rulebook.version, sorted(s.rulebook.rules)),
}


def answers(opened: store.Store) -> dict[str, str]:
    """What a store answers to each question that it does not refuse."""
    found = {}
    for question, ask in _QUESTIONS.items():
        with contextlib.suppress(StoreError):
            found[question] = repr(ask(opened))
    return found


def answers_at(path: Path) -> dict[str, str]:
    """The same of the generation in force; nothing where it is refused."""
    try:
        return answers(store.open_store(path))
    except StoreError:
        return {}


# --- a server ------------------------------------------------------------------------------------


def fetch(url: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Status and content of an address; raises HTTPError for an error's status."""
    given = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(given, timeout=PATIENCE_SECONDS) as answer:
        return int(answer.status), answer.read()


def nameless(answer: bytes) -> bytes:
    """An answer without the name of its generation."""
    return _GENERATION.sub(b"G", answer)


def wait_for(what: str, happened: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < until, f"never: {what}"
        time.sleep(0.05)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def served(
    folder: Path, errors: IO[bytes] | None = None, words: Sequence[str] = ()
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`cetm-geo serve` of a store as its own process: its address, and the process.

    words: more options.
    """
    port = free_port()
    command = [sys.executable, "-m", "cetm_geo", "serve", "--store", str(folder)]
    command += ["--port", str(port), "--workers", "2", "--threads", "4", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
    url = f"http://127.0.0.1:{port}/"

    def answers_now() -> bool:
        assert process.poll() is None, "the server ended"
        with contextlib.suppress(OSError):
            return fetch(url + "readyz")[0] == 200  # open also where readers have to be named
        return False

    try:
        wait_for("the server answers", answers_now)
        yield url, process
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=PATIENCE_SECONDS) == 0
    finally:
        process.kill()
        process.wait()


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """Processes whose parent this one is."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == process.pid and state != "Z":
                found.append(int(stat.parent.name))
    return found
