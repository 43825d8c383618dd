"""Levels of features and the land of sites on them: Aqueduct, and whatever is rated like it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cetm_geo import pipeline, readers, sending, store
from cetm_geo.catalog import read_catalog
from cetm_geo.errors import ColumnsNotFound, DefinitionError, SourceError
from cetm_geo.evidence import Task, measure_part
from cetm_geo.ground import Ground
from cetm_geo.levels import Bounds, bounds_of
from cetm_geo.model import Layer, LayerSpec, Role, Screening
from cetm_geo.normalize import failed_layer, normalize_layer
from cetm_geo.screening import proposal, screen
from tests import made, toy
from tests import profile_nature as nature
from tests.test_tabular import xlsx

Row = tuple[Any, Mapping[str, Any]]  # shape, fields
STRESS = {
    -1: "Arid and Low Water Use",
    0: "Low (<10%)",
    1: "Low - Medium (10-20%)",
    2: "Medium - High (20-40%)",
    3: "High (40-80%)",
    4: "Extremely High (>80%)",
    -9999: "No Data",
}
RAW = {-1: 1.0, 0: 0.05, 1: 0.15, 2: 0.3, 3: 0.6, 4: 9999.0, -9999: -9999.0}
SCORE = {-1: 5.0, 0: 0.0, 1: 1.585, 2: 2.585, 3: 3.585, 4: 5.0, -9999: -9999.0}


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> LayerSpec:
    """A layer that names the profile and nothing of its own."""
    folder = tmp_path_factory.mktemp("layers") / "some"
    return catalogue(folder)


def catalogue(folder: Path, more: str = "", source: str = 'path = "aq.gpkg"') -> LayerSpec:
    """The layer `aqueduct` of a catalogue, as read."""
    folder.mkdir(parents=True)
    (folder / "aqueduct.toml").write_text(
        f'label = "Aqueduct"\nprofile = "aqueduct_40"\nas_of = "2023"\n'
        f'complete_within = "world"\n{more}\n[source]\n{source}\n'
    )
    return read_catalog(folder).layers["aqueduct"]


def stress(level: int, **more: Any) -> dict[str, Any]:
    """The fields of a row of a water stress, as its publisher writes them."""
    return {
        "string_id": more.pop("string_id", None),
        "pfaf_id": 1,
        "bws_cat": level,
        "bws_raw": RAW[level],
        "bws_score": SCORE[level],
        "bws_label": STRESS[level],
        **more,
    }


def layer_of(spec: LayerSpec, rows: Sequence[Row], on: date = made.ON) -> Layer:
    """A layer of rows; they are called r0, r1, ..."""
    fields = [
        {**row, "string_id": row.get("string_id") or f"r{i}"} for i, (_, row) in enumerate(rows)
    ]
    raw = made.raw_frame(fields, [shape for shape, _ in rows])
    return normalize_layer(raw, spec, made.FACTS, on)


def screened(layer: Layer | Mapping[str, Layer], *sites: Any) -> Screening:
    layers = {layer.spec.id: layer} if isinstance(layer, Layer) else layer
    return screen(toy.sites(list(sites)), layers, made.ON)


def value_of(result: Screening, name: str, site: int = 1) -> Any:
    rows = result.indicators.set_index(["site_id", "indicator_id"])
    return rows.loc[(f"titles:f{site}", name)]


def land_of(result: Screening, scale: str = "water_stress", site: int = 1) -> dict[Any, float]:
    """km2 of a site on each level, under None what has no data."""
    rows = result.levels.query(f"scale_id == '{scale}' and site_id == 'titles:f{site}'")
    return {
        None if np.isnan(level) else int(level): km2
        for level, km2 in zip(rows["level"], rows["land_km2"], strict=True)
    }


def problems(layer: Layer) -> list[str]:
    return [str(text) for text in layer.issues["problem"]]


SITE = toy.block(0, 0, 10, 1)  # 10 km2


def cells(levels: Sequence[int | None]) -> list[Row]:
    """A row per cell from the west, of a level; None: the layer has none there."""
    return [(toy.block(i, 0), stress(level)) for i, level in enumerate(levels) if level is not None]


def test_a_site_is_told_by_its_land(spec: LayerSpec) -> None:
    layer = layer_of(spec, cells([0, 0, 0, 0, 0, 3, 3, -1, -9999, None]))
    result = screened(layer, SITE)
    assert land_of(result) == pytest.approx({0: 5, 3: 2, -1: 1, None: 1})
    for prefix in ("aqueduct_water_stress", "water_stress"):
        main, worst = (value_of(result, f"{prefix}_{kind}_class") for kind in ("main", "worst"))
        assert (main["value"], main["value_text"], main["unit"]) == (0, "Low (<10%)", "class")
        assert (worst["value"], worst["value_text"]) == (3, "High (40-80%)")
    share = value_of(result, "aqueduct_water_stress_worst_share")
    assert share["value"] == pytest.approx(2 / 8)  # of the land that has a level
    assert share["note"] == (
        "90.0 % of the site is on the layer; 11.1 % of it has no data; "
        "Arid and low water use: 12.5 % of the land with data, a class beside the ranks"
    )


# --- main and worst ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "main", "worst", "worst_share"),
    [
        ([4] + [0] * 9, 0, 4, 0.1),  # a tenth is enough
        ([4] + [0] * 10, 0, 0, 10 / 11),  # an eleventh is not
        ([4, 3] + [0] * 9, 0, 0, 9 / 11),  # two elevenths of two levels are not either
        ([0] * 5 + [3] * 5, 3, 3, 0.5),  # of equals the worse
        ([-1] * 5 + [0] * 5, 0, 0, 0.5),  # of equals the rank before the level apart
        ([-1] * 9 + [1], -1, 1, 0.1),  # arid land is never worse, whatever its share,
        ([-1] * 9 + [0], -1, 0, 0.1),  # nor better: not even than low
        ([-1] * 10 + [0], -1, -1, 10 / 11),  # no rank has a tenth
        ([-9999] * 9 + [2], 2, 2, 1.0),  # land without data is no part of the whole
        ([-1] * 3, -1, -1, 1.0),
    ],
)
def test_the_headlines_of_a_site(
    levels: list[int], main: int, worst: int, worst_share: float, spec: LayerSpec
) -> None:
    result = screened(layer_of(spec, cells(levels)), toy.block(0, 0, len(levels)))
    assert value_of(result, "water_stress_main_class")["value"] == main
    row = value_of(result, "water_stress_worst_class")
    assert (row["value"], row["value_text"]) == (worst, spec.scales[0].levels[worst])
    share = value_of(result, "aqueduct_water_stress_worst_share")
    assert share["value"] == pytest.approx(worst_share)
    assert {row["status"], share["status"]} == {"ok"}
    assert ("no rank has a tenth" in str(row["note"])) == (worst == -1)


LEVELS = st.lists(st.sampled_from([None, -9999, -1, 0, 1, 2, 3, 4]), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None)
@given(levels=LEVELS, turned=st.booleans())
def test_land_on_all_levels_and_without_data_is_what_the_layer_covers(
    levels: list[int | None], turned: bool, spec: LayerSpec
) -> None:
    rows = cells(levels)
    layer = layer_of(spec, rows[::-1] if turned else rows)
    result = screened(layer, toy.block(0, 0, len(levels)))
    coverage = result.coverage.set_index("scope_id")["covered_share"]
    covered = float(np.atleast_1d(coverage.loc["aqueduct"])[0])
    assert result.levels.query("scale_id == 'water_stress'")["land_share"].sum() == pytest.approx(
        covered, abs=1e-9
    )
    counted = {level: levels.count(level) for level in levels if level is not None}
    if -9999 in counted:
        counted[None] = counted.pop(-9999)  # type: ignore[index]
    assert land_of(result) == pytest.approx(counted)


@settings(max_examples=30, deadline=None)
@given(
    levels=st.lists(st.sampled_from([-1, 0, 1, 2, 3, 4]), min_size=1, max_size=12), data=st.data()
)
def test_a_worse_rank_anywhere_never_makes_a_site_better(
    levels: list[int], data: st.DataObject, spec: LayerSpec
) -> None:
    place = data.draw(st.integers(0, len(levels) - 1))
    worse = [*levels]
    worse[place] = data.draw(st.integers(max(levels[place], 0), 4))
    site = toy.block(0, 0, len(levels))
    before, after = (
        value_of(screened(layer_of(spec, cells(x)), site), "water_stress_worst_class")["value"]
        for x in (levels, worse)
    )
    assert before == -1 or after >= before


def test_land_under_two_rows_counts_to_the_worse_and_once(spec: LayerSpec) -> None:
    rows = [(toy.block(0, 0, 6), stress(0)), (toy.block(4, 0, 6), stress(4))]
    result = screened(layer_of(spec, rows), SITE)
    assert land_of(result) == pytest.approx({0: 4, 4: 6})


def test_sites_of_many_parts_get_what_each_gets_alone(spec: LayerSpec) -> None:
    layer = layer_of(spec, cells([i % 5 for i in range(150)]))
    sites = [toy.block(i, 0, 3) for i in range(147)]
    together = screened(layer, *sites)
    for i in (0, 64, 146):
        alone = screened(layer, sites[i])
        for kind in ("main_class", "worst_class"):
            name = f"water_stress_{kind}"
            assert value_of(together, name, i + 1)["value"] == value_of(alone, name)["value"]
        assert land_of(together, site=i + 1) == land_of(alone)


def test_a_worker_that_has_no_outlines_measures_the_same(tmp_path: Path, spec: LayerSpec) -> None:
    kept = store.pieces_beside(tmp_path)
    ground = Ground.of({"aqueduct": layer_of(spec, cells([0, 3, -1, 4]))}, kept)
    sent = sending.Layers.of(ground).ground(kept)
    sites = toy.sites([toy.block(0, 0, 2), toy.block(1, 0, 4)])
    here, there = (measure_part(sites, Task(x, 100.0)).land["aqueduct"] for x in (ground, sent))
    assert there.site_row.tolist() == [0, 0, 1, 1, 1]
    for field in ("site_row", "feature_row", "km2"):
        assert getattr(here, field).tobytes() == getattr(there, field).tobytes()


# --- what is not known ---------------------------------------------------------------------------


def test_no_data_is_null_and_never_low(tmp_path: Path, spec: LayerSpec) -> None:
    rows = [(SITE, stress(-9999, string_id="a"))]
    table = nature.table(nature.AQUEDUCT, [(shape, _typed(row)) for shape, row in rows])
    pyogrio.write_dataframe(table, tmp_path / "aq.gpkg", layer="baseline_annual")
    layer = made.read(tmp_path, spec)
    result = screened(layer, SITE)
    for name in ("water_stress_main_class", "riverine_flood_worst_class"):
        row = value_of(result, name)
        assert pd.isna(row["value"])
        assert pd.isna(row["value_text"])
        assert row["status"] == "no_data"
    assert "100.0 % of it has no data" in value_of(result, "water_stress_main_class")["note"]
    assert land_of(result) == pytest.approx({None: 10})


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose other indicators are without data, as the file has them."""
    names = [f.split(":")[0] for f in nature.AQUEDUCT.split()]
    none = {name: -9999 for name in names if name.endswith(("_cat", "_raw", "_score"))}
    return {**none, **row}


