"""What a few letters may mean: titles, holders and places, as one types."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import numpy as np

from cetm_geo import words
from cetm_geo.language import _
from cetm_geo.model import Tier
from cetm_geo.web.filters import Filters, query_of, written_place
from cetm_geo.web.finding.columns import Titles, texts_of
from cetm_geo.web.finding.places import Places
from cetm_geo.web.finding.texts import Texts, folded

LIMIT = 8
TITLE, PLACE, HOLDER = KINDS = ("title", "place", "holder")


@dataclass(frozen=True)
class Suggestion:
    """One thing a text may mean.

    kind: title, holder or place. label: its name. detail: what it is, and how many titles. go: the
    changes to the address that open it, as a link's `data-go` has them.
    """

    kind: str
    label: str
    detail: str
    go: str


class Suggester:
    """Finds by the beginning of names before the beginning of their words, and these before the
    rest; of equals titles by n, holders and places by their titles, the most first."""

    def __init__(self, titles: Titles, places: Places) -> None:
        self._titles, self._places = titles, places
        facts = titles.facts
        self._holders = _by_titles(titles)
        self._kinds: dict[str, tuple[Texts, ...]] = {
            TITLE: (Texts(texts_of(facts["number"])), Texts(texts_of(facts["name"]))),
            PLACE: (Texts(texts_of(places.named["name"])),),
            HOLDER: (Texts(titles.holders[self._holders[:, 0]]),),
        }

    def suggest(
        self, text: str, limit: int = LIMIT, kinds: Collection[str] = KINDS
    ) -> list[Suggestion]:
        """At most `limit` of the kinds asked for, in turn; none for an empty text."""
        part = folded(text)
        if not part:
            return []
        found = {
            kind: [list(_ranked(texts, part, rank, limit)) for rank in range(3)]
            for kind, texts in self._kinds.items()
            if kind in kinds
        }
        chosen = _shared_out(found, limit)
        return [self._said(kind, row) for kind, row in chosen]

    def _said(self, kind: str, row: int) -> Suggestion:
        return {TITLE: self._title, HOLDER: self._holder, PLACE: self._place}[kind](row)

    def _title(self, n: int) -> Suggestion:
        facts = self._titles.facts.iloc[n]
        number, name = _text(facts["number"]), _text(facts["name"])
        tier = words.TIERS[Tier(facts["tier"])].label
        detail = _("Title {number}, {tier}").format(number=number, tier=tier)
        return Suggestion(TITLE, name or number, detail, _go(site=str(facts["site_id"])))

    def _holder(self, row: int) -> Suggestion:
        code, count = self._holders[row].tolist()
        name = str(self._titles.holders[code])
        said = words.counted("{n} title", "{n} titles", count)
        detail = _("Holder, {titles}").format(titles=said)
        return Suggestion(HOLDER, name, detail, _go(**query_of(Filters(holders=(name,)))))

    def _place(self, row: int) -> Suggestion:
        place = self._places.named.iloc[row]
        layer = str(place["layer_id"])
        detail = self._places.labels[layer]
        if layer in self._places.laid:
            said = words.counted("{n} title", "{n} titles", int(place["titles"]))
            detail = _("{layer}, {titles}").format(layer=detail, titles=said)
        name = written_place(layer, str(place["feature_id"]))
        return Suggestion(PLACE, str(place["name"]), detail, _go(place=name))


def _ranked(texts: Iterable[Texts], part: str, rank: int, limit: int) -> Iterable[int]:
    """Rows that begin with a text, that have a word that does, that hold it anywhere."""
    for one in texts:
        if rank == 0:
            yield from one.first_beginning(part, limit)
        elif rank == 1:
            yield from islice(one.first_holding(f" {part}"), limit)
        else:
            yield from islice(one.first_holding(part), limit)


def _shared_out(found: Mapping[str, list[list[int]]], limit: int) -> list[tuple[str, int]]:
    """The best of all kinds, each kind in turn, each row once."""
    out: dict[tuple[str, int], None] = {}
    for rank in range(3):
        queues = [[(kind, row) for row in ranks[rank]] for kind, ranks in found.items()]
        for at in range(max((len(queue) for queue in queues), default=0)):
            for queue in queues:
                if at < len(queue) and len(out) < limit:
                    out.setdefault(queue[at])
    return list(out)


def _by_titles(titles: Titles) -> Any:
    """Code and titles of each holder, the most titles first, (holders, 2)."""
    count = np.bincount(titles.holder[titles.holder >= 0], minlength=len(titles.holders))
    order = np.argsort(-count, kind="stable")
    return np.column_stack([order, count[order]]).reshape(-1, 2)


def _go(**changes: str) -> str:
    return urlencode(changes)


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str) else ""
