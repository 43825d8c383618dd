"""The waters: the ground they run over, rivers, and basins at two levels."""

from collections.abc import Iterable
from dataclasses import dataclass

from .basins import COARSER, FINER, Basins, basin_rows, cut_nested
from .climate import runoff_mm, wetness
from .drainage import Drainage, drain
from .land import Land
from .relief import Relief, make_relief
from .rivers import Network, river_network, river_rows, stem_names
from .seed import Floats, Row


@dataclass(frozen=True)
class Waters:
    """The ground, how wet it is, where its water goes, and the rows of rivers and basins."""

    relief: Relief
    wet: Floats
    drainage: Drainage
    finer: Basins
    coarser: Basins
    rivers: list[Row]
    finer_rows: list[Row]
    coarser_rows: list[Row]


def make_waters(land: Land, names: Iterable[str]) -> Waters:
    """From the courses of the coarse grid to the ground, and from the ground to its waters."""
    relief = make_relief(land.flow, land.river_steps)
    wet = wetness(*relief.grid.centres(), relief.metres)
    drainage = drain(relief)
    finer, coarser = (cut_nested(drainage, land.home, level) for level in (FINER, COARSER))
    net = river_network(drainage, finer.labels)
    called = stem_names(drainage, net, names)
    rivers = river_rows(drainage, net, called, basins_of(net, finer), runoff_mm(wet).ravel())
    rows = (basin_rows(drainage, basins, net, called) for basins in (finer, coarser))
    return Waters(relief, wet, drainage, finer, coarser, rivers, *rows)


def basins_of(net: Network, basins: Basins) -> dict[int, int]:
    """The id of the basin that each reach lies in, by its first cell."""
    firsts = [reach.cells[0] for reach in net.reaches]
    return {cell: basins.number(int(basins.labels[cell]) - 1) for cell in firsts}
