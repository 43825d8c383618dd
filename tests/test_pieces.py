"""Layers in small pieces: nothing lost, land counted once, the same bytes from disk."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cetm_geo import boxes, cutting, measure, meridian
from cetm_geo.errors import LayerError, StoreDamaged, StoreError
from cetm_geo.model import Layer, Role
from cetm_geo.pieces import CLASS_ONCE, ONCE, OWN, ROLE_ONCE, Pieces, settle_role
from cetm_geo.store.pieces import COORDINATES, INDEX, PieceFolder, digest_of, in_memory, resident
from tests import toy
from tests.made import files_no_larger_than

KEPT = 1e-9  # of the land


def ring(random: Any, corners: int, size: float = 1.0, lon: float = 0, lat: float = 0) -> Any:
    """Corners of an outline as rough as a coast, whose edges do not cross."""
    turn = (np.arange(corners) + random.uniform(0.1, 0.9, corners)) * 2 * np.pi / corners
    waves = 2 ** np.arange(np.log2(corners))
    wave = sum(np.sin(k * turn + random.uniform(0, 7)) / k**0.8 for k in waves)
    reach = size * (1 + 0.4 * np.tanh(wave / 2))
    return np.column_stack([reach * np.cos(turn) + lon, reach * np.sin(turn) + lat])


def rough(seed: int, corners: int, size: float = 1.0, lon: float = 0, lat: float = 0) -> Any:
    return shapely.Polygon(ring(np.random.default_rng(seed), corners, size, lon, lat))


def repaired(corners: Any) -> Any:
    shape = shapely.Polygon(corners)
    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


def cut(*shapes: Any) -> tuple[Any, Any]:
    whole = np.array(shapes, object)
    return cutting.cut(whole, measure.area_km2(whole))


def area(shapes: Any) -> float:
    return float(measure.area_km2(shapes).sum())


def common(shapes: Any) -> float:
    """Land that two of some shapes share."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    return area(shapely.intersection(shapes[first[pairs]], shapes[second[pairs]]))


def is_whole(pieces: Any, shape: Any) -> bool:
    """True if pieces are small and valid, have the shape's area, and are the shape."""
    off = shapely.symmetric_difference(shapely.union_all(pieces), shape)
    return bool(
        shapely.get_num_coordinates(pieces).max() <= cutting.MOST_VERTICES
        and shapely.is_valid(pieces).all()
        and not shapely.is_empty(pieces).any()
        and area(pieces) == pytest.approx(area([shape]), rel=KEPT)
        and area([off]) <= KEPT * area([shape])
    )


# --- cutting -------------------------------------------------------------------------------------


def made_shapes() -> dict[str, Any]:
    turn = np.arange(900) / 450 * np.pi
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    eight = np.column_stack([np.sin(turn) * 2 + 20, np.sin(2 * turn) + 30])
    steps = np.repeat(np.arange(600) % 7 / 100, 2)
    stairs = np.column_stack([np.repeat(np.arange(601) / 100, 2)[1:-1], 1 + steps])
    teeth = np.column_stack([np.arange(1200) / 100, np.arange(1200) % 2 * 0.5])
    islands = [rough(i, 3 + 150 * i, 0.2, i, 60) for i in range(1, 8)]
    return {
        "a hole that touches the shell": shapely.Polygon(circle, [circle / 2 + (0.5, 0)]),
        "holes side by side": shapely.Polygon(
            shapely.segmentize(shapely.box(0, 40, 9, 41), 0.01).exterior,
            [shapely.box(x, 40.2, x + 0.5, 40.8).exterior for x in range(1, 9)],
        ),
        "a bow-tie, repaired": repaired(eight),
        "islands": shapely.MultiPolygon(islands),
        "cut at 180 degrees": meridian.cut(rough(3, 3000, 2, 180, 66)),
        "stairs on a grid": shapely.Polygon(np.vstack([stairs, [(6, 0), (0, 0)]])),
        "teeth": shapely.Polygon(np.vstack([teeth, [(12, -1), (0, -1)]])),
        "down to the pole": shapely.Polygon(
            [*((x, -70 - x % 2) for x in np.linspace(-180, 180, 2001)), (180, -90), (-180, -90)]
        ),
        "flat": shapely.Polygon(
            np.vstack([c := np.column_stack([np.arange(600) / 60, np.zeros(600)]), c[::-1] + 1e-7])
        ),
    }


