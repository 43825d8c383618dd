"""Country codes of ISO 3166: the 249 of countries, and those left to users for invented ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from cetm_geo.errors import Problem
from cetm_geo.rulebook.entries import RULES, read_csv

CODES_FILE = "iso3.csv"
# AAA, QMA to QZZ, XAA to XZZ and ZZA to ZZZ: never those of a country.
_USER_ASSIGNED = re.compile(r"AAA|Q[M-Z][A-Z]|X[A-Z]{2}|ZZ[A-Z]")


def is_country_code(text: str) -> bool:
    """True for an alpha-3 code of ISO 3166-1, and for one that the standard leaves to users."""
    return text in country_names() or is_user_assigned(text)


def is_user_assigned(text: str) -> bool:
    """True for a code left to users, as those of invented countries are."""
    return bool(_USER_ASSIGNED.fullmatch(text))


@lru_cache(maxsize=1)
def country_names() -> Mapping[str, str]:
    """English short names by alpha-3 code, as the program carries them."""
    problems: list[Problem] = []
    rows = read_csv(RULES / CODES_FILE, ("iso3", "name"), problems)
    return {row["iso3"]: row["name"] for _, row in rows}
