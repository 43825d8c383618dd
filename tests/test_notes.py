"""What a store says in English is recognised and said in another language, numbers and all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from gettext import NullTranslations
from pathlib import Path

import pytest

from cetm_geo import language, notes
from cetm_geo.errors import CetmError
from cetm_geo.notetexts import ERRORS, ISSUES, NOTES
from cetm_geo.screening import proposal
from cetm_geo.store import Store, StoreReader
from cetm_geo.web import Service

# What a layer's own note says is data; "; " parts it from what the engine says.
HELD = (("coverage", "note"), ("indicators", "note"), ("issues", "problem"), ("sources", "problem"))


class Marked(NullTranslations):
    """Every text between brackets: what is outside of them was not translated."""

    def gettext(self, message: str) -> str:
        return f"[{message}]"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"[{msgid1 if n == 1 else msgid2}]"


@pytest.fixture
def french(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(language, "_catalogue", lambda spoken: Marked())
    notes._said.cache_clear()
    with language.speaking("fr"):
        yield
    notes._said.cache_clear()


def texts_of(store: Store, table: str, column: str) -> list[str]:
    statement = f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'
    rows = store._cursor().execute(statement).fetchall()  # nobody but a test asks this
    return [str(row[0]) for row in rows]


@pytest.mark.parametrize("name", ["sample_store", "cambodian_store"])
def test_every_note_of_a_store_is_recognised_but_for_what_a_layer_says_of_itself(
    name: str, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(name)
    store = StoreReader(folder).current()
    told = {
        text.partition(" Raster of ")[0].rstrip(".") for text in texts_of(store, "sources", "note")
    }
    own = sorted(told, key=len, reverse=True)  # one layer's words may begin another's
    unknown = set()
    for table, column in HELD:
        for text in texts_of(store, table, column):
            rest = text
            for words in own:
                rest = rest.replace(words, "")
            rest = "; ".join(part for part in rest.split("; ") if part)
            if rest and not notes.is_known(rest):
                unknown.add(rest)
    assert unknown == set()


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("the data end 24.7 km away", "[the data end 24,7 km away]"),
        ("Roads: the data's day is not stated; straight_line",
         "[Roads: the data's day is not stated]; [in a straight line]"),
        ("KBAs: data as of 2013-05-06, older than 5 years",
         "[KBAs: data as of 6 mai 2013, older than 5 years]"),
        ("the register states 3,110.30 km2, the outline measures 30.70 km2: 101 times",
         "[the register states 3\u202f110,30 km2, the outline measures 30,70 km2: 101 times]"),
        ("A Gap; the data end 2.0 km away; words of a layer's own",
         "A Gap; [the data end 2,0 km away]; words of a layer's own"),
        ("nobody has heard of this", "nobody has heard of this"),
        ("", ""),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("french")
def test_numbers_and_days_of_a_note_are_written_as_the_language_does(note: str, said: str) -> None:
    assert notes.said(note) == said


def test_a_note_is_read_in_english_as_it_was_written() -> None:
    assert notes.said("the data end 24.7 km away") == "the data end 24.7 km away"


def test_no_two_texts_are_alike_and_each_recognises_itself() -> None:
    every = (*NOTES, *ISSUES, *ERRORS)
    assert len(set(every)) == len(every)
    filling: Mapping[str, str] = {
        **dict.fromkeys(notes.NUMBERS, "12"),
        **dict.fromkeys(notes.DAYS, "2013-05-06"),
    }
    for text in every:
        names = notes._PLACEHOLDER.findall(text)
        written = text.format(**{name: filling.get(name, "Xyz") for name in names})
        found = notes._match(written)
        assert found and found[0] == text, written


@pytest.mark.parametrize(
    "outline",
    [
        {"type": "Point", "coordinates": [0, 0]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [300, 1], [1, 0], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0], [0, 0]]]},
    ],
)
@pytest.mark.usefixtures("french")
def test_what_is_wrong_with_an_outline_is_said_in_the_readers_language(
    outline: Mapping[str, object],
) -> None:
    with pytest.raises(CetmError) as caught:
        proposal(dict(outline), "x")
    assert notes.said(caught.value.what).startswith("[")
    assert notes.said(caught.value.hint).startswith("[")


def test_a_reason_is_said_by_the_rulebook_and_keeps_the_name_of_the_place(
    sample_store: Path, french: None
) -> None:
    service = Service(sample_store)
    store = service.store()
    rules = service.resident(store).under.rulebook.rules
    for text in texts_of(store, "tiles", "reason"):
        told = notes.reason(text, rules)
        label, _, place = text.partition(": ")
        if not text:
            assert told == ""
        else:
            assert not told.startswith(label), text
            assert place in told