@pytest.mark.parametrize("name", made_shapes())
def test_pieces_are_small_and_valid_and_together_they_are_the_feature(name: str) -> None:
    shape = made_shapes()[name]
    assert shapely.is_valid(shape)
    pieces, owner = cut(toy.block(0, 0), shape)
    assert is_whole(pieces[owner == 1], shape)
    assert list(pieces[owner == 0]) == [toy.block(0, 0)]
    assert np.abs(shapely.bounds(pieces)).max() <= 180


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(3, 3000), st.floats(0.01, 5), st.integers(-75, 75))
def test_any_rough_outline_with_a_hole_is_the_sum_of_its_pieces(
    seed: int, corners: int, size: float, lat: int
) -> None:
    random = np.random.default_rng(seed)
    shape = shapely.Polygon(
        ring(random, corners, size, 20, lat), [ring(random, corners, size / 5, 20, lat)]
    )
    if shapely.is_valid(shape):
        assert is_whole(cut(shape)[0], shape)


def test_a_feature_of_half_a_million_corners_is_the_sum_of_its_pieces() -> None:
    shape = rough(4, 520_000, 3, 100, -40)
    pieces, _ = cut(shape)
    assert len(pieces) < 4 * 520_000 / cutting.MOST_VERTICES
    assert shapely.get_num_coordinates(pieces).max() <= cutting.MOST_VERTICES
    assert shapely.is_valid(pieces).all()
    assert area(pieces) == pytest.approx(area([shape]), rel=KEPT)
    assert common(pieces) <= KEPT * area([shape])


def test_points_come_as_they_are_and_lines_as_short_ones() -> None:
    bends = np.linspace(0, 9, 1000)
    line = shapely.LineString(np.column_stack([bends, np.sin(bends)]))
    places = shapely.MultiPoint([(0, 0), (5, 5)])
    rivers = toy.layer("rivers", Role.RIVER, [line, places, shapely.Point(1, 2)]).pieces
    shapes = rivers.shapes(np.arange(len(rivers)))
    assert set(rivers.flags) == {OWN}
    assert not rivers.area_km2.any()
    assert shapely.get_num_coordinates(shapes).max() <= 64
    assert shapely.length(shapes).sum() == pytest.approx(line.length)
    assert shapely.equals(shapely.line_merge(shapely.union_all(shapes[rivers.feature_row == 0])),
                          line)  # fmt: skip
    points = {shape.wkt for shape in shapes if shape.geom_type == "Point"}
    assert points == {"POINT (0 0)", "POINT (5 5)", "POINT (1 2)"}


def broken(how: str) -> Callable[..., Any]:
    """A clip that goes wrong as GEOS does once in a while."""
    sound = shapely.clip_by_rect

    def clip(shape: Any, *box: float) -> Any:
        if how == "raises":
            raise shapely.errors.GEOSException("TopologyException")
        land = sound(shape, *box)
        if how == "loses land":
            return shapely.transform(land, lambda c: c * (1 - 1e-8))
        west, south, east, north = shapely.bounds(land)
        whisker = [(east, south), (west, south), (east, south), (east, north)]
        return land if land.geom_type != "Polygon" else shapely.Polygon(
            [*land.exterior.coords[:-1], *whisker])  # fmt: skip

    return clip


