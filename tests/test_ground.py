"""Layers made ready for sites: cut once, again only if changed, and only where sites are near."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from cetm_geo import cutting, pipeline, store
from cetm_geo.evidence import Evidence, Task, measure_sites
from cetm_geo.ground import Ground
from cetm_geo.model import Role
from cetm_geo.pieces import CLASS_ONCE, ONCE, ROLE_ONCE
from cetm_geo.store import PieceFolder
from tests import made, toy

ROUGH = [shapely.Point(x, 0.1).buffer(0.3, quad_segs=400) for x in (0, 0.2, 40)]


def layers(last: Any = ROUGH[2]) -> dict[str, Any]:
    parks = toy.layer("parks", Role.PROTECTED_AREA, [*ROUGH[:2], last], classes=["b", "a", "b"])
    forests = toy.layer("forests", Role.COMMUNITY_LAND, [toy.block(0, 0, 9, 9)])
    claims = toy.layer("claims", Role.COMMUNITY_LAND, [toy.block(5, 5, 9, 9)])
    return {x.spec.id: x for x in (parks, forests, claims)}


def measured(ground: Ground) -> Evidence:
    return measure_sites(toy.sites([toy.block(-9, -9, 30, 30)]), Task(ground, 100.0))


def same(a: Evidence, b: Evidence) -> bool:
    names = a.covered.keys() == b.covered.keys() and a.rings.keys() == b.rings.keys()
    return bool(
        names
        and all((a.covered[k] == b.covered[k]).all() for k in a.covered)
        and all((a.rings[k] == b.rings[k]).all() for k in a.rings)
        and all((a.nearest[k][0] == b.nearest[k][0]).all() for k in a.nearest)
    )


def test_a_layer_that_has_not_changed_is_not_cut_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = PieceFolder(tmp_path)
    first = Ground.of(layers(), kept)
    cut: list[int] = []
    real = cutting.cut

    def counting(shapes: Any, *more: Any) -> Any:
        cut.append(len(shapes))
        return real(shapes, *more)

    monkeypatch.setattr(cutting, "cut", counting)
    again = Ground.of(layers(), kept)
    assert not cut
    assert again.names == first.names
    assert same(measured(first), measured(again))

    moved = Ground.of(layers(shapely.transform(ROUGH[2], lambda c: c + np.array([1e-9, 0]))), kept)
    assert cut == [3]  # the parks alone
    assert moved.names["parks"] != first.names["parks"]
    assert moved.names["claims"] == first.names["claims"]


def test_land_of_two_layers_of_a_role_hangs_on_both(tmp_path: Path) -> None:
    kept = PieceFolder(tmp_path)
    given = layers()
    first = Ground.of(given, kept)
    wider = toy.layer("forests", Role.COMMUNITY_LAND, [toy.block(0, 0, 10, 10)])
    second = Ground.of({**given, "forests": wider}, kept)
    assert second.names["claims"] != first.names["claims"]
    assert measured(first).covered["community_land"] == pytest.approx([81 + 81 - 16], rel=1e-9)
    assert measured(second).covered["community_land"] == pytest.approx([100 + 81 - 25], rel=1e-9)


def test_only_what_sites_are_near_is_cut_and_no_number_changes() -> None:
    sites = toy.sites([toy.block(-9, -9, 30, 30)])
    whole, near = Ground.of(layers()), Ground.of(layers(), near=sites)
    pieces = near.layers["parks"].pieces
    far = pieces.shapes(np.flatnonzero(pieces.feature_row == 2))
    assert shapely.get_num_coordinates(far).max() > cutting.MOST_VERTICES
    assert len(pieces) < len(whole.layers["parks"].pieces)
    assert same(measured(whole), measured(near))


def test_pieces_that_no_kept_generation_was_built_with_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.writing, "_KEPT_GENERATIONS", 1)
    catalogue, data = tmp_path / "layers", tmp_path / "data"
    catalogue.mkdir()
    for name, role in (("titles", "concession"), ("parks", "protected_area")):
        source = f'[source]\npath = "{name}.geojson"\n[columns]\nfeature_id = "id"\n'
        licence = '[licence]\ntext = "CC0"\npublish = "public"\n'
        text = f'role = "{role}"\nlabel = "{name}"\n{source}{licence}'
        (catalogue / f"{name}.toml").write_text(text)
        made.geojson(data / f"{name}.geojson", [made.feature(toy.block(0, 0, 4, 4), id="1")])
    (catalogue / "catalogue.toml").write_text('label = "Toy"\n')

    def built() -> set[str]:
        pipeline.build(catalogue, data, tmp_path / "store", toy.ON)
        names = {path.name for path in (tmp_path / "store" / "pieces").iterdir()}
        assert names == {
            row["name"] for row in store.open_store(tmp_path / "store").manifest["pieces"].values()
        }
        return names

    first = built()
    assert built() == first
    made.geojson(data / "parks.geojson", [made.feature(toy.block(1, 1, 4, 4), id="1")])
    second = built()
    assert len(first & second) == 1  # the titles'
    damaged = tmp_path / "store" / "pieces" / sorted(second)[0] / "coordinates.f64"
    content = bytearray(damaged.read_bytes())
    content[7] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(store.reading.StoreDamaged, match="sha256"):
        store.verify_store(tmp_path / "store")


def test_bits_say_what_a_piece_is_part_of() -> None:
    pieces = Ground.of(layers()).layers["parks"].pieces
    areas = {bit: pieces.area_km2[pieces.is_a(bit)].sum() for bit in (ONCE, ROLE_ONCE, CLASS_ONCE)}
    union = toy.area_km2([shapely.union_all(ROUGH)])[0]
    assert areas[ONCE] == pytest.approx(union, rel=1e-9)
    assert areas[ROLE_ONCE] == pytest.approx(union, rel=1e-9)
    assert areas[CLASS_ONCE] == pytest.approx(toy.area_km2(ROUGH).sum(), rel=1e-9)
