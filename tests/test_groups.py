"""Groups of features that norms tell apart: their land once, and never a zero nobody earned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from cetm_geo import screening, tables
from cetm_geo.errors import DefinitionError
from cetm_geo.evidence import Limits
from cetm_geo.ground import Ground
from cetm_geo.model import FeatureClass, Role
from cetm_geo.model import IndicatorStatus as Status
from cetm_geo.model.rules import LANGUAGES
from cetm_geo.rulebook.groups import read_groups, shipped_groups
from tests import made, toy
from tests.test_normalize import normalized

SITE = toy.block(0, 0, 4, 4)
FAR = toy.block(300, 0, 4, 4)
STRICT, OTHER = "strict_protected_area", "other_protected_area"


def screened(site: Any, *layers: Any, **more: Any) -> pd.DataFrame:
    result = screening.screen(toy.sites([site]), {x.spec.id: x for x in layers}, toy.ON, **more)
    return result.indicators.set_index("indicator_id")


def found(rows: pd.DataFrame, group: str) -> list[Any]:
    """Land, share, nearest, count and contact of a group; None where nothing is said."""
    names = [f"{group}_{s}" for s in ("overlap_km2", "overlap_share", "nearest_km", "count",
                                      "contact")]  # fmt: skip
    return [None if np.isnan(v) else float(v) for v in rows.loc[names, "value"]]


def statuses(rows: pd.DataFrame, group: str) -> set[str]:
    mine = rows.index.str.startswith(f"{group}_")
    return set(rows.loc[mine, "status"])


# --- the file ------------------------------------------------------------------------------------


def test_every_group_has_a_label_of_its_own_in_each_language() -> None:
    groups = shipped_groups().values()
    for language in LANGUAGES:
        assert len({g.label[language] for g in groups}) == len(groups)


def test_all_mistakes_of_the_file_are_told_at_once(tmp_path: Path) -> None:
    label = 'label = { en = "A", fr = "B", es = "C", pt = "D" }\n'
    (tmp_path / "groups.toml").write_text(
        f'[[group]]\nid = "a"\nrole = "park"\nclasses = ["x"]\n{label}'
        f'[[group]]\nid = "b"\nrole = "community_land"\ntenures = ["owned"]\nmin_order = 2\n{label}'
        '[[group]]\nid = "heritage"\nrole = "heritage"\nclases = ["x"]\nlabel = { en = "A" }\n'
        '[[group]]\nid = "river"\nrole = "river"\nrest = ["a"]\nsuffixes = ["area"]\n'
        'label = { en = "A" }\n'
    )
    with pytest.raises(DefinitionError) as caught:
        read_groups(tmp_path)
    told = {p.key: p.text for p in caught.value.problems}
    assert "no role: 'park'" in told["group.a.role"]
    assert "'owned' is not one of indigenous" in told["group.b.tenures"]
    assert "give one of classes" in told["group.b"]
    assert "did you mean classes?" in told["group.heritage.clases"]
    assert "not the name of a role" in told["group.river.id"]
    assert "'a' is no group" in told["group.river.rest"]
    assert "one text in each of en, fr, es, pt" in told["group.river.label"]
    assert "'area' is not one of overlap_km2" in told["group.river.suffixes"]


# --- land ----------------------------------------------------------------------------------------


def test_land_of_two_features_of_a_group_is_counted_once() -> None:
    """Strict: columns 0-1 and 1-2, twelve of sixteen km2; others: columns 2-3, eight."""
    shapes = [toy.block(0, 0, 2, 4), toy.block(1, 0, 2, 4), toy.block(2, 0, 2, 4)]
    parks = toy.layer(
        "parks", Role.PROTECTED_AREA, shapes, classes=["iucn_ii", "iucn_ia", "iucn_v"]
    )
    rows = screened(SITE, parks)
    assert found(rows, STRICT) == pytest.approx([12, 0.75, 0, 2, 3], rel=1e-9)
    assert found(rows, OTHER) == pytest.approx([8, 0.5, 0, 1, 3], rel=1e-9)
    assert rows.loc["protected_area_overlap_km2", "value"] == pytest.approx(16)
    assert statuses(rows, STRICT) == statuses(rows, OTHER) == {Status.OK}


def test_two_layers_of_a_role_share_a_groups_land() -> None:
    one = toy.layer("one", Role.HERITAGE, [toy.block(0, 0, 3, 4)], classes=["world_heritage"])
    shapes = [toy.block(2, 0, 2, 4), toy.block(0, 0, 4, 1)]
    two = toy.layer("two", Role.HERITAGE, shapes, classes=["world_heritage", "national"])
    rows = screened(SITE, one, two)
    assert found(rows, "world_cultural_heritage") == pytest.approx([16, 1, 0, 2, 3])


def test_a_class_that_is_not_counted_has_land_of_its_own() -> None:
    shapes = [toy.block(0, 0, 2, 4), toy.block(1, 0, 2, 4), toy.block(0, 0, 1, 4)]
    classes = ["biosphere_reserve", "biosphere_reserve", ""]
    parks = toy.layer(
        "parks", Role.PROTECTED_AREA, shapes, classes=classes, counted=[False, False, True]
    )
    rows = screened(SITE, parks)
    assert rows.loc["biosphere_reserve_overlap_km2", "value"] == pytest.approx(12)
    assert rows.loc["biosphere_reserve_contact", "value"] == 3
    assert found(rows, OTHER) == pytest.approx([4, 0.25, 0, 1, 3])
    assert not {"biosphere_reserve_count", "biosphere_reserve_nearest_km"} & set(rows.index)


def test_where_shapes_are_too_much_land_is_only_said_to_be_at_least_the_largest() -> None:
    shapes = [toy.block(0, 0, 2, 4), toy.block(1, 0, 2, 4), toy.block(2, 0, 2, 4)]
    parks = toy.layer(
        "parks", Role.PROTECTED_AREA, shapes, classes=["iucn_ii", "iucn_ii", "iucn_v"]
    )
    rows = screened(SITE, parks, limits=Limits(pieces=1000, ring_corners=1000, shape_pieces=0))
    land = rows.loc[f"{STRICT}_overlap_km2"]
    assert (land["value"], land["status"]) == (pytest.approx(8), Status.NO_DATA)
    assert "at least 8.00, at most 16.00 km2" in land["note"]
    assert rows.loc[f"{STRICT}_count", "status"] == Status.OK
    assert rows.loc[f"{OTHER}_overlap_km2", "status"] == Status.OK  # one feature needs no shape


# --- who answers ---------------------------------------------------------------------------------


def test_a_layer_that_cannot_tell_a_group_apart_says_so_and_never_zero() -> None:
    parks = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(0, 0, 2, 4)])
    rows = screened(SITE, parks)
    for group in ("world_heritage", "ramsar_wetland", STRICT):
        assert found(rows, group) == [None] * 5
        assert statuses(rows, group) == {Status.LAYER_MISSING}
    note = rows.loc[f"{STRICT}_overlap_km2", "note"]
    assert "no layer tells Strictly protected areas (IUCN Ia to III) apart" in note
    assert found(rows, OTHER) == pytest.approx([8, 0.5, 0, 1, 3])


def test_a_layer_that_declares_a_class_no_feature_has_earns_its_zero() -> None:
    parks = toy.layer(
        "parks", Role.PROTECTED_AREA, [FAR], tells="class:world_heritage class:ramsar"
    )
    silent = toy.layer("reserves", Role.PROTECTED_AREA, [FAR])
    rows = screened(SITE, parks, silent)
    assert found(rows, "world_heritage") == [0, 0, None, 0, 0]
    assert rows.loc["world_heritage_nearest_km", "status"] == Status.BEYOND_SEARCH
    assert "reserves does not tell them apart" in rows.loc["world_heritage_count", "note"]
    broken = toy.layer("broken", Role.PROTECTED_AREA, [FAR], problem="unreadable",
                       tells="class:world_heritage")  # fmt: skip
    rows = screened(SITE, parks, broken)
    assert found(rows, "world_heritage") == [None] * 5
    assert statuses(rows, "world_heritage") == {Status.LAYER_MISSING}


def test_a_role_without_a_layer_has_groups_that_are_missing() -> None:
    rows = screened(SITE, toy.layer("parks", Role.PROTECTED_AREA, [FAR]))
    assert found(rows, "indigenous_land") == [None] * 5
    assert rows.loc["indigenous_land_count", "note"] == "no layer of this role is loaded"
    assert "large_river_nearest_km" not in rows.index


def test_a_layer_speaks_of_the_tenure_it_states_alone() -> None:
    customary = toy.layer("forests", Role.COMMUNITY_LAND, [FAR])
    rows = screened(SITE, customary)
    assert found(rows, "customary_land")[0] == 0
    assert statuses(rows, "indigenous_land") == {Status.LAYER_MISSING}


def test_land_whose_tenure_is_not_stated_may_be_anyones() -> None:
    shapes = [toy.block(0, 0, 1, 4), toy.block(2, 0, 2, 4), toy.block(20, 0, 2, 4)]
    stated = {"tenures": ["customary", None, "indigenous"],
              "tells": "tenure:indigenous tenure:customary"}  # fmt: skip
    lands = toy.layer("lands", Role.COMMUNITY_LAND, shapes, **stated)
    rows = screened(SITE, lands)
    assert found(rows, "customary_land")[:2] == pytest.approx([4, 0.25])
    assert rows.loc["customary_land_overlap_km2", "status"] == Status.NO_DATA  # or more
    assert rows.loc["customary_land_contact", "status"] == Status.OK  # nothing is worse
    land, share, km, count, contact = found(rows, "indigenous_land")
    assert (land, share, count, contact) == (None, None, None, None)
    assert km == pytest.approx(16 * 1.1132, rel=1e-4)
    assert statuses(rows, "indigenous_land") == {Status.NO_DATA}
    assert "tenure is not stated" in rows.loc["indigenous_land_nearest_km", "note"]
    away = screened(toy.block(22, 0, 4, 4), lands)
    assert found(away, "indigenous_land")[2:] == [0, 0, 1]  # a touch
    assert away.loc["indigenous_land_nearest_km", "status"] == Status.OK


def told(column: str, text: str, **spec: Any) -> str:
    """What a layer of one feature tells apart, whose file has one column."""
    layer = normalized([{column: text}], [made.square(104, 12)], made.spec(**spec))
    return str(layer.source["tells"])


def test_a_file_without_the_column_of_a_class_does_not_tell_it() -> None:
    columns = (("ramsar", "DESIG"), ("iucn_ii", "IUCN_CAT"))
    classes = tuple(FeatureClass(i, i, column, (i,)) for i, column in columns)
    spec = {"role": Role.PROTECTED_AREA, "classes": classes}
    assert told("DESIG", "x", **spec, optional_class_columns=("IUCN_CAT",)) == "class:ramsar"
    assert told("IUCN_CAT", "x", **spec, optional_class_columns=("DESIG",)) == "class:iucn_ii"


def test_a_column_of_tenures_tells_those_that_its_words_are_translated_to() -> None:
    words = {"tenure": {"indigenous": ("I",), "claimed": ("C",)}}
    spec = {"role": Role.COMMUNITY_LAND, "columns": {"tenure": "WHO"}, "values": words}
    assert told("WHO", "I", **spec) == "tenure:indigenous tenure:claimed"


# --- contact -------------------------------------------------------------------------------------

TOUCH, STRIP = toy.block(4, 0, 4, 4), shapely.box(0.03995, 0, 0.1, 0.01)


@pytest.mark.parametrize(
    ("shape", "circle", "contact"),
    [
        (FAR, None, 0),
        (TOUCH, None, 1),
        (STRIP, None, 1),  # six metres, less than a hectare
        (toy.block(3, 0, 4, 4), "derived_from_point", 2),
        (toy.block(3, 0, 4, 4), "drawn_circle", 3),
        (toy.block(3, 0, 4, 4), None, 3),
        (shapely.Point(0.01, 0.01), None, 3),
    ],
)
def test_contact_says_on_what_it_rests(shape: Any, circle: str | None, contact: int) -> None:
    classes = {"classes": ["world_heritage"], "circles": [circle]}
    rows = screened(SITE, toy.layer("sites", Role.HERITAGE, [shape], **classes))
    for name in ("heritage", "world_cultural_heritage"):
        assert rows.loc[f"{name}_contact", "value"] == contact
        assert rows.loc[f"{name}_contact", "unit"] == "contact"


def test_a_boundary_beside_a_circle_decides_the_contact() -> None:
    shapes, circles = [toy.block(3, 0, 4, 4), toy.block(2, 0, 1, 1)], ["derived_from_point", None]
    rows = screened(SITE, toy.layer("sites", Role.HERITAGE, shapes, circles=circles))
    assert rows.loc["heritage_contact", "value"] == 3


@pytest.mark.parametrize("options", [{"complete_within": ""}, {"rejected": 1}])
def test_no_contact_is_not_claimed_unasked(options: dict[str, Any]) -> None:
    rows = screened(SITE, toy.layer("bans", Role.MORATORIUM, [FAR], **options))
    contact = rows.loc["moratorium_contact"]
    assert np.isnan(contact["value"])
    assert contact["status"] == Status.NO_DATA


def test_roles_that_are_only_asked_where_loaded_have_no_contact_otherwise() -> None:
    rows = screened(SITE, toy.layer("woods", Role.INTACT_FOREST, [toy.block(0, 0, 2, 4)]))
    assert rows.loc["intact_forest_contact", "value"] == 3
    assert rows.loc["intact_forest_overlap_share", "value"] == pytest.approx(0.5)
    assert "mine_footprint_contact" not in rows.index


# --- nearer is never less ------------------------------------------------------------------------


def test_coming_nearer_contact_never_falls_and_the_nearest_never_rises() -> None:
    """A square of 16 km2 moves west from 60 km away to where it lies on the site."""
    steps = np.unique(np.r_[np.arange(0, 60, 3), 0:6:0.5, 4.001, 4.00001, 3.999])[::-1] / 100
    names = [f"{g}_{s}" for g in (STRICT, "protected_area") for s in ("contact", "nearest_km",
                                                                      "overlap_km2")]  # fmt: skip
    seen = []
    for step in steps:
        shape = shapely.transform(SITE, lambda c, x=step: c + np.array([x, 0]))
        more = [toy.block(5, 0, 1, 1)]  # another class: its nearness is not the group's
        parks = toy.layer("parks", Role.PROTECTED_AREA, [shape, *more], classes=["iucn_ia", ""])
        seen.append(screened(SITE, parks).loc[names, "value"].to_numpy(float))
    change = np.diff(np.array(seen), axis=0)
    assert (change[:, [0, 2, 3, 5]] >= -1e-12).all()
    assert (change[:, [1, 4]] <= 1e-12).all()
    assert seen[-1].tolist() == pytest.approx([3, 0, 16, 3, 0, 16])
    assert set(np.array(seen)[:, 0]) == {0, 1, 3}


def test_the_nearest_of_a_group_is_the_least_over_its_features_alone() -> None:
    """Each site against each feature by itself; a group's nearest is the least of its own."""
    rng = np.random.default_rng(11)
    corners = rng.integers(-60, 60, (40, 2)).tolist()
    shapes = [toy.block(c, r, 2, 3) for c, r in corners]
    classes = [["iucn_ii", "ramsar", "iucn_v"][i % 3] for i in range(40)]
    sites = toy.sites([toy.block(c, r, 3, 2) for c, r in rng.integers(-60, 60, (30, 2)).tolist()])
    parks = toy.layer("parks", Role.PROTECTED_AREA, shapes, classes=classes)
    whole = screening.screen(sites, {"parks": parks}, toy.ON).indicators
    for group, word in ((STRICT, "iucn_ii"), ("ramsar_wetland", "ramsar"), (OTHER, "iucn_v")):
        mine = [s for s, c in zip(shapes, classes, strict=True) if c == word]
        alone = toy.layer("alone", Role.PROTECTED_AREA, mine)
        least = screening.screen(sites, {"alone": alone}, toy.ON).indicators
        for suffix in ("nearest_km", "overlap_km2", "count"):
            got = whole.query(f"indicator_id == '{group}_{suffix}'")["value"].to_numpy()
            want = least.query(f"indicator_id == 'alone_{suffix}'")["value"].to_numpy()
            assert got == pytest.approx(want, rel=1e-9, abs=1e-9)


