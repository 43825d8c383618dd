"""layers/<catalogue>/*.toml -> Catalog; every problem of every file is reported at once."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

import pyproj
from pydantic import TypeAdapter, ValidationError

from cetm_geo import cells, levels, profiles
from cetm_geo.catalogue_head import read_head
from cetm_geo.errors import DefinitionError, Problem
from cetm_geo.formats import FORMATS, Kind, format_by_ending
from cetm_geo.measure import KM2_PER_UNIT
from cetm_geo.model import (
    RASTER_ROLES,
    SUFFIXES,
    Catalog,
    LayerSpec,
    NetworkSpec,
    RasterSpec,
    Role,
    SiteStatus,
    Stage,
    Tenure,
)
from cetm_geo.model.rules import Method
from cetm_geo.rulebook.codes import is_country_code
from cetm_geo.rulebook.groups import shipped_groups
from cetm_geo.tomltext import read_toml

CATALOGUE_FILE = "catalogue.toml"

# Canonical columns a layer may map to columns of its file, and what they are.
COLUMNS: Mapping[str, str] = {
    "feature_id": "the register's or publisher's own code",
    "group_id": "code shared by the parts of one thing (WDPA SITE_ID, FAO SUB_BAS)",
    "name": "name of the feature or title",
    "designation": "kind, category or legal designation",
    "tenure": "text from which [values.tenure] tells the tenure",
    "iso3": "ISO 3166 alpha-3 code of a country feature",
    "holder": "holder of a title",
    "minerals": "commodities of a title",
    "stage": "type of a title",
    "status": "status of a title",
    "method": "how a title is mined, or is to be",
    "applied_on": "date of application",
    "granted_on": "date of grant",
    "expires_on": "date of expiry",
    "valid_from": "first day on which a feature is in force",
    "valid_to": "last day on which a feature is in force",
    "declared_area": "area the register states, in declared_area_unit",
    "declared_area_unit": "unit of declared_area where each row states its own",
    "downstream_id": "id of the basin or reach that the water goes to next",
    "upstream_area": "published area of all that drains through it, itself included, in km2",
    "outlet_km": "river km from its mouth to the last basin's or reach's",
    "sink": "text that marks basins without a way out on the surface",
    "stream_order": "Strahler's order of a reach",
}
_OF_NETWORKS = ("downstream_id", "upstream_area", "outlet_km", "sink", "stream_order")
_VOCABULARIES: Mapping[str, Iterable[str]] = {
    "status": SiteStatus,
    "stage": Stage,
    "method": Method,
    "tenure": Tenure,
    "declared_area_unit": KM2_PER_UNIT,
}
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_ID = re.compile(r"[a-z][a-z0-9_]*")
_ADAPTER = TypeAdapter(LayerSpec)
_GRID_FILE = re.compile(r"grids\s*=\s*(?!@null)|PARAMETERFILE|\+init=[^:]*/", re.IGNORECASE)
_MOST_KEY = 200  # letters of a key that are told


def read_catalog(folder: Path) -> Catalog:
    """The catalogue of a folder: catalogue.toml and one TOML file a layer.

    Profiles are looked for in `folder/../profiles`, then in those the project carries.

    Raises DefinitionError with all problems of all files.
    """
    if not folder.is_dir():
        raise DefinitionError([Problem(str(folder), "", "no such folder of layer definitions")])
    problems: list[Problem] = []
    head = read_head(folder / CATALOGUE_FILE, problems)
    layers: dict[str, LayerSpec] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name == CATALOGUE_FILE:
            continue
        spec = _read_layer(path, problems)
        if spec is not None:
            layers[spec.id] = spec
    if not layers and not problems:
        problems.append(Problem(str(folder), "", "no layer definition (*.toml) in this folder"))
    problems += _across(folder, layers)
    if problems:
        raise DefinitionError(problems)
    ordered = sorted(layers.values(), key=lambda s: (list(Role).index(s.role), s.id))
    by_id = {spec.id: spec for spec in ordered}
    return Catalog(folder.name, head.label or folder.name, by_id, head.country, head.tables)


def _read_layer(path: Path, problems: list[Problem]) -> LayerSpec | None:
    before = len(problems)
    raw = read_toml(path, problems)
    if len(problems) > before:
        return None
    if "id" in raw:
        problems.append(Problem(str(path), "id", "the file's name is the id; leave it out"))
    merged = _with_profile(path, raw, problems)
    try:
        spec = _ADAPTER.validate_python({**merged, "id": path.stem})
    except ValidationError as error:
        problems += [_problem(path, detail) for detail in error.errors()]
        return None
    problems += [Problem(str(path), key, text) for key, text in _check(spec)]
    return spec


def _problem(path: Path, detail: Any) -> Problem:
    key = ".".join(str(part) for part in detail["loc"])
    key = key if len(key) <= _MOST_KEY else f"{key[:_MOST_KEY]}..."
    if detail["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        known = [f.name for f in (*fields(LayerSpec), *fields(RasterSpec))]
        known += ["path", "format", "members", "publish"]
        known = [f.name for f in fields(NetworkSpec)] if key.startswith("network.") else known
        near = get_close_matches(str(detail["loc"][-1]), known, 1)
        return Problem(
            str(path), key, "unknown key" + (f"; did you mean {near[0]}?" if near else "")
        )
    if detail["type"] in ("missing", "missing_argument"):
        return Problem(str(path), key, "required, not given")
    return Problem(str(path), key, f"{detail['msg']} (got {detail.get('input')!r:.60})")


def _with_profile(path: Path, raw: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    name = raw.get("profile")
    if not isinstance(name, str):
        return raw
    try:
        profile = profiles.read_profile(name, path.parent.parent / profiles.FOLDER)
    except DefinitionError as error:
        problems.extend(error.problems)
        return raw
    if profile is None:
        problems.append(Problem(str(path), "profile", f"no profile named {name!r}"))
        return raw
    base = profiles.layer_keys(profile, raw)
    own = raw.get("licence")
    if isinstance(own, Mapping) and "text" in own:  # other terms: none of the profile's remain
        base.pop("licence", None)
    return _merge(base, raw)


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merge key by key, lists are joined (the layer's own first), the layer's values win."""
    out = dict(base)
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(out.get(key), Mapping):
            out[key] = _merge(out[key], value)
        elif isinstance(value, list) and isinstance(out.get(key), list):
            out[key] = value + out[key]
        else:
            out[key] = value
    return out


