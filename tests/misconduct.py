"""What a case of bad inputs must not do, done on purpose, so that it is known to be seen."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import pyogrio

from cetm_geo.errors import CetmError
from tests.test_hostile_files import Place
from tests.trying import REFUSED, Answer, Case


def _doing(what: Callable[[Place], Any]) -> Callable[[Place], Callable[[], Answer]]:
    def prepare(at: Place) -> Callable[[], Answer]:
        def attempt() -> Answer:
            what(at)
            raise CetmError("Refused.", "Do otherwise.")

        return attempt

    return prepare


def _served(at: Place) -> None:
    with urllib.request.urlopen(at.address, timeout=5) as answer:
        answer.read()


def _call(at: Place) -> None:
    try:
        _served(at)
    except OSError:
        return


def _tell(at: Place) -> None:
    raise CetmError((at.folder.parent / "elsewhere" / "canary.txt").read_text(), "Do otherwise.")


def _hold(_: Place) -> None:
    assert len(bytearray(400 << 20)) > 0


def _wait(_: Place) -> None:
    while True:
        pass


# What a case must not do -> doing it, and what is said of it then.
SEEN: Mapping[str, tuple[Callable[[Place], Any], str]] = {
    "read by a library": (
        lambda at: pyogrio.read_dataframe(at.canary / "canary.geojson"), "elsewhere were opened"),
    "read by Python": (lambda at: (at.canary / "canary.txt").read_bytes(), "elsewhere were opened"),
    "tell": (_tell, "canary was told"),
    "call": (_call, "called: "),
    "leave a file": (lambda at: (at.folder / "left").touch(), "left behind"),
    "leave a temporary file": (
        lambda at: (at.folder.parent / "scratch" / "left").touch(), "left behind"),
    "take much memory": (_hold, " MB"),
    "never end": (_wait, "ended as longer than"),
    "fail": (lambda _: {}["x"], "KeyError"),
    "end the process": (lambda _: os.abort(), "ended as the end of the process"),
}  # fmt: skip
ALL = [Case("misconduct", name, _doing(do), REFUSED, "Refused") for name, (do, _) in SEEN.items()]