@pytest.mark.parametrize("how", ["raises", "is invalid"])
def test_where_the_fast_clip_fails_a_slower_one_gives_the_same_land(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = rough(5, 2000, 1, 10, 50)
    monkeypatch.setattr(shapely, "clip_by_rect", broken(how))
    pieces, _ = cut(shape)
    assert shapely.is_valid(pieces).all()
    assert area(pieces) == pytest.approx(area([shape]), rel=KEPT)


def test_a_feature_whose_pieces_do_not_keep_its_area_stops_with_its_layer_and_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shapes = [toy.block(0, 0), rough(6, 900), rough(7, 900)]
    layer = toy.layer("parks", Role.PROTECTED_AREA, shapes)
    layer.features.loc[2, "area_km2"] *= 1 + 1e-8
    with pytest.raises(LayerError, match="layer parks: feature f3: its pieces have"):
        layer.cut()
    layer.features.loc[2, "area_km2"] = measure.area_km2(shapes)[2]
    monkeypatch.setattr(shapely, "clip_by_rect", broken("loses land"))
    with pytest.raises(LayerError, match="feature f2"):
        toy.layer("parks", Role.PROTECTED_AREA, shapes).cut()


# --- boxes ---------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0, 1, 31, 33, 1025, 2000]), st.integers(0, 60))
def test_boxes_that_meet_are_those_that_comparing_all_finds(
    seed: int, held: int, asked: int
) -> None:
    random = np.random.default_rng(seed)

    def some(count: int) -> Any:
        corner, size = random.integers(0, 40, (count, 2)), random.integers(0, 4, (count, 2))
        out = np.hstack([corner, corner + size]).astype(float)
        out[random.random(count) < 0.1] = np.nan
        return out[np.argsort(out[:, 0], kind="stable")]

    a, b = some(asked), some(held)
    apart = (a[:, None, :2] <= b[None, :, 2:]) & (b[None, :, :2] <= a[:, None, 2:])
    expected = np.nonzero(apart.all(axis=2))
    for found, truth in zip(boxes.BoxIndex(b).meeting(a), expected, strict=True):
        assert found.tolist() == truth.tolist()


# --- land once -----------------------------------------------------------------------------------


def parks(seed: int, order: Any = None, layer_id: str = "parks") -> Layer:
    """Overlapping rough parks of three classes and of none, some twice, some not counted."""
    random = np.random.default_rng(seed)
    shapes = [
        shapely.Polygon(ring(random, int(n), random.uniform(0.3, 1.2), *random.uniform(0, 4, 2)))
        for n in random.choice([5, 40, 900], 14)
    ]
    shapes += [shapes[0], shapes[3], shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2)]
    classes = random.choice(["a", "b", "c", ""], len(shapes))
    counted = random.random(len(shapes)) < 0.85
    order = np.arange(len(shapes)) if order is None else order
    return toy.layer(
        layer_id, Role.PROTECTED_AREA, [shapes[i] for i in order],
        classes=list(classes[order]), counted=list(counted[order]),
    )  # fmt: skip


def land(pieces: Pieces, bit: int) -> Any:
    return pieces.shapes(np.flatnonzero(pieces.is_a(bit)))


def by_class(layer: Layer, bit: int) -> dict[str, float]:
    pieces = layer.pieces
    name = layer.features["class_id"].to_numpy(object)[pieces.feature_row]
    km2 = np.where(pieces.is_a(bit), pieces.area_km2, 0.0)
    return {c: float(km2[name == c].sum()) for c in ("a", "b", "c", "")}


@pytest.mark.parametrize("seed", range(6))
def test_counted_land_stands_once_and_under_several_classes_goes_to_the_first(seed: int) -> None:
    layer = parks(seed)
    pieces, counted, shapes = layer.pieces, layer.is_counted, layer.shapes
    once = land(pieces, ONCE)
    whole = area([shapely.union_all(shapes[counted])])
    assert common(once) <= KEPT * whole
    assert area(once) == pytest.approx(whole, rel=KEPT)
    assert pieces.area_km2[pieces.is_a(ONCE)].sum() == pytest.approx(whole, rel=KEPT)
    assert not (pieces.is_a(ONCE) | pieces.is_a(ROLE_ONCE))[~counted[pieces.feature_row]].any()
    own = np.bincount(pieces.feature_row, pieces.area_km2 * pieces.is_a(OWN), len(shapes))
    assert own == pytest.approx(layer.area_km2, rel=KEPT)
    so_far, before = np.zeros(len(shapes), bool), 0.0
    of_class = by_class(layer, CLASS_ONCE)
    for name, found in by_class(layer, ONCE).items():
        mine = layer.features["class_id"].to_numpy(object) == name
        so_far |= counted & mine
        through = area([shapely.union_all(shapes[so_far])])
        assert found == pytest.approx(through - before, abs=KEPT * whole)
        assert not name or of_class[name] == pytest.approx(
            area([shapely.union_all(shapes[mine])]), rel=KEPT
        )
        before = through


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_features_changes_no_total_of_land_once(seed: int) -> None:
    order = np.random.default_rng(seed).permutation(18)
    shuffled, plain = parks(seed, order), parks(seed)
    for bit in (ONCE, CLASS_ONCE):
        assert by_class(shuffled, bit) == pytest.approx(by_class(plain, bit), rel=KEPT)


