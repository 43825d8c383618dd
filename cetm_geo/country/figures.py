"""Figures as a profile holds them: numbers for all titles and for each group, and what is known.

A figure is a dict: all, in_force_or_unknown, application, expired_or_refused; status; and
not_known_count, of how many titles it is not known. A number that is not known is null; where it
is known of some titles alone it is that of these, and the status is `partial`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import numpy as np

from cetm_geo.arrays import Flags, Floats
from cetm_geo.country.tabled import CountryTables
from cetm_geo.flags.facts import STATUSES, Fact
from cetm_geo.model import IndicatorStatus

Figure = dict[str, Any]
Reduce = Callable[[Floats], Any]


class Known(StrEnum):
    """What is known of a figure."""

    OK = "ok"
    STALE = "stale"
    PARTIAL = "partial"
    NO_DATA = "no_data"
    NOT_STATED = "not_stated"
    NOT_MEASURED = "not_measured"
    NOT_APPLICABLE = "not_applicable"
    LAYER_MISSING = "layer_missing"
    WITHHELD = "withheld"


SILENT = (Known.LAYER_MISSING, Known.NO_DATA, Known.NOT_APPLICABLE)


def figure(values: Mapping[Any, Any], status: Known = Known.OK, not_known: int = 0) -> Figure:
    """A figure of values by group."""
    numbers = {str(group): plain(value) for group, value in values.items()}
    return {**numbers, "status": status.value, "not_known_count": not_known}


def nothing(tables: CountryTables, status: Known) -> Figure:
    """A figure without numbers, for a reason."""
    return figure(dict.fromkeys(tables.groups), status, len(tables.sites))


def plain(value: Any) -> Any:
    """A number as JSON holds it: nan and infinity are null."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def counted(tables: CountryTables, which: Flags) -> Figure:
    """How many titles are of a kind."""
    return figure({g: int((which & mine).sum()) for g, mine in tables.groups.items()})


def reduced(tables: CountryTables, values: Floats, reduce: Reduce) -> Figure:
    """One number of the values of titles; null where there is none."""
    return figure(_reduced(tables, values, reduce))


def _reduced(tables: CountryTables, values: Floats, reduce: Reduce) -> dict[str, Any]:
    known = {g: values[mine & ~np.isnan(values)] for g, mine in tables.groups.items()}
    return {group: reduce(own) if len(own) else None for group, own in known.items()}


# --- of indicators -------------------------------------------------------------------------------


def known_of(fact: Fact) -> Known:
    """What is known of an indicator over all titles."""
    applies, far = ~_is(fact, IndicatorStatus.NOT_APPLICABLE), is_far(fact)
    if _is(fact, IndicatorStatus.LAYER_MISSING).all():
        return Known.LAYER_MISSING
    if not applies.any():
        return Known.NOT_APPLICABLE
    if (np.isnan(fact.value) & ~far).all():
        return Known.NO_DATA
    if not_known(fact):
        return Known.PARTIAL
    return Known.STALE if fact.stale.any() else Known.OK


def not_known(fact: Fact) -> int:
    """Of how many titles an indicator is not known for good."""
    return int((~fact.known & ~_is(fact, IndicatorStatus.NOT_APPLICABLE)).sum())


def is_far(fact: Fact) -> Flags:
    """Titles of which nothing was found as far as was looked."""
    return _is(fact, IndicatorStatus.BEYOND_SEARCH)


def _is(fact: Fact, status: IndicatorStatus) -> Flags:
    return np.asarray(fact.status == STATUSES.index(status))


def measured(
    tables: CountryTables, fact: Fact, reduce: Reduce, values: Floats | None = None
) -> Figure:
    """One number of an indicator's values. values: those that are taken instead of its own."""
    status = known_of(fact)
    if status in SILENT:
        return nothing(tables, status)
    own = fact.value if values is None else values
    return figure(_reduced(tables, own, reduce), status, not_known(fact))


def found(tables: CountryTables, fact: Fact, which: Flags) -> Figure:
    """How many titles are of a kind that an indicator tells."""
    status = known_of(fact)
    if status in SILENT:
        return nothing(tables, status)
    about = {"status": status.value, "not_known_count": not_known(fact)}
    return counted(tables, which) | about
