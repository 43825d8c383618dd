"""What has to be asked before a file's shapes are known: which of two readings is right."""

from __future__ import annotations

from collections.abc import Sequence

from cetm_geo import measure, notes
from cetm_geo.arrays import Floats
from cetm_geo.coordinates import AXES, Corners, Reading
from cetm_geo.coordinates.reading import place
from cetm_geo.language import _

ALL = "all"  # the choice of all shapes as one
_READING, _SHAPE = "reading:", "shape:"
Choice = tuple[str, str]  # its value, and what it says


class Asked(Exception):
    """The file can be read in several ways; `choices` holds them."""

    def __init__(self, question: str, choices: Sequence[Choice]) -> None:
        self.question, self.choices = question, tuple(choices)
        super().__init__(question)


def shape_choice(number: int) -> str:
    """The value of the choice of one shape, counted from 1."""
    return f"{_SHAPE}{number}"


def chosen_shapes(choices: Sequence[str], count: int) -> list[int] | None:
    """Positions of the shapes that were chosen; None where none of the choices is of shapes."""
    offered = {shape_choice(i + 1): [i] for i in range(count)} | {ALL: list(range(count))}
    return next((offered[choice] for choice in choices if choice in offered), None)


def reading_of_corners(corners: Corners, choices: Sequence[str]) -> Reading:
    """The certain reading of corners, or the one that was chosen. Raises Asked."""
    if corners.reading.certain:
        return corners.reading
    offered = {_value(r.axes, r.crs): (r, first) for r, first in corners.choices()}
    for choice in choices:
        if choice in offered:
            return offered[choice][0]
    question = _("These corners can be read in two ways. {why} Choose one:")
    raise Asked(
        question.format(why=notes.said(corners.reading.reason)),
        [(value, _choice(r.words, first)) for value, (r, first) in offered.items()],
    )


def axes_of_degrees(
    first: Floats, fits: Sequence[str], choices: Sequence[str], question: str
) -> str:
    """The order of axes that was chosen for numbers in degrees.

    Args:
        first: x, y of a corner as it stands in the file. fits: the orders that are possible.

    Raises Asked.
    """
    offered = {_value(axes, measure.LONLAT): axes for axes in fits}
    for choice in choices:
        if choice in offered:
            return offered[choice]
    said = []
    for value, axes in offered.items():
        lonlat = first if axes == "lon_lat" else first[::-1]
        kind = Reading("decimal", measure.LONLAT, axes, False, "").words
        said.append((value, _choice(kind, place(lonlat))))
    raise Asked(question, said)


def _value(axes: str, crs: str) -> str:
    assert axes in AXES
    return f"{_READING}{axes}:{crs}"


def _choice(reading: str, corner: str) -> str:
    text = _("{reading}: first corner {corner}")
    return text.format(reading=notes.said(reading), corner=corner)
