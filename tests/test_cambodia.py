"""Real layers of Cambodia: the overlap figures that an independent engine gave for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cetm_geo import export, store
from cetm_geo.model import RASTER_ROLES

# From the data's manifest: geopandas, EPSG:6933, make_valid. Equal area, other edges: 0.1 %.
# layer: sum over sites, union over sites, sites, sum over pairs (km2)
KNOWN = {
    "protected_areas": (4827.8, 4399.5, 70, 4831.3),
    "key_biodiversity_areas": (4840.0, 4438.5, 77, 4843.7),
    "community_forests": (366.9, 359.3, 24, 379.6),
    "community_protected_areas": (224.2, 206.5, 17, 224.2),
}


@pytest.fixture(scope="module")
def built(cambodian_store: Path) -> store.Store:
    return store.open_store(cambodian_store)


@pytest.mark.parametrize("layer", KNOWN)
def test_each_layer_gives_its_known_sum_union_and_sites(built: store.Store, layer: str) -> None:
    total, union, count, pairs = KNOWN[layer]
    sites = export.stored(built, "sites")
    km2 = sites[f"{layer}_overlap_km2"]
    assert km2.sum() == pytest.approx(total, rel=1e-3)
    assert (km2 > 1e-4).sum() == count
    stated = export.store_provenance(built)["totals"][layer]
    assert stated["union_km2"] == pytest.approx(union, rel=1e-3)
    assert (stated["sites"], stated["sum_km2"]) == (count, pytest.approx(km2.sum()))
    overlaps = export.stored(built, "overlaps")
    summed = overlaps.loc[overlaps["layer_id"] == layer, "overlap_km2"].sum()
    assert summed == pytest.approx(pairs, rel=1e-3)


def test_community_land_counts_forests_fisheries_and_protected_areas_once(
    built: store.Store,
) -> None:
    stated = export.store_provenance(built)["totals"]["community_land"]
    assert stated["sites"] == 39
    assert stated["sum_km2"] == pytest.approx(593.5, rel=1e-3)
    assert stated["union_km2"] == pytest.approx(568.2, rel=1e-3)


def test_all_titles_are_in_with_twins_and_circles_marked(built: store.Store) -> None:
    sites = export.stored(built, "sites")
    assert len(sites) == 164
    assert sites["duplicate_of"].notna().sum() == 3
    assert sites["placeholder"].sum() == 67
    titles = export.store_provenance(built)["totals"]["concession"]
    assert titles["sum_km2"] == pytest.approx(16206.5, rel=1e-3)
    assert titles["union_km2"] == pytest.approx(14706.6, rel=1e-3)


def test_the_books_of_every_layer_balance(built: store.Store) -> None:
    for row in export.store_provenance(built)["sources"]:
        out = row["rows_excluded"] + row["rows_rejected"]
        assert row["rows_in"] == row["rows_accepted"] + out
        assert row["rows_in"] > 0 or row["role"] in RASTER_ROLES
        assert row["problem"] is None


def test_no_title_is_clear_where_no_layer_of_indigenous_land_is_loaded(built: store.Store) -> None:
    tiers = built.rows("titles_by_tier")
    assert "clear" not in {row["tier"] for row in tiers}
    assert sum(row["titles"] for row in tiers) == 164
    assert sum(row["fully_screened"] for row in tiers) == 0


def test_restricted_layers_leave_as_figures_and_never_as_shapes(built: store.Store) -> None:
    overlaps = export.stored(built, "overlaps")
    restricted = overlaps[overlaps["layer_id"] == "key_biodiversity_areas"]
    assert len(restricted) == 88
    assert restricted.geometry.isna().all()
    assert (restricted["geometry_withheld"] == "licence").all()
    assert restricted["feature_name"].notna().all()


def test_every_title_is_told_where_its_water_goes_and_why_it_is_known_no_further(
    built: store.Store,
) -> None:
    measured = built.frame("all_indicators")
    told = measured[measured["indicator_id"].str.endswith("_downstream_count")]
    per_layer = dict(tuple(told.groupby("indicator_id")))
    for name, rows in per_layer.items():
        assert len(rows) == 164, name
        assert (rows["value_text"].notna() | rows["note"].notna()).all(), name
    sesan = per_layer["basins_3s_downstream_count"]
    ways = set(sesan["value_text"].dropna())
    end = "; ends there: drains to 18037, which the layer does not hold"
    assert ways == {
        f"Se San (18035) > Sre Pok (18036){end}",
        f"Se Kong (18033) > Sre Pok (18036){end}",
        f"Sre Pok (18036){end}",
    }
    level_3 = set(per_layer["basins_level_3_downstream_count"]["value_text"])
    assert any("an outlet" in way for way in level_3)
    assert any("does not say where it drains to" in way for way in level_3)
    silent = per_layer["basins_transboundary_downstream_count"]
    assert (silent["status"] == "not_applicable").all()


def test_titles_cover_the_sub_basins_as_measured_before(built: store.Store) -> None:
    rows = built.frame("all_basins")
    rows = rows[(rows["layer_id"] == "basins_3s") & (rows["status_group"] == "all")]
    covered = rows.set_index("basin_id")["covered_share"]
    assert covered["18035"] == pytest.approx(0.1046, abs=5e-4)
    assert covered["18036"] == pytest.approx(0.0760, abs=5e-4)
    upstream = rows.set_index("basin_id")["upstream_covered_km2"]
    assert upstream["18036"] == pytest.approx(rows["covered_km2"].sum(), rel=1e-12)


def test_one_country_alone_never_makes_a_river_national(built: store.Store) -> None:
    measured = built.frame("all_indicators")
    told = measured[measured["indicator_id"] == "transboundary"]
    assert told["value"].isna().all()
    assert (told["status"] == "outside_layer_extent").all()