def test_a_layer_that_cannot_answer_says_why(spec: LayerSpec) -> None:
    here = layer_of(spec, cells([0, 1]))
    missing = failed_layer(spec, "no such file", made.ON)
    old = layer_of(replace(spec, stale_after_years=2), cells([0]))
    bounded = layer_of(replace(spec, complete_within="layer:land"), cells([2]))
    land = toy.layer("land", Role.CONTEXT, [toy.block(0, 0)])
    cases: list[tuple[Any, Any, float | None, str]] = [
        (here, toy.block(5, 0), None, "no_data"),
        (missing, SITE, None, "layer_missing"),
        (old, toy.block(0, 0), 0, "stale"),
        ({"aqueduct": bounded, "land": land}, toy.block(0, 0, 2), 2, "outside_layer_extent"),
        ({"aqueduct": bounded, "land": land}, toy.block(5, 0), None, "outside_layer_extent"),
    ]
    for layers, site, value, status in cases:
        row = value_of(screened(layers, site), "water_stress_worst_class")
        assert row["status"] == status
        assert pd.isna(row["value"]) if value is None else row["value"] == value
    nothing = screened(toy.layer("basins", Role.WATER_BASIN, [SITE]), SITE)
    assert not nothing.indicators["indicator_id"].str.contains("water_stress").any()


