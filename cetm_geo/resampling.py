"""store -> how firm the order of its sites by score is: their facts and outlines, drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.boundaries import boundary_shifts, inputs_of
from cetm_geo.flags.facts import Facts
from cetm_geo.flags.ranked import Shift
from cetm_geo.flags.sensitivity import DRAWS, sensitivity, sensitivity_table
from cetm_geo.flags.weighing import indicators_of
from cetm_geo.ground import Ground
from cetm_geo.model import Cut, Progress
from cetm_geo.store import Store, read_layers


def sensitivity_of_store(
    store: Store,
    draws: int = DRAWS,
    seed: int = 1,
    boundaries: bool = True,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How firm the order of all sites is, by `tables.SENSITIVITY`, in the order of screening.

    Args:
        boundaries: lay the outlines, wider and narrower by their errors, over the layers again.
        progress: called with (what, done, of how many).
    """
    tell = progress or (lambda *_: None)
    sites = store.shapes("all_sites")
    site_ids = np.asarray(sites["site_id"].to_numpy(object))
    cuts = store.rulebook.cuts
    facts = facts_of_store(store, site_ids, cuts)
    shifts: dict[str, Shift] = {}
    if boundaries and len(sites):
        tell("moving outlines within their errors", 0, 2)
        shifts = shifts_of_store(store, sites, facts, cuts)
    tell("ranking under other choices", 1, 2)
    found = sensitivity(facts, cuts, shifts, draws, seed)
    return sensitivity_table(found, site_ids)


def facts_of_store(store: Store, site_ids: Any, cuts: Sequence[Cut]) -> Facts:
    """What the score of stored sites rests on, and what their outlines are shifted by."""
    asked = indicators_of(cuts)
    names = list(dict.fromkeys([*asked, *inputs_of(asked)]))
    return Facts.from_frame(site_ids, store.frame("indicators_named", names=names), names)


def shifts_of_store(
    store: Store, sites: Any, facts: Facts, cuts: Sequence[Cut]
) -> dict[str, Shift]:
    """What overlaps and distances of sites may be, by the layers of a store."""
    ground = Ground.of(read_layers(store), groups=store.rulebook.groups)
    return boundary_shifts(sites, ground, facts, indicators_of(cuts))
