"""build(): catalogue + files -> store; the I/O shell around the pure core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from cetm_geo import drawn, measure, readers, resources, store, tables, vocabulary
from cetm_geo.assessment import Under
from cetm_geo.catalog import read_catalog, source_format
from cetm_geo.described import NOT_SAID, Described
from cetm_geo.errors import (
    DefinitionError,
    Problem,
    SourceError,
    StoreError,
    StoreMissing,
)
from cetm_geo.evidence import Runner
from cetm_geo.flags.reasons import reasons_of_sites
from cetm_geo.formats import FORMATS
from cetm_geo.ground import Ground
from cetm_geo.kept_rasters import kept
from cetm_geo.loading import Fetch, LastRead, read_layers, reasons
from cetm_geo.model import (
    Catalog,
    Layer,
    LayerSpec,
    Licence,
    Progress,
    Publish,
    Role,
    Rulebook,
    Screening,
    Source,
)
from cetm_geo.normalize import normalize_layer
from cetm_geo.rasters import problems_of, read_rasters
from cetm_geo.rulebook import RULES, read_rulebook, with_packs
from cetm_geo.rulebook.registers import with_status_words
from cetm_geo.screening import screen, sites_from_shapes
from cetm_geo.sitetable import positions_of_sites
from cetm_geo.statements import NOTHING, Statements, read_tables, stated
from cetm_geo.statements import problems_of as problems_of_tables
from cetm_geo.version import VERSION
from cetm_geo.zonal import RasterLayer

SAMPLE = "sample"
PACKS = "countries"  # below a catalogue: country packs of its own


@dataclass(frozen=True)
class Built:
    """What a build gave: the generation's name, the layers as read and what was measured."""

    generation: str
    catalog: Catalog
    layers: Mapping[str, Layer]
    screening: Screening


def build(
    catalog_folder: Path,
    data: Path,
    store_folder: Path,
    as_of: date,
    keep_going: bool = False,
    progress: Progress | None = None,
    fetch: Fetch | None = None,
    run: Runner | None = None,
    rules: Path = RULES,
) -> Built:
    """Read every layer of a catalogue, screen its titles, and put a new generation in force.

    Args:
        as_of: the day the screening speaks of; layers older than they may be are stale on it.
        keep_going: a layer that cannot be read is stored as failed, and says so in every answer,
            instead of stopping the build.
        fetch: gets remote files (`remote.fetch`); without it a layer at an address cannot be read.
        run: where sites are measured (`cluster.Cluster.run`); on all cores here, without it.
        rules: folder of the rulebook; packs of the catalogue's own lie over its packs.

    Raises DefinitionError or SourceError / LayerError with all problems at once; StoreError.
    """
    catalog = read_catalog(catalog_folder)
    with with_packs(rules, catalog_folder / PACKS) as folder:
        return _built(catalog, data, store_folder, as_of, keep_going, progress, fetch, run, folder)


def _built(
    catalog: Catalog,
    data: Path,
    store_folder: Path,
    as_of: date,
    keep_going: bool,
    progress: Progress | None,
    fetch: Fetch | None,
    run: Runner | None,
    rules: Path,
) -> Built:
    rulebook = read_rulebook(rules if rules != RULES else None)
    if catalog.country in rulebook.packs:
        catalog = with_status_words(catalog, rulebook.packs[catalog.country].status)
    last = _last_read(store_folder)
    rasters = read_rasters(catalog, data, as_of, fetch, last)
    brought = read_tables(catalog, data)
    known = [*problems_of(rasters), *problems_of_tables(brought)]
    layers = read_layers(catalog, data, as_of, keep_going, progress, last, fetch, known)
    sites = titles_of(catalog, layers)
    said = stated(brought, layers, sites)
    if progress:
        progress("cutting layers into pieces", 0, 1)
    ground = Ground.of(layers, store.pieces_beside(store_folder), groups=rulebook.groups)
    under = Under(rulebook, catalog.country, said)
    result = screen(sites, ground, as_of, progress, rasters, run, under=under)
    if progress:
        progress("writing the store", 0, 1)
    content = _content(catalog, layers, rasters, result, ground.names, said, rules)
    return Built(store.write_store(store_folder, content), catalog, layers, result)


def _last_read(folder: Path) -> dict[str, LastRead]:
    """What each layer's file was at the last build; nothing where there is no store to ask."""
    try:
        held = store.open_store(folder)
        rows = held.rows("layers_of_screening")
    except StoreError:
        return {}
    day = str(held.manifest.get("created", ""))[:10]
    return {
        row["layer_id"]: LastRead(row["file"], row["sha256"], day) for row in rows if row["sha256"]
    }


def titles_of(catalog: Catalog, layers: Mapping[str, Layer]) -> Any:
    """The titles of all registers as `sites`. Raises DefinitionError where there is none."""
    registers = [layers[spec.id] for spec in catalog.of_role(Role.CONCESSION)]
    if not registers:
        raise DefinitionError(
            [Problem(catalog.name, "role", "no layer of role concession: nothing to screen")]
        )
    failed = [layer for layer in registers if layer.failed]
    if failed:
        raise SourceError(str(failed[0].source["problem"]))
    frames = [layer.features[tables.columns(tables.SITES)] for layer in registers]
    return tables.validate(pd.concat(frames, ignore_index=True), tables.SITES)


# --- screening a file of proposals ---------------------------------------------------------------


