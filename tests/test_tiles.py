"""The map's tiles, signs and cards: what they hold, what they weigh, and that no title is lost."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from flask.testing import FlaskClient

from cetm_geo import drawn, measure, store
from cetm_geo.dashboard import create_app
from cetm_geo.model import Layer, Role, Tier
from cetm_geo.store.connection import statement
from cetm_geo.web import Service
from cetm_geo.web.cache import BytesCache
from cetm_geo.web.filters import Filters
from cetm_geo.web.signs import GRID_BITS, SCREENED
from cetm_geo.web.tiles import (
    MARKS_BYTES,
    SHAPES_BYTES,
    read_tile,
    tile_frame,
)
from tests import mvt, toy
from tests.test_store import content
from tests.test_web import store_of_a_register

HEAVIEST = 500_000  # bytes of a tile


@pytest.fixture(scope="module")
def client(sample_store: Path) -> Iterator[FlaskClient]:
    yield create_app(sample_store).server.test_client()  # a with would keep its requests open


@pytest.fixture(scope="module")
def service(sample_store: Path) -> Service:
    return Service(sample_store)


@pytest.fixture(scope="module")
def titles(service: Service) -> list[dict[str, Any]]:
    return service.finder().rows(Filters()).rows


@pytest.fixture(scope="module")
def tiles_of(client: FlaskClient, service: Service, titles: list[dict[str, Any]]) -> str:
    """Where the tiles of the titles are."""
    return f"/tiles/{service.store().generation}/{titles[0]['layer_id']}"


def tile_at(zoom: int, lon: float, lat: float) -> tuple[int, int, int]:
    span = 2**zoom
    north = math.asinh(math.tan(math.radians(lat)))
    return zoom, int((lon + 180) / 360 * span), int((1 - north / math.pi) / 2 * span)


def middle_of(row: dict[str, Any]) -> tuple[float, float]:
    return (row["west"] + row["east"]) / 2, (row["south"] + row["north"]) / 2


def read(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return gzip.decompress(answer.data)


def layer_of(layer_id: str, role: Role, shapes: list[Any]) -> Layer:
    return toy.layer(layer_id, role, shapes)


def drawn_store(folder: Path, *layers: Layer) -> store.Store:
    """A store whose map is of these layers. Titles are critical, in the order they are given."""
    ids = [i for x in layers if x.spec.role == Role.CONCESSION for i in x.features["site_id"]]
    said = pd.DataFrame(
        {"tier": "critical", "fully_screened": True, "reason": "", "position": range(len(ids))},
        index=pd.Index(ids, dtype=object),
    )
    held = replace(
        content(), tiles=drawn.marks(layers, said), drawn=lambda: drawn.drawn(layers, said)
    )
    store.write_store(folder, held)
    return store.open_store(folder)


# --- what is served ------------------------------------------------------------------------------


def test_a_tile_of_titles_names_them_by_n_and_a_tile_of_places_by_id(
    client: FlaskClient, service: Service, titles: list[dict[str, Any]], tiles_of: str
) -> None:
    z, x, y = tile_at(9, titles[0]["west"], titles[0]["north"])
    answer = client.get(f"{tiles_of}/{z}/{x}/{y}.mvt")
    assert "immutable" in answer.headers["Cache-Control"]
    found = mvt.layers_of(read(answer))
    assert set(found) == {"shapes"}  # no marks: signs come whole
    by_n = {row["n"]: row for row in titles}
    for feature in found["shapes"]:
        told = feature.properties
        row = by_n[told["n"]]
        assert (told["tier"], told["screened"]) == (row["tier"], row["fully_screened"])
        assert not told.keys() & {"id", "name", "reason"}
    assert titles[0]["n"] in {feature.properties["n"] for feature in found["shapes"]}

    parks = client.get(f"/tiles/{service.store().generation}/wdpa_protected_areas/6/29/36.mvt")
    named = mvt.layers_of(read(parks))
    for part in ("shapes", "marks"):
        assert all(f.properties["id"] and "name" in f.properties for f in named[part])


@pytest.mark.parametrize("zoom", [0, 4, 8, 12, 16, 20])
def test_every_layer_answers_at_every_zoom(
    client: FlaskClient, service: Service, titles: list[dict[str, Any]], zoom: int
) -> None:
    held = service.store()
    z, x, y = tile_at(zoom, *middle_of(titles[0]))
    for layer in service.resident(held).sources:
        answer = client.get(f"/tiles/{held.generation}/{layer}/{z}/{x}/{y}.mvt")
        assert answer.status_code == 200, layer


@pytest.mark.parametrize(
    ("where", "status"),
    [
        ("{g}/{l}/3/8/1.mvt", 400),
        ("{g}/{l}/30/0/0.mvt", 400),
        ("{g}/no_such_layer/3/1/1.mvt", 404),
        ("{g}/no_such_layer/signs.bin", 404),
        ("{g}/card/100000.json", 404),
        ("elder/{l}/3/1/1.mvt", 404),
        ("elder/{l}/signs.bin", 404),
        ("elder/card/0.json", 404),
    ],
)
def test_what_does_not_exist_is_refused(
    client: FlaskClient, service: Service, titles: list[dict[str, Any]], where: str, status: int
) -> None:
    path = where.format(g=service.store().generation, l=titles[0]["layer_id"])
    assert client.get(f"/tiles/{path}").status_code == status


def test_signs_are_where_the_store_has_them_and_show_its_tiers(
    client: FlaskClient, service: Service, tiles_of: str, titles: list[dict[str, Any]]
) -> None:
    body = read(client.get(f"{tiles_of}/signs.bin"))
    count = len(body) // 13
    n, x, y = np.frombuffer(body, "<u4", 3 * count).reshape(3, count)
    kind = np.frombuffer(body, np.uint8, offset=12 * count)
    rows = service.store().frame("signs_of_layer", layer_id=titles[0]["layer_id"])
    assert n.tolist() == rows["position"].tolist() == [row["n"] for row in titles]
    assert [list(Tier)[k % SCREENED].value for k in kind] == [row["tier"] for row in titles]
    assert [bool(k & SCREENED) for k in kind] == [row["fully_screened"] for row in titles]
    metre = 2**GRID_BITS / (2 * measure.MERCATOR_M)
    assert np.abs(x / metre - measure.MERCATOR_M - rows["x"]).max() < 0.4
    assert np.abs(measure.MERCATOR_M - y / metre - rows["y"]).max() < 0.4
    for row, lon in zip(titles, 360.0 * x / 2**GRID_BITS - 180, strict=True):
        assert row["west"] <= lon <= row["east"], row["site_id"]


def test_a_card_says_what_the_title_is(
    client: FlaskClient, service: Service, titles: list[dict[str, Any]]
) -> None:
    for row in (titles[0], titles[-1]):
        said = read(client.get(f"/tiles/{service.store().generation}/card/{row['n']}.json"))
        told = {"screened": row["fully_screened"]} | {
            word: row[word] for word in ("site_id", "layer_id", "name", "tier", "reason")
        }
        assert json.loads(said) == told
        assert service.store().value("position_of_site", site_id=row["site_id"]) == row["n"]


def test_a_card_gives_its_reason_in_the_readers_language_and_none_else(
    client: FlaskClient, service: Service, titles: list[dict[str, Any]]
) -> None:
    rules = service.store().rulebook.rules.values()
    path = f"/tiles/{service.store().generation}/card/{titles[0]['n']}.json?lang="
    english, french = (json.loads(read(client.get(path + word)))["reason"] for word in ("en", "fr"))
    label = next(r.label for r in rules if english.startswith(r.label["en"]))
    place = english.removeprefix(label["en"] + ": ")
    assert french == f"{label['fr']}\u00a0: {place}"
    assert json.loads(read(client.get(path + "en")))["reason"] == english
    assert "Set-Cookie" not in client.get(path + "fr").headers


@pytest.mark.parametrize("publish", ["public", "derived_only", "local_only"])
def test_in_public_signs_and_cards_are_refused_where_outlines_are(
    tmp_path: Path, publish: str
) -> None:
    folder = store_of_a_register(tmp_path, publish)
    base = f"/tiles/{store.open_store(folder).generation}"
    paths = [f"{base}/register/9/256/255.mvt", f"{base}/register/signs.bin", f"{base}/card/0.json"]
    for public, status in ((True, 200 if publish == "public" else 403), (False, 200)):
        with create_app(folder, public=public).server.test_client() as asking:
            answers = [asking.get(path) for path in paths]
        assert [answer.status_code for answer in answers] == [status] * 3
        said = b"".join(gzip.decompress(a.data) if status == 200 else a.data for a in answers)
        assert (b"register-name" in said) == (status == 200)


def test_the_tile_cache_forgets_the_tile_asked_for_longest_ago() -> None:
    cache = BytesCache(limit=10)
    cache.put("a", b"12345")
    cache.put("b", b"12345")
    assert cache.get("a")
    cache.put("c", b"1")
    assert cache.get("b") is None
    assert cache.get("a") and cache.get("c")


# --- what a tile weighs --------------------------------------------------------------------------


def squares(count: int, span: float, side: float) -> list[Any]:
    """So many squares in rows over `span` degrees from 0, 0."""
    across = math.ceil(math.sqrt(count))
    at = np.arange(count)
    x, y = at % across * span / across, at // across * span / across
    return list(shapely.box(x, y, x + side, y + side))


def test_a_crowded_tile_of_titles_keeps_the_worst_and_the_signs_keep_all(tmp_path: Path) -> None:
    count = 30_000
    held = drawn_store(
        tmp_path / "store", layer_of("titles", Role.CONCESSION, squares(count, 5, 0.02))
    )
    tile = read_tile(held, "titles", *tile_at(6, 1, 1))
    kept = [feature.properties["n"] for feature in mvt.layers_of(tile)["shapes"]]
    assert HEAVIEST / 4 < len(tile) < HEAVIEST
    assert sorted(kept) == list(range(len(kept)))
    assert len(kept) < count / 2
    assert len(held.frame("signs_of_layer", layer_id="titles")) == count


def test_a_crowded_tile_of_places_keeps_the_largest(tmp_path: Path) -> None:
    small = squares(30_000, 5, 0.02)
    large = squares(9, 5, 1.2)
    held = drawn_store(tmp_path / "store", layer_of("parks", Role.PROTECTED_AREA, [*small, *large]))
    tile = read_tile(held, "parks", *tile_at(6, 1, 1))
    found = mvt.layers_of(tile)
    assert HEAVIEST / 4 < len(tile) < HEAVIEST
    wide = [f for f in found["shapes"] if max(x for x, _ in f.paths[0]) - f.paths[0][0][0] > 300]
    assert len(wide) == 9
    assert len(found["marks"]) < 2000


def test_what_the_eye_cannot_see_is_left_out_and_comes_when_one_zooms_in(tmp_path: Path) -> None:
    side = 0.01  # about a kilometre: 0.9 of a pixel at zoom 6, 1.8 at zoom 7
    held = drawn_store(
        tmp_path / "store", layer_of("parks", Role.PROTECTED_AREA, squares(1, 1, side))
    )
    assert read_tile(held, "parks", *tile_at(6, 0.1, 0.1)) == read_tile(held, "parks", 3, 0, 0)
    assert len(mvt.layers_of(read_tile(held, "parks", *tile_at(7, 0.1, 0.1)))["shapes"]) == 1


def scans_of(plan: Any) -> Iterator[dict[str, Any]]:
    """What a plan says of each table that it reads."""
    if isinstance(plan, list):
        for node in plan:
            yield from scans_of(node)
    else:
        if "Table" in plan.get("extra_info", {}):
            yield plan["extra_info"]
        yield from scans_of(plan.get("children", []))


def test_a_tile_reads_the_shapes_in_its_box_and_no_other(
    service: Service, titles: list[dict[str, Any]]
) -> None:
    weights = {"shapes_bytes": SHAPES_BYTES, "marks_bytes": MARKS_BYTES}
    frame = tile_frame(*tile_at(9, *middle_of(titles[0])))
    asked = {"layer_id": "wdpa_protected_areas", **frame, **weights}
    explain = "EXPLAIN (FORMAT json) " + statement("tile_of_layer")
    plan = json.loads(service.store()._cursor().execute(explain, asked).fetchall()[0][1])
    (drawn_scan,) = (s for s in scans_of(plan) if s["Table"].endswith("drawn"))
    # What the scan itself tests is read first; shapes only of the rows that are left.
    filters = " ".join(np.atleast_1d(drawn_scan["Filters"]))
    for test in ("level=9", "layer_id='wdpa_protected_areas'", "x1>=", "x0<=", "y1>=", "y0<="):
        assert test in filters


# --- what is drawn -------------------------------------------------------------------------------


def star(corners: int, radius: float = 1.0, lon: float = 10.0, lat: float = 5.0) -> Any:
    """A ragged outline with a hole."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = radius * (1 + 0.1 * np.sin(40 * turn) + 0.02 * np.sin(900 * turn))
    rim = np.column_stack([lon + reach * np.cos(turn), lat + reach * np.sin(turn)])
    hole = np.column_stack([lon + 0.3 * np.cos(turn), lat + 0.3 * np.sin(turn)])
    return shapely.Polygon(rim, [hole])


