"""A drawn polygon gets the rasters' answers from the files a store remembers, or hears why not."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from flask.testing import FlaskClient

from cetm_geo import cli, export, pipeline, store
from cetm_geo.dashboard import create_app
from cetm_geo.errors import SiteError
from cetm_geo.model import NOT_REACHED
from cetm_geo.surveying import RasterLimits
from cetm_geo.web import Service, screener
from tests import made
from tests.grids import geotiff

SHAPE = shapely.geometry.mapping(shapely.box(10.5, 0.03, 10.53, 0.05))
FILES = ("people", "cover", "loss")


def build(folder: Path) -> Path:
    """A store of one title and three rasters; half a person in each cell of 0.005 degrees."""
    layers, data = folder / "layers", folder / "data"
    layers.mkdir(parents=True)
    grid = {"left": 10.0, "top": 0.55, "cell": 0.005}
    size = (220, 220)
    rng = np.random.default_rng(5)
    geotiff(data / "people.tif", np.full(size, 0.5), nodata=-99999, **grid)
    geotiff(data / "cover.tif", rng.integers(0, 101, size), dtype="uint8", **grid)
    geotiff(data / "loss.tif", rng.integers(0, 25, size), dtype="uint8", **grid)
    profiles = ("worldpop", "hansen_treecover2000", "hansen_lossyear")
    for name, profile in zip(FILES, profiles, strict=True):
        (layers / f"{name}.toml").write_text(
            f'label = "{name}"\nprofile = "{profile}"\nas_of = "2026"\n'
            f'[source]\npath = "{name}.tif"\n'
        )
    made.geojson(data / "titles.geojson", [made.feature(SHAPE, code="a")])
    (layers / "titles.toml").write_text(
        'role = "concession"\nlabel = "T"\n[source]\npath = "titles.geojson"\n'
        '[columns]\nfeature_id = "code"\n[licence]\ntext = "CC0"\npublish = "public"\n'
    )
    pipeline.build(layers, data, folder / "store", made.ON)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="module")
def client(built: Path) -> FlaskClient:
    return create_app(built / "store").server.test_client()


def by_id(answer: Any) -> dict[str, Any]:
    return {row["indicator_id"]: row for row in answer["indicators"]}


def of_rasters(rows: dict[str, Any]) -> dict[str, Any]:
    begins = ("population_", "tree_", *(f"{name}_" for name in FILES))
    return {name: row for name, row in rows.items() if name.startswith(begins)}


def test_a_title_drawn_by_hand_gets_to_the_bit_what_is_stored_of_it(built: Path) -> None:
    asked = Service(built / "store")
    stored = asked.answer("titles:a")
    drawn = asked.screener.propose_rasters(SHAPE)
    wanted = of_rasters(by_id(stored))
    assert len(wanted) > 20
    assert of_rasters(by_id(drawn)) == wanted
    assert drawn["series"] == stored["series"]
    assert {row["year"] for row in drawn["series"]} == set(range(2001, 2025))
    assert drawn["missing"] == []
    assert [row["layer_id"] for row in drawn["sources"]] == ["people", "cover", "loss"]


def test_the_first_answer_to_a_drawing_reads_no_raster(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screener, "measure_rasters", lambda *_, **__: pytest.fail("was read"))
    answer = Service(built / "store").screener.propose(SHAPE).answer
    assert not of_rasters(by_id(answer))
    assert answer["series"] == []


def _touch(file: Path) -> None:
    os.utime(file, ns=(1, 1))


def _alter(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(1, 1))


HARM: dict[str, tuple[Callable[[Path], object], str]] = {
    "gone": (Path.unlink, "people.tif is no longer where it was at the build"),
    "longer": (lambda f: f.write_bytes(f.read_bytes() + b"0"), "people.tif has changed"),
    "altered": (_alter, "its files have changed since the build"),
    "copied": (_touch, ""),
}


@pytest.mark.parametrize("harm", HARM)
def test_files_that_are_not_those_of_the_build_are_missing_and_never_nothing(
    built: Path, tmp_path: Path, harm: str
) -> None:
    # The store remembers where its files lay: it is built again where they can be harmed.
    folder = build(tmp_path / "own")
    asked = Service(folder / "store")
    before = by_id(asked.screener.propose_rasters(SHAPE))["population_count"]
    act, said = HARM[harm]
    act(folder / "data" / "people.tif")
    for held in (asked, Service(folder / "store")):  # opened before, and after
        rows = by_id(held.screener.propose_rasters(SHAPE))
        row = rows["population_count"]
        if said:
            assert (row["value"], row["status"]) == (None, "layer_missing")
            assert said in row["note"]
            assert str(tmp_path) not in json.dumps(rows)
        else:
            assert row == before
        assert rows["tree_cover_ha"]["status"] == "ok"


def test_a_raster_that_failed_at_the_build_is_missing_for_a_drawing_too(tmp_path: Path) -> None:
    folder = build(tmp_path / "own")
    (folder / "data" / "people.tif").write_text("<!DOCTYPE html>")
    pipeline.build(folder / "layers", folder / "data", folder / "store", made.ON, keep_going=True)
    row = by_id(Service(folder / "store").screener.propose_rasters(SHAPE))["population_count"]
    assert (row["status"], row["note"]) == (
        "layer_missing", "the file could not be read at the build"
    )  # fmt: skip


def test_where_files_lie_is_no_part_of_what_a_store_says(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built / "data", tmp_path / "data")
    pipeline.build(built / "layers", tmp_path / "data", tmp_path / "store", made.ON)
    one, other = (store.open_store(folder / "store") for folder in (built, tmp_path))
    assert one.manifest["content_digest"] == other.manifest["content_digest"]
    assert one.rows("rasters_of_store") != other.rows("rasters_of_store")


def test_the_command_line_measures_a_files_polygons_on_the_stores_rasters(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.geojson(tmp_path / "mine.geojson", [made.feature(SHAPE, name="mine")])
    told = ["screen", tmp_path / "mine.geojson", "-o", tmp_path / "out.geojson",
            "--store", built / "store"]  # fmt: skip
    monkeypatch.setattr(sys, "argv", ["cetm-geo", *map(str, told)])
    with pytest.raises(SystemExit, match="0"):
        cli.main()
    (found,) = json.loads((tmp_path / "out.geojson").read_text())["features"]
    stored = by_id(Service(built / "store").answer("titles:a"))
    for name in ("population_ring_20_50_count", "tree_loss_ratio_inside_ring"):
        assert found["properties"][name] == stored[name]["value"]


# --- the API -------------------------------------------------------------------------------------


def test_the_api_answers_for_a_polygon_and_for_corners(client: FlaskClient) -> None:
    answer = client.post("/api/v1/screen/rasters", json=SHAPE)
    assert answer.status_code == 200
    told = {"indicators", "series", "sources", "missing"}
    assert set(answer.json) == {*told, "flags", "norms", "helpers", "tier", "themes"}
    people = by_id(answer.json)["population_count"]
    assert people["value"] == pytest.approx(0.5 * 6 * 4, rel=1e-6)
    ring = SHAPE["coordinates"][0][:-1]
    text = "\n".join(["Latitude Longitude", *(f"{y} {x}" for x, y in ring)])
    read = client.post("/api/v1/screen/rasters", json={"corners": text}).json
    assert read["reading"]["certain"]
    assert read["indicators"] == answer.json["indicators"]
    assert client.post("/api/v1/screen/rasters", json={"type": "Point"}).status_code == 400


def test_the_api_gives_a_title_its_numbers_and_its_series(client: FlaskClient) -> None:
    answer = client.get("/api/v1/sites/titles:a").json
    assert by_id(answer)["population_ring_0_1_count"]["value"] > 0
    assert {"indicator_id", "year", "value", "unit"} == set(answer["series"][0])


def test_what_is_too_much_for_an_answer_is_measured_behind_it(
    client: FlaskClient, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(screener, "CELLS", RasterLimits(cells=10, ring_corners=2000))
    asking = create_app(built / "store").server.test_client()
    first = asking.post("/api/v1/screen/rasters", json=SHAPE).json
    assert set(first["missing"]) == set(FILES)
    row = by_id(first)["population_count"]
    assert (row["value"], row["status"], row["note"]) == (None, "layer_missing", NOT_REACHED)
    address = f"/api/v1/screenings/{first['job']}"
    for _ in range(600):
        answer = asking.get(address).json
        if answer["state"] != "running":
            break
        time.sleep(0.1)
    assert answer["state"] == "done"
    assert answer["missing"] == []
    monkeypatch.undo()
    whole = client.post("/api/v1/screen/rasters", json=SHAPE).json
    assert answer["indicators"] == whole["indicators"]
    assert answer["series"] == whole["series"]
    assert answer["flags"] == answer["answer"]["flags"] == whole["flags"]


def test_an_outline_that_is_none_is_refused(built: Path) -> None:
    with pytest.raises(SiteError):
        Service(built / "store").screener.propose_rasters(
            {"type": "Polygon", "coordinates": [[[0, 0]]]}
        )


# --- exports -------------------------------------------------------------------------------------


def test_the_series_are_exported_a_row_a_year(built: Path, tmp_path: Path) -> None:
    opened = store.open_store(built / "store")
    frame = export.stored(opened, "series")
    export.write(frame, "csv", tmp_path / "series.csv", export.store_provenance(opened))
    rows = list(csv.DictReader((tmp_path / "series.csv").read_text("utf-8").splitlines()))
    assert len(rows) == 2 * 24  # of the layer, and of its role
    total = sum(float(r["value"]) for r in rows if r["indicator_id"] == "tree_loss_ha")
    sites = export.stored(opened, "sites")
    assert total == pytest.approx(sites["tree_loss_ha"].iloc[0])


def test_parts_of_people_are_exported_as_they_are(built: Path) -> None:
    sites = export.stored(store.open_store(built / "store"), "sites")
    assert sites["population_ring_0_1_count"].iloc[0] % 1 != 0
    assert str(sites["concession_overlap_count"].dtype) == "Int64"
