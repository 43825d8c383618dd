"""What users state of the country and its titles: the framework's own strategies stay in sight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.country.figures import Known, counted, found, plain
from cetm_geo.country.tabled import CountryTables
from cetm_geo.flags.facts import STATUSES
from cetm_geo.model import IndicatorStatus
from cetm_geo.model.rules import Consent, Pillar
from cetm_geo.statements import COUNTRY_TOPICS, EXPORT_STAGE, EXPORT_STAGES

PILLAR_OF_TOPIC: Mapping[str, Pillar] = {
    "local_value_addition_share": Pillar.PRODUCTION,
    "benefit_sharing_agreements_count": Pillar.STEWARDSHIP,
    "closure_bonds_count": Pillar.GOVERNANCE,
    "jobs_count": Pillar.PRODUCTION,
    "recycled_share": Pillar.PRODUCTION,
    "tailings_reprocessed_share": Pillar.STEWARDSHIP,
}
_STATED = ("value", "value_text", "unit", "year", "source")


def strategies_of(tables: CountryTables) -> list[dict[str, Any]]:
    """Local value addition, benefit sharing, closure bonds, jobs, recycling, re-use of tailings: as
    stated last, else that nothing is stated."""
    return [_strategy(tables.statements, topic) for topic in COUNTRY_TOPICS]


def _strategy(said: pd.DataFrame | None, topic: str) -> dict[str, Any]:
    head = {"topic": topic, "pillar": PILLAR_OF_TOPIC[topic].value}
    rows = []
    if said is not None:
        own = said[(said["topic"] == topic) & said["site_id"].isna()]
        own = own.sort_values("year", ascending=False, na_position="last", kind="stable")
        rows = [_stated(row) for row in own.to_dict("records")]
    if not rows:
        status = Known.NOT_STATED.value
        return head | dict.fromkeys(_STATED) | {"status": status, "others": []}
    return head | rows[0] | {"status": Known.OK.value, "others": rows[1:]}


def _stated(row: Mapping[Any, Any]) -> dict[str, Any]:
    out = {name: None if pd.isna(row[name]) else plain(row[name]) for name in _STATED}
    return out | {"year": None if out["year"] is None else int(out["year"])}


def export_stages_of(tables: CountryTables) -> list[dict[str, Any]]:
    """Titles by what their mineral leaves the country as; what was stated last."""
    stated = np.full(len(tables.sites), "not_stated", object)
    if tables.statements is not None:
        own = tables.statements[tables.statements["topic"] == EXPORT_STAGE]
        own = own[own["site_id"].notna()].sort_values("year", na_position="first", kind="stable")
        last = own.drop_duplicates("site_id", keep="last").set_index("site_id")["value_text"]
        held = last.reindex(tables.site_ids).to_numpy(object)
        stated = np.where(pd.isna(held), stated, held)
    return [
        {"stage": word, "titles_count": counted(tables, stated == word)}
        for word in (*EXPORT_STAGES, "not_stated")
    ]


def consents_of(tables: CountryTables) -> list[dict[str, Any]]:
    """Titles by what is recorded of consent, the worst over the territories each meets, and those
    that meet none."""
    fact = tables.facts["consent_status"]
    no_land = fact.status == STATUSES.index(IndicatorStatus.NOT_APPLICABLE)
    kinds = {word.value: fact.value == i for i, word in enumerate(Consent)}
    kinds["no_territory_met"] = no_land
    return [
        {"consent": word, "titles_count": found(tables, fact, which)}
        for word, which in kinds.items()
    ]