def source_format(spec: LayerSpec) -> str:
    """The declared format, or the one the file's ending tells; empty if neither is known."""
    if spec.source.format:
        return spec.source.format
    return format_by_ending(spec.source.path)


def _check(spec: LayerSpec) -> Iterator[tuple[str, str]]:
    yield from _check_identity(spec)
    yield from _check_source(spec)
    yield from _check_columns(spec)
    yield from _check_rules(spec)
    yield from _check_indicators(spec)
    yield from _check_network(spec)
    yield from _check_attributes(spec)
    yield from levels.problems_of_scales(spec)
    yield from cells.problems_of_raster(spec, source_format(spec))


def _check_identity(spec: LayerSpec) -> Iterator[tuple[str, str]]:
    if spec.id in set(Role):
        yield "id", f"a layer's id may not be the name of a role ({spec.id})"
    if spec.id in shipped_groups():
        yield "id", f"a layer's id may not be the name of a group of features ({spec.id})"
    if not _ID.fullmatch(spec.id):
        yield "id", "the file's name must be lower case letters, digits and _"
    if spec.as_of and not _is_day(spec.as_of):
        yield "as_of", f"must be a year, year-month or date, not {spec.as_of!r}"
    if not 0 <= spec.positional_error_m < math.inf:
        yield "positional_error_m", "must be a number of metres, not negative"
    if spec.rounded_to_km2 is not None:
        if not 0 < spec.rounded_to_km2 < math.inf:
            yield "rounded_to_km2", "must be a number of km2 above 0"
        if spec.raster:
            yield "rounded_to_km2", "goes with outlines; of a raster no areas are rounded"
    if spec.stale_after_years is not None and not 0 <= spec.stale_after_years < math.inf:
        yield "stale_after_years", "must be a number of years, not negative"
    if spec.iso3 and not is_country_code(spec.iso3):
        yield "iso3", f"must be an alpha-3 code of ISO 3166, not {spec.iso3!r}"
    if spec.role == Role.COMMUNITY_LAND and not (spec.tenure or "tenure" in spec.columns):
        yield "tenure", f"a community layer states its tenure: one of {', '.join(Tenure)}"


