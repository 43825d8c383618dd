"""Numbers, dates and states as the page says them, in the language in force.

km2 from 1 up (two decimals under 100, one under 1 000), hectares below; a share has one decimal
and never rounds something to nothing; "none" is said of nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date, format_skeleton
from babel.numbers import get_decimal_symbol

from cetm_geo.language import N_, SOURCE, Spoken, _, chosen, locale, ngettext
from cetm_geo.measure import HA_PER_KM2
from cetm_geo.model import LayerState, Role, Severity, SiteStatus, Tier

THIN = "\u202f"  # narrow no-break space: between thousands
GLUE = "\u00a0"  # no-break space: between number and unit
DISCLAIMER = N_(
    "Not a United Nations product. Boundaries and names shown imply no endorsement. "
    "Absence of a record is not absence of people or nature."
)


def number(value: float, decimals: int = 0) -> str:
    """A number with thin spaces between thousands: 14 707, 81.26 or, by language, 81,26."""
    whole, point, part = f"{value:,.{decimals}f}".partition(".")
    return whole.replace(",", THIN) + (get_decimal_symbol(locale()) if point else "") + part


def area(km2: float | None) -> str:
    """An area: 1 300 km², 81.26 km², 5.8 ha, none; '?' if it is not known."""
    if km2 is None or math.isnan(km2):
        return "?"
    if km2 <= 0:
        return _("none")
    hectares = km2 * HA_PER_KM2
    if round(hectares, 1) < HA_PER_KM2:
        return (
            f"{number(hectares, 1)}{GLUE}ha"
            if hectares >= 0.05
            else f"<{GLUE}{number(0.1, 1)}{GLUE}ha"
        )
    for limit, decimals in ((100, 2), (1000, 1)):
        if round(km2, decimals) < limit:
            return f"{number(km2, decimals)}{GLUE}km²"
    return f"{number(km2)}{GLUE}km²"


def share(value: float | None) -> str:
    """A share of 0 to 1 as per cent; something is never shown as 0 or as all of it."""
    if value is None or math.isnan(value):
        return "?"
    if value <= 0:
        return _("none")
    percent = 100 * value
    if percent < 0.1:
        return f"<{GLUE}{number(0.1, 1)}{GLUE}%"
    if percent < 100 and round(percent, 1) >= 100:
        return f">{GLUE}{number(99.9, 1)}{GLUE}%"
    return f"100{GLUE}%" if percent >= 100 else f"{number(percent, 1)}{GLUE}%"


def distance(km: float | None) -> str:
    """A distance: 350 m, 6.5 km, 104 km; '?' if it is not known."""
    if km is None or math.isnan(km):
        return "?"
    if km <= 0:
        return f"0{GLUE}km"
    if km < 0.9995:
        return f"{number(km * 1000)}{GLUE}m" if km >= 0.001 else f"<{GLUE}1{GLUE}m"
    return f"{number(km, 1 if round(km, 1) < 100 else 0)}{GLUE}km"


# By the number of parts of an ISO date: in English, and the pattern of CLDR for any language.
_DAYS = {3: ("d MMM y", "yMMMd"), 2: ("MMM y", "yMMM")}


def day(iso: str | None) -> str:
    """An ISO date, month or year as 22 Nov 2026, Nov 2026 or 2026; text of another form as is."""
    text = (iso or "").strip()
    if not text:
        return _("n.\u00a0d.")
    for parts, (english, skeleton) in _DAYS.items():
        try:
            when = date.fromisoformat(text[:10] if parts == 3 else f"{text}-01")
        except ValueError:
            continue
        if chosen() == SOURCE:
            return format_date(when, english, locale())
        return format_skeleton(skeleton, when, locale=locale())
    return text


def plural(count: int, one: str, many: str = "") -> str:
    """`count` with the noun in its number: 1 layer, 3 layers. English alone; the page counts with
    `counted`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def counted(one: str, many: str, count: int) -> str:
    """A count in its number and language: counted("{n} layer", "{n} layers", 3) is 3 layers."""
    return ngettext(one, many, count).format(n=number(count))


def listed(names: list[str], most: int = 3) -> str:
    """Up to `most` names, and how many more there are."""
    shown, more = names[:most], len(names) - most
    if more > 0:
        return _("{names} and {n} more").format(names=", ".join(shown), n=number(more))
    return ", ".join(shown)


@dataclass(frozen=True)
class StateWords:
    """What a state or a tier is called; `sign` is drawn by assets/signs/<sign>.svg.

    english: its label and its meaning, marked for the catalogues.
    """

    sign: str
    english: tuple[str, str]

    @property
    def label(self) -> str:
        """One or two words."""
        return _(self.english[0])

    @property
    def meaning(self) -> str:
        """A clause."""
        return _(self.english[1])


