"""Indicators x rules -> flags, tiers and scores: what a person acts on, with its evidence.

Three answers a rule can give: raised, clear, not assessed. What is not known is never clear.
"""

from cetm_geo.flags.facts import Fact, Facts
from cetm_geo.flags.judged import Flagged, judge
from cetm_geo.flags.rating import Rated, rate
from cetm_geo.flags.weighing import Weighed, weigh

__all__ = ["Fact", "Facts", "Flagged", "Rated", "Weighed", "judge", "rate", "weigh"]