def test_the_first_layer_that_can_be_read_speaks_for_the_scale(spec: LayerSpec) -> None:
    first = failed_layer(replace(spec, id="a"), "no such file", made.ON)
    second = layer_of(replace(spec, id="b"), cells([3] * 10))
    third = layer_of(replace(spec, id="c"), cells([1] * 10))
    result = screened({"a": first, "b": second, "c": third}, SITE)
    assert value_of(result, "water_stress_worst_class")["value"] == 3
    assert value_of(result, "c_water_stress_worst_class")["value"] == 1
    assert value_of(result, "a_water_stress_worst_class")["status"] == "layer_missing"
    only = screened({"a": first}, SITE)
    assert value_of(only, "water_stress_worst_class")["status"] == "layer_missing"


# --- other scales --------------------------------------------------------------------------------


def test_a_score_is_a_mean_over_land_with_the_share_of_weights_behind_it(spec: LayerSpec) -> None:
    def risk(level: int, score: float, weight: float) -> dict[str, Any]:
        name = "w_awr_min_tot"
        return {f"{name}_cat": level, f"{name}_score": score, f"{name}_weight_fraction": weight}

    rows = [
        (toy.block(0, 0, 6), stress(0, **risk(1, 1.5, 1.0))),
        (toy.block(6, 0, 2), stress(0, **risk(3, 3.5, 0.8))),
        (toy.block(8, 0, 2), stress(0, **risk(-9999, -9999.0, 0.7))),
    ]
    result = screened(layer_of(spec, rows), SITE)
    assert value_of(result, "mining_water_risk_score")["value"] == pytest.approx(2.0)  # 16 / 8
    share = value_of(result, "aqueduct_mining_water_risk_weight_share")
    assert share["value"] == pytest.approx((6 + 1.6 + 1.4) / 10)
    assert value_of(result, "mining_water_risk_worst_class")["value"] == 3
    assert not result.indicators["indicator_id"].str.contains("water_stress_score").any()


