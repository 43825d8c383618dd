"""The last three applications of the register: where few people live below, where nothing is
near, and across the border with most of it in the country."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from .blocks import cells_polygon, rectangle
from .cadastre import REGIONS, epoch_ms
from .land import Land
from .methods import BRINE
from .seed import TODAY, Cell, Row
from .shapes import area_km2
from .titles import EL, KINDS, ML


class Filing(NamedTuple):
    """An application: its type, south-western cell and size in cells, minerals and method.

    note: its deliberate defect.
    """

    kind: str
    corner: Cell
    wide: int
    high: int
    goods: str
    method: str
    note: str = ""


FILINGS = [
    Filing(ML, (-1803, -3090), 3, 2, "Lithium", BRINE),
    Filing(EL, (-1840, -3132), 2, 2, "Lithium, Tin", ""),
    Filing(EL, (-1961, -3220), 5, 4, "Tin", "", "crosses the border, most of it at home"),
]
FIRST_NUMBER = 8101


def late_filings(land: Land, given: Iterable[Cell]) -> list[Row]:
    """Their rows. `given`: the cells of the titles before them, which they keep clear of."""
    taken, rows = set(given), list[Row]()
    for k, filing in enumerate(FILINGS):
        cells = rectangle(filing.corner, filing.wide, filing.high)
        if cells & taken:
            raise RuntimeError("another title lies where the filing is to lie")
        shape, kind = cells_polygon(cells), KINDS[filing.kind]
        row: Row = {"Code": f"{FIRST_NUMBER + k}-HQ-{kind.prefix}"}
        row |= {"Name": land.names.make("place")}
        row |= {"Parties": f"{land.names.make('firm')} Metals (100%)"}
        row |= {"Status": "Application", "StatusGrp": "Application", "TypeGroup": kind.group}
        row |= {"Type": filing.kind, "Jurisdic": "Karvela", "Region": REGIONS[3 * k]}
        row |= {"DteApplied": epoch_ms(TODAY - timedelta(days=40 + 9 * k))}
        row |= {"DteGranted": 0, "DteExpires": 0, "AreaValue": round(area_km2(shape) * 100, 2)}
        row |= {"AreaUnit": "HA", "Commodities": filing.goods, "Method": filing.method}
        rows.append(row | {"geometry": shape, "_note": filing.note})
    return rows
