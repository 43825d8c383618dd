"""The nouns of CETM-Geo as frozen dataclasses and enums; no behaviour beyond reading themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cetm_geo.outlines import outline_pieces

Indices = NDArray[np.intp]
Progress = Callable[[str, int, int], None]  # what is under way, done, of how many


class Role(StrEnum):
    """What a layer is to a screening; a layer id may not equal a role."""

    CONCESSION = "concession"
    PROTECTED_AREA = "protected_area"
    OECM = "oecm"
    KEY_BIODIVERSITY_AREA = "key_biodiversity_area"
    COMMUNITY_LAND = "community_land"
    HERITAGE = "heritage"
    MORATORIUM = "moratorium"
    WATER_BASIN = "water_basin"
    RIVER = "river"
    SETTLEMENT = "settlement"
    MINE_FOOTPRINT = "mine_footprint"
    FACILITY = "facility"
    PORT = "port"
    RAILWAY = "railway"
    ROAD = "road"
    POWER = "power"
    COUNTRY = "country"
    CONTEXT = "context"
    POPULATION = "population"
    TREE_COVER = "tree_cover"
    TREE_LOSS = "tree_loss"
    LAND_COVER = "land_cover"
    SURFACE_WATER = "surface_water"
    ELEVATION = "elevation"
    SEISMIC_HAZARD = "seismic_hazard"


# Roles whose layers a site is screened against: overlap, share, nearest and count.
SCREENED_ROLES = (
    Role.PROTECTED_AREA,
    Role.OECM,
    Role.KEY_BIODIVERSITY_AREA,
    Role.COMMUNITY_LAND,
    Role.HERITAGE,
    Role.MORATORIUM,
)
# Roles that answer for every site, whether a layer of theirs is loaded or not.
OVERLAID_ROLES = (*SCREENED_ROLES, Role.CONCESSION, Role.WATER_BASIN)
# Roles that answer where a layer of theirs is loaded: how far the nearest is, in a straight line.
DISTANCE_ROLES = (
    Role.RIVER,
    Role.SETTLEMENT,
    Role.FACILITY,
    Role.PORT,
    Role.RAILWAY,
    Role.ROAD,
    Role.POWER,
)
# What can be measured of a layer or role: the indicator `<id>_<suffix>`, in the order given.
SUFFIXES = ("overlap_km2", "overlap_share", "nearest_km", "count")
# What each role gives, of itself and of each of its layers; a layer may name more of its own.
ROLE_SUFFIXES: Mapping[Role, tuple[str, ...]] = {
    **dict.fromkeys(SCREENED_ROLES, SUFFIXES),
    **dict.fromkeys((Role.CONCESSION, Role.WATER_BASIN), ("overlap_km2", "overlap_share", "count")),
    Role.MINE_FOOTPRINT: SUFFIXES,
    **dict.fromkeys(DISTANCE_ROLES, ("nearest_km",)),
    Role.SETTLEMENT: ("nearest_km", "count"),
}


class Measure(StrEnum):
    """What the number in a raster's cell is; a count is never taken for a density."""

    COUNT = "count"
    DENSITY = "density_per_km2"
    SHARE = "share_percent"
    CLASS = "class"
    VALUE = "value"


# Roles whose layers are rasters, and what their cells may hold: no mean is taken of class codes.
RASTER_MEASURES: Mapping[Role, tuple[Measure, ...]] = {
    Role.POPULATION: (Measure.COUNT, Measure.DENSITY),
    Role.TREE_COVER: (Measure.SHARE,),
    Role.TREE_LOSS: (Measure.CLASS,),
    Role.LAND_COVER: (Measure.CLASS,),
    Role.SURFACE_WATER: (Measure.SHARE,),
    Role.ELEVATION: (Measure.VALUE,),
    Role.SEISMIC_HAZARD: (Measure.VALUE,),
}
RASTER_ROLES = tuple(RASTER_MEASURES)
# The unit a cell of a role is in, after scale and offset; a layer states it, so nobody guesses.
RASTER_UNITS: Mapping[Role, str] = {
    Role.POPULATION: "people",
    Role.ELEVATION: "m",
    Role.SEISMIC_HAZARD: "g",
}


