"""What a catalogue says: sources, layers, profiles, as frozen dataclasses read from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from cetm_geo.model.terms import (
    ROLE_SUFFIXES,
    SUFFIXES,
    Measure,
    Publish,
    Role,
    Tenure,
)


class NoUnknownKeys:
    """Definitions read from TOML: a key that no field has is a mistake, not a remark."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True)
class TableGeometry(NoUnknownKeys):
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
class AttributeTable(NoUnknownKeys):
    """A table (CSV, spreadsheet) that says of a file's features what the file itself does not.

    path: below the data folder. key: its column that names a feature; to: the column of the
    features that holds the same. area: its column with the land that each row speaks of, where a
    key has several rows; only the share among them counts, whatever the unit.
    format, encoding, layer (a sheet): as of a source.
    """

    path: str
    key: str
    to: str
    area: str = ""
    format: str = ""
    encoding: str = ""
    layer: str = ""


@dataclass(frozen=True)
class Source(NoUnknownKeys):
    """Where a layer's file is and how to open it.

    path: relative to the data folder; `*`, `?` and `[...]` make it a pattern, and all files that
    fit are read as one; or an address (https://, s3://, ...) for the command line.
    format: empty = by the file's ending. members: files inside a zip, or patterns of them, with
    `inner.zip/name` for a zip in a zip; empty = the only one. layer: a layer of the file, or the
    sheet of a spreadsheet; `*` = all of them as one. crs: used only where the file states none;
    crs_override: used instead of what the file states, where that is known to be wrong.
    axes: `lat_lon` where the file gives latitude first against its format's rule.
    geometry: the columns of a table that hold it. band: of a raster, from 1.
    attributes: a table that is joined to the features.
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
    attributes: AttributeTable | None = None
    band: int = 1
    given_by: str = ""
    given_on: str = ""


@dataclass(frozen=True)
class Rename(NoUnknownKeys):
    """Columns of an older schema in the words of the newer one, if all of `when` are present.

    values: per new column, the old value's text -> the new value.
    """

    when: tuple[str, ...]
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Exclusion(NoUnknownKeys):
    """Rows left out by rule: `column` holds one of `values`, or none of `keep`.

    role: the rule holds only for layers of this role; None = for all (a profile serves several).
    """

    column: str
    reason: str
    values: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    role: Role | None = None


@dataclass(frozen=True)
class FeatureClass(NoUnknownKeys):
    """A class of features, by `column` holding one of `values`; the first that fits counts.

    A class that is not `counted` is shown but never enters an overlap, count or total.
    """

    id: str
    label: str
    column: str
    values: tuple[str, ...]
    counted: bool = True


@dataclass(frozen=True)
class ScaleCheck(NoUnknownKeys):
    """By what the levels that a file states are computed again.

    raw: column of the number they are made from. knots: rising values of it, at which the score is
    0, 1, 2, ...; between them it runs straight (logarithmic: in the number's logarithm), and the
    ranked level is its whole part. score: column of the score. labels: column of texts that state
    each level's bounds, as "High (40-80%)".
    """

    raw: str
    knots: tuple[float, ...] = ()
    logarithmic: bool = False
    score: str = ""
    labels: str = ""


@dataclass(frozen=True)
class Scale(NoUnknownKeys):
    """Ordered levels that a layer's features are put in, one of many that a layer may have.

    column: holds the code of a level. levels: code -> label; any other code, and a text that means
    missing, is no data. The higher the code the worse, but for the codes in `apart`: they stand
    beside the others, and are never compared or averaged with them.
    score: column of a number whose mean over land has a meaning. weight: column of the share (0-1)
    of its ingredients that were known.
    """

    id: str
    label: str
    column: str
    levels: Mapping[int, str]
    apart: tuple[int, ...] = ()
    score: str = ""
    weight: str = ""
    check: ScaleCheck | None = None

    @property
    def ranked(self) -> tuple[int, ...]:
        """The codes that are ranks, from the least to the worst."""
        return tuple(sorted(code for code in self.levels if code not in self.apart))


@dataclass(frozen=True)
class Licence(NoUnknownKeys):
    """Terms of a layer and what of it may leave the program."""

    text: str
    publish: Publish
    url: str = ""
    attribution: str = ""


@dataclass(frozen=True)
class RasterSpec(NoUnknownKeys):
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
class NetworkSpec(NoUnknownKeys):
    """How a layer of basins or river reaches says which drains to which.

    outlet: texts of the column `downstream_id` that mean: to no other. not_stated: texts that say
    nothing. sink: texts of the column `sink` that mark a basin without a way out.
    table: a CSV file below the data folder that states the links instead, in its columns
    from_column and to_column. outlets: how many there should be; 0 = not declared.
    """

    outlet: tuple[str, ...] = ()
    not_stated: tuple[str, ...] = ()
    sink: tuple[str, ...] = ()
    table: str = ""
    from_column: str = ""
    to_column: str = ""
    outlets: int = 0


@dataclass(frozen=True)
class LayerSpec(NoUnknownKeys):
    """One declared dataset: layers/<catalogue>/<id>.toml, key by key.

    columns: canonical name (`catalog.COLUMNS`) -> column of the file.
    values: for `status`, `stage`, `method`, `tenure` and `declared_area_unit`, canonical value ->
        texts of the register.
    complete_within: "world", an ISO3 code, "layer:<id>", or empty = not stated.
    point_area_km2: column with the area of features that are only points; they become circles.
    optional_class_columns: columns by which the profile only tells counted features apart; where
        the file lacks one, its classes cannot be told and all is counted as before.
    profile_unverified: label of its profile where that was not checked against the publisher.
    indicators: what the layer gives beyond its role, of SUFFIXES.
    raster: what the cells of a raster hold, for the roles of RASTER_ROLES.
    network: how basins or river reaches drain into each other.
    rounded_to_km2: areas that rest on the layer are given in multiples of it, lengths of its square
        root, shares in tenths (`rounding`).
    scales: levels that its features are put in. optional_scales: those that only the profile names:
        where the file lacks their column, they have no data.
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
    network: NetworkSpec | None = None
    scales: tuple[Scale, ...] = ()
    optional_scales: tuple[str, ...] = ()
    iso3: str = ""
    tenure: Tenure | None = None
    as_of: str = ""
    stale_after_years: float | None = None
    complete_within: str = ""
    positional_error_m: float = 100.0
    rounded_to_km2: float | None = None
    personal_columns: tuple[str, ...] = ()
    style: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    note: str = ""

    @property
    def measured(self) -> tuple[str, ...]:
        """Suffixes of the indicators the layer gives: its role's and those it names itself."""
        given = {*ROLE_SUFFIXES.get(self.role, ()), *self.indicators}
        return tuple(suffix for suffix in SUFFIXES if suffix in given)


@dataclass(frozen=True)
class ProfileFacts(NoUnknownKeys):
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
    """All layers of one catalogue folder, in drawing order.

    country: ISO3 code of the country of its registers; "" = not stated. tables: what a user states
    beside the layers, "consent" and "statements" -> path of a CSV file below the data folder.
    """

    name: str
    label: str
    layers: Mapping[str, LayerSpec]
    country: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)

    def of_role(self, *roles: Role) -> tuple[LayerSpec, ...]:
        """The layers that serve in one of `roles`."""
        return tuple(spec for spec in self.layers.values() if spec.role in roles)
