"""The titles that words find, away from a page: what `--where` of the command line asks for."""

from __future__ import annotations

from urllib.parse import parse_qs

from cetm_geo.errors import ExportError
from cetm_geo.store import Store
from cetm_geo.web.filters import WORDS, filters_of
from cetm_geo.web.finding import Finder


def titles_wanted(store: Store, where: str) -> list[str]:
    """Ids of the titles that the words of an address find, as the page and the API find them.

    where: `tier=critical&list=un`, with or without the `?`; a word that comes twice is joined.
    Raises ExportError for a word that finds no titles, SiteError for a value that cannot be read.
    """
    given = parse_qs(where.strip().lstrip("?"), keep_blank_values=True)
    unknown = sorted(given.keys() - set(WORDS))
    if unknown:
        raise ExportError(
            f"{unknown[0]!r} is no word by which titles are found.", f"One of {', '.join(WORDS)}."
        )
    finder = Finder(store)
    return finder.ids(finder.match(filters_of({k: ",".join(v) for k, v in given.items()})))
