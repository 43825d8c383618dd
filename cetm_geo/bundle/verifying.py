"""Does a bundle still hold: its areas against its shapes, its answers against those of today."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.errors import ShapelyError

from cetm_geo import export, measure, pipeline
from cetm_geo.bundle.contents import PROPOSALS, TABLES, Contents, of_proposals, of_titles
from cetm_geo.bundle.opened import Opened
from cetm_geo.described import described
from cetm_geo.differences import alike
from cetm_geo.errors import BundleError
from cetm_geo.export import What
from cetm_geo.model import Progress
from cetm_geo.store import Store, open_store

_KEYS = {
    What.SITES: ("site_id",),
    What.OVERLAPS: ("site_id", "layer_id", "feature_id"),
    What.FLAGS: ("site_id", "rule_id"),
}
_LEAST = 1e-12  # what a sum of other order may leave of nothing
_GRID_KM = 1.2e-5  # 7 digits of a degree: how far a written corner may lie from the measured one


class State(StrEnum):
    """What a verification comes to."""

    HOLDS = "holds"
    DIFFERS = "differs"
    NOT_SCREENED = "not_screened"


@dataclass(frozen=True)
class Difference:
    """A value that is another now. column: "row" where a row came or went."""

    table: str
    key: tuple[str, ...]
    column: str
    before: Any
    now: Any


@dataclass(frozen=True)
class Verdict:
    """What a verification found.

    areas: overlaps whose stated area is not that of their shape, as differences; areas_checked: how
    many have a shape. inputs: what the answers rest on and is another now: layers, rules, program,
    day (name, before, now). differences: of answers, those of the outlines first.
    """

    state: State
    areas_checked: int
    areas: Sequence[Difference]
    inputs: Sequence[tuple[str, str, str]] = ()
    differences: Sequence[Difference] = field(default_factory=list)


def verify(
    bundle: Opened, against: Store | None = None, progress: Progress | None = None
) -> Verdict:
    """Hold a bundle against itself and, where a store is given, against what that says.

    Titles are held against the answers of the store, proposals are screened against it again.
    """
    checked, areas = _areas(bundle)
    if against is None:
        state = State.DIFFERS if areas else State.NOT_SCREENED
        return Verdict(state, checked, areas)
    now = _now(bundle, against, progress)
    if now is None:
        gone = Difference("sites", tuple(bundle.facts["site_ids"]), "row", "there", None)
        found = [gone]
        inputs: list[tuple[str, str, str]] = []
    else:
        found, inputs = list(_differences(bundle, now)), list(_inputs(bundle, now))
    state = State.DIFFERS if areas or found else State.HOLDS
    return Verdict(state, checked, areas, inputs, found)


def rebuilt(
    bundle: Opened, layers: Path, data: Path, folder: Path, progress: Progress | None = None
) -> Store:
    """A store below `folder` of a catalogue's layers, by the bundle's rules and as of its day.

    Raises BundleError where its rulebook cannot be laid out; as `pipeline.build` else.
    """
    rules = folder / "rules"
    for name, content in bundle.rules.items():
        target = rules / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    if not bundle.rules:
        raise BundleError("The bundle holds no rules.", "Give a store with --store.")
    as_of = date.fromisoformat(bundle.facts["as_of"])
    pipeline.build(
        layers, data, folder / "store", as_of, keep_going=True, progress=progress, rules=rules
    )
    return open_store(folder / "store")


def _now(bundle: Opened, store: Store, progress: Progress | None) -> Contents | None:
    """The same contents as of today; None where the store has none of the titles."""
    facts = bundle.facts
    if facts["kind"] == PROPOSALS:
        said = described(facts["said"], store.rulebook)
        with tempfile.TemporaryDirectory(prefix="cetm-geo-") as folder:
            file = Path(folder) / "outlines.geojson"
            file.write_bytes(bundle.outlines)
            sites, _ = pipeline.read_proposals(file, date.fromisoformat(facts["as_of"]), said)
        return of_proposals(store, sites, said, progress)
    ids = [name for name in facts["site_ids"] if store.value("site_exists", site_id=name)]
    return of_titles(store, ids) if ids else None


# --- areas and shapes ----------------------------------------------------------------------------


def _areas(bundle: Opened) -> tuple[int, list[Difference]]:
    """How many overlaps have a shape, and those whose area is not that of it."""
    shapes, rows = bundle.shapes[What.OVERLAPS], bundle.tables[What.OVERLAPS]
    drawn = [(row, shape) for row, shape in zip(rows, shapes, strict=True) if shape]
    if not drawn:
        return 0, []
    try:
        made = shapely.from_geojson([orjson.dumps(shape) for _, shape in drawn])
    except (ShapelyError, orjson.JSONEncodeError) as error:
        raise BundleError(f"A shape of the bundle cannot be read ({error}).") from error
    found = measure.area_km2(made)
    # A corner that was rounded moves the area by at most its edge's length times the rounding.
    slack = _GRID_KM * measure.length_km(shapely.boundary(made)) + 1e-9
    stated = np.array([row["overlap_km2"] for row, _ in drawn], float)
    off = np.flatnonzero(~(np.abs(found - stated) <= slack))
    return len(drawn), [
        Difference("overlaps", _key(What.OVERLAPS, drawn[i][0]), "overlap_km2", stated[i], found[i])
        for i in off.tolist()
    ]


# --- what it rests on ----------------------------------------------------------------------------


def _inputs(bundle: Opened, now: Contents) -> Iterator[tuple[str, str, str]]:
    """What differs of layers, rules, program and day: name, before, now."""
    for key in ("as_of", "rules_version"):
        if bundle.facts[key] != now.facts[key]:
            yield key, str(bundle.facts[key]), str(now.facts[key])
    before, after = bundle.facts["software"], now.facts["software"]
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield name, str(before.get(name)), str(after.get(name))
    old = {row["layer_id"]: row for row in bundle.sources}
    new = {row["layer_id"]: row for row in now.tables[What.SITES].members["sources"]}
    for name in sorted({*old, *new}):
        sides = [_of_layer(held.get(name)) for held in (old, new)]
        if sides[0] != sides[1]:
            yield f"layer {name}", sides[0], sides[1]


def _of_layer(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "not there"
    if row["problem"]:
        return f"failed: {row['problem']}"
    return f"{row['rows_accepted']} rows, SHA-256 {row['sha256']}, as of {row['as_of']}"


# --- answers -------------------------------------------------------------------------------------


def _differences(bundle: Opened, now: Contents) -> Iterator[Difference]:
    for name in TABLES:
        features = [orjson.loads(text) for text in export.feature_texts(now.tables[name].rows)]
        if name == What.SITES:
            yield from _outlines(bundle, features)
        rows = [feature["properties"] for feature in features]
        yield from _rows(name, bundle.tables[name], rows)


def _outlines(bundle: Opened, features: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    now = {row["properties"]["site_id"]: row["geometry"] for row in features}
    for row, shape in zip(bundle.tables[What.SITES], bundle.shapes[What.SITES], strict=True):
        site_id = row["site_id"]
        if site_id in now and now[site_id] != shape:
            yield Difference(
                "sites", (site_id,), "outline", _corners(shape), _corners(now[site_id])
            )


def _corners(shape: Any) -> str:
    if shape is None:
        return "withheld"
    return f"{shapely.get_num_coordinates(shapely.geometry.shape(shape))} corners"


def _rows(
    table: str, before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> Iterator[Difference]:
    """Rows of one key stand in order: of features without a name in the bundle several have one."""
    old, new = _by_key(table, before), _by_key(table, now)
    lacking = _columns(before) ^ _columns(now)
    for column in sorted(lacking):
        there = column in _columns(before)
        yield Difference(table, (), column, there, not there)
    for key in sorted({*old, *new}):
        pairs = [old.get(key, []), new.get(key, [])]
        for place in range(max(map(len, pairs))):
            sides = [rows[place] if place < len(rows) else None for rows in pairs]
            if None in sides:
                there = sides[0] is not None
                yield Difference(table, key, "row", there, not there)
                continue
            one, other = (side or {} for side in sides)
            for column in one:
                if column not in lacking and not alike(one[column], other[column], _LEAST):
                    yield Difference(table, key, column, one[column], other[column])


def _columns(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    return set(rows[0]) if rows else set()


def _by_key(
    table: str, rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, ...], list[Mapping[str, Any]]]:
    found = defaultdict(list)
    for row in rows:
        found[_key(table, row)].append(row)
    return found


def _key(table: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name) or "") for name in _KEYS[What(table)])
