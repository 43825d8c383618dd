"""Overlaps against other engines on a random world, and against themselves in other parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from benchmarks import peers
from cetm_geo import accounts, clips, evidence, measure, overlay, workers
from cetm_geo.errors import Unbalanced
from cetm_geo.evidence import Evidence, Task, measure_sites
from cetm_geo.ground import Ground
from cetm_geo.model import Layer, Role
from cetm_geo.pieces import ONCE, OWN, Pieces
from cetm_geo.store.connection import SEALED, spatial_extension
from cetm_geo.store.pieces import OnDisk, PieceFolder
from tests import toy

CLUSTERS = np.array([(-70, -30), (20, 0), (28, -12), (110, 62), (-60, -79), (179, 10)])
KM = 1 / 111.2  # degrees of latitude


def outlines(random: Any, lon: Any, lat: Any, km: Any, corners: Any) -> Any:
    """Rough polygons about places; some have a hole, some a second part beside them."""
    count, owner = len(lon), np.repeat(np.arange(len(lon)), corners)
    turn = np.arange(len(owner)) - np.repeat(np.cumsum(corners) - corners, corners)
    turn = 2 * np.pi * turn / corners[owner]
    wave = np.zeros(len(owner))
    for k in 2 ** np.arange(11):
        seen = np.flatnonzero(corners[owner] > 3 * k)
        phase = random.uniform(0, 2 * np.pi, count)[owner[seen]]
        wave[seen] += np.sin(k * turn[seen] + phase) / k**0.8
    degrees = km * KM / np.array([np.cos(np.radians(lat)), np.ones(count)])
    away = degrees.T[owner] * np.column_stack([np.cos(turn), np.sin(turn)])
    away *= (1 + 0.4 * np.tanh(wave / 2))[:, None]
    middle = np.column_stack([lon, lat])[owner]
    shells, inner = (shapely.linearrings(middle + away * size, indices=owner) for size in (1, 0.35))
    shapes = shapely.polygons(shells)
    luck = random.random(count)
    holed, parted = np.flatnonzero(luck < 0.1), np.flatnonzero(luck > 0.9)
    shapes[holed] = shapely.polygons(shells[holed], inner[holed][:, None])
    beside = shapely.linearrings(middle + away + degrees.T[owner] * (2.9, 0), indices=owner)
    shapes[parted] = shapely.multipolygons(
        np.column_stack([shapes[parted], shapely.polygons(beside[parted])])
    )
    return shapes


def scattered(random: Any, count: int, km: Any, corners: Any, spread_km: float = 130) -> Any:
    middle = CLUSTERS[random.integers(0, len(CLUSTERS), count)]
    off = random.uniform(-spread_km / 2, spread_km / 2, (2, count)) * KM
    lat = middle[:, 1] + off[1]
    return outlines(random, middle[:, 0] + off[0] / np.cos(np.radians(lat)), lat, km, corners)


@dataclass
class World:
    titles: Any
    parks: Layer
    lands: Layer
    register: Layer

    @property
    def layers(self) -> tuple[Layer, ...]:
        return self.parks, self.lands, self.register


@pytest.fixture(scope="module")
def world() -> World:
    random = np.random.default_rng(41)
    titles = scattered(random, 1500, random.lognormal(1.2, 0.5, 1500), random.integers(5, 60, 1500))
    corners = np.where(random.random(1500) < 0.04, random.integers(600, 2500, 1500),
                       random.integers(8, 120, 1500))  # fmt: skip
    parks = scattered(random, 1500, random.lognormal(1.8, 0.8, 1500).clip(1, 40), corners)
    lands = scattered(random, 300, random.lognormal(1.8, 0.6, 300), random.integers(5, 90, 300))
    assert shapely.is_valid(np.concatenate([titles, parks, lands])).all()
    return World(
        toy.sites(list(titles)),
        toy.layer("parks", Role.PROTECTED_AREA, list(parks),
                  counted=list(random.random(1500) < 0.95),
                  classes=list(random.choice(["a", "b", ""], 1500))),
        toy.layer("lands", Role.PROTECTED_AREA, list(lands)),
        toy.layer("titles", Role.CONCESSION, list(titles)),
    )  # fmt: skip


def evidence_of(sites: Any, *layers: Layer, kept: PieceFolder | None = None) -> Evidence:
    ground = Ground.of({x.spec.id: x for x in layers}, kept)
    return measure_sites(sites, Task(ground, 100.0))


# --- other engines -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ours(world: World) -> pd.DataFrame:
    """Our pairs: their land in km2, and as it is drawn in square degrees."""
    laid = overlay.lay(world.titles, world.parks)
    pairs, own = laid.pairs, np.flatnonzero((laid.pair >= 0) & (laid.clips.km2 > 0))
    land = clips.lands(laid.clips.take(own), laid.units, world.parks.pieces)
    square = np.bincount(laid.pair[own], shapely.area(land), len(pairs))
    assert (pairs.overlap_km2 > 0).sum() > 10_000
    columns = {"site_row": pairs.site_row, "feature_row": pairs.feature_row}
    return pd.DataFrame(columns | {"km2": pairs.overlap_km2, "square": square})


def agree(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    keys = ["site_row", "feature_row"]
    both = ours.merge(theirs, on=keys, how="outer", suffixes=("", "_other"))
    assert both.notna().all(axis=None)  # the same pairs
    assert both["km2"].to_numpy() == pytest.approx(
        both["km2_other"].to_numpy(), rel=1e-9, abs=1e-10
    )
    if "square_other" in both:
        truth = both["square_other"].to_numpy()
        assert both["square"].to_numpy() == pytest.approx(truth, rel=1e-9, abs=1e-14)


def test_duckdb_finds_the_same_pairs_with_the_same_land(world: World, ours: pd.DataFrame) -> None:
    tables = {
        "sites": pa.table({"site_row": np.arange(1500), "wkb": world.titles.geometry.to_wkb()}),
        "parks": pa.table(
            {"feature_row": np.arange(1500), "wkb": shapely.to_wkb(world.parks.shapes)}
        ),
    }
    with duckdb.connect(config=dict(SEALED)) as connection:
        connection.load_extension(str(spatial_extension()))
        for name, table in tables.items():
            connection.register("incoming", table)
            connection.execute(
                f"CREATE TABLE {name} AS SELECT *, ST_GeomFromWKB(wkb) AS shape FROM incoming"
            )
        found = connection.execute(
            "SELECT site_row, feature_row, ST_Area(land) AS square, ST_AsWKB(land) AS land FROM ("
            " SELECT site_row, feature_row, ST_Intersection(sites.shape, parks.shape) AS land"
            " FROM sites JOIN parks ON ST_Intersects(sites.shape, parks.shape))"
        ).df()
    found["km2"] = measure.area_km2(shapely.from_wkb(found.pop("land").map(bytes).to_numpy()))
    agree(ours, found)


def test_postgis_finds_the_same_pairs_with_the_same_land(world: World, ours: pd.DataFrame) -> None:
    try:
        found = peers.pairs(peers.postgis_join, world.titles.geometry, world.parks.shapes)
    except peers.Missing as reason:
        pytest.skip(str(reason))
    agree(ours.drop(columns="square"), found)


# --- the books -----------------------------------------------------------------------------------


def test_the_books_of_a_random_world_come_out(world: World) -> None:
    protected = Ground.of({x.spec.id: x for x in (world.parks, world.lands)})
    land = measure_sites(world.titles, Task(protected, 100.0, land_only=True)).accounts
    titles = evidence_of(world.titles, world.register).accounts
    assert max(land.worst, titles.worst) <= accounts.BALANCED
    assert min(land.balanced, titles.balanced) > 1000
    assert min(land.by_area, land.clipped) > 5000


def test_how_pairs_of_titles_were_settled_is_in_the_books_too() -> None:
    register = [toy.block(0, 0, 4, 4), toy.block(1, 1), toy.block(3, 3, 4, 4)]
    layer = toy.layer("titles", Role.CONCESSION, register)
    made = evidence_of(toy.sites(register), layer).accounts
    assert (made.by_area, made.clipped) == (2, 2)  # each pair from both its sides


def near_copies(random: Any) -> tuple[list[Any], list[Any]]:
    """Titles and parks of one outline that was written down again and again: half of each is
    the same but for the ninth digit, the other half is its own."""
    corners = int(random.choice([5, 10, 100]))
    turn = np.arange(corners) * 2 * np.pi / corners
    plain = np.column_stack([np.cos(turn), np.sin(turn)]) * random.uniform(0.5, 1.5, (corners, 1))
    shapes = []
    for _ in range(12):
        own = plain.copy()
        own[: corners // 2] *= random.uniform(0.7, 1.3, (corners // 2, 1))
        own += random.normal(0, 1e-8, own.shape)
        shapes.append(shapely.Polygon(own * 0.1 + (20, 10)))
    return shapes[:6], shapes[6:]


@pytest.mark.long
def test_outlines_that_differ_in_the_ninth_digit_are_covered_as_they_are_and_balance() -> None:
    random = np.random.default_rng(7)
    for _ in range(20):
        titles, parks = near_copies(random)
        sites = toy.sites(titles)
        found = evidence_of(
            sites, toy.layer("parks", Role.PROTECTED_AREA, parks),
            toy.layer("titles", Role.CONCESSION, titles),
        )  # fmt: skip
        for name, layer in (("parks", parks), ("titles", titles)):
            for i, title in enumerate(titles):
                others = layer if name == "parks" else layer[:i] + layer[i + 1 :]
                land = shapely.union_all(others, grid_size=1e-12)
                truth = shapely.intersection(title, land, grid_size=1e-12)
                km2 = measure.area_km2([truth])[0]
                assert found.covered[name][i] == pytest.approx(km2, rel=1e-8)


SHRUNK = 1 - 1e-6


def less_of_each(monkeypatch: pytest.MonkeyPatch, layer: Layer) -> Layer:
    """Intersections lose a millionth of their sides."""
    sound = clips.robust

    def shrunk(operation: Any, a: Any, b: Any) -> Any:
        return shapely.transform(sound(operation, a, b), lambda c: c * SHRUNK)

    monkeypatch.setattr(clips, "robust", shrunk)
    return layer


def some_land_twice(_: pytest.MonkeyPatch, layer: Layer) -> Layer:
    pieces = layer.cut()
    flags = np.where(pieces.is_a(OWN), pieces.flags | ONCE, pieces.flags)
    return replace(layer, held=Pieces(pieces.feature_row, pieces.bounds, pieces.area_km2, flags,
                                      pieces.held))  # fmt: skip


def a_larger_area(_: pytest.MonkeyPatch, layer: Layer) -> Layer:
    pieces = layer.cut()
    return replace(layer, held=Pieces(pieces.feature_row, pieces.bounds, pieces.area_km2 * 1.000001,
                                      pieces.flags, pieces.held))  # fmt: skip


@pytest.mark.parametrize("fault", [less_of_each, some_land_twice, a_larger_area])
def test_an_engine_that_errs_is_stopped_with_the_site_and_the_layer(
    fault: Callable[[pytest.MonkeyPatch, Layer], Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = toy.sites([toy.block(0, 20, 2, 2), toy.block(0, 0, 4, 4)])
    shapes = [toy.block(2, 2, 5, 5)]
    if fault is not less_of_each:
        shapes += [toy.block(1, 1, 2, 2)]
    layer = toy.layer("parks", Role.PROTECTED_AREA, shapes)
    km2 = 4 if fault is less_of_each else 7
    assert evidence_of(sites, layer).covered["parks"] == pytest.approx([0, km2], rel=1e-9)
    with pytest.raises(Unbalanced, match="Site titles:f2 against layer parks"):
        evidence_of(sites, fault(monkeypatch, layer))


# --- in other parts ------------------------------------------------------------------------------


def same_bits(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same_bits(a[key], b[key]) for key in a)
    if isinstance(a, tuple):
        return all(map(same_bits, a, b))
    if hasattr(a, "__dataclass_fields__"):
        return all(same_bits(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, np.ndarray) and a.dtype == object and not isinstance(next(iter(a), ""), str):
        return shapely.to_wkb(a).tolist() == shapely.to_wkb(b).tolist()
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    return bool(a == b)


def test_parts_threads_and_where_pieces_lie_change_no_bit(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = world.titles.iloc[:60].reset_index(drop=True)
    kept = PieceFolder(tmp_path)
    together = evidence_of(sites, *world.layers, kept=kept)
    assert together.rings["parks"].any()
    on_disk = Ground.of({x.spec.id: x for x in world.layers}, kept)
    assert all(isinstance(x.pieces.held, OnDisk) for x in on_disk.asked)
    for size, threads, ground in ((7, 2, on_disk), (1000, 1, on_disk), (50, 1, None)):
        monkeypatch.setattr(evidence, "PART", size)
        monkeypatch.setattr(workers, "cores", lambda threads=threads: threads)
        found = (
            evidence_of(sites, *world.layers)
            if ground is None
            else measure_sites(sites, Task(ground, 100.0))
        )
        for name in ("pairs", "covered", "classes", "nearest", "inside", "rings", "shapes"):
            assert same_bits(dict(getattr(found, name)), dict(getattr(together, name))), name
        assert found.accounts == together.accounts
