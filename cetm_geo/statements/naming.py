"""How rows of a table name titles and territories, and why they name none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.arrays import Flags, Texts
from cetm_geo.identity import codes_of


def names_of(frame: Any, key: str) -> pd.DataFrame:
    """How features are named: a row per `code` and `key`, several where a code names several.

    A feature goes by its id, by its publisher's code, and by its group's where no code is the same.

    Args:
        frame: with feature_id, group_id and the column `key`.
    """
    ids, keys = frame["feature_id"].to_numpy(object), frame[key].to_numpy(object)
    codes = codes_of(ids)
    groups = pd.DataFrame({"code": frame["group_id"].to_numpy(object), "key": keys})
    named = [
        pd.DataFrame({"code": codes, "key": keys}).dropna(),
        pd.DataFrame({"code": ids, "key": keys}),
        groups[~groups["code"].isin(codes)],
    ]
    return pd.concat(named, ignore_index=True).drop_duplicates(ignore_index=True)


def unknown_titles(titles: pd.Series[str], known: pd.DataFrame) -> Texts:
    """Why each text names no title, "" where it names one or is null; shape (n,)."""
    wrong = (~titles.isin(known["code"]) & titles.notna()).to_numpy(bool)
    return reasons(titles, wrong, "no register holds the title {!r}")


def not_one_of(words: pd.Series[str], known: Sequence[str], what: str) -> Texts:
    """Why each text is none of the words that are `known`, "" where it is one; shape (n,)."""
    wrong = ~words.isin(known).to_numpy(bool)
    return reasons(words, wrong, f"the {what} {{!r}} is none of {', '.join(known)}")


def reasons(texts: pd.Series[str], wrong: Flags, reason: str) -> Texts:
    """`reason`, its braces filled with the text, where a row is wrong; else ""; shape (n,)."""
    out = np.full(len(texts), "", object)
    for i in np.flatnonzero(wrong):
        out[i] = reason.format(texts.iloc[i])
    return out


def or_none(texts: pd.Series[str]) -> Texts:
    """Texts, None where blank; shape (n,)."""
    values = texts.to_numpy(object).copy()
    values[values == ""] = None
    return values
