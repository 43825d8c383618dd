"""The minerals of titles: on which published lists they are, and what often comes with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cetm_geo import vocabulary
from cetm_geo.arrays import Flags, Indices, Texts
from cetm_geo.indicators import Columns
from cetm_geo.model import IndicatorStatus
from cetm_geo.model.rules import Mineral
from cetm_geo.rulebook.mineral_matching import match
from cetm_geo.rulebook.minerals import by_products_of, label_of, lists_of

_BETWEEN = "\x1f"


def mineral_indicators(
    sites: Any, minerals: Mapping[str, Mineral], lists: Iterable[str]
) -> list[Columns]:
    """Minerals on each list, on any, and by-products, as columns by `tables.INDICATORS`.

    Args:
        sites: by `tables.SITES`, whose `minerals` are lists of ids of `minerals`; others count for
            nothing. lists: ids of the lists, as `Mineral.lists` has them.

    A title whose minerals are not stated, or none of them known, has no count: that is not 0. Where
    some of them are not known the count is what the others come to, and `no_data`.
    """
    which, mixes = _mixes(sites["minerals"], minerals)
    names = tuple(lists)
    on = [lists_of(mix, minerals) for mix in mixes]
    chosen = {f"minerals_{name}_count": [held.get(name, ()) for held in on] for name in names}
    chosen["minerals_listed_count"] = [
        tuple(i for i in mix if any(i in held.get(name, ()) for name in names))
        for mix, held in zip(mixes, on, strict=True)
    ]
    chosen["by_product_count"] = [by_products_of(mix, minerals) for mix in mixes]
    silent = np.array([not mix for mix in mixes], bool)
    note = _notes(sites["commodity_text"], silent[which])
    status = np.where(pd.isna(note), IndicatorStatus.OK.value, IndicatorStatus.NO_DATA.value)
    out: list[Columns] = []
    for name, found in chosen.items():
        value = np.where(silent, np.nan, [float(len(ids)) for ids in found])
        texts = [", ".join(label_of(i, "en", minerals) for i in ids) or None for ids in found]
        out.append(
            {
                "site_id": sites["site_id"].to_numpy(object),
                "indicator_id": name,
                "value": value[which],
                "value_text": np.array(texts, object)[which],
                "unit": "minerals",
                "status": status.astype(object),
                "note": note,
            }
        )
    return out


def _mixes(held: Any, minerals: Mapping[str, Mineral]) -> tuple[Indices, list[tuple[str, ...]]]:
    """The different mixes of known minerals, and which of them each site has, (n,)."""
    listed = pa.array(held.astype(object), type=pa.list_(pa.string()), from_pandas=True)
    joined: Any = pc.binary_join(listed, _BETWEEN)
    codes, distinct = pd.factorize(joined.to_pandas().fillna(""))
    mixes = [
        tuple(dict.fromkeys(m for m in text.split(_BETWEEN) if m in minerals))
        for text in map(str, distinct)
    ]
    return codes.astype(np.intp), mixes


def _notes(texts: Any, silent: Flags) -> Texts:
    """What is not known of a title's minerals: null where all are."""
    words: Texts = texts.to_numpy(object).copy()
    words[pd.isna(words)] = None
    out = vocabulary.per_distinct(words, _not_known)
    out[silent & pd.isna(words)] = "the minerals are not stated"
    odd = silent & pd.notna(words) & pd.isna(out)
    out[odd] = "the text tells no mineral"
    return out


def _not_known(text: str) -> str | None:
    left = match(text).unmatched
    return f"not known: {', '.join(left)}" if left else None
