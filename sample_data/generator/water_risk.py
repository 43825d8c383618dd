"""Water risk in the fields of Aqueduct 4.0 (baseline, annual), over the basins of level 6.

A row is the part of a basin in one country; each country counts as one province over one aquifer.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import log
from typing import Any, NamedTuple

import numpy as np
import shapely

from .basins import Basins
from .borders import COUNTRIES
from .climate import runoff_mm
from .grids import FINE
from .seed import Floats, Ints, Row, rng_for
from .shapes import area_km2, polygons, tidy
from .water import Waters

NO_DATA = -9999
ARID = -1
ARID_WET, ARID_PEOPLE_KM2 = 0.33, 20.0  # drier, and fewer people than this
WATER_M3 = 2100.0  # that a person takes in a year, fields included
LEAST_KM2 = 0.05  # of a row: less is two outlines of one border


class Kind(NamedTuple):
    """An indicator: the raw numbers at which its score is 0, 1, 2 ..., and its labels."""

    knots: tuple[float, ...]
    labels: tuple[str, ...]
    logarithmic: bool = False


LOW, HIGH = "Low", "High"
MIDDLE = ("Low to medium", "Medium to high")
KINDS = {
    "bws": Kind(
        (0.05, 0.1, 0.2, 0.4, 0.8, 1.6),
        ("(<10%)", "(10-20%)", "(20-40%)", "(40-80%)", "(>80%)"),
        logarithmic=True,
    ),
    "bwd": Kind(
        (0, 0.05, 0.25, 0.5, 0.75, 1), ("(<5%)", "(5-25%)", "(25-50%)", "(50-75%)", "(>75%)")
    ),
    "iav": Kind(
        (0, 0.25, 0.5, 0.75, 1, 1.25),
        ("(<0.25)", "(0.25-0.50)", "(0.50-0.75)", "(0.75-1.00)", "(>1.00)"),
    ),
    "sev": Kind(
        (0, 1 / 3, 2 / 3, 1, 4 / 3, 5 / 3),
        ("(<0.33)", "(0.33-0.66)", "(0.66-1.00)", "(1.00-1.33)", "(>1.33)"),
    ),
    "gtd": Kind(
        (-1, 0, 2, 4, 8, 12), ("(<0 cm/y)", "(0-2 cm/y)", "(2-4 cm/y)", "(4-8 cm/y)", "(>8 cm/y)")
    ),
    "rfr": Kind(
        (0, 0.001, 0.002, 0.006, 0.01, 0.02),
        (
            "(0 to 1 in 1,000)",
            "(1 in 1,000 to 2 in 1,000)",
            "(2 in 1,000 to 6 in 1,000)",
            "(6 in 1,000 to 1 in 100)",
            "(more than 1 in 100)",
        ),
    ),
    "drr": Kind(
        (0, 0.2, 0.4, 0.6, 0.8, 1),
        ("(0.0-0.2)", "(0.2-0.4)", "(0.4-0.6)", "(0.6-0.8)", "(0.8-1.0)"),
    ),
    "ucw": Kind(
        (0, 0.3, 0.6, 0.9, 1, 1.1), ("(<30%)", "(30-60%)", "(60-90%)", "(90-100%)", "(100%)")
    ),
}
LEVELS = (LOW, *MIDDLE, HIGH, "Extremely high")
DROUGHT_LEVELS = (LOW, "Low to medium", "Medium", "Medium to high", HIGH)
APART = {"bws": "Arid and low water use", "bwd": "Arid and low water use"}
WEIGHTS = {"bws": 4, "bwd": 4, "iav": 1, "sev": 1, "gtd": 2, "rfr": 2, "drr": 1, "ucw": 2}
OVERALL = (0, 1.01, 1.61, 2.1, 2.68, 5)


def make_water_risk(waters: Waters, people: Ints, countries: dict[str, Any]) -> list[Row]:
    """The rows of the basins that Karvela has a part of, each country's part apart."""
    basins = waters.coarser
    shapes = [row["geometry"] for row in waters.coarser_rows]
    numbers = basin_numbers(waters, basins, people)
    rows: list[Row] = []
    for k, whole in enumerate(shapes):
        if area_km2(shapely.intersection(whole, countries["XKV"])) < LEAST_KM2:
            continue
        pfaf = int(basins.units[k].code)
        for place, (iso, name) in enumerate(COUNTRIES.items(), 1):
            part = shapely.intersection(whole, countries[iso])
            if sum(area_km2(p) for p in polygons(part)) < LEAST_KM2:
                continue
            shape = tidy(part)
            gid, aquifer = f"{iso}.1_1", 4100 + place
            row: Row = {"string_id": f"{pfaf}-{gid}-{aquifer}", "aq30_id": 20000 + len(rows)}
            row |= {"pfaf_id": pfaf, "gid_1": gid, "aqid": aquifer, "gid_0": iso}
            row |= {"name_0": name, "name_1": name, "area_km2": round(area_km2(shape), 3)}
            rows.append(row | risk_fields(numbers[k]) | {"geometry": shape})
    return rows


