"""Catalogue + files -> layers: every file read, normalised, and held against the last build."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from cetm_geo import readers, tables
from cetm_geo.arrays import Box
from cetm_geo.catalog import is_address, source_format
from cetm_geo.errors import LayerError, SourceError
from cetm_geo.links import StatedLinks
from cetm_geo.location import country_box
from cetm_geo.model import (
    RASTER_ROLES,
    Catalog,
    IssueAction,
    Layer,
    LayerSpec,
    Progress,
    Role,
    Source,
)
from cetm_geo.normalize import failed_layer, normalize_layer
from cetm_geo.zonal import RasterLayer

Fetch = Callable[[str, Path], Path]
REMOTE_FOLDER = ".remote"
Held = TypeVar("Held", Layer, RasterLayer)


@dataclass(frozen=True)
class LastRead:
    """What a layer's file was at the last build. on: the day of that build."""

    file: str
    sha256: str
    on: str


def read_layers(
    catalog: Catalog,
    data: Path,
    as_of: date,
    keep_going: bool = False,
    progress: Progress | None = None,
    last: Mapping[str, LastRead] | None = None,
    fetch: Fetch | None = None,
    known: Sequence[str] = (),
) -> dict[str, Layer]:
    """Every layer of features of a catalogue, normalised.

    Args:
        last: per layer id what was read at the last build; a changed file is noted.
        fetch: gets remote files (`remote.fetch`); without it an address is refused.
        known: problems of the raster layers (`rasters.problems_of`) and of the user's tables
            (`statements.problems_of`), told with these.

    Raises SourceError with the problems of all files, unless `keep_going`.
    """
    out: dict[str, Layer] = {}
    problems = list(known)
    specs = [s for s in catalog.layers.values() if s.role not in RASTER_ROLES]
    specs.sort(key=lambda s: s.role != Role.COUNTRY)  # the others are held against its place
    for done, spec in enumerate(specs):
        if progress:
            progress(spec.label, done, len(specs))
        try:
            layer = _read_layer(spec, data, as_of, fetch, country_box(spec, out.values()))
            out[spec.id] = compared(layer, (last or {}).get(spec.id))
        except (SourceError, LayerError) as error:
            out[spec.id] = failed_layer(spec, str(error), as_of)
            problems.append(f"layer {spec.id}: {out[spec.id].source['problem']}")
    if problems and not keep_going:
        of = len(catalog.layers) + len(catalog.tables)
        what = "layers and tables" if catalog.tables else "layers"
        raise SourceError(
            "\n  ".join([f"{len(problems)} of {of} {what} cannot be read:", *problems])
        )
    return {name: out[name] for name in catalog.layers if name in out}


def _read_layer(
    spec: LayerSpec, data: Path, as_of: date, fetch: Fetch | None, expected: Box | None
) -> Layer:
    """Raises SourceError, or LayerError where no row can be used: not the same as no feature."""
    folder, source = local(data, spec.source, fetch)
    raw = readers.read_source(folder, source, source_format(spec), spec.personal_columns)
    stated, tables_beside = _stated_links(spec, data)
    facts = readers.read_facts([*readers.source_files(folder, source), *tables_beside])
    layer = normalize_layer(raw, spec, facts, as_of, expected, stated)
    rejected = layer.source["rows_rejected"]
    if rejected and not len(layer.features):
        raise LayerError(
            f"{folder / source.path}: none of its {rejected} rows can be used.",
            reasons(layer.issues),
        )
    return layer


def _stated_links(spec: LayerSpec, data: Path) -> tuple[StatedLinks | None, list[Path]]:
    """The links that a table beside a layer states, and that table's file."""
    network = spec.network
    if network is None or not network.table:
        return None, []
    files = readers.matching_files(data, Source(network.table))
    wanted = {"from_column": network.from_column, "to_column": network.to_column}
    read = [readers.read_texts(file, str(file), wanted, "network") for file in files]
    remarks = tuple(remark for _, said in read for remark in said)
    from_ids, to_ids = (np.concatenate([texts[i] for texts, _ in read]) for i in (0, 1))
    return StatedLinks(network.table, from_ids, to_ids, remarks), files


def local(data: Path, source: Source, fetch: Fetch | None) -> tuple[Path, Source]:
    """The folder and source to read: the given ones, or those of the copy of a remote file.

    Raises SourceError where a remote file is not to be fetched, or cannot be.
    """
    if not is_address(source.path):
        return data, source
    if fetch is None:
        raise SourceError(
            f"{source.path}: a remote file, which only the command line fetches.",
            "Fetch it and give its path.",
        )
    copy = fetch(source.path, data / REMOTE_FOLDER)
    return copy.parent, replace(source, path=copy.name)


def compared(layer: Held, last: LastRead | None) -> Held:
    """The layer, saying so where its file has the name of the last build but not its content."""
    found = layer.source["sha256"]
    if last is None or last.file != layer.source["file"] or last.sha256 == found:
        return layer
    said = f"the file changed since the build of {last.on}: sha256 {last.sha256[:8]} then"
    row = {"layer_id": layer.spec.id, "problem": said, "action": IssueAction.NOTED.value}
    issues = pd.concat([layer.issues, tables.build(tables.ISSUES, [row])], ignore_index=True)
    return replace(layer, issues=issues, source={**layer.source, "changed": said})


def reasons(issues: pd.DataFrame) -> str:
    """The problems of a layer's rows with how often each occurs, as one sentence."""
    counted = issues["problem"].value_counts()
    return "Reasons: " + "; ".join(f"{text} ({n})" for text, n in counted.items()) + "."
