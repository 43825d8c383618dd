"""What is said of where sites lie beside scopes: groups, contact, habitat, neighbours, borders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cetm_geo.borders import corridor_indicator
from cetm_geo.contact import contact_indicators
from cetm_geo.contested import same_stage_indicators
from cetm_geo.evidence import Evidence
from cetm_geo.ground import Ground
from cetm_geo.groups import measure_groups
from cetm_geo.habitat import critical_habitat, ecoregion_indicators, oecm_beyond_protected
from cetm_geo.indicators import Columns
from cetm_geo.nearby import counts_within, footprints_outside_titles
from cetm_geo.pressure import UnderTitle
from cetm_geo.processing import processing_indicator


def measure_whereabouts(
    evidence: Evidence,
    ground: Ground,
    coverage: Sequence[Columns],
    under: Mapping[str, UnderTitle] | None,
) -> list[Columns]:
    """All of it, as columns by `tables.INDICATORS`.

    Args:
        coverage: what scopes answer, as `indicators.coverage_of_scope` gives it. under: the land of
            the sites by their status, where the sites are the titles of the registers.

    Raises Unbalanced where a group's land is more than its role's.
    """
    out = measure_groups(evidence, ground)
    out += contact_indicators(evidence, ground, coverage)
    out += ecoregion_indicators(evidence, ground)
    out.append(critical_habitat(evidence.site_ids, out))
    out.append(oecm_beyond_protected(evidence, ground, coverage))
    out += counts_within(evidence, ground, coverage)
    out += footprints_outside_titles(evidence, ground, coverage, under)
    out += same_stage_indicators(evidence, ground, coverage)
    out += processing_indicator(evidence, ground)
    out += corridor_indicator(evidence, ground)
    return out
