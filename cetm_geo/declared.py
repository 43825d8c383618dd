"""The area a register states, held against the area its outline measures."""

from __future__ import annotations

from typing import Any

import numpy as np

from cetm_geo.arrays import Floats
from cetm_geo.books import Books
from cetm_geo.measure import KM2_PER_UNIT
from cetm_geo.model import IssueAction, LayerSpec

# Outlines digitised by hand and areas rounded to hectares differ by less on titles of any size.
DECLARED_TOLERANCE_SHARE = 0.05
# Units lie at least 2.4 times apart (acre and hectare), so a tenth tells them from each other.
_UNIT_TOLERANCE_SHARE = 0.1
_MOST = 0.5
_FEWEST_FOR_A_UNIT = 3


def note_declared(declared_km2: Floats, features: Any, spec: LayerSpec, books: Books) -> None:
    """An issue for each feature whose stated area is off, and a remark where the unit seems wrong.

    Args:
        declared_km2: (n,) per feature, nan or <= 0 where none is stated. features: by
            `tables.FEATURES`; circles drawn from the stated area itself are passed over. A basin
            of several parts states its area on each: it is held, once, against all of them.
    """
    measured = features["area_km2"].to_numpy(np.float64)
    drawn = (features["circle"] == "derived_from_point").to_numpy(bool)
    told = (declared_km2 > 0) & (measured > 0) & ~drawn
    if spec.network:
        groups = features["group_id"]
        measured = features["area_km2"].groupby(groups).transform("sum").to_numpy(np.float64)
        told &= ~groups.where(told).duplicated().to_numpy(bool)
    ratio = np.divide(declared_km2, measured, out=np.full(len(measured), np.nan), where=told)
    off = np.flatnonzero(np.abs(ratio - 1) > DECLARED_TOLERANCE_SHARE)
    problems = [
        f"the register states {_km2(a)}, the outline measures {_km2(b)}: {_times(r)}"
        for a, b, r in zip(declared_km2[off], measured[off], ratio[off], strict=True)
    ]
    rows = np.flatnonzero(books.kept)[off]
    books.note_rows(
        rows, np.array(problems, object), IssueAction.NOTED, declared_over_measured=ratio[off]
    )
    _note_unit(ratio[told], spec, books)


def _note_unit(ratio: Floats, spec: LayerSpec, books: Books) -> None:
    """A remark where most areas would fit in another unit than the one the catalogue states."""
    stated = spec.declared_area_unit
    if len(ratio) < _FEWEST_FOR_A_UNIT or stated not in KM2_PER_UNIT:
        return
    for unit, km2 in KM2_PER_UNIT.items():
        factor = KM2_PER_UNIT[stated] / km2
        fits = np.abs(ratio / factor - 1) < _UNIT_TOLERANCE_SHARE
        if unit != stated and fits.mean() > _MOST:
            books.note_layer(
                f"declared areas are about {_times(factor)} the measured for {int(fits.sum())} of "
                f'{len(ratio)} features: is declared_area_unit = "{stated}" right? {unit} would fit'
            )


def _km2(area: float) -> str:
    return f"{area:,.2f} km2" if area >= 1 else f"{area:.3g} km2"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} times" if ratio >= 10 else f"{ratio:.2g} times"
