"""What the files of `cetm_geo/rules` say, read and checked: indicators, norms, rules, countries.

`read_rulebook` reads all of them, or those of another folder with the same files, and tells every
mistake at once; `effective` is a rulebook as it holds in one country on one day.
"""

from cetm_geo.rulebook.effective import EffectiveRules, effective
from cetm_geo.rulebook.entries import RULES
from cetm_geo.rulebook.folders import copy_rules, with_packs
from cetm_geo.rulebook.plain import plain
from cetm_geo.rulebook.reading import read_rulebook, version_of

__all__ = [
    "RULES",
    "EffectiveRules",
    "copy_rules",
    "effective",
    "plain",
    "read_rulebook",
    "version_of",
    "with_packs",
]
