"""Where titles may lie, and those that lie there already."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry import MultiPoint, MultiPolygon

from .blocks import cells_polygon
from .land import Land
from .seed import KM_LON, Cell, Row
from .shapes import polygons

THREE_HECTARES = 2.7e-6  # in square degrees


@dataclass(frozen=True)
class Title:
    """A title before its attributes are written. The note names its deliberate defect."""

    geometry: Any
    kind: str
    goods: list[str]
    note: str


@dataclass
class Ground:
    """Country, sensitive land, waters, and the cells already given away."""

    home: Any
    touchy: Any
    wet: Any
    tree: shapely.STRtree
    given: set[Cell] = field(default_factory=set)
    titles: list[Title] = field(default_factory=list)

    def fits(self, geometry: Any, clear: bool, most: float) -> bool:
        """Whether a title is as clear of sensitive land, or as much on it, as asked for."""
        if clear:
            return not (self.touchy.intersects(geometry) or self.wet.intersects(geometry))
        shared = self.touchy.intersection(geometry).area / geometry.area
        return bool(0.04 < shared < most) and not self.grazes(geometry)

    def grazes(self, geometry: Any) -> bool:
        """Whether a title shares less than three hectares with some feature."""
        features = self.tree.geometries[self.tree.query(geometry, predicate="intersects")]
        return any(f.area > 0 and f.intersection(geometry).area < THREE_HECTARES for f in features)

    def add(
        self, cells: set[Cell], kind: str, goods: list[str], note: str = "", shape: Any = None
    ) -> None:
        """Record a title: the polygon of its cells, or another shape on them."""
        self.given |= cells
        self.titles.append(Title(shape or cells_polygon(cells), kind, goods, note))


def survey(
    land: Land, sensitive: Iterable[Row], rivers: list[Row], settlements: list[Row], shut: Any
) -> Ground:
    """The ground: titles go on no land that is shut, clear ones on nothing sensitive either."""
    features = [sensitive_shape(row) for row in sensitive]
    near = [shapely.buffer(g, 0.0008) for g in features]
    touchy = MultiPolygon(polygons(shapely.union_all(near)))
    large = [shapely.buffer(r["geometry"], 0.0008) for r in rivers if r["ORD_STRA"] >= 3]
    spots = [shapely.buffer(r["geometry"], 0.012) for r in settlements]
    wet = shapely.union_all([*large, *spots])
    ground = Ground(land.home.difference(shut), touchy, wet, shapely.STRtree(features))
    shapely.prepare([ground.home, touchy, wet])
    return ground


def sensitive_shape(row: Row) -> Any:
    """The valid shape of a feature in degrees; a point with an area becomes a circle."""
    geometry: Any = shapely.make_valid(row.get("_lonlat", row["geometry"]))
    if isinstance(geometry, MultiPoint) and row["REP_AREA"] > 0:
        return geometry.buffer((row["REP_AREA"] / 3.1) ** 0.5 / KM_LON)
    return geometry
