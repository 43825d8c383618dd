"""The title register: attributes of every title, in the way such registers write them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from shapely.geometry import box

from .ground import Title
from .land import Land
from .methods import state_methods
from .names import NameMaker
from .seed import KM_LAT, KM_LON, TODAY, LonLat, Row, rng_for
from .shapes import area_km2
from .titles import BOW_TIE, CODE_FIRST, CODE_SECOND, EL, KINDS, ML, OVERLAP, QL

UNKNOWN_STATUS = "Sub Judice s.14"
# status, group, how many
STATUSES = [
    ("Active", "Active", 196),
    ("Application", "Application", 86),
    ("Pending Renewal", "Active", 23),
    ("Expired", "Inactive", 41),
    ("Refused", "Inactive", 15),
    ("Withdrawn", "Inactive", 16),
    ("Relinquished", "Inactive", 21),
    (UNKNOWN_STATUS, "", 2),
]
NEVER_GRANTED = ("Application", "Refused", "Withdrawn")
REGIONS = ["Alkéra", "Dorvane", "Hestovar", "Ivrañe", "Montéva", "Ostruna", "Sübrela", "Vandéth"]
FIRM_ENDS = [
    "Minerals Ltd", "Resources", "Mining Company", "Exploration Ltd", "Metals", "Quarries",
    "Cooperative", "Holdings",
]  # fmt: skip
STONE = ["Limestone", "Granite", "Sand", "Limestone, Clay", "Laterite", "Gravel, Sand"]
SUFFIXES = ["", "", "", " North", " South", " East", " Block B"]
# Places among the plain exploration licences, and the plain mining licences: faults of attributes.
NO_HOLDER, SPARSE = (13, 22, 31), (27, 40)
OTHER_AREA = {3: 1.18, 8: 0.8, 13: 1.35, 18: 0.6}


def make_cadastre(land: Land, titles: list[Title], settlements: list[Row]) -> list[Row]:
    """The register: every title with its attributes; `_note` names its deliberate defect."""
    rng, rows = rng_for("register"), list[Row]()
    firms = company_list(land.names)
    seats = [(r["geometry"].x, r["geometry"].y) for r in settlements[:23:3]]
    statuses = status_deck(rng, titles)
    number = (1000 + np.sort(rng.choice(7000, len(titles), replace=False))).tolist()
    project = [land.names.make("place" if k % 2 else "hill") for k in range(len(titles))]
    for k in rng.permutation(len(titles)).tolist():
        title, (status, group), kind = titles[k], statuses[k], KINDS[titles[k].kind]
        suffix = SUFFIXES[int(rng.integers(len(SUFFIXES)))]
        row: Row = {"Code": f"{number[k]}-HQ-{kind.prefix}", "Name": project[k] + suffix}
        row |= {"Parties": parties(rng, firms), "Status": status, "StatusGrp": group}
        row |= {"TypeGroup": kind.group, "Type": title.kind, "Jurisdic": "Karvela"}
        row |= {"Region": region_of(title.geometry, seats)} | title_dates(rng, status)
        hectares = area_km2(title.geometry) * 100
        row["AreaValue"] = round(hectares * float(rng.uniform(0.985, 1.015)), 2)
        row |= {"AreaUnit": "HA", "Commodities": commodities(rng, title)}
        rows.append(row | {"geometry": title.geometry, "_note": title.note})
    spoil(rows)
    leave_gaps(rows)
    state_methods(rows)
    return rows


def leave_gaps(rows: list[Row]) -> None:
    """What a register leaves out or has from elsewhere: holders, areas of another outline."""
    plain = [r for r in rows if not r["_note"] and r["Type"] == EL]
    mines = [r for r in rows if not r["_note"] and r["Type"] == ML]
    nothing = {"Parties": "", "Commodities": "", "AreaValue": None}
    for k in NO_HOLDER:
        plain[k] |= {"Parties": "", "_note": "no holder stated"}
    for k in SPARSE:
        plain[k] |= nothing | {"DteGranted": 0, "DteExpires": 0}
        plain[k]["_note"] = "holder, minerals, area and days not stated"
    for k, factor in OTHER_AREA.items():
        mines[k]["AreaValue"] = round(mines[k]["AreaValue"] * factor, 2)
        mines[k]["_note"] = "AreaValue of another outline"


def spoil(rows: list[Row]) -> None:
    """The faults of attributes: one code twice, two areas wrong by a hundred."""
    by_note = {r["_note"]: r for r in rows}
    by_note[CODE_SECOND]["Code"] = by_note[CODE_FIRST]["Code"]
    bow = by_note[BOW_TIE]
    bow["AreaValue"] = round(area_km2(box(*bow["geometry"].bounds)) * 50, 2)
    plain = [r for r in rows if not r["_note"] and r["Type"] == EL]
    small, large = plain[4], plain[9]
    small |= {"AreaValue": round(small["AreaValue"] / 100, 2), "_note": "AreaValue is in km2"}
    large |= {"AreaValue": round(large["AreaValue"] * 100, 2), "_note": "AreaValue x 100"}


def status_deck(rng: np.random.Generator, titles: list[Title]) -> list[tuple[str, str]]:
    """Exactly the counts of the table; defects and slivers are in force."""
    deck = [(text, group) for text, group, count in STATUSES for _ in range(count)]
    special = [k for k, t in enumerate(titles) if t.note not in ("", OVERLAP)]
    deck = deck[len(special) :]
    mixed = [deck[int(k)] for k in rng.permutation(len(deck))]
    for k in special:
        mixed.insert(k, ("Active", "Active"))
    return mixed


def title_dates(rng: np.random.Generator, status: str) -> Row:
    """Dates that fit the status on the reference day; a missing one is zero or negative."""

    def back(low: int, high: int) -> date:
        return TODAY - timedelta(days=int(rng.integers(low, high)))

    granted, expires = back(60, 3300), TODAY + timedelta(days=int(rng.integers(40, 3600)))
    if status in NEVER_GRANTED:
        applied = back(20, 900) if status == "Application" else back(300, 3000)
    else:
        if status in ("Expired", "Relinquished"):
            granted, expires = back(2600, 5200), back(30, 2200)
        elif status == "Pending Renewal":
            granted, expires = back(1500, 2900), back(5, 300)
        applied = granted - timedelta(days=int(rng.integers(60, 500)))
    row = {"DteApplied": applied, "DteGranted": granted, "DteExpires": expires}
    dates = {name: epoch_ms(day) for name, day in row.items()}
    none = int(rng.choice([0, 0, -1, -2208988800000]))
    return dates | ({"DteGranted": none, "DteExpires": none} if status in NEVER_GRANTED else {})


def epoch_ms(day: date) -> int:
    """Midnight UTC in epoch milliseconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def company_list(names: NameMaker) -> list[str]:
    """Invented companies."""
    return [f"{names.make('firm')} {FIRM_ENDS[k % len(FIRM_ENDS)]}" for k in range(96)]


