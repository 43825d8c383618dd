"""What the registers and the user's tables say of titles, as indicators: no shape is needed.

A proposal stands in no register: what is asked of one does not apply to it. What a register does
not state is null and `no_data`, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.arrays import Flags, Floats, Texts
from cetm_geo.consent_indicators import consent_status
from cetm_geo.evidence import Evidence
from cetm_geo.identity import codes_of
from cetm_geo.indicators import Columns
from cetm_geo.mineral_indicators import mineral_indicators
from cetm_geo.model import IndicatorStatus, Layer, SiteStatus, Stage
from cetm_geo.model.rules import Mineral
from cetm_geo.statements import DISCLOSURES, NOTHING, Statements

IN_FORCE, APPLICATION, UNKNOWN, EXPIRED, REFUSED = range(5)  # values of licence_state
_STATES: Mapping[SiteStatus, tuple[int, str]] = {
    SiteStatus.ACTIVE: (IN_FORCE, "in force"),
    SiteStatus.APPLICATION: (APPLICATION, "application"),
    SiteStatus.UNKNOWN: (UNKNOWN, "unknown"),
    SiteStatus.EXPIRED: (EXPIRED, "expired"),
    SiteStatus.REFUSED: (REFUSED, "refused"),
    SiteStatus.WITHDRAWN: (REFUSED, "withdrawn"),
}
# Titles that have no last day yet, or never had one.
_WITHOUT_EXPIRY = (SiteStatus.APPLICATION, SiteStatus.REFUSED, SiteStatus.WITHDRAWN)
_OK, _NO_DATA, _NOT_APPLICABLE = (
    IndicatorStatus.OK.value,
    IndicatorStatus.NO_DATA.value,
    IndicatorStatus.NOT_APPLICABLE.value,
)


def register_indicators(
    evidence: Evidence,
    layers: Sequence[Layer],
    as_of: date,
    minerals: Mapping[str, Mineral],
    lists: Iterable[str],
    said: Statements = NOTHING,
) -> list[Columns]:
    """What registers and tables say of the sites, each as columns by `tables.INDICATORS`.

    Args:
        evidence: the sites, and which territories they meet. layers: those that were measured.
        as_of: the day the screening speaks of. minerals: by id. lists: ids of the lists of
            minerals. said: what the user's tables state.
    """
    return [
        *register_facts(evidence.sites, as_of, said.statements),
        consent_status(evidence, layers, said.consent),
        *mineral_indicators(evidence.sites, minerals, lists),
    ]


def register_facts(
    sites: Any, as_of: date, statements: pd.DataFrame | None = None
) -> list[Columns]:
    """What the registers say, each as columns by `tables.INDICATORS`.

    Args:
        sites: by `tables.SITES`. as_of: the day the screening speaks of.
        statements: by `tables.STATEMENTS`; None where the user brought no such table.
    """
    register = _Register(sites, as_of)
    return [
        register.licence_state(),
        register.days_to_expiry(),
        register.completeness(),
        register.holder_recorded(),
        register.area_mismatch(),
        register.stage_class(),
        register.disclosure(statements),
    ]


def by_pattern(marks: Sequence[Flags], words: Sequence[str], before: str = "") -> Texts:
    """Per site, after `before`, the words whose mark it has; None without any. marks: (n,) each."""
    pattern = np.zeros(len(marks[0]), np.int64)
    for bit, mark in enumerate(marks):
        pattern |= mark.astype(np.int64) << bit
    found, which = np.unique(pattern, return_inverse=True)
    told = [", ".join(w for bit, w in enumerate(words) if p >> bit & 1) for p in found.tolist()]
    return np.array([before + text if text else None for text in told], object)[which]


class _Register:
    """The columns of the sites, and whether each is a title of a register."""

    def __init__(self, sites: Any, as_of: date) -> None:
        self.sites, self.as_of = sites, as_of
        self.is_title: Flags = (sites["kind"] != "proposal").to_numpy(bool)
        self.status = sites["status"].to_numpy(object)
        self.expires = _days(sites["expires_on"])

    def has(self, column: str) -> Flags:
        """Sites of which a column states something."""
        return np.asarray(self.sites[column].notna().to_numpy(bool))

    def is_any(self, *statuses: SiteStatus) -> Flags:
        """Sites of one of some statuses."""
        return np.isin(self.status, [status.value for status in statuses])

    def columns(
        self, name: str, unit: str, value: Floats, applies: Flags | None = None, **more: Any
    ) -> Columns:
        """An indicator: null is `no_data`, or does not apply."""
        asked = self.is_title if applies is None else self.is_title & applies
        known = np.where(np.isnan(value), _NO_DATA, _OK)
        return {
            "site_id": self.sites["site_id"].to_numpy(object),
            "indicator_id": name,
            "value": np.where(asked, value, np.nan),
            "unit": unit,
            "status": np.where(asked, known, _NOT_APPLICABLE).astype(object),
            **{key: _where(asked, texts) for key, texts in more.items()},
        }

    def licence_state(self) -> Columns:
        """By status; in force or unknown with its last day before as_of is expired, and noted."""
        words = {status.value: state for status, state in _STATES.items()}
        codes, found = pd.factorize(self.status)
        states = [words[status] for status in found] or [(UNKNOWN, "unknown")]
        value = np.array([code for code, _ in states], np.float64)[codes]
        text = np.array([word for _, word in states], object)[codes]
        over = self.expires < np.datetime64(self.as_of)  # not a day: not over
        by_day = over & self.is_any(SiteStatus.ACTIVE, SiteStatus.UNKNOWN)
        note = np.full(len(value), None, object)
        for i in np.flatnonzero(by_day):
            note[i] = f"its last day was {self.expires[i]}; the register's status is {text[i]}"
        early = (self.expires >= np.datetime64(self.as_of)) & self.is_any(SiteStatus.EXPIRED)
        for i in np.flatnonzero(early):
            note[i] = f"expired by its status; its last day is stated as {self.expires[i]}"
        value[by_day], text[by_day] = EXPIRED, "expired"
        return self.columns("licence_state", "class", value, value_text=text, note=note)

    def days_to_expiry(self) -> Columns:
        """Days from as_of to the last day, below 0 once it is over; applications have none yet."""
        days = (self.expires - np.datetime64(self.as_of)).astype(np.float64)
        days[np.isnat(self.expires)] = np.nan
        applies = ~np.isnan(days) | ~self.is_any(*_WITHOUT_EXPIRY)
        return self.columns("licence_days_to_expiry", "days", days, applies)

    def completeness(self) -> Columns:
        """Filled fields by required ones; the days are asked of titles in force or expired."""
        every = np.ones(len(self.sites), bool)
        dated = self.is_any(SiteStatus.ACTIVE, SiteStatus.EXPIRED)
        with_code = ~pd.isna(codes_of(self.sites["feature_id"].to_numpy(object)))
        with_area = (self.sites["declared_area_km2"] > 0).to_numpy(bool)
        fields = {
            "holder": (every, self.has("holder")),
            "code": (every, np.asarray(with_code)),
            "type": (every, self.has("stage_text")),
            "status": (every, self.has("status_text")),
            "day of grant": (dated, self.has("granted_on")),
            "day of expiry": (dated, self.has("expires_on")),
            "minerals": (every, self.has("commodity_text")),
            "area": (every, with_area),
        }
        required = np.sum([asked for asked, _ in fields.values()], axis=0)
        filled = np.sum([asked & has for asked, has in fields.values()], axis=0)
        lacks = [asked & ~has for asked, has in fields.values()]
        text = by_pattern(lacks, list(fields), "not stated: ")
        return self.columns(
            "register_completeness_share", "share", filled / required, value_text=text
        )

    def holder_recorded(self) -> Columns:
        """1 where the register names a holder."""
        return self.columns("holder_recorded", "0 or 1", self.has("holder").astype(np.float64))

    def area_mismatch(self) -> Columns:
        """|declared - measured| / measured; of a circle drawn round a point no area is known."""
        measured = self.sites["area_km2"].to_numpy(np.float64)
        declared = self.sites["declared_area_km2"].to_numpy(np.float64)
        declared = np.where(declared > 0, declared, np.nan)
        outlined = ~self.sites["placeholder"].to_numpy(bool)
        share = np.abs(declared - measured) / measured
        return self.columns("declared_area_mismatch_share", "share", share, outlined)

    def stage_class(self) -> Columns:
        """The stage's place in the order of `model.Stage`; unknown is no place."""
        place = {s.value: float(i) for i, s in enumerate(Stage) if s != Stage.UNKNOWN}
        stage = self.sites["stage"]
        value = stage.map(place).to_numpy(np.float64)
        return self.columns("stage_class", "class", value, value_text=stage.to_numpy(object))

    def disclosure(self, statements: pd.DataFrame | None) -> Columns:
        """Published by stated to be so, of the six of DISCLOSURES; what is not stated is not.

        The latest year speaks; of several statements of it the one that is less favourable.
        """
        held = self._published(statements)
        stated = ~np.isnan(held).all(axis=0)
        share = np.where(stated, (held == 1).sum(axis=0) / len(DISCLOSURES), np.nan)
        words = [f"{topic}: {said}" for topic in DISCLOSURES for said in ("no", "not stated")]
        lacks = [m & stated for of_topic in held for m in (of_topic == 0, np.isnan(of_topic))]
        note = np.full(len(share), None, object)
        note[~stated] = "no table" if statements is None else "no row of the table"
        note[~stated] += " of statements speaks of it"
        return self.columns(
            "disclosure_share", "share", share, value_text=by_pattern(lacks, words), note=note
        )

    def _published(self, statements: pd.DataFrame | None) -> Floats:
        """Per topic of DISCLOSURES and site 1 published, 0 not, nan not stated."""
        held = np.full((len(DISCLOSURES), len(self.sites)), np.nan)
        if statements is None:
            return held
        said = statements[statements["topic"].isin(DISCLOSURES)]
        said = said.sort_values(["year", "value"], ascending=[True, False], na_position="first")
        said = said.drop_duplicates(["site_id", "topic"], keep="last")
        row = pd.Index(self.sites["site_id"]).get_indexer(pd.Index(said["site_id"]))
        topic = pd.Index(DISCLOSURES).get_indexer(pd.Index(said["topic"]))
        ours = row >= 0
        held[topic[ours], row[ours]] = said["value"].to_numpy(np.float64)[ours]
        return held


def _days(texts: Any) -> Any:
    """ISO texts as datetime64[D], NaT where null; shape (n,)."""
    return texts.fillna("NaT").to_numpy(object).astype("datetime64[D]")


def _where(asked: Flags, texts: Any) -> Texts:
    out = np.asarray(texts, object).copy()
    out[~asked] = None
    return out
