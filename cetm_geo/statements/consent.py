"""What is recorded of communities' consent, by title and territory."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial

import numpy as np
import pandas as pd

from cetm_geo import days, tables, vocabulary
from cetm_geo.arrays import Texts
from cetm_geo.books import Books
from cetm_geo.model import IssueAction, Layer, Role
from cetm_geo.model.rules import Consent
from cetm_geo.statements.naming import names_of, not_one_of, or_none, unknown_titles

COLUMNS = ("title", "layer_id", "territory", "state", "date", "document")
STATES = tuple(state.value for state in Consent)  # the worst last
_KEY = ["site_id", "layer_id", "feature_id"]


def consent_of(
    texts: pd.DataFrame, titles: pd.DataFrame, layers: Mapping[str, Layer], books: Books
) -> pd.DataFrame:
    """The rows of a table by `tables.CONSENT`: each title and territory once, in its worst state.

    Args:
        texts: the columns COLUMNS, "" where blank. titles: how sites are named (`names_of`).
        books: of the table; rows that are not used are told there.
    """
    states = texts["state"].str.casefold()
    books.drop(unknown_titles(texts["title"], titles), IssueAction.REJECTED)
    books.drop(
        vocabulary.per_distinct(texts["layer_id"], partial(_why_no_lands, layers)),
        IssueAction.REJECTED,
    )
    territories = _territories(texts["layer_id"], layers)
    books.drop(_unknown_territories(texts, territories), IssueAction.REJECTED)
    books.drop(not_one_of(states, STATES, "state"), IssueAction.REJECTED)
    rows = texts.assign(
        row=range(len(texts)),
        state=states,
        date=_dates(texts["date"], books),
        document=or_none(texts["document"]),
    )[books.kept]
    found = rows.merge(titles.rename(columns={"code": "title", "key": "site_id"}), on="title")
    found = found.merge(territories, on=["layer_id", "territory"])
    return pd.DataFrame(tables.build(tables.CONSENT, _once(found, books)))


def _territories(asked: pd.Series[str], layers: Mapping[str, Layer]) -> pd.DataFrame:
    """How the territories of the layers that are asked are named."""
    found = [pd.DataFrame({"territory": [], "feature_id": [], "layer_id": []}, dtype="str")]
    for name in dict.fromkeys(asked):
        if not _why_no_lands(layers, name):
            named = names_of(layers[name].features, "feature_id")
            named = named.rename(columns={"code": "territory", "key": "feature_id"})
            found.append(named.assign(layer_id=name))
    return pd.concat(found, ignore_index=True)


def _why_no_lands(layers: Mapping[str, Layer], name: str) -> str:
    """Why a layer holds no territories, "" where it does."""
    if name not in layers:
        near = get_close_matches(name, layers, 1)
        return f"no layer named {name!r}" + (f"; did you mean {near[0]}?" if near else "")
    layer = layers[name]
    if layer.spec.role != Role.COMMUNITY_LAND:
        return f"the layer {name} is of role {layer.spec.role}, not community_land"
    if layer.failed:
        return f"the layer {name} could not be read, so that its territories are not known"
    return ""


def _unknown_territories(texts: pd.DataFrame, territories: pd.DataFrame) -> Texts:
    columns = ["layer_id", "territory"]
    held = pd.MultiIndex.from_frame(texts[columns]).isin(
        pd.MultiIndex.from_frame(territories[columns])
    )
    out = np.full(len(texts), "", object)
    for i in np.flatnonzero(~held):
        layer, territory = texts.iloc[i][columns]
        out[i] = f"the layer {layer} holds no territory {territory!r}"
    return out


def _dates(texts: pd.Series[str], books: Books) -> Texts:
    """Days as ISO text; what of them could not be read is told, and null."""
    out = days.dates(texts, "")
    rows = np.flatnonzero(pd.isna(out) & (texts != "").to_numpy(bool) & books.kept)
    told = [f"the date {text!r} is not used: write it as 2026-11-22" for text in texts.iloc[rows]]
    books.note_rows(rows, np.array(told, object), IssueAction.NOTED)
    return out


def _once(found: pd.DataFrame, books: Books) -> pd.DataFrame:
    """Each title and territory once, in its worst state; the other rows are told of."""
    rank = found["state"].map({state: i for i, state in enumerate(STATES)})
    worst = found.assign(rank=rank).sort_values(["rank", "row"], ascending=[False, True])
    first = worst.drop_duplicates(_KEY)
    again = worst[worst.duplicated(_KEY)].merge(
        first[[*_KEY, "row", "state"]], on=_KEY, suffixes=("", "_first")
    )
    again = again[again["row"] != again["row_first"]].drop_duplicates("row").sort_values("row")
    told = [
        f"the same title and territory stand in {books.ids[row]}, as {state}; the worse counts"
        for row, state in zip(again["row_first"], again["state_first"], strict=True)
    ]
    books.note_rows(again["row"].to_numpy(np.intp), np.array(told, object), IssueAction.NOTED)
    return first.sort_values(["row", *_KEY], ignore_index=True)
