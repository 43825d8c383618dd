"""Catalogue + files -> raster layers: opened and remarked on, not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from cetm_geo import profiles, readers, vocabulary, words
from cetm_geo.books import Books
from cetm_geo.catalog import source_format
from cetm_geo.errors import LayerError, SourceError
from cetm_geo.loading import Fetch, LastRead, compared, local
from cetm_geo.model import RASTER_ROLES, Catalog, LayerSpec
from cetm_geo.normalize import failed_layer
from cetm_geo.readers.rasters import Raster, open_raster, raster_software
from cetm_geo.zonal import RasterLayer


def read_rasters(
    catalog: Catalog,
    data: Path,
    as_of: date,
    fetch: Fetch | None = None,
    last: Mapping[str, LastRead] | None = None,
) -> tuple[RasterLayer, ...]:
    """Every raster layer of a catalogue, opened and looked at, not read.

    One that cannot be opened says so in its source row, and fails alone. fetch and last: as in
    `loading.read_layers`.
    """
    return tuple(
        compared(_read(spec, data, as_of, fetch), (last or {}).get(spec.id))
        for spec in catalog.of_role(*RASTER_ROLES)
    )


def problems_of(layers: Sequence[RasterLayer]) -> list[str]:
    """Why layers could not be opened, a line each, as `loading.read_layers` tells it."""
    return [f"layer {x.spec.id}: {x.source['problem']}" for x in layers if x.failed]


def _read(spec: LayerSpec, data: Path, as_of: date, fetch: Fetch | None) -> RasterLayer:
    try:
        folder, source = local(data, spec.source, fetch)
        nodata = spec.raster.nodata if spec.raster else None
        raster = open_raster(folder, source, source_format(spec), nodata)
        facts = readers.read_facts(raster.files)
    except (SourceError, LayerError) as error:
        failed = failed_layer(spec, str(error), as_of)
        return RasterLayer(spec, None, failed.source, failed.issues)
    books = Books(spec.id, np.empty(0, object), 0)
    if spec.profile_unverified:
        books.note_layer(profiles.unverified(spec.profile_unverified))
    for remark in raster.remarks:
        books.note_layer(f"the reader remarks: {remark}")
    # What every source row says of a layer; then what this one has instead of features.
    row = {**failed_layer(spec, "", as_of).source, **_facts(raster, facts, spec), "problem": None}
    return RasterLayer(spec, raster, row, books.frame(), folder, source)


def _facts(raster: Raster, facts: readers.FileFacts, spec: LayerSpec) -> Mapping[str, Any]:
    size = f"{words.number(raster.width)} x {words.number(raster.height)} cells"
    cell = f"{raster.cell_x:g} x {raster.cell_y:g} {raster.crs.axis_info[0].unit_name}"
    note = f"Raster of {size} of {cell}, {raster.dtype}, {words.plural(len(raster.tiles), 'file')}."
    return {
        "sha256": facts.sha256,
        "size_bytes": facts.size_bytes,
        "modified_at": facts.modified_at or None,
        "file_count": facts.file_count,
        "read_with": vocabulary.json_text(raster_software()),
        "crs": raster.crs.to_string(),
        "note": f"{spec.note} {note}".strip(),
    }