def test_a_giant_lies_in_pieces_and_its_outline_is_its_own_boundary() -> None:
    giant, small = star(9000), toy.block(0, 0)
    row, part, shapes = drawn.pieces(np.array([small, giant], object))
    assert row[0] == 0 and part[0] is None and shapes[0].equals(small)
    land, edges = shapes[part == drawn.CUT], shapes[part == drawn.EDGE]
    assert set(row[1:]) == {1} and len(land) > 50 and len(edges) > 10
    assert shapely.get_num_coordinates(land).max() <= 2 * drawn.CUT_VERTICES
    together = shapely.union_all(land)
    assert together.symmetric_difference(giant).area < 1e-9
    assert shapely.area(land).sum() == pytest.approx(giant.area, rel=1e-9)
    assert shapely.line_merge(shapely.union_all(edges)).equals(giant.boundary)
    for edge in edges:  # the land is on the right
        (x0, y0), (x1, y1) = edge.coords[:2]
        step = 1e-6 / math.hypot(x1 - x0, y1 - y0)
        beside = ((x0 + x1) / 2 + (y1 - y0) * step, (y0 + y1) / 2 - (x1 - x0) * step)
        assert giant.contains(shapely.Point(beside))


def test_a_tile_of_a_giant_shows_no_edge_of_its_pieces(tmp_path: Path) -> None:
    giant = star(9000)
    held = drawn_store(tmp_path / "store", layer_of("parks", Role.PROTECTED_AREA, [giant]))
    z, x, y = tile_at(10, 10.75, 5.7)
    found = mvt.layers_of(read_tile(held, "parks", z, x, y))["shapes"]
    parts = {f.properties.get("part") for f in found}
    assert parts == {drawn.CUT, drawn.EDGE}
    scale, (west, north) = tile_frame(z, x, y)["scale"], corner(z, x, y)
    boundary = measure.to_web_mercator(giant.boundary)
    for feature in found:
        if feature.properties["part"] == drawn.EDGE:
            assert feature.kind == mvt.LINE
            path = np.array(feature.paths[0]) / scale
            points = shapely.points(west + path[:, 0], north - path[:, 1])
            assert shapely.distance(points, boundary).max() < 2 / scale


