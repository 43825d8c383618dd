"""Real rasters of Cambodia: people a density comes to, and heights that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cetm_geo import resources, store, tables
from cetm_geo.catalog import read_catalog
from cetm_geo.loading import read_layers
from cetm_geo.model import Catalog
from cetm_geo.rasters import read_rasters
from cetm_geo.surveying import measure_rasters
from cetm_geo.web import Service
from tests import toy
from tests.conftest import SCREENED_ON


def catalogue(*names: str) -> Catalog:
    """The catalogue of Cambodia with these layers alone."""
    whole = read_catalog(resources.folder("layers") / "cambodia")
    return Catalog(whole.name, whole.label, {name: whole.layers[name] for name in names})


def test_density_by_exact_cell_area_gives_the_country_and_its_known_excess(cambodia: Path) -> None:
    wanted = catalogue("country_outline", "population_density")
    country = read_layers(wanted, cambodia, SCREENED_ON)["country_outline"]
    rasters = read_rasters(wanted, cambodia, SCREENED_ON)
    survey = measure_rasters(toy.sites([country.shapes[0]]), rasters)
    found = pd.DataFrame(tables.stack(survey.indicators, tables.INDICATORS))
    row = found.set_index("indicator_id").loc["population_count"]
    assert 20.2e6 <= row["value"] <= 20.5e6
    assert "people per km2 of land" in row["note"].lower()
    assert "20.2 to 20.5 million people, where 16.7 million live" in row["note"]
    page = (Path(__file__).resolve().parents[1] / "docs" / "indicators.md").read_text("utf-8")
    assert "20.2 to 20.5 million people, against 16.7" in " ".join(page.split())


@pytest.fixture(scope="module")
def built(cambodian_store: Path) -> Path:
    return cambodian_store


def test_every_title_has_people_and_slopes_or_says_why_not(built: Path) -> None:
    frame = store.open_store(built).frame("all_indicators")
    for name in ("population_count", "population_ring_20_50_count", "slope_p90_deg"):
        rows = frame[frame["indicator_id"] == name]
        assert len(rows) == 164
        assert (rows["value"].notna() | rows["note"].notna()).all()
        assert rows["value"].notna().sum() > 150
    heights = frame[frame["indicator_id"] == "elevation_mean_m"]["value"]
    assert heights.min() > -50  # none of those at -10,640 m
    assert heights.max() < 1813  # Phnom Aural, the highest in the country
    steep = frame[frame["indicator_id"] == "slope_p90_deg"]["value"]
    assert 0 <= np.nanmin(steep) < np.nanmax(steep) < 45


def test_the_page_of_a_title_names_the_excess_with_its_source(built: Path) -> None:
    service = Service(built)
    site_id = service.store().rows("all_sites")[0]["site_id"]
    answer = service.answer(site_id)
    note = next(row["note"] for row in answer["sources"] if row["layer_id"] == "population_density")
    assert "16.7 million" in note
    drawn = service.screener.propose_rasters(
        {"type": "Polygon", "coordinates": [[[106, 13], [106.1, 13], [106.1, 13.1], [106, 13]]]}
    )
    assert any("16.7 million" in row["note"] for row in drawn["sources"])
    told = {row["indicator_id"]: row["note"] for row in drawn["indicators"]}
    assert "16.7 million" in told["population_ring_5_10_count"]
