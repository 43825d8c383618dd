"""The last drawn shapes with what their flags rest on, kept until their rasters have answered."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cetm_geo.assessment import Assessed
from cetm_geo.described import NOT_SAID, Described

_KEPT = 64


@dataclass(frozen=True)
class Draft:
    """One drawn shape: what its flags rest on, and its answer as it was measured."""

    basis: Assessed
    answer: Mapping[str, Any]


class Drafts:
    """The last few; another process may have measured a shape, so that one may not be here."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[str, Draft] = OrderedDict()

    def keep(self, key: str, draft: Draft) -> None:
        """Keep one, and forget the oldest."""
        with self._lock:
            self._held[key] = draft
            self._held.move_to_end(key)
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)

    def get(self, key: str) -> Draft | None:
        """The one kept under a key."""
        with self._lock:
            return self._held.get(key)


def key_of(
    geometry: Mapping[str, Any], generation: str, said: Described = NOT_SAID, part: str = ""
) -> str:
    """What tells a shape, of what it is said to be, in a generation of the store from others.

    part: of what the draft is, where it is not what layers alone say.
    """
    text = json.dumps([generation, geometry, said.plain(), part], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