def role_once(layers: list[Pieces]) -> list[float]:
    return [float(p.area_km2[p.is_a(ROLE_ONCE)].sum()) for p in layers]


def test_a_roles_land_stands_once_over_its_layers_and_goes_to_the_first() -> None:
    layers = [parks(seed, layer_id=f"parks_{seed}") for seed in (11, 12, 13)]
    settled = settle_role([layer.pieces for layer in layers])
    before = 0.0
    for i, found in enumerate(role_once(settled)):
        through = area(
            [shapely.union_all(np.concatenate([x.shapes[x.is_counted] for x in layers[: i + 1]]))]
        )
        assert found == pytest.approx(through - before, abs=KEPT * through)
        before = through
    for layer, pieces in zip(layers, settled, strict=True):
        assert area(land(pieces, ONCE)) == pytest.approx(area(land(layer.pieces, ONCE)), rel=KEPT)
        assert area(land(pieces, OWN)) == pytest.approx(layer.area_km2.sum(), rel=KEPT)


def test_settling_a_role_that_is_settled_changes_nothing() -> None:
    once = settle_role([parks(seed).pieces for seed in (11, 12)])
    again = settle_role(once)
    assert role_once(again) == pytest.approx(role_once(once), rel=KEPT)
    assert [len(p) for p in again] == [len(p) for p in once]


# --- kept beside a store -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed() -> Pieces:
    """Pieces of all kinds: points, lines, polygons with holes, polygons of several parts."""
    random = np.random.default_rng(8)
    shapes = [shapely.Point(*xy) for xy in random.uniform(0, 9, (40, 2))]
    shapes += [
        shapely.LineString(ring(random, 200, 0.5, *place)) for place in random.uniform(0, 9, (9, 2))
    ]
    shapes += [rough(i, 3 + 40 * i, 0.5, *random.uniform(0, 9, 2)) for i in range(40)]
    shapes += list(made_shapes().values())
    return toy.layer("mixed", Role.CONTEXT, shapes, indicators=("count",)).cut()


def same(a: Pieces, b: Pieces, rows: Any) -> bool:
    kept = [shapely.to_wkb(p.shapes(np.array(rows, np.intp))) for p in (a, b)]
    columns = ("feature_row", "bounds", "area_km2", "flags")
    return all(np.array_equal(getattr(a, c), getattr(b, c)) for c in columns) and (
        kept[0].tolist() == kept[1].tolist()
    )


def test_kept_pieces_come_back_byte_for_byte_in_whatever_order_they_are_asked(
    mixed: Pieces, tmp_path: Path
) -> None:
    shapes = mixed.shapes(np.arange(len(mixed)))
    assert {s.geom_type for s in shapes} == {"Point", "LineString", "Polygon", "MultiPolygon"}
    PieceFolder(tmp_path).keep("mixed", mixed)
    local = PieceFolder(tmp_path).open("mixed")
    remote = PieceFolder(f"file://{tmp_path}").open("mixed")
    random = np.random.default_rng(9)
    for count in (0, 1, 2, 7, 50, len(mixed)):
        for rows in (random.choice(len(mixed), count), np.sort(random.choice(len(mixed), count))):
            assert same(mixed, local, rows)
            assert same(mixed, remote, rows)
    assert same(mixed, local, range(len(mixed)))
    assert same(mixed, pickle.loads(pickle.dumps(local)), range(len(mixed)))
    assert same(mixed, in_memory(local), range(len(mixed)))
    left, read = (resident({"x": local}, limit)["x"] for limit in (10, 1 << 30))
    assert left is local
    assert read is not local


def test_a_layer_without_features_is_kept_too(tmp_path: Path) -> None:
    none = toy.layer("none", Role.PROTECTED_AREA, []).pieces
    PieceFolder(tmp_path).keep("none", none)
    assert same(none, PieceFolder(tmp_path).open("none"), [])


