"""Finding titles: which match what is asked, how many each choice would leave, and their rows.

`Finder` holds what titles are found by in memory, once per generation of the store.
"""

from cetm_geo.web.finding.counts import Counts
from cetm_geo.web.finding.finder import Finder
from cetm_geo.web.finding.rows import SORTABLE, Page
from cetm_geo.web.finding.suggest import KINDS, TITLE, Suggestion

__all__ = ["KINDS", "SORTABLE", "TITLE", "Counts", "Finder", "Page", "Suggestion"]
