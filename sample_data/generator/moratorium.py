"""Two areas closed to new titles for a time."""

from typing import Any

from .growth import grow, pick_spot
from .land import Land
from .seed import LonLat, Row, rng_for
from .shapes import point_on_outline


def make_moratorium(land: Land, parks: dict[str, Any]) -> list[Row]:
    """One at the edge of the largest park, one along a large river."""
    rng = rng_for("moratorium")
    edge = point_on_outline(rng, parks["np1"])
    hills = grow(land, rng, edge, 1250.0, "mountain")
    bank: LonLat = pick_spot(land, rng, "river", 680.0 * 0.3)
    plain = grow(land, rng, bank, 680.0, "river")
    return [
        closure(land, "MC-1", "Headwaters closure", ("2024-03-01", "2029-02-28"), hills),
        closure(land, "MC-2", "Floodplain closure", ("2025-07-15", "2028-07-14"), plain),
    ]


def closure(land: Land, code: str, kind: str, valid: tuple[str, str], shape: Any) -> Row:
    """One area with the act that closes it."""
    row: Row = {"ID": code, "NAME": f"{land.names.make('river')} {kind}"}
    row |= {"ACT": f"Mining (Closed Areas) Order {valid[0][:4]}"}
    return row | {"VALID_FROM": valid[0], "VALID_TO": valid[1], "geometry": shape}
