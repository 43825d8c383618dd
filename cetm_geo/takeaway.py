"""What is taken away: a table of sites, and what has to go with it.

The command line, the page and the API write what this makes, so that of the same sites they give
the same file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

import pandas as pd

from cetm_geo import export
from cetm_geo.answers import FeatureLookup, names_of_missing
from cetm_geo.cards import CardMaker
from cetm_geo.errors import ExportError
from cetm_geo.export import What, records, screening_provenance, store_provenance
from cetm_geo.flagtable import flags_frame
from cetm_geo.model import Layer, Publish, Rulebook, Screening
from cetm_geo.rulebook.indicators import Indicators
from cetm_geo.sitetable import measured_of, sites_frame, tiers_of
from cetm_geo.store import Store
from cetm_geo.workers import ahead

MOST_TOLD = 100  # sites whose flags and overlaps are told one by one beside the table
_LEFT_OUT = (
    f"Of more than {MOST_TOLD} sites flags are not told one by one here: `flags` of a site names "
    "those raised, cetm-geo export flags and /api/v1/sites/ID tell all of them."
)
_HIDDEN = ("feature_id", "name", "designation")


@dataclass(frozen=True)
class Taken:
    """A table, and what a file says of itself, both as `export.write` takes them.

    rows: a frame, or frames part by part, which can be read once. members: those of
    `export.store_provenance`, and `columns` as `export.columns_of` gives them. Of sites `flags`
    too, a row for every rule that was asked of each (None for more than MOST_TOLD, with
    `flags_note`), and the `norms` they name; of sites that were screened now `overlaps`, without
    shapes, and `missing`, what was not measured in the time given.
    """

    rows: Any
    members: Mapping[str, Any]


def of_store(
    store: Store, what: str = What.SITES, site_ids: Collection[str] | None = None
) -> Taken:
    """What a store holds, of all titles or of those asked for, as licences let it go.

    In the order of the store, neighbours beside each other. what: one of `export.WHAT`. Raises
    ExportError for any other, and where titles are asked for of a table without a column of them.
    """
    if site_ids is not None and what not in export.OF_SITES:
        raise ExportError(
            f"The rows of {what} do not each belong to one title.", "Export all of them."
        )
    ids = None
    if site_ids is not None:
        wanted = set(site_ids)
        ids = [name for name in export.all_site_ids(store) if name in wanted]
    parts = export.in_parts(store, what, ids)
    first = next(parts)
    members = store_provenance(store) | _columns(what, first, store.rulebook, _roles(store))
    if what == What.SITES:
        members |= _flags_of_store(store, ids)
    return Taken(chain([first], ahead(parts)), members)


def _columns(
    what: str, frame: Any, rulebook: Rulebook, roles: Mapping[str, str]
) -> dict[str, list[dict[str, str]]]:
    indicators = Indicators(rulebook.indicators)
    return {"columns": export.columns_of(what, map(str, frame.columns), indicators, roles)}


def _roles(store: Store) -> dict[str, str]:
    return {row["layer_id"]: row["role"] for row in store.rows("layers_of_screening")}


def of_screening(
    screening: Screening,
    layers: Mapping[str, Layer],
    rulebook: Rulebook,
    software: Mapping[str, str],
    what: str = What.SITES,
) -> Taken:
    """Sites that were screened now, by the same columns, and `missing`.

    what: sites, overlaps or flags.
    """
    sources = screening.sources
    missing = names_of_missing(screening.missing, _labels(sources))
    members = screening_provenance(screening, software) | {"missing": missing}
    told = {}
    if what == What.OVERLAPS:
        frame = overlaps_of_screening(screening, layers)
    elif what == What.FLAGS:
        frame = flags_of_screening(screening, layers, rulebook)
    else:
        frame = _sites_of_screening(screening, missing)
        told = _told_of_sites(screening, layers, rulebook)
    roles = dict(zip(sources["layer_id"], sources["role"], strict=True))
    return Taken(frame, members | _columns(what, frame, rulebook, roles) | told)


def _sites_of_screening(screening: Screening, missing: Sequence[str]) -> Any:
    sites = screening.sites
    judged = tiers_of(sites, screening.tiers, screening.flags)
    measured = measured_of(screening.indicators, sites["site_id"].tolist(), screening.sources)
    each = [list(missing) for _ in range(len(sites))]
    return sites_frame(sites, measured, **judged, missing=each)


def _told_of_sites(
    screening: Screening, layers: Mapping[str, Layer], rulebook: Rulebook
) -> dict[str, Any]:
    """What stands beside a table of sites: flags with their norms, and overlaps."""
    if len(screening.sites) > MOST_TOLD:
        return _untold()
    rows = records(flags_of_screening(screening, layers, rulebook))
    told = _with_norms(rows, CardMaker(rulebook, screening.as_of))
    return told | {"overlaps": _overlaps(screening, FeatureLookup(layers))}


def flags_of_screening(
    screening: Screening, layers: Mapping[str, Layer], rulebook: Rulebook
) -> pd.DataFrame:
    """Every rule's answer for each site, the raised ones in words (`flagtable.flags_frame`)."""
    features = screening.flag_features
    return flags_frame(
        flags=screening.flags,
        features=features.assign(name=_names(features, FeatureLookup(layers))),
        indicators=screening.indicators,
        sites=pd.DataFrame(screening.sites.drop(columns="geometry")),
        sources=screening.sources,
        maker=CardMaker(rulebook, screening.as_of),
    )