STATES: dict[LayerState, StateWords] = {
    LayerState.OVERLAPS: StateWords(
        "overlaps", (N_("overlaps"), N_("shares land with this title"))
    ),
    LayerState.WITHIN_RING: StateWords(
        "within-ring", (N_("away"), N_("near, and not on the title"))
    ),
    LayerState.CHECKED_NONE: StateWords("checked-none", (N_("none"), N_("checked, nothing found"))),
    LayerState.WITHIN_MAPPING_ERROR: StateWords(
        "mapping-error", (N_("verify"), N_("touches only within the mapping error"))
    ),
    LayerState.COVERAGE_UNKNOWN: StateWords(
        "coverage-unknown", (N_("none recorded"), N_("the layer does not say where it is complete"))
    ),
    LayerState.NOT_COVERED: StateWords(
        "not-covered", (N_("not covered"), N_("no layer answers here"))
    ),
    LayerState.FAILED: StateWords("failed", (N_("failed"), N_("the layer could not be read"))),
}

SEVERITIES = Spoken(
    {
        Severity.CRITICAL: N_("Critical"),
        Severity.HIGH: N_("High"),
        Severity.MODERATE: N_("Moderate"),
        Severity.INFO: N_("For information"),
        Severity.DATA_GAP: N_("Data gap"),
    }
)
# Tiers of titles, the worst first.
TIERS: dict[Tier, StateWords] = {
    Tier.CRITICAL: StateWords("tier-critical", (N_("Critical"), N_("a critical flag is raised"))),
    Tier.HIGH: StateWords("tier-high", (N_("High"), N_("the worst raised flag is high"))),
    Tier.MODERATE: StateWords(
        "tier-moderate", (N_("Moderate"), N_("the worst raised flag is moderate"))
    ),
    Tier.NOT_FULLY_SCREENED: StateWords(
        "tier-not-screened",
        (
            N_("Not fully screened"),
            N_("no flag of weight is raised, and not every required answer is there"),
        ),
    ),
    Tier.INFO: StateWords(
        "tier-info",
        (N_("For information"), N_("every required answer is there; flags inform alone")),
    ),
    Tier.CLEAR: StateWords(
        "tier-clear", (N_("Checked, none"), N_("every required answer is there; no flag is raised"))
    ),
}
# Said beside every tier.
FULLY_SCREENED, NOT_FULLY_SCREENED = N_("fully screened"), N_("not fully screened")

ROLES = Spoken(
    {
        Role.PROTECTED_AREA: N_("Protected areas"),
        Role.OECM: N_("Other conserved areas (OECM)"),
        Role.KEY_BIODIVERSITY_AREA: N_("Key biodiversity areas"),
        Role.COMMUNITY_LAND: N_("Community lands"),
        Role.HERITAGE: N_("Heritage"),
        Role.MORATORIUM: N_("Areas closed to mining"),
        Role.CONCESSION: N_("Other mining titles"),
        Role.WATER_BASIN: N_("Water basins"),
        Role.RIVER: N_("River"),
        Role.SETTLEMENT: N_("Settlement"),
        Role.MINE_FOOTPRINT: N_("Mine footprint"),
        Role.FACILITY: N_("Facility"),
        Role.PORT: N_("Port"),
        Role.RAILWAY: N_("Railway"),
        Role.ROAD: N_("Road"),
        Role.POWER: N_("Power"),
        Role.INTACT_FOREST: N_("Intact forest"),
        Role.ECOREGION: N_("Ecoregion"),
        Role.COUNTRY: N_("Country"),
        Role.CONTEXT: N_("Context"),
        Role.POPULATION: N_("Population"),
        Role.TREE_COVER: N_("Tree cover"),
        Role.TREE_LOSS: N_("Tree loss"),
        Role.LAND_COVER: N_("Land cover"),
        Role.SURFACE_WATER: N_("Surface water"),
        Role.ELEVATION: N_("Elevation"),
        Role.SEISMIC_HAZARD: N_("Seismic hazard"),
    }
)

STATUSES = Spoken(
    {
        SiteStatus.APPLICATION: N_("application"),
        SiteStatus.ACTIVE: N_("in force"),
        SiteStatus.EXPIRED: N_("expired"),
        SiteStatus.REFUSED: N_("refused"),
        SiteStatus.WITHDRAWN: N_("withdrawn"),
        SiteStatus.UNKNOWN: N_("status not stated"),
    }
)

STATUS_GROUP_LABELS = Spoken(
    {
        "in_force_or_unknown": N_("In force, or not stated"),
        "application": N_("Applications"),
        "expired_or_refused": N_("Expired, refused or withdrawn"),
    }
)


def role_label(role: str) -> str:
    """What a role is called; one without words of its own is read from its name."""
    return ROLES[role] if role in ROLES else role.replace("_", " ").capitalize()


def sentence_case(text: str) -> str:
    """`text` with a capital first letter, the rest untouched."""
    return text[:1].upper() + text[1:]