def read_proposals(file: Path, on: date, said: Described = NOT_SAID) -> tuple[Any, pd.DataFrame]:
    """Polygons of a file in any format and CRS as `sites`, and the issues met on the way.

    A name is taken from a column `name` if there is one. said: what all of them are to be.

    Raises SourceError where the file cannot be read or holds no polygon.
    """
    spec = LayerSpec(
        id="proposals",
        role=Role.CONCESSION,
        label="Proposals",
        source=Source(file.name),
        licence=Licence("the user's own", Publish.PUBLIC),
        columns={"feature_id": "site_id", "name": "name"},
        optional_columns=("feature_id", "name"),
    )
    format_name = source_format(spec)
    if format_name not in FORMATS:
        raise SourceError(
            f"{file}: a format this program does not read.", f"Give one of {', '.join(FORMATS)}."
        )
    layer = normalize_layer(
        readers.read_source(file.parent, spec.source, format_name),
        spec,
        readers.read_facts(file),
        on,
    )
    features = layer.features
    if not len(features):
        raise SourceError(f"{file}: holds no polygon that can be screened.", reasons(layer.issues))
    sites = sites_from_shapes(features.geometry, [""] * len(features), said)
    sites["site_id"] = sites["feature_id"] = features["feature_id"].to_numpy(object)
    sites["name"] = features["name"].to_numpy(object)
    sites["repaired"] = features["repaired"].to_numpy(bool)
    sites["placeholder"] = features["placeholder"].to_numpy(bool)
    return tables.validate(sites, tables.SITES), layer.issues


# --- the store's content -------------------------------------------------------------------------


def _content(
    catalog: Catalog,
    layers: Mapping[str, Layer],
    rasters: Sequence[RasterLayer],
    result: Screening,
    pieces: Mapping[str, str],
    said: Statements = NOTHING,
    rules: Path = RULES,
) -> store.Content:
    references = [x.features for x in layers.values() if x.spec.role != Role.CONCESSION]
    columns = tables.columns(tables.FEATURES)
    features = (
        pd.concat([f[columns] for f in references], ignore_index=True) if references else None
    )
    issues = [x.issues for x in layers.values()] + [x.issues for x in rasters] + [said.issues]
    titles = _said_of_titles(layers, result, result.basis.under.rulebook)
    return store.Content(
        sites=result.sites,
        features=tables.build(tables.FEATURES, features),
        overlaps=result.overlaps,
        coverage=result.coverage,
        indicators=result.indicators,
        totals=result.totals,
        pressure=result.pressure,
        links=tables.build(tables.LINKS, _stacked([x.links for x in layers.values()])),
        basins=result.basins,
        series=result.series,
        ratings=tables.build(tables.RATINGS, _stacked([x.ratings for x in layers.values()])),
        levels=result.levels,
        flags=result.flags,
        flag_features=result.flag_features,
        tiers=result.tiers,
        theme_scores=result.theme_scores,
        issues=tables.build(tables.ISSUES, _stacked(issues)),
        sources=result.sources,
        tiles=drawn.marks(layers.values(), titles),
        drawn=lambda: drawn.drawn(layers.values(), titles),
        meta=_meta(catalog, layers, result)
        | {"country": catalog.country, "tables": vocabulary.json_text(said.facts)},
        pieces=pieces,
        rasters=kept(rasters),
        consent=tables.build(tables.CONSENT, said.consent),
        statements=tables.build(tables.STATEMENTS, said.statements),
        rules=rules,
    )


def _stacked(frames: Sequence[pd.DataFrame | None]) -> pd.DataFrame | None:
    """Those that hold rows, one after the other; None where none does."""
    kept = [frame for frame in frames if frame is not None and len(frame)]
    return pd.concat(kept, ignore_index=True) if kept else None


def _meta(catalog: Catalog, layers: Mapping[str, Layer], result: Screening) -> dict[str, str]:
    west, south, east, north = result.sites.total_bounds if len(result.sites) else (0, 0, 0, 0)
    pad_lon, pad_lat = 0.05 * (east - west), 0.05 * (north - south)
    return {
        "catalogue": catalog.name,
        "label": catalog.label,
        "as_of": result.as_of.isoformat(),
        "west": f"{west - pad_lon:.6f}",
        "south": f"{south - pad_lat:.6f}",
        "east": f"{east + pad_lon:.6f}",
        "north": f"{north + pad_lat:.6f}",
        "software": vocabulary.json_text(software()),
        "accounts": vocabulary.json_text(result.accounts),
    }


def software() -> dict[str, str]:
    """Versions of the program and of the libraries its numbers rest on."""
    return {
        "cetm-geo": VERSION,
        **measure.software_versions(),
        **readers.software_versions(),
        **store.software_versions(),
    }


def _said_of_titles(
    layers: Mapping[str, Layer], result: Screening, rulebook: Rulebook
) -> pd.DataFrame:
    """What the map says of titles, by site_id: tier, fully_screened, reason, position."""
    said = result.tiers.set_index("site_id")[["tier", "fully_screened"]]
    said["position"] = positions_of_sites(result.tiers, result.sites)
    told = (result.tiers, result.flags, result.flag_features)
    said["reason"] = reasons_of_sites(*told, layers.values(), rulebook.rules)
    return said


# --- the sample ----------------------------------------------------------------------------------


def ensure_sample_store(store_folder: Path | None = None, progress: Progress | None = None) -> Path:
    """The folder of a store of the sample country, built if there is none.

    Args:
        store_folder: default: the environment's CETM_STORE, else ./store.

    Raises StoreError where the folder already holds something else: it is never overwritten.
    """
    folder = store_folder or store.default_folder()
    try:
        held = store.open_store(folder).meta.get("catalogue")
    except StoreMissing:
        build(
            resources.folder("layers") / SAMPLE,
            resources.folder("sample_data"),
            folder,
            date.today(),
            progress=progress,
        )
        return folder
    if held != SAMPLE:
        raise StoreError(
            f"{folder}: holds the catalogue {held!r}, not the sample.",
            "Name another folder with --store, or run cetm-geo serve to look at this one.",
        )
    return folder