# --- rivers --------------------------------------------------------------------------------------


def river(orders: list[float]) -> Any:
    lines = [shapely.LineString([(x, -0.05), (x, 0.1)]) for x in (0.05, 0.08, 0.12)]
    rivers = toy.layer("rivers", Role.RIVER, lines, tells="order")
    links = {"layer_id": "rivers", "basin_id": ["f1", "f2", "f3"], "downstream_id": None,
             "end": "outlet", "stream_order": orders}  # fmt: skip
    return replace(rivers, links=tables.build(tables.LINKS, pd.DataFrame(links)))


@pytest.mark.parametrize(
    ("orders", "columns", "status"),
    [
        ([1, 3, 5], 4, Status.OK),
        ([1, 2, 5], 8, Status.OK),
        ([np.nan, 3, 5], 4, Status.NO_DATA),  # the first may be a large one
        ([1, 3, np.nan], 4, Status.OK),
        ([1, 2, 2], None, Status.BEYOND_SEARCH),
    ],
)
def test_a_large_river_is_one_of_order_three_and_more(
    orders: list[float], columns: int | None, status: Status
) -> None:
    row = screened(SITE, river(orders)).loc["large_river_nearest_km"]
    want = np.nan if columns is None else columns * 1.113194908
    assert row["value"] == pytest.approx(want, rel=1e-6, nan_ok=True)
    assert row["status"] == status
    assert row["note"].startswith("straight_line")


def test_groups_are_made_once_for_a_ground() -> None:
    parks = toy.layer("parks", Role.PROTECTED_AREA, [SITE, FAR], classes=["iucn_ii", "iucn_v"])
    ground = Ground.of({"parks": parks})
    views = ground.grouped.views["parks"]
    assert {v.id for v in views} == {f"parks:{STRICT}", f"parks:{OTHER}"}
    assert [len(v.layer.pieces) for v in views] == [1, 1]
    assert ground.without(frozenset({"parks"})).grouped is ground.grouped
