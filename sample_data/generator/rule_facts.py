"""What the rules ask of: the features of each group, the titles, and all that tells of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from .answers import Answer
from .blocks import PER_DEGREE
from .community import ISOLATED
from .contact import Features, circle, exact_km2, geodesic_km
from .grids import LEAF
from .seed import Row
from .title_ground import Boxes, TitleGround
from .title_papers import STAGES, TitlePapers, crosses_a_border
from .title_water import TitleBasins, WaterRisk, under_titles
from .truth import HA, TREED, Cells, covered, pieces
from .water import Waters
from .wdpa import MAB, RAMSAR, WHS

COUNTED = ("Designated", "Inscribed", "Established")
STRICT = ("Ia", "Ib", "II", "III")
LARGE_ORDER, IMPERILED = 3, 4
Layers = dict[str, list[Row]]


@dataclass(frozen=True)
class Site:
    """A title of right angles, on the lines of the title grid.

    place: in the register, from 0. boxes: the rectangles that it is made of. edge_km: how far the
    end of the country is. is_inside: in the country, wholly; else it lies across the border.
    """

    place: int
    row: Row
    shape: Any
    boxes: Boxes
    edge_km: float
    is_inside: bool
    people: float
    cover_ha: float
    loss_ha: float

    @property
    def stage(self) -> str:
        """What it allows."""
        return STAGES[self.row["Type"]]

    @property
    def is_sliver(self) -> bool:
        """Whether a park was made to touch it by a strip."""
        return bool(self.row["_note"].startswith("sliver"))


@dataclass(frozen=True)
class Facts:
    """All that the rules ask of."""

    layers: Layers
    countries: dict[str, Any]
    cells: Cells
    waters: TitleBasins
    risk: WaterRisk
    ground: TitleGround
    papers: TitlePapers

    @cached_property
    def sites(self) -> list[Site]:
        """The titles that are told of."""
        found = [self.site(k, row) for k, row in enumerate(self.layers["cadastre"])]
        return [site for site in found if site is not None]

    def site(self, place: int, row: Row) -> Site | None:
        """A title; None of one that crosses itself, is a circle, or lies wholly abroad."""
        shape = row["geometry"]
        lines = [np.round(np.unique(v), 6) for v in shapely.get_coordinates(shape).T]
        on_grid = [np.allclose(v * PER_DEGREE, np.round(v * PER_DEGREE), atol=1e-3) for v in lines]
        home = self.countries["XKV"]
        if not shape.is_valid or not all(on_grid) or not home.intersects(shape):
            return None
        boxes = pieces(shape, *lines)
        return Site(
            place,
            row,
            shape,
            boxes,
            geodesic_km(shape, home.boundary),
            bool(home.contains(shape)),
            *cell_sums(self.cells, boxes),
        )

    def contact(self, name: str, site: Site) -> str:
        """What a title meets of a group."""
        return self.features[name].contact(site.shape, planned=site.is_sliver)

    def share(self, name: str, site: Site) -> float:
        """The share of a title in a group, each piece of land once."""
        group = self.features[name]
        whole = shapely.union_all([group.every[k] for k in group.met(site.shape)])
        return exact_km2(whole.intersection(site.shape)) / exact_km2(site.shape)

    def share_at_home(self, site: Site) -> float:
        """The share of a title in the country."""
        return exact_km2(self.countries["XKV"].intersection(site.shape)) / exact_km2(site.shape)

    def way_crosses_a_border(self, site: Site) -> Answer:
        """Whether the way to the nearest port does."""
        return crosses_a_border(site.shape, self.layers["ports"], self.countries)

    @cached_property
    def under_titles(self) -> list[float]:
        """Of each basin, the share under titles."""
        return under_titles(self.waters, shapes_of(self.layers["cadastre"]))

    @cached_property
    def parks_in_basins(self) -> list[float]:
        """Of each basin, land in protected areas."""
        return self.land_in_basins("protected_area")

    @cached_property
    def communities_in_basins(self) -> list[float]:
        """Of each basin, land of communities."""
        return self.land_in_basins(
            "indigenous_land", "claimed_land", "customary_land", "use_agreement_land"
        )

    def land_in_basins(self, *names: str) -> list[float]:
        """Of each basin, land in some groups, more than once where they overlap."""
        return [
            sum(km2 for n in names for _, km2 in self.features[n].shared(shape))
            for shape in self.waters.shapes
        ]

    @cached_property
    def features(self) -> dict[str, Features]:
        """The features of each group that a rule asks of."""
        layers = self.layers
        lands = layers["indigenous_territories"]
        isolated = [r for r in lands if r["category"] == ISOLATED]
        rivers = [r for r in layers["rivers"] if r["ORD_STRA"] >= LARGE_ORDER]
        imperiled = [r for r in layers["ecoregions"] if r["NNH"] == IMPERILED]
        groups = {
            "key_biodiversity_area": [r["_lonlat"] for r in layers["key_biodiversity_areas"]],
            "intact_forest": shapes_of(layers["intact_forest"]),
            "imperiled_ecoregion": shapes_of(imperiled),
            "indigenous_land": shapes_of(lands),
            "isolated_peoples": shapes_of(isolated),
            "claimed_land": shapes_of(layers["claimed_lands"]),
            "customary_land": shapes_of(layers["customary_lands"]),
            "use_agreement_land": shapes_of(layers["use_agreements"]),
            "settlement": shapes_of(layers["settlements"]),
            "heritage": shapes_of(layers["heritage"]),
            "world_cultural_heritage": shapes_of(
                [r for r in layers["heritage"] if r["LEVEL"] == "world"]
            ),
            "large_river": shapes_of(rivers),
            "mine_footprint": shapes_of(layers["mine_footprints"]),
            "moratorium": shapes_of(layers["moratorium"]),
        }
        return park_groups(layers) | {name: Features(shapes) for name, shapes in groups.items()}


def park_groups(layers: Layers) -> dict[str, Features]:
    """Protected areas by what protects them; a point with an area is a circle."""
    rows = [r for r in layers["wdpa_polygons"] if r["STATUS"] in COUNTED]
    parks = [r for r in rows if r["SITE_TYPE"] == "PA"]
    points = [r for r in layers["wdpa_points"] if r["STATUS"] in COUNTED and r["REP_AREA"] > 0]
    national = [r for r in parks if r["DESIG_ENG"] not in (WHS, RAMSAR, MAB)]
    return {
        "protected_area": parks_of([r for r in parks if r["DESIG_ENG"] != MAB], points),
        "world_heritage": parks_of([r for r in parks if r["DESIG_ENG"] == WHS]),
        "ramsar_wetland": parks_of([r for r in parks if r["DESIG_ENG"] == RAMSAR]),
        "biosphere_reserve": parks_of([r for r in parks if r["DESIG_ENG"] == MAB]),
        "strict_protected_area": parks_of(of_category(national, True), of_category(points, True)),
        "other_protected_area": parks_of(of_category(national, False), of_category(points, False)),
        "managed_park": parks_of([r for r in national if r["IUCN_CAT"] == "IV"]),
        "oecm": parks_of([r for r in rows if r["SITE_TYPE"] == "OECM"]),
    }


def of_category(rows: Sequence[Row], strict: bool) -> list[Row]:
    """The parks of strict categories, or the others."""
    return [r for r in rows if (r["IUCN_CAT"] in STRICT) == strict]


def parks_of(rows: Sequence[Row], points: Sequence[Row] = ()) -> Features:
    """Parks, and circles for those that are known by a point."""
    return Features(shapes_of(rows), [circle(row) for row in points])


def shapes_of(rows: Sequence[Row]) -> list[Any]:
    """The shapes of some rows."""
    return [row["geometry"] for row in rows]


def cell_sums(cells: Cells, boxes: Boxes) -> tuple[float, float, float]:
    """People, ha with tree cover, and ha of it that were lost, by the parts of cells covered."""
    window, part, _ = covered(cells.relief.grid, *boxes)
    people = float((part * np.maximum(cells.people[window], 0)).sum())
    window, _, km2 = covered(LEAF, *boxes)
    treed = cells.forest.cover[window] >= TREED
    lost = treed & (cells.forest.loss[window] > 0)
    return people, float(km2[treed].sum()) * HA, float(km2[lost].sum()) * HA


def gather(
    layers: Layers,
    countries: dict[str, Any],
    waters: Waters,
    cells: Cells,
) -> Facts:
    """The facts of a country that has been made."""
    labels = waters.finer.labels
    people = np.bincount(labels, np.maximum(cells.people, 0).ravel()).astype(int)[1:].tolist()
    basins = TitleBasins(
        waters.finer,
        shapes_of(layers["basins"]),
        people,
        [row["DIST_MAIN"] for row in layers["basins"]],
        countries,
    )
    rivers = layers["rivers"]
    place = {row["HYRIV_ID"]: k for k, row in enumerate(rivers)}
    ground = TitleGround(cells, rivers, [place.get(row["NEXT_DOWN"], -1) for row in rivers])
    papers = TitlePapers(
        layers["cadastre"], layers, layers["consent"], layers["statements"], layers["facilities"]
    )
    return Facts(layers, countries, cells, basins, WaterRisk(layers["water_risk"]), ground, papers)
