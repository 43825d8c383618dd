"""What a raster holds of sites: sums over the parts of cells in them, and what those come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cetm_geo.arrays import Floats, Indices, Texts

BIN = 0.05  # degrees of a slope
BINS = 1800
_WHOLLY = 1 - 1e-6
_ROUNDING = 1e-12  # of a sum


@dataclass(frozen=True)
class Zonal:
    """What a raster holds of each of n sites; arrays (n,), sums over the parts of cells in a site.

    amount: by measure: people; km2 of the share (of the cells from the threshold on in full);
        km2 of the codes other than 0; of values, value x km2.
    highest: largest value met. codes: code -> km2, per site. found_km2: land with a value.
    held_km2, held_cells: land and cells that the raster reaches. plane_cells: the site's own size
        in cells, reached or not.
    odd: cells whose value is beyond the valid range or the classes; they count as no data.
    bins: of a slope, (n, BINS): land by value, each bin BIN degrees wide; else None.
    problem: why a site could not be read, or "".
    """

    amount: Floats
    highest: Floats
    found_km2: Floats
    held_km2: Floats
    held_cells: Floats
    plane_cells: Floats
    odd: Indices
    codes: tuple[Mapping[int, float], ...]
    bins: Floats | None
    problem: Texts

    @property
    def covered_share(self) -> Floats:
        """Of the site, what the raster reaches; exactly 1 where it reaches all of it."""
        with np.errstate(invalid="ignore", divide="ignore"):
            covered = np.nan_to_num(self.held_cells / self.plane_cells)
        return np.where(covered >= _WHOLLY, 1.0, covered)

    @property
    def nodata_share(self) -> Floats:
        """Of the land the raster reaches, what has no value; not a number where it reaches none."""
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.clip(1 - self.found_km2 / self.held_km2, 0, 1)
        share[share < 1 - _WHOLLY] = 0.0
        return np.asarray(share)

    def less(self, inner: Zonal) -> Zonal:
        """What lies in these zones and not in the inner ones, which they contain: rings.

        highest is not known of a ring. A cell that both have a part of is odd of the inner one.
        """
        bins = None
        if self.bins is not None and inner.bins is not None:
            bins = _rest(self.bins, inner.bins)
        return Zonal(
            amount=_rest(self.amount, inner.amount),
            highest=np.full(len(self.amount), np.nan),
            found_km2=_rest(self.found_km2, inner.found_km2),
            held_km2=_rest(self.held_km2, inner.held_km2),
            held_cells=_rest(self.held_cells, inner.held_cells),
            plane_cells=_rest(self.plane_cells, inner.plane_cells),
            odd=np.maximum(self.odd - inner.odd, 0),
            codes=tuple(map(_rest_of_codes, self.codes, inner.codes)),
            bins=bins,
            problem=np.where(self.problem == "", inner.problem, self.problem),
        )

    def quantile(self, share: float) -> Floats:
        """The slope that so much of the land lies at or below, degrees; to within BIN."""
        through = np.cumsum(self._bins(), axis=1)
        whole = through[:, -1]
        reached = through >= (share * whole * (1 - _ROUNDING))[:, None]
        at, rows = reached.argmax(axis=1), np.arange(len(whole))
        here = self._bins()[rows, at]
        with np.errstate(invalid="ignore", divide="ignore"):
            into = np.clip(1 - (through[rows, at] - share * whole) / here, 0, 1)
        return np.asarray(np.where(whole > 0, (at + np.nan_to_num(into)) * BIN, np.nan))

    def share_above(self, value: float) -> Floats:
        """Share of the land that is as steep as `value` degrees, a multiple of BIN, or steeper."""
        bins = self._bins()
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(bins[:, round(value / BIN) :].sum(axis=1) / bins.sum(axis=1))

    def _bins(self) -> Floats:
        if self.bins is None:
            raise ValueError("only of a slope")
        return self.bins


def _rest(outer: Floats, inner: Floats) -> Floats:
    """A difference of sums; what rounding leaves of nothing is 0."""
    rest = outer - inner
    return np.where(np.abs(rest) <= _ROUNDING * np.abs(outer), 0.0, rest)


def _rest_of_codes(outer: Mapping[int, float], inner: Mapping[int, float]) -> dict[int, float]:
    rest = {code: km2 - inner.get(code, 0.0) for code, km2 in outer.items()}
    return {code: km2 for code, km2 in rest.items() if km2 > _ROUNDING * outer[code]}


def joined_codes(codes: Mapping[int, NDArray[np.float64]], count: int) -> list[dict[int, float]]:
    """Land by code and site as one mapping per site, of the codes it has."""
    out: list[dict[int, float]] = [{} for _ in range(count)]
    for code in sorted(codes):
        held = np.flatnonzero(codes[code])
        for site, km2 in zip(held.tolist(), codes[code][held].tolist(), strict=True):
            out[site][code] = km2
    return out
