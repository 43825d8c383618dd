"""The books of a layer: which rows are in, which were repaired, and an issue for all that happened.

Rows in = accepted (of which repaired) + excluded + rejected, each with its reason.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cetm_geo import tables
from cetm_geo.arrays import Texts
from cetm_geo.model import IssueAction


class Books:
    """Which rows are still in, which were repaired, and an issue for everything that happened."""

    def __init__(self, layer_id: str, ids: Texts, rows: int) -> None:
        self.layer_id, self.ids = layer_id, ids
        self.kept = np.ones(rows, bool)
        self.repaired = np.zeros(rows, bool)
        self.counts = {IssueAction.EXCLUDED: 0, IssueAction.REJECTED: 0}
        self._parts: list[dict[str, Any]] = []

    def drop(self, reasons: Texts, action: IssueAction) -> None:
        """Leave out the rows that have a reason and are still in; reasons: (rows,) text, "" = none.

        Each row gets its issue here, so that it has one reason and no more.
        """
        dropped = np.flatnonzero(self.kept & (reasons != ""))
        self.note_rows(dropped, reasons[dropped], action)
        self.kept[dropped] = False
        self.counts[action] += len(dropped)

    def reject(self, rows: NDArray[np.bool_], reason: str) -> None:
        """Refuse, for one reason, the rows marked that are still in."""
        self.drop(np.where(rows, reason, "").astype(object), IssueAction.REJECTED)

    def note_rows(
        self,
        rows: NDArray[np.intp],
        problems: Texts | str,
        action: IssueAction,
        area_change: Any = np.nan,
        declared_over_measured: Any = np.nan,
    ) -> None:
        """An issue per row: what was wrong with the feature and what was done about it.

        Args:
            rows: positions (n,). problems: one text, or (n,) texts. The last two: a number for
            all or (n,) numbers, nan where there is none.
        """
        if len(rows):
            self._parts.append(
                {
                    "layer_id": self.layer_id,
                    "feature_id": self.ids[rows],
                    "problem": problems,
                    "action": action.value,
                    "area_change_share": area_change,
                    "declared_over_measured": declared_over_measured,
                }
            )

    def note(
        self, row: int, problem: str, action: IssueAction, area_change: float | None = None
    ) -> None:
        """The issue of one row."""
        change = np.nan if area_change is None else area_change
        self.note_rows(np.array([row], np.intp), problem, action, change)

    def note_ids(self, ids: Texts, problems: Texts) -> None:
        """An issue per id of what several rows may share, as a basin; both (n,)."""
        if len(ids):
            self._parts.append(
                {
                    "layer_id": self.layer_id,
                    "feature_id": ids,
                    "problem": problems,
                    "action": IssueAction.NOTED.value,
                }
            )

    def note_layer(self, problem: str) -> None:
        """A remark on the layer as a whole."""
        self._parts.append(
            {
                "layer_id": self.layer_id,
                "feature_id": np.full(1, None, object),
                "problem": problem,
                "action": IssueAction.NOTED.value,
            }
        )

    def frame(self) -> pd.DataFrame:
        """The issues so far, by `tables.ISSUES`."""
        return pd.DataFrame(tables.stack(self._parts, tables.ISSUES))
