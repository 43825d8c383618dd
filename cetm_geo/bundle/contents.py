"""What a bundle is of: titles of a store, or polygons that were screened against it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from cetm_geo import pipeline, takeaway
from cetm_geo.described import Described
from cetm_geo.errors import SiteError
from cetm_geo.export import What
from cetm_geo.model import Progress, Rulebook
from cetm_geo.rulebook import effective, plain
from cetm_geo.store import Store
from cetm_geo.store.connection import RULES_FOLDER
from cetm_geo.takeaway import Taken
from cetm_geo.workspace import screened

TITLES, PROPOSALS = "titles", "proposals"
TABLES = (What.SITES.value, What.OVERLAPS.value, What.FLAGS.value)
MOST_SITES = 1_000  # a bundle is evidence on some sites; of all there are exports


@dataclass(frozen=True)
class Contents:
    """What goes into a bundle.

    facts: what is screened again from: kind, ids, day, generation, versions, and of proposals what
    they are to be. tables: by name of TABLES, as `takeaway` gives them. rules: folder of the
    rulebook. used: the rules that were asked, and the norms they name. outlines: of proposals,
    GeoJSON features with every digit, as they were screened.
    """

    facts: Mapping[str, Any]
    tables: Mapping[str, Taken]
    rules: Path
    used: Mapping[str, Any]
    outlines: Sequence[Mapping[str, Any]] = field(default_factory=list)


def of_titles(store: Store, site_ids: Sequence[str]) -> Contents:
    """Titles of a store. Raises SiteError for one that it does not hold, for none or too many."""
    ids = list(dict.fromkeys(site_ids))
    _check_count(len(ids))
    unknown = [name for name in ids if not store.value("site_exists", site_id=name)]
    if unknown:
        raise SiteError(
            f"There is no site {unknown[0]!r} in this store.",
            "Give ids as cetm-geo export sites names them.",
        )
    tables = {what: _whole(takeaway.of_store(store, what, ids)) for what in TABLES}
    facts = {"kind": TITLES, "site_ids": ids, **_facts(store)}
    day = date.fromisoformat(facts["as_of"])
    used = _used(store.rulebook, tables[What.FLAGS].rows, day)
    return Contents(facts, tables, store.folder / RULES_FOLDER, used)


def of_proposals(
    store: Store, sites: Any, said: Described, progress: Progress | None = None
) -> Contents:
    """Polygons, screened against what a store holds. sites: by `tables.SITES`; said: all of them.

    Raises SiteError for none, or too many.
    """
    _check_count(len(sites))
    book, software = store.rulebook, pipeline.software()
    screening, layers = screened(store, sites, progress)
    tables = {
        what: takeaway.of_screening(screening, layers, book, software, what) for what in TABLES
    }
    features = [
        {
            "type": "Feature",
            "geometry": shape.__geo_interface__,
            "properties": {"site_id": site_id, "name": name if isinstance(name, str) else None},
        }
        for site_id, name, shape in zip(
            screening.sites["site_id"], screening.sites["name"], screening.sites.geometry,
            strict=True,
        )
    ]  # fmt: skip
    ids = [str(name) for name in screening.sites["site_id"]]
    facts = {"kind": PROPOSALS, "site_ids": ids, "said": said.plain(), **_facts(store)}
    facts["software"] = software
    used = _used(book, tables[What.FLAGS].rows, screening.as_of)
    return Contents(facts, tables, store.folder / RULES_FOLDER, used, features)


def _check_count(count: int) -> None:
    if not count:
        raise SiteError("A bundle of no site.", "Name one, or a file with a polygon.")
    if count > MOST_SITES:
        raise SiteError(
            f"A bundle of {count:,} sites; it holds {MOST_SITES:,} at most.",
            "Choose some, or write all with cetm-geo export.",
        )


def _whole(taken: Taken) -> Taken:
    """With one frame in place of the parts, which can be read once."""
    parts = list(taken.rows)
    one = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    return Taken(one, taken.members)


def _facts(store: Store) -> dict[str, Any]:
    meta, manifest = store.meta, store.manifest
    return {
        "as_of": meta["as_of"][:10],
        "catalogue": meta["catalogue"],
        "label": meta["label"],
        "country": meta["country"],
        "generation": store.generation,
        "created": manifest["created"],
        "content_digest": manifest["content_digest"],
        "rules_version": manifest["rules_version"],
        "software": json.loads(meta["software"]),
    }


def _used(book: Rulebook, flags: pd.DataFrame, as_of: date) -> dict[str, Any]:
    """Rules that were asked, with each country's numbers and laws, and the norms they name."""
    pairs = flags[["rule_id", "iso3"]].drop_duplicates().itertuples(index=False, name=None)
    asked = sorted((str(rule), iso3 if isinstance(iso3, str) else "") for rule, iso3 in pairs)
    held = {iso3: effective(book, iso3, as_of) for _, iso3 in asked}
    norms = sorted({*chain.from_iterable(flags["norm_ids"])})
    return {
        "rules": [plain(book.rules[name]) for name in sorted({rule for rule, _ in asked})],
        "in_countries": [
            {
                "rule_id": rule,
                "iso3": iso3 or None,
                "numbers": {n: v for (r, n), v in held[iso3].numbers.items() if r == rule},
                "norm_ids": list(held[iso3].norms(rule)),
                "changes": plain(held[iso3].changes(rule)),
            }
            for rule, iso3 in asked
        ],
        "norms": [plain(book.norms[name]) for name in norms],
    }
