"""A screened site -> the same without the land for which its critical flags are raised. Pure.

A proposal that overlaps what no mine may lie on can often be drawn anew. This draws it: without the
features that raise critical flags by overlapping and, where that is asked, without what lies nearer
to them than a rule asks. Books are kept: what remains, what is left out, each bit of it once, and
crumbs come to the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure, meridian
from cetm_geo.arrays import Flags, Geometries, Indices
from cetm_geo.assessment import Assessed, Assessment
from cetm_geo.clips import robust
from cetm_geo.errors import SiteError, Unbalanced
from cetm_geo.ground import Ground
from cetm_geo.language import N_, Spoken, _
from cetm_geo.model import Condition, FlagStatus, Layer, Level, Operator, Role, Severity
from cetm_geo.pieces import OWN
from cetm_geo.rings import reaches
from cetm_geo.rulebook import effective

# As `overlay` has it for slivers: what is smaller than both is no site of its own.
CRUMB_KM2 = 0.01  # 1 ha
CRUMB_SHARE = 0.01  # of the whole: what is left of a quarry of 2 ha may be less than 1 ha
# A strip no wider than boundaries may be off may lie on the land that it is beside. So far a drawn
# boundary may be; where a layer's may be off by more, that.
SITE_ERROR_M = 100.0
# Circles are chords, half of them inside: `rings` is true to 1e-3 of the radius at worst, and a
# rule that asks for 10 km is raised at 10 km.
_WIDER = 1.001
# A union of more takes longer than a page may wait: some 2.5 million corners.
MOST_PIECES = 5_000
_BALANCE = 1e-9  # of the whole
_NOTHING_KM2 = 1e-12  # 1 mm2: what rounding leaves between two outlines, of which nothing is asked
_SAME = 1e-10  # of a part: it lost nothing but what rounding takes
_CONTACT, _NEAREST_KM = "_contact", "_nearest_km"


class Outcome(StrEnum):
    """What came of it."""

    NOTHING_TO_LEAVE_OUT = "nothing_to_leave_out"
    REMAINS = "remains"
    NOTHING_REMAINS = "nothing_remains"


class Why(StrEnum):
    """Why leaving land out does not cure a critical flag."""

    NOT_ASSESSED = "not_assessed"
    DISTANCE = "distance"
    DOWNSTREAM = "downstream"
    WHOLE_SITE = "whole_site"
    LICENCE = "licence"


OUTCOMES: Mapping[str, str] = Spoken(
    {
        Outcome.NOTHING_TO_LEAVE_OUT: N_(
            "No critical flag is raised by land that could be left out."
        ),
        Outcome.REMAINS: N_("This remains of the outline."),
        Outcome.NOTHING_REMAINS: N_(
            "Nothing remains: the whole outline lies on land that raises critical flags."
        ),
    }
)
REASONS: Mapping[str, str] = Spoken(
    {
        Why.NOT_ASSESSED: N_("It was not assessed in full, so that nobody can say what to avoid."),
        Why.DISTANCE: N_("It asks for a distance: leave out the land within it too."),
        Why.DOWNSTREAM: N_("It speaks of what lies downstream, wherever the outline ends."),
        Why.WHOLE_SITE: N_("It speaks of the site as a whole or of its country, not of a place."),
        Why.LICENCE: N_("The shapes it rests on may not be shown here, by their licence."),
    }
)


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Land that a feature takes from a site; land of several features is of the first alone.

    distance_km: how near to the feature the land lies at most; 0 for the feature's own land.
    rule_ids: the rules that ask for it. km2: > 0.
    """

    layer_id: str
    feature_id: str
    rule_ids: tuple[str, ...]
    distance_km: float
    km2: float
    shape: Any


@dataclass(frozen=True)
class Uncured:
    """A critical flag, or one that may be, which the remaining land would raise as well."""

    rule_id: str
    why: Why


