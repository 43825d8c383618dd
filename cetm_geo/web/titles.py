"""Finding titles: the filters of the page and of the API, asked of the store in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cetm_geo.store import Store

ALL_TITLES = 1_000_000


@dataclass(frozen=True)
class Filters:
    """What a title must match; an empty filter matches all. Layers: overlaps any of them."""

    text: str = ""
    tiers: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    minerals: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True if every title matches."""
        return not any(asdict(self).values())


@dataclass(frozen=True)
class Titles:
    """The first rows of what matches, and how many match."""

    rows: Sequence[dict[str, Any]]
    count: int


def find_titles(store: Store, filters: Filters, limit: int, nameless: Sequence[str] = ()) -> Titles:
    """Titles that match, the worst tier first.

    nameless: registers whose titles no search finds by name or holder.
    """
    given = {name: list(values) for name, values in asdict(filters).items() if name != "text"}
    pattern = f"%{_literal(filters.text.strip())}%"
    rows = store.rows(
        "titles_matching", pattern=pattern, limit=limit, nameless=list(nameless), **given
    )
    return Titles(rows, int(rows[0]["matching"]) if rows else 0)


def _literal(text: str) -> str:
    """`text` with the wildcards of a pattern taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
