"""QGIS itself opens the API's collections and shows a GeoPackage in its style."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from cetm_geo import export, store, takeaway
from cetm_geo.dashboard import create_app
from cetm_geo.model import Tier
from tests.browsing import PARKS, served

SCRIPT = Path(__file__).with_name("qgis_client.py")
TOKENS = Path(__file__).resolve().parents[1] / "assets" / "tokens.css"


def python_with_qgis() -> str | None:
    """The system's Python, where it has QGIS (on Debian python3-qgis and qgis-providers)."""
    for name in ("/usr/bin/python3", shutil.which("python3")):
        if name and Path(name).exists():
            words = [name, "-c", "import qgis.core"]
            tried = subprocess.run(words, capture_output=True, check=False)
            if tried.returncode == 0:
                return name
    return None


@pytest.fixture(scope="module")
def address(sample_store: Path) -> Iterator[str]:
    with served(create_app(sample_store).server) as home:
        yield f"{home}api"


@pytest.fixture(scope="module")
def found(
    address: str, sample_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    python = python_with_qgis()
    if python is None:
        pytest.skip("no QGIS on this machine (python3-qgis, qgis-providers)")
    folder = tmp_path_factory.mktemp("qgis")
    taken = takeaway.of_store(store.open_store(sample_store))
    export.write(taken.rows, "gpkg", folder / "sites.gpkg", taken.members)
    words = [python, str(SCRIPT), address, str(folder / "sites.gpkg"), str(folder / "sites.png")]
    ran = subprocess.run(
        [*words, "sites", "overlaps", "flags", PARKS],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert (folder / "sites.png").stat().st_size > 10_000
    return told


def test_qgis_reads_every_collection_whole_and_in_a_box(
    found: dict[str, Any], sample_store: Path
) -> None:
    opened = store.open_store(sample_store)
    sites = export.stored(opened, "sites")
    parks = opened.shapes("features_of_layer", layer_id=PARKS, shapes=True)
    for name, own in {
        "sites": sites, "overlaps": export.stored(opened, "overlaps"), PARKS: parks,
    }.items():  # fmt: skip
        assert found[name]["is_valid"]
        assert found[name]["count"] == len(own), name
        assert found[name]["shapes"] == int(own.geometry.notna().sum()), name
    assert found["flags"]["count"] > 1_000
    box = shapely.box(*found["sites"]["box"])
    assert found["sites"]["in_box"] == int(sites.intersects(box).sum())
    fields = found["overlaps"]["fields"]
    assert (fields["overlap_km2"], fields["sliver"]) == ("Real", "Boolean")


def test_qgis_shows_a_geopackage_in_the_colours_of_the_tiers_at_once(found: dict[str, Any]) -> None:
    style = found["style"]
    assert style["kind"] == "categorizedSymbol"
    assert set(style["colours"]) == {tier.value for tier in Tier}
    tokens = TOKENS.read_text(encoding="utf-8").lower()
    own = set(re.findall(r"#[0-9a-f]{6}", tokens))
    assert {colour.lower() for colour in style["colours"].values()} <= own
