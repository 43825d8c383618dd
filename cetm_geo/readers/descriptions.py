"""Descriptions of KML placemarks that are tables in HTML -> columns.

Who exports KML from a geographic information system gets the attributes as a table of two columns
in each placemark's description, and nowhere else.
"""

from __future__ import annotations

import html
import re

import pandas as pd

_CELL = r"((?:(?!<t[dhr]\b).)*?)"  # what holds no further cell or row
_ROW = re.compile(
    rf"<tr[^>]*>\s*<t[dh][^>]*>{_CELL}</t[dh]>\s*<td[^>]*>{_CELL}</td>\s*</tr>",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")
_MOST_COLUMNS = 200
_MOST = 0.5  # of the rows whose description is such a table


def with_described_columns(attributes: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table with a column for each name in its descriptions, and a remark; as it is if none.

    A column that the file has already, in any case, is not replaced.
    """
    by_fold = {str(name).casefold(): str(name) for name in attributes}
    if "description" not in by_fold or not len(attributes):
        return attributes, ()
    texts = attributes[by_fold["description"]].fillna("").map(str)
    rows = [_pairs(text) if "<t" in text else {} for text in texts]
    if sum(len(row) > 1 for row in rows) < _MOST * len(rows):
        return attributes, ()
    names = dict.fromkeys(name for row in rows for name in row if name.casefold() not in by_fold)
    chosen = list(names)[:_MOST_COLUMNS]
    columns = {name: [row.get(name) for row in rows] for name in chosen}
    told = pd.DataFrame(columns, index=attributes.index, dtype=object)
    remark = f"{len(chosen)} columns were read from the tables in its descriptions"
    return pd.concat([attributes, told], axis=1), (remark,)


def _pairs(text: str) -> dict[str, str]:
    """Name -> value of each row of two cells."""
    found = ((_plain(name), _plain(value)) for name, value in _ROW.findall(text))
    return {name: value for name, value in found if name}


def _plain(cell: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", cell)).split())
