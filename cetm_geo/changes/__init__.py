"""Two states of a store -> what is new, gone or changed between them, and why.

`changes_between` gives plain values; `as_json`, `as_csv`, `as_markdown` and `as_atom` write them,
`excerpt` is the little of them that a page shows.
"""

from cetm_geo.changes.atom import MEDIA_TYPE, as_atom, nothing_earlier
from cetm_geo.changes.between import changes_between, news
from cetm_geo.changes.excerpts import excerpt
from cetm_geo.changes.sides import Side
from cetm_geo.changes.written import as_csv, as_json, as_markdown, json_parts, write_csv

__all__ = [
    "MEDIA_TYPE",
    "Side",
    "as_atom",
    "as_csv",
    "as_json",
    "as_markdown",
    "changes_between",
    "excerpt",
    "json_parts",
    "news",
    "nothing_earlier",
    "write_csv",
]