def corner(z: int, x: int, y: int) -> tuple[float, float]:
    frame = tile_frame(z, x, y)
    return frame["west"], frame["north"]


def test_an_edge_that_is_cut_keeps_its_direction(tmp_path: Path) -> None:
    giant = star(9000)
    held = drawn_store(tmp_path / "store", layer_of("parks", Role.PROTECTED_AREA, [giant]))
    z, x, y = tile_at(14, 10.75, 5.766)
    scale, (west, north) = tile_frame(z, x, y)["scale"], corner(z, x, y)
    found = mvt.layers_of(read_tile(held, "parks", z, x, y)).get("shapes", [])
    edges = [f for f in found if f.properties["part"] == drawn.EDGE]
    assert edges
    land = measure.to_web_mercator(giant)
    for path in (np.array(path, float) for edge in edges for path in edge.paths):
        (x0, y0), (x1, y1) = path[0], path[1]
        length = math.hypot(x1 - x0, y1 - y0)
        aside = 6 / length  # on the screen, where y points down, the right is (-dy, dx)
        at = ((x0 + x1) / 2 - (y1 - y0) * aside, (y0 + y1) / 2 + (x1 - x0) * aside)
        assert land.contains(shapely.Point(west + at[0] / scale, north - at[1] / scale))


def test_levels_are_simplified_to_half_a_pixel_and_lose_no_strip() -> None:
    strip = shapely.Polygon([(0, 0), (3, 1), (3, 1.0002), (0, 0.0002)])
    layer = layer_of("parks", Role.PROTECTED_AREA, [star(9000), strip])
    rows = pd.concat(drawn.drawn([layer], pd.DataFrame()))
    for level in drawn.LEVELS[:-1]:
        held = rows[rows["level"] == level].set_index("feature_id")["geometry"]
        assert set(held.index) == {"f1", "f2"}
        for name, shape in zip(("f1", "f2"), layer.shapes, strict=True):
            exact = measure.to_web_mercator(shape)
            off = shapely.hausdorff_distance(exact.boundary, held[name].boundary)
            assert off < 1.1 * drawn.TOLERANCE_PX * drawn.pixel_m(level)
    boxes = rows[["x0", "y0", "x1", "y1"]].to_numpy()
    assert (boxes[:, :2] <= shapely.bounds(rows["geometry"].to_numpy())[:, :2]).all()
    assert (boxes[:, 2:] >= shapely.bounds(rows["geometry"].to_numpy())[:, 2:]).all()


def test_points_lines_and_failed_layers_are_drawn_as_what_they_are() -> None:
    river = shapely.LineString(np.column_stack([np.linspace(0, 1, 3000), np.zeros(3000)]))
    layers = [
        layer_of("towns", Role.SETTLEMENT, [shapely.Point(1, 2)]),
        layer_of("rivers", Role.RIVER, [river]),
        toy.layer("gone", Role.PROTECTED_AREA, [], problem="cannot be read"),
    ]
    said = pd.DataFrame()
    marks = drawn.marks(layers, said).set_index("layer_id")
    assert marks["kind"].to_dict() == {"towns": "point", "rivers": "line"}
    assert (marks["position"] == -1).all()
    rows = pd.concat(drawn.drawn(layers, said))
    assert set(rows["layer_id"]) == {"rivers"}
    assert rows["part"].isna().all()
    assert (rows["level"] == drawn.LEVELS[-1]).sum() > 1