class SiteStatus(StrEnum):
    """Legal state of a title, whatever its register calls it."""

    APPLICATION = "application"
    ACTIVE = "active"
    EXPIRED = "expired"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


# The three groups totals are given in; "in force" takes unknown in, and says so.
STATUS_GROUPS: Mapping[str, tuple[SiteStatus, ...]] = {
    "in_force_or_unknown": (SiteStatus.ACTIVE, SiteStatus.UNKNOWN),
    "application": (SiteStatus.APPLICATION,),
    "expired_or_refused": (SiteStatus.EXPIRED, SiteStatus.REFUSED, SiteStatus.WITHDRAWN),
}


class Stage(StrEnum):
    """What a title allows."""

    RECONNAISSANCE = "reconnaissance"
    EXPLORATION = "exploration"
    MINING = "mining"
    QUARRY = "quarry"
    SMALL_SCALE = "small_scale"
    PROCESSING = "processing"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Tenure(StrEnum):
    """On what ground a community holds its land."""

    INDIGENOUS = "indigenous"
    CUSTOMARY = "customary"
    USE_AGREEMENT = "use_agreement"
    CLAIMED = "claimed"


class Publish(StrEnum):
    """What of a layer may leave the program."""

    PUBLIC = "public"
    DERIVED_ONLY = "derived_only"
    LOCAL_ONLY = "local_only"


class IndicatorStatus(StrEnum):
    """Why an indicator has, or has not, a value; missing is never 0."""

    OK = "ok"
    NO_DATA = "no_data"
    NOT_APPLICABLE = "not_applicable"
    LAYER_MISSING = "layer_missing"
    OUTSIDE_LAYER_EXTENT = "outside_layer_extent"
    GEOMETRY_REPAIRED = "geometry_repaired"
    BEYOND_SEARCH = "beyond_search"
    STALE = "stale"


class LayerState(StrEnum):
    """What one layer or role answers for one site."""

    OVERLAPS = "overlaps"
    WITHIN_RING = "within_ring"
    CHECKED_NONE = "checked_none"
    WITHIN_MAPPING_ERROR = "within_mapping_error"
    COVERAGE_UNKNOWN = "coverage_unknown"
    NOT_COVERED = "not_covered"
    FAILED = "failed"


class IssueAction(StrEnum):
    """What was done about a defect in source data."""

    REPAIRED = "repaired"
    EXCLUDED = "excluded"
    REJECTED = "rejected"
    NOTED = "noted"


