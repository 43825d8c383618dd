"""The tailings screen by its truth table."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cetm_geo import tables
from cetm_geo.tailings import tailings_indicator, tailings_points

NAN = np.nan
# Input -> points: below, at, and above each threshold; None where it is not known.
SLOPE = {15.0: 0, 15.01: 1, NAN: None}
PGA = {0.2: 0, 0.21: 1, NAN: None}
FLOOD = {-1.0: 0, 2.0: 0, 3.0: 1, 4.0: 1, NAN: None}
PEOPLE = {0.0: 0, 0.4: 0, 1.0: 1, 10.4: 1, 10.5: 2, 100.0: 2, 101.0: 3, 1000.0: 3, 1001.0: 4,
          NAN: None}  # fmt: skip


def test_every_row_of_the_truth_table() -> None:
    rows = list(itertools.product(SLOPE.items(), PGA.items(), FLOOD.items(), PEOPLE.items()))
    inputs = np.array([[value for value, _ in row] for row in rows]).T
    found = tailings_points(*inputs)
    for i, row in enumerate(rows):
        points = [p for _, p in row]
        known = [p for p in points if p is not None]
        most = sum(known) + sum(
            top for p, top in zip(points, (1, 1, 1, 4), strict=True) if p is None
        )
        assert found.known[i] == len(known)
        assert found.most[i] == most
        assert found.least[i] == sum(known) if known else np.isnan(found.least[i])


@pytest.mark.parametrize(
    ("inputs", "value", "status", "note"),
    [
        ((20, 0.3, 3, 5000), 7, "ok", None),
        ((0, 0, 0, 0), 0, "ok", None),
        (
            (20, 0.1, NAN, NAN),
            1,
            "ok",
            "rests on 2 of 4 inputs; between 1 and 6; not known: flood class, people downstream",
        ),
        ((NAN,) * 4, None, "no_data", "not known: slope, peak ground acceleration, flood class, "
                                      "people downstream"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_told_as_an_interval_and_never_taken_for_none(
    inputs: tuple[float, ...], value: float | None, status: str, note: str | None
) -> None:
    found = tailings_points(*(np.array([float(x)]) for x in inputs))
    parts = [tailings_indicator(np.array(["a:1"], object), found)]
    row = tables.stack(parts, tables.INDICATORS).iloc[0]
    assert row["status"] == status
    assert row["value"] == value if value is not None else np.isnan(row["value"])
    assert row["note"] == note if note else row["note"] is None or np.isnan(row["note"])
