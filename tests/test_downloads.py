"""What is taken away holds what the page shows: one table, by the page, the command and the API."""

from __future__ import annotations

import base64
import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import pytest
import shapely
import shapely.affinity
from dash import Dash
from flask.testing import FlaskClient

from cetm_geo import cli, pipeline
from cetm_geo.dashboard import create_app
from cetm_geo.dashboard.downloads import titles_menu
from cetm_geo.dashboard.panels import download
from cetm_geo.described import Described
from cetm_geo.evidence import Limits
from cetm_geo.takeaway import MOST_TOLD
from cetm_geo.web import Service, screener
from cetm_geo.web.asking import proposal_commands, shape_file, titles_commands
from cetm_geo.web.filters import Filters
from tests import made
from tests.test_dashboard import inside, text_of

COBALT = Described(("cobalt",), "open_pit", "exploration")
FORMS = ("geojson", "csv", "parquet")
Command = Callable[..., str]


@pytest.fixture(scope="module")
def app(sample_store: Path) -> Dash:
    return create_app(sample_store)


@pytest.fixture(scope="module")
def client(app: Dash) -> Iterator[FlaskClient]:
    yield app.server.test_client()  # a with would keep its requests open


@pytest.fixture(scope="module")
def asked(sample_store: Path) -> Service:
    return Service(sample_store)


@pytest.fixture(scope="module")
def critical(client: FlaskClient) -> list[dict[str, Any]]:
    """Some titles of the worst tier, of 10 km2 and more."""
    rows = client.get("/api/v1/sites.json?tier=critical&area=10-100&count=3").json["rows"]
    assert len(rows) == 3
    return list(rows)


@pytest.fixture(scope="module")
def shape(asked: Service, critical: list[dict[str, Any]]) -> dict[str, Any]:
    """A polygon that is no title: one moved a little, with more digits than a file rounds to."""
    outline = shapely.geometry.shape(asked.outline_of(critical[0]["site_id"]))
    moved = shapely.affinity.translate(outline, 0.0123456789, 0.0098765432)
    held: dict[str, Any] = json.loads(json.dumps(shapely.geometry.mapping(moved)))
    return held


