"""Evidence bundles: what they hold, that any change of them shows, and when they no longer hold."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from cetm_geo import bundle, cli, export, resources, store
from cetm_geo.bundle import State
from cetm_geo.dashboard import create_app
from cetm_geo.errors import BundleError, CetmError, ExportError, SiteError
from tests import made


def command(*words: object) -> int:
    """The exit code of a command; what the user can mend is 2."""
    try:
        return int(cli.app([str(word) for word in words], standalone_mode=False) or 0)
    except CetmError:
        return 2


@pytest.fixture(scope="module")
def overlapping(sample_store: Path) -> list[str]:
    """Three titles of the sample that share land with many features."""
    rows = export.stored(store.open_store(sample_store), "overlaps")
    most = set(rows["site_id"].value_counts().index[:3])
    return [name for name in export.all_site_ids(store.open_store(sample_store)) if name in most]


@pytest.fixture(scope="module")
def titles(
    sample_store: Path, overlapping: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A bundle of them."""
    file = tmp_path_factory.mktemp("bundle") / "titles.zip"
    assert command("bundle", *overlapping, "-o", file, "--store", sample_store) == 0
    return file


def rewritten(file: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A copy of a bundle whose files were changed, its list of files as it was."""
    with zipfile.ZipFile(file) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    change(files)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return target


def resealed(file: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same with a list that fits, as somebody who means to deceive would write it."""

    def sealing(files: dict[str, bytes]) -> None:
        change(files)
        del files["SHA256SUMS"]
        lines = [f"{hashlib.sha256(v).hexdigest()}  {k}\n" for k, v in sorted(files.items())]
        files["SHA256SUMS"] = "".join(lines).encode()

    return rewritten(file, target, sealing)


# --- what it holds -------------------------------------------------------------------------------


def test_the_same_store_gives_the_same_bytes(
    titles: Path, overlapping: list[str], sample_store: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.zip"
    assert command("bundle", *overlapping, "-o", again, "--store", sample_store) == 0
    assert again.read_bytes() == titles.read_bytes()
    assert not [path for path in tmp_path.iterdir() if path != again]


def test_its_tables_are_those_of_the_exports(
    titles: Path, overlapping: list[str], sample_store: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(titles) as packed:
        packed.extractall(tmp_path)
    opened = store.open_store(sample_store)
    for what in ("sites", "overlaps", "flags"):
        own = export.stored(opened, what, overlapping)
        assert len(own)
        geojson = json.loads((tmp_path / f"data/{what}.geojson").read_text(encoding="utf-8"))
        assert len(geojson["features"]) == len(own)
        assert geojson["features"][0]["properties"]["site_id"] == overlapping[0]
        assert {row["sha256"] for row in geojson["sources"]} >= {
            row["sha256"] for row in opened.rows("layers_of_screening")
        }
    parquet = gpd.read_parquet(tmp_path / "data/overlaps.parquet")
    own = export.stored(opened, "overlaps", overlapping)
    assert parquet["overlap_km2"].tolist() == own["overlap_km2"].tolist()
    assert parquet.geometry.to_wkb().tolist() == own.geometry.to_wkb().tolist()


def test_the_rules_that_were_asked_stand_in_it_with_their_norms(titles: Path) -> None:
    held = bundle.read_bundle(titles)
    with zipfile.ZipFile(titles) as packed:
        used = json.loads(packed.read("rules_used.json"))
    flags = held.tables["flags"]
    assert {rule["id"] for rule in used["rules"]} == {row["rule_id"] for row in flags}
    norms = {norm["id"]: norm for norm in used["norms"]}
    assert {name for row in flags for name in row["norm_ids"]} == set(norms)
    assert all("verified" in norm for norm in norms.values())
    raised = [row for row in flags if row["status"] == "raised" and row["threshold"] is not None]
    numbers = {
        (one["rule_id"], one["iso3"]): set(one["numbers"].values()) for one in used["in_countries"]
    }
    assert raised
    assert all(row["threshold"] in numbers[row["rule_id"], row["iso3"]] for row in raised)


def test_a_data_package_and_a_stac_item_name_every_file_with_its_digest(titles: Path) -> None:
    with zipfile.ZipFile(titles) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    sums = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {k: v for k, v in digests.items() if k != "SHA256SUMS"}
    package = json.loads(files["datapackage.json"])
    assert {x["path"]: x["hash"] for x in package["resources"]} == {
        k: f"sha256:{v}" for k, v in digests.items() if k.startswith(("data/", "rules/"))
    }
    for resource in package["resources"]:
        assert resource["bytes"] == len(files[resource["path"]])
        if resource["format"] == "csv":
            head = next(csv.reader(io.StringIO(files[resource["path"]].decode("utf-8"))))
            assert [field["name"] for field in resource["schema"]["fields"]] == head
    item = json.loads(files["item.json"])
    assert (item["type"], item["stac_version"]) == ("Feature", "1.1.0")
    assert {a["href"][2:]: a["file:checksum"] for a in item["assets"].values()} == {
        k: f"1220{v}" for k, v in digests.items() if k.startswith("data/")
    }
    west, south, east, north = item["bbox"]
    shapes = gpd.GeoSeries.from_wkb(
        gpd.read_parquet(io.BytesIO(files["data/sites.parquet"])).geometry.to_wkb()
    )
    assert shapes.total_bounds.tolist() == pytest.approx([west, south, east, north], abs=1e-7)


def test_what_licences_keep_is_not_in_it(tmp_path: Path) -> None:
    held = made.toy_store(tmp_path, {"lands": "local_only", "register": "local_only"})
    file = tmp_path / "local.zip"
    ids = export.all_site_ids(held)
    bundle.write_bundle(bundle.of_titles(held, ids), file)
    with zipfile.ZipFile(file) as packed:
        content = b"".join(packed.read(name) for name in packed.namelist())
    assert not re.search(rb"lands-(name|code|holder|nowhere)", content)
    assert not re.search(rb"register-(name|holder|nowhere)", content)
    rows = bundle.read_bundle(file)
    kept = [
        (row["feature_id"], shape)
        for row, shape in zip(rows.tables["overlaps"], rows.shapes["overlaps"], strict=True)
        if row["role"] == "community_land"
    ]
    assert kept
    assert all(one == (None, None) for one in kept)
    assert bundle.verify(rows, held).state is State.HOLDS


# --- whether it holds ----------------------------------------------------------------------------


def test_it_holds_against_its_store_and_against_its_files_screened_anew(
    titles: Path, sample_store: Path
) -> None:
    assert command("verify", titles) == 0
    assert command("verify", titles, "--store", sample_store) == 0
    layers, data = resources.folder("layers") / "sample", resources.folder("sample_data")
    assert command("verify", titles, "--layers", layers, "--data", data) == 0


def test_proposals_are_screened_again_and_hold(
    sample_store: Path, overlapping: list[str], tmp_path: Path
) -> None:
    sites = export.stored(store.open_store(sample_store), "sites", overlapping[:2])
    sites[["name", "geometry"]].to_file(tmp_path / "drawn.gpkg", driver="GPKG")
    file = tmp_path / "drawn.zip"
    words = ["bundle", tmp_path / "drawn.gpkg", "-o", file, "--mineral", "cobalt"]
    assert command(*words, "--store", sample_store) == 0
    held = bundle.read_bundle(file)
    assert held.facts["said"]["minerals"] == ["cobalt"]
    verdict = bundle.verify(held, store.open_store(sample_store))
    assert (verdict.state, verdict.inputs, verdict.differences) == (State.HOLDS, [], [])
    assert verdict.areas_checked > 2


def test_a_layer_that_changed_is_told_apart_from_the_answers_that_did(
    titles: Path, overlapping: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(resources.folder("sample_data"), data)
    layer = data / "concessions" / "mining_cadastre.geojson"
    register = gpd.read_file(layer)
    number = overlapping[0].split(":")[1]
    column = next(c for c in register if (register[c].astype(str) == number).any())
    row = register.index[register[column].astype(str) == number][0]
    register.loc[row, "geometry"] = register.geometry[row].buffer(-0.004)
    layer.unlink()
    register.to_file(layer, driver="GeoJSON")
    layers = resources.folder("layers") / "sample"
    words = ["verify", titles, "--layers", layers, "--data", data, "--json"]
    assert command(*words) == 3
    found = json.loads(capsys.readouterr().out)
    assert [name for name, _, _ in found["inputs"]] == ["layer mining_cadastre"]
    changed = {(one["table"], tuple(one["key"]), one["column"]) for one in found["differences"]}
    assert ("sites", (overlapping[0],), "outline") in changed
    assert ("sites", (overlapping[0],), "area_km2") in changed
    assert found["state"] == "differs"


def flipped(files: dict[str, bytes]) -> None:
    files["data/sites.csv"] = files["data/sites.csv"].replace(b"a", b"b", 1)


def dropped(files: dict[str, bytes]) -> None:
    del files["data/flags.geojson"]


def added(files: dict[str, bytes]) -> None:
    files["data/more.geojson"] = b"{}"


def climbing(files: dict[str, bytes]) -> None:
    files["../evil"] = b"x"


def absolute(files: dict[str, bytes]) -> None:
    files["rules//etc/evil"] = b"x"  # without its folder it would be an address of its own


def unlisted(files: dict[str, bytes]) -> None:
    del files["SHA256SUMS"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (flipped, "data/sites.csv was changed"),
        (dropped, "data/flags.geojson is missing"),
        (added, "data/more.geojson is not in its list"),
        (climbing, "is no file of a bundle"),
        (absolute, "is no file of a bundle"),
        (unlisted, "has no list of its files"),
    ],
)
def test_a_file_that_was_touched_is_named(
    titles: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], said: str
) -> None:
    with pytest.raises(BundleError, match=said):
        bundle.read_bundle(rewritten(titles, tmp_path / "touched.zip", change))


def edited(files: dict[str, bytes], table: str, change: Callable[[Any], None]) -> None:
    held = json.loads(files[f"data/{table}.geojson"])
    change(held["features"])
    files[f"data/{table}.geojson"] = json.dumps(held).encode()


def test_a_number_that_was_forged_with_its_digests_does_not_fit_its_shape_or_the_store(
    titles: Path, sample_store: Path, tmp_path: Path
) -> None:
    def smaller(features: Any) -> None:
        one = next(f for f in features if f["geometry"] and f["properties"]["overlap_km2"] > 1)
        one["properties"]["overlap_km2"] *= 0.99

    def cleared(features: Any) -> None:
        one = next(f for f in features if f["properties"]["status"] == "raised")
        one["properties"]["status"] = "clear"

    def forge_area(files: dict[str, bytes]) -> None:
        edited(files, "overlaps", smaller)

    def forge_flag(files: dict[str, bytes]) -> None:
        edited(files, "flags", cleared)

    less = bundle.read_bundle(resealed(titles, tmp_path / "area.zip", forge_area))
    alone = bundle.verify(less)
    assert (alone.state, len(alone.areas)) == (State.DIFFERS, 1)
    fewer = bundle.read_bundle(resealed(titles, tmp_path / "flag.zip", forge_flag))
    assert bundle.verify(fewer).state is State.NOT_SCREENED  # nothing in it can tell
    against = bundle.verify(fewer, store.open_store(sample_store))
    assert [(x.column, x.before, x.now) for x in against.differences] == [
        ("status", "clear", "raised")
    ]


@pytest.mark.parametrize(
    ("table", "forge"),
    [
        ("overlaps", lambda features: features[0]["properties"].pop("overlap_km2")),
        ("overlaps", lambda features: features[0]["properties"].update(overlap_km2="much")),
        ("overlaps", lambda features: features[0].update(geometry={"type": "Polygon"})),
        ("sites", lambda features: features[0]["properties"].pop("site_id")),
        ("flags", lambda features: features.append(7)),
    ],
)
def test_a_bundle_that_was_forged_badly_is_refused_without_a_traceback(
    titles: Path, sample_store: Path, tmp_path: Path, table: str, forge: Callable[[Any], None]
) -> None:
    file = resealed(titles, tmp_path / "bad.zip", lambda files: edited(files, table, forge))
    with pytest.raises(BundleError):
        bundle.verify(bundle.read_bundle(file), store.open_store(sample_store))


@pytest.mark.parametrize("facts", [b"[]", b"{}", b'"x"', b'{"format_version": 1}', b"{"])
def test_facts_that_say_nothing_are_refused(titles: Path, tmp_path: Path, facts: bytes) -> None:
    def forge(files: dict[str, bytes]) -> None:
        files["bundle.json"] = facts

    with pytest.raises(BundleError):
        bundle.read_bundle(resealed(titles, tmp_path / "bad.zip", forge))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_bundle_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "what.zip"
    file.write_bytes(content)
    with pytest.raises(BundleError):
        bundle.read_bundle(file)
    assert command("verify", file) == 2


def test_a_file_that_unpacks_to_too_much_is_refused(
    titles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cetm_geo.bundle.opened.MOST_BYTES", 1_000_000)
    with pytest.raises(BundleError, match="unpacks to more than 1,000,000 bytes"):
        bundle.read_bundle(titles)


def test_unknown_titles_none_and_too_many_are_refused(sample_store: Path, tmp_path: Path) -> None:
    opened = store.open_store(sample_store)
    with pytest.raises(SiteError, match="There is no site 'nobody'"):
        bundle.of_titles(opened, ["nobody"])
    for ids in ([], [str(n) for n in range(1_001)]):
        with pytest.raises(SiteError, match="A bundle of"):
            bundle.of_titles(opened, ids)
    assert command("bundle", "nobody", "-o", tmp_path / "x.zip", "--store", sample_store) == 2
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_no_bundle_and_no_half_of_one(
    sample_store: Path, overlapping: list[str], tmp_path: Path
) -> None:
    contents = bundle.of_titles(store.open_store(sample_store), overlapping)
    for most in (100, 40_000, 700_000):
        with made.files_no_larger_than(most), pytest.raises(ExportError, match="cannot be written"):
            bundle.write_bundle(contents, tmp_path / "titles.zip")
        assert not list(tmp_path.iterdir())


# --- by the API, and with a report ---------------------------------------------------------------


def test_the_api_gives_the_bundle_of_the_command(
    sample_store: Path, overlapping: list[str], tmp_path: Path
) -> None:
    client = create_app(sample_store).server.test_client()
    answer = client.get(f"/api/v1/sites/{overlapping[0]}/bundle.zip")
    file = tmp_path / "one.zip"
    assert command("bundle", overlapping[0], "-o", file, "--store", sample_store) == 0
    assert answer.data == file.read_bytes()
    coded = base64.b64encode(hashlib.sha256(answer.data).digest()).decode()
    assert answer.headers["Repr-Digest"] == f"sha-256=:{coded}:"
    assert client.get("/api/v1/sites/nobody/bundle.zip").status_code == 404


def test_a_report_written_with_it_names_its_digest(
    sample_store: Path, overlapping: list[str], tmp_path: Path
) -> None:
    file, report = tmp_path / "one.zip", tmp_path / "one.html"
    words: Mapping[str, object] = {"-o": file, "--store": sample_store, "--report": report}
    assert command("bundle", overlapping[0], *(x for pair in words.items() for x in pair)) == 0
    assert hashlib.sha256(file.read_bytes()).hexdigest() in report.read_text(encoding="utf-8")
    assert command("bundle", *overlapping, *(x for pair in words.items() for x in pair)) == 2