def test_the_score_of_a_level_that_stands_apart_is_in_no_mean(tmp_path: Path) -> None:
    own = catalogue(
        tmp_path / "some",
        "[[scales]]\nid = 'quality'\nlabel = 'Quality'\ncolumn = 'q'\nscore = 's'\napart = [-1]\n"
        "[scales.levels]\n-1 = 'dry'\n0 = 'good'\n1 = 'bad'\n",
    )
    rows = [
        (toy.block(0, 0, 5), stress(0, q=0, s=1.0)),
        (toy.block(5, 0, 5), stress(0, q=-1, s=5.0)),
    ]
    result = screened(layer_of(own, rows), SITE)
    assert value_of(result, "aqueduct_quality_score")["value"] == 1.0


def test_eight_hazards_and_the_mining_score_are_told_by_the_profile_alone(spec: LayerSpec) -> None:
    columns = {"bwd": 0, "iav": 1, "sev": 2, "gtd": 3, "rfr": 4, "drr": 2, "ucw": -1}
    fields = {f"{name}_cat": level for name, level in columns.items()}
    result = screened(layer_of(spec, [(SITE, stress(0, **fields))]), SITE)
    worst = {
        scale.column.split("_")[0]: value_of(result, f"{scale.id}_worst_class")["value"]
        for scale in spec.scales
        if scale.id not in ("water_stress", "mining_water_risk")
    }
    assert worst == columns


