"""Words of a fixed meaning: roles, states, statuses, and which roles give which indicators."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


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
    INTACT_FOREST = "intact_forest"
    ECOREGION = "ecoregion"
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
    **dict.fromkeys((Role.CONCESSION, Role.WATER_BASIN, Role.MINE_FOOTPRINT), SUFFIXES),
    **dict.fromkeys(DISTANCE_ROLES, ("nearest_km",)),
    Role.SETTLEMENT: ("nearest_km", "count"),
    Role.INTACT_FOREST: ("overlap_km2", "overlap_share"),
    Role.ECOREGION: ("overlap_share", "count"),
}
# Roles of which it is said how a site meets them (`rules.Contact`), slivers and circles told apart.
CONTACT_ROLES = (*SCREENED_ROLES, Role.MINE_FOOTPRINT, Role.INTACT_FOREST)


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


class LinkEnd(StrEnum):
    """Why no basin follows a basin, or no reach a reach."""

    OUTLET = "outlet"
    SINK = "sink"
    DANGLING = "dangling_link"
    NOT_STATED = "not_stated"
    CYCLE = "cycle"


class IssueAction(StrEnum):
    """What was done about a defect in source data."""

    REPAIRED = "repaired"
    EXCLUDED = "excluded"
    REJECTED = "rejected"
    NOTED = "noted"