@dataclass(frozen=True, eq=False)
class Remainder:
    """What leaving out gives: remaining + left out + crumbs = whole, in km2.

    shape: a valid Polygon or MultiPolygon in lon/lat, None where nothing remains. crumbs: parts
    that were cut off and are too small or too narrow to be a site, not in the shape.
    """

    shape: Any
    whole_km2: float
    remaining_km2: float
    left_out: tuple[LeftOut, ...]
    crumbs: tuple[Any, ...]
    crumbs_km2: float
    uncured: tuple[Uncured, ...]

    @property
    def left_out_km2(self) -> float:
        """All land left out, each bit of it once."""
        return float(sum(row.km2 for row in self.left_out))

    @property
    def remaining_share(self) -> float:
        """What remains, of the whole, 0-1."""
        return self.remaining_km2 / self.whole_km2

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        if not self.left_out:
            return Outcome.NOTHING_TO_LEAVE_OUT
        return Outcome.NOTHING_REMAINS if self.shape is None else Outcome.REMAINS

    def by_rule(self) -> dict[str, float]:
        """Per rule the land left out for it, km2; land that several ask for is of the first."""
        out: dict[str, float] = {}
        for row in self.left_out:
            out[row.rule_ids[0]] = out.get(row.rule_ids[0], 0.0) + row.km2
        return out


def leave_out(
    basis: Assessed,
    assessment: Assessment,
    site_id: str,
    distances: bool = False,
    withheld: Collection[str] = (),
) -> Remainder:
    """A site without the land for which critical flags are raised.

    Args:
        basis: what was measured of the site, as `Screening.basis`. assessment: what rules say of
            it. distances: also leave out what lies nearer than a rule asks for: the distances of
            critical flags, and of flags of any severity for the same features. withheld: ids of
            layers whose shapes may not be shown; their land stays, and `uncured` says so.

    Features met by mapping error alone, or known as a circle round a point, raise nothing critical
    by themselves and stay. A place without extent is left out as far as its layer may be off.

    Raises SiteError where more than MOST_PIECES pieces of layers would have to be united;
    Unbalanced where the books do not come to the whole within 1e-9 of it.
    """
    case = _Case(basis, assessment, site_id, frozenset(withheld))
    takes = [*case.own_land(), *(case.land_near() if distances else ())]
    rest, left_out = _taken(case.shape, takes)
    layers = {row.layer_id for row in left_out}
    error_m = max([SITE_ERROR_M, *(basis.ground.layers[x].spec.positional_error_m for x in layers)])
    kept, crumbs = _without_crumbs(rest, case.shape, error_m) if left_out else (case.parts, [])
    kept_km2, crumbs_km2 = _km2(kept), _km2(crumbs)
    found = Remainder(
        shape=_whole_of(kept, case.shape, bool(left_out)),
        whole_km2=case.km2,
        remaining_km2=kept_km2,
        left_out=tuple(left_out),
        crumbs=tuple(crumbs),
        crumbs_km2=crumbs_km2,
        uncured=tuple(case.uncured(distances)),
    )
    _check(found, site_id)
    return found


def _check(found: Remainder, site_id: str) -> None:
    off = found.remaining_km2 + found.left_out_km2 + found.crumbs_km2 - found.whole_km2
    if abs(off) > _BALANCE * found.whole_km2:
        raise Unbalanced(
            f"{site_id}: what remains, {found.remaining_km2} km2, what is left out, "
            f"{found.left_out_km2} km2, and crumbs, {found.crumbs_km2} km2, "
            f"are not the {found.whole_km2} km2 of the site.",
            "This is a mistake of the program: report it with the shape.",
        )


# --- what the flags rest on ----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Take:
    """Land to leave out, for a feature, wherever it meets what is left by then."""

    layer: Layer
    feature_row: int
    rule_ids: tuple[str, ...]
    distance_km: float
    land: Any


@dataclass(frozen=True, eq=False)
class _Rule:
    """A rule as it answers for the site: the levels that are critical there."""

    id: str
    is_critical: bool
    may_be_critical: bool
    critical: tuple[Level, ...]
    distances: Mapping[str, float]  # per scope the largest distance that the raised flag asks for

    @cached_property
    def met(self) -> tuple[str, ...]:
        """Roles and groups whose overlap makes it critical."""
        asked = (c for level in self.critical for c in (*level.all, *level.any))
        names = [scope_of(c, _CONTACT) for c in asked if c.op is Operator.OVERLAPS]
        return tuple(dict.fromkeys(filter(None, names)))

    def is_cured(self, overlaps: bool, distances: bool) -> bool:
        """True if no critical level holds once overlaps, or distances, no longer do."""

        def goes(condition: Condition) -> bool:
            by_land = overlaps and condition.op is Operator.OVERLAPS
            return by_land or (distances and _is_near(condition))

        return all(
            any(goes(c) for c in level.all) or (bool(level.any) and all(goes(c) for c in level.any))
            for level in self.critical
        )

    @property
    def by_distance(self) -> dict[str, float]:
        """Roles and groups of which a critical level asks for a distance."""
        asked = [c for level in self.critical for c in (*level.all, *level.any)]
        near = {scope_of(c, _NEAREST_KM) for c in asked if _is_near(c)}
        return {name: km for name, km in self.distances.items() if name in near}