@pytest.fixture
def command(
    sample_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command on the sample store; gives what it says."""

    def run(*args: object) -> str:
        words = ["cetm-geo", *map(str, args), "--store", str(sample_store)]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert not end.value.code
        return capsys.readouterr().out

    return run


def body_of(shape: Any, said: Described = COBALT, name: str = "Proposal") -> dict[str, Any]:
    return {"type": "Feature", "properties": {"name": name, **said.plain()}, "geometry": shape}


def rows_of(content: bytes, form: str) -> list[dict[str, Any]]:
    """The rows of a file, read as others would."""
    if form == "geojson":
        return [item["properties"] for item in json.loads(content)["features"]]
    if form == "csv":
        return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
    frame = gpd.read_parquet(io.BytesIO(content))
    return list(frame.drop(columns="geometry").to_dict("records"))


def numbers(row: dict[str, Any], names: Any) -> dict[str, float | None]:
    """Numbers of a row by name; what is not known as None."""
    found = {}
    for name in names:
        value = row[name]
        empty = value is None or str(value) in ("", "nan", "<NA>")
        found[name] = None if empty else float(value)
    return found


def measured(answer: dict[str, Any]) -> dict[str, float | None]:
    """The numbers of the page's answer, by indicator."""
    rows = answer["indicators"]
    return {row["indicator_id"]: None if row["value"] is None else row["value"] for row in rows}


def raised(rows: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Severity, number and threshold of each raised flag."""
    return {
        row["rule_id"]: (row["severity"], row["value"], row["threshold"])
        for row in rows
        if row["status"] == "raised"
    }


# --- the same numbers ----------------------------------------------------------------------------


def test_a_title_has_the_same_numbers_on_the_page_in_the_api_and_in_an_export(
    client: FlaskClient, asked: Service, critical: Any, command: Command, tmp_path: Path
) -> None:
    site_id = critical[0]["site_id"]
    page = asked.answer(site_id)
    wanted = measured(page)
    assert len(wanted) > 300
    assert len([value for value in wanted.values() if value is not None]) > 200
    for form in ("geojson", "parquet"):
        words = titles_commands(form, Filters(ids=(site_id,)))[0].replace('"', "").split()
        file = tmp_path / f"titles.{form}"
        command(*words[1:3], "-o", file, *words[5:])
        (exported,) = rows_of(file.read_bytes(), form)
        (answered,) = rows_of(client.get(f"/api/v1/sites.{form}?ids={site_id}").data, form)
        assert numbers(exported, wanted) == numbers(answered, wanted) == wanted
        assert exported["tier"] == answered["tier"] == page["tier"]["tier"] == "critical"
    table = rows_of(client.get(f"/api/v1/sites.csv?ids={site_id}").data, "csv")
    shared = wanted.keys() & table[0].keys()
    assert {"area_km2"} <= shared
    assert numbers(table[0], shared) == {name: wanted[name] for name in shared}


def test_a_proposal_has_the_same_numbers_on_the_page_by_the_command_and_in_the_api(
    client: FlaskClient, asked: Service, shape: Any, command: Command, tmp_path: Path
) -> None:
    page = asked.screener.propose_with_rasters(shape, said=COBALT).answer
    assert page["missing"] == []
    wanted, flags = measured(page), raised(page["flags"])
    assert {"population_count", "protected_area_overlap_km2"} <= wanted.keys()
    assert "listed_mineral" in flags
    given = tmp_path / "proposal-shape.geojson"
    given.write_text(shape_file(shape, COBALT))
    options = proposal_commands("geojson", COBALT)[0].split("geojson", 2)[2].split()
    assert options == ["--mineral", "cobalt", "--method", "open_pit", "--stage", "exploration"]
    for form in FORMS:
        file = tmp_path / f"proposal.{form}"
        command("screen", given, "-o", file, *options)
        answer = client.post(f"/api/v1/screen.{form}", json=body_of(shape))
        assert answer.status_code == 200
        assert "attachment" in answer.headers["Content-Disposition"]
        (written,), (answered,) = (rows_of(x, form) for x in (file.read_bytes(), answer.data))
        assert written.keys() == answered.keys()
        assert numbers(answered, wanted) == wanted
        assert numbers(written, wanted) == wanted
        for row in (written, answered):
            said = (row["tier"], row["method"], row["stage"], list(row["minerals"]))
            told = "cobalt" if form == "csv" else ["cobalt"]
            assert said == (page["tier"]["tier"], "open_pit", "exploration", list(told))
    members = json.loads(client.post("/api/v1/screen.geojson", json=body_of(shape)).data)
    assert raised(members["flags"]) == flags
    assert {row["layer_id"] for row in members["overlaps"]} == {
        row["layer_id"] for row in page["overlaps"]
    }


def clicked(app: Dash, client: FlaskClient, button: str, values: dict[str, Any]) -> Any:
    """What the page gets where a button of a proposal's menu is clicked."""
    key = next(k for k in app.callback_map if k.startswith("..proposal-file.data"))
    held, values = app.callback_map[key], {button: 1, **values}
    named = [part.split(".") for part in key.strip(".").split("...")]
    body = {
        "output": key,
        "outputs": [{"id": name, "property": value} for name, value in named],
        "inputs": [{**one, "value": values.get(one["id"])} for one in held["inputs"]],
        "state": [{**one, "value": values.get(one["id"])} for one in held["state"]],
        "changedPropIds": [f"{button}.n_clicks"],
    }
    return client.post("/_dash-update-component", json=body).json["response"]


def test_what_the_page_hands_over_is_what_the_api_answers(
    app: Dash, client: FlaskClient, shape: Any
) -> None:
    values = {"drawn": {"geometry": shape}, "proposal-said": COBALT.plain()}
    handed = clicked(app, client, "save-csv", values)
    answered = client.post("/api/v1/screen.csv", json=body_of(shape)).data
    assert handed["proposal-file"]["data"]["filename"] == "proposal.csv"
    assert base64.b64decode(handed["proposal-file"]["data"]["content"]) == answered
    assert handed["proposal-file-said"]["children"] is None
    alone = clicked(app, client, "save-shape", values)["proposal-file"]["data"]["content"]
    assert json.loads(alone) == body_of(shape)
    assert client.post("/api/v1/screen.csv", data=alone).data == answered
    crossed = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]}
    refused = clicked(app, client, "save-parquet", {"drawn": {"geometry": crossed}})
    assert refused["proposal-file"]["data"] is None
    assert "not a valid polygon" in json.dumps(refused["proposal-file-said"])


