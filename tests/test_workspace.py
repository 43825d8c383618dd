"""The program as a library: what docs/python.md shows runs, and gives the command's numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

import cetm_geo as cg
from cetm_geo import cli
from cetm_geo.errors import SiteError, SourceError, StoreMissing
from tests import made

PAGE = Path(__file__).resolve().parents[1] / "docs" / "python.md"


def test_what_the_page_shows_runs_on_the_sample(
    sample_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CETM_STORE", str(sample_store))
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 5
    held: dict[str, Any] = {}
    for block in blocks:
        exec(block, held)  # noqa: S102  # a page of this project
    said = capsys.readouterr().out
    assert "titles have a critical flag" in said
    assert held["columns"].loc["protected_area_overlap_km2", "unit"] == "km2"
    sites = held["found"].sites
    assert sites["name"].tolist() == ["A proposal"]
    assert sites["area_km2"].iloc[0] == pytest.approx(held["critical"]["area_km2"].iloc[0], 1e-6)
    assert "Point" not in json.loads(sites.to_json())["features"][0]["geometry"]["type"]
    assert (held["found"].flags["status"] == "raised").any()
    assert held["found"].overlaps.geometry.notna().any()


def test_a_frame_and_a_file_get_the_same_numbers(sample_store: Path, tmp_path: Path) -> None:
    store = cg.open_store(sample_store)
    some = store.table("sites").iloc[[3, 40]][["name", "geometry"]]
    some.to_file(tmp_path / "some.gpkg", driver="GPKG")
    file = tmp_path / "some.parquet"
    words = ["screen", str(tmp_path / "some.gpkg"), "-o", str(file), "--store", str(sample_store)]
    assert cli.app(words, standalone_mode=False) in (None, 0)
    by_command = gpd.read_parquet(file)
    by_frame = cg.screen(some, store).sites
    numbers = by_command.select_dtypes("number").columns
    assert len(numbers) > 200
    for name in numbers:
        np.testing.assert_array_equal(
            by_frame[name].to_numpy(float), by_command[name].to_numpy(float), err_msg=name
        )
    assert by_frame["tier"].tolist() == by_command["tier"].tolist()


def test_what_cannot_be_screened_is_told(sample_store: Path, tmp_path: Path) -> None:
    store = cg.open_store(sample_store)
    square = made.square(0, 0)
    with pytest.raises(SiteError, match="no CRS"):
        cg.screen(gpd.GeoDataFrame(geometry=[square]), store)
    points = gpd.GeoDataFrame(geometry=[shapely.Point(1, 1)], crs=4326)
    with pytest.raises(SourceError, match="no polygon"):
        cg.screen(points, store)
    with pytest.raises(SiteError, match="no mineral"):
        cg.screen(gpd.GeoDataFrame(geometry=[square], crs=4326), store, minerals=["unobtainium"])
    with pytest.raises(StoreMissing):
        cg.open_store(tmp_path)
    with pytest.raises(AttributeError, match="nothing"):
        _ = cg.nothing
