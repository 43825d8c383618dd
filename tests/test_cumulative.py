"""What sites add to land under titles in force, against cells counted and against plain unions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from cetm_geo import added, export, measure, pipeline, resources, screening, store, tables
from cetm_geo.cumulative import ADDED, ROLES
from cetm_geo.dashboard.answer import reading
from cetm_geo.dashboard.answer.overlapping import overlaps_view
from cetm_geo.density import NAMES, RADIUS_KM, centres_of
from cetm_geo.evidence import Limits, OutOfTime
from cetm_geo.model import STATUS_GROUPS, Layer, Publish, Role
from tests import toy
from tests.conftest import SCREENED_ON
from tests.test_dashboard import an_answer, an_overlap, text_of
from tests.test_truth import CELLS, Blocks

IN_FORCE = ("active", "unknown")
COLUMNS = ["already_km2", "added_km2"]
STATUSES = ("active", "unknown", "application", "expired", "refused", "withdrawn")


def register(shapes: list[Any], status: Any, name: str = "titles") -> Layer:
    layer = toy.layer(name, Role.CONCESSION, shapes)
    layer.features["status"] = status
    return layer


def titles_of(*registers: Layer) -> Any:
    frames = [x.features[tables.columns(tables.SITES)] for x in registers]
    return tables.validate(pd.concat(frames, ignore_index=True), tables.SITES)


def screened(sites: Any, *layers: Layer, **more: Any) -> Any:
    return screening.screen(sites, {x.spec.id: x for x in layers}, toy.ON, **more)


def adds(result: Any, layer: str = "parks") -> dict[tuple[str, str], tuple[float, float]]:
    """already and added of each site and feature."""
    rows = result.overlaps[result.overlaps["layer_id"] == layer]
    keys = zip(rows["site_id"].str.removeprefix("titles:"), rows["feature_id"], strict=True)
    return dict(zip(keys, rows[COLUMNS].itertuples(index=False, name=None), strict=True))


def shares(result: Any, name: str) -> Any:
    """An indicator: site -> value, value_text, status, note."""
    rows = result.indicators[result.indicators["indicator_id"] == name]
    return rows.set_index("site_id")[["value", "value_text", "status", "note"]]


# --- in squares ----------------------------------------------------------------------------------


def test_titles_in_force_add_what_no_other_holds_and_all_others_add_to_all_of_them() -> None:
    """A park of 10 by 10 cells; titles in force on its columns 0 to 5."""
    park = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(0, 0, 10, 10)])
    shapes = [
        toy.block(0, 0, 4, 10),  # in force, alone on two columns
        toy.block(2, 0, 4, 10),  # the same, and both on two columns more
        toy.block(5, 0, 4, 5),  # applied for: one of its four columns is taken
        toy.block(0, 0, 10, 10),  # expired
        toy.block(5, 0, 9, 10),  # refused, beyond the park as well
    ]
    titles = register(shapes, ["active", "unknown", "application", "expired", "refused"])
    found = adds(screened(titles_of(titles), titles, park))
    assert {site: pair for (site, _), pair in found.items()} == {
        "f1": pytest.approx((40, 20), rel=1e-9),
        "f2": pytest.approx((40, 20), rel=1e-9),
        "f3": pytest.approx((60, 15), rel=1e-9),
        "f4": pytest.approx((60, 40), rel=1e-9),
        "f5": pytest.approx((60, 40), rel=1e-9),
    }


def test_of_a_title_registered_twice_neither_adds_anything() -> None:
    park = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(0, 0, 4, 4)])
    title = toy.block(1, 1, 2, 3)
    near = shapely.transform(title, lambda c: c + 1e-8)  # the same, drawn a millimetre beside it
    for twin, exact in ((title, 1e-12), (near, 1e-5)):
        titles = register([title, twin], "active")
        for already, new in adds(screened(titles_of(titles), titles, park)).values():
            assert already == pytest.approx(6, rel=exact)
            assert new == pytest.approx(0, abs=exact)


def cells_of(
    titles: Blocks, status: Any, features: Blocks
) -> dict[tuple[str, str], tuple[float, float]]:
    """already and added of each pair that shares cells, by counting them."""
    out = {}
    in_force = np.isin(status, IN_FORCE)
    for i, own in enumerate(titles.cells):
        others = titles.cells[in_force & (np.arange(len(titles.cells)) != i)].any(axis=0)
        for j, feature in enumerate(features.cells):
            if (own & feature).any():
                already, new = (others & feature).sum(), (own & feature & ~others).sum()
                out[f"f{i + 1}", f"f{j + 1}"] = float(already), float(new)
    return out


@pytest.mark.parametrize("seed", range(4))
def test_of_any_titles_each_adds_the_cells_that_no_other_in_force_has(seed: int) -> None:
    random = np.random.default_rng(seed)
    titles, parks = Blocks.some(random, 24), Blocks.some(random, 12)
    status = random.choice(STATUSES, 24)
    layer = toy.layer("parks", Role.PROTECTED_AREA, parks.shapes)
    own = register(titles.shapes, status)
    result = screened(titles_of(own), own, layer)
    truth, found = cells_of(titles, status, parks), adds(result)
    assert found.keys() == truth.keys()
    for pair, numbers in truth.items():
        assert found[pair] == pytest.approx(numbers, rel=1e-9, abs=1e-9), pair

    # The order of titles is nothing, and neither is which register they stand in.
    order = random.permutation(24)
    halves = [
        replace(
            own,
            spec=replace(own.spec, id=name),
            features=own.features.iloc[rows].reset_index(drop=True),
        )
        for name, rows in (("titles", order[:12]), ("others", order[12:]))
    ]
    again = adds(screened(titles_of(*halves), *halves, layer))
    assert again.keys() == truth.keys()
    for pair, numbers in found.items():
        assert again[pair] == pytest.approx(numbers, rel=1e-9, abs=1e-9), pair


def test_what_is_added_is_bound_by_the_overlap_and_both_by_the_feature_to_the_last_bit() -> None:
    random = np.random.default_rng(9)

    def rough(count: int) -> list[Any]:
        return [
            shapely.Point(x, y).buffer(r, quad_segs=int(q))
            for x, y, r, q in zip(
                *random.uniform(0, 0.5, (2, count)),
                random.uniform(0.02, 0.2, count),
                random.integers(2, 300, count),
                strict=True,
            )
        ]

    titles = register(rough(30), random.choice(STATUSES, 30))
    parks = toy.layer("parks", Role.PROTECTED_AREA, rough(20))
    sites = titles_of(titles)
    rows = screened(sites, titles, parks).overlaps.query("layer_id == 'parks'")
    feature_km2 = rows["overlap_km2"] / rows["feature_share"]
    assert (rows["added_km2"] <= rows["overlap_km2"]).all()
    assert (rows["already_km2"] + rows["added_km2"] <= feature_km2 * (1 + 1e-15)).all()
    assert (rows[COLUMNS] >= 0).all().all()
    plain_unions_agree(rows, sites, {"parks": parks})


def plain_unions_agree(rows: Any, sites: Any, layers: Mapping[str, Layer]) -> None:
    """Pairs against the union of all other titles in force, put together for each site."""
    shapes, status = sites.geometry.to_numpy(), sites["status"].to_numpy(object)
    for site_id, own in rows.groupby("site_id"):
        i = int(np.flatnonzero(sites["site_id"] == site_id)[0])
        others = np.isin(status, IN_FORCE) & (np.arange(len(sites)) != i)
        taken = shapely.union_all(shapes[others])
        for row in own.itertuples():
            layer = layers[row.layer_id]
            feature = layer.shapes[np.flatnonzero(layer.feature_ids == row.feature_id)[0]]
            already = shapely.intersection(feature, taken)
            new = shapely.difference(shapely.intersection(feature, shapes[i]), taken)
            truth = measure.area_km2([already, new])
            assert (row.already_km2, row.added_km2) == pytest.approx(truth, rel=1e-8, abs=1e-7)


def test_an_outline_under_hundreds_of_titles_is_halved_and_loses_the_same_cells() -> None:
    random = np.random.default_rng(3)
    cells = np.zeros((CELLS, CELLS), bool)
    shapes = []
    for _ in range(400):
        (column, row), (wide, tall) = random.integers(0, 27, 2), random.integers(1, 4, 2)
        cells[column : column + wide, row : row + tall] = True
        shapes.append(toy.block(int(column), int(row), int(wide), int(tall)))
    assert len(shapes) > 4 * added._TITLES_AT_ONCE
    titles = register([*shapes, toy.block(0, 0, CELLS, CELLS)], ["active"] * 400 + ["application"])
    park = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(3, 5, 20, 20)])
    land = np.zeros_like(cells)
    land[3:23, 5:25] = True
    found = adds(screened(titles_of(titles), titles, park))["f401", "f1"]
    assert found == pytest.approx(((land & cells).sum(), (land & ~cells).sum()), rel=1e-9)


# --- drawn ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def opened(sample_store: Path) -> store.Store:
    return store.open_store(sample_store)


def test_a_drawn_outline_adds_to_the_last_bit_what_the_title_of_that_outline_adds(
    opened: store.Store,
) -> None:
    layers = store.read_layers(opened)
    stored = opened.shapes("all_overlaps").set_index(["site_id", "layer_id", "feature_id"])
    titles = opened.shapes("all_sites")
    titles = titles[~titles["repaired"] & titles["site_id"].isin(stored.index.get_level_values(0))]
    pending = titles[~titles["status"].isin(IN_FORCE)].iloc[::5]
    seen = 0
    for _, title in pending.iterrows():
        drawn = screening.proposal(shapely.geometry.mapping(title.geometry))
        found = screening.screen(drawn, layers, SCREENED_ON).overlaps
        found = found[found["already_km2"].notna()]
        own = stored.loc[title["site_id"]].loc[
            pd.MultiIndex.from_frame(found[["layer_id", "feature_id"]])
        ]
        np.testing.assert_array_equal(found[COLUMNS].to_numpy(), own[COLUMNS].to_numpy())
        seen += len(found)
    assert seen > 20


def test_a_drawing_of_a_title_in_force_adds_nothing_and_finds_it_there_already(
    opened: store.Store,
) -> None:
    layers = store.read_layers(opened)
    stored = opened.shapes("all_overlaps").query("already_km2 == already_km2")
    titles = opened.shapes("all_sites").query("~repaired and status in @IN_FORCE")
    titles = titles[titles["site_id"].isin(stored["site_id"])].iloc[::10]
    for _, title in titles.iterrows():
        drawn = screening.proposal(shapely.geometry.mapping(title.geometry))
        overlaps = screening.screen(drawn, layers, SCREENED_ON).overlaps
        found = overlaps.set_index(["layer_id", "feature_id"])[COLUMNS].dropna()
        own = stored[stored["site_id"] == title["site_id"]].set_index(["layer_id", "feature_id"])
        together = own["already_km2"] + own["added_km2"]
        assert found["already_km2"].to_numpy() == pytest.approx(together[found.index].to_numpy())
        assert (found["added_km2"] == 0).all()


def test_without_titles_nothing_is_known_and_without_a_build_only_what_is_new() -> None:
    park = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(0, 0, 10, 10)])
    drawn = screening.sites_from_shapes([toy.block(0, 0, 4, 4)], ["drawn"])
    rows = screened(drawn, park).overlaps
    assert rows[COLUMNS].isna().all().all()
    found = shares(screened(drawn, park), "protected_area_cumulative_share").iloc[0]
    assert np.isnan(found["value"])
    assert found["status"] == "layer_missing"
    assert "no register of titles is loaded" in found["note"]
    titles = register([toy.block(0, 0, 1, 4), toy.block(3, 0, 1, 4)], ["active", "expired"])
    result = screened(drawn, park, titles)
    rows = result.overlaps.query("layer_id == 'parks'")
    assert rows["already_km2"].isna().all()
    assert rows["added_km2"].tolist() == pytest.approx([12])
    found = shares(result, "protected_area_cumulative_share").iloc[0]
    assert np.isnan(found["value"])
    assert found["status"] == "no_data"
    assert "was not measured" in found["note"]


def test_what_is_not_reached_in_time_is_said_to_be_missing_and_not_nothing() -> None:
    park = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(0, 0, 10, 10)])
    titles = register([toy.block(0, 0, 1, 4)], "active")
    drawn = screening.sites_from_shapes([toy.block(0, 0, 4, 4)], ["drawn"])

    def alive(what: str, *_: int) -> None:
        if what == "land that a site adds":
            raise OutOfTime

    limits = Limits(pieces=100, ring_corners=100, shape_pieces=100)
    result = screened(drawn, park, titles, alive=alive, limits=limits)
    assert ADDED in result.missing
    rows = result.overlaps.query("layer_id == 'parks'")
    assert rows["overlap_km2"].tolist() == pytest.approx([16])
    assert rows["added_km2"].isna().all()


# --- indicators ----------------------------------------------------------------------------------


def test_the_feature_with_the_largest_share_is_named_with_what_the_site_adds_to_it() -> None:
    """Two basins of two parts each; the second, smaller one is the more affected."""
    basins = toy.layer(
        "basins", Role.WATER_BASIN,
        [toy.block(0, 0, 10, 10), toy.block(0, 10, 10, 10), toy.block(10, 0, 2, 10),
         toy.block(10, 10, 2, 10)],
        groups=["west", "west", "east", "east"],
    )  # fmt: skip
    titles = register(
        [toy.block(8, 0, 4, 5), toy.block(10, 10, 2, 10), toy.block(9, 0, 2, 10),
         toy.block(0, 0, 2, 2)],
        ["active", "active", "application", "expired"],
    )  # fmt: skip
    result = screened(titles_of(titles), titles, basins)
    found = shares(result, "water_basin_cumulative_share")
    # West: 10 of 200 in force; east: 10 and 20 of 40.
    assert found["value"].tolist() == pytest.approx([30 / 40, 30 / 40, 35 / 40, 14 / 200])
    assert found["value_text"].tolist() == ["basins f3"] * 3 + ["basins f1"]
    new = shares(result, "water_basin_added_share")
    assert new["value"].tolist() == pytest.approx([10 / 40, 20 / 40, 5 / 40, 4 / 200])
    assert new["value_text"].tolist() == found["value_text"].tolist()


def test_a_feature_met_only_within_the_mapping_error_speaks_where_no_other_does() -> None:
    strip = 0.3 * toy.COLUMN / 1113  # some 30 cm
    parks = toy.layer(
        "parks", Role.PROTECTED_AREA, [toy.block(0, 0, 4, 10), toy.block(4, 0, 6, 10)]
    )
    wide = shapely.box(4 * toy.COLUMN - strip, 0, 5 * toy.COLUMN, toy.row_edge(10))
    titles = register([toy.block(0, 0, 4, 10), wide], ["active", "application"])
    result = screened(titles_of(titles), titles, parks)
    found = shares(result, "protected_area_cumulative_share").loc["titles:f2"]
    assert (found["value"], found["value_text"]) == (pytest.approx(1 / 6, rel=1e-6), "parks f2")
    alone = screened(titles_of(titles), titles, toy.layer(
        "parks", Role.PROTECTED_AREA, [toy.block(0, 0, 4, 10)]))  # fmt: skip
    found = shares(alone, "protected_area_cumulative_share").loc["titles:f2"]
    assert found["value"] == pytest.approx(1, rel=1e-6)
    assert "within the mapping error" in found["note"]


@pytest.mark.parametrize(
    ("options", "value", "status"),
    [
        ({}, 0.0, "ok"),
        ({"stale": True}, 0.0, "stale"),
        ({"complete_within": ""}, None, "no_data"),
        ({"problem": "unreadable"}, None, "layer_missing"),
    ],
)
def test_nothing_to_add_to_is_a_zero_only_where_it_was_earned(
    options: dict[str, Any], value: float | None, status: str
) -> None:
    titles = register([toy.block(0, 0)], "active")
    far = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(50, 0)], **options)
    for name in ("cumulative", "added"):
        found = shares(screened(titles_of(titles), titles, far), f"protected_area_{name}_share")
        given = found["value"].iloc[0]
        assert (None if np.isnan(given) else given, found["status"].iloc[0]) == (value, status)


def test_what_was_found_stands_though_it_is_nothing_and_says_that_its_register_is_old() -> None:
    title = toy.block(0, 0, 2, 2)
    parks = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(0, 0, 4, 4)], complete_within="")
    old = toy.layer("titles", Role.CONCESSION, [title, title], stale=True)
    result = screened(titles_of(old), old, parks)
    for name, value in (("cumulative", 0.25), ("added", 0.0)):
        found = shares(result, f"protected_area_{name}_share")
        assert found["value"].tolist() == pytest.approx([value] * 2, abs=1e-12)
        assert (found["status"] == "stale").all()
        assert found["note"].str.contains("titles: data as of 2010").all()


def test_names_that_a_licence_keeps_are_not_in_the_indicators() -> None:
    titles = register([toy.block(0, 0)], "active")
    kept = toy.layer("lands", Role.COMMUNITY_LAND, [toy.block(0, 0)], publish=Publish.LOCAL_ONLY)
    found = shares(screened(titles_of(titles), titles, kept), "community_land_cumulative_share")
    assert found["value_text"].tolist() == ["lands"]


# --- the disc ------------------------------------------------------------------------------------


def test_the_disc_round_a_site_is_half_under_titles_where_half_of_it_is() -> None:
    site = shapely.box(-0.01, -0.01, 0.01, 0.01)
    west, east = shapely.box(-1, -1, 0, 1), shapely.box(0, -1, 1, 1)
    both = [west, west, east, shapely.box(-1, -1, 0, 0)]
    titles = register([*both, site], ["active", "expired", "refused", "unknown", "application"])
    result = screened(titles_of(titles), titles)
    whole, in_force = (shares(result, name)["value"].loc["titles:f5"] for name in NAMES)
    assert whole == pytest.approx(1, abs=1e-12)
    assert in_force == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize(("lon", "lat"), [(10, 0), (105, 13), (-70, -55), (180, -17), (20, 70)])
def test_the_share_of_the_disc_agrees_with_a_projection_round_its_centre(
    lon: float, lat: float
) -> None:
    random = np.random.default_rng(5)
    east, north = random.uniform(-0.3, 0.3, (2, 40))
    centres = np.column_stack([lon + east / np.cos(np.radians(lat)), lat + north])
    shapes = [shapely.Point(c).buffer(0.03, quad_segs=8) for c in centres]
    status = random.choice(STATUSES, 40)
    plane = pyproj.Proj(proj="aeqd", lon_0=lon, lat_0=lat, ellps="WGS84")
    flat = shapely.transform(
        shapely.segmentize(shapes, 0.002), lambda c: np.column_stack(plane(c[:, 0], c[:, 1])) / 1e3
    )
    disc = shapely.Point(0, 0).buffer(RADIUS_KM, quad_segs=400)
    cut = [_cut(shape) for shape in shapes]
    titles = register(cut, status)
    site = screening.sites_from_shapes([_cut(shapely.box(lon - 0.01, lat - 0.01, lon + 0.01,
                                                         lat + 0.01))], ["drawn"])  # fmt: skip
    result = screened(site, titles)
    for name, chosen in zip(NAMES, (np.ones(40, bool), np.isin(status, IN_FORCE)), strict=True):
        truth = shapely.union_all(flat[chosen]).intersection(disc).area / disc.area
        assert shares(result, name)["value"].iloc[0] == pytest.approx(truth, abs=2e-4)
        assert 0.01 < truth < 0.95


def _cut(shape: Any) -> Any:
    """A shape within 180 degrees, the part beyond brought back."""
    world = shapely.box(-180, -90, 180, 90)
    beyond = shapely.transform(shapely.difference(shape, world), lambda c: c - np.array([360, 0]))
    parts = shapely.get_parts([shapely.intersection(shape, world), beyond])
    return shapely.multipolygons(parts[~shapely.is_empty(parts)])


def test_the_centre_of_a_site_cut_at_180_degrees_lies_in_its_middle() -> None:
    shapes = np.array([_cut(shapely.box(179, 1, 180 + w, 3)) for w in (0.5, 1, 3)], object)
    assert centres_of(shapes) == pytest.approx(
        np.array([[179.75, 2], [180, 2], [-179, 2]]), abs=1e-9
    )


def test_a_disc_beyond_the_register_says_how_much_of_it_is_known() -> None:
    titles = toy.layer("titles", Role.CONCESSION, [toy.block(-2, -2, 4, 4)], complete_within="XTY")
    country = toy.layer("country", Role.COUNTRY, [shapely.box(-9, -9, 0.05, 9)])
    found = shares(screened(titles_of(titles), titles, country), NAMES[0]).iloc[0]
    assert found["value"] == pytest.approx(16 / (np.pi * RADIUS_KM**2), rel=1e-4)
    assert found["status"] == "outside_layer_extent"
    assert "of the disc" in found["note"]
    nowhere = screening.sites_from_shapes([toy.block(-500, 0)], ["drawn"])
    assert shares(screened(nowhere, titles, country), NAMES[0])["value"].tolist() == [0]
    beyond = screening.sites_from_shapes([toy.block(90, 0)], ["drawn"])
    assert shares(screened(beyond, titles, country), NAMES[0])["value"].isna().all()


# --- what is said --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("site", "numbers", "said"),
    [
        ({"kind": "proposal", "status": "application"}, (17.0, 1.05),
         "Would add 2.1 % to the 34.0 % under titles in force"),
        ({"kind": "concession", "status": "expired"}, (17.0, 1.05),
         "Would add 2.1 % to the 34.0 % under titles in force"),
        ({"kind": "concession", "status": "active"}, (17.0, 0.0),
         "Adds nothing to the 34.0 % under other titles in force"),
        ({"kind": "concession", "status": "unknown"}, (0.0, 1.05),
         "Adds 2.1 %; no land of it is under other titles in force"),
        ({"kind": "proposal", "status": "application"}, (None, 1.05), ""),
        ({"kind": "proposal", "status": "application"}, (17.0, None), ""),
    ],
)  # fmt: skip
def test_the_page_says_what_a_site_adds_to_what(
    site: dict[str, str], numbers: tuple[float | None, float | None], said: str
) -> None:
    row = {"overlap_km2": 5.0, "feature_share": 0.1, **dict(zip(COLUMNS, numbers, strict=True))}
    assert reading.adds(row, site).replace("\u00a0", " ") == said
    answer = an_answer(overlaps=[an_overlap(**row)], site={**site, "site_id": "a"})
    shown = overlaps_view(answer)
    assert not said or said in text_of(shown).replace("\u00a0", " ")


def test_the_page_of_indicators_names_what_is_measured_here(opened: store.Store) -> None:
    text = (Path(__file__).resolve().parents[1] / "docs" / "indicators.md").read_text("utf-8")
    measured = set(opened.frame("all_indicators")["indicator_id"])
    of_roles = [f"{role}_{name}_share" for role in ROLES for name in ("cumulative", "added")]
    for name in (*NAMES, *of_roles, *COLUMNS):
        assert f"`{name}`" in text
        assert name in measured or not name.startswith("concession")
    assert set(COLUMNS) <= set(export.stored(opened, "overlaps").columns)


# --- real titles ---------------------------------------------------------------------------------


def test_of_real_titles_each_pair_agrees_with_the_union_of_all_others(
    cambodia: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    built = pipeline.build(resources.folder("layers") / "cambodia", cambodia, folder, SCREENED_ON)
    opened = store.open_store(folder)
    rows = built.screening.overlaps
    wanted = ("protected_areas", "community_forests")
    layers = {name: built.layers[name] for name in wanted}
    plain_unions_agree(rows[rows["layer_id"].isin(wanted)], built.screening.sites, layers)
    # All titles in force together, and one by one what only they hold of the protected areas.
    groups = STATUS_GROUPS["in_force_or_unknown"]
    in_force = built.screening.sites["status"].isin([s.value for s in groups])
    under = shapely.union_all(built.screening.sites.geometry.to_numpy()[in_force])
    truth = measure.area_km2(shapely.intersection(layers[wanted[0]].shapes, under))
    found = store.read_layers(opened)[wanted[0]].taken_km2
    assert found is not None
    assert found == pytest.approx(truth, rel=1e-8, abs=1e-6)