# --- one title, many titles ----------------------------------------------------------------------


def test_a_file_of_one_title_holds_its_flags_their_norms_and_the_sources(
    client: FlaskClient, asked: Service, critical: Any
) -> None:
    site_id = critical[0]["site_id"]
    page = asked.answer(site_id)
    said = client.get(f"/api/v1/sites.geojson?ids={site_id}").json
    assert len(said["flags"]) == len(page["flags"]) > 40
    assert raised(said["flags"]) == raised(page["flags"])
    for row in said["flags"]:
        assert row["site_id"] == site_id
        assert row["norm_ids"]
        assert set(row["norm_ids"]) <= said["norms"].keys()
        assert (row["message_en"] is not None) == (row["status"] == "raised")
    assert all(norm["short"] and norm["url"] for norm in said["norms"].values())
    assert said["sources"]
    assert all(row["licence"] and row["as_of"] for row in said["sources"])
    assert said["disclaimer"]
    frame = gpd.read_parquet(io.BytesIO(client.get(f"/api/v1/sites.parquet?ids={site_id}").data))
    assert json.loads(frame.attrs["provenance"])["flags"] == said["flags"]


def test_every_format_holds_the_titles_that_are_filtered_and_many_say_where_their_flags_are(
    client: FlaskClient, command: Command, tmp_path: Path
) -> None:
    words = "tier=critical,high&status=in_force_or_unknown&area=10-"
    page = client.get(f"/api/v1/sites.json?{words}&count=1000").json
    wanted = {row["site_id"]: row["area_km2"] for row in page["rows"]}
    assert len(wanted) == page["count"] > MOST_TOLD
    command("export", "sites", "-o", tmp_path / "titles.csv", "--where", f"?{words}")
    files = {form: client.get(f"/api/v1/sites.{form}?{words}").data for form in FORMS}
    held = [rows_of(content, form) for form, content in files.items()]
    for rows in (*held, rows_of((tmp_path / "titles.csv").read_bytes(), "csv")):
        assert {row["site_id"]: float(row["area_km2"]) for row in rows} == wanted
    shapes = gpd.read_parquet(io.BytesIO(files["parquet"]))
    assert shapes.geometry.notna().all()
    assert shapes.crs.to_epsg() == 4326
    said = json.loads(files["geojson"])
    assert said["flags"] is None
    assert "cetm-geo export flags" in said["flags_note"]
    assert any(item["properties"]["flags"] for item in said["features"])


@pytest.mark.parametrize(
    ("what", "where", "text"),
    [
        ("sites", "tire=critical", "'tire' is no word by which titles are found"),
        ("sites", "tier=terrible", "tier=terrible cannot be read"),
        ("pressure", "tier=high", "pressure do not each belong to one title"),
    ],
)
def test_words_that_find_no_titles_are_refused_and_never_export_all(
    tmp_path: Path, sample_store: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], what: str, where: str, text: str,
) -> None:  # fmt: skip
    args = [what, "-o", str(tmp_path / "a.csv"), "--where", where, "--store", str(sample_store)]
    monkeypatch.setattr(sys, "argv", ["cetm-geo", "export", *args])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert text in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_menu_leads_to_the_filtered_titles_and_says_how_they_are_had_without_it(
    client: FlaskClient,
) -> None:
    filters = Filters(text="gold & co", tiers=("critical",))
    shown = titles_menu(filters, 7, "")
    files = [x.href for x in inside(shown) if "sites." in str(getattr(x, "href", ""))]
    assert [link.partition("?")[0] for link in files] == [
        f"api/v1/sites.{form}" for form in ("geojson", "parquet", "csv")
    ]
    export_it, ask_for_it = titles_commands("geojson", filters)
    assert export_it in text_of(shown)
    asked_for = urlsplit(ask_for_it.split('"')[1])
    assert asked_for.query == files[0].partition("?")[2]
    assert parse_qs(export_it.split('"')[1]) == {"q": ["gold & co"], "tier": ["critical"]}
    assert client.get(f"{asked_for.path}?{asked_for.query}").status_code == 200


# --- what may not leave, what is missing, what would run -----------------------------------------


