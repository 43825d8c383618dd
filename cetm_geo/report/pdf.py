"""A report -> PDF, by typst: the layout is page.typ, the texts come to it as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from cetm_geo.dashboard.answer.charts import palette
from cetm_geo.errors import ExportError
from cetm_geo.report import glyphs
from cetm_geo.report.content import Report, plain, texts
from cetm_geo.report.signs import signs

_PAGE = Path(__file__).with_name("page.typ")
_FAMILIES = ("Source Sans 3", "Noto Sans Khmer", "Noto Sans Ethiopic", "Noto Sans SC")
_TITLES = ("Source Serif 4", *_FAMILIES[1:])


def pdf(report: Report) -> bytes:
    """The report as PDF; equal reports give equal bytes. Raises ExportError."""
    return bytes(_compiled(report, "pdf"))


def pages(report: Report, ppi: float = 80.0) -> list[bytes]:
    """The pages as PNG pictures, to be looked at. ppi: pixels an inch."""
    made = _compiled(report, "png", ppi)
    return [bytes(made)] if isinstance(made, bytes) else [bytes(page) for page in made]


def unprintable(report: Report) -> list[str]:
    """The letters of a report that no font at hand draws, in their order."""
    return sorted(glyphs.missing(texts(plain(report)), glyphs.folders()))


def _compiled(report: Report, form: Literal["pdf", "png"], ppi: float | None = None) -> Any:
    places = tuple(map(str, glyphs.folders()))
    told = plain(report)
    lacking = glyphs.missing(texts(told), map(Path, places))
    data = {
        **_spelled(told, lacking),
        "missing": [f"U+{ord(letter):04X}" for letter in sorted(lacking)],
        "signs": signs(),
        "ink": palette(),
        "families": [*_FAMILIES, *_own_families(places)],
        "titles": [*_TITLES, *_own_families(places)],
    }
    day = datetime.fromisoformat(report.as_of).replace(tzinfo=UTC)
    try:
        return typst.compile(
            _PAGE.read_bytes(),
            font_paths=_fonts(places),
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            timestamp=int(day.timestamp()),
            format=form,
            # Tagged, for screen readers; typst refuses what would not be.
            pdf_standards="ua-1" if form == "pdf" else None,
            ppi=ppi,
        )
    except typst.TypstError as error:
        raise ExportError(
            f"The report cannot be set: {str(error).splitlines()[0]}.", "Tell its authors."
        ) from error


def _spelled(told: Any, lacking: set[str]) -> Any:
    """All texts without letters that would be boxes; pictures as they are."""
    if isinstance(told, str):
        return glyphs.spelled(told, lacking)
    if isinstance(told, Mapping):
        return {k: v if k in ("svg", "swatch") else _spelled(v, lacking) for k, v in told.items()}
    if isinstance(told, list | tuple):
        return [_spelled(value, lacking) for value in told]
    return told


@cache
def _fonts(places: tuple[str, ...]) -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=list(places)
    )


def _own_families(places: tuple[str, ...]) -> list[str]:
    """Families of the operator's fonts, after those that the program carries."""
    carried = {*_FAMILIES, *_TITLES}
    return [name for name in _fonts(places).families() if name not in carried]
