"""Every layer and table, made in the order they need each other."""

from dataclasses import dataclass
from typing import Any

from .biodiversity import make_kbas
from .borders import country_rows
from .cadastre import make_cadastre
from .community import make_communities
from .consent import consent_rows
from .corridors import make_power_lines, make_railways
from .courses import course_rows
from .ecoregions import make_ecoregions
from .facilities import make_facilities
from .filings import late_filings
from .footprints import make_footprints
from .ground import survey
from .heritage import make_heritage
from .intact_forest import make_intact_forest
from .land import Land, make_land
from .moratorium import make_moratorium
from .parks import protected_shapes
from .places import make_settlements
from .ports import make_ports
from .roads import make_roads
from .rule_facts import Facts, gather
from .seed import Row
from .statements import statement_rows
from .surfaces import cover_ground
from .titles import make_titles
from .truth import Cells
from .water import Waters, make_waters
from .water_risk import make_water_risk
from .wdpa import wdpa_points, wdpa_polygons

RIVER_NAMES = 198


@dataclass(frozen=True)
class Country:
    """All that is written: the rows of every layer and table by its name, the waters, the rasters.

    countries: the polygons of Karvela and its neighbours, by code.
    """

    layers: dict[str, list[Row]]
    waters: Waters
    cells: Cells
    countries: dict[str, Any]

    @property
    def facts(self) -> Facts:
        """What the rules ask of."""
        return gather(self.layers, self.countries, self.waters, self.cells)


def build() -> Country:
    """The whole country."""
    land = make_land()
    names = [land.names.make("river") for _ in range(RIVER_NAMES)]
    settlements = make_settlements(land)
    roads = make_roads(land, settlements)
    shapes, tips = protected_shapes(land)
    polygons, points = wdpa_polygons(land, shapes), wdpa_points(land)
    heritage, moratorium = make_heritage(land), make_moratorium(land, shapes)
    kbas = make_kbas(land, shapes, polygons)
    communities = make_communities(land, shapes)
    sensitive = [*polygons, *points, *kbas, *heritage, *moratorium]
    sensitive += [row for rows in communities.values() for row in rows]
    courses = course_rows(land.flow, land.orders)
    ground = survey(land, sensitive, courses, settlements, moratorium[1]["geometry"])
    pid = {row["_key"]: row["SITE_PID"] for row in polygons}
    titles = make_titles(ground, {pid[key]: tips[key] for key in sorted(tips)})
    waters = make_waters(land, names)
    cadastre = make_cadastre(land, titles, settlements) + late_filings(land, ground.given)
    layers = communities | {
        "basins": waters.finer_rows,
        "basins_level_06": waters.coarser_rows,
        "cadastre": cadastre,
        "countries": country_rows(land.countries),
        "heritage": heritage,
        "key_biodiversity_areas": kbas,
        "moratorium": moratorium,
        "rivers": waters.rivers,
        "roads": roads,
        "settlements": settlements,
        "wdpa_points": points,
        "wdpa_polygons": polygons,
    }
    cells = cover_ground(land, waters, layers, shapes)
    layers |= uses_of_land(land, layers, cells) | trade(land, settlements)
    layers["water_risk"] = make_water_risk(waters, cells.people, land.countries)
    layers["consent"] = consent_rows(layers["cadastre"], communities)
    layers["statements"] = statement_rows(layers["cadastre"])
    return Country(layers, waters, cells, land.countries)


def uses_of_land(land: Land, layers: dict[str, list[Row]], cells: Cells) -> dict[str, list[Row]]:
    """Land that mines use, land that nobody does, and the kinds of nature."""
    footprints = make_footprints(land, layers["cadastre"], cells.forest.mines)
    return {
        "ecoregions": make_ecoregions(),
        "intact_forest": make_intact_forest(
            land, layers["roads"], layers["settlements"], footprints
        ),
        "mine_footprints": footprints,
    }


def trade(land: Land, settlements: list[Row]) -> dict[str, list[Row]]:
    """Where minerals go: plants, ports, and the lines between."""
    ports, facilities = make_ports(land), make_facilities(land)
    return {
        "facilities": facilities,
        "ports": ports,
        "power_lines": make_power_lines(land, settlements, facilities),
        "railways": make_railways(land, ports, settlements),
    }
