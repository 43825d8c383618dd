"""CETM-Geo: what mining concessions for energy transition minerals touch on the ground.

Floors; each module may import only from those above it (tests/test_house.py):

F0  arrays, errors, measure, outlines, model, resources, version, vocabulary, days, meridian
F0  language, tomltext, walled, confined, memory, workers, boxes, cutting, settling, pieces
F1  formats, tables, words, profiles, recognition, placing, catalog, coordinates, cells
F1  levels, rulebook, catalogue_head, notetexts, notes, catalogues
F2  readers, remote, store, cql2
F3  books, columns, identity, location, shapes, declared, hydrology, links, normalize
F3  scales, recomputed, validity, statements
F3  clips, windows, accounts
F3  overlay, covering, views, reaching, united
F3  cellparts, cellareas, zones, blocks, slope, summing
F3  basin_cover, edges, distances, rings, registers, ground, evidence, zonal, facts, inspection
F4  meeting, loading, indicators, pressure, totals, mapping
F4  rasters, kept_rasters, raster_kinds, zonal_indicators, surveying, tailings
F4  scale_indicators
F4  added, density, cumulative
F4  catchments, streams, water, downstream, exposure, watersheds, waterways, siting
F4  groups, contact, contested, nearby, habitat, borders, processing, whereabouts
F4  consent_indicators, mineral_indicators, register_indicators, confidence
F4  flags, boundaries
F4  layerdraft, joining, drafting
F4  drawn, given
F5  assessment, rounding, screening, answers, cards, sitetable, flagtable, export, reference
F5  country, resampling, described, leaveout, differences, takeaway, changes
F6  pipeline, sending, cluster, workspace, bundle
F7  web, dashboard, report, serving, terminal, cli_options, cli_catalogue, cli_diff, cli_rules
F7  cli_report, cli_bundle, cli
"""

from typing import Any

__all__ = ["Found", "Opened", "open_store", "screen"]


def __getattr__(name: str) -> Any:
    """What the package offers as a library (`workspace`), read when it is first asked for: the
    command line must not wait for all of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cetm_geo import workspace  # noqa: PLC0415

    return getattr(workspace, name)
