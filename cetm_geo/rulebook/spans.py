"""Spans of days as rule files write them: a year, a month or a day; "" = not known or not ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

_FORM = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def is_day(text: str) -> bool:
    """True for 2026, 2026-11 and 2026-11-30, where there is such a day."""
    try:
        return bool(_FORM.fullmatch(text) and date.fromisoformat(text + "0000-01-01"[len(text) :]))
    except ValueError:
        return False


def first_day(text: str) -> date | None:
    """The first day of a year, month or day; None where nothing readable is written."""
    return date.fromisoformat(text + "0000-01-01"[len(text) :]) if is_day(text) else None


def last_day(text: str) -> date | None:
    """The last day of a year, month or day; None where nothing readable is written."""
    first = first_day(text)
    if first is None or len(text) == 10:
        return first
    months = 12 if len(text) == 4 else 1
    after = first.year * 12 + first.month - 1 + months
    return date(after // 12, after % 12 + 1, 1) - timedelta(days=1)


def problems_of_span(keys: tuple[str, str], start: str, end: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a span, as (key, text): dates of another form, an end before its start."""
    for key, text in zip(keys, (start, end), strict=True):
        if text and not is_day(text):
            yield key, f"must be a year, year-month or date, not {text!r}"
    begun, ended = first_day(start), last_day(end)
    if begun and ended and ended < begun:
        yield keys[1], f"{end} comes before {keys[0]} = {start}"


def overlap(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """True if two spans (start, end) share a day; the day of an end no longer belongs to its span.

    A start or end that is "" has no bound.
    """
    (start_1, end_1), (start_2, end_2) = [
        (first_day(start) or date.min, first_day(end) or date.max) for start, end in (one, other)
    ]
    return start_1 < end_2 and start_2 < end_1
