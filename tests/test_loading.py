"""Provenance: what identifies a source, and a file that is no longer the one of the last build."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date
from pathlib import Path

import pytest

from cetm_geo import export, pipeline, store
from tests import made

ON = date(2026, 11, 22)
LAYER = """role = "{role}"
label = "{role}"
as_of = "2026"
complete_within = "world"
[source]
path = "{file}"
given_by = "Ministry of Mines"
given_on = "2026-03"
[licence]
text = "CC BY 4.0"
publish = "public"
"""


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder with a catalogue of a register and parks, their files, and a store of them."""
    (tmp_path / "layers").mkdir()
    for name, role in (("titles", "concession"), ("parks", "protected_area")):
        text = LAYER.format(role=role, file=f"{name}.geojson")
        (tmp_path / "layers" / f"{name}.toml").write_text(text)
        made.geojson(tmp_path / f"{name}.geojson", [made.feature(made.square(0, 0), code="A")])
    os.utime(tmp_path / "parks.geojson", (1_767_225_600, 1_767_225_600))
    pipeline.build(tmp_path / "layers", tmp_path, tmp_path / "store", ON)
    return tmp_path


def test_every_source_is_told_by_digest_size_time_giver_and_the_software_that_read_it(
    built: Path,
) -> None:
    opened = store.open_store(built / "store")
    sources = {s["layer_id"]: s for s in export.store_provenance(opened)["sources"]}
    parks, content = sources["parks"], (built / "parks.geojson").read_bytes()
    assert parks["sha256"] == hashlib.sha256(content).hexdigest()
    assert parks["size_bytes"] == len(content)
    assert parks["modified_at"] == "2026-01-01T00:00:00+00:00"
    assert (parks["given_by"], parks["given_on"]) == ("Ministry of Mines", "2026-03")
    assert (parks["licence"], parks["as_of"], parks["rows_in"]) == ("CC BY 4.0", "2026", 1)
    assert {"gdal", "geos", "proj", "pyogrio"} <= set(json.loads(parks["read_with"]))
    assert all(s["changed"] is None for s in sources.values())


def test_a_file_that_changed_under_its_name_is_noticed_at_the_next_build(built: Path) -> None:
    made.geojson(built / "parks.geojson", [made.feature(made.square(0, 0), code="B")])
    layers = pipeline.build(built / "layers", built, built / "store", ON).layers
    said = [p for p in layers["parks"].issues["problem"] if "changed since the build of" in p]
    assert len(said) == 1
    assert layers["parks"].source["changed"] == said[0]
    assert layers["titles"].source["changed"] is None
    again = pipeline.build(built / "layers", built, built / "store", ON).layers
    assert again["parks"].source["changed"] is None


@pytest.mark.parametrize("form", ["geojson", "csv", "parquet"])
def test_every_output_carries_the_sources_it_rests_on(built: Path, form: str) -> None:
    opened = store.open_store(built / "store")
    file = built / f"out.{form}"
    export.write(export.stored(opened, "sites"), form, file, export.store_provenance(opened))
    digest = hashlib.sha256((built / "parks.geojson").read_bytes()).hexdigest()
    beside = file.with_name("out.csv.sources.json")
    text = (beside if form == "csv" else file).read_bytes()
    assert digest.encode() in text
    assert b"Ministry of Mines" in text