def _is_near(condition: Condition) -> bool:
    """True for a comparison that something nearer than a number makes hold."""
    is_less = condition.op in (Operator.AT_MOST, Operator.BELOW)
    return is_less and condition.indicator.endswith(_NEAREST_KM)


def scope_of(condition: Condition, suffix: str) -> str:
    """The role or group of an indicator with a suffix; "" for others."""
    name = condition.indicator
    return name.removesuffix(suffix) if name.endswith(suffix) else ""


class _Case:
    """One site, its critical flags, and the features behind them."""

    def __init__(
        self, basis: Assessed, assessment: Assessment, site_id: str, withheld: frozenset[str]
    ) -> None:
        self.basis, self.withheld = basis, withheld
        self.pieces_count = 0
        evidence = basis.evidence
        self.row = int(np.flatnonzero(evidence.site_ids == site_id)[0])
        self.shape = evidence.sites.geometry.to_numpy()[self.row]
        self.parts = list(shapely.get_parts(measure.polygon_part([self.shape])))
        self.km2 = float(measure.area_km2([self.shape])[0])
        flags = assessment.flags
        own = flags[flags["site_id"] == site_id].to_dict("records")
        rows: list[Mapping[str, Any]] = [{str(k): v for k, v in row.items()} for row in own]
        self.rules = [self._rule(row) for row in rows]

    def _rule(self, row: Mapping[str, Any]) -> _Rule:
        rulebook = self.basis.under.rulebook
        rule = rulebook.rules[row["rule_id"]]
        iso3 = row["iso3"] if isinstance(row["iso3"], str) else ""
        rules = effective(rulebook, iso3, self.basis.as_of)
        severities = [rules.severity(rule.id, place) for place in range(len(rule.levels))]
        raised = row["status"] == FlagStatus.RAISED.value
        critical = tuple(
            level
            for level, severity in zip(rule.levels, severities, strict=True)
            if severity is Severity.CRITICAL
        )
        near: dict[str, float] = {}
        for level in rule.levels if raised else ():
            for condition in (*level.all, *level.any):
                if _is_near(condition):
                    name = scope_of(condition, _NEAREST_KM)
                    km = rules.number(rule.id, condition.threshold)
                    near[name] = max(near.get(name, 0.0), km)
        open_ = row["status"] == FlagStatus.NOT_ASSESSED.value or bool(row["at_least"])
        is_critical = raised and row["severity"] == Severity.CRITICAL.value
        return _Rule(
            rule.id, is_critical, bool(critical) and open_ and not is_critical, critical, near
        )

    # --- the land of features --------------------------------------------------------------------

    def own_land(self) -> Iterator[_Take]:
        """The features that raise critical flags by overlapping, each with its rules."""
        asked: dict[tuple[str, int], list[str]] = {}
        for rule in self.rules:
            for scope in rule.met if rule.is_critical else ():
                for layer, features in self._met(scope):
                    for feature in features:
                        asked.setdefault((layer.spec.id, int(feature)), []).append(rule.id)
        for (name, feature), rule_ids in asked.items():
            layer = self.basis.ground.layers[name]
            land = self._land(layer, np.array([feature]), 0.0)
            yield _Take(layer, feature, tuple(dict.fromkeys(rule_ids)), 0.0, land)

    def land_near(self) -> Iterator[_Take]:
        """What lies nearer to features than raised rules ask for."""
        met = {scope for rule in self.rules if rule.is_critical for scope in rule.met}
        asked: dict[tuple[str, float], list[str]] = {}
        for rule in self.rules:
            own = rule.by_distance if rule.is_critical else {}
            same = {scope: km for scope, km in rule.distances.items() if scope in met}
            for scope, km in {**own, **same}.items():
                asked.setdefault((scope, km), []).append(rule.id)
        for (scope, km), rule_ids in asked.items():
            for layer, chosen in members_of(scope, self.basis.ground).items():
                if layer in self.withheld:
                    continue
                held = self.basis.ground.layers[layer]
                for feature in self._near(held, chosen, km):
                    land = self._land(held, np.array([feature]), km)
                    yield _Take(held, int(feature), tuple(rule_ids), km, land)

    def _met(self, scope: str) -> Iterator[tuple[Layer, Indices]]:
        """Per layer that may be shown the features that a site truly overlaps, largest first."""
        for name, chosen in members_of(scope, self.basis.ground).items():
            pairs = self.basis.evidence.pairs.get(name)
            if pairs is None or name in self.withheld:
                continue
            layer = self.basis.ground.layers[name]
            weak = pairs.sliver | layer.is_from_point[pairs.feature_row]
            own = (pairs.site_row == self.row) & chosen[pairs.feature_row] & ~weak
            rows = np.flatnonzero(own)
            order = np.lexsort((pairs.feature_row[rows], -pairs.overlap_km2[rows]))
            yield layer, pairs.feature_row[rows[order]]

    def _near(self, layer: Layer, chosen: Flags, km: float) -> Indices:
        """Features of which a piece may lie so near."""
        rows = self._pieces(layer, km)
        found: Indices = np.unique(layer.pieces.feature_row[rows])
        return found[chosen[found]]

    def _pieces(self, layer: Layer, km: float) -> Indices:
        """Positions of pieces of features whose boxes lie within a distance of the site."""
        box = np.array(measure.search_box(shapely.bounds(self.shape), km))
        turn = np.array([meridian.FULL_TURN, 0, meridian.FULL_TURN, 0])
        _, rows = layer.pieces.meeting(np.array([box, box - turn, box + turn]))
        rows = np.unique(rows)
        return np.asarray(rows[layer.pieces.is_a(OWN)[rows]], dtype=np.intp)

    def _land(self, layer: Layer, features: Indices, km: float) -> Any:
        """The land of features near the site, and what lies within `km` of them."""
        rows = self._pieces(layer, max(km, layer.spec.positional_error_m / measure.M_PER_KM))
        rows = rows[np.isin(layer.pieces.feature_row[rows], features)]
        self.pieces_count += len(rows)
        if self.pieces_count > MOST_PIECES:
            raise SiteError(
                _("What would have to be left out has too many corners."),
                _("Draw a smaller shape."),
            )
        parts = _with_extent(layer.pieces.shapes(rows), layer.spec.positional_error_m)
        if km > 0:
            parts = reaches(parts, [km * _WIDER])[0]
        return shapely.union_all(parts)

    # --- what is not cured -----------------------------------------------------------------------

    def uncured(self, distances: bool) -> Iterator[Uncured]:
        """Critical flags, and those that may be, that stay whatever is left out."""
        for rule in self.rules:
            if rule.may_be_critical:
                yield Uncured(rule.id, Why.NOT_ASSESSED)
            elif rule.is_critical and (why := self._why(rule, distances)):
                yield Uncured(rule.id, why)

    def _why(self, rule: _Rule, distances: bool) -> Why | None:
        if rule.is_cured(overlaps=True, distances=distances):
            return Why.LICENCE if self._rests_on_withheld(rule) else None
        if rule.is_cured(overlaps=True, distances=True):
            return Why.DISTANCE
        asked = [c.indicator for level in rule.critical for c in (*level.all, *level.any)]
        if any("downstream" in name for name in asked):
            return Why.DOWNSTREAM
        return Why.WHOLE_SITE

    def _rests_on_withheld(self, rule: _Rule) -> bool:
        """Whether features of layers that may not be shown are met, or lie too near."""
        for scope in rule.met:
            for name, chosen in members_of(scope, self.basis.ground).items():
                pairs = self.basis.evidence.pairs.get(name)
                if pairs is not None and name in self.withheld:
                    mine = (pairs.site_row == self.row) & chosen[pairs.feature_row]
                    if mine.any():
                        return True
        return any(
            name in self.withheld and len(self._near(self.basis.ground.layers[name], chosen, km))
            for scope, km in rule.by_distance.items()
            for name, chosen in members_of(scope, self.basis.ground).items()
        )