def _flags_of_store(store: Store, site_ids: list[str] | None) -> dict[str, Any]:
    count = store.manifest["rows"]["sites"] if site_ids is None else len(site_ids)
    if count > MOST_TOLD:
        return _untold()
    rows = records(export.stored(store, What.FLAGS, site_ids))
    maker = CardMaker(store.rulebook, date.fromisoformat(store.meta["as_of"][:10]))
    return _with_norms(rows, maker)


def _untold() -> dict[str, Any]:
    return {"flags": None, "flags_note": _LEFT_OUT, "norms": {}}


def _with_norms(rows: list[dict[str, Any]], maker: CardMaker) -> dict[str, Any]:
    countries = sorted({row["iso3"] for row in rows if row["iso3"]})
    return {"flags": rows, "norms": maker.norms(rows, countries)}


def overlaps_of_screening(screening: Screening, layers: Mapping[str, Layer]) -> Any:
    """Pairs of site and feature with their shapes and names, as licences let them go.

    The columns are those of a store's export, but for what only titles have.
    """
    names, pairs = FeatureLookup(layers), screening.overlaps
    by_layer = screening.sources.set_index("layer_id")
    withheld = pairs["layer_id"].map(by_layer["publish"]) != Publish.PUBLIC.value
    hidden = pairs["layer_id"].isin(_local(screening.sources))
    told = {
        "feature_name": _names(pairs, names),
        "designation": _names(pairs, names, "designation"),
    }
    own = {"feature_id": pairs["feature_id"], **told}
    out = pairs.assign(
        layer_label=pairs["layer_id"].map(by_layer["label"]),
        role=pairs["layer_id"].map(by_layer["role"]),
        geometry=pairs.geometry.where(~withheld, None),
        **{key: values.where(~hidden, None) for key, values in own.items()},
        geometry_withheld=pd.Series("licence", pairs.index).where(withheld, None),
    )
    head = ["site_id", "layer_id", "layer_label", "role", "feature_id", *told]
    return out[[*head, *(name for name in out.columns if name not in head)]]


def _overlaps(screening: Screening, names: FeatureLookup) -> list[dict[str, Any]]:
    """Pairs of site and feature with names, without shapes; what may not leave unnamed."""
    pairs = pd.DataFrame(screening.overlaps.drop(columns="geometry"))
    labels, local = _labels(screening.sources), _local(screening.sources)
    pairs = pairs.assign(
        layer_label=pairs["layer_id"].map(labels),
        name=_names(pairs, names),
    )
    return [
        row | dict.fromkeys(_HIDDEN & row.keys()) if row["layer_id"] in local else row
        for row in records(pairs)
    ]


def _names(rows: Any, names: FeatureLookup, column: str = "name") -> pd.Series[Any]:
    """What the features of rows are called, None where they have no name; or another text."""
    found = [
        names.get(layer, feature, column)
        for layer, feature in zip(rows["layer_id"], rows["feature_id"], strict=True)
    ]
    return pd.Series(found, rows.index, dtype=object)


def _labels(sources: pd.DataFrame) -> dict[str, str]:
    return dict(zip(sources["layer_id"], sources["label"], strict=True))


def _local(sources: pd.DataFrame) -> set[str]:
    return set(sources["layer_id"][sources["publish"] == Publish.LOCAL_ONLY.value])