def test_what_was_kept_first_stands_and_nothing_half_written_is_left(
    mixed: Pieces, tmp_path: Path
) -> None:
    folder = PieceFolder(tmp_path)
    folder.keep("mixed", mixed)
    folder.keep("mixed", parks(1).pieces)
    assert same(mixed, folder.open("mixed"), range(len(mixed)))
    assert [p.name for p in tmp_path.iterdir()] == ["mixed"]


@pytest.mark.parametrize("room", [0, 1000, 100_000])
def test_a_full_disk_leaves_nothing_half_written_and_says_so(
    mixed: Pieces, tmp_path: Path, room: int
) -> None:
    folder = PieceFolder(tmp_path)
    with files_no_larger_than(room), pytest.raises(StoreError, match="cannot be written"):
        folder.keep("mixed", mixed)
    assert not list(tmp_path.iterdir())
    assert not folder.holds("mixed")
    folder.keep("mixed", mixed)
    assert same(mixed, folder.open("mixed"), [3, 1])


def test_a_disk_that_is_full_at_the_index_leaves_nothing_either(tmp_path: Path) -> None:
    """Points: more is said of each than its coordinates."""
    points = toy.layer("p", Role.SETTLEMENT, [shapely.Point(i, 0) for i in range(99)]).pieces
    with files_no_larger_than(99 * 16), pytest.raises(StoreError, match="cannot be written"):
        PieceFolder(tmp_path).keep("p", points)
    assert not list(tmp_path.iterdir())


def shortened(file: Path, by: int) -> None:
    file.write_bytes(file.read_bytes()[:-by])


DAMAGES: dict[str, Callable[[Path, Path], Any]] = {
    "coordinates cut short": lambda own, _: shortened(own / COORDINATES, 16),
    "no coordinates": lambda own, _: (own / COORDINATES).unlink(),
    "no index": lambda own, _: (own / INDEX).unlink(),
    "an empty index": lambda own, _: (own / INDEX).write_bytes(b""),
    "an index cut short": lambda own, _: shortened(own / INDEX, 100),
    "an index that is none": lambda own, _: (own / INDEX).write_bytes(b"no such thing" * 99),
    "another layer's index": lambda own, other: (own / INDEX).write_bytes(
        (other / INDEX).read_bytes()
    ),
    "a list for an index": lambda own, _: np.savez(own / INDEX, names=np.arange(3)),
    "half an index": lambda own, _: np.savez(
        own / INDEX, **{n: np.zeros(3) for n in ("feature_row", "bounds", "area_km2", "flags")}
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_pieces_are_told_and_never_read_as_other_land(
    mixed: Pieces, tmp_path: Path, damage: str
) -> None:
    folder = PieceFolder(tmp_path)
    folder.keep("mixed", mixed)
    folder.keep("few", parks(1).pieces)
    DAMAGES[damage](tmp_path / "mixed", tmp_path / "few")
    with pytest.raises(StoreDamaged, match="mixed"):
        opened = folder.open("mixed")
        opened.shapes(np.arange(len(opened)))


def test_the_name_pieces_are_kept_by_changes_with_whatever_they_hang_on() -> None:
    shapes = np.array([rough(1, 20), rough(2, 30), toy.block(0, 0)], object)
    counted, rank = np.ones(3, bool), np.arange(3)
    nudged = shapes.copy()
    nudged[1] = shapely.transform(
        shapes[1], lambda c: np.where(np.arange(len(c))[:, None] == 7, np.nextafter(c, 9), c)
    )
    names = [
        digest_of(*what)
        for what in (
            (shapes, counted, rank),
            (nudged, counted, rank),
            (shapes[[1, 0, 2]], counted, rank),
            (shapes[:2], counted[:2], rank[:2]),
            (shapes, np.array([True, True, False]), rank),
            (shapes, counted, np.array([0, 1, 1])),
            (shapes, counted, rank, "another layer before it"),
        )
    ]
    assert len(set(names)) == len(names)
    again = shapely.from_wkb(shapely.to_wkb(shapes))
    assert digest_of(again, counted.copy(), rank.copy()) == names[0]
