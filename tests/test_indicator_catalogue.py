"""The catalogue says of every indicator what it is; the page and the rules say the same."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cetm_geo import exposure, store, streams, water
from cetm_geo.catalog import read_catalog
from cetm_geo.downstream import DISTANCES_KM, VARIANTS
from cetm_geo.errors import DefinitionError
from cetm_geo.model.rules import Direction, IndicatorSpec, Pillar, Theme
from cetm_geo.raster_kinds import KINDS as RASTER_KINDS
from cetm_geo.reference import indicators as reference
from cetm_geo.rulebook.groups import read_groups
from cetm_geo.rulebook.indicators import FILE, LAYER, SCALE, Indicators, read_indicators
from cetm_geo.scale_indicators import KINDS as SCALE_KINDS

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "cetm_geo" / "rules"
PAGE = ROOT / "docs" / reference.PAGE
SPECS = read_indicators(RULES)
CATALOGUE = Indicators(SPECS)
LAYERS = {
    spec.id: spec.role.value for spec in read_catalog(ROOT / "layers" / "sample").layers.values()
}
# One example of each place that an id may have.
EXAMPLE = {"ring": "0_1", "variant": "river", "distance": "50", "code": "10", "list": "un"}


def examples(spec: IndicatorSpec) -> Iterator[str]:
    """An id for each scope of an entry, of layers and scales but those named in the catalogue."""
    for scope in spec.scopes or ("",):
        if scope not in (LAYER, SCALE):
            yield spec.id.format(scope=scope, **EXAMPLE)


def comparisons() -> Iterator[tuple[str, Any, str, str]]:
    """Rule, operator, indicator and the unit of its threshold, of all rules and cuts."""
    for path in sorted(RULES.glob("*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        for rule in raw.get("rule", ()):
            units = {t["name"]: t["unit"] for t in rule.get("thresholds", ())}
            for level in rule["levels"]:
                for one in (*level.get("all", ()), *level.get("any", ())):
                    if "indicator" in one:
                        unit = units.get(one.get("threshold"), "contact")
                        yield rule["id"], one["op"], one["indicator"], unit
        for cut in raw.get("cut", ()):
            yield path.name, None, cut["indicator"], cut["unit"]


# --- what is measured ----------------------------------------------------------------------------


def test_everything_measured_in_the_sample_has_an_entry_with_its_unit(sample_store: Path) -> None:
    frame = store.open_store(sample_store).frame("all_indicators")
    measured = dict(frame[["indicator_id", "unit"]].drop_duplicates().itertuples(index=False))
    assert len(measured) > 200
    assert {name: CATALOGUE.unit_of(name, LAYERS) for name in measured} == measured


def test_the_sample_country_gives_every_entry(sample_store: Path) -> None:
    measured = set(store.open_store(sample_store).frame("all_indicators")["indicator_id"])
    for spec in SPECS:
        alone = Indicators([spec])
        of_roles = [found for name in measured if (found := alone.spec_of(name))]
        scopes = {scope for found in of_roles for scope in found.scopes or ("",)}
        assert scopes >= set(spec.scopes or ("",)) - {LAYER, SCALE}, spec.id
        assert any(alone.spec_of(name, LAYERS) for name in measured), spec.id


def test_every_kind_of_measurement_has_an_entry_with_its_unit() -> None:
    units = {kind.name: kind.unit for kind in RASTER_KINDS}
    units |= {kind.role_id: kind.unit for kind in water.KINDS if kind.role_id}
    units |= {f"basins_{kind.suffix}": kind.unit for kind in water.KINDS if kind.suffix}
    units |= {f"reaches_{suffix}": unit for suffix, unit in streams.KINDS}
    units |= {f"aqueduct_drought_{kind.suffix}": kind.unit for kind in SCALE_KINDS}
    units |= {f"basins_made_up_{kind.suffix}": kind.unit for kind in SCALE_KINDS}
    units |= {
        f"downstream_{variant}_{km:g}km_{kind.suffix}": kind.unit
        for kind in exposure.KINDS
        for variant in VARIANTS
        for km in DISTANCES_KM
    }
    layers = {"basins": "water_basin", "reaches": "river", "aqueduct": "water_basin"}
    assert {name: CATALOGUE.unit_of(name, layers) for name in units} == units


def test_all_that_a_group_gives_has_an_entry() -> None:
    for group in read_groups().values():
        for suffix in group.suffixes:
            assert CATALOGUE.spec_of(f"{group.id}_{suffix}"), (group.id, suffix)


# --- looking up ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicator_id", "theme", "pillar", "direction"),
    [
        ("kbas_overlap_km2", Theme.PROTECTED_NATURE, Pillar.STEWARDSHIP, Direction.HIGHER_IS_WORSE),
        ("moratorium_overlap_km2", Theme.GOVERNANCE, Pillar.GOVERNANCE, Direction.HIGHER_IS_WORSE),
        ("roads_nearest_km", Theme.TRADE, Pillar.TRADE, Direction.HIGHER_IS_WORSE),
        ("rivers_nearest_km", Theme.WATER, Pillar.STEWARDSHIP, Direction.LOWER_IS_WORSE),
        ("lakes_nearest_km", None, Pillar.STEWARDSHIP, Direction.CONTEXT),
        ("dem_slope_p90_deg", Theme.HAZARD_TAILINGS, Pillar.STEWARDSHIP, Direction.HIGHER_IS_WORSE),
    ],
)
def test_a_layer_gives_what_its_role_gives(
    indicator_id: str, theme: Theme | None, pillar: Pillar, direction: Direction
) -> None:
    layers = {
        "kbas": "key_biodiversity_area",
        "moratorium_areas": "moratorium",
        "roads": "road",
        "rivers": "river",
        "lakes": "context",
        "dem": "elevation",
    }
    found = CATALOGUE.spec_of(indicator_id, layers)
    assert found
    assert (found.id, found.theme, found.pillar) == (indicator_id, theme, pillar)
    assert found.direction == direction


def test_of_two_layers_the_longer_id_is_meant() -> None:
    layers = {"areas": "protected_area", "areas_in_use": "settlement"}
    found = CATALOGUE.spec_of("areas_in_use_nearest_km", layers)
    assert found is not None
    assert found.theme == Theme.PEOPLE


def test_what_nobody_measures_has_no_entry() -> None:
    for name in (
        "area_ha",
        "water_stres_worst_class",
        "rivers_nearest_km",
        "population_ring_count",
    ):
        assert CATALOGUE.spec_of(name) is None
    assert CATALOGUE.unit_of("dust_worst_class") is None
    assert CATALOGUE.unit_of("dust_worst_class", scales=["dust"]) == "class"


def test_the_places_of_an_id_are_filled_in_what_is_said_of_it() -> None:
    found = CATALOGUE.spec_of("population_ring_10_20_count")
    assert found is not None
    assert found.formula.startswith("people in the ring of 10 to 20 km")
    assert all("{" not in CATALOGUE.spec_of(i).formula for s in SPECS for i in examples(s))  # type: ignore[union-attr]


def test_no_id_belongs_to_two_entries() -> None:
    alone = [(spec, Indicators([spec])) for spec in SPECS]
    for spec in SPECS:
        for name in examples(spec):
            assert [s.id for s, own in alone if own.spec_of(name)] == [spec.id], name


# --- rules ---------------------------------------------------------------------------------------


def test_rules_and_cuts_ask_only_for_indicators_in_their_unit_and_the_way_they_are_worse() -> None:
    asked = list(comparisons())
    assert len(asked) > 20
    for rule, op, name, unit in asked:
        spec = CATALOGUE.spec_of(name)
        assert spec, f"{rule}: {name}"
        assert spec.unit == unit, f"{rule}: {name} is in {spec.unit}"
        if op in (">", ">=", "overlaps"):
            assert spec.direction != Direction.LOWER_IS_WORSE, f"{rule}: {name} {op}"
        if op in ("<", "<="):
            assert spec.direction != Direction.HIGHER_IS_WORSE, f"{rule}: {name} {op}"


# --- the page ------------------------------------------------------------------------------------


def test_the_page_is_what_the_catalogue_gives() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert reference.filled(text, SPECS, read_groups()) == text


def test_every_row_of_the_method_is_an_indicator_or_the_page_says_why_not() -> None:
    rows = [f"{letter}{n:02d}" for letter, last in (("E", 45), ("G", 7), ("P", 4), ("T", 3))
            for n in range(1, last + 1)]  # fmt: skip
    given = {row for spec in SPECS for row in spec.row.split(", ")}
    why_not = PAGE.read_text(encoding="utf-8").split("## Not given, and why")[1]
    said = set(re.findall(r"^\| ([EGPT]\d\d) \|", why_not, re.MULTILINE))
    assert not given & said
    assert sorted((given | said) - {""}) == sorted(rows)


def test_a_section_without_a_place_on_the_page_is_a_mistake() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("<!-- generated: water -->", "")
    with pytest.raises(DefinitionError, match="<!-- generated: water -->"):
        reference.filled(text, SPECS, read_groups())


# --- bad input -----------------------------------------------------------------------------------

ENTRY = """
[[indicator]]
id = "{id}"
unit = "km2"
direction = "{direction}"
pillar = "stewardship"
formula = "a"
source = "b"
section = "c"
{more}
"""


def entry(id: str, more: str = "", direction: str = "context") -> str:
    return ENTRY.format(id=id, more=more, direction=direction)


def read(tmp_path: Path, text: str) -> tuple[IndicatorSpec, ...]:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    return read_indicators(tmp_path)


def test_all_mistakes_of_the_catalogue_are_told_at_once_each_with_its_entry(tmp_path: Path) -> None:
    text = '[themes]\nriver = "water"\n' + "".join(
        [
            entry("a_km2"),
            entry("a_km2"),
            entry("{scope}_km2"),
            entry("{scope}_share", 'scopes = ["river", "lake"]'),
            entry("b_{where}_km2", 'row = "E1"'),
            entry("c_km2", 'theme = "trade"'),
        ]
    )
    with pytest.raises(DefinitionError) as caught:
        read(tmp_path, text)
    told = [(p.key, p.text) for p in caught.value.problems]
    assert [key for key, _ in told] == [
        "a_km2",
        "{scope}_km2",
        "{scope}_share",
        "b_{where}_km2",
        "b_{where}_km2",
        "c_km2",
    ]
    assert "lake has no theme" in dict(told)["{scope}_share"]
    assert "the pillar of trade is trade" in dict(told)["c_km2"]


def test_a_wrong_word_or_key_is_told_by_the_id_of_its_entry(tmp_path: Path) -> None:
    text = entry("a_km2", direction="up") + entry("b_km2", 'meaning = "x"')
    with pytest.raises(DefinitionError) as caught:
        read(tmp_path, text)
    assert sorted(p.key for p in caught.value.problems) == ["a_km2.direction", "b_km2.meaning"]


def test_a_catalogue_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=re.escape(FILE)):
        read_indicators(tmp_path)