# --- a table without outlines --------------------------------------------------------------------


HYDROBASINS = [(toy.block(0, 0, 10), 453000), (toy.block(10, 0, 10), 454000)]


def joined(folder: Path, table: str, area: str = "", form: str = "csv") -> tuple[LayerSpec, Layer]:
    """Basins in one file, what is known of them in another."""
    features = [
        made.feature(shape, HYBAS_ID=4000 + i, PFAF_ID=float(code), name_0="basin")
        for i, (shape, code) in enumerate(HYDROBASINS)
    ]
    made.geojson(folder / "basins.geojson", features)
    if form == "csv":
        (folder / "table.csv").write_text(table)
    else:
        rows = [line.split(",") for line in table.splitlines()]
        cells = {f"{'ABCDEFGH'[i]}{j}": x for j, r in enumerate(rows, 1) for i, x in enumerate(r)}
        xlsx(folder / "table.xlsx", {"Rows": cells})
    spec = catalogue(
        folder / "layers" / "some",
        '[columns]\nfeature_id = "HYBAS_ID"',
        f'path = "basins.geojson"\n[source.attributes]\npath = "table.{form}"\n'
        f'key = "pfaf_id"\nto = "PFAF_ID"\n{area}',
    )
    return spec, made.read(folder, spec)


TABLE = """string_id,pfaf_id,gid_1,name_0,area_km2,bws_raw,bws_label,bws_cat
453000-A-1,453000.0,A,Aland,30,0.6,High (40-80%),3
453000-B-1,453000,B,Beland,10,0.05,Low (<10%),0
999000-A-1,999000,A,Aland,5,-9999,No Data,-9999
999001-A-1,999001,A,Aland,5,-9999,No Data,-9999
"""


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_rows_of_a_table_share_their_polygon_by_area(form: str, tmp_path: Path) -> None:
    _, layer = joined(tmp_path, TABLE, 'area = "area_km2"', form)
    result = screened(layer, toy.block(0, 0, 4), toy.block(10, 0, 4))
    assert land_of(result) == pytest.approx({3: 3, 0: 1})  # wherever in the basin it lies
    assert value_of(result, "water_stress_main_class")["value"] == 3
    note = value_of(result, "aqueduct_water_stress_worst_share")["note"]
    assert note.startswith("100.0 % of it is on features of several levels")
    assert land_of(result, site=2) == pytest.approx({None: 4})
    assert value_of(result, "water_stress_main_class", 2)["status"] == "no_data"
    assert layer.features["feature_id"].tolist() == ["4000", "4001"]
    assert layer.features["class_id"].tolist() == ["water_stress_high", "water_stress_no_data"]
    said = "\n".join(problems(layer))
    assert "attributes from table" in said
    assert "1 of 2 features have a row there" in said
    assert "features without a row in table" in said
    assert "1 (PFAF_ID 454000)" in said
    assert "2 (pfaf_id 999000, 999001)" in said
    assert "columns that table" in said
    assert made.balanced(layer)


def test_without_areas_the_first_row_of_a_key_speaks_and_that_is_told(tmp_path: Path) -> None:
    _, layer = joined(tmp_path, TABLE)
    assert land_of(screened(layer, toy.block(0, 0, 4))) == pytest.approx({3: 4})
    assert any("1 keys have several rows, of which the first" in text for text in problems(layer))


def test_a_row_without_an_area_is_passed_over_beside_others_and_told(tmp_path: Path) -> None:
    table = TABLE.replace("Aland,30,", "Aland,,")
    _, layer = joined(tmp_path, table, 'area = "area_km2"')
    assert land_of(screened(layer, toy.block(0, 0, 4))) == pytest.approx({0: 4})
    assert any("1 rows without an area in area_km2" in text for text in problems(layer))


