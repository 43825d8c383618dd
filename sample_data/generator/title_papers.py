"""What the register and the tables say of a title: state, gaps, minerals, consent, disclosure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import shapely

from .answers import NO, UNKNOWN, UNSURE, YES, Answer, any_of, at_least, told
from .cadastre import UNKNOWN_STATUS
from .consent import ASKED, STATES
from .contact import HECTARE_KM2, SURE_KM2, Features, exact_km2, geodesic_km
from .seed import TODAY, Row
from .statements import TOPICS

STATUS = {
    "Active": "active",
    "Pending Renewal": "active",
    "Application": "application",
    "Expired": "expired",
    "Relinquished": "expired",
    "Refused": "refused",
    "Withdrawn": "withdrawn",
    UNKNOWN_STATUS: "unknown",
}
STAGES = {
    "Reconnaissance Licence": "reconnaissance",
    "Exploration Licence": "exploration",
    "Mining Licence": "mining",
    "Small-Scale Mining Licence": "small_scale",
    "Quarry Licence": "quarry",
    "Mineral Processing Licence": "processing",
}
NOT_STATED = ("", "N/A")
SYMBOLS = {
    "Li": "Lithium",
    "Sn": "Tin",
    "Cu": "Copper",
    "Co": "Cobalt",
    "Ni": "Nickel",
    "Mn": "Manganese",
    "Au": "Gold",
}
# Of the minerals that Karvela's register names: on the EU's list of strategic ones (2024); on this
# or another of the lists (UN panel, IEA, EU critical, US 2025); and what often comes with each.
STRATEGIC = {
    "Lithium", "Cobalt", "Nickel", "Copper", "Graphite", "Manganese", "Rare Earths", "Bauxite",
    "Platinum Group Metals",
}  # fmt: skip
LISTED = STRATEGIC | {"Tantalum", "Tin", "Chromium", "Vanadium", "Phosphate", "Silver"}
COMPANIONS = {
    "Copper": {"Cobalt", "Tellurium"},
    "Nickel": {"Cobalt", "Scandium"},
    "Bauxite": {"Gallium"},
}
MAYBE_COMPANIONS = {"Iron Ore"}  # vanadium, where the ore holds titanium
STONE = {"Limestone", "Granite", "Sand", "Clay", "Laterite", "Gravel"}
ORDER = tuple(STATES)  # of consent, the worst last


def minerals_of(text: str) -> set[str] | None:
    """The minerals that a text names; None where it states none."""
    if text in NOT_STATED:
        return None
    return {SYMBOLS.get(word, word) for word in text.split(", ")}


@dataclass(frozen=True)
class TitlePapers:
    """The register with the small tables and the plants, by which a title is told of."""

    cadastre: list[Row]
    communities: dict[str, list[Row]]
    consent: list[Row]
    statements: list[Row]
    facilities: list[Row]

    # --- the register ----------------------------------------------------------------------------

    def has_expired(self, row: Row) -> Answer:
        """By its status, or in force with its last day before the reference day."""
        status = STATUS[row["Status"]]
        if status in ("active", "unknown") and row["DteExpires"] > 0:
            last = datetime.fromtimestamp(row["DteExpires"] / 1000, tz=UTC).date()
            return told(last < TODAY)
        return told(status == "expired")

    def has_gaps(self, row: Row, least: float) -> Answer:
        """Whether the register leaves out the holder, or more than some share of eight fields.

        Whether days are asked of applications is a matter of taste: unsure where it decides.
        """
        if not row["Parties"]:
            return YES
        days = [row[name] > 0 for name in ("DteGranted", "DteExpires")]
        stated = [True, True, True, True, row["Commodities"] not in NOT_STATED]
        stated.append(bool(row["AreaValue"]))
        found = {told(sum(v) / len(v) < least) for v in (stated, [*stated, *days])}
        return found.pop() if len(found) == 1 else UNSURE

    def area_differs(self, row: Row, least: float) -> Answer:
        """Whether the stated area is off by some share of the mapped one."""
        if not row["AreaValue"]:
            return UNKNOWN
        mapped = exact_km2(row["geometry"])
        return at_least(abs(row["AreaValue"] / 100 - mapped) / mapped, least)

    @cached_property
    def outlines(self) -> Features:
        """Those of all titles."""
        return Features([row["geometry"] for row in self.cadastre])

    def shares_ground(self, place: int) -> Answer:
        """Whether another title of its stage, not ended or refused, lies on its ground."""
        own, found = self.cadastre[place], list[Answer]()
        for k, km2 in self.outlines.shared(own["geometry"]):
            other = self.cadastre[k]
            if k == place or STAGES[other["Type"]] != STAGES[own["Type"]] or km2 <= SURE_KM2:
                continue
            if STATUS[other["Status"]] in ("expired", "refused", "withdrawn"):
                continue
            over = STATUS[other["Status"]] == "active" and self.has_expired(other) is YES
            found.append(UNSURE if over else at_least(km2, HECTARE_KM2))
        return any_of(found)

    # --- minerals --------------------------------------------------------------------------------

    def names_any(self, row: Row, wanted: set[str]) -> Answer:
        """Whether one of its minerals is among some."""
        named = minerals_of(row["Commodities"])
        return UNKNOWN if named is None else told(bool(named & wanted))

    def has_companions(self, row: Row) -> Answer:
        """Whether something that is not named often comes with its minerals."""
        named = minerals_of(row["Commodities"])
        if named is None:
            return UNKNOWN
        if any(COMPANIONS.get(m, set()) - named for m in named):
            return YES
        return UNSURE if named & MAYBE_COMPANIONS else NO

    def plant_is_far(self, row: Row, km: float) -> Answer:
        """Whether the nearest plant for one of its minerals is farther than this."""
        named = minerals_of(row["Commodities"])
        if named is None:
            return UNKNOWN
        plants = [f for f in self.facilities if named & set(f["COMMODITY"].split(", "))]
        if not plants:
            return UNSURE
        gap = min(geodesic_km(row["geometry"], f["geometry"]) for f in plants)
        return at_least(gap, km, 0.01 * km)

    # --- the tables ------------------------------------------------------------------------------

    @cached_property
    def lands(self) -> dict[str, Features]:
        """The territories of the layers whose people are asked for consent."""
        return {name: Features([r["geometry"] for r in self.communities[name]]) for name in ASKED}

    @cached_property
    def states(self) -> dict[tuple[str, str, str], str]:
        """What the table records, by title, layer and territory."""
        return {(r["title"], r["layer_id"], r["territory"]): r["state"] for r in self.consent}

    def consent_states(self, row: Row) -> list[str] | None:
        """What is recorded of the territories it meets, "" where nothing is; None if in doubt."""
        found: list[str] = []
        for layer, lands in self.lands.items():
            for k, km2 in lands.shared(row["geometry"]):
                code = self.communities[layer][k]["code"]
                if SURE_KM2 < km2 < HECTARE_KM2:
                    return None
                if km2 > SURE_KM2:
                    found.append(self.states.get((row["Code"], layer, code), ""))
        return found

    def consent_at_least(self, row: Row, state: str) -> Answer:
        """Whether the worst of what is recorded is this or worse; silence may hide the worst."""
        states = self.consent_states(row)
        if states is None:
            return UNSURE
        worst = max((ORDER.index(s or "unknown") for s in states), default=-1)
        if worst >= ORDER.index(state):
            return YES
        return UNKNOWN if "" in states else NO

    def has_consent(self, row: Row) -> Answer:
        """Whether consent is recorded of all territories that it meets."""
        states = self.consent_states(row)
        if states is None or "" in states:
            return UNSURE
        return told(bool(states) and all(s == "obtained" for s in states))

    def discloses_less(self, row: Row, share: float) -> Answer:
        """Whether less than this share of what is asked for is stated to be public."""
        said = [
            r["value"] == "yes"
            for r in self.statements
            if r["title"] == row["Code"] and r["topic"] in TOPICS
        ]
        return told(sum(said) / len(TOPICS) < share) if said else UNKNOWN


def crosses_a_border(title: Any, ports: Sequence[Row], countries: dict[str, Any]) -> Answer:
    """Whether the straight line from the middle of a title to the nearest port does."""
    gaps = [geodesic_km(title, port["geometry"]) for port in ports]
    near, second = sorted(gaps)[:2]
    line = shapely.LineString([title.centroid, ports[gaps.index(near)]["geometry"]])
    inside = [shapely.intersection(land, line).length for land in countries.values()]
    if second - near < 1 or any(0 < degrees < 0.01 for degrees in inside):
        return UNSURE
    return told(sum(degrees > 0 for degrees in inside) > 1)
