"""Numbers, dates and states as the page says them.

km2 from 1 up (two decimals under 100, one under 1 000), hectares below; a share has one decimal
and never rounds something to nothing; "none" is said of nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from cetm_geo.measure import HA_PER_KM2
from cetm_geo.model import LayerState, Role, Severity, SiteStatus, Tier

THIN = "\u202f"  # narrow no-break space: between thousands
GLUE = "\u00a0"  # no-break space: between number and unit
NO_DATE = "n." + GLUE + "d."
DISCLAIMER = (
    "Not a United Nations product. Boundaries and names shown imply no endorsement. "
    "Absence of a record is not absence of people or nature."
)


def number(value: float, decimals: int = 0) -> str:
    """A number with thin spaces between thousands: 14 707."""
    return f"{value:,.{decimals}f}".replace(",", THIN)


def area(km2: float | None) -> str:
    """An area: 1 300 km², 81.26 km², 5.8 ha, none; '?' if it is not known."""
    if km2 is None or math.isnan(km2):
        return "?"
    if km2 <= 0:
        return "none"
    hectares = km2 * HA_PER_KM2
    if round(hectares, 1) < HA_PER_KM2:
        return f"{number(hectares, 1)}{GLUE}ha" if hectares >= 0.05 else f"<{GLUE}0.1{GLUE}ha"
    for limit, decimals in ((100, 2), (1000, 1)):
        if round(km2, decimals) < limit:
            return f"{number(km2, decimals)}{GLUE}km²"
    return f"{number(km2)}{GLUE}km²"


def share(value: float | None) -> str:
    """A share of 0 to 1 as per cent; something is never shown as 0 or as all of it."""
    if value is None or math.isnan(value):
        return "?"
    if value <= 0:
        return "none"
    percent = 100 * value
    if percent < 0.1:
        return f"<{GLUE}0.1{GLUE}%"
    if percent < 100 and round(percent, 1) >= 100:
        return f">{GLUE}99.9{GLUE}%"
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


def day(iso: str | None) -> str:
    """An ISO date, month or year as 22 Nov 2026, Nov 2026 or 2026; text of another form as is."""
    text = (iso or "").strip()
    if not text:
        return NO_DATE
    for form, parts in (("%d %b %Y", 3), ("%b %Y", 2)):
        try:
            padded = text[:10] if parts == 3 else f"{text}-01"
            when = date.fromisoformat(padded)
        except ValueError:
            continue
        return when.strftime(form).lstrip("0")
    return text


def plural(count: int, one: str, many: str = "") -> str:
    """`count` with the noun in its number: 1 layer, 3 layers."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def listed(names: list[str], most: int = 3) -> str:
    """Up to `most` names, and how many more there are."""
    shown, more = names[:most], len(names) - most
    if more > 0:
        return ", ".join(shown) + f" and {number(more)} more"
    return ", ".join(shown)


@dataclass(frozen=True)
class StateWords:
    """What a layer's state is called; `sign` is drawn by assets/signs/<sign>.svg."""

    sign: str
    label: str
    meaning: str


STATES: dict[LayerState, StateWords] = {
    LayerState.OVERLAPS: StateWords("overlaps", "overlaps", "shares land with this title"),
    LayerState.WITHIN_RING: StateWords("within-ring", "away", "near, and not on the title"),
    LayerState.CHECKED_NONE: StateWords("checked-none", "none", "checked, nothing found"),
    LayerState.WITHIN_MAPPING_ERROR: StateWords(
        "mapping-error", "verify", "touches only within the mapping error"
    ),
    LayerState.COVERAGE_UNKNOWN: StateWords(
        "coverage-unknown", "none recorded", "the layer does not say where it is complete"
    ),
    LayerState.NOT_COVERED: StateWords("not-covered", "not covered", "no layer answers here"),
    LayerState.FAILED: StateWords("failed", "failed", "the layer could not be read"),
}

SEVERITIES: dict[str, str] = {
    Severity.CRITICAL: "Critical",
    Severity.HIGH: "High",
    Severity.MODERATE: "Moderate",
    Severity.INFO: "For information",
    Severity.DATA_GAP: "Data gap",
}
# Tiers of titles, the worst first.
TIERS: dict[Tier, StateWords] = {
    Tier.CRITICAL: StateWords("tier-critical", "Critical", "a critical flag is raised"),
    Tier.HIGH: StateWords("tier-high", "High", "the worst raised flag is high"),
    Tier.MODERATE: StateWords("tier-moderate", "Moderate", "the worst raised flag is moderate"),
    Tier.NOT_FULLY_SCREENED: StateWords(
        "tier-not-screened",
        "Not fully screened",
        "no flag of weight is raised, and not every required answer is there",
    ),
    Tier.INFO: StateWords(
        "tier-info", "For information", "every required answer is there; flags inform alone"
    ),
    Tier.CLEAR: StateWords(
        "tier-clear", "Checked, none", "every required answer is there; no flag is raised"
    ),
}
# Said beside every tier.
FULLY_SCREENED, NOT_FULLY_SCREENED = "fully screened", "not fully screened"

ROLES: dict[str, str] = {
    Role.PROTECTED_AREA: "Protected areas",
    Role.OECM: "Other conserved areas (OECM)",
    Role.KEY_BIODIVERSITY_AREA: "Key biodiversity areas",
    Role.COMMUNITY_LAND: "Community lands",
    Role.HERITAGE: "Heritage",
    Role.MORATORIUM: "Areas closed to mining",
    Role.CONCESSION: "Other mining titles",
    Role.WATER_BASIN: "Water basins",
}

STATUSES: dict[str, str] = {
    SiteStatus.APPLICATION: "application",
    SiteStatus.ACTIVE: "in force",
    SiteStatus.EXPIRED: "expired",
    SiteStatus.REFUSED: "refused",
    SiteStatus.WITHDRAWN: "withdrawn",
    SiteStatus.UNKNOWN: "status not stated",
}

STATUS_GROUP_LABELS: dict[str, str] = {
    "in_force_or_unknown": "In force, or not stated",
    "application": "Applications",
    "expired_or_refused": "Expired, refused or withdrawn",
}


def role_label(role: str) -> str:
    """What a role is called; one without words of its own is read from its name."""
    return ROLES.get(role) or role.replace("_", " ").capitalize()


def sentence_case(text: str) -> str:
    """`text` with a capital first letter, the rest untouched."""
    return text[:1].upper() + text[1:]
