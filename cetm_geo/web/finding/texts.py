"""Texts made ready to be found in: without case and accents, many of them as one run of bytes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cetm_geo.arrays import Flags, Indices

# Accents of Latin, Greek and Cyrillic, and vowel marks of Arabic; in Khmer marks are letters.
_ACCENTS = re.compile("[\u0300-\u036f\u064b-\u0652\u0670]+")
# Letters with a stroke, which no decomposition takes apart.
_STROKES = {"đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "ŧ": "t", "æ": "ae",
            "œ": "oe"}  # fmt: skip
_SPACES = re.compile(r"[^\S\n]+")
_SPACE_AT_ENDS = re.compile(r" ?\n ?")
_END = ord("\n")  # of each text in the run; folded texts hold none


def folded(text: str) -> str:
    """`text` as it is compared: Ñandú, NANDU and nandu are alike; a run of space is one."""
    return _fold(text.replace("\n", " ")).strip()


def _fold(run: str) -> str:
    """Texts with a new line between them, each folded."""
    run = run.casefold()
    if not run.isascii():
        run = _ACCENTS.sub("", unicodedata.normalize("NFKD", run))
        for letter, plain in _STROKES.items():
            run = run.replace(letter, plain)
        run = unicodedata.normalize("NFC", run.casefold())
    return _SPACE_AT_ENDS.sub("\n", _SPACES.sub(" ", run))


def is_storable(text: str) -> bool:
    """False of half a surrogate pair, which no stored text holds."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


class Texts:
    """Texts (folded here) that are asked all at once; the order given is the order of finds."""

    def __init__(self, texts: Iterable[str]) -> None:
        given = list(texts)
        run = "\n".join(given)
        if run.count("\n") >= len(given):
            run = "\n".join(text.replace("\n", " ") for text in given)
        # A new line before the first and behind the last: their ends are ends of texts too.
        self._run = _fold(f"\n{run}\n").encode()[1:] if given else b""
        self._ends = np.flatnonzero(np.frombuffer(self._run, np.uint8) == _END) + 1
        starts = np.concatenate([[0], self._ends]).astype(np.int64)
        offsets, held = pa.py_buffer(starts.tobytes()), pa.py_buffer(self._run)
        self.array = pa.LargeStringArray.from_buffers(len(given), offsets, held)

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return len(self._run) + 2 * self._ends.nbytes

    def holding(self, word: str) -> Flags:
        """Which of them hold a folded word, (n,)."""
        if not is_storable(word):
            return np.zeros(len(self), bool)
        return _plain(pc.match_substring(self.array, word))

    def first_beginning(self, start: str, most: int) -> list[int]:
        """Places of the first that begin with a folded text."""
        if not is_storable(start):
            return []
        found = np.flatnonzero(_plain(pc.starts_with(self.array, start)))[:most]
        return [int(place) for place in found]

    def first_holding(self, part: str) -> Iterator[int]:
        """Places of those that hold a folded text, in order, each once."""
        if not part or not is_storable(part):
            return
        wanted, start = part.encode(), 0
        while (found := self._run.find(wanted, start)) >= 0:
            place = int(np.searchsorted(self._ends, found, side="right"))
            yield place
            start = int(self._ends[place])


def ranks(texts: Sequence[str]) -> Indices:
    """The place of each text, from 0, without case and accents; of equals by what they are."""
    columns = {"folded": Texts(texts).array, "text": pa.array(texts, pa.large_string())}
    by: Any = [(name, "ascending") for name in columns]
    order = pc.sort_indices(pa.table(columns), sort_keys=by).to_numpy()
    out = np.empty(len(texts), np.intp)
    out[order] = np.arange(len(texts))
    return out


def _plain(found: Any) -> Flags:
    return np.asarray(found.to_numpy(zero_copy_only=False), bool)