def test_a_joined_layer_is_one_content_and_changes_with_its_table(tmp_path: Path) -> None:
    spec, _ = joined(tmp_path, TABLE, 'area = "area_km2"')
    files = readers.source_files(tmp_path, spec.source)
    before = readers.read_facts(files)
    assert before.file_count == 2
    (tmp_path / "table.csv").write_text(TABLE.replace("0.6", "0.7"))
    assert readers.read_facts(files).sha256 != before.sha256


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"path": "none.csv"}, "none.csv: no such file"),
        ({"key": "pfaf"}, "key: no column 'pfaf' (near: 'pfaf_id')"),
        ({"to": "PFAF"}, "to: no column 'PFAF' (near: 'PFAF_ID')"),
        ({"area": "area"}, "area: no column 'area' (near: 'area_km2')"),
    ],
)
def test_what_cannot_be_joined_is_refused(
    change: dict[str, str], message: str, tmp_path: Path
) -> None:
    spec, _ = joined(tmp_path, TABLE)
    given = replace(spec.source.attributes, **change)  # type: ignore[type-var]
    with pytest.raises(SourceError) as refused:
        made.read(tmp_path, replace(spec, source=replace(spec.source, attributes=given)))
    assert message in str(refused.value)


# --- levels computed again -----------------------------------------------------------------------


def test_a_level_that_its_number_does_not_give_is_an_issue_with_both(spec: LayerSpec) -> None:
    rows = [
        *cells([0, 1, 2, 3, 4, -1, -9999]),  # 9999: no supply left, level 4; arid: not computed
        (toy.block(8, 0), stress(1, bws_raw=0.45)),
        (toy.block(9, 0), stress(1, bws_raw=0.1)),  # on the bound
        (toy.block(10, 0), stress(0, bws_raw=0.1)),
        (toy.block(11, 0), stress(3, bws_raw=np.nan)),
    ]
    layer = layer_of(spec, rows)
    found = layer.issues[layer.issues["feature_id"].notna()]
    assert found["feature_id"].tolist() == ["r7"]
    assert found["problem"].tolist() == [
        "Baseline water stress: stated as 1 (Low to medium (10-20%)), while bws_raw is 0.45, which "
        "gives 3 (High (40-80%))"
    ]
    assert found["action"].tolist() == ["noted"]
    assert any("1 rows state a level and no bws_raw" in text for text in problems(layer))


def test_the_bounds_are_those_that_the_labels_of_the_file_state(spec: LayerSpec) -> None:
    labels = {1: "Low - Medium (10-25%)", 2: "Medium - High (25-40%)"}
    rows = [
        (toy.block(i, 0), stress(level, bws_raw=raw, bws_label=labels[level], bws_score=-9999))
        for i, (level, raw) in enumerate([(1, 0.24), (2, 0.22), (2, 0.3), (1, 0.12)])
    ]
    layer = layer_of(spec, rows)
    assert layer.issues["feature_id"].dropna().tolist() == ["r1"]
    assert any("at 0.25, not at 0.2 as published: by the labels" in x for x in problems(layer))


def test_a_number_that_the_rounding_of_a_label_leaves_open_is_not_told(spec: LayerSpec) -> None:
    low, high = "Low (0 to 1 in 1,000)", "Low - Medium (1 in 1,000 to 2 in 1,000)"
    cases = [(0, 0.00118, low), (1, 0.00119, high), (0, 0.0025, low), (1, 0.0004, high)]
    rows = [
        (toy.block(i, 0), stress(0, rfr_cat=level, rfr_raw=raw, rfr_label=label))
        for i, (level, raw, label) in enumerate(cases)
    ]
    layer = layer_of(spec, rows)
    assert layer.issues["feature_id"].dropna().tolist() == ["r2", "r3"]


def test_numbers_in_another_unit_are_one_issue(spec: LayerSpec) -> None:
    rows = [(toy.block(i, 0), stress(0, bws_raw=5.0)) for i in range(30)]
    layer = layer_of(spec, rows)
    assert layer.issues["feature_id"].isna().all()
    told = [text for text in problems(layer) if "30 of 30 rows state another level" in text]
    assert len(told) == 1
    assert "r0, r1" in told[0]


