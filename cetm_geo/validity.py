"""Features that hold for a time only: those not in force on the day of the screening are left out.

A day that cannot be read is told and keeps nothing out, so that a doubt never hides a feature.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from cetm_geo import days
from cetm_geo.arrays import Texts
from cetm_geo.books import Books
from cetm_geo.columns import text_column
from cetm_geo.model import IssueAction, LayerSpec


def day_column(
    attributes: pd.DataFrame, spec: LayerSpec, found: Mapping[str, str], name: str, books: Books
) -> Texts:
    """A column's days as ISO text; what of it could not be read is told."""
    values = text_column(attributes, spec, found, name)
    for remark in days.remarks(values, spec.date_order):
        books.note_layer(f"{name}: {remark}")
    return days.dates(values, spec.date_order)


def exclude_not_in_force(
    attributes: pd.DataFrame, spec: LayerSpec, found: Mapping[str, str], on: date, books: Books
) -> None:
    """Leave out the features whose valid_to lies before a day, or whose valid_from after it.

    Both days are in force themselves. Where valid_to lies before valid_from neither is believed,
    and the feature stays.
    """
    if not {"valid_from", "valid_to"} & found.keys():
        return
    begins, ends = (
        day_column(attributes, spec, found, name, books) for name in ("valid_from", "valid_to")
    )
    first = np.where(pd.isna(begins), "", begins).astype(str)
    last = np.where(pd.isna(ends), "9999-12-31", ends).astype(str)
    odd = last < first
    rows = np.flatnonzero(odd & books.kept)
    told = [f"valid_to {ends[i]} lies before valid_from {begins[i]}: neither is used" for i in rows]
    books.note_rows(rows, np.array(told, object), IssueAction.NOTED)
    day = on.isoformat()
    reasons = np.full(len(first), "", object)
    for out, days_told, word in (
        ((last < day) & ~odd, ends, "ended"),
        ((first > day) & ~odd, begins, "begins"),
    ):
        for i in np.flatnonzero(out):
            reasons[i] = f"not in force on {day}: {word} {days_told[i]}"
    books.drop(reasons, IssueAction.EXCLUDED)