class _NoUnknownKeys:
    """Definitions read from TOML: a key that no field has is a mistake, not a remark."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True)
class TableGeometry(_NoUnknownKeys):
    """Which columns of a table (CSV, spreadsheet) hold the geometry; one of three ways.

    wkt: a column of WKT, or of EWKB in hexadecimal as PostGIS dumps it.
    x, y: columns of longitude and latitude, or of easting and northing in source.crs; texts in
    degrees, minutes and seconds are read too. corner: one column that holds both, as "lat, lon".
    group: the rows that share these columns are the corners of one outline, in the order of the
    column `order`, else as they stand; `ring`: a column that tells the rings of one outline apart.
    zone: a column with the UTM zone of each row, as 35S (zone and hemisphere).
    """

    wkt: str = ""
    x: str = ""
    y: str = ""
    corner: str = ""
    group: tuple[str, ...] = ()
    order: str = ""
    ring: str = ""
    zone: str = ""


@dataclass(frozen=True)
class Source(_NoUnknownKeys):
    """Where a layer's file is and how to open it.

    path: relative to the data folder; `*`, `?` and `[...]` make it a pattern, and all files that
    fit are read as one; or an address (https://, s3://, ...) for the command line.
    format: empty = by the file's ending. members: files inside a zip, or patterns of them, with
    `inner.zip/name` for a zip in a zip; empty = the only one. layer: a layer of the file, or the
    sheet of a spreadsheet; `*` = all of them as one. crs: used only where the file states none;
    crs_override: used instead of what the file states, where that is known to be wrong.
    axes: `lat_lon` where the file gives latitude first against its format's rule.
    geometry: the columns of a table that hold it. band: of a raster, from 1.
    given_by, given_on: who handed the file over, and on which day.
    """

    path: str
    format: str = ""
    members: tuple[str, ...] = ()
    layer: str = ""
    crs: str = ""
    crs_override: str = ""
    encoding: str = ""
    axes: str = ""
    geometry: TableGeometry | None = None
    band: int = 1
    given_by: str = ""
    given_on: str = ""


@dataclass(frozen=True)
class Rename(_NoUnknownKeys):
    """Columns of an older schema in the words of the newer one, if all of `when` are present.

    values: per new column, the old value's text -> the new value.
    """

    when: tuple[str, ...]
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Exclusion(_NoUnknownKeys):
    """Rows left out by rule: `column` holds one of `values`, or none of `keep`.

    role: the rule holds only for layers of this role; None = for all (a profile serves several).
    """

    column: str
    reason: str
    values: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    role: Role | None = None


@dataclass(frozen=True)
class FeatureClass(_NoUnknownKeys):
    """A class of features, by `column` holding one of `values`; the first that fits counts.

    A class that is not `counted` is shown but never enters an overlap, count or total.
    """

    id: str
    label: str
    column: str
    values: tuple[str, ...]
    counted: bool = True


@dataclass(frozen=True)
class Licence(_NoUnknownKeys):
    """Terms of a layer and what of it may leave the program."""

    text: str
    publish: Publish
    url: str = ""
    attribution: str = ""


@dataclass(frozen=True)
class RasterSpec(_NoUnknownKeys):
    """What the cells of a raster layer hold.

    unit: of the cells after scale and offset, where RASTER_UNITS asks for one.
    nodata: the value that means nothing was measured; used where the file states none.
    valid_min, valid_max: values beyond them, after scale and offset, count as no data.
    classes: code -> label; a code without one counts as no data. threshold: percent from which a
    cell counts in full; without it each cell counts by its percent. years: the year that code 0
    of a tree loss raster would be, so that 2000 makes code 1 the year 2001.
    scale, offset: value = cell x scale + offset; without them what the file states of both.
    """

    measure: Measure
    unit: str = ""
    nodata: float | None = None
    valid_min: float | None = None
    valid_max: float | None = None
    classes: Mapping[int, str] = field(default_factory=dict)
    threshold: float | None = None
    years: int | None = None
    scale: float | None = None
    offset: float | None = None


@dataclass(frozen=True)
class LayerSpec(_NoUnknownKeys):
    """One declared dataset: layers/<catalogue>/<id>.toml, key by key.

    columns: canonical name (`catalog.COLUMNS`) -> column of the file.
    values: for `status`, `stage`, `tenure` and `declared_area_unit`, canonical value -> texts
        of the register.
    complete_within: "world", an ISO3 code, "layer:<id>", or empty = not stated.
    point_area_km2: column with the area of features that are only points; they become circles.
    optional_class_columns: columns by which the profile only tells counted features apart; where
        the file lacks one, its classes cannot be told and all is counted as before.
    profile_unverified: label of its profile where that was not checked against the publisher.
    indicators: what the layer gives beyond its role, of SUFFIXES.
    raster: what the cells of a raster hold, for the roles of RASTER_ROLES.
    """

    id: str
    role: Role
    label: str
    source: Source
    licence: Licence
    profile: str = ""
    profile_unverified: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    optional_columns: tuple[str, ...] = ()
    optional_class_columns: tuple[str, ...] = ()
    missing_texts: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    date_order: str = ""
    declared_area_unit: str = ""
    rename: tuple[Rename, ...] = ()
    exclude: tuple[Exclusion, ...] = ()
    classes: tuple[FeatureClass, ...] = ()
    point_area_km2: str = ""
    indicators: tuple[str, ...] = ()
    raster: RasterSpec | None = None
    iso3: str = ""
    tenure: Tenure | None = None
    as_of: str = ""
    stale_after_years: float | None = None
    complete_within: str = ""
    positional_error_m: float = 100.0
    personal_columns: tuple[str, ...] = ()
    style: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    note: str = ""

    @property
    def measured(self) -> tuple[str, ...]:
        """Suffixes of the indicators the layer gives: its role's and those it names itself."""
        given = {*ROLE_SUFFIXES.get(self.role, ()), *self.indicators}
        return tuple(suffix for suffix in SUFFIXES if suffix in given)


@dataclass(frozen=True)
class ProfileFacts(_NoUnknownKeys):
    """What a profile says of itself: the table [profile] of layers/profiles/<name>.toml.

    columns: the published fields; a file that has them (in any case) looks like this source.
    any_of: at least one of these as well. names: patterns of file or layer names it goes by.
    source: where the fields were published. verified: the fields were checked against it.
    """

    label: str
    source: str
    verified: bool
    columns: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Profile:
    """How a well-known source names things: `layer` holds the keys a layer starts from."""

    name: str
    facts: ProfileFacts
    layer: Mapping[str, Any]


@dataclass(frozen=True)
class Catalog:
    """All layers of one catalogue folder, in drawing order."""

    name: str
    label: str
    layers: Mapping[str, LayerSpec]

    def of_role(self, *roles: Role) -> tuple[LayerSpec, ...]:
        """The layers that serve in one of `roles`."""
        return tuple(spec for spec in self.layers.values() if spec.role in roles)


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer normalised to EPSG:4326, with what happened to it on the way.

    features: GeoDataFrame by `tables.FEATURES` (for role concession: `tables.SITES` as well).
    issues: DataFrame by `tables.ISSUES`. source: one row of `tables.SOURCES`.
    The other properties are derived from the features, once.
    """

    spec: LayerSpec
    features: gpd.GeoDataFrame
    issues: pd.DataFrame
    source: Mapping[str, Any]

    @property
    def failed(self) -> bool:
        """True if the file could not be read; such a layer has no features and no answers."""
        return isinstance(self.source.get("problem"), str)

    @cached_property
    def shapes(self) -> NDArray[np.object_]:
        """Geometry per feature. Never prepare these: threads share them, and GEOS would crash."""
        return np.asarray(self.features.geometry.array, dtype=object)

    @cached_property
    def area_km2(self) -> NDArray[np.float64]:
        """Area per feature."""
        return self.features["area_km2"].to_numpy(np.float64)

    @cached_property
    def vertices(self) -> Indices:
        """Vertices per feature."""
        return np.asarray(shapely.get_num_coordinates(self.shapes), dtype=np.intp)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index over all features."""
        return shapely.STRtree(self.shapes)

    @cached_property
    def counted(self) -> Indices:
        """Positions of the features that count."""
        return np.flatnonzero(self.features["counted"].to_numpy(bool))

    @cached_property
    def outlines(self) -> tuple[shapely.STRtree, Indices]:
        """Index over the counted features' outlines in short pieces, and each piece's feature."""
        pieces, owner = outline_pieces(self.shapes[self.counted])
        return shapely.STRtree(pieces), self.counted[owner]

    def warm(self) -> None:
        """Derive everything now: shapely builds a tree at its first query, unsafely in threads."""
        trees = [self.tree]
        if "nearest_km" in self.spec.measured:
            trees.append(self.outlines[0])
        for tree in trees:
            tree.query(shapely.Point(0, 0))
        _ = self.vertices, self.area_km2


@dataclass(frozen=True)
class Screening:
    """The answer for a set of sites: tables in the shapes of `tables`."""

    sites: gpd.GeoDataFrame
    overlaps: gpd.GeoDataFrame
    coverage: pd.DataFrame
    indicators: pd.DataFrame
    totals: pd.DataFrame
    sources: pd.DataFrame
    as_of: date