def test_scores_are_computed_again_on_the_published_lines(spec: LayerSpec) -> None:
    good = [(0.025, 0.0), (0.05, 0.0), (0.1, 1.0), (0.4 * 2**0.5, 3.5), (1.6, 5.0), (9999.0, 5.0)]
    levels = [0, 0, 1, 3, 4, 4]
    rows = [
        (toy.block(i, 0), stress(level, bws_raw=raw, bws_score=score))
        for i, (level, (raw, score)) in enumerate(zip(levels, good, strict=True))
    ]
    assert not any("scores" in text for text in problems(layer_of(spec, rows)))
    rows[3] = (rows[3][0], {**rows[3][1], "bws_score": 3.4142})  # as if the line were straight
    told = [text for text in problems(layer_of(spec, rows)) if "scores" in text]
    assert len(told) == 1
    assert "1 of 6 scores in bws_score differ" in told[0]
    assert "(r3)" in told[0]


@pytest.mark.parametrize(
    ("label", "bounds"),
    [
        ("Low (<10%)", Bounds(-np.inf, 0.1, 0, 0.01)),
        ("Low - Medium (2.5-5%)", Bounds(0.025, 0.05, 0.001, 0.01)),
        ("High (6 in 1,000 to 1 in 100)", Bounds(0.006, 0.01, 0.001, 0.01)),
        ("Low (0 to 1 in 1,000)", Bounds(0, 0.001, 0.001, 0.001)),
        ("Extremely High (more than 1 in 100)", Bounds(0.01, np.inf, 0.01, 0)),
        ("Low (<-5)", Bounds(-np.inf, -5, 0, 1)),
        ("Low - Medium (-5 to 0)", Bounds(-5, 0, 1, 1)),
        ("Medium - High (2-4 cm/y)", Bounds(2, 4, 1, 1)),
        ("20 – 40 %", Bounds(0.2, 0.4, 0.01, 0.01)),
        ("Extremely High (100%)", None),
        ("Arid and Low Water Use", None),
        ("Zone (40-20%)", None),
        ("", None),
    ],
)
def test_bounds_are_read_from_labels(label: str, bounds: Bounds | None) -> None:
    found = bounds_of(label)
    if bounds is None or found is None:
        assert found is bounds
        return
    assert [found.low, found.high, found.low_step, found.high_step] == pytest.approx(
        [bounds.low, bounds.high, bounds.low_step, bounds.high_step]
    )


def test_codes_that_are_no_level_are_no_data_and_told(spec: LayerSpec) -> None:
    rows = [(toy.block(0, 0), stress(0)), (toy.block(1, 0), {**stress(0), "bws_cat": 7})]
    layer = layer_of(spec, rows)
    assert land_of(screened(layer, toy.block(0, 0, 2))) == pytest.approx({0: 1, None: 1})
    assert any("bws_cat = '7' of 1 rows is none of its levels" in x for x in problems(layer))


