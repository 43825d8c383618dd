"""How dates of registers become days: what was meant only one way is read, the rest is told of."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

from cetm_geo.arrays import Texts
from cetm_geo.vocabulary import per_distinct, texts

# The first letters of the months in English, French, Spanish and Portuguese, without accents.
_MONTHS = (
    "jan ene",
    "feb fev",
    "mar",
    "apr avr abr",
    "may mai",
    "jun juin",
    "jul juil",
    "aug aou ago",
    "sep set",
    "oct out",
    "nov",
    "dec dic dez",
)
_MONTH = {start: i for i, starts in enumerate(_MONTHS, 1) for start in starts.split()}
_ISO = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})(?:$|[TZ ])")
_YEAR_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:$|[T ])")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
# With hours and minutes, and seconds: no count of milliseconds, though it has as many digits.
_COMPACT_TIME = re.compile(
    r"((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?"
)
_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:$|[T ,])")
_DAY_MONTH = re.compile(
    r"(\d{1,2})(?:er|st|nd|rd|th|º)?[\s./-]*(?:de |of )?\s*([^\W\d_]{3,})[\s./,-]*(?:de |del )?\s*"
    r"(\d{4}|\d{2})(?:$|[T ,])"
)
_MONTH_DAY = re.compile(r"([^\W\d_]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:$|[T ,])")
_SECONDS_TO_DIGITS = 10  # 10 digits of milliseconds end in April 1970, 11 of seconds begin in 2286
# The days of a spreadsheet, counted from 1900, between 1954 and 2064.
_SERIAL_FROM, _SERIAL_TO = 20_000, 60_000
_CENTURY_TURN = 69  # two digits: 69 to 99 are the last century, as strptime has it


def dates(values: Iterable[Any], order: str) -> Texts:
    """Days as ISO text, None where a value is none or has more than one meaning.

    Read are ISO dates (2026-11-22, with a time or Z; 20261122, 20261122103000), epoch milliseconds
    and seconds (0 or less is none), months by name in four languages, and 31/12/2010 by `order`
    (dmy, mdy).
    """
    return per_distinct(texts(values), lambda text: _day(text, order))


def remarks(values: Iterable[Any], order: str) -> list[str]:
    """What a person should know of the dates that were not read: each kind with count and example.

    Args as for `dates`; values that say nothing (null, blank, 0, -1) are not told of.
    """
    counts = Counter(text for text in texts(values) if text and _day(text, order) is None)
    return [
        say(kept, order)
        for fits, say in _KINDS
        if (kept := {t: n for t, n in counts.items() if fits(t)})
    ]


def _day(text: str, order: str) -> str | None:
    timed = _COMPACT_TIME.fullmatch(text)
    if not timed and (re.fullmatch(r"-?\d{9,13}", text) or text in ("0", "-1")):
        return _epoch_day(text)
    try:
        found = _ISO.match(text) or _COMPACT.fullmatch(text) or timed
        if order == "ymd":
            found = found or _YEAR_FIRST.match(text)
        if found:
            return date(*map(int, found.groups())).isoformat()
        found = _NUMERIC.match(text)
        if found:
            return _numeric_day(found, order)
        return _named_day(text)
    except ValueError:
        return None


def _epoch_day(text: str) -> str | None:
    unit = 1 if len(text) <= _SECONDS_TO_DIGITS else 1000
    seconds = int(text) / unit
    return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds > 0 else None


def _numeric_day(found: re.Match[str], order: str) -> str | None:
    first, _, second, year = found.groups()
    if order not in ("dmy", "mdy"):
        return None
    day, month = (first, second) if order == "dmy" else (second, first)
    return date(_year(year), int(month), int(day)).isoformat()


def _named_day(text: str) -> str | None:
    plain = unicodedata.normalize("NFKD", text.replace("º", "")).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    found = _DAY_MONTH.match(plain)
    if found:
        day, name, year = found.groups()
    else:
        found = _MONTH_DAY.match(plain)
        if not found:
            return None
        name, day, year = found.groups()
    month = _MONTH.get(name[:4]) or _MONTH.get(name[:3])
    return date(_year(year), month, int(day)).isoformat() if month else None


def _year(text: str) -> int:
    if len(text) > 2:
        return int(text)
    return int(text) + (1900 if int(text) >= _CENTURY_TURN else 2000)


# --- what was not read ---------------------------------------------------------------------------


def _is_numeric(text: str) -> bool:
    return bool(_NUMERIC.match(text))


def _is_serial(text: str) -> bool:
    return bool(re.fullmatch(r"\d{5}(\.\d+)?", text)) and (
        _SERIAL_FROM <= float(text) <= _SERIAL_TO
    )


def _is_other(text: str) -> bool:
    plain_number = bool(re.fullmatch(r"-\d+|0|0?0/0?0/0{2,4}", text))
    return not (_is_numeric(text) or _is_serial(text) or plain_number)


def _say_numeric(kept: dict[str, int], order: str) -> str:
    example, count = max(kept, key=lambda t: kept[t]), sum(kept.values())
    if order:
        return f"{count} dates such as {example} do not fit date_order = {order!r}: not read"
    fitting = [o for o in ("dmy", "mdy") if all(_day(t, o) for t in kept)]
    hint = f" ({fitting[0]} fits all of them)" if len(fitting) == 1 else ""
    return f"{count} dates such as {example} could be read two ways; state date_order{hint}"


def _say_serial(kept: dict[str, int], _: str) -> str:
    return (
        f"{sum(kept.values())} dates such as {next(iter(kept))} look like day numbers of a "
        "spreadsheet: not read"
    )


def _say_other(kept: dict[str, int], _: str) -> str:
    example = max(kept, key=lambda t: kept[t])
    return f"{sum(kept.values())} dates such as {example!r} cannot be read"


_KINDS: tuple[tuple[Callable[[str], bool], Callable[[dict[str, int], str], str]], ...] = (
    (_is_numeric, _say_numeric),
    (_is_serial, _say_serial),
    (_is_other, _say_other),
)
