"""The process that reads a file that somebody gave: begun for one file, confined, told by files.

Its folder holds request.json and the file under a plain name; it writes answer.json or
problem.json there, in the language that was asked for, and ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import shapely

from cetm_geo import confined, language, notes
from cetm_geo.errors import CetmError
from cetm_geo.given.asking import Asked
from cetm_geo.given.limits import Limits
from cetm_geo.given.reading import Given, read_given, vertices_of
from cetm_geo.language import _

REQUEST, ANSWER, PROBLEM = "request.json", "answer.json", "problem.json"
_MOST_SAID = 600  # characters of a sentence
_FOR_CATALOGUES = "source."
# How libraries say that they had no more.
_NO_MEMORY = re.compile("out of memory|malloc|cannot allocate|launch worker thread", re.IGNORECASE)
# A path of this machine: two names and more after a slash that begins a word.
_PATH = re.compile(r"(?<![\w/.:])/(?:[^\s/:;,'\"]+/)+[^\s/:;,'\"]*")


def main(folder: str) -> None:
    """Read the file of a folder: what the process runs."""
    place = Path(folder)
    confined.die_with_parent()
    asked = json.loads((place / REQUEST).read_text(encoding="utf-8"))
    is_sealed = confined.confine(confined.Allowance(**asked["allowance"]), place)
    language.choose(asked["language"])
    if asked["strict"] and not is_sealed:
        what = _("This server cannot shut itself off while it reads a file.")
        _write(place / PROBLEM, {"what": what, "hint": _("Draw the shape, or type its corners.")})
        return
    said = _Words(place, place / asked["file"], asked["shown"])
    try:
        _write(place / ANSWER, said.everywhere(_answer(place, asked)))
    except CetmError as error:
        ran_out = _NO_MEMORY.search(error.what)
        told = _no_memory(asked["shown"]) if ran_out else _problem(error)
        _write(place / PROBLEM, said.everywhere(told))
    except MemoryError:
        _write(place / PROBLEM, _no_memory(asked["shown"]))


def _answer(place: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    near = asked["near"]
    try:
        given = read_given(
            place / asked["file"],
            asked["shown"],
            place / "unpacked",
            asked["choices"],
            tuple(near) if near else None,
            Limits(**asked["limits"]),
        )
    except Asked as open_question:
        return {
            "features": [],
            "said": [],
            "question": open_question.question,
            "choices": [list(choice) for choice in open_question.choices],
        }
    question = _("The file holds several shapes. Choose one:") if given.choices else ""
    return {
        "features": _features(given),
        "said": list(given.said),
        "question": question,
        "choices": [list(choice) for choice in given.choices],
    }


def _features(given: Given) -> list[dict[str, Any]]:
    return [
        {
            "label": shape.label,
            "geometry": shapely.geometry.mapping(shape.geometry),
            "area_km2": shape.area_km2,
            "vertices": vertices_of(shape.geometry),
            "said": list(shape.said),
        }
        for shape in given.shapes
    ]


def _problem(error: CetmError) -> dict[str, str]:
    """An error for who gave the file: nothing in it speaks of catalogues."""
    what, hint = notes.said(error.what), notes.said(error.hint)
    if _FOR_CATALOGUES in what:
        what = what.partition(": ")[0] + ": " + _("cannot be read.")
    if _FOR_CATALOGUES in hint:
        hint = _("Save it anew as GeoJSON, in longitude, latitude (WGS 84).")
    return {"what": what, "hint": hint}


def _no_memory(shown: str) -> dict[str, str]:
    what = _("{file}: takes more memory to read than is given to it.")
    return {"what": what.format(file=shown), "hint": _("Keep only the shape you want in it.")}


class _Words:
    """Takes the places of this machine out of whatever is said."""

    def __init__(self, place: Path, file: Path, shown: str) -> None:
        self._file, self._shown = re.compile(re.escape(str(file))), shown
        # Members are unpacked into numbered folders, and some files linked to elsewhere.
        self._folder = re.compile(
            re.escape(str(place)) + r"(?:/cetm-geo-[^/\s]+)?(?:/(?=\S)|(?![\w/]))"
        )
        self._unpacked = re.compile(re.escape(str(place / "unpacked")) + r"/\d+(?=/)")

    def everywhere(self, held: Any) -> Any:
        """`held`, every text in it said without paths; geometries are numbers and stay."""
        if isinstance(held, str):
            return self._one(held)
        if isinstance(held, dict):
            return {k: v if k == "geometry" else self.everywhere(v) for k, v in held.items()}
        return [self.everywhere(one) for one in held] if isinstance(held, list) else held

    def _one(self, text: str) -> str:
        for place in (self._file, self._unpacked):
            text = place.sub(lambda _found: self._shown, text)
        text = _PATH.sub(_("the file"), self._folder.sub("", text))
        return text if len(text) <= _MOST_SAID else f"{text[:_MOST_SAID]}…"


def _write(file: Path, content: Any) -> None:
    part = file.with_suffix(".part")
    part.write_text(json.dumps(content), encoding="utf-8")
    part.replace(file)