def members_of(scope: str, ground: Ground) -> dict[str, Flags]:
    """Per layer that could be read, which of its features a role or a group holds."""
    readable = {x.spec.id: x for x in ground.asked if not x.failed}
    if scope in ground.grouped.groups:
        held = ground.grouped.members.get(scope, {})
        return {name: chosen for name, chosen in held.items() if name in readable}
    if scope not in set(Role):
        return {}
    return {name: x.is_counted for name, x in readable.items() if x.spec.role == scope}


# --- land ----------------------------------------------------------------------------------------


def _with_extent(parts: Geometries, error_m: float) -> Geometries:
    """Polygons as they are; points and lines as the land that they may be on."""
    flat = np.flatnonzero(shapely.get_dimensions(parts) < 2)
    out = parts.copy()
    for i in flat:
        lon, lat = shapely.get_coordinates(shapely.centroid(parts[i]))[0]
        km = max(error_m, 1.0) / measure.M_PER_KM
        wide = shapely.buffer(measure.to_local_km(parts[i], lon, lat), km)
        out[i] = measure.from_local_km(wide, lon, lat)
    return out


def _taken(shape: Any, takes: Sequence[_Take]) -> tuple[Any, list[LeftOut]]:
    """What is left of a shape, and what each take found of it."""
    rest, out = np.array([shape], object), []
    for take in takes:
        land = np.array([take.land], object)
        if rest[0] is None or not shapely.intersects(rest, land)[0]:
            continue
        cut = measure.polygon_part(robust(shapely.intersection, rest, land))[0]
        if cut is None:
            continue
        rest = measure.polygon_part(robust(shapely.difference, rest, land))
        out.append(
            LeftOut(
                take.layer.spec.id,
                str(take.layer.feature_ids[take.feature_row]),
                take.rule_ids,
                take.distance_km,
                float(measure.area_km2([cut])[0]),
                cut,
            )
        )
    return rest[0], out