def basin_numbers(waters: Waters, basins: Basins, people: Ints) -> list[dict[str, float]]:
    """The raw numbers of each basin, from how wet, how high and how full of people it is."""
    rng = rng_for("water risk")
    km2 = np.repeat(FINE.row_km2, FINE.nx)

    def total(values: Floats) -> Floats:
        sums = np.bincount(basins.labels, values, len(basins.units) + 1)
        return sums[1:].astype(np.float64)

    area = total(km2)
    crowd = total(np.maximum(people, 0).ravel().astype(float)) / area
    wet = total(km2 * waters.wet.ravel()) / area
    height = total(km2 * waters.relief.metres.ravel()) / area
    supply = total(km2 * runoff_mm(waters.wet).ravel()) / area / 1000  # m of water
    found = []
    for k in range(len(basins.units)):
        dry = 1 - float(wet[k])
        stress = WATER_M3 / 1e6 * float(crowd[k] / supply[k]) * float(rng.uniform(0.9, 1.1))
        low = float(np.clip(1.15 - height[k] / 900, 0.1, 1.1))
        above_km2 = waters.drainage.above_km2[basins.units[k].outlet]
        flow = float(np.clip(above_km2 / area[k], 1, 5))
        found.append(
            {
                "bws": stress,
                "bwd": 0.6 * stress,
                "iav": 1.3 * dry * float(rng.uniform(0.5, 1.0)),
                "sev": 1.5 * dry * float(rng.uniform(0.6, 1.2)),
                "gtd": 9 * stress - 1.1 + float(rng.uniform(-0.3, 0.3)),
                "rfr": 0.0045 * low * flow * float(rng.uniform(0.7, 1.3)),
                "drr": 0.95 * dry * float(rng.uniform(0.7, 1.1)),
                "ucw": 0.75 + 0.25 * float(rng.random()),
                "arid": float(wet[k] < ARID_WET and crowd[k] < ARID_PEOPLE_KM2),
                "unmeasured": float(crowd[k] < 11),
            }
        )
    return found


def risk_fields(numbers: dict[str, float]) -> Row:
    """Raw number, score, label and class of each indicator, and the overall risk for mining."""
    row: Row = {}
    for name, kind in KINDS.items():
        if name in APART and numbers["arid"]:
            row |= fields(name, 1.0, 5.0, APART[name], ARID)
        elif name == "gtd" and numbers["unmeasured"]:
            row |= fields(name, float(NO_DATA), float(NO_DATA), "No Data", NO_DATA)
        else:
            raw = off_the_bounds(numbers[name], kind)
            level = level_of(raw, kind.knots)
            words = DROUGHT_LEVELS if name == "drr" else LEVELS
            label = f"{words[level]} {kind.labels[level]}"
            row |= fields(name, raw, round(score_of(raw, kind), 6), label, level)
    return row | overall_fields(row)


def fields(name: str, raw: float, score: float, label: str, level: int) -> Row:
    """The four fields of an indicator."""
    return {
        f"{name}_raw": raw,
        f"{name}_score": score,
        f"{name}_label": label,
        f"{name}_cat": level,
    }


def off_the_bounds(raw: float, kind: Kind) -> float:
    """A number to five decimals that lies clear of where one level ends and the next begins."""
    for bound in kind.knots[1:-1]:
        near = 0.002 * max(abs(bound), kind.knots[2] / 2)
        if abs(raw - bound) < near:
            return round(bound + near, 6)
    return round(max(raw, kind.knots[0] / 10 if kind.logarithmic else -5), 6)


def level_of(raw: float, knots: Sequence[float]) -> int:
    """0 to 4: the level a number is on."""
    return min(bisect_right(knots[1:-1], raw), 4)


def score_of(raw: float, kind: Kind) -> float:
    """0 to 5, straight between the knots (in the logarithm of the number where it says so)."""
    scale = log if kind.logarithmic else float
    if raw <= kind.knots[0]:
        return 0.0
    for step, (low, high) in enumerate(pairwise(kind.knots)):
        if raw < high:
            return step + (scale(raw) - scale(low)) / (scale(high) - scale(low))
    return 5.0


def overall_fields(row: Row) -> Row:
    """Overall water risk by the weights for mining, over what has data."""
    known = {n: w for n, w in WEIGHTS.items() if row[f"{n}_cat"] != NO_DATA}
    whole = sum(known.values())
    raw = round(sum(row[f"{n}_score"] * w for n, w in known.items()) / whole, 6)
    score = round(score_of(raw, Kind(OVERALL, ())), 6)
    level = min(int(score), 4)
    name = "w_awr_min_tot"
    label = f"{LEVELS[level]} ({level}-{level + 1})"
    share = round(whole / sum(WEIGHTS.values()), 6)
    return fields(name, raw, score, label, level) | {f"{name}_weight_fraction": share}