def _is_day(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text + "0000-01-01"[len(text) :]))
    except ValueError:
        return False


def _check_source(spec: LayerSpec) -> Iterator[tuple[str, str]]:
    source = spec.source
    path = PurePosixPath(source.path)
    if not is_address(source.path) and (path.is_absolute() or ".." in path.parts):
        yield "source.path", "must be relative to the data folder, without .."
    name = source_format(spec)
    if name not in FORMATS:
        yield "source.format", f"not known; one of {', '.join(FORMATS)}"
        return
    if source.members and FORMATS[name].kind != Kind.ARCHIVE:
        yield "source.members", "only a zip has members"
    if source.axes not in ("", "lat_lon"):
        yield "source.axes", f"lat_lon, or left out, not {source.axes!r}"
    if source.given_on and not _is_day(source.given_on):
        yield "source.given_on", f"must be a year, year-month or date, not {source.given_on!r}"
    for key, crs in (("crs", source.crs), ("crs_override", source.crs_override)):
        if crs and not is_crs(crs):
            yield f"source.{key}", f"not a known coordinate reference system: {crs!r}"
    if source.crs and source.crs_override:
        yield "source.crs_override", "give crs (where the file states none) or this, not both"
    yield from _check_table(spec, FORMATS[name].kind)


def _check_table(spec: LayerSpec, kind: Kind) -> Iterator[tuple[str, str]]:
    """The columns a table's geometry is in: one of wkt, x and y, corner."""
    given = spec.source.geometry
    if given is None:
        if kind == Kind.TABLE:
            yield (
                "source.geometry",
                "a table states which columns hold the geometry: wkt, or x and y",
            )
        return
    if kind not in (Kind.TABLE, Kind.ARCHIVE):
        yield "source.geometry", "only a table (CSV, spreadsheet) has it"
    if bool(given.x) != bool(given.y):
        yield "source.geometry", "give both x and y"
    if sum(map(bool, (given.wkt, given.x, given.corner))) != 1:
        yield "source.geometry", "give one of wkt, x and y, corner"
    if (given.order or given.ring) and not given.group:
        yield "source.geometry", "order and ring need group: which rows make one outline"


def _check_attributes(spec: LayerSpec) -> Iterator[tuple[str, str]]:
    """A table beside features: below the data folder, of a format with columns."""
    given = spec.source.attributes
    if given is None:
        return
    path = PurePosixPath(given.path)
    if is_address(spec.source.path) or is_address(given.path):
        yield "source.attributes", "both files must lie below the data folder: fetch them first"
    elif path.is_absolute() or ".." in path.parts:
        yield "source.attributes.path", "must be relative to the data folder, without .."
    known = FORMATS.get(given.format or format_by_ending(given.path))
    if known is None or known.kind != Kind.TABLE:
        yield "source.attributes.format", "a table: csv or excel"


def is_address(path: str) -> bool:
    """True for the address of a remote file, false for a path."""
    return bool(_ADDRESS.match(path))


def is_crs(text: str) -> bool:
    """True if a text names a coordinate reference system, and no file for a shift by a grid."""
    if _GRID_FILE.search(text):
        return False
    try:
        pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        return False
    return True


def _check_columns(spec: LayerSpec) -> Iterator[tuple[str, str]]:
    for name, column in spec.columns.items():
        if name not in COLUMNS:
            near = get_close_matches(name, COLUMNS, 1)
            yield f"columns.{name}", "unknown" + (f"; did you mean {near[0]}?" if near else "")
        if column in spec.personal_columns:
            yield f"columns.{name}", f"{column!r} is marked personal and is never read"
    if spec.role == Role.CONCESSION:
        for name in ("valid_from", "valid_to"):
            if name in spec.columns:
                yield f"columns.{name}", "of a title: granted_on and expires_on; none is left out"
    if spec.date_order not in ("", "dmy", "mdy", "ymd"):
        yield "date_order", "one of dmy, mdy, ymd"
    unit, by_row = spec.declared_area_unit, "declared_area_unit" in spec.columns
    if "declared_area" in spec.columns and unit not in KM2_PER_UNIT and (unit or not by_row):
        yield "declared_area_unit", f"one of {', '.join(KM2_PER_UNIT)}"