def _without_crumbs(rest: Any, before: Any, error_m: float) -> tuple[list[Any], list[Any]]:
    """The parts of what is left, and those that are too small or too narrow to be kept."""
    if rest is None:
        return [], []
    parts = shapely.get_parts(rest)
    crumb = np.zeros(len(parts), bool)
    km2 = measure.area_km2(parts)
    small = min(CRUMB_KM2, CRUMB_SHARE * float(measure.area_km2([before])[0]))
    some = np.flatnonzero(km2 > _NOTHING_KM2)
    crumb[km2 <= _NOTHING_KM2] = True
    for i in some[_is_cut(parts[some], before)]:
        crumb[i] = km2[i] < small or _is_narrow(parts[i], error_m)
    return list(parts[~crumb]), list(parts[crumb])


def _is_cut(parts: Geometries, before: Any) -> Flags:
    """Parts that are not as they were drawn."""
    drawn = shapely.get_parts(before)
    drawn_km2 = measure.area_km2(drawn)
    inside = shapely.point_on_surface(parts)
    part, of = shapely.STRtree(drawn).query(inside, predicate="intersects")
    was = np.zeros(len(parts))
    np.maximum.at(was, part, drawn_km2[of])
    return np.asarray(measure.area_km2(parts) < was * (1 - _SAME))


def _is_narrow(part: Any, error_m: float) -> bool:
    """True if no place of it is farther from its edge than half the error."""
    lon, lat = shapely.get_coordinates(shapely.centroid(part))[0]
    flat = measure.to_local_km(part, lon, lat)
    return bool(shapely.is_empty(shapely.buffer(flat, -error_m / measure.M_PER_KM / 2)))


def _km2(parts: Sequence[Any]) -> float:
    return float(measure.area_km2(np.array([*parts, None], object)).sum())


def _whole_of(parts: Sequence[Any], before: Any, changed: bool) -> Any:
    """Parts as one valid shape; the shape itself where nothing was left out."""
    if not changed:
        return before
    if not parts:
        return None
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts))
    if not shapely.is_valid(shape):
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        shape = measure.polygon_part([shape])[0]
    return shape
