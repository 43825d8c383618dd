"""What the waters say of a title: its basins, what lies below them, and its water risk."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import shapely

from .answers import NO, UNKNOWN, UNSURE, YES, Answer, all_of, any_of, told
from .basins import Basins
from .contact import SURE_KM2, Features, exact_km2, shared_km2
from .seed import Row
from .water_risk import NO_DATA

MET_KM2 = 1e-4  # of a basin, from which a title meets it
COUNTRY_KM2 = 1.0  # of a basin in a country
BELOW_KM = 50.0
TENTH = 0.1  # of the land that has a level
SEEN_KM2 = 0.01  # of land below that counts beyond doubt


@dataclass(frozen=True)
class TitleBasins:
    """Basins of one level with what is known of each, by their place.

    people: of each; km2: true areas; mouth_km: from the mouth of each to the end of its river.
    """

    basins: Basins
    shapes: Sequence[Any]
    people: Sequence[int]
    mouth_km: Sequence[float]
    countries: dict[str, Any]

    @cached_property
    def features(self) -> Features:
        """Their shapes, to find those that a title meets."""
        return Features(self.shapes)

    @cached_property
    def km2(self) -> list[float]:
        """Their areas."""
        return [unit.km2 for unit in self.basins.units]

    @cached_property
    def fed(self) -> set[int]:
        """Those that another drains to."""
        return set(self.basins.below)

    @cached_property
    def abroad(self) -> list[Answer]:
        """Whether some of a basin lies beyond the country; unsure of what may be mapping error."""
        home = self.countries["XKV"]
        out = [exact_km2(s.difference(home)) for s in self.shapes]
        return [UNSURE if 0 < km2 < COUNTRY_KM2 else told(km2 > 0) for km2 in out]

    @cached_property
    def nations(self) -> list[dict[str, Answer]]:
        """Of each basin, whether it meets each country."""
        found: list[dict[str, Answer]] = []
        for shape in self.shapes:
            km2 = {iso: shared_km2(shape, land) for iso, land in self.countries.items()}
            found.append(
                {
                    iso: UNSURE if 0.5 < v < 2 * COUNTRY_KM2 else told(v > COUNTRY_KM2)
                    for iso, v in km2.items()
                }
            )
        return found

    def met(self, title: Any) -> list[int]:
        """The basins that a title meets."""
        return [k for k, km2 in self.features.shared(title) if km2 > MET_KM2]

    def headwater(self, title: Any) -> Answer:
        """Whether one of them takes no water from another."""
        return told(any(k not in self.fed for k in self.met(title)))

    def below(self, title: Any) -> set[int]:
        """Its basins, and those that their water enters within BELOW_KM of their mouths."""
        found: set[int] = set()
        for start in self.met(title):
            before = start
            for here in self.basins.chain(start):
                if self.mouth_km[start] - self.mouth_km[before] > BELOW_KM:
                    break
                found.add(here)
                before = here
        return found

    def people_below(self, title: Any) -> int:
        """People in the basins below."""
        return sum(self.people[k] for k in self.below(title))

    def land_below(self, title: Any, km2: Sequence[float]) -> Answer:
        """Whether land that counts lies below; `km2`: of each basin. Beyond the border nothing is
        known of it."""
        below = self.below(title)
        most = max(km2[k] for k in below)
        if most > SEEN_KM2:
            return YES
        if most > SURE_KM2:
            return UNSURE
        beyond = any_of(self.abroad[k] for k in below)
        return {YES: UNKNOWN, NO: NO}.get(beyond, UNSURE)

    def transboundary(self, title: Any) -> Answer:
        """Whether its water passes two countries or more."""
        passed = {p for k in self.met(title) for p in self.basins.chain(k)}
        met = [any_of(self.nations[p][iso] for p in passed) for iso in self.countries]
        if met.count(YES) > 1:
            return YES
        return UNSURE if UNSURE in met else NO


def under_titles(basins: TitleBasins, titles: Sequence[Any]) -> list[float]:
    """Of each basin, the share of its land under titles, whatever their status."""
    whole = shapely.union_all([shapely.make_valid(title) for title in titles])
    pieces = Features(shapely.get_parts(whole).tolist())
    return [
        sum(km2 for _, km2 in pieces.shared(shape)) / land
        for shape, land in zip(basins.shapes, basins.km2, strict=True)
    ]


@dataclass(frozen=True)
class WaterRisk:
    """The rows of water risk, and the levels that a title has by them."""

    rows: list[Row]

    @cached_property
    def features(self) -> Features:
        """Their shapes."""
        return Features([row["geometry"] for row in self.rows])

    def shares(self, title: Any, name: str) -> dict[int, float]:
        """The share of the land that has a level on each; empty where none has one."""
        km2: dict[int, float] = {}
        for k, shared in self.features.shared(title):
            level = self.rows[k][f"{name}_cat"]
            if level != NO_DATA:
                km2[level] = km2.get(level, 0.0) + shared
        whole = sum(km2.values())
        return {level: part / whole for level, part in km2.items()} if whole > 0 else {}

    def reaches(self, title: Any, name: str, least: int) -> Answer:
        """Whether the worst rank on a tenth of the land is at least so bad."""
        shares = self.shares(title, name)
        if not shares:
            return UNKNOWN
        return any_of(tenth(share) for level, share in shares.items() if level >= least)

    def is_mainly(self, title: Any, name: str, level: int) -> Answer:
        """Whether most land is on a level."""
        shares = self.shares(title, name)
        if not shares:
            return UNKNOWN
        own = shares.pop(level, 0.0)
        return all_of(more(own, other) for other in (0.0, *shares.values()))


def tenth(share: float) -> Answer:
    """Whether a share is a tenth."""
    return UNSURE if abs(share - TENTH) < 0.001 else told(share >= TENTH)


def more(one: float, other: float) -> Answer:
    """Whether one share is larger than another."""
    return UNSURE if abs(one - other) < 0.01 and one > 0 else told(one > other)
