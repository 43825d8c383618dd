"""How QGIS shows a layer of a GeoPackage: in the page's colours, as a QML style."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from xml.sax.saxutils import quoteattr

from cetm_geo import resources, words
from cetm_geo.model import Tier

# value of the column, label, fill, outline: names of assets/tokens.css
_TIERS = {
    Tier.CRITICAL: ("tier-critical", "tier-critical-line"),
    Tier.HIGH: ("tier-high", "tier-high-line"),
    Tier.MODERATE: ("tier-moderate", "tier-moderate-line"),
    Tier.INFO: ("tier-info", "tier-info-line"),
}
_OTHER = ("panel", "ink-3")
_ROLES = {
    "protected_area": "ref-protected",
    "key_biodiversity_area": "ref-kba",
    "community_land": "ref-community",
    "water_basin": "ref-basin",
}
_SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)
_SHARE_INKS = ("tier-info", "tier-moderate", "tier-high", "tier-critical")


def style_of(columns: Collection[str]) -> str | None:
    """QML for a layer with these columns: by tier, by share under titles or by role; else None."""
    if "tier" in columns:
        return _categories("tier", [_tier(tier) for tier in Tier])
    if "covered_share" in columns:
        return _shares("covered_share")
    if "role" in columns:
        kinds = [(role, words.role_label(role), *_of_role(ink)) for role, ink in _ROLES.items()]
        return _categories("role", [*kinds, ("", "other", *_inks(_OTHER))])
    return None


def _tier(tier: Tier) -> tuple[str, str, str, str]:
    return tier.value, words.TIERS[tier].label, *_inks(_TIERS.get(tier, _OTHER))


def _of_role(ink: str) -> tuple[str, str]:
    return _inks((ink, ink))


def _inks(names: Sequence[str]) -> tuple[str, str]:
    colours = resources.colours()["light"]
    fill, line = (colours[name] for name in names)
    return fill, line


def _categories(column: str, kinds: Sequence[tuple[str, str, str, str]]) -> str:
    """A rule a value: (value, label, fill, outline)."""
    rows = "".join(
        f"<category value={quoteattr(value)} label={quoteattr(label)} "
        f'symbol="{place}" render="true"/>'
        for place, (value, label, _, _) in enumerate(kinds)
    )
    head = f'type="categorizedSymbol" attr={quoteattr(column)}'
    return _qml(head, f"<categories>{rows}</categories>", [kind[2:] for kind in kinds])


def _shares(column: str) -> str:
    steps = pairwise(_SHARES)
    rows = "".join(
        f'<range lower="{low}" upper="{high}" symbol="{place}" render="true" '
        f'label="{low:.0%} to {high:.0%}"/>'
        for place, (low, high) in enumerate(steps)
    )
    head = f'type="graduatedSymbol" graduatedMethod="GraduatedColor" attr={quoteattr(column)}'
    return _qml(head, f"<ranges>{rows}</ranges>", [_inks((i, "ink-2")) for i in _SHARE_INKS])


def _qml(head: str, kinds: str, inks: Sequence[Sequence[str]]) -> str:
    symbols = "".join(_symbol(place, *ink) for place, ink in enumerate(inks))
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.34" styleCategories="Symbology">'
        f'<renderer-v2 {head} enableorderby="0" forceraster="0">{kinds}'
        f"<symbols>{symbols}</symbols></renderer-v2></qgis>"
    )


def _symbol(name: int, fill: str, line: str) -> str:
    options = {
        "color": f"{_rgb(fill)},150",
        "outline_color": f"{_rgb(line)},255",
        "outline_style": "solid",
        "outline_width": "0.3",
        "outline_width_unit": "MM",
        "style": "solid",
    }
    told = "".join(f'<Option type="QString" name="{k}" value="{v}"/>' for k, v in options.items())
    return (
        f'<symbol type="fill" name="{name}" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="SimpleFill" enabled="1" locked="0" pass="0">'
        f'<Option type="Map">{told}</Option></layer></symbol>'
    )


def _rgb(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
