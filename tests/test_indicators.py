"""What is measured is what the page of indicators says, under the names others build on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cetm_geo import store
from cetm_geo.catalog import read_catalog
from cetm_geo.errors import DefinitionError
from cetm_geo.indicators import KINDS
from cetm_geo.model import (
    DISTANCE_ROLES,
    ROLE_SUFFIXES,
    SCREENED_ROLES,
    SUFFIXES,
    IndicatorStatus,
    LayerState,
)

DOCS = Path(__file__).resolve().parents[1] / "docs" / "indicators.md"
FIXED = ("area_km2", "concession_overlap_km2", "concession_overlap_count", "water_basin_count")


@pytest.fixture(scope="module")
def measured(sample_store: Path) -> set[str]:
    return set(store.open_store(sample_store).frame("all_indicators")["indicator_id"])


def test_every_promised_name_is_measured(measured: set[str]) -> None:
    suffixes = ("overlap_km2", "overlap_share", "nearest_km", "count")
    scopes = (*SCREENED_ROLES, "wdpa_protected_areas", "kbas", "customary_lands")
    promised = {f"{scope}_{suffix}" for scope in scopes for suffix in suffixes}
    assert promised | set(FIXED) <= measured


def test_the_page_of_indicators_names_every_measurement_status_and_state() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for name in FIXED:
        assert f"`{name}`" in text
    for kind in KINDS:
        assert f"`<scope>_{kind.suffix}`" in text
    stated = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert {s.value for s in IndicatorStatus} | {s.value for s in LayerState} <= stated
    for role in DISTANCE_ROLES:
        assert f"`{role}`" in text


def test_every_suffix_a_layer_may_name_has_its_measurement() -> None:
    assert tuple(kind.suffix for kind in KINDS) == SUFFIXES
    assert set(SUFFIXES) >= {s for suffixes in ROLE_SUFFIXES.values() for s in suffixes}


@pytest.mark.parametrize(
    ("role", "named", "refused"),
    [
        ("context", '["overlap_km2", "count"]', ""),
        ("road", '["count"]', ""),
        ("context", '["overlap_kms"]', "did you mean overlap_km2"),
        ("concession", '["nearest_km"]', "not given of titles"),
        ("population", '["overlap_km2"]', "a raster gives"),
    ],
)
def test_a_layer_names_only_what_can_be_measured_of_it(
    tmp_path: Path, role: str, named: str, refused: str
) -> None:
    text = (
        f'role = "{role}"\nlabel = "A"\nindicators = {named}\n[source]\npath = "a.geojson"\n'
        '[licence]\ntext = "CC0"\npublish = "public"\n'
    )
    (tmp_path / "a.toml").write_text(text)
    if not refused:
        assert read_catalog(tmp_path).layers["a"].indicators
        return
    with pytest.raises(DefinitionError, match=refused):
        read_catalog(tmp_path)


def test_the_sample_gives_all_distances_and_counts_settlements(measured: set[str]) -> None:
    assert {f"{role}_nearest_km" for role in DISTANCE_ROLES} <= measured
    assert {"settlement_count", "settlements_count", "roads_nearest_km"} <= measured


def test_every_unit_is_the_one_in_the_name(sample_store: Path) -> None:
    frame = store.open_store(sample_store).frame("all_indicators")
    # What is counted is said by the unit; of these no name could end in the unit.
    counted = {"features", "people", "basins", "countries", "territories", "settlements", "titles",
               "borders", "minerals", "layers"}  # fmt: skip
    others = {"_rate_share": "share_per_year", "_ratio_inside_ring": "times",
              "_km_per_km2": "km/km2"}  # fmt: skip
    others |= {"headwater": "0 or 1", "transboundary": "0 or 1", "tailings_screen": "points",
               "holder_recorded": "0 or 1", "licence_state": "class", "consent_status": "class",
               "critical_habitat_screen": "class", "licence_days_to_expiry": "days"}  # fmt: skip
    for name, unit in frame[["indicator_id", "unit"]].drop_duplicates().itertuples(index=False):
        known = [told for ending, told in others.items() if name.endswith(ending)]
        if name.endswith("_count"):
            assert unit in counted
        else:
            assert unit == (known[0] if known else name.rsplit("_", 1)[-1]), name


def test_shares_lie_between_nothing_and_all(sample_store: Path) -> None:
    frame = store.open_store(sample_store).frame("all_indicators")
    bounded = frame["indicator_id"] != "declared_area_mismatch_share"  # registers err by any share
    shares = frame.loc[(frame["unit"] == "share") & bounded, "value"].dropna()
    assert shares.between(0, 1).all()
    assert (shares > 0).any()
