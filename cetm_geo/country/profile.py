"""The profile of a country as plain values: stable keys, units in names, each with a status."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from cetm_geo.country.access import PROCESSING, TRADE, corridor_of, distance_of
from cetm_geo.country.findings import findings_of
from cetm_geo.country.land import basins_of, land_of, mined_of, people_of
from cetm_geo.country.places import places_of
from cetm_geo.country.register import holders_of, register_of
from cetm_geo.country.shares import ground_of
from cetm_geo.country.stated import consents_of, export_stages_of, strategies_of
from cetm_geo.country.tabled import CountryTables
from cetm_geo.country.titles import minerals_of, titles_of
from cetm_geo.model import Rulebook
from cetm_geo.model.rules import Pillar
from cetm_geo.rulebook.binding import (
    GROUPS,
    country_name,
    is_member,
    membership_text,
    memberships_of,
)
from cetm_geo.words import DISCLAIMER

LANDLOCKED = "LLDC"
_OF_SOURCE = (
    "layer_id", "role", "label", "as_of", "stale", "licence", "licence_url", "attribution",
    "publish", "complete_within", "problem",
)  # fmt: skip


def profile_of(tables: CountryTables, rulebook: Rulebook, iso3: str) -> dict[str, Any]:
    """Everything a store says of a country's titles. Pure.

    Args:
        rulebook: the one the flags were made with.

    Keys: iso3, country, as_of, catalogue, rulebook_version, memberships, treaties, titles, ground,
    places, pillars (stewardship, governance, production, trade), strategies, sources, disclaimer.
    Figures as `figures` has them.
    """
    as_of = date.fromisoformat(tables.meta["as_of"][:10])
    landlocked = is_member(rulebook.memberships, rulebook.packs, iso3, LANDLOCKED, as_of)
    return {
        "iso3": iso3,
        "country": country_name(iso3, rulebook.packs),
        "as_of": as_of.isoformat(),
        "catalogue": tables.meta.get("label", ""),
        "rulebook_version": rulebook.version,
        "memberships": _groups(rulebook, iso3, as_of),
        "treaties": _treaties(rulebook, iso3, as_of),
        "titles": titles_of(tables),
        "ground": ground_of(tables),
        "places": places_of(tables),
        "pillars": {
            Pillar.STEWARDSHIP.value: {
                **findings_of(tables, rulebook, Pillar.STEWARDSHIP),
                "land": land_of(tables, rulebook),
                "consent": consents_of(tables),
                "basins": basins_of(tables),
                "people": people_of(tables),
            },
            Pillar.GOVERNANCE.value: {
                **findings_of(tables, rulebook, Pillar.GOVERNANCE),
                "register": register_of(tables),
                "holders": holders_of(tables),
                "mined_land": mined_of(tables, iso3),
            },
            Pillar.PRODUCTION.value: {
                **findings_of(tables, rulebook, Pillar.PRODUCTION),
                "minerals": minerals_of(tables, rulebook),
                "processing": distance_of(tables, PROCESSING),
            },
            Pillar.TRADE.value: {
                **findings_of(tables, rulebook, Pillar.TRADE),
                "distances": [distance_of(tables, name) for name in TRADE],
                "corridor": corridor_of(tables, landlocked),
                "export_stage": export_stages_of(tables),
            },
        },
        "strategies": strategies_of(tables),
        "sources": _sources(tables),
        "disclaimer": DISCLAIMER,
    }


def _groups(rulebook: Rulebook, iso3: str, as_of: date) -> list[dict[str, Any]]:
    """Whether the country is in each group of countries on the day, and how it stands there."""
    held = memberships_of(rulebook.memberships, rulebook.packs, iso3, as_of)
    out = []
    for group, label in GROUPS.items():
        own = next((m for m in held if m.group == group), None)
        out.append(
            {
                "group": group,
                "label": label,
                "is_member": is_member(rulebook.memberships, rulebook.packs, iso3, group, as_of),
                "membership_status": own.status if own else None,
                "valid_from": (own.valid_from or None) if own else None,
                "valid_to": (own.valid_to or None) if own else None,
                "said": membership_text(own) if own else None,
                "source": own.source if own else None,
                "verified": own.verified if own else None,
            }
        )
    return out


def _treaties(rulebook: Rulebook, iso3: str, as_of: date) -> list[dict[str, Any]]:
    """What is on record of treaties and standards; no row is no record, not "not a party"."""
    held = memberships_of(rulebook.memberships, rulebook.packs, iso3, as_of)
    return [
        {
            "instrument": m.group,
            "membership_status": m.status,
            "valid_from": m.valid_from or None,
            "valid_to": m.valid_to or None,
            "said": membership_text(m),
            "source": m.source,
            "verified": m.verified,
        }
        for m in held
        if m.group not in GROUPS
    ]


def _sources(tables: CountryTables) -> list[dict[str, Any]]:
    rows = tables.sources.to_dict("records")
    return [{k: None if pd.isna(row[k]) else row[k] for k in _OF_SOURCE} for row in rows]
