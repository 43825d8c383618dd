"""One reason a title: of its worst flag, without what may not be named, and without a loop."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
import pytest

from cetm_geo import tables
from cetm_geo.flags.reasons import reasons_of_sites
from cetm_geo.flags.sourced import roles_behind, sources_behind
from cetm_geo.model import Publish, Role, Tier
from cetm_geo.rulebook import read_rulebook
from tests import toy

RULES = {
    name: rule
    for name, rule in read_rulebook().rules.items()
    if name in ("world_heritage_overlap", "strict_protected_area_overlap", "headwater")
}
HERITAGE, STRICT, HEADWATER = RULES


def a_flag(site_id: str, rule_id: str, severity: str, verify: bool = False) -> dict[str, Any]:
    return {"site_id": site_id, "rule_id": rule_id, "status": "raised", "severity": severity,
            "verify": verify, "at_least": False, "stale": False}  # fmt: skip


def a_feature(site_id: str, rule_id: str, name: str, km2: float, km: float = 0) -> dict[str, Any]:
    return {"site_id": site_id, "rule_id": rule_id, "layer_id": "parks", "feature_id": name,
            "overlap_km2": km2, "distance_km": km, "sliver": False}  # fmt: skip


def reason(
    flags: list[dict[str, Any]],
    features: list[dict[str, Any]],
    tier: Tier = Tier.CRITICAL,
    publish: Publish = Publish.PUBLIC,
) -> str:
    squares = [toy.block(i, 0, 1, 1) for i in range(3)]
    parks = toy.layer("parks", Role.PROTECTED_AREA, squares, publish=publish)
    parks.features["name"] = [f"Park {name}" for name in parks.features["feature_id"]]
    row = {"site_id": "t", "tier": tier.value, "fully_screened": True, "countries": None,
           "critical_count": 0, "high_count": 0, "moderate_count": 0, "info_count": 0,
           "score_coverage_share": 1.0}  # fmt: skip
    found = reasons_of_sites(
        tables.build(tables.TIERS, [row]),
        tables.build(tables.FLAGS, flags or None),
        tables.build(tables.FLAG_FEATURES, features or None),
        [parks],
        RULES,
    )
    return str(found["t"])


def test_the_worst_and_surest_flag_gives_the_reason_and_then_the_first_of_the_rulebook() -> None:
    worse = a_flag("t", STRICT, "critical")
    assert reason([a_flag("t", HEADWATER, "moderate"), worse], []) == RULES[STRICT].label["en"]
    other = a_flag("t", HERITAGE, "critical")
    assert reason([worse, other], []) == RULES[HERITAGE].label["en"]
    unsure = a_flag("t", HERITAGE, "critical", verify=True)
    assert reason([unsure, worse], []) == RULES[STRICT].label["en"]
    assert reason([unsure], []) == f"{RULES[HERITAGE].label['en']} (verify)"


def test_the_reason_names_the_place_that_shares_most_land_else_the_nearest() -> None:
    flag = [a_flag("t", STRICT, "critical")]
    met = [a_feature("t", STRICT, "f1", 1.0), a_feature("t", STRICT, "f2", 2.0),
           a_feature("t", HERITAGE, "f3", 9.0)]  # fmt: skip
    assert reason(flag, met).endswith(": Park f2")
    near = [a_feature("t", STRICT, "f1", 0.0, km=3.0), a_feature("t", STRICT, "f3", 0.0, km=2.0)]
    assert reason(flag, near).endswith(": Park f3")


@pytest.mark.parametrize("publish", Publish)
def test_what_a_licence_keeps_on_this_machine_is_not_named(publish: Publish) -> None:
    flag, met = a_flag("t", STRICT, "critical"), a_feature("t", STRICT, "f1", 1.0)
    said = reason([flag], [met], publish=publish)
    assert ("Park f1" in said) is (publish != Publish.LOCAL_ONLY)


def test_a_tier_that_no_flag_decides_says_what_it_means() -> None:
    informing = [a_flag("t", HEADWATER, "info")]
    for tier in (Tier.NOT_FULLY_SCREENED, Tier.CLEAR):
        assert "required answer is" in reason(informing, [], tier)
    assert reason(informing, [], Tier.INFO) == RULES[HEADWATER].label["en"]
    assert "required answer is" in reason([], [], Tier.CLEAR)


def test_the_reasons_of_many_titles_take_no_step_a_title() -> None:
    count = 50_000
    ids = pd.Categorical([f"t{i}" for i in range(count)])
    rule = pd.Categorical([HERITAGE] * count, categories=list(RULES))
    flags = pd.DataFrame({"site_id": ids, "rule_id": rule, "verify": False})
    flags = flags.assign(status="raised", severity=pd.Categorical(["critical"] * count))
    features = pd.DataFrame({"site_id": ids, "rule_id": rule, "layer_id": "parks"})
    features = features.assign(feature_id="f1", overlap_km2=1.0, distance_km=0.0)
    tiers = pd.DataFrame({"site_id": ids.astype(object), "tier": "critical"})
    park = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(0, 0, 1, 1)])
    began = time.process_time()
    found = reasons_of_sites(tiers, flags, features, [park], RULES)
    assert time.process_time() - began < 1.5
    assert set(found) == {f"{RULES[HERITAGE].label['en']}: parks f1"}


# --- the layers behind a number ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicator", "roles"),
    [
        ("heritage_nearest_km", {Role.HERITAGE}),
        ("tree_loss_ratio_inside_ring", {Role.TREE_LOSS}),
        ("population_count", {Role.POPULATION}),
        ("downstream_basins_50km_community_land_km2", {Role.WATER_BASIN, Role.COMMUNITY_LAND}),
        ("register_completeness_share", {Role.CONCESSION}),
        ("corridor_border_count", {Role.COUNTRY, Role.PORT}),
        ("something_else", set()),
    ],
)
def test_an_indicators_id_tells_which_roles_it_is_measured_from(
    indicator: str, roles: set[Role]
) -> None:
    assert set(roles_behind(indicator)) == roles


def test_a_layer_of_scales_is_behind_its_own_scales_alone() -> None:
    basins = {"layer_id": "basins", "role": "water_basin", "scales": None}
    risk = {"layer_id": "risk", "role": "water_basin", "scales": '[{"id": "water_stress"}]'}
    for name, layer in (("water_stress_worst_class", "risk"), ("water_basin_headwater", "basins")):
        found = sources_behind([name], [basins, risk])
        assert [row["layer_id"] for row in found] == [layer]
    assert sources_behind(["riverine_flood_worst_class"], [basins, risk]) == []


def test_every_number_that_a_rule_without_a_scope_compares_has_layers_or_tables_behind_it() -> None:
    tables_alone = ("disclosure_share", "missing_layer_count")
    scales = ("_worst_class", "_main_class")
    for rule in read_rulebook().rules.values():
        for level in rule.levels if not rule.scope else ():
            for condition in (*level.all, *level.any):
                name = condition.indicator
                if name and name not in tables_alone and not name.endswith(scales):
                    assert roles_behind(name), name
