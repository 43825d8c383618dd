"""CETM-Geo: what mining concessions for energy transition minerals touch on the ground.

Floors; each module may import only from those above it (tests/test_house.py):

F0  arrays, errors, measure, outlines, model, resources, version, vocabulary, days, meridian
F0  tomltext, workers, boxes, cutting, settling, pieces
F1  formats, tables, words, profiles, recognition, placing, catalog, coordinates, cells
F2  readers, remote, store
F3  books, identity, location, shapes, declared, normalize, clips, windows, accounts
F3  overlay, covering
F3  edges, distances, rings, ground, evidence, zonal, facts, inspection
F4  meeting, loading, indicators, pressure, totals, rasters, zonal_indicators, mapping
F4  layerdraft, joining, drafting
F5  screening, export
F6  pipeline, sending, cluster
F7  web, dashboard, serving, terminal, cli_catalogue, cli
"""