def parties(rng: np.random.Generator, firms: list[str]) -> str:
    """Holders with their shares."""
    one, two, three = (firms[int(k)] for k in rng.choice(len(firms), 3, replace=False))
    share = int(rng.choice([51, 55, 60, 65, 70, 75, 80, 90]))
    form = float(rng.random())
    if form < 0.68:
        return f"{one} (100%)"
    if form < 0.93 or share == 90:
        return f"{one} ({share}%), {two} ({100 - share}%)"
    return f"{one} ({share}%), {two} ({90 - share}%), {three} (10%)"


def commodities(rng: np.random.Generator, title: Title) -> str:
    """A list of names and symbols; some blank, a few N/A."""
    luck = float(rng.random())
    if luck < 0.1:
        return ""
    if luck < 0.115:
        return "N/A"
    if title.kind == QL:
        return STONE[int(rng.integers(len(STONE)))]
    count = min(int(rng.choice([1, 2, 3], p=[0.45, 0.38, 0.17])), len(title.goods))
    chosen = rng.choice(len(title.goods), count, replace=False)
    extra = ["Gold"] if rng.random() < 0.1 and "Gold" not in title.goods else []
    return ", ".join([title.goods[int(k)] for k in chosen] + extra)


def region_of(geometry: Any, seats: list[LonLat]) -> str:
    """The mining region whose seat is nearest."""
    x, y = geometry.centroid.x, geometry.centroid.y
    gaps = [((x - a) * KM_LON) ** 2 + ((y - b) * KM_LAT) ** 2 for a, b in seats]
    return REGIONS[gaps.index(min(gaps))]
