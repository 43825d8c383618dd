"""The kinds of change that the page tells apart, in the order in which it tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cetm_geo.language import N_

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of change: a key of `changes.excerpts.PARTS`, and its English name, marked.

    of_changes: its number is that of the changes, not that of the titles.
    """

    part: str
    name: str
    of_changes: bool = False

    def count(self, page: Row) -> int:
        """How many there are, as `cetm-geo diff` counts them."""
        held = page["parts"][self.part]
        return int(held["changes_count" if self.of_changes else "titles_count"])


# Group: its English name, marked, and its kinds.
GROUPS: Mapping[str, tuple[str, tuple[Kind, ...]]] = {
    "titles": (
        N_("Titles"),
        (
            Kind("new", N_("New titles")),
            Kind("gone", N_("No longer in the register")),
            Kind("shape", N_("Another outline")),
            Kind("holder", N_("Another holder")),
            Kind("status", N_("Another status")),
            Kind("other_facts", N_("Other facts changed")),
        ),
    ),
    "tiers": (
        N_("Tiers of titles that stayed"),
        (
            Kind("tier_worse", N_("A worse tier")),
            Kind("tier_better", N_("A better tier")),
            Kind("tier_same", N_("The same tier, screened more or less fully")),
            Kind("tier_unsure", N_("Not to be compared: not fully screened before, or now")),
        ),
    ),
    "flags": (
        N_("Flags"),
        (
            Kind("flags_came", N_("Raised now, and not before"), of_changes=True),
            Kind("flags_worsened", N_("Of higher severity"), of_changes=True),
            Kind("flags_went", N_("Raised before, and no longer"), of_changes=True),
            Kind("flags_eased", N_("Of lower severity"), of_changes=True),
            Kind("flags_otherwise", N_("To be verified, or no longer so"), of_changes=True),
            Kind("flags_known", N_("Not assessed before, assessed now"), of_changes=True),
            Kind("flags_unknown", N_("Assessed before, not assessed now"), of_changes=True),
        ),
    ),
    "overlaps": (
        N_("Shared land"),
        (
            Kind("overlaps_came", N_("Shared now, and not before"), of_changes=True),
            Kind("overlaps_went", N_("Shared before, and no longer"), of_changes=True),
            Kind("overlaps_changed", N_("More or less land than before"), of_changes=True),
        ),
    ),
}