# --- the catalogue -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        ("apart = [-2]", "scales.x.apart: -2 is none of its levels"),
        ("apart = [0, 1]", "scales.x.levels: code = label: one that is a rank"),
        ("check = { raw = 'r' }", "scales.x.check: give knots, or the column of labels"),
        ("check = { raw = 'r', knots = [0, 1] }", "scales.x.check.knots: 3 numbers for 2 ranks"),
        ("check = { raw = 'r', knots = [0, 2, 1] }", "scales.x.check.knots: must rise"),
        (
            "check = { raw = 'r', knots = [0, 1, 2], logarithmic = true }",
            "scales.x.check.knots: must rise, and be above 0",
        ),
        ("check = { raw = 'r', labels = 'l', score = 's' }", "scales.x.check.score: is computed"),
    ],
)
def test_a_scale_written_wrongly_is_refused(scale: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as refused:
        catalogue(
            tmp_path / "some",
            f"[[scales]]\nid = 'x'\nlabel = 'X'\ncolumn = 'c'\n{scale}\n"
            "levels = { 0 = 'good', 1 = 'bad' }",
        )
    assert message in str(refused.value)


def test_scales_need_a_layer_whose_land_is_measured_and_names_of_their_own(tmp_path: Path) -> None:
    scale = "[[scales]]\nid = '{}'\nlabel = 'X'\ncolumn = 'c'\nlevels = {{ 0 = 'a', 1 = 'b' }}\n"
    head = (
        "label = 'A'\nrole = '{}'\n{}[source]\npath = 'a.geojson'\n"
        "[licence]\ntext = 'CC0'\npublish = 'public'\n"
    )
    for name, role, id_ in (
        ("a", "river", "b_c"),
        ("a_b", "water_basin", "c"),
        ("d", "context", "x"),
    ):
        (tmp_path / f"{name}.toml").write_text(head.format(role, scale.format(id_)))
    (tmp_path / "e.toml").write_text(
        head.format("water_basin", scale.format("power") + scale.format("e"))
    )
    with pytest.raises(DefinitionError) as refused:
        read_catalog(tmp_path)
    said = str(refused.value)
    assert said.count("only of a reference layer that gives overlap_km2") == 2
    assert said.count("indicators named a_b_c_... would be given twice") == 2
    assert "scales.power.id: must be" in said


def test_a_scale_of_the_layers_own_needs_its_column(tmp_path: Path) -> None:
    own = catalogue(
        tmp_path / "some",
        "[[scales]]\nid = 'x'\nlabel = 'X'\ncolumn = 'bws_kat'\nlevels = { 0 = 'a', 1 = 'b' }",
    )
    with pytest.raises(ColumnsNotFound, match=r"'bws_kat' \(near: 'bws_cat'\)"):
        layer_of(own, cells([0]))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("path = '/a.csv'", "source.attributes.path: must be relative"),
        ("path = 'https://x.org/a.csv'", "source.attributes: both files must lie below"),
        ("path = 'a.gpkg'", "source.attributes.format: a table"),
    ],
)
def test_a_table_of_attributes_lies_below_the_data(
    source: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(DefinitionError) as refused:
        catalogue(
            tmp_path / "some",
            source=f'path = "b.gpkg"\n[source.attributes]\n{source}\nkey = "a"\nto = "b"',
        )
    assert message in str(refused.value)


# --- the store -----------------------------------------------------------------------------------


def test_a_drawn_polygon_is_told_by_the_store_as_the_build_told_it(tmp_path: Path) -> None:
    rows = cells([0, 0, 0, 3, -1, -9999])
    table = nature.table(
        nature.AQUEDUCT, [(s, _typed({**r, "string_id": f"r{i}"})) for i, (s, r) in enumerate(rows)]
    )
    pyogrio.write_dataframe(table, tmp_path / "aq.gpkg", layer="baseline_annual")
    site = toy.block(0, 0, 8)
    made.geojson(tmp_path / "titles.geojson", [made.feature(site, code="s0")])
    catalogue(tmp_path / "layers")
    (tmp_path / "layers" / "titles.toml").write_text(
        "role = 'concession'\nlabel = 'Titles'\n[source]\npath = 'titles.geojson'\n"
        "[columns]\nfeature_id = 'code'\n[licence]\ntext = 'CC0'\npublish = 'public'\n"
    )
    built = pipeline.build(tmp_path / "layers", tmp_path, tmp_path / "store", made.ON)
    opened = store.open_store(tmp_path / "store")
    drawn = screen(
        proposal(json.loads(shapely.to_geojson(site))), store.read_layers(opened), made.ON
    )
    columns = ["indicator_id", "value", "value_text", "unit", "status", "note"]
    then, now = (
        frame.loc[frame["indicator_id"].str.contains("water_stress|water_risk"), columns]
        for frame in (opened.frame("all_indicators"), drawn.indicators)
    )
    assert len(then) == 5 + 8
    assert _plain(now) == _plain(then)
    first = ["scale_id", "level", "land_km2", "land_share"]
    pd.testing.assert_frame_equal(drawn.levels[first], built.screening.levels[first])
    assert len(built.screening.levels) > 3


def _plain(frame: pd.DataFrame) -> list[list[str]]:
    """Rows as texts, to the last bit, null as None, sorted."""
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return sorted([repr(cell) for cell in row] for row in rows)
