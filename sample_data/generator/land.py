"""What every layer needs to know of the country."""

from dataclasses import dataclass, field
from typing import Any

from .borders import make_countries
from .flow import Flow, route_flow, steps_to_river, strahler
from .names import NameMaker
from .seed import Floats


@dataclass
class Land:
    """The ground, the borders and rivers, and the names and places already given away.

    `taken` holds longitude, latitude and radius in km of what stands apart from the next.
    """

    flow: Flow
    countries: dict[str, Any]
    orders: dict[int, int]
    river_steps: Floats
    names: NameMaker
    taken: list[tuple[float, float, float]] = field(default_factory=list)

    @property
    def home(self) -> Any:
        """The polygon of Karvela."""
        return self.countries["XKV"]

    def look_up(self, values: Floats, lon: Floats, lat: Floats) -> Floats:
        """Values of a raster at points."""
        out: Floats = values[self.flow.grid.index(lon, lat)]
        return out


def make_land() -> Land:
    """Terrain, flow, borders and rivers, in this order."""
    flow = route_flow()
    orders = strahler(flow, 85)
    countries = make_countries(flow)
    return Land(flow, countries, orders, steps_to_river(flow, orders, 4), NameMaker())
