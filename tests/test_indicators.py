"""What is measured is what the page of indicators says, under the names others build on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cetm_geo import store
from cetm_geo.indicators import KINDS
from cetm_geo.model import SCREENED_ROLES, IndicatorStatus, LayerState

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
        assert f"`R_{kind.suffix}`" in text
    stated = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    said = {s.value for s in IndicatorStatus} - {
        "no_data",
        "not_applicable",
    }  # come with later rows
    assert said | {s.value for s in LayerState} <= stated


def test_every_unit_is_the_one_in_the_name(sample_store: Path) -> None:
    frame = store.open_store(sample_store).frame("all_indicators")
    for name, unit in frame[["indicator_id", "unit"]].drop_duplicates().itertuples(index=False):
        assert unit == ("features" if name.endswith("_count") else name.rsplit("_", 1)[1])


def test_shares_lie_between_nothing_and_all(sample_store: Path) -> None:
    frame = store.open_store(sample_store).frame("all_indicators")
    shares = frame.loc[frame["unit"] == "share", "value"].dropna()
    assert shares.between(0, 1).all()
    assert (shares > 0).any()