def a_store(folder: Path, publish: str, name: str = "register-name") -> Path:
    """A store of one title under a licence, and of a local-only park that it overlaps."""
    for layer, role, at, column, licence in (
        ("register", "concession", 0.0, "holder", publish),
        ("parks", "protected_area", 0.05, "designation", "local_only"),
    ):
        said = name if layer == "register" else "parks-name"
        row = made.feature(made.square(at, at), code=f"{layer}-7", name=said, who=f"{layer}-holder")
        made.geojson(folder / "data" / f"{layer}.geojson", [row])
        (folder / f"{layer}.toml").write_text(f"""
            role = "{role}"
            label = "{layer}"
            as_of = "2026-11-01"
            complete_within = "world"
            source = {{path = "{layer}.geojson"}}
            columns = {{feature_id = "code", name = "name", {column} = "who"}}
            licence = {{text = "x", publish = "{licence}"}}
        """)
    pipeline.build(folder, folder / "data", folder / "store", made.ON)
    return folder / "store"


@pytest.mark.parametrize("publish", ["public", "derived_only", "local_only"])
def test_what_a_licence_withholds_stays_withheld_in_every_format(
    tmp_path: Path, publish: str
) -> None:
    with create_app(a_store(tmp_path, publish)).server.test_client() as asking:
        files = {form: asking.get(f"/api/v1/sites.{form}").data for form in FORMS}
        drawn = body_of(shapely.geometry.mapping(made.square(0.01, 0.01)))
        screened = {form: asking.post(f"/api/v1/screen.{form}", json=drawn).data for form in FORMS}
    outlines = [
        json.loads(files["geojson"])["features"][0]["geometry"],
        gpd.read_parquet(io.BytesIO(files["parquet"])).geometry.iloc[0],
    ]
    assert [shape is not None for shape in outlines] == [publish == "public"] * 2
    for form, content in files.items():
        (row,) = rows_of(content, form)
        assert row["site_id"] == "register:register-7"
        named = publish != "local_only"
        assert (b"register-name" in content, b"register-holder" in content) == (named, named), form
        assert b"parks-name" not in content
        assert b"parks-7" not in content
    for content in screened.values():
        assert b"parks-name" not in content
        assert b"parks-7" not in content
        assert (b"register-name" in content) <= (publish != "local_only")
    (row,) = rows_of(screened["geojson"], "geojson")
    assert row["protected_area_overlap_km2"] > 0  # what is derived does leave


def test_a_title_and_a_proposal_by_the_name_of_a_formula_are_none_in_a_csv(tmp_path: Path) -> None:
    with create_app(a_store(tmp_path, "public", "=1+1")).server.test_client() as asking:
        drawn = body_of(shapely.geometry.mapping(made.square(0.01, 0.01)), name="=1+1")
        for form in FORMS:
            for content in (
                asking.get(f"/api/v1/sites.{form}").data,
                asking.post(f"/api/v1/screen.{form}", json=drawn).data,
            ):
                (row,) = rows_of(content, form)
                assert row["name"] == ("'=1+1" if form == "csv" else "=1+1")


def test_a_file_says_what_was_not_measured_in_the_time_given(
    client: FlaskClient, shape: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = Limits(pieces=0, ring_corners=0, shape_pieces=0)
    monkeypatch.setattr(screener, "FILE_LIMITS", none)
    for form in FORMS:
        answer = client.post(f"/api/v1/screen.{form}", json=body_of(shape))
        (row,) = rows_of(answer.data, form)
        missing = row["missing"].split("; ") if form == "csv" else list(row["missing"])
        assert "rings round the shape" in missing
        assert numbers(row, ["protected_area_overlap_km2"]) == {"protected_area_overlap_km2": None}
        assert not any(str(value) == "clear" for value in row.values())
    said = json.loads(client.post("/api/v1/screen.geojson", json=body_of(shape)).data)
    assert said["missing"] == missing
    assert "rings round the shape" in text_of(download.lacking(tuple(missing)))


def test_a_file_of_what_is_no_polygon_is_refused_in_words(client: FlaskClient) -> None:
    answer = client.post("/api/v1/screen.parquet", json={"type": "Point", "coordinates": [0, 0]})
    assert answer.status_code == 400
    assert "not a GeoJSON polygon" in answer.json["error"]["what"]
    assert client.post("/api/v1/screen.kml", json={}).status_code in (404, 405)
