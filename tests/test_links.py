"""What a layer says of which basin drains to which: read, held against itself, told where wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cetm_geo import loading, pipeline, store
from cetm_geo.catalog import read_catalog
from cetm_geo.errors import DefinitionError, SourceError
from cetm_geo.hydrology import Basins
from cetm_geo.links import MOST_LISTED
from cetm_geo.model import Layer, NetworkSpec, Role
from cetm_geo.normalize import normalize_layer
from tests import made

COLUMNS = {
    "feature_id": "code", "group_id": "basin", "downstream_id": "to", "declared_area": "area",
    "upstream_area": "up", "outlet_km": "km", "sink": "inland", "stream_order": "order",
}  # fmt: skip
NETWORK = NetworkSpec(outlet=("0", "-999"), not_stated=("n/a",), sink=("2",))
SQUARE_KM2 = 1.2308


def layer_of(
    rows: Sequence[Mapping[str, Any]], network: NetworkSpec = NETWORK, **more: Any
) -> Layer:
    """Basins of 0.01 degrees, side by side along the equator; keys are columns of COLUMNS."""
    told = {key: column for key, column in COLUMNS.items() if any(column in row for row in rows)}
    spec = made.spec(
        role=Role.WATER_BASIN, columns=told, network=network, declared_area_unit="km2", **more
    )
    shapes = [made.square(i / 100, 0, 0.01) for i in range(len(rows))]
    return normalize_layer(made.raw_frame(rows, shapes), spec, made.FACTS, made.ON)


def links(layer: Layer) -> dict[str, tuple[str | None, str]]:
    """Basin -> what it drains to, and why nothing follows it."""
    frame = layer.links
    assert frame is not None
    down = [None if pd.isna(text) else text for text in frame["downstream_id"]]
    return dict(zip(frame["basin_id"], zip(down, frame["end"], strict=True), strict=True))


def issues(layer: Layer) -> list[tuple[str | None, str]]:
    """Id and text of each issue about links."""
    frame = layer.issues
    ids = [None if pd.isna(text) else text for text in frame["feature_id"]]
    return list(zip(ids, frame["problem"], strict=True))


def column(layer: Layer, name: str) -> dict[str, Any]:
    assert layer.links is not None
    return dict(zip(layer.links["basin_id"], layer.links[name], strict=True))


# --- ids -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "to"),
    [
        ([7080000010.0, 7080000020.0], [7080000020.0, 0.0]),  # numbers of a DBF
        (["7080000010.0", "7080000020.0"], ["7080000020", "0"]),
        (["7080000010", "7080000020"], ["7.08000002E+09", "0.0"]),
        ([7080000010, 7080000020], ["7080000020.", " 0 "]),
    ],
)
def test_ids_beyond_32_bits_are_whole_numbers_on_both_sides(ids: list[Any], to: list[Any]) -> None:
    layer = layer_of([{"basin": a, "to": b} for a, b in zip(ids, to, strict=True)])
    assert links(layer) == {"7080000010": ("7080000020", ""), "7080000020": (None, "outlet")}
    assert layer.features["group_id"].tolist() == ["7080000010", "7080000020"]
    assert issues(layer) == []


def test_codes_that_only_look_like_numbers_stay_as_they_are() -> None:
    rows = [{"basin": "12E4", "to": "007"}, {"basin": "007", "to": "120000"}]
    assert links(layer_of(rows)) == {"007": ("120000", "dangling_link"), "12E4": ("007", "")}


def test_a_layer_without_a_code_for_parts_goes_by_its_own_codes() -> None:
    rows = [{"code": "a", "to": "b"}, {"code": "b", "to": "0"}, {"code": "b", "to": "0"}]
    layer = layer_of(rows)
    assert links(layer) == {"a": ("b", ""), "b": (None, "outlet")}
    own = Basins.of(layer)
    assert own is not None
    assert own.basin_of_feature.tolist() == [0, 1, 1]
    assert own.land_km2 == pytest.approx([SQUARE_KM2, 2 * SQUARE_KM2], rel=1e-4)


def test_a_layer_that_states_no_network_has_no_links() -> None:
    spec = made.spec(role=Role.WATER_BASIN)
    frame = made.raw_frame([{"to": "1"}], [made.square(0, 0)])
    layer = normalize_layer(frame, spec, made.FACTS, made.ON)
    assert layer.links is None
    assert Basins.of(layer) is None
    spec = made.spec(
        role=Role.WATER_BASIN,
        columns={"downstream_id": "NEXT_DOWN"},
        optional_columns=("downstream_id",),
        network=NETWORK,
    )
    layer = normalize_layer(frame, spec, made.FACTS, made.ON)
    assert Basins.of(layer) is None
    assert issues(layer) == [(None, "no NEXT_DOWN: what drains to what is not known")]


# --- parts ---------------------------------------------------------------------------------------


def test_rows_that_share_an_id_are_one_basin_whose_area_is_stated_on_each() -> None:
    # Three parts of 1.23 km2 that state 3.6924 km2 each: the basin is as large as it says.
    parts = [{"basin": "9", "to": "5", "area": 3 * SQUARE_KM2}] * 3
    layer = layer_of([*parts, {"basin": "5", "to": "0", "area": SQUARE_KM2}])
    assert links(layer) == {"5": (None, "outlet"), "9": ("5", "")}
    assert column(layer, "declared_km2") == {"5": SQUARE_KM2, "9": 3 * SQUARE_KM2}
    assert issues(layer) == []
    halved = [{**part, "area": 1.5 * SQUARE_KM2} for part in parts]
    told = [text for _, text in issues(layer_of([*halved, {"basin": "5", "to": "0"}]))]
    assert told == ["the register states 1.85 km2, the outline measures 3.69 km2: 0.5 times"]


def test_parts_that_differ_are_told_and_what_most_of_them_state_counts() -> None:
    def part(to: str, area: float, up: float) -> dict[str, Any]:
        return {"basin": "9", "to": to, "area": area, "up": up}

    rows = [part("5", 3.7, 0), part("6", 3.6, 12), part("5", 3.7, 0), {"basin": "5", "to": "0"}]
    for order in ([0, 1, 2, 3], [3, 1, 2, 0]):
        layer = layer_of([rows[i] for i in order])
        assert links(layer)["9"] == ("5", "")
        assert column(layer, "declared_km2")["9"] == 3.7
        assert column(layer, "upstream_km2")["9"] == 12  # one part states it, and none another
        told = [text for name, text in issues(layer) if name == "9"]
        assert told[0] == "its parts differ in where they drain to: 5, 6; the first counts"
        assert told[1] == "its parts differ in area: 3.7, 3.6; the first counts"
        assert len(told) == 3  # and 12 km2 upstream is not 3.7


def test_of_as_many_parts_on_either_side_the_least_counts_whatever_the_order() -> None:
    rows = [{"basin": "9", "to": "6"}, {"basin": "9", "to": "5"}, {"basin": "5", "to": "0"}]
    for order in ([0, 1, 2], [2, 1, 0]):
        assert links(layer_of([rows[i] for i in order]))["9"] == ("5", "")


# --- defects -------------------------------------------------------------------------------------


DEFECTS = {
    "a link to what is not there": (
        [{"basin": "1", "to": "2"}, {"basin": "2", "to": "3"}],
        [("2", "drains to 3, which the layer does not hold: the chain ends here")],
    ),
    "nothing stated": (
        [{"basin": "1", "to": "n/a"}, {"basin": "2", "to": None}, {"basin": "3", "to": "1"}],
        [
            ("1", "where it drains to is not stated: the chain ends here"),
            ("2", "where it drains to is not stated: the chain ends here"),
        ],
    ),
    "a basin that drains to itself": (
        [{"basin": "1", "to": "1"}, {"basin": "2", "to": "1"}],
        [("1", "drains to itself: the chain ends here")],
    ),
    "circles": (
        [
            {"basin": a, "to": b}
            for a, b in (("1", "3"), ("3", "2"), ("2", "1"), ("4", "5"), ("5", "4"), ("6", "4"))
        ],
        [
            ("1", "drains in a circle of 3, where chains end: 1, 3, 2"),
            ("4", "drains in a circle of 2, where chains end: 4, 5"),
        ],
    ),
    "an inland sink with a virtual link": (
        [{"basin": "1", "to": "2", "inland": 2}, {"basin": "2", "to": "0", "inland": 0}],
        [("1", "an inland sink: the link it states, to 2, is not followed")],
    ),
    "a way that grows downstream": (
        [{"basin": "1", "to": "2", "km": 10}, {"basin": "2", "to": "0", "km": 10.2}],
        [("1", "states 10.0 km to the outlet, and what it drains to, 2, 10.2 km")],
    ),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_told_by_the_basin_s_id_and_the_rest_still_works(name: str) -> None:
    rows, expected = DEFECTS[name]
    sound = [{"basin": "x", "to": "y"}, {"basin": "y", "to": "0"}]
    layer = layer_of([*rows, *sound])
    assert issues(layer) == expected
    assert set(layer.issues["action"]) == {"noted"}
    own = Basins.of(layer)
    assert own is not None
    names = own.network.ids.tolist()
    assert own.network.ids[own.network.chain(names.index("x"))].tolist() == ["x", "y"]


def test_more_outlets_than_declared_are_each_told_fewer_once() -> None:
    rows = [{"basin": "1", "to": "0"}, {"basin": "2", "to": "-999"}, {"basin": "3", "to": "1"}]
    two = "one of 2 outlets, where the catalogue declares 1"
    assert issues(layer_of(rows, NetworkSpec(outlet=("0", "-999"), outlets=1))) == [
        ("1", two),
        ("2", two),
    ]
    assert issues(layer_of(rows, NetworkSpec(outlet=("0", "-999"), outlets=2))) == []
    fewer = (None, "2 outlets, where the catalogue declares 3")
    assert issues(layer_of(rows, NetworkSpec(outlet=("0", "-999"), outlets=3))) == [fewer]


def test_a_text_that_means_missing_elsewhere_may_mean_an_outlet_here() -> None:
    rows = [{"basin": "1", "to": "0"}, {"basin": "2", "to": "-"}]
    layer = layer_of(rows, missing_texts=("0", "-"))
    assert links(layer) == {"1": (None, "outlet"), "2": (None, "not_stated")}


def test_of_very_many_defects_of_a_kind_the_first_are_listed_and_the_others_counted() -> None:
    layer = layer_of([{"basin": f"{i:04}", "to": "-"} for i in range(MOST_LISTED + 7)])
    told = issues(layer)
    assert told[MOST_LISTED] == (None, "7 more links lead to what the layer does not hold")
    assert [name for name, _ in told[:-1]] == [f"{i:04}" for i in range(MOST_LISTED)]


# --- published areas -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("off_km2", "told"),
    [
        (0.27, ""),
        (-0.27, ""),
        (0.29, "something upstream is missing from the layer"),
        (-0.29, "something counts twice, or does not drain there"),
    ],
)
def test_land_upstream_is_the_sum_of_areas_upstream_within_what_rounding_may_do(
    off_km2: float, told: str
) -> None:
    # Of 3 units 0.06 x 3 + 0.1 = 0.28 km2.
    area, up = SQUARE_KM2, round(3 * SQUARE_KM2 + off_km2, 6)
    rows = [
        {"basin": "1", "to": "3", "area": area, "up": area},
        {"basin": "2", "to": "3", "area": area, "up": area},
        {"basin": "3", "to": "0", "area": area, "up": up},
    ]
    said = issues(layer_of(rows))
    assert [name for name, _ in said] == (["3"] if told else [])
    if told:
        assert said[0][1] == (
            f"states {up:,.1f} km2 of land upstream; the areas that the 3 basins upstream state, "
            f"it included, come to 3.7 km2: {told}"
        )


def test_land_upstream_of_a_basin_whose_area_is_not_stated_is_not_checked() -> None:
    rows = [
        {"basin": "1", "to": "2", "area": None, "up": 1},
        {"basin": "2", "to": "0", "area": SQUARE_KM2, "up": 99},
        {"basin": "3", "to": "0", "area": SQUARE_KM2, "up": SQUARE_KM2},
    ]
    text = "the land upstream that 2 basins state was not checked: "
    assert issues(layer_of(rows)) == [(None, f"{text}the area of a basin above them is not stated")]


def test_the_order_of_rows_changes_no_bit() -> None:
    rng = np.random.default_rng(5)
    to = ["0", *(f"{rng.integers(0, i)}" for i in range(1, 200))]
    rows = [{"basin": f"{i}", "to": t, "area": rng.random()} for i, t in enumerate(to)]
    one, other = (
        layer_of([rows[i] for i in order]) for order in (range(200), rng.permutation(200))
    )
    assert one.links is not None
    assert other.links is not None
    pd.testing.assert_frame_equal(one.links, other.links)
    sums = []
    for layer in (one, other):
        own = Basins.of(layer)
        assert own is not None
        sums.append(own.network.upstream_sums(own.declared_km2))
    assert sums[0].tolist() == sums[1].tolist()


# --- a stated table, the catalogue, the store ----------------------------------------------------


BASINS = """role = "water_basin"
label = "Basins"
as_of = "2026"
complete_within = "world"
[source]
path = "basins.geojson"
[columns]
feature_id = "basin"
[licence]
text = "CC0"
publish = "public"
"""
TABLE = """[network]
outlet = ["sea"]
table = "tables/links.csv"
from_column = "from"
to_column = "to"
"""


def written(folder: Path, network: str = TABLE) -> Path:
    """A catalogue of a title, and of basins a, b and c whose links stand in a table."""
    features = [made.feature(made.square(i, 0), basin=name) for i, name in enumerate("abc")]
    made.geojson(folder / "basins.geojson", features)
    (folder / "tables").mkdir(exist_ok=True)
    (folder / "tables" / "links.csv").write_text("FROM;to;note\na; b;1\nb;sea;2\nz;a;3\n")
    (folder / "layers").mkdir(exist_ok=True)
    (folder / "layers" / "basins.toml").write_text(BASINS + network)
    titles = BASINS.replace("water_basin", "concession").replace("Basins", "Titles")
    (folder / "layers" / "titles.toml").write_text(titles)
    return folder / "layers"


def test_links_may_stand_in_a_table_beside_the_layer(tmp_path: Path) -> None:
    catalog = read_catalog(written(tmp_path))
    layer = loading.read_layers(catalog, tmp_path, made.ON)["basins"]
    assert links(layer) == {"a": ("b", ""), "b": (None, "outlet"), "c": (None, "not_stated")}
    assert issues(layer) == [
        ("z", "tables/links.csv states where it drains to, and the layer does not hold it"),
        ("c", "where it drains to is not stated: the chain ends here"),
    ]
    digest = layer.source["sha256"]
    (tmp_path / "tables" / "links.csv").write_text("from,to\na,b\nb,c\nc,sea\n")
    again = loading.read_layers(catalog, tmp_path, made.ON)["basins"]
    assert links(again) == {"a": ("b", ""), "b": ("c", ""), "c": (None, "outlet")}
    assert again.source["sha256"] != digest  # so that a build tells that it changed


def test_a_table_of_links_without_its_columns_or_that_is_not_there_is_an_error(
    tmp_path: Path,
) -> None:
    catalog = read_catalog(written(tmp_path, TABLE.replace('"to"', '"tot"')))
    with pytest.raises(SourceError, match=r"'tot' \(network.to_column; near: 'to'\)"):
        loading.read_layers(catalog, tmp_path, made.ON)
    (tmp_path / "tables" / "links.csv").unlink()
    with pytest.raises(SourceError, match="no such file"):
        loading.read_layers(catalog, tmp_path, made.ON)


def test_a_layer_read_back_from_a_store_has_its_links(tmp_path: Path) -> None:
    layers = pipeline.build(written(tmp_path), tmp_path, tmp_path / "store", made.ON).layers
    back = store.read_layers(store.open_store(tmp_path / "store"))
    assert back["titles"].links is None
    assert links(back["basins"]) == links(layers["basins"])
    own, read = Basins.of(layers["basins"]), Basins.of(back["basins"])
    assert own is not None
    assert read is not None
    assert read.network.ids.tolist() == own.network.ids.tolist()
    assert read.network.downstream.tolist() == own.network.downstream.tolist() == [1, -1, -1]
    assert read.network.end.tolist() == own.network.end.tolist()
    assert read.basin_of_feature.tolist() == own.basin_of_feature.tolist()
    assert read.land_km2.tolist() == own.land_km2.tolist()


@pytest.mark.parametrize(
    ("network", "key", "text"),
    [
        (TABLE.replace("outlet", "outlets"), "network.outlets", "valid integer"),
        (TABLE.replace("outlet", "outlte"), "network.outlte", "did you mean outlet?"),
        (TABLE.replace("tables/", "../"), "network.table", "without .."),
        ('[network]\noutlet = ["0"]\n', "network", "give columns.downstream_id or network.table"),
        (TABLE.replace('from_column = "from"', ""), "network.table", "from_column and to_column"),
        (TABLE + 'not_stated = ["sea"]\n', "network.outlet", "'sea' stands for two things"),
        (TABLE + 'sink = ["2"]\n', "network.sink", "needs columns.sink"),
        (TABLE + "outlets = -1\n", "network.outlets", "must not be negative"),
    ],
)
def test_a_mistake_in_a_network_is_told(tmp_path: Path, network: str, key: str, text: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_catalog(written(tmp_path, network))
    assert [(p.key, text in p.text) for p in caught.value.problems] == [(key, True)]


def test_only_basins_and_rivers_drain_and_their_columns_need_a_network(tmp_path: Path) -> None:
    folder = written(tmp_path)
    columns = BASINS.replace("[licence]", 'downstream_id = "to"\n[licence]')
    (folder / "basins.toml").write_text(columns)
    (folder / "parks.toml").write_text(columns.replace("water_basin", "oecm") + TABLE)
    with pytest.raises(DefinitionError) as caught:
        read_catalog(folder)
    assert [(Path(p.path).stem, p.key) for p in caught.value.problems] == [
        ("basins", "columns.downstream_id"), ("parks", "network"),
        ("parks", "columns.downstream_id"),
    ]  # fmt: skip


# --- Cambodia ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(cambodia: Path) -> dict[str, Layer]:
    catalog = read_catalog(Path(__file__).resolve().parents[1] / "layers" / "cambodia")
    kept = {n: s for n, s in catalog.layers.items() if n.startswith("basins")}
    return loading.read_layers(
        type(catalog)(catalog.name, catalog.label, kept), cambodia, made.ON
    )  # fmt: skip


def test_the_sesan_and_the_sekong_join_the_srepok_whose_own_link_dangles(
    real: dict[str, Layer],
) -> None:
    layer = real["basins_3s"]
    assert links(layer) == {
        "18033": ("18036", ""), "18035": ("18036", ""), "18036": ("18037", "dangling_link"),
    }  # fmt: skip
    text = "drains to 18037, which the layer does not hold: the chain ends here"
    assert ("18036", text) in issues(layer)
    own = Basins.of(layer)
    assert own is not None
    assert own.network.is_headwater.tolist() == [True, True, False]
    assert own.land_km2 == pytest.approx([28689, 18897, 31138], abs=1)  # published: SUB_AREA
    assert own.network.upstream_sums(own.declared_km2)[2] == 78724


def test_parts_of_one_sub_basin_are_one_and_a_code_of_zero_is_none(real: dict[str, Layer]) -> None:
    layer = real["basins_level_3"]
    own = Basins.of(layer)
    assert own is not None
    parts = np.bincount(own.basin_of_feature)
    assert dict(zip(own.network.ids[parts > 1], parts[parts > 1], strict=True)) == {"16021": 10}
    found = links(layer)
    assert {name for name, (_, end) in found.items() if end == "outlet"} == {
        "12004", "16021", "19006", "21001",
    }  # fmt: skip
    unstated = {name for name, (_, end) in found.items() if end == "not_stated"}
    assert unstated == {f"hydrobasin_L3_mekong.{i}" for i in (1, 2, 23, 24, 25)}
    assert len(found) == 16
    assert real["basins_transboundary"].links is None