def _check_rules(spec: LayerSpec) -> Iterator[tuple[str, str]]:
    for name, mapping in spec.values.items():
        if name not in _VOCABULARIES:
            yield f"values.{name}", f"unknown; one of {', '.join(_VOCABULARIES)}"
            continue
        known = set(_VOCABULARIES[name])
        for value in mapping:
            if value not in known:
                yield f"values.{name}.{value}", f"not one of {', '.join(sorted(known))}"
        texts = [text for group in mapping.values() for text in {t.casefold() for t in group}]
        for text in sorted({text for text in texts if texts.count(text) > 1}):
            yield f"values.{name}", f"the text {text!r} stands for two values"
    for i, rule in enumerate(spec.exclude):
        if bool(rule.values) == bool(rule.keep):
            yield f"exclude.{i}", "give either values (to leave out) or keep"
    ids = [c.id for c in spec.classes]
    for class_id in sorted({c for c in ids if ids.count(c) > 1 and not _same_class(spec, c)}):
        yield "classes", f"the id {class_id!r} has two meanings"


def _check_indicators(spec: LayerSpec) -> Iterator[tuple[str, str]]:
    if spec.indicators and spec.role in RASTER_ROLES:
        yield "indicators", "a raster gives those of its role alone"
    for suffix in spec.indicators:
        if suffix not in SUFFIXES:
            near = get_close_matches(suffix, SUFFIXES, 1)
            told = f"; did you mean {near[0]}?" if near else f"; of {', '.join(SUFFIXES)}"
            yield "indicators", f"{suffix!r} is not known" + told
    if spec.role == Role.CONCESSION and "nearest_km" in spec.indicators:
        yield "indicators", "nearest_km is not given of titles, each of which is its own nearest"


def _check_network(spec: LayerSpec) -> Iterator[tuple[str, str]]:
    """Links are of basins and rivers, and stated by a column or by a table."""
    columns = [name for name in _OF_NETWORKS if name in spec.columns]
    network = spec.network
    if spec.role not in (Role.WATER_BASIN, Role.RIVER):
        for key in ([] if network is None else ["network"]) + [f"columns.{c}" for c in columns]:
            yield key, f"only basins and rivers drain, not {spec.role}"
        return
    if network is None:
        for name in columns:
            yield f"columns.{name}", "needs [network]: which texts of downstream_id mean an outlet"
        return
    if bool(network.table) == ("downstream_id" in columns):
        yield "network", "what drains to what: give columns.downstream_id or network.table"
    stated = [bool(t) for t in (network.table, network.from_column, network.to_column)]
    if any(stated) and not all(stated):
        yield "network.table", "give table, from_column and to_column"
    if PurePosixPath(network.table).is_absolute() or ".." in PurePosixPath(network.table).parts:
        yield "network.table", "must be relative to the data folder, without .."
    if network.sink and "sink" not in columns:
        yield "network.sink", "needs columns.sink, whose texts these are"
    for text in sorted({*network.outlet} & {*network.not_stated}):
        yield "network.outlet", f"the text {text!r} stands for two things"
    if network.outlets < 0:
        yield "network.outlets", "must not be negative"


def _same_class(spec: LayerSpec, class_id: str) -> bool:
    return len({(c.label, c.counted) for c in spec.classes if c.id == class_id}) == 1


def _across(folder: Path, layers: Mapping[str, LayerSpec]) -> list[Problem]:
    countries = [s for s in layers.values() if s.role == Role.COUNTRY]
    repeated = levels.repeated_names(layers.values())
    out = [Problem(str(folder / f"{name}.toml"), "scales", text) for name, text in repeated]
    for spec in layers.values():
        where = spec.complete_within
        path = str(folder / f"{spec.id}.toml")
        if where.startswith("layer:") and where[6:] not in layers:
            out.append(Problem(path, "complete_within", f"no layer named {where[6:]!r}"))
        elif re.fullmatch(r"[A-Z]{3}", where) and not any(
            c.iso3 == where or "iso3" in c.columns for c in countries
        ):
            text = f"{where} needs a layer of role country that states iso3 {where}"
            out.append(Problem(path, "complete_within", text))
        elif where not in ("", "world") and not re.fullmatch(r"layer:.+|[A-Z]{3}", where):
            text = f"must be world, an ISO3 code or layer:<id>, not {where!r}"
            out.append(Problem(path, "complete_within", text))
    return out
